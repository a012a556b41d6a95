# shellcheck shell=bash
# shellcheck disable=SC2034  # used by the scripts that read this file
# What the scripts say to a person: one form for a step, a warning and the last word.

if [[ -t 1 ]]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
    bold="" dim="" red="" green="" plain=""
fi

# note TEXT…: something began or happened.
note() { printf '%s==>%s %s\n' "$bold" "$plain" "$*"; }

# event TEXT…: something happened while the suite runs; carries the time of day.
event() { printf '%s%(%H:%M:%S)T%s %s\n' "$dim" -1 "$plain" "$*"; }

# die TEXT…: one line that says what is wrong and what to do, then exit 1.
die() {
    printf '%serror:%s %s\n' "$red" "$plain" "$*" >&2
    exit 1
}

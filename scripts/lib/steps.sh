# shellcheck shell=bash
# shellcheck disable=SC2154  # set by say.sh
# Steps of scripts/test: run one after the other, timed, listed at the end. A step that ran nothing fails.

step_names=() step_results=() step_seconds=()
wanted_steps=("$@")
halted=""

# Every step that the script which reads this file can run. A name that is none of them is refused before anything
# runs: skipped in silence, its step would seem to have passed.
mapfile -t known_steps < <(sed -nE 's/^step ([a-z-]+) .*/\1/p' "${BASH_SOURCE[1]}")
for wanted in "${wanted_steps[@]}"; do
    [[ " ${known_steps[*]} " == *" $wanted "* ]] || die "there is no step '$wanted'; the steps are: ${known_steps[*]}"
done

# step NAME COMMAND…: runs it unless a required step failed; a failure does not stop the others.
step() {
    local name=$1 began=$SECONDS result=passed
    shift
    if [[ ${#wanted_steps[@]} -gt 0 && $name != set-up && " ${wanted_steps[*]} " != *" $name "* ]]; then return; fi
    if [[ $halted ]]; then
        result="NOT RUN ($halted failed)"
    else
        printf '\n%s=== %s ===%s\n' "$bold" "$name" "$plain"
        # In a shell of its own: a step that exits ends itself, not the list.
        ("$@") </dev/null || result=FAILED
    fi
    step_names+=("$name")
    step_results+=("$result")
    step_seconds+=($((SECONDS - began)))
}

# require NAME: without this step the following ones mean nothing.
require() {
    local index
    for index in "${!step_names[@]}"; do
        if [[ ${step_names[$index]} == "$1" && ${step_results[$index]} != passed ]]; then halted=${halted:-$1}; fi
    done
}

# finish: the list, and the exit status that tells the truth.
finish() {
    local index failed=0
    printf '\n%s=== steps ===%s\n' "$bold" "$plain"
    for index in "${!step_names[@]}"; do
        printf '%-14s %4d s  %s\n' "${step_names[$index]}" "${step_seconds[$index]}" "${step_results[$index]}"
        [[ ${step_results[$index]} == passed ]] || failed=$((failed + 1))
    done
    if ((failed > 0)); then
        echo "$failed of ${#step_names[@]} steps did not pass ($SECONDS s)"
        exit 1
    fi
    echo "all ${#step_names[@]} steps passed ($SECONDS s)"
    exit 0
}

# must_have_run PATTERN COMMAND…: the command succeeds and a line of its output matches PATTERN.
must_have_run() {
    local pattern=$1 output status=0
    shift
    output=$(mktemp)
    "$@" 2>&1 | tee "$output"
    status=${PIPESTATUS[0]}
    if ((status == 0)) && ! grep -qE "$pattern" "$output"; then
        echo "ran no test: no line says '$pattern'"
        status=1
    fi
    rm -f "$output"
    return "$status"
}

# swift_tests OPTIONS…: of the debug build that is there.
swift_tests() { must_have_run 'Test run with [1-9][0-9]* tests?.* passed' timeout 1200 swift test --skip-build "$@"; }

# no_test_target_is_empty: selecting by name must never pass because a target lost its tests.
no_test_target_is_empty() {
    local list target empty=()
    list=$(swift test list --skip-build 2>/dev/null) || { echo "swift test list failed"; return 1; }
    for target in Tests/*Tests; do
        [[ -n $(find "$target" -name '*.swift' -print -quit) ]] || continue
        grep -q "^${target#Tests/}\." <<<"$list" || empty+=("${target#Tests/}")
    done
    [[ ${#empty[@]} -eq 0 ]] || { echo "no test in: ${empty[*]}"; return 1; }
    echo "every test target has tests ($(grep -c . <<<"$list") in all)"
}

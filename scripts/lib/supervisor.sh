# shellcheck shell=bash
# shellcheck disable=SC2154  # set by scripts/run, which reads this file
# Keeps named processes running: one that ends is started again at once, later with back-off, and a
# line says so.
#
# A process NAME is the function `command_NAME`, which ends in `in_session`. Its output goes to
# $data/log/NAME.log and its process id to $data/run/NAME.pid.

declare -A pid_of=() started_at=() failures_of=() due_at=()
supervised=()   # in start order
stop_signal=""  # set by the trap: leave the loop
exec {never}<> <(:)  # never readable: `read -t` on it is a sleep that starts no process

# milliseconds: since 1970, into $now (a subshell for each reading would cost more than the reading).
milliseconds() { now=$((${EPOCHREALTIME/[.,]/} / 1000)); }

# pause SECONDS: a trapped signal ends it early.
pause() { read -rt "$1" -u "$never" || true; }

# in_session COMMAND…: becomes COMMAND in a session of its own, so that Ctrl-C reaches only us and we
# can stop the processes in order; should we be killed, the kernel stops them (pdeathsig).
in_session() { exec setsid setpriv --pdeathsig TERM -- "$@"; }

is_running() { [[ ${pid_of[$1]:-} ]] && kill -0 "${pid_of[$1]}" 2>/dev/null; }

# launch NAME: starts it now.
launch() {
    local name=$1
    [[ " ${supervised[*]} " == *" $name "* ]] || supervised+=("$name")
    "command_$name" >>"$data/log/$name.log" 2>&1 </dev/null &
    pid_of[$name]=$!
    echo "$!" >"$data/run/$name.pid"
    milliseconds
    started_at[$name]=$now
    due_at[$name]=""
}

# how_it_ended NAME: "exit status 3" or "signal KILL", read from the process that has ended.
how_it_ended() {
    local status=0
    wait "${pid_of[$1]}" 2>/dev/null || status=$?
    if ((status > 128)); then ending="signal $(kill -l $((status - 128)))"; else ending="exit status $status"; fi
}

# last_words NAME: the last line of its log; of a JSON line the message.
last_words() {
    local line
    line=$(tail -n 1 "$data/log/$1.log" 2>/dev/null)
    if [[ $line == *'"message":"'* ]]; then
        line=${line#*\"message\":\"}
        line=${line%%\",\"*}
        line=${line%\"\}}
    fi
    printf '%s' "${line:-no word in $data/log/$1.log}"
}

# plan_restart NAME: at once after ten good seconds or the first failure, then after 1, 2, 4 … 30 s.
plan_restart() {
    local name=$1 wait=0 ending
    how_it_ended "$name"
    milliseconds
    if ((now - started_at[$name] > 10000)); then failures_of[$name]=0; fi
    failures_of[$name]=$((${failures_of[$name]:-0} + 1))
    if ((failures_of[$name] > 1)); then
        wait=$((failures_of[$name] < 7 ? 1 << (failures_of[$name] - 2) : 30))
    fi
    due_at[$name]=$((now + wait * 1000))
    [[ $ending == signal* ]] || ending+=": $(last_words "$name")"
    if ((wait == 0)); then
        event "$name ended ($ending); started again"
    else
        event "$name ended ($ending); starting again in $wait s"
    fi
}

# supervise: until a signal asks us to stop.
supervise() {
    local name
    while [[ ! $stop_signal ]]; do
        for name in "${supervised[@]}"; do
            is_running "$name" && continue
            [[ ${due_at[$name]} ]] || plan_restart "$name"
            milliseconds
            ((now < due_at[$name])) || launch "$name"
        done
        pause 0.2
    done
}

# stop_all GROUP…: asks each group (names in one word, comma between) to end, one group after the
# other, and kills what is left; all of it within 9 s. Whatever a group takes, the others have 1 s each.
stop_all() {
    local group name deadline=0 groups=$# number=0 late=()
    milliseconds
    local began=$now
    for group in "$@"; do
        number=$((number + 1))
        deadline=$((began + 9000 - 1000 * (groups - number)))
        for name in ${group//,/ }; do is_running "$name" && kill -TERM "${pid_of[$name]}" 2>/dev/null; done
        for name in ${group//,/ }; do
            while is_running "$name"; do
                milliseconds
                ((now < deadline)) || break
                pause 0.05
            done
            if is_running "$name"; then
                kill -KILL "${pid_of[$name]}" 2>/dev/null
                wait "${pid_of[$name]}" 2>/dev/null
                late+=("$name")
            fi
        done
    done
    [[ ${#late[@]} -eq 0 ]] || event "did not end in time and were killed: ${late[*]}"
    for name in "${supervised[@]}"; do rm -f "$data/run/$name.pid"; done
}

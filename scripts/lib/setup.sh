# shellcheck shell=bash
# shellcheck disable=SC2034  # used by the scripts that read this file
# Finds what the scripts need and installs what is missing. Each check looks for the thing itself
# (a command, a library), not for a Debian package: node from another source is as good.

# What a build and a start need: "check=package", a check being a command, `lib:<pkg-config name>` or `path:<file>`.
build_requirements=(
    redis-server=redis-server redis-cli=redis-tools pkg-config=pkg-config git=git openssl=openssl
    path:/etc/ssl/certs/ca-certificates.crt=ca-certificates "path:/usr/include/c++=g++"
    lib:hiredis=libhiredis-dev lib:libcurl=libcurl4-openssl-dev lib:libcrypto=libssl-dev lib:sqlite3=libsqlite3-dev
)

# What only the checks need on top of it.
test_requirements=(
    python-venv=python3-venv node=nodejs chromium=chromium firefox-esr=firefox-esr shellcheck=shellcheck haproxy=haproxy
)

# has CHECK: whether the thing is here.
has() {
    case $1 in
        lib:*) command -v pkg-config >/dev/null && pkg-config --exists "${1#lib:}" ;;
        path:*) [[ -e ${1#path:} ]] ;;
        python-venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
        haproxy) command -v haproxy >/dev/null || [[ -x /usr/sbin/haproxy ]] ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

# install_missing CHECK=PACKAGE…: installs the packages of the checks that fail, as root or by sudo;
# where neither works, names the exact command.
install_missing() {
    local requirement missing=() packages
    for requirement in "$@"; do
        has "${requirement%%=*}" || missing+=("${requirement#*=}")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0

    packages="${missing[*]}"
    command -v apt-get >/dev/null || die "these are missing and there is no apt-get to install them: $packages"
    note "installing $packages"
    # RUNLEVEL keeps Debian from starting its own redis on port 6379: we want the program only.
    local install=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get)
    if [[ $EUID -ne 0 ]]; then
        local by_hand="sudo apt-get update && sudo apt-get install -y --no-install-recommends $packages"
        command -v sudo >/dev/null || die "not root and no sudo; as root run: ${by_hand//sudo /}"
        # Without a terminal sudo must not ask; with one it may.
        if [[ -t 0 ]]; then sudo -v || die "sudo was refused; run: $by_hand"
        else sudo -n true 2>/dev/null || die "sudo asks for a password; run: $by_hand"; fi
        install=(sudo "${install[@]}")
    fi
    "${install[@]}" update -qq || die "apt-get update failed; is there a network?"
    "${install[@]}" install -y --no-install-recommends "${missing[@]}" || die "apt-get install $packages failed"
    for requirement in "$@"; do
        has "${requirement%%=*}" || die "${requirement%%=*} is still missing after installing ${requirement#*=}"
    done
}

# Where a toolchain usually lies when it is not in PATH.
swift_places=(/opt/swift/usr/bin /usr/local/swift/usr/bin "$HOME/.local/share/swiftly/bin")

# find_swift: puts the toolchain of such a place into PATH.
find_swift() {
    local place
    for place in "${swift_places[@]}"; do
        if command -v swift >/dev/null; then return; fi
        if [[ -x $place/swift ]]; then PATH="$place:$PATH"; fi
    done
}

# require_swift: a toolchain of at least 6.2.
require_swift() {
    local version
    find_swift
    command -v swift >/dev/null \
        || die "no Swift toolchain: install Swift 6.2 or later (https://www.swift.org/install/linux) and put it in PATH"
    version=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9]+\.[0-9]+' | head -1 | grep -oE '[0-9.]+$') \
        || die "$(command -v swift) does not say its version; run 'swift --version' to see why"
    [[ ${version%%.*} -gt 6 || (${version%%.*} -eq 6 && ${version#*.} -ge 2) ]] \
        || die "Swift $version is too old: 6.2 or later is needed (https://www.swift.org/install/linux)"
}

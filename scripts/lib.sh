# What the scripts beside this file share. To be sourced, not run.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Cargo takes a relative target folder from where it is called; the scripts
# call it in the root.
if [[ -n ${CARGO_TARGET_DIR:-} ]]; then
    [[ $CARGO_TARGET_DIR == /* ]] || export CARGO_TARGET_DIR=$PWD/$CARGO_TARGET_DIR
    target=$CARGO_TARGET_DIR
else
    target=$root/target
fi

# Everything that is said goes to standard error: standard output belongs to
# the program that a script was asked to run.
say() { printf '%s\n' "$*" >&2; }

die() {
    say "${0##*/}: $*"
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# apt_install PACKAGE...: installs them as root, otherwise says what to install.
apt_install() {
    if ! has apt-get; then
        die "please install what Debian calls: $*"
    elif [[ $(id -u) != 0 ]]; then
        die "please install: sudo apt-get install $*"
    fi
    say "Installing $*"
    local -a apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600)
    if [[ -z ${apt_updated:-} ]]; then
        "${apt[@]}" update >&2
        apt_updated=yes
    fi
    "${apt[@]}" install --yes --no-install-recommends "$@" >&2
}

need_cargo() {
    has cargo || PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
    has cargo || die "please install Rust $(rust_version) or later (cargo was not found)"
    # SQLite is compiled from its C source.
    has cc || apt_install gcc libc6-dev
}

rust_version() { sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml"; }

need_wasm_target() {
    local wasm=wasm32-unknown-unknown
    [[ ! -d $(cd "$root" && rustc --print target-libdir --target "$wasm") ]] || return 0
    has rustup || die "please install the Rust target $wasm"
    (cd "$root" && rustup target add "$wasm") >&2
}

need_node() {
    local least=20
    { has node && has npm; } || apt_install nodejs npm
    local version
    version=$(node --version)
    local major=${version#v}
    major=${major%%.*}
    ((major >= least)) || die "Node.js $least or later is needed; this is $version"
}

# The bridges over llm-connect; the tests try them with a library of their own.
need_python() {
    has python3 || apt_install python3
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || die "Python 3.10 or later is needed"
}

# npm_ci DIR: installs what its lock file names, unless that was done before.
npm_ci() {
    local lock=$1/package-lock.json installed=$1/node_modules/.installed-lock
    ! cmp -s "$lock" "$installed" || return 0
    (cd "$1" && npm ci) >&2
    cp "$lock" "$installed"
}

# free_port: a port on 127.0.0.1 that nothing listens on.
free_port() {
    local port
    for _ in {1..100}; do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            printf '%s\n' "$port"
            return
        fi
    done
    die "no free port was found"
}

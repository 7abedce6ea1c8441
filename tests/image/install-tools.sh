#!/usr/bin/env bash
# Installs what building and measuring the image takes, where it is missing: a C compiler
# for musl, and what is linked in the place of some of it; buildah, which needs no daemon,
# and what looks at processes.
set -euo pipefail

missing=()
command -v musl-gcc > /dev/null || missing+=(musl-tools)
[[ -e /usr/lib/llvm-19/lib/libllvmlibc.a ]] || missing+=(libllvmlibc-19-dev)
command -v buildah > /dev/null || missing+=(buildah)
command -v strace > /dev/null || missing+=(strace)
command -v systemd-analyze > /dev/null || missing+=(systemd)
command -v pgrep > /dev/null || missing+=(procps)
if [[ ${#missing[@]} -eq 0 ]]; then
    exit
fi
if ! command -v apt-get > /dev/null; then
    echo "Missing: ${missing[*]}, by Debian's names." >&2
    exit 1
fi
as_root=()
if [[ $EUID -ne 0 ]]; then
    if ! command -v sudo > /dev/null || ! sudo -n true; then
        echo "Missing: run 'apt-get install ${missing[*]}' as root." >&2
        exit 1
    fi
    as_root=(sudo -n)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update --quiet=2
"${as_root[@]}" apt-get install --quiet=2 --yes --no-install-recommends "${missing[@]}"

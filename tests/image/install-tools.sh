#!/usr/bin/env bash
# Installs what the image takes to build, where it is missing: a C compiler for musl, and
# buildah, which needs no daemon.
set -euo pipefail

missing=()
command -v musl-gcc > /dev/null || missing+=(musl-tools)
command -v buildah > /dev/null || missing+=(buildah)
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

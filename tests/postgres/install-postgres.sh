#!/usr/bin/env bash
# Installs Debian's PostgreSQL where it is missing.
set -euo pipefail

if [[ -n ${POSTGRES_BIN:-} ]] || compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null; then
    exit
fi
if ! command -v apt-get > /dev/null; then
    echo "There is no PostgreSQL: install it, and name its directory of programs by POSTGRES_BIN." >&2
    exit 1
fi
as_root=()
if [[ $EUID -ne 0 ]]; then
    if ! command -v sudo > /dev/null || ! sudo -n true; then
        echo "There is no PostgreSQL: run 'apt-get install postgresql' as root, or name one by POSTGRES_BIN." >&2
        exit 1
    fi
    as_root=(sudo -n)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update --quiet=2
"${as_root[@]}" apt-get install --quiet=2 --yes --no-install-recommends postgresql

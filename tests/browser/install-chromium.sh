#!/usr/bin/env bash
# Installs Debian's Chromium where it is missing.
set -euo pipefail

browser=${CHROMIUM:-/usr/bin/chromium}
if [[ -x $browser ]]; then
    exit
fi
if ! command -v apt-get > /dev/null; then
    echo "There is no $browser: install Chromium, and name it by CHROMIUM." >&2
    exit 1
fi
as_root=()
if [[ $EUID -ne 0 ]]; then
    if ! command -v sudo > /dev/null || ! sudo -n true; then
        echo "There is no $browser: run 'apt-get install chromium' as root, or name one by CHROMIUM." >&2
        exit 1
    fi
    as_root=(sudo -n)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update --quiet=2
"${as_root[@]}" apt-get install --quiet=2 --yes --no-install-recommends chromium

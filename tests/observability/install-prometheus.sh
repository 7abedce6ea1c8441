#!/usr/bin/env bash
# Puts Debian's Prometheus into target/tools, unless it is installed. Unpacked and
# not installed: that needs no root, and starts no server on this machine.
set -euo pipefail

folder=target/tools/prometheus
if { command -v prometheus && command -v promtool; } > /dev/null || [[ -x $folder/usr/bin/promtool ]]; then
    exit
fi
if ! { command -v apt-get && command -v dpkg-deb; } > /dev/null; then
    echo "There is no prometheus and no promtool: install them, so that PATH has them." >&2
    exit 1
fi
mkdir -p "$folder/download"
cd "$folder/download"
if ! apt-get download --quiet=2 prometheus 2> /dev/null; then
    as_root=()
    if [[ $EUID -ne 0 ]]; then
        if ! command -v sudo > /dev/null || ! sudo -n true; then
            echo "The lists of packages are not current: run 'apt-get update' as root." >&2
            exit 1
        fi
        as_root=(sudo -n)
    fi
    "${as_root[@]}" apt-get update --quiet=2
    apt-get download --quiet=2 prometheus
fi
dpkg-deb --extract prometheus_*.deb ..

#!/usr/bin/env bash
# Packs a directory: archive.sh DIRECTORY ARCHIVE. The same files give the same bytes.
#
# Names in it begin with the directory's own, without what is above: Helm takes no others.
set -euo pipefail

tar --create --sort=name --owner=0 --group=0 --numeric-owner --mode='go=rX,u+rw,a-s' \
    --mtime="@${SOURCE_DATE_EPOCH:-0}" --directory "$(dirname "$1")" "$(basename "$1")" \
    | gzip --no-name --best > "$2"

#!/usr/bin/env bash
# Writes what the score card said, `write.sh LINES [ROWS...]`, into docs/SECURITY.md.
set -euo pipefail
cd "$(dirname "$0")/../.."

document=docs/SECURITY.md
lines=$(grep --extended-regexp '^[A-Z]+[0-9]* .* (PASS|FAIL)$' "$1")
size='in full'
if [[ " ${*:2} " == *' --small '* ]]; then
    size='at a tenth of the size, and of the counts in the targets'
fi
version=$(sed -n '0,/^version = "\(.*\)"$/s//\1/p' Cargo.toml)
{
    sed '/^<!-- From here on written by make scorecard -->$/q' "$document"
    printf '\nVersion %s, %s, %s cores, %s.\n' \
        "$version" "$(date --utc +%F)" "$(nproc)" "$size"
    printf 'The rows are explained where they are measured, in `tests/scorecard`; what is not here was\n'
    printf 'not measured.\n\n| row | measured | target | |\n|---|---|---|---|\n'
    while read -r row measured target word; do
        printf '| %s | `%s` | `%s` | %s |\n' "$row" "$measured" "${target//|/\\|}" "${word,,}"
    done <<< "$lines"
} > "$document.new"
mv "$document.new" "$document"

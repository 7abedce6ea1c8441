#!/usr/bin/env bash
# Changes what verifies deliveries in every small way, one at a time, and fails unless
# the tests of the core crate notice 95 % of the changes.
set -euo pipefail
cd "$(dirname "$0")/../.."
mutants=$(realpath "${1:?usage: tests/hooks/mutants.sh CARGO-MUTANTS}")
output=target/mutants
mkdir -p "$output"

# Each change is built in a copy, which has a target directory of its own.
unset CARGO_TARGET_DIR
status=0
"$mutants" mutants --package flyte-webhook-core --no-default-features \
    --file 'crates/flyte-webhook-core/src/hook/scheme.rs' \
    --file 'crates/flyte-webhook-core/src/hook/scheme/**' \
    --file 'crates/flyte-webhook-core/src/constant_time.rs' \
    --timeout 120 --output "$output" "${@:2}" \
    -- --lib --test deliveries || status=$?

# 2 and 3 are changes that were missed, or took too long, which counts as noticed.
[[ $status -eq 0 || $status -eq 2 || $status -eq 3 ]] || exit "$status"
count() { wc -l < "$output/mutants.out/$1.txt"; }
caught=$(($(count caught) + $(count timeout)))
missed=$(count missed)
echo "caught=$caught missed=$missed"
[[ $((caught * 100)) -ge $(((caught + missed) * 95)) ]]

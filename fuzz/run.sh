#!/usr/bin/env bash
# Runs every fuzz target for so many seconds, or with an x for so many inputs; a
# finding ends it with an error.
#
# SANITIZER and FEATURES choose the build: `none` and nothing, unless set.
# LONGEST is the size of the largest input; 4096 unless set.
set -euo pipefail
cd "$(dirname "$0")"
amount=${1:?usage: fuzz/run.sh SECONDS|INPUTSx [TARGET...]}
shift
case $amount in
    *x) limit=-runs=${amount%x} ;;
    *) limit=-max_total_time=$amount ;;
esac
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || targets=(from_json to_json config app_url)

tools=$PWD/../target/tools
[[ -x $tools/bin/cargo-fuzz ]] || cargo install --quiet --locked --root "$tools" cargo-fuzz@0.13.2
python3 seed.py
mkdir -p corpus/app_url
mkdir -p corpus/config
cp ../config/default.yaml ../config/examples/*.yaml corpus/config/

# Coverage instrumentation needs the flags of a nightly compiler, but mostly no
# sanitizer: the crates are safe Rust, so that what can be found is a panic.
export RUSTC_BOOTSTRAP=1 PATH=$tools/bin:$PATH
features=${FEATURES:-}
[[ " ${targets[*]} " != *" config "* ]] || features+=" config"
# One target needs no other built.
only=()
[[ ${#targets[@]} -gt 1 ]] || only=("${targets[0]}")
cargo fuzz build --sanitizer "${SANITIZER:-none}" --features "$features" "${only[@]}"
binaries=target/$(rustc --print host-tuple)/release
for target in "${targets[@]}"; do
    mkdir -p "artifacts/$target"
    "$binaries/$target" -artifact_prefix="artifacts/$target/" "$limit" -max_len="${LONGEST:-4096}" \
        -print_final_stats=1 "corpus/$target"
done

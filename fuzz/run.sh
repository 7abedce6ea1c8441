#!/usr/bin/env bash
# Runs every fuzz target for so many seconds; a finding ends it with an error.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:?usage: fuzz/run.sh SECONDS [TARGET...]}
shift
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || targets=(from_json to_json config app_url)

tools=$PWD/../target/tools
[[ -x $tools/bin/cargo-fuzz ]] || cargo install --quiet --locked --root "$tools" cargo-fuzz@0.13.2
python3 seed.py
mkdir -p corpus/config
cp ../config/default.yaml ../config/examples/*.yaml corpus/config/

# Coverage instrumentation needs the flags of a nightly compiler, but no
# sanitizer: the crates are safe Rust, so that what can be found is a panic.
export RUSTC_BOOTSTRAP=1 PATH=$tools/bin:$PATH
cargo fuzz build --sanitizer none
binaries=target/$(rustc --print host-tuple)/release
for target in "${targets[@]}"; do
    mkdir -p "artifacts/$target"
    "$binaries/$target" -artifact_prefix="artifacts/$target/" -max_total_time="$seconds" \
        -print_final_stats=1 "corpus/$target"
done

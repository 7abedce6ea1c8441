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
mkdir -p corpus/config
cp ../config/default.yaml ../config/examples/*.yaml corpus/config/

# Coverage instrumentation needs the flags of a nightly compiler, but mostly no
# sanitizer: the crates are safe Rust, so that what can be found is a panic.
export RUSTC_BOOTSTRAP=1 PATH=$tools/bin:$PATH
for target in "${targets[@]}"; do
    # One target is a package of its own, and one needs the whole server.
    package=.
    features=${FEATURES:-}
    case $target in
        app_url) package=app_url ;;
        config) features+=" config" ;;
    esac
    cargo fuzz build --fuzz-dir "$package" --sanitizer "${SANITIZER:-none}" \
        --features "$features" "$target"
    mkdir -p "artifacts/$target" "corpus/$target"
    "$package/target/$(rustc --print host-tuple)/release/$target" "$limit" \
        -artifact_prefix="artifacts/$target/" -max_len="${LONGEST:-4096}" \
        -print_final_stats=1 "corpus/$target"
done

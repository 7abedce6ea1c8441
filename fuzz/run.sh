#!/usr/bin/env bash
# Runs every fuzz target for so many seconds, or with an x for so many inputs; a
# finding ends it with an error: a panic, a second for one input, or 512 MiB.
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
if [[ ${#targets[@]} -eq 0 ]]; then
    mapfile -t targets < <(basename --suffix .rs core/fuzz_targets/*.rs fuzz_targets/*.rs)
fi

tools=$PWD/../target/tools
[[ -x $tools/bin/cargo-fuzz ]] || cargo install --quiet --locked --root "$tools" cargo-fuzz@0.13.2
python3 seed.py
mkdir -p corpus/config
cp ../config/default.yaml ../config/examples/*.yaml corpus/config/

# Most of a build is what the server needs, so only those targets ask for it; but
# where one of several does, all are built with it, and nothing twice.
features=
for target in "${targets[@]}"; do
    case $target in
        config | jwt | response) features=server ;;
    esac
done

# Coverage instrumentation needs the flags of a nightly compiler, but mostly no
# sanitizer: the crates are safe Rust, so that what can be found is a panic.
export RUSTC_BOOTSTRAP=1 PATH=$tools/bin:$PATH
# What is freed is kept for a while to be watched, in less memory than by default;
# that no reference outlives its stack is the compiler's business.
options=quarantine_size_mb=64:detect_stack_use_after_return=0
export ASAN_OPTIONS=$options${ASAN_OPTIONS:+:$ASAN_OPTIONS}
for target in "${targets[@]}"; do
    if [[ -e core/fuzz_targets/$target.rs ]]; then
        build=(--fuzz-dir core --features "${FEATURES:-}")
        built=core
    else
        # In parts, since one of the crates is as large as all others together.
        build=(--fuzz-dir . --features "$features" --codegen-units 8)
        built=.
    fi
    cargo fuzz build "${build[@]}" --sanitizer "${SANITIZER:-none}" "$target"
    mkdir -p "artifacts/$target" "corpus/$target"
    # Weighing and shrinking the corpus takes longer than a run of the server does.
    "$built/target/$(rustc --print host-tuple)/release/$target" "$limit" \
        -artifact_prefix="artifacts/$target/" -max_len="${LONGEST:-4096}" \
        -entropic=0 -reduce_inputs=0 \
        -timeout=1 -rss_limit_mb=512 -print_final_stats=1 "corpus/$target"
done

#!/usr/bin/env bash
# Builds the static binary of a release, and lays out the files of the image.
#
# The same sources give the same bytes: paths are left out of the binary, and nothing
# else of the machine gets in. TARGETARCH chooses amd64 (the default) or arm64.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=target/release-files
while [[ $# -gt 0 ]]; do
    case $1 in
        --out) out=$2; shift 2 ;;
        *) echo "usage: deploy/release/build.sh [--out DIRECTORY]" >&2; exit 2 ;;
    esac
done

case ${TARGETARCH:-amd64} in
    amd64)
        target=x86_64-unknown-linux-musl
        to_linker=-Wl,
        # A request copies memory a hundred times, and musl is slow at it: LLVM's libc is not.
        llvm_libc=/usr/lib/llvm-19/lib/libllvmlibc.a
        if [[ ! -e $llvm_libc ]]; then
            echo "Missing: $llvm_libc, of Debian's libllvmlibc-19-dev." >&2
            exit 1
        fi
        OBJECTS_BEFORE_MUSL=$(mktemp --directory)
        trap 'rm -r "$OBJECTS_BEFORE_MUSL"' EXIT
        ar x --output "$OBJECTS_BEFORE_MUSL" "$llvm_libc" {bcmp,memcmp,memcpy,memmove,memset}.cpp.o
        export OBJECTS_BEFORE_MUSL
        export CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER=$PWD/deploy/release/x86_64-linux-musl-link
        ;;
    arm64)
        target=aarch64-unknown-linux-musl
        to_linker=
        # Debian's compiler for arm64 with musl's headers, of musl-dev:arm64, in the place
        # of glibc's; Rust brings the library and links.
        export CC_aarch64_unknown_linux_musl=$PWD/deploy/release/aarch64-linux-musl-gcc
        export AR_aarch64_unknown_linux_musl=aarch64-linux-gnu-ar
        export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld
        ;;
    *) echo "TARGETARCH is amd64 or arm64, not $TARGETARCH" >&2; exit 2 ;;
esac

# With the list of what it was built from, for scanners: `cargo audit bin`.
build=(cargo build)
if cargo auditable --version > /dev/null 2>&1; then
    build=(cargo auditable build)
else
    echo "cargo-auditable is not installed: the binary will not say what it was built from." >&2
fi

built_in=$(realpath --no-symlinks --canonicalize-missing "${CARGO_TARGET_DIR:-target}")
remap="--remap-path-prefix=$PWD=/src --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
remap+=" --remap-path-prefix=$(rustc --print sysroot)=/rust"
# What the build itself writes and compiles is named by its place, too.
remap+=" --remap-path-prefix=$built_in=/src/target"
# Where the binary lies in memory is decided at its start; said shortly, that is a megabyte
# and a half less to read and to keep.
export RUSTFLAGS="${RUSTFLAGS:-} $remap -Clink-arg=${to_linker}-zpack-relative-relocs"
export CFLAGS="${CFLAGS:-} -ffile-prefix-map=$PWD=/src -ffile-prefix-map=${CARGO_HOME:-$HOME/.cargo}=/cargo"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-0}

build+=(--locked --profile dist --no-default-features --target "$target")
built=$built_in/$target/dist

rustup target add "$target"
"${build[@]}"
# The build script of utoipa-swagger-ui, where it runs a second time, compresses what it
# had compressed, and all of that would be in the binary: a megabyte more each time.
if compgen -G "$built/build/utoipa-swagger-ui-*/out/*/dist/*.gz.gz" > /dev/null; then
    cargo clean --locked --profile dist --target "$target" --package utoipa-swagger-ui
    "${build[@]}"
fi

install -D --mode=0755 "$built/flyte-webhook" "$out/usr/local/bin/flyte-webhook"
install -D --mode=0644 LICENSE "$out/usr/share/licenses/flyte-webhook/LICENSE"
install -D --mode=0644 /etc/ssl/certs/ca-certificates.crt "$out/etc/ssl/certs/ca-certificates.crt"

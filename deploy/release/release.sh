#!/usr/bin/env bash
# Makes the files of a release in dist/: an archive for each machine, what it was built
# from, the chart, and checksums of all.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$(sed -n '0,/^version = "\(.*\)"$/s//\1/p' Cargo.toml)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
machines=(${MACHINES:-amd64 arm64})
rm --recursive --force dist
mkdir dist

for machine in "${machines[@]}"; do
    files=$(mktemp --directory)
    TARGETARCH=$machine deploy/release/build.sh --out "$files"
    name=flyte-webhook-$version-linux-$machine
    mkdir "$files/$name"
    cp "$files/usr/local/bin/flyte-webhook" LICENSE README.md CHANGELOG.md \
        deploy/systemd/flyte-webhook.service "$files/$name"
    deploy/release/archive.sh "$files/$name" "dist/$name.tar.gz"
    rm --recursive --force "$files"
done

# The list of what the production binary is built from, in CycloneDX.
cargo cyclonedx --format json --spec-version 1.5 --no-default-features --quiet \
    --target x86_64-unknown-linux-musl --override-filename flyte-webhook.cdx
mv flyte-webhook.cdx.json "dist/flyte-webhook-$version.cdx.json"
rm --force crates/*/flyte-webhook.cdx.json

deploy/release/archive.sh charts/flyte-webhook "dist/flyte-webhook-chart-$version.tgz"

(cd dist && sha256sum -- * > SHA256SUMS)
cat dist/SHA256SUMS

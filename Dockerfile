# syntax=docker/dockerfile:1

# The server:      docker build --tag flyte-webhook .
# For trying:      docker build --tag flyte-webhook:dev --target dev .
# For arm64:       docker buildx build --platform linux/arm64 --tag flyte-webhook .

ARG RUST_VERSION=1.95.0

FROM --platform=$BUILDPLATFORM node:20-bookworm-slim AS redoc
WORKDIR /web
COPY web/package.json web/package-lock.json ./
RUN npm ci --ignore-scripts --omit=peer

# The compiler makes what arm64 runs, too; its own machine is amd64, as where releases are made.
# hadolint ignore=DL3029
FROM --platform=linux/amd64 rust:${RUST_VERSION}-slim-bookworm AS toolchain
ARG RUST_VERSION
# What rust-toolchain.toml says, without its development components.
ENV RUSTUP_TOOLCHAIN=${RUST_VERSION}
# Debian keeps only the newest of a package's versions: one that is named is gone soon.
# hadolint ignore=DL3008
RUN dpkg --add-architecture arm64 \
    && apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates gcc-aarch64-linux-gnu libllvmlibc-19-dev musl-dev:arm64 musl-tools \
    && rm -rf /var/lib/apt/lists/* \
    && rustup target add x86_64-unknown-linux-musl aarch64-unknown-linux-musl
ARG CARGO_AUDITABLE_VERSION=0.7.7
RUN cargo install --locked "cargo-auditable@${CARGO_AUDITABLE_VERSION}"
WORKDIR /src
COPY . .
COPY --from=redoc /web/node_modules/redoc/bundles/redoc.standalone.js \
    /web/node_modules/redoc/bundles/redoc.standalone.js.LICENSE.txt web/bundle/

FROM toolchain AS build
# amd64 or arm64; set by BuildKit, which a default here would overrule.
ARG TARGETARCH
# Without the embedded control plane: that is for trying, never for production.
RUN ["deploy/release/build.sh", "--out", "/out"]

# For the machine that tries it.
FROM rust:${RUST_VERSION}-slim-bookworm AS build-dev
ARG RUST_VERSION
ENV RUSTUP_TOOLCHAIN=${RUST_VERSION}
WORKDIR /src
COPY . .
COPY --from=redoc /web/node_modules/redoc/bundles/redoc.standalone.js \
    /web/node_modules/redoc/bundles/redoc.standalone.js.LICENSE.txt web/bundle/
RUN cargo build --locked --release

# The server with the embedded control plane, Python and the SDK, for trying.
FROM python:3.11-slim-bookworm AS dev
ARG FLYTE_VERSION=2.12.1
RUN pip install --no-cache-dir "flyte==${FLYTE_VERSION}" \
    && useradd --uid 65532 --create-home dev
COPY --from=build-dev /src/target/release/flyte-webhook /usr/local/bin/flyte-webhook
USER 65532:65532
WORKDIR /home/dev
# The API is reached from outside of the container; the control plane is not.
ENV FLYTE_WEBHOOK__SERVER__HOST=0.0.0.0
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/flyte-webhook"]
CMD ["dev"]

FROM scratch AS server
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="flyte-webhook" \
    org.opencontainers.image.description="A webhook server in front of the Flyte 2 control plane" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
# The binary, its licence and the certificate authorities of Debian.
COPY --from=build /out/ /
# Who starts it by another command names the program alone.
ENV PATH=/usr/local/bin
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=5s CMD ["/usr/local/bin/flyte-webhook", "health"]
ENTRYPOINT ["/usr/local/bin/flyte-webhook"]
CMD ["serve"]

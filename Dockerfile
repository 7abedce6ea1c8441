# syntax=docker/dockerfile:1

FROM node:20-bookworm-slim AS redoc
WORKDIR /web
COPY web/package.json web/package-lock.json ./
RUN npm ci --ignore-scripts --omit=peer

FROM rust:1.95.0-slim-bookworm AS build
# What rust-toolchain.toml says, without its development components.
ENV RUSTUP_TOOLCHAIN=1.95.0
RUN apt-get update \
    && apt-get install --yes --no-install-recommends musl-tools \
    && rm -rf /var/lib/apt/lists/* \
    && rustup target add x86_64-unknown-linux-musl
WORKDIR /src
COPY . .
COPY --from=redoc /web/node_modules/redoc/bundles/redoc.standalone.js \
    /web/node_modules/redoc/bundles/redoc.standalone.js.LICENSE.txt web/bundle/
# Without the embedded control plane: that is for trying, never for production.
RUN cargo build --locked --release --no-default-features --target x86_64-unknown-linux-musl

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /src/target/x86_64-unknown-linux-musl/release/flyte-webhook /usr/local/bin/flyte-webhook
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/flyte-webhook"]
CMD ["serve"]

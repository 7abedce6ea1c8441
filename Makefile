# `make run` starts the server with an embedded control plane; `make test` runs
# all tests and installs what they need.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

TOOLS := target/tools
CARGO_DENY := $(TOOLS)/bin/cargo-deny
CARGO_DENY_VERSION := 0.20.2
VENV := target/venv
PYTHON ?= python3

.PHONY: run
run: ## Start the server with an embedded control plane.
	cargo run --release --quiet -- dev

.PHONY: test
test: test-rust test-sdk parity ## Run all tests.

.PHONY: test-rust
test-rust: ## Run the Rust tests.
	cargo test --workspace --no-fail-fast

.PHONY: test-sdk
test-sdk: $(VENV)/ready ## Run the official Flyte SDK against the server.
	cargo build
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" FLYTE_WEBHOOK_BIN=target/debug/flyte-webhook \
		$(VENV)/bin/python -m pytest tests/sdk

.PHONY: parity
parity: $(VENV)/ready ## Compare with the Python server; docs/PARITY.md has what may differ.
	cargo build
	FLYTE_WEBHOOK_BIN=target/debug/flyte-webhook $(VENV)/bin/python -m pytest --quiet tests/parity

.PHONY: parity-record
parity-record: ## Record anew what both answer where they differ; look at the change.
	PARITY_RECORD=1 $(MAKE) parity

$(VENV)/ready: tests/sdk/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --requirement $<
	touch $@

.PHONY: lint
lint: $(CARGO_DENY) ## Check format, lints, documentation and dependencies.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --no-default-features -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --quiet
	$(CARGO_DENY) --log-level warn check bans licenses sources

$(CARGO_DENY):
	cargo install --quiet --locked --root $(TOOLS) cargo-deny@$(CARGO_DENY_VERSION)

.PHONY: generate
generate: openapi schema ## Write the generated files anew.

.PHONY: openapi
openapi: ## Write openapi/openapi.json anew.
	mkdir -p openapi
	cargo run --quiet -- openapi --config config/examples/all-endpoints.yaml > openapi/openapi.json.new
	mv openapi/openapi.json.new openapi/openapi.json

.PHONY: schema
schema: ## Write config/schema.json anew.
	cargo run --quiet -- config schema > config/schema.json.new
	mv config/schema.json.new config/schema.json

.PHONY: scorecard
scorecard: ## Measure what is promised; one line a row.
	cargo test --release --test scorecard

.PHONY: accept-1
accept-1: scorecard ## What takes too long for `make test`.
	fuzz/run.sh 600

.PHONY: help
help: ## Show the targets.
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

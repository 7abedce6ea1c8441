# `make run` starts the server with an embedded control plane; `make test` runs
# all tests and installs what they need.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# Where everything here looks for what was built.
override export CARGO_TARGET_DIR := $(CURDIR)/target
# All servers of the tests are on loopback.
export NO_PROXY := 127.0.0.1,localhost,$(NO_PROXY)
export no_proxy := $(NO_PROXY)

CARGO_DENY_VERSION := 0.20.2
CARGO_DENY_ROOT := target/tools/cargo-deny-$(CARGO_DENY_VERSION)
CARGO_DENY := $(CARGO_DENY_ROOT)/bin/cargo-deny
CARGO_AUDITABLE_VERSION := 0.7.7
CARGO_AUDITABLE_ROOT := target/tools/cargo-auditable-$(CARGO_AUDITABLE_VERSION)
CARGO_AUDITABLE := $(CARGO_AUDITABLE_ROOT)/bin/cargo-auditable
RELEASE_FILES := target/release-files
PROOF_ROOT := target/tools/proof
PROOF_TOOLS := $(PROOF_ROOT)/bin/cargo-mutants
VENV := target/venv
CONTRACT_VENV := target/contract-venv
CONNECTOR_VENV := target/connector-venv
CONTRACT := FLYTE_WEBHOOK_BIN=target/debug/flyte-webhook $(CONTRACT_VENV)/bin/python tests/contract/contract.py
BROWSER_TEST := tests/browser
IDENTITY_TEST := tests/identity
HOOKS_TEST := tests/hooks
HOOKS_VENV := target/hooks-venv
CHART_VENV := target/chart-venv
CHART_TEST := tests/chart
REDOC := web/bundle/redoc.standalone.js
PYTHON ?= python3
# As `cargo test` builds them. A plain `cargo build` takes other features of some libraries, and
# builds them and the program once more.
BUILD := cargo build --workspace --bins --examples

.PHONY: run
run: redoc ## Start the server with an embedded control plane.
	cargo run --release --quiet -- dev

.PHONY: test
test: test-rust test-postgres test-sdk parity test-hooks test-connector test-identity test-observability test-browser contract test-packaging ## Run all tests.

.PHONY: test-rust
test-rust: redoc ## Run the Rust tests.
	cargo test --workspace --no-fail-fast

.PHONY: test-postgres
test-postgres: ## Run the inbox on PostgreSQL.
	tests/postgres/install-postgres.sh
	cargo test --test postgres

.PHONY: test-sdk
test-sdk: $(VENV)/ready ## Run the official Flyte SDK against the server.
	$(BUILD)
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" FLYTE_WEBHOOK_BIN=target/debug/flyte-webhook \
		$(VENV)/bin/python -m pytest tests/sdk

.PHONY: parity
parity: $(VENV)/ready ## Compare with the Python server; docs/PARITY.md has what may differ.
	$(BUILD)
	FLYTE_WEBHOOK_BIN=target/debug/flyte-webhook $(VENV)/bin/python -m pytest --quiet tests/parity

.PHONY: parity-record
parity-record: ## Record anew what both answer where they differ; look at the change.
	PARITY_RECORD=1 $(MAKE) parity

$(VENV)/ready: tests/sdk/requirements.txt tests/sdk/constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --requirement $< --constraint tests/sdk/constraints.txt
	touch $@

.PHONY: test-connector
test-connector: $(CONNECTOR_VENV)/ready ## Give the same webhook tasks to flytekit's connector and to this one.
	$(BUILD)
	FLYTE_WEBHOOK_BIN=target/debug/flyte-webhook $(CONNECTOR_VENV)/bin/python -m pytest --quiet tests/connector

.PHONY: connector-record
connector-record: ## Record anew what the two do where they differ; look at the change.
	CONNECTOR_RECORD=1 $(MAKE) test-connector

$(CONNECTOR_VENV)/ready: tests/connector/requirements.txt tests/connector/constraints.txt
	$(PYTHON) -m venv $(CONNECTOR_VENV)
	$(CONNECTOR_VENV)/bin/pip install --quiet --requirement $< --constraint tests/connector/constraints.txt
	touch $@

.PHONY: test-browser
test-browser: redoc $(BROWSER_TEST)/node_modules/ready ## Use the documentation pages and the dashboard in a headless Chromium.
	@test -s $(REDOC) || { echo 'This test needs ReDoc; `make redoc` did not bring it.'; exit 1; }
	$(BROWSER_TEST)/install-chromium.sh
	$(BUILD)
	FLYTE_WEBHOOK_BIN=target/debug/flyte-webhook node --test $(BROWSER_TEST)/*.test.js

$(BROWSER_TEST)/node_modules/ready: $(BROWSER_TEST)/package-lock.json
	npm ci --loglevel=error --ignore-scripts --prefix $(BROWSER_TEST)
	touch $@

.PHONY: test-identity
test-identity: $(IDENTITY_TEST)/node_modules/ready ## Exchange API keys at a real authorization server.
	$(BUILD)
	FLYTE_WEBHOOK_BIN=target/debug/flyte-webhook node --test $(IDENTITY_TEST)/*.test.js

$(IDENTITY_TEST)/node_modules/ready: $(IDENTITY_TEST)/package-lock.json
	npm ci --loglevel=error --ignore-scripts --prefix $(IDENTITY_TEST)
	touch $@

.PHONY: test-hooks
test-hooks: $(HOOKS_VENV)/ready $(HOOKS_TEST)/node_modules/ready ## Judge deliveries of providers beside the providers' own code.
	$(BUILD)
	$(HOOKS_VENV)/bin/python -m pytest --quiet $(HOOKS_TEST)

.PHONY: hook-vectors
hook-vectors: $(HOOKS_VENV)/ready $(HOOKS_TEST)/node_modules/ready ## Write the vectors of deliveries anew; look at the change.
	$(HOOKS_VENV)/bin/python $(HOOKS_TEST)/make_vectors.py

$(HOOKS_VENV)/ready: $(HOOKS_TEST)/requirements.txt $(HOOKS_TEST)/constraints.txt
	$(PYTHON) -m venv $(HOOKS_VENV)
	$(HOOKS_VENV)/bin/pip install --quiet --requirement $< --constraint $(HOOKS_TEST)/constraints.txt
	touch $@

$(HOOKS_TEST)/node_modules/ready: $(HOOKS_TEST)/package-lock.json
	npm ci --loglevel=error --ignore-scripts --prefix $(HOOKS_TEST)
	touch $@

.PHONY: test-observability
test-observability: $(VENV)/ready ## Let a real Prometheus look at the metrics, the alerts and the dashboard.
	tests/observability/install-prometheus.sh
	$(BUILD)
	FLYTE_WEBHOOK_BIN=target/debug/flyte-webhook $(VENV)/bin/python -m pytest --quiet tests/observability

.PHONY: contract
contract: $(CONTRACT_VENV)/ready ## Let Schemathesis see for a minute whether the server keeps to its document.
	$(BUILD)
	$(CONTRACT) --examples 60

$(CONTRACT_VENV)/ready: tests/contract/requirements.txt tests/contract/constraints.txt
	$(PYTHON) -m venv $(CONTRACT_VENV)
	$(CONTRACT_VENV)/bin/pip install --quiet --requirement $< --constraint tests/contract/constraints.txt
	touch $@

.PHONY: test-packaging
test-packaging: $(CHART_VENV)/ready $(CHART_TEST)/node_modules/ready ## Judge chart, Dockerfile, compose file and systemd unit.
	$(BUILD)
	FLYTE_WEBHOOK_BIN=target/debug/flyte-webhook $(CHART_VENV)/bin/python -m pytest --quiet $(CHART_TEST) tests/deploy tests/image/test_dockerfile.py

.PHONY: release-files
release-files: redoc $(CARGO_AUDITABLE) ## Build the static binary and lay out the files of the image.
	tests/image/install-tools.sh
	PATH="$(CURDIR)/$(CARGO_AUDITABLE_ROOT)/bin:$$PATH" deploy/release/build.sh --out $(RELEASE_FILES)

.PHONY: accept-image
accept-image: release-files $(CHART_VENV)/ready ## Build the image without a daemon, and run it.
	$(CHART_VENV)/bin/python -m pytest --quiet tests/image

$(CARGO_AUDITABLE):
	cargo install --quiet --locked --root $(CARGO_AUDITABLE_ROOT) cargo-auditable@$(CARGO_AUDITABLE_VERSION)

$(CHART_VENV)/ready: $(CHART_TEST)/requirements.txt $(CHART_TEST)/constraints.txt
	$(PYTHON) -m venv $(CHART_VENV)
	$(CHART_VENV)/bin/pip install --quiet --requirement $< --constraint $(CHART_TEST)/constraints.txt
	touch $@

$(CHART_TEST)/node_modules/ready: $(CHART_TEST)/package-lock.json
	npm ci --loglevel=error --ignore-scripts --prefix $(CHART_TEST)
	touch $@

# A build without it is complete but for /redoc, so that Rust alone is enough.
.PHONY: redoc
redoc: $(REDOC) ## Fetch ReDoc, which the next build takes in.

$(REDOC): web/package-lock.json
	@npm ci --loglevel=error --fetch-retries=1 --fetch-timeout=20000 --ignore-scripts --omit=peer --prefix web \
		&& cp web/node_modules/redoc/bundles/redoc.standalone.js{,.LICENSE.txt} web/bundle/ \
		|| echo 'ReDoc comes by npm, which did not bring it: /redoc will say so.'

.PHONY: lint
lint: $(CARGO_DENY) ## Check format, lints, documentation and dependencies.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --test scorecard --test postgres -- -D warnings
	cargo clippy --no-default-features -- -D warnings
	cargo clippy --package flyte-webhook-core --no-default-features -- -D warnings
	cargo metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml > /dev/null
	cargo metadata --locked --format-version 1 --manifest-path fuzz/core/Cargo.toml > /dev/null
	cargo metadata --locked --format-version 1 --manifest-path bench/Cargo.toml > /dev/null
	cargo fmt --manifest-path bench/Cargo.toml --check
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --quiet
	$(CARGO_DENY) --log-level warn check bans licenses sources

.PHONY: audit
audit: $(CARGO_DENY) ## Check dependencies against the advisories, which come from GitHub.
	$(CARGO_DENY) check advisories

# Not optimised: it judges in seconds all the same.
$(CARGO_DENY):
	cargo install --quiet --debug --locked --root $(CARGO_DENY_ROOT) cargo-deny@$(CARGO_DENY_VERSION)

.PHONY: generate
generate: openapi schema docs ## Write the generated files anew.

.PHONY: openapi
openapi: ## Write openapi/openapi.json anew.
	mkdir -p openapi
	cargo run --quiet -- openapi --config config/examples/all-endpoints.yaml > openapi/openapi.json.new
	mv openapi/openapi.json.new openapi/openapi.json

.PHONY: schema
schema: ## Write config/schema.json anew.
	cargo run --quiet -- config schema > config/schema.json.new
	mv config/schema.json.new config/schema.json

.PHONY: docs
docs: ## Write the generated parts of the documentation anew.
	cargo build --quiet
	sed '/-->$$/q' docs/KEYS.md > docs/KEYS.md.new
	target/debug/flyte-webhook reference configuration >> docs/KEYS.md.new
	mv docs/KEYS.md.new docs/KEYS.md
	sed '/-->$$/q' docs/COMMANDS.md > docs/COMMANDS.md.new
	target/debug/flyte-webhook reference commands >> docs/COMMANDS.md.new
	mv docs/COMMANDS.md.new docs/COMMANDS.md

# Names of rows, where not all are to be measured; `--small` for a tenth of their size.
ROWS ?=

.PHONY: scorecard
scorecard: $(VENV)/ready $(CONNECTOR_VENV)/ready $(CONTRACT_VENV)/ready $(CARGO_DENY) $(PROOF_TOOLS) release-files $(CHART_VENV)/ready ## Measure what is promised; one line a row.
	tests/postgres/install-postgres.sh
	$(BUILD)
	PATH="$(CURDIR)/$(PROOF_ROOT)/bin:$$PATH" cargo test --release --test scorecard -- $(ROWS) | tee target/scorecard.txt \
		|| { $(PYTHON) tests/scorecard/write.py target/scorecard.txt $(ROWS); exit 1; }
	$(PYTHON) tests/scorecard/write.py target/scorecard.txt $(ROWS)

# What counts how much the tests run and notice.
$(PROOF_TOOLS):
	rustup component add llvm-tools
	cargo install --quiet --locked --root $(PROOF_ROOT) cargo-llvm-cov@0.9.1 cargo-mutants@27.1.0

.PHONY: bench
bench: $(VENV)/ready $(CONNECTOR_VENV)/ready release-files bench-tool ## Measure speed and cost beside the Python server; writes docs/BENCHMARKS.md.
	cargo build --release
	$(VENV)/bin/python bench/bench.py --connector-python $(CONNECTOR_VENV)/bin/python

.PHONY: bench-tool
bench-tool:
	CARGO_TARGET_DIR=target/bench cargo build --release --locked --manifest-path bench/Cargo.toml

.PHONY: accept-1
accept-1: scorecard ## What takes too long for `make test`.
	fuzz/run.sh 600

.PHONY: accept-2
accept-2: $(CONTRACT_VENV)/ready ## What of the API's tests takes too long for `make test`.
	$(BUILD)
	$(CONTRACT) --examples 200 --requests 20000

.PHONY: accept-3
accept-3: scorecard ## What of the edge's tests takes too long for `make test`.

.PHONY: accept-7
accept-7: accept-image ## What of the packaging's tests takes too long for `make test`.

.PHONY: accept-4
accept-4: scorecard ## What of the operation's tests takes too long for `make test`.
	cargo test --release --test it metrics:: -- --ignored --nocapture

.PHONY: accept-5
accept-5: scorecard bench-tool ## What of the hooks' and the inbox's tests takes too long for `make test`.
	cargo build --release
	$(VENV)/bin/python bench/stored.py

.PHONY: accept-6
accept-6: scorecard bench-tool $(CONNECTOR_VENV)/ready ## What of the connector's tests takes too long for `make test`.
	$(CONNECTOR_VENV)/bin/python bench/connector.py

.PHONY: help
help: ## Show the targets.
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

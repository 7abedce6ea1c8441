"""The image as Kubernetes runs it. Needs root, and the files of deploy/release/build.sh."""

import os
import pathlib
import signal
import subprocess

import pytest

from image import BINARY, ROOT, Image, address, container, get, status

SERVE = ["serve", "--host", "127.0.0.1", "--port", "0"]
ENVIRONMENT = {
    "_U_EP_OVERRIDE": "flyte.example.com",
    "FLYTE_INTERNAL_EXECUTION_PROJECT": "site",
    "FLYTE_INTERNAL_EXECUTION_DOMAIN": "production",
}
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    files = pathlib.Path(os.environ.get("RELEASE_FILES", ROOT / "target/release-files"))
    assert (files / BINARY[1:]).exists(), "run deploy/release/build.sh"
    return Image(tmp_path_factory.mktemp("image"), files)


@pytest.fixture(scope="module")
def root(image):
    return image.mounted()


def test_it_is_small(image):
    assert image.compressed() <= 20 * MEGABYTE


def test_it_says_what_it_is_and_how_to_run_it(image):
    found = image.configuration()
    assert found["User"] == "65532:65532"
    assert found["Entrypoint"] == [BINARY]
    assert found["Cmd"] == ["serve"]
    assert found["Healthcheck"]["Test"] == ["CMD", BINARY, "health"]
    labels = found["Labels"]
    assert labels["org.opencontainers.image.title"] == "flyte-webhook"
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.revision"] == "abc"


def test_it_holds_the_server_its_licence_and_the_authorities_and_no_more(root):
    files = sorted(str(it.relative_to(root)) for it in root.rglob("*") if it.is_file())
    assert files == [
        "etc/ssl/certs/ca-certificates.crt",
        "usr/local/bin/flyte-webhook",
        "usr/share/licenses/flyte-webhook/LICENSE",
    ]


def test_the_binary_needs_no_library(root):
    found = subprocess.run(
        ["readelf", "--program-headers", "--dynamic", str(root / BINARY[1:])],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "INTERP" not in found
    assert "NEEDED" not in found


def test_it_serves_as_nobody_on_a_root_that_cannot_be_written(root):
    with container(root, *SERVE, **ENVIRONMENT) as (process, log):
        url = f"http://{address(process, log)}"
        assert get(f"{url}/health") == (200, '{"status":"healthy"}')
        found = status(process)
        assert found["Uid"].split() == ["65532"] * 4
        assert found["Gid"].split() == ["65532"] * 4
        assert found["Groups"] == "65532"
        assert found["NoNewPrivs"] == "1"
        capabilities = [found[it] for it in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")]
        assert capabilities == ["0" * 16] * 5
        mounts = pathlib.Path(f"/proc/{process.pid}/mountinfo").read_text().splitlines()
        (mount,) = [line.split() for line in mounts if line.split()[4] == "/"]
        assert "ro" in mount[5].split(",")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()


def test_its_health_check_tells_a_server_that_is_there_from_one_that_is_not(root):
    with container(root, *SERVE, **ENVIRONMENT) as (process, log):
        port = address(process, log).rpartition(":")[2]
        with container(root, "health", PORT=port, **ENVIRONMENT) as (check, said):
            assert check.wait(10) == 0, said.read_text()
    with container(root, "health", PORT=port, **ENVIRONMENT) as (check, said):
        assert check.wait(10) == 1, said.read_text()


def test_it_trusts_the_authorities_that_everybody_trusts(root):
    bundle = (root / "etc/ssl/certs/ca-certificates.crt").read_text()
    assert bundle.count("-----BEGIN CERTIFICATE-----") > 100


def test_the_binary_says_what_it_was_built_from(root):
    found = subprocess.run(
        ["readelf", "--section-headers", "--wide", str(root / BINARY[1:])],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert ".dep-v0" in found, "build it with cargo-auditable"

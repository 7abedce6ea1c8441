"""What chart and compose file tell the server is a configuration that it takes."""

import os
import pathlib
import subprocess
import sys

import pytest
import trustme
import yaml

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/chart"))

from chart import objects  # noqa: E402
from combinations import COMBINATIONS  # noqa: E402

# Of at least as many characters as any key has to have.
LONG = "0123456789abcdef" * 4
BINARY = ROOT / os.environ.get("FLYTE_WEBHOOK_BIN", "target/debug/flyte-webhook")
AUTHORITY = trustme.CA()
CERTIFICATE = AUTHORITY.issue_cert("localhost")
SECRETS = {
    "ca/ca.crt": AUTHORITY.cert_pem.bytes().decode(),
    "secrets/crt": CERTIFICATE.cert_chain_pems[0].bytes().decode(),
    "secrets/key": CERTIFICATE.private_key_pem.bytes().decode(),
    "admin/hash": "ab" * 32,
    "inbox/url": "postgres://webhook:secret@database/inbox",
    "admin-token-hash": "ab" * 32,
    "database-url": "postgres://webhook:secret@database/inbox",
}


def check(
    text: str, directory: pathlib.Path, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess:
    """Lets the server look at a configuration whose mounted files are in the directory."""
    variables = variables or {}
    for name, secret in SECRETS.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(secret)
    for mounted in ("/etc/flyte-webhook", "/run/secrets", "/var/lib/flyte-webhook"):
        text = text.replace(mounted, str(directory))
    file = directory / "config.yaml"
    file.write_text(text)
    command = [BINARY, "config", "check", "--config", file]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def told() -> dict[str, tuple[str, dict[str, str]]]:
    """Every configuration that the chart writes, once, by who uses it; with the variables
    that are in the environment of whoever reads it, and no others."""
    found = {}
    for name, values in COMBINATIONS.items():
        for it in objects(values):
            if it["kind"] != "ConfigMap":
                continue
            reader = it["metadata"]["name"]
            text = it["data"]["config.yaml"]
            variables = {var: LONG for var in environment(values, reader)}
            found.setdefault(text, (f"{name}: {reader}", variables))
    return {name: (text, variables) for text, (name, variables) in found.items()}


def environment(values: dict, workload: str) -> list[str]:
    """The names in the environment of a workload's container that come from secrets."""
    (found,) = [
        it
        for it in objects(values)
        if it["metadata"]["name"] == workload and "template" in it.get("spec", {})
    ]
    (container,) = found["spec"]["template"]["spec"]["containers"]
    return [it["name"] for it in container["env"] if "valueFrom" in it]


@pytest.mark.parametrize(("text", "variables"), told().values(), ids=told())
def test_the_server_takes_what_the_chart_writes(text, variables, tmp_path):
    config = yaml.safe_load(text)
    if "control_plane" not in config:
        # Its environment says the rest.
        plane = {"endpoint": "https://flyte.example.com", "project": "a", "domain": "b"}
        text += yaml.safe_dump({"control_plane": plane})
    checked = check(text, tmp_path, variables)
    assert checked.returncode == 0, checked.stderr


def test_the_server_takes_what_the_compose_file_mounts(tmp_path):
    text = (ROOT / "deploy/compose/webhook.yaml").read_text()
    plane = {"endpoint": "https://flyte.example.com", "project": "a", "domain": "b"}
    checked = check(text + yaml.safe_dump({"control_plane": plane}), tmp_path)
    assert checked.returncode == 0, checked.stderr


def test_a_wrong_configuration_is_noticed(tmp_path):
    assert check("server: {prot: 1}\n", tmp_path).returncode == 78

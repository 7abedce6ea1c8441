"""The Dockerfile, without building anything."""

import pathlib
import re
import subprocess
import sys

from image import DOCKERFILE, ROOT, last_stage

TEXT = DOCKERFILE.read_text()
CARGO = (ROOT / "Cargo.toml").read_text()


def argument(name: str) -> str:
    (value,) = re.findall(rf"^ARG {name}=(\S+)$", TEXT, re.MULTILINE)
    return value


def test_hadolint_finds_nothing():
    linter = pathlib.Path(sys.executable).parent / "hadolint"
    found = subprocess.run([linter, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_the_image_has_nothing_but_the_files_of_the_build():
    copies = re.findall(r"^(?:COPY|ADD|RUN).*$", last_stage(), re.MULTILINE)
    assert copies == ["COPY --from=build /out/ /"]


def test_the_image_has_the_version_of_the_server():
    (version,) = re.findall(r'^version = "(.*)"$', CARGO.split("[workspace.dep")[0], re.MULTILINE)
    assert argument("VERSION") == version


def test_the_machine_is_the_one_that_buildkit_names():
    assert re.findall(r"^ARG TARGETARCH.*$", TEXT, re.MULTILINE) == ["ARG TARGETARCH"]


def test_the_compiler_is_the_one_of_the_project():
    toolchain = (ROOT / "rust-toolchain.toml").read_text()
    assert f'channel = "{argument("RUST_VERSION")}"' in toolchain


def test_the_list_of_dependencies_is_written_by_one_version_everywhere():
    assert f"CARGO_AUDITABLE_VERSION := {argument('CARGO_AUDITABLE_VERSION')}" in (
        ROOT / "Makefile"
    ).read_text()


def test_the_sdk_for_trying_is_the_one_that_is_tested():
    requirements = (ROOT / "tests/sdk/requirements.txt").read_text().splitlines()
    assert f"flyte=={argument('FLYTE_VERSION')}" in requirements


def test_every_base_is_named_by_version():
    bases = re.findall(r"^FROM (?:--platform=\S+ )?(\S+)", TEXT, re.MULTILINE)
    stages = re.findall(r" AS (\S+)$", TEXT, re.MULTILINE)
    for base in bases:
        assert base in (*stages, "scratch") or re.search(r":(\d|\$\{RUST_VERSION\})", base), base


def test_what_is_built_elsewhere_does_not_get_into_the_build():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for path in (".git", "target", "fuzz/target", "web/node_modules", "**/__pycache__"):
        assert path in ignored

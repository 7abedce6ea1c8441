"""The systemd unit, by what systemd itself says of it."""

import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/chart"))

from chart import longest_end  # noqa: E402

UNIT = ROOT / "deploy/systemd/flyte-webhook.service"
TEXT = UNIT.read_text()
# Of 10, where 10 is a service that may do anything and systemd calls less than 2 "safe".
EXPOSURE = 1.5

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed"
)


@pytest.fixture
def root(tmp_path):
    """A machine on which the unit is installed."""
    directory = tmp_path / "etc/systemd/system"
    directory.mkdir(parents=True)
    shutil.copy(UNIT, directory)
    for target in ("basic", "multi-user", "network-online", "shutdown", "sysinit"):
        (directory / f"{target}.target").write_text("[Unit]\nDescription=A target\n")
    for name in ("usr/local/bin/flyte-webhook", "bin/kill"):
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    return tmp_path


def analyze(*arguments: str) -> subprocess.CompletedProcess:
    command = ["systemd-analyze", "--no-pager", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def complaints(root: pathlib.Path) -> list[str]:
    unit = root / "etc/systemd/system" / UNIT.name
    said = analyze("verify", f"--root={root}", "--man=no", str(unit.relative_to(root)))
    return [line for line in said.stderr.splitlines() if UNIT.name in line]


def test_systemd_finds_no_mistake(root):
    assert complaints(root) == []


def test_a_mistake_would_be_found(root):
    unit = root / "etc/systemd/system" / UNIT.name
    unit.write_text(TEXT.replace("ProtectHome=yes", "ProtectHome=perhaps"))
    assert any("ProtectHome" in line or "perhaps" in line for line in complaints(root))


def exposure(unit: pathlib.Path) -> float:
    said = analyze("security", "--offline=yes", str(unit)).stdout
    return float(re.search(r"exposure level for \S+: ([\d.]+)", said)[1])


def test_it_may_do_next_to_nothing():
    assert exposure(UNIT) <= EXPOSURE


def test_what_may_do_more_is_noticed(tmp_path):
    open_unit = tmp_path / UNIT.name
    kept = [line for line in TEXT.splitlines() if not line.startswith(("Protect", "SystemCall"))]
    open_unit.write_text("\n".join(kept))
    assert exposure(open_unit) > EXPOSURE


def test_it_is_not_killed_while_it_drains():
    assert int(re.search(r"^TimeoutStopSec=(\d+)s$", TEXT, re.MULTILINE)[1]) > longest_end()


def test_it_is_not_started_again_with_a_wrong_configuration():
    code = re.search(r"EX_CONFIG: u8 = (\d+);", (ROOT / "src/cli/config.rs").read_text())[1]
    assert f"RestartPreventExitStatus={code}\n" in TEXT

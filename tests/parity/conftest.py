"""Fixtures: both servers, and what they answered to everything."""

import concurrent.futures
import json
import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "sdk"))

pytest.register_assert_rewrite("entries", "verdict")

from client import Sides, subject  # noqa: E402
from interactions import INTERACTIONS, plant  # noqa: E402
from servers import Servers  # noqa: E402
from target import Target  # noqa: E402

RECORD = HERE / "differences.json"
# `make parity-record` sets it.
RECORDING = "PARITY_RECORD" in os.environ
AT_ONCE = 12


@pytest.fixture(scope="session")
def target():
    target = Target()
    yield target
    target.stop()


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    servers = Servers(tmp_path_factory.mktemp("parity"))
    try:
        servers.start()
        plant(servers.control_plane)
        (servers.directory / "note.txt").write_text("a file that is nobody's business")
        yield servers
    finally:
        servers.stop()


@pytest.fixture(scope="session")
def outcomes(servers, target):
    """Every interaction's outcome. All run at once: most wait for the reference's retries."""
    rules = [
        {**rule(fault, servers, target, side, interaction), "caller": subject(number, side)}
        for number, interaction in enumerate(INTERACTIONS)
        for fault in interaction.faults
        for side in ("reference", "here")
    ]
    servers.control_plane.faults(rules)
    sides = Sides(servers.ports, servers.control_plane)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        done = pool.map(sides.both, range(len(INTERACTIONS)), INTERACTIONS)
        return {outcome.interaction.name: outcome for outcome in done}


def rule(fault: dict, servers: Servers, target: Target, side: str, interaction) -> dict:
    """A fault with the addresses that only this run of the suite knows."""
    port = servers.ports[side][interaction.configuration]
    text = json.dumps(fault)
    for name, value in {
        "{target}": target.url,
        "{server}": f"http://127.0.0.1:{port}",
        "{port}": str(port),
        "{directory}": str(servers.directory),
    }.items():
        text = text.replace(name, value)
    return json.loads(text)


@pytest.fixture(scope="session")
def recorded():
    """What differed when it was last looked at; written anew when that is asked for."""
    if not RECORDING:
        yield json.loads(RECORD.read_text())
        return
    differences: dict = {}
    yield differences
    RECORD.write_text(json.dumps(differences, indent=1, sort_keys=True, ensure_ascii=False) + "\n")

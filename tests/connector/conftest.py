"""Fixtures: the two connectors, and the server that tasks call."""

import json
import os
import pathlib

import pytest

import servers
from target import Target

RECORDING = "CONNECTOR_RECORD" in os.environ
DIFFERENCES = pathlib.Path(__file__).with_name("differences.json")


@pytest.fixture(scope="session")
def target():
    target = Target()
    yield target
    target.closed.set()


@pytest.fixture(scope="session")
def both(tmp_path_factory):
    """The reference and this connector."""
    directory = tmp_path_factory.mktemp("both")
    reference = servers.reference(directory)
    here = servers.ours(directory)
    yield reference, here
    reference.stop()
    assert here.stop() == 0, here.log.read_text()


@pytest.fixture
def connector(tmp_path):
    """Starts connectors of the test's own."""
    started = []

    def start(text="", **options):
        started.append(servers.ours(tmp_path, text, **options))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="session")
def recorded():
    """What differs between the two, by case; written anew where that is asked for."""
    known = {} if RECORDING else json.loads(DIFFERENCES.read_text())
    yield known
    if RECORDING:
        text = json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False)
        DIFFERENCES.write_text(text + "\n")

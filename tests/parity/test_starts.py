"""Both refuse the same configurations, or differ as docs/PARITY.md says."""

import json
import pathlib
import subprocess
import sys

import httpx
import pytest

from constructs import operations
from dev import binary, free_ports, poll
from entries import entries
from servers import SECONDS, Servers, listens
from starts import STARTS

# `EX_CONFIG`, which tells a service manager not to start it again.
REFUSED = 78


@pytest.fixture(scope="module")
def constructed(servers: Servers) -> dict[str, dict]:
    """What the reference says to each."""
    command = [sys.executable, str(pathlib.Path(__file__).parent / "constructs.py")]
    told = json.dumps([start.arguments for start in STARTS])
    done = subprocess.run(
        [*command, told], env=servers.platform(), capture_output=True, text=True, check=True
    )
    return dict(zip([start.name for start in STARTS], json.loads(done.stdout)))


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.name)
def test_start(start, servers, constructed):
    assert set(start.entries) <= set(entries())
    reference = constructed[start.name]
    here = serve(servers, start)
    assert ("serves" in reference, "serves" in here) == start.serves, (reference, here)
    assert (start.serves[0] != start.serves[1]) == bool(start.entries)
    if start.serves == (True, True):
        assert reference == here
    if "refused" in here:
        # It says which key is wrong.
        assert any(key in here["refused"] for key in start.told), here


def serve(servers: Servers, start) -> dict:
    """Starts this server and says what it serves, or what it refuses with."""
    [port] = free_ports(1)
    path = servers.write("start", start.arguments)
    command = [str(binary()), "serve", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--config", str(path)],
        env=servers.platform(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        poll("it serves or ends", lambda: process.poll() is not None or listens(port), SECONDS)
        if process.poll() is None:
            document = httpx.get(f"http://127.0.0.1:{port}/openapi.json").json()
            return {"serves": operations(document)}
        assert process.returncode == REFUSED
        return {"refused": process.stdout.read()}
    finally:
        process.terminate()
        process.communicate(timeout=20)

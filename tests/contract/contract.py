"""Schemathesis against `flyte-webhook dev`: does the server do what its document says?

Runs until the server has answered as many requests as are asked for. Exits with 0 where no
check failed and no answer was a server error.
"""

import argparse
import collections
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

import requests
from openapi_spec_validator import validate

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
TOKEN = "contract-token"
SCHEMATHESIS = pathlib.Path(sys.executable).parent / "schemathesis"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--requests", type=int, default=0, help="how many at least")
    arguments.add_argument("--examples", type=int, default=20, help="per operation and round")
    arguments.add_argument("--seed", type=int, default=1, help="of the first round")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="flyte-webhook-contract-") as directory:
        server = Server(pathlib.Path(directory))
        try:
            validate(server.document())
            server.know_one_token()
            seed = asked.seed
            failed = explore(server, seed, asked.examples) != 0
            while not failed and server.answered().total() < asked.requests:
                seed += 1
                failed = explore(server, seed, asked.examples) != 0
        finally:
            code = server.stop()
        return judge(server, failed, code)


def explore(server: "Server", seed: int, examples: int) -> int:
    """One round of all phases; gives the exit code."""
    print(f"Round {seed}", flush=True)
    command = [
        SCHEMATHESIS, "--config-file", HERE / "schemathesis.toml",
        "run", f"{server.url}/openapi.json",
        "--checks", "all", "--max-examples", str(examples), "--seed", str(seed),
    ]  # fmt: skip
    environment = {**os.environ, "CONTRACT_TOKEN": TOKEN}
    # In a directory of its own, since it remembers what it found in earlier runs.
    return subprocess.run(command, cwd=server.directory, env=environment, check=False).returncode


def judge(server: "Server", failed: bool, code: int) -> int:
    """Says what came of it."""
    answered = server.answered()
    errors = {status: count for status, count in answered.items() if status >= 500}
    counts = ", ".join(f"{status}: {count}" for status, count in sorted(answered.items()))
    print(f"{answered.total()} requests answered; {counts}")
    if errors or code != 0 or "panicked" in server.log.read_text():
        print(f"server errors: {errors}, exit code {code}; the log ends with:")
        print("\n".join(server.log.read_text().splitlines()[-20:]))
        failed = True
    return int(failed)


class Server:
    """`flyte-webhook dev`, with a control plane that knows one token."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.log = directory / "dev.log"
        port, control_plane = free_ports(2)
        self.url = f"http://127.0.0.1:{port}"
        self.control_plane = f"http://127.0.0.1:{control_plane}"
        command = [
            os.environ.get("FLYTE_WEBHOOK_BIN", ROOT / "target/debug/flyte-webhook"), "dev",
            "--port", str(port),
            "--control-plane-port", str(control_plane),
            "--data-dir", directory / "data",
            "--config", HERE / "dev.yaml",
        ]  # fmt: skip
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT
            )
        self.wait()

    def wait(self) -> None:
        deadline = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                requests.get(f"{self.url}/health", timeout=5).raise_for_status()
                return
            except requests.ConnectionError:
                time.sleep(0.05)
        self.process.kill()
        raise RuntimeError(f"the server does not serve: {self.log.read_text()}")

    def document(self) -> dict:
        return requests.get(f"{self.url}/openapi.json", timeout=5).json()

    def know_one_token(self) -> None:
        """Lets the control plane, which takes any token, refuse all others."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        me = requests.get(f"{self.url}/me", headers=headers, timeout=5).json()
        # The first rule that fits counts; it has to do something.
        known = {"method": "*", "caller": me["subject"], "delay_ms": 1}
        refused = {"method": "*", "effect": {"type": "error", "code": "unauthenticated"}}
        rules = {"rules": [known, refused]}
        requests.put(f"{self.control_plane}/_dev/faults", json=rules, timeout=5).raise_for_status()

    def answered(self) -> collections.Counter:
        """How many requests were answered with which status, as the server's log has it."""
        lines = [json.loads(line) for line in self.log.open() if line.startswith("{")]
        statuses = (line.get("http.response.status_code") for line in lines)
        return collections.Counter(status for status in statuses if status is not None)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def free_ports(count: int) -> list[int]:
    """Ports that are free now; all are held until all are found, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [held.getsockname()[1] for held in sockets]
    for held in sockets:
        held.close()
    return ports


if __name__ == "__main__":
    sys.exit(main())

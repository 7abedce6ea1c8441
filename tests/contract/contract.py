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
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import requests
from openapi_spec_validator import validate

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from ports import free_ports  # noqa: E402

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
TOKEN = "contract-token"
FETCHER = {"project": "flytesnacks", "domain": "development", "name": "contract.fetch"}
SCHEMATHESIS = pathlib.Path(sys.executable).parent / "schemathesis"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--requests", type=int, default=1, help="how many at least")
    arguments.add_argument("--examples", type=int, default=20, help="per operation and round")
    arguments.add_argument("--seed", type=int, default=1, help="of the first round")
    arguments.add_argument("--lie", action="store_true", help="of errors the document tells none")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="flyte-webhook-contract-") as directory:
        server = Server(pathlib.Path(directory))
        try:
            validate(server.document())
            server.deploy_fetcher()
            server.know_one_token()
            document = server.lying_document() if asked.lie else f"{server.url}/openapi.json"
            failed = any(
                explore(server, document, seed, asked.examples) for seed in rounds(server, asked)
            )
        finally:
            code = server.stop()
        return judge(server, code, failed, asked.requests)


def rounds(server: "Server", asked: argparse.Namespace) -> Iterator[int]:
    """The seeds of the rounds: one, and more until there were enough requests."""
    seed = asked.seed
    before = server.answered().total()
    yield seed
    while before < (now := server.answered().total()) < asked.requests:
        before = now
        seed += 1
        yield seed


def explore(server: "Server", document: str, seed: int, examples: int) -> int:
    """One round of all phases; gives the exit code, which is 0 where nothing was found."""
    print(f"Round {seed}", flush=True)
    command = [
        SCHEMATHESIS, "--config-file", HERE / "schemathesis.toml",
        "run", document, "--url", server.url,
        "--checks", "all", "--max-examples", str(examples), "--seed", str(seed),
    ]  # fmt: skip
    environment = {**os.environ, "CONTRACT_TOKEN": TOKEN}
    # In a directory of its own, since it remembers what it found in earlier runs.
    return subprocess.run(command, cwd=server.directory, env=environment, check=False).returncode


def judge(server: "Server", code: int, failed: bool, least: int) -> int:
    """Says what came of it; gives the exit code."""
    answered = server.answered()
    counts = ", ".join(f"{status}: {count}" for status, count in sorted(answered.items()))
    print(f"{answered.total()} requests answered; {counts}")
    complaints = {
        "checks failed": failed,
        f"fewer than {least} requests were counted": not failed and answered.total() < least,
        "there were server errors": any(status >= 500 for status in answered),
        "a handler panicked": "panicked" in server.log.read_text(),
        f"the server ended with {code}": code != 0,
    }
    found = [complaint for complaint, is_so in complaints.items() if is_so]
    print("; ".join(found) or "nothing was found")
    return len(found)


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

    def lying_document(self) -> str:
        """A file with the document, but for all answers that are no success."""
        document = self.document()
        for methods in document["paths"].values():
            for operation in methods.values():
                answers = operation["responses"]
                operation["responses"] = {it: answers[it] for it in answers if it.startswith("2")}
        file = self.directory / "lying.json"
        file.write_text(json.dumps(document))
        return str(file)

    def deploy_fetcher(self) -> None:
        """Deploys a task that takes what a prefetch gives it and does nothing."""
        task = {**FETCHER, "version": "v1"}
        inputs = [{"key": "repo", "value": {"type": {"simple": "STRING"}}}]
        template = {
            "id": {**task, "resourceType": "TASK"},
            "type": "python",
            "interface": {"inputs": {"variables": inputs}},
            "container": {"image": "none", "command": ["true"]},
        }
        url = f"{self.control_plane}/flyteidl2.task.TaskService/DeployTask"
        request = {"taskId": task, "spec": {"taskTemplate": template}}
        headers = {"Authorization": f"Bearer {TOKEN}"}
        requests.post(url, json=request, headers=headers, timeout=5).raise_for_status()

    def know_one_token(self) -> None:
        """Lets the control plane, which takes any token, refuse all others.

        What is stored needs none: a link to an object is its own permission.
        """
        headers = {"Authorization": f"Bearer {TOKEN}"}
        me = requests.get(f"{self.url}/me", headers=headers, timeout=5).json()
        # The first rule that fits counts; it has to do something.
        known = {"method": "*", "caller": me["subject"], "delay_ms": 1}
        stored = {"method": "Objects/Put", "delay_ms": 1}
        refused = {"method": "*", "effect": {"type": "error", "code": "unauthenticated"}}
        rules = {"rules": [known, stored, refused]}
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


if __name__ == "__main__":
    sys.exit(main())

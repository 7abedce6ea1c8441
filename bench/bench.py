"""The benchmarks: this server beside the Python one, in one run.

    make bench                       # writes docs/BENCHMARKS.md
    python bench/bench.py --small    # tries whether it works; writes nothing there

A control plane that answers at once is made first: each server is asked everything in
front of an embedded one, through a proxy that writes down its calls and those of its app,
and their answers are given again by a server that knows nothing else.
"""

import argparse
import contextlib
import json
import math
import pathlib
import statistics
import subprocess
import tempfile

import httpx
from machine import (
    LOAD_CORE,
    MEMORY,
    RELEASED,
    ROOT,
    TOOL,
    WITH_DEV,
    Canned,
    Process,
    free_ports,
    load,
    machine,
    start_time,
)
from report import write
from sides import DOMAIN, ENDPOINTS, PROJECT, TOKEN, Endpoint, Side

CONNECTIONS = [1, 16, 64, 256]
# That of the acceptance.
USUAL = 16
# Whoever else uses the machine disturbs some of them; more of those that count slow answers.
ROUNDS = 5
PACED_ROUNDS = 10
HEADERS = {"authorization": TOKEN}
PLAIN = [endpoint for endpoint in ENDPOINTS if not endpoint.hook]
HOOKS = [endpoint for endpoint in ENDPOINTS if endpoint.hook]


class Bench:
    def __init__(self, directory: pathlib.Path, binary: pathlib.Path, dev: pathlib.Path, small: bool):
        self.directory = directory
        self.dev = dev
        self.seconds = 0.5 if small else 2
        self.connections = [1, USUAL] if small else CONNECTIONS
        self.idle = 500 if small else 10_000
        self.starts = 3 if small else 11
        self.sides = [Side("here", binary), Side("reference", binary)]
        self.values: dict[str, str] = {}
        # What the embedded control plane makes.
        self.tls = directory / "data/tls"
        self.logs = tempfile.TemporaryDirectory(prefix="flyte-webhook-logs-", dir=MEMORY)
        (directory / "logs").symlink_to(self.logs.name)

    @contextlib.contextmanager
    def embedded(self):
        """An embedded control plane, with a run that has ended."""
        api, control_plane = free_ports(2)
        command = [
            self.dev, "dev", "--port", api, "--control-plane-port", control_plane,
            "--data-dir", self.directory / "data", "--control-plane-tls",
        ]  # fmt: skip
        url = f"http://127.0.0.1:{api}"
        with Process(LOAD_CORE, command, self.directory / "dev.log").answers(f"{url}/health"):
            self.values["run"] = self.finished_run(url)
            self.app = self.app_address(url)
            yield f"127.0.0.1:{control_plane}"

    def run(self) -> dict:
        with self.embedded() as upstream:
            canned = {side.name: self.record(side, upstream) for side in self.sides}
            measured = {"canned": {}, "embedded": {}, "process": {}}
            for side in self.sides:
                with self.canned(*canned[side.name]) as plane:
                    measured["canned"][side.name] = self.measure(side, plane.address, plane.load)
                    measured["process"][side.name] = self.process(side, plane.address)
                measured["embedded"][side.name] = self.measure(side, upstream, load, [USUAL])
            with self.canned(*canned["here"]) as plane:
                measured["direct"] = self.direct(plane)
                measured["bare"] = self.bare(plane.load)
        return measured | {"machine": machine(), "versions": self.versions()}

    def finished_run(self, url: str) -> str:
        path = f"/run-task/{DOMAIN}/{PROJECT}/demo.hello?wait=30"
        answer = httpx.post(url + path, json={"name": "Ada"}, headers=HEADERS, timeout=60)
        answer.raise_for_status()
        return answer.json()["name"]

    def app_address(self, url: str) -> str:
        answer = httpx.get(f"{url}/app/demo-echo", headers=HEADERS)
        answer.raise_for_status()
        return httpx.URL(answer.json()["endpoint"]).netloc.decode()

    def record(self, side: Side, upstream: str) -> tuple[str, pathlib.Path]:
        """Where the calls were recorded, and the file with them."""
        proxy, port = free_ports(2)
        address, file = f"127.0.0.1:{proxy}", self.directory / f"{side.name}.calls"
        command = [TOOL, "record", address, upstream, self.app, file, self.tls]
        with (
            Process(LOAD_CORE, command, self.directory / "record.log").listens(address),
            side.start(port, address, self.directory) as server,
        ):
            server.answers(f"http://127.0.0.1:{port}/health")
            for endpoint in PLAIN:
                path = endpoint.path.format(**self.values)
                answer = httpx.request(
                    endpoint.method,
                    f"http://127.0.0.1:{port}{path}",
                    content=endpoint.body,
                    headers={**HEADERS, "content-type": "application/json"},
                    timeout=60,
                )
                assert answer.status_code == 200, (side.name, endpoint.name, answer.text)
        return address, file

    @contextlib.contextmanager
    def canned(self, recorded_at: str, file: pathlib.Path, pause: float = 0):
        (port,) = free_ports(1)
        address = f"127.0.0.1:{port}"
        command = [TOOL, "canned", address, recorded_at, file, self.tls, pause]
        with Canned(address, command, self.directory / "canned.log") as process:
            process.listens(address)
            yield process
            said = process.log.read_text()
            assert "nobody called" not in said, said

    def measure(self, side: Side, control_plane: str, ask, connections=None) -> dict:
        found = {}
        for hooks, endpoints in ((False, PLAIN), (True, HOOKS)):
            (port,) = free_ports(1)
            address = f"127.0.0.1:{port}"
            with side.start(port, control_plane, self.directory, hooks) as server:
                server.answers(f"http://{address}/health")
                for endpoint in endpoints:
                    measured = self.endpoint(server, address, endpoint, ask, connections)
                    found[endpoint.name] = measured
        return found

    def endpoint(self, server: Process, address: str, endpoint: Endpoint, ask, connections) -> dict:
        request = endpoint.request(**self.values)
        # The first requests open connections and fill caches.
        ask(address, [request], USUAL, self.seconds / 2)
        found = {}

        def full(count: int) -> dict:
            before = server.cpu()
            measured = ask(address, [request], count, self.seconds)
            cpu = server.cpu() - before
            done = max(measured["requests"] + measured["errors"], 1)
            rate = measured["requests"] / measured["seconds"]
            return measured | {"rate": rate, "cpu_ms": cpu / done * 1000}

        for count in connections or self.connections:
            is_usual = count == USUAL
            found[count] = least_disturbed(lambda: full(USUAL), "cpu_ms") if is_usual else full(count)
        half = found[USUAL]["rate"] / 2
        told = (address, [request], USUAL, self.seconds / 2)
        paced = least_disturbed(lambda: ask(*told, rate=max(half, 1)), "p99", PACED_ROUNDS)
        return {"full": found, "half": paced, "half_rate": half}

    def direct(self, plane: Canned) -> dict:
        """The calls that the endpoints are mostly made of, without a server between."""
        return {
            endpoint.name: self.plain(plane, endpoint.direct_request())
            for endpoint in ENDPOINTS
            if endpoint.direct
        }

    def bare(self, ask) -> dict:
        (port,) = free_ports(1)
        address = f"127.0.0.1:{port}"
        command = [TOOL, "bare", address]
        with Process(0, command, self.directory / "bare.log") as server:
            server.answers(f"http://{address}/")
            return self.endpoint(server, address, ENDPOINTS[0], ask, None)

    def plain(self, plane: Canned, request: str) -> dict:
        told = (plane.address, [request], USUAL)
        full = plane.load(*told, self.seconds)
        rate = full["requests"] / full["seconds"]
        paced = (*told, self.seconds / 2)
        half = least_disturbed(lambda: plane.load(*paced, rate=rate / 2), "p99", PACED_ROUNDS)
        return {"rate": rate, "half": half}

    def process(self, side: Side, control_plane: str) -> dict:
        """Memory and the time to start."""
        (port,) = free_ports(1)
        address = f"127.0.0.1:{port}"
        url = f"http://{address}/health"
        with side.start(port, control_plane, self.directory) as server:
            server.answers(url)
            rest = server.memory()
            request = ENDPOINTS[0].request()
            seconds = max(self.seconds, self.idle / 1000)
            opened = load(address, [request], self.idle, seconds, idle=True)
            peak = server.peak()
        times = [
            start_time(lambda: side.start(port, control_plane, self.directory), url)
            for _ in range(self.starts)
        ]
        return {
            "rest_mib": rest,
            "open_mib": peak,
            "open": self.idle,
            "open_errors": opened["errors"],
            "start_ms": statistics.median(times),
        }

    def versions(self) -> dict:
        binary = self.sides[0].binary
        said = subprocess.check_output([binary, "--version"], text=True)
        files = pathlib.Path(httpx.__file__).parents[1]
        packages = sum(it.stat().st_size for it in files.rglob("*") if it.is_file())
        return {
            "here": said.split()[-1],
            "here_bytes": binary.stat().st_size,
            "reference": "flyte 2.12.1",
            "reference_bytes": packages,
        }


def least_disturbed(measure, figure: str, rounds: int = ROUNDS) -> dict:
    """The round of a few whose figure is the least, of those with the fewest errors."""

    def disturbed(found: dict) -> tuple[int, float]:
        value = found[figure]
        return found["errors"], math.inf if value is None else value

    return min((measure() for _ in range(rounds)), key=disturbed)


def connectors(python: str, binary: pathlib.Path, small: bool) -> dict:
    """Webhook tasks, measured where flytekit is installed."""
    command = [python, ROOT / "bench/connector.py", "--json", "--binary", binary]
    said = subprocess.check_output([*command, *(["--small"] if small else [])], text=True)
    return json.loads(said)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--small", action="store_true", help="a tenth of the time, no report")
    parser.add_argument("--binary", default=RELEASED)
    parser.add_argument("--dev-binary", default=WITH_DEV)
    parser.add_argument("--connector-python", help="a Python with flytekit, to measure connectors")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="flyte-webhook-bench-") as directory:
        binaries = (pathlib.Path(told.binary).resolve(), pathlib.Path(told.dev_binary).resolve())
        measured = Bench(pathlib.Path(directory), *binaries, told.small).run()
    if told.connector_python:
        measured["connector"] = connectors(told.connector_python, binaries[0], told.small)
    output = ROOT / "target/bench/small" if told.small else ROOT / "docs"
    output.mkdir(parents=True, exist_ok=True)
    (ROOT / "target/bench/bench.json").write_text(json.dumps(measured, indent=1))
    for line in write(measured, output):
        print(line)


if __name__ == "__main__":
    main()

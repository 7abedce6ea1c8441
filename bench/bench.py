"""The benchmarks: this server beside the Python one, in one run.

    make bench                       # writes docs/BENCHMARKS.md
    python bench/bench.py --small    # tries whether it works; writes nothing there

A control plane that answers at once is made first: each server is asked everything in
front of an embedded one, through a proxy that writes down its calls and those of its app,
and their answers are given again by a server that knows nothing else.
"""

import argparse
import contextlib
import dataclasses
import json
import math
import pathlib
import statistics
import subprocess
import tempfile
from collections.abc import Callable

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
from report import ROUNDS, USUAL, write
from sides import DOMAIN, ENDPOINTS, PROJECT, TOKEN, Endpoint, Side

CONNECTIONS = [1, 16, 64, 256]
# Whoever else uses the machine makes both sides slower, for seconds: what one costs beside the
# other is told by many short rounds of both by turns. Those that count slow answers have to be
# longer.
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
            with contextlib.ExitStack() as stack:
                planes = {
                    name: stack.enter_context(self.canned(*recorded))
                    for name, recorded in canned.items()
                }
                told = {name: (plane.address, plane.load) for name, plane in planes.items()}
                measured = {"canned": self.measure(told)}
                measured["direct"] = self.direct(planes["here"])
                measured["bare"] = self.bare(planes["here"].load)
            measured["embedded"] = self.measure(
                {side.name: (upstream, load) for side in self.sides}, [USUAL]
            )
            measured["process"] = {side.name: self.process(side, upstream) for side in self.sides}
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
        with Canned(address, command, self.directory / f"canned-{port}.log") as process:
            yield process
            said = process.log.read_text()
            assert "nobody called" not in said, said

    def measure(self, told: dict, connections=None) -> dict:
        """Both sides, each with a control plane and who asks, by turns: the machine is not
        always as quick."""
        found = {side.name: {} for side in self.sides}
        for hooks, endpoints in ((False, PLAIN), (True, HOOKS)):
            with contextlib.ExitStack() as stack:
                asked = {}
                for side in self.sides:
                    control_plane, ask = told[side.name]
                    (port,) = free_ports(1)
                    server = side.start(port, control_plane, self.directory, hooks)
                    address = f"127.0.0.1:{port}"
                    stack.enter_context(server).answers(f"http://{address}/health")
                    asked[side.name] = Asked(server, address, ask)
                for endpoint in endpoints:
                    for name, measured in self.endpoint(asked, endpoint, connections).items():
                        found[name][endpoint.name] = measured
        return found

    def endpoint(self, asked: "dict[str, Asked]", endpoint: Endpoint, connections=None) -> dict:
        request = endpoint.request(**self.values)
        full = {}
        for it in asked.values():
            # The first requests open connections and fill caches.
            it.load(request, USUAL, self.seconds / 2)
        for count in connections or self.connections:
            rounds, seconds = (ROUNDS, self.seconds / 4) if count == USUAL else (1, self.seconds)
            found = [
                {name: it.full(request, count, seconds) for name, it in asked.items()}
                for _ in range(rounds)
            ]
            full[count] = middle(found)
        # Of what is shown: half of the best moment is all that the machine can do in another.
        half = {name: it["rate"] / 2 for name, it in full[USUAL].items()}
        paced = least_disturbed(
            {
                name: lambda it=it, rate=half[name]: it.load(
                    request, USUAL, self.seconds / 2, rate=max(rate, 1)
                )
                for name, it in asked.items()
            },
            "p99",
            PACED_ROUNDS,
        )
        return {
            name: {
                "full": {count: found[name] for count, found in full.items()},
                "half": paced[name],
                "half_rate": half[name],
            }
            for name in asked
        }

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
            return self.endpoint({"bare": Asked(server, address, ask)}, ENDPOINTS[0])["bare"]

    def plain(self, plane: Canned, request: str) -> dict:
        told = (plane.address, [request], USUAL)
        full = plane.load(*told, self.seconds)
        rate = full["requests"] / full["seconds"]
        paced = (*told, self.seconds / 2)
        half = {"direct": lambda: plane.load(*paced, rate=rate / 2)}
        return {"rate": rate, "half": least_disturbed(half, "p99", PACED_ROUNDS)["direct"]}

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


@dataclasses.dataclass(frozen=True)
class Asked:
    """A server, and who asks it."""

    server: Process
    address: str
    ask: Callable[..., dict]

    def load(self, request: str, connections: int, seconds: float, **plan) -> dict:
        return self.ask(self.address, [request], connections, seconds, **plan)

    def full(self, request: str, connections: int, seconds: float) -> dict:
        """As many requests as there can be, and what each costs the server."""
        before = self.server.cpu()
        measured = self.load(request, connections, seconds)
        cpu = self.server.cpu() - before
        done = max(measured["requests"] + measured["errors"], 1)
        rate = measured["requests"] / measured["seconds"]
        return measured | {"rate": rate, "cpu_ms": cpu / done * 1000}


def middle(rounds: list[dict]) -> dict:
    """The round in the middle by what its second side costs beside its first, or by the cost of
    the only one; of those with the fewest errors."""

    def errors(found: dict) -> int:
        return sum(it["errors"] for it in found.values())

    def cost(found: dict) -> float:
        first, *others = (max(it["cpu_ms"], 1e-6) for it in found.values())
        return others[0] / first if others else first

    fewest = min(map(errors, rounds))
    kept = sorted((it for it in rounds if errors(it) == fewest), key=cost)
    return kept[len(kept) // 2]


def least_disturbed(measures: dict[str, Callable[[], dict]], figure: str, rounds: int) -> dict:
    """Of each its round of a few whose figure is the least, of those with the fewest errors."""

    def disturbed(found: dict) -> tuple[int, float]:
        value = found[figure]
        return found["errors"], math.inf if value is None else value

    found = [{name: measure() for name, measure in measures.items()} for _ in range(rounds)]
    return {name: min((it[name] for it in found), key=disturbed) for name in measures}


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

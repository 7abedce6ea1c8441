"""Deliveries that are stored before they are answered: this server beside the Python one.

    python bench/stored.py           # prints two lines; `make accept-5`

The Python server verifies the same deliveries and hands them to a handler that does
nothing, and stores none. What is measured second is whether the answer waits for the
control plane: deliveries come at a rate, before one that answers at once and before one
that takes five seconds.
"""

import argparse
import dataclasses
import json
import pathlib
import sys
import tempfile

from bench import Bench
from machine import RELEASED, WITH_DEV, Canned, free_ports
from sides import HOOK, PUSH, SECRET, Endpoint, Side

DELIVERIES = 16_000
CONNECTIONS = 64
# Of the usual size of a push.
BYTES = 9 * 1024
SLOW = 5
# How many times as long the slowest answers may take before the slow control plane.
MOST = 1.2
STORED = HOOK | {"ack": "stored", "rules": [{"task": "development/flytesnacks/demo.hello"}]}


def deliveries(count: int) -> list[str]:
    """Each another one, by its body and by its id."""
    made, payload = [], json.loads(PUSH) | {"padding": "x" * (BYTES - len(PUSH))}
    for number in range(count):
        body = json.dumps(payload | {"after": f"{number:040}"})
        endpoint = Endpoint("hook", "POST", "/webhook/github", body, hook=True)
        request = endpoint.request()
        made.append(request.replace("72d3162e-cc78", f"{number:08x}-cc78", 1))
    return made


class Stored:
    def __init__(self, bench: Bench, requests: list[str]):
        self.bench = bench
        self.requests = requests

    def side(self, name: str) -> Side:
        inbox = tempfile.mkdtemp(dir=self.bench.directory)
        settings = {"hooks": {"github": STORED}, "inbox": {"path": f"{inbox}/inbox.db"}}
        return dataclasses.replace(self.bench.sides[0], name=name, settings=settings)

    def measure(self, name: str, plane: Canned, **plan) -> dict:
        (port,) = free_ports(1)
        address = f"127.0.0.1:{port}"
        hooks = name == "reference"
        with self.side(name).start(port, plane.address, self.bench.directory, hooks) as server:
            server.answers(f"http://{address}/health")
            plan = {"connections": CONNECTIONS, "seconds": self.bench.seconds, "once": True} | plan
            measured = plane.load(address, self.requests, **plan)
            assert not measured["errors"], measured
            return measured


def rate(measured: dict) -> float:
    return measured["requests"] / measured["seconds"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--small", action="store_true", help="a tenth of the time")
    parser.add_argument("--binary", default=RELEASED)
    told = parser.parse_args()
    binary = pathlib.Path(told.binary).resolve()
    with tempfile.TemporaryDirectory(prefix="flyte-webhook-stored-") as directory:
        bench = Bench(pathlib.Path(directory), binary, WITH_DEV, told.small)
        stored = Stored(bench, deliveries(DELIVERIES // (10 if told.small else 1)))
        with bench.embedded() as upstream:
            recorded = bench.record(bench.sides[0], upstream)
        with bench.canned(*recorded) as quick, bench.canned(*recorded, SLOW) as slow:
            here = stored.measure("here", quick)
            reference = stored.measure("reference", quick)
            half = rate(here) / 2
            answered = [stored.measure("here", it, rate=half) for it in (quick, slow)]
    print(
        f"stored: {rate(here):.0f}/s p50={here['p50']:.0f}us p99={here['p99']:.0f}us,"
        f" the Python server {rate(reference):.0f}/s p50={reference['p50']:.0f}us"
        f" p99={reference['p99']:.0f}us: {rate(here) / rate(reference):.1f} times as many"
    )
    longer = answered[1]["p99"] / answered[0]["p99"]
    verdict = "PASS" if longer <= MOST else "FAIL"
    print(
        f"acknowledged at {half:.0f}/s: p99={answered[0]['p99']:.0f}us, with a control plane"
        f" that takes {SLOW} s p99={answered[1]['p99']:.0f}us: {longer:.2f} <= {MOST} {verdict}"
    )
    sys.exit(verdict != "PASS")


if __name__ == "__main__":
    main()

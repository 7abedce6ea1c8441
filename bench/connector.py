"""Webhook tasks a second, and memory: this connector beside flytekit's.

    python bench/connector.py        # prints a line; `make accept-6`

The same task, as flytekit writes it down, is given to both, one after the other, each on
one core: the server that it calls, and who asks, have the other.
"""

import argparse
import base64
import json
import pathlib
import struct
import sys
import tempfile
from collections import OrderedDict

from flyteidl.admin import agent_pb2
from flyteidl.core.execution_pb2 import TaskExecution
from flyteidl.core.literals_pb2 import LiteralMap
from flytekit.configuration import ImageConfig, SerializationSettings
from flytekit.extras.webhook import WebhookTask
from flytekit.tools.translator import get_serializable
from machine import LOAD_CORE, RELEASED, SERVER_CORE, TOOL, Process, ask, free_ports

IN_FLIGHT = 64
CONNECTIONS = 4
# What is wanted: times as many tasks, in a part of the memory.
FASTER, SMALLER = 10, 4
SETTINGS = SerializationSettings(ImageConfig(), project="p", domain="d", version="v")


def messages(target: str) -> bytes:
    """A task as an engine sends it: two messages of gRPC."""
    task = WebhookTask(name="bench", url=f"http://{target}/", data={"a": "b"})
    template = get_serializable(OrderedDict(), SETTINGS, task).template.to_flyte_idl()
    request = agent_pb2.ExecuteTaskSyncRequest
    header = request(header=agent_pb2.CreateRequestHeader(template=template))
    return framed(header) + framed(request(inputs=LiteralMap()))


def framed(message) -> bytes:
    encoded = message.SerializeToString()
    return struct.pack(">BI", 0, len(encoded)) + encoded


def connector(name: str, binary: pathlib.Path, port: int, directory: pathlib.Path) -> list:
    """How a connector is started."""
    if name == "reference":
        pyflyte = pathlib.Path(sys.executable).with_name("pyflyte")
        (metrics,) = free_ports(1)
        return [pyflyte, "serve", "connector", "--port", port, "--prometheus_port", metrics]
    file = directory / "connector.yaml"
    settings = {
        "egress": {"allow": ["127.0.0.0/8"]},
        "connector": {"host": "127.0.0.1", "port": port},
        "admin": {"port": free_ports(1)[0]},
    }
    file.write_text(json.dumps(settings))
    return [binary, "connector", "--config", file]


def measure(name: str, binary: pathlib.Path, target: str, seconds: float) -> dict:
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    plan = {
        "address": address,
        "path": "/flyteidl.service.SyncAgentService/ExecuteTaskSync",
        "messages": base64.b64encode(messages(target)).decode(),
        "in_flight": IN_FLIGHT,
        "connections": CONNECTIONS,
        "warm_up": seconds / 5,
        "seconds": seconds,
    }
    with tempfile.TemporaryDirectory(prefix="flyte-webhook-bench-") as place:
        directory = pathlib.Path(place)
        command = connector(name, binary, port, directory)
        with Process(SERVER_CORE, command, directory / "log").listens(address) as process:
            before = process.cpu()
            measured = ask("calls", plan)
            cpu = process.cpu() - before
            answer = agent_pb2.ExecuteTaskSyncResponse()
            answer.ParseFromString(base64.b64decode(measured["answer"])[5:])
            assert answer.header.resource.phase == TaskExecution.SUCCEEDED, answer
            calls = measured["calls"] * (1 + plan["warm_up"] / seconds)
            return {
                "rate": measured["calls"] / measured["seconds"],
                "cpu_ms": cpu / calls * 1000,
                "mib": process.peak(),
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--small", action="store_true", help="a tenth of the time")
    parser.add_argument("--json", action="store_true", help="figures without a verdict")
    parser.add_argument("--binary", default=RELEASED)
    told = parser.parse_args()
    (port,) = free_ports(1)
    target = f"127.0.0.1:{port}"
    with tempfile.NamedTemporaryFile() as log:
        bare = Process(LOAD_CORE, [TOOL, "bare", target], pathlib.Path(log.name))
        with bare.listens(target):
            seconds = 1 if told.small else 10
            binary = pathlib.Path(told.binary).resolve()
            found = {it: measure(it, binary, target, seconds) for it in ("here", "reference")}
    if told.json:
        print(json.dumps(found))
        return
    here, reference = found["here"], found["reference"]
    faster, smaller = here["rate"] / reference["rate"], reference["mib"] / here["mib"]
    verdict = "PASS" if faster >= FASTER and smaller >= SMALLER else "FAIL"
    print(
        f"connector: {here['rate']:.0f}/s, flytekit's {reference['rate']:.0f}/s: {faster:.1f} times"
        f" as many; {here['mib']:.1f} MiB, flytekit's {reference['mib']:.1f} MiB:"
        f" 1/{smaller:.1f} {verdict}"
    )
    sys.exit(verdict != "PASS")


if __name__ == "__main__":
    main()

"""Measures a container of the image: `measure.py FILES`, one JSON object.

FILES is what deploy/release/build.sh laid out. Row R40 of the score card judges it.
"""

import json
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from image import BINARY, ROOT, Image, address, container, get, status
from trace import Trace, permitted

SERVE = ["serve", "--host", "127.0.0.1", "--port", "0"]
ENVIRONMENT = {
    "_U_EP_OVERRIDE": "http://127.0.0.1:1",
    "FLYTE_INTERNAL_EXECUTION_PROJECT": "site",
    "FLYTE_INTERNAL_EXECUTION_DOMAIN": "production",
}
STARTS = 11


def rights(found: dict[str, str]) -> list[str]:
    """What the process may do and should not, by what the kernel says of it."""
    wanted = {
        "Uid": "\t".join(["65532"] * 4),
        "Gid": "\t".join(["65532"] * 4),
        "NoNewPrivs": "1",
        "CapInh": "0" * 16,
        "CapPrm": "0" * 16,
        "CapEff": "0" * 16,
        "CapBnd": "0" * 16,
        "CapAmb": "0" * 16,
    }
    return [f"{name} {found[name]}" for name in wanted if found[name] != wanted[name]]


def start(root: pathlib.Path) -> tuple[float, float, list[str]]:
    """Milliseconds from `exec` to the first answer, the MiB that it then takes, and what it
    may do and should not."""
    with container(root, *SERVE, **ENVIRONMENT) as (process, log):
        url = f"http://{address(process, log)}/health"
        assert get(url)[0] == 200
        answered = time.monotonic()
        began = json.loads(log.read_text().splitlines()[0])["exec"]
        found = status(process)
        memory = int(found["VmRSS"].split()[0]) / 1024
        return (answered - began) * 1000, memory, rights(found)


def traced(root: pathlib.Path, directory: pathlib.Path) -> Trace:
    """The calls of a server that is started, used and stopped."""
    file = directory / "trace"
    with container(root, *SERVE, trace=file, **ENVIRONMENT) as (process, log):
        url = f"http://{address(process, log)}"
        for path in ("/health", "/docs", "/openapi.json"):
            assert get(f"{url}{path}")[0] == 200
        server = int(subprocess.check_output(["pgrep", "--parent", str(process.pid)]))
        subprocess.run(["kill", f"-{signal.SIGTERM.name}", str(server)], check=True)
        process.wait(60)
    return Trace.read(file, BINARY)


def control(directory: pathlib.Path) -> bool:
    """Whether a program that writes, and calls what it may not, is noticed."""
    file, target = directory / "control", directory / "written"
    shell = ["/bin/sh", "-c", f"echo > {target}; unshare --mount true"]
    subprocess.run(["strace", "--follow-forks", "--output", str(file), *shell], check=True)
    trace = Trace.read(file, "/bin/sh")
    # This process is no pod's.
    return bool(trace.written and trace.calls - allowed() and rights(own_status()))


def own_status() -> dict[str, str]:
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def allowed() -> set[str]:
    """What the systemd unit lets through."""
    return permitted("@system-service") - permitted("@privileged", "@resources")


def main() -> None:
    files = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/release-files")
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        image = Image(directory, files.resolve())
        root = image.mounted()
        starts = [start(root) for _ in range(STARTS)]
        trace = traced(root, directory)
        measured = {
            "compressed_bytes": image.compressed(),
            "start_ms": round(statistics.median(it[0] for it in starts), 1),
            "rss_mib": round(statistics.median(it[1] for it in starts), 1),
            "calls": len(trace.calls),
            "unrestricted": starts[0][2],
            "forbidden": sorted(trace.calls - allowed()),
            "written": trace.written,
            "control_noticed": control(directory),
        }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()

"""Processes on cores of their own, and what they cost."""

import json
import os
import pathlib
import platform
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time

import httpx

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests/sdk"))

from dev import environment, free_ports, poll  # noqa: E402

TOOL = ROOT / "target/bench/release/flyte-webhook-bench"
# What is measured has one core; who asks, and who answers it, the other.
SERVER_CORE, LOAD_CORE = 0, 1
# What is released, and what has the embedded control plane, too.
RELEASED = ROOT / "target/release-files/usr/local/bin/flyte-webhook"
WITH_DEV = ROOT / "target/release/flyte-webhook"
# Who never sleeps must let all else on its core run first, and the kernel above all.
MEEK = ["chrt", "--idle", "0"]
# Logs are kept there, where there is room: what a file system costs is not the server's.
# They come to more than a gigabyte.
SHARED = pathlib.Path("/dev/shm")
MEMORY = SHARED if SHARED.is_dir() and shutil.disk_usage(SHARED).free > 4 * 2**30 else None
# Ten thousand connections have as many ends here, and in the servers.
FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))

__all__ = ["MEMORY", "ROOT", "TOOL", "Canned", "Process", "environment", "free_ports", "load", "machine"]


class Process:
    """A process on one core; ends with the block."""

    def __init__(
        self,
        core: int,
        command: list[str],
        log: pathlib.Path,
        is_told: bool = False,
        **variables: str,
    ):
        pinned = ["taskset", "--cpu-list", str(core), *map(str, command)]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                pinned,
                env={**environment(), **variables},
                stdin=subprocess.PIPE if is_told else subprocess.DEVNULL,
                stdout=subprocess.PIPE if is_told else output,
                stderr=output,
                text=True,
            )
        self.log = log

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_) -> None:
        self.go_on()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def answers(self, url: str, seconds: float = 60) -> "Process":
        """Waits until the process answers there."""

        def asked() -> bool:
            if self.process.poll() is not None:
                raise RuntimeError(self.log.read_text()[-2000:])
            try:
                return httpx.get(url, timeout=5).status_code > 0
            except httpx.TransportError:
                return False

        poll(f"{url} answers", asked, seconds)
        return self

    def listens(self, address: str) -> "Process":
        """Waits until somebody may connect there."""
        host, port = address.split(":")

        def connected() -> bool:
            with socket.socket() as tried:
                return tried.connect_ex((host, int(port))) == 0

        poll(f"{address} listens", connected, 60)
        return self

    def pause(self) -> None:
        """Stops the process until it is to go on."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def cpu(self) -> float:
        """Seconds of CPU that the process has used."""
        # Its clock, as Linux' clock_getcpuclockid(3) numbers it; /proc counts in hundredths.
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def memory(self) -> float:
        """MiB in use now."""
        return self._status("VmRSS")

    def peak(self) -> float:
        """The most MiB since the start."""
        return self._status("VmHWM")

    def _status(self, name: str) -> float:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+) kB$", status, re.M)[1]) / 1024


class Canned(Process):
    """A control plane of recorded answers, which asks as well. It never sleeps, and so
    stands still while others ask."""

    def __init__(self, address: str, command: list[str], log: pathlib.Path):
        super().__init__(LOAD_CORE, [*MEEK, *command], log, is_told=True)
        self.address = address
        self.listens(address).pause()

    def load(self, *arguments, **plan) -> dict:
        """As [`load`] by this process, which shares its core with no other."""
        self.go_on()
        self.process.stdin.write(json.dumps(planned(*arguments, **plan)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        self.pause()
        if not line:
            raise RuntimeError(self.log.read_text()[-2000:])
        return json.loads(line)


def planned(
    address: str, requests: list[str], connections: int, seconds: float, **plan
) -> dict:
    told = {"address": address, "requests": requests, "connections": connections, "rate": None}
    return told | {"seconds": seconds} | plan


def load(*arguments, **plan) -> dict:
    """What it is like to ask these requests so."""
    return ask("load", planned(*arguments, **plan))


def ask(what: str, plan: dict) -> dict:
    """What the tool measured by a plan."""
    command = [*MEEK, "taskset", "--cpu-list", str(LOAD_CORE), str(TOOL), what]
    text = json.dumps(plan)
    finished = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise RuntimeError(finished.stderr)
    return json.loads(finished.stdout)


def start_time(make, url: str) -> float:
    """Milliseconds from the start of a process to its first answer."""
    # Made before: to make one takes longer than some servers take to start.
    with httpx.Client(timeout=5) as client:
        began = time.monotonic()
        with make():
            while True:
                try:
                    if client.get(url).status_code == 200:
                        return (time.monotonic() - began) * 1000
                except httpx.TransportError:
                    time.sleep(0.001)


def machine() -> dict:
    """What was measured on."""
    text = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", text, re.M)
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return {
        "processor": model[1] if model else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }

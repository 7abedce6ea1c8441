"""The two connectors as processes, on ports of their own."""

import os
import pathlib
import subprocess
import sys
import time

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from ports import free_ports  # noqa: E402

BINARY = os.environ.get("FLYTE_WEBHOOK_BIN", "target/debug/flyte-webhook")


class Process:
    """A server that is there when it says so, and gone when it is stopped."""

    def __init__(self, command, port, log, **variables):
        self.port = port
        self.log = log
        # No proxy: all is on loopback. None of the environment either.
        # The last says where to count which lines run, where that is counted.
        names = ("PATH", "HOME", "LLVM_PROFILE_FILE")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        self.process = subprocess.Popen(
            command, stdout=log.open("wb"), stderr=subprocess.STDOUT, env=kept | variables
        )
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        try:
            grpc.channel_ready_future(self.channel).result(timeout=60)
        except grpc.FutureTimeoutError:
            self.stop()
            raise AssertionError(log.read_text()) from None

    def stop(self, signal="terminate"):
        self.channel.close()
        getattr(self.process, signal)()
        return self.process.wait(timeout=30)

    def memory(self):
        """What the process holds of real memory, in KiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1])


def reference(directory):
    """The connector of flytekit."""
    port, metrics = free_ports(2)
    pyflyte = pathlib.Path(sys.executable).with_name("pyflyte")
    arguments = ["serve", "connector", "--port", str(port), "--prometheus_port", str(metrics)]
    return Process([pyflyte, *arguments], port, directory / "reference.log")


def ours(directory, text="", port=None, name="ours", **variables):
    """This connector, which may call loopback."""
    port = port or free_ports(1)[0]
    config = directory / f"{name}.yaml"
    config.write_text(
        "egress: {allow: [127.0.0.0/8]}\n"
        "server: {drain_delay: 0s}\n"
        f"connector:\n  host: 127.0.0.1\n  port: {port}\n" + text
    )
    command = [BINARY, "connector", "--config", str(config)]
    return Process(command, port, directory / f"{name}.log", **variables)

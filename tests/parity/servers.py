"""Both servers in every configuration, in front of one control plane."""

import http.client
import json
import os
import pathlib
import subprocess
import sys

from configurations import CONFIGURATIONS, NAME
from control_plane import DOMAIN, PROJECT, ControlPlane
from dev import binary, environment, free_ports, poll

HERE = pathlib.Path(__file__).parent
SECONDS = 60


class Servers:
    """Starts what it is asked for, and stops it all."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.data = directory / "data"
        self.temporary = directory / "tmp"
        self.temporary.mkdir()
        self.ports = {"reference": {}, "here": {}}
        self.processes: list[subprocess.Popen] = []

    def start(self) -> "Servers":
        count = len(CONFIGURATIONS)
        control_plane, *free = free_ports(2 * count + 1)
        self.ports["here"] = dict(zip(CONFIGURATIONS, free[:count]))
        self.ports["reference"] = dict(zip(CONFIGURATIONS, free[count:]))
        self.control_plane = ControlPlane(control_plane, self.data)
        self.endpoint = f"https://127.0.0.1:{control_plane}"
        self._start_dev(control_plane)
        self._start_reference()
        for name in CONFIGURATIONS:
            if name != "all":
                self._start_here(name)
        for side, ports in self.ports.items():
            for name, port in ports.items():
                poll(f"{side} `{name}` listens", lambda port=port: listens(port), SECONDS)
        return self

    def platform(self, **more: str) -> dict[str, str]:
        """What the platform tells a webhook, and whom to trust."""
        return {
            **environment(home=str(self.directory)),
            "_U_EP_OVERRIDE": self.endpoint,
            "FLYTE_INTERNAL_EXECUTION_PROJECT": PROJECT,
            "FLYTE_INTERNAL_EXECUTION_DOMAIN": DOMAIN,
            "SSL_CERT_FILE": str(self.ca_file),
            **more,
        }

    @property
    def ca_file(self) -> pathlib.Path:
        return self.data / "tls" / "ca.pem"

    def _start_dev(self, control_plane: int) -> None:
        port = self.ports["here"]["all"]
        command = [
            str(binary()), "dev", "--port", str(port), "--control-plane-tls",
            "--control-plane-port", str(control_plane), "--data-dir", str(self.data),
            "--config", str(self.configuration("all")),
        ]  # fmt: skip
        self.run("here", command, environment(home=str(self.directory)))
        poll("the control plane listens", lambda: listens(control_plane), SECONDS)

    def _start_here(self, name: str) -> None:
        port = self.ports["here"][name]
        command = [
            str(binary()), "serve", "--host", "127.0.0.1", "--port", str(port),
            "--config", str(self.configuration(name)),
        ]  # fmt: skip
        self.run("here", command, self.platform())

    def _start_reference(self) -> None:
        processes: dict[str, dict] = {}
        for name, configuration in CONFIGURATIONS.items():
            processes.setdefault(configuration.process, {})[name] = {
                "port": self.ports["reference"][name],
                "arguments": {"name": NAME, **configuration.shared},
            }
        for told in processes.values():
            self.start_reference(told, self.platform())

    def start_reference(self, told: dict, variables: dict[str, str]) -> subprocess.Popen:
        command = [sys.executable, str(HERE / "reference.py"), json.dumps(told)]
        return self.run("reference", command, variables)

    def configuration(self, name: str) -> pathlib.Path:
        """The file of a configuration for this server."""
        told = CONFIGURATIONS[name]
        return self.write(name, {**told.shared, **told.here})

    def write(self, name: str, configuration: dict, **control_plane) -> pathlib.Path:
        path = self.directory / f"{name}.yaml"
        # JSON is YAML. `dev` finds the certificate itself.
        whole = {"name": NAME, "admin": {"on_main_port": False}, "egress": {"allow": ["127.0.0.0/8"]}, **configuration}
        if name != "all":
            whole["control_plane"] = {"ca_file": str(self.ca_file), **control_plane}
        path.write_text(json.dumps(whole))
        return path

    def run(self, side: str, command: list[str], variables: dict[str, str]) -> subprocess.Popen:
        with (self.directory / f"{side}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=self.directory,
                # The reference leaves a directory there for every image.
                env={**variables, "PATH": os.environ["PATH"], "TMPDIR": str(self.temporary)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.processes.append(process)
        return process

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def listens(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status > 0
    except OSError:
        return False
    finally:
        connection.close()

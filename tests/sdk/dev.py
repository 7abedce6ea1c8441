"""`flyte-webhook dev` as a process of its own."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import httpx

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from ports import free_ports  # noqa: E402

ROOT = pathlib.Path(__file__).parents[2]
WORKFLOWS = pathlib.Path(__file__).parent / "workflows"
VENV = pathlib.Path(sys.executable).parent
PATH = f"{VENV}:{os.environ['PATH']}"
HOME = tempfile.TemporaryDirectory(prefix="flyte-webhook-home-")
PROJECT = "flytesnacks"
DOMAIN = "development"
# The command line prints it even where nobody sees it.
COLOR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PLACE = {"project": PROJECT, "domain": DOMAIN}


def binary() -> pathlib.Path:
    """The binary under test: the one that is named, else the newest that is built."""
    if named := os.environ.get("FLYTE_WEBHOOK_BIN"):
        return pathlib.Path(named).resolve()
    built = [ROOT / "target" / profile / "flyte-webhook" for profile in ("release", "debug")]
    built = [path for path in built if path.exists()]
    if not built:
        raise RuntimeError("there is no flyte-webhook: run `cargo build`, or set FLYTE_WEBHOOK_BIN")
    return max(built, key=lambda path: path.stat().st_mtime)


def environment(path: str = PATH, home: str = HOME.name) -> dict[str, str]:
    """The environment of server and CLI: the SDK on the path, nobody's configuration.

    The SDK remembers there for a day what it uploaded to an endpoint: to one of an earlier
    server on the same port, too.
    """
    # The last says where to count which lines run, where that is counted.
    names = ("LANG", "TMPDIR", "LLVM_PROFILE_FILE")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return {**kept, "HOME": home, "PATH": path, "LOG_LEVEL": "30"}


class Dev:
    """A running server and how to talk to it."""

    def __init__(
        self,
        directory: pathlib.Path,
        path: str = PATH,
        configuration: str = "",
        variables: dict[str, str] | None = None,
    ):
        self.directory = directory
        self.configuration = configuration
        # Of the server, beside what all have.
        self.variables = variables or {}
        self.path = path
        self.data = directory / "data"
        self.home = directory / "home"
        self.home.mkdir()
        self.log = directory / "dev.log"
        self.port, self.control_plane_port = free_ports(2)
        # What tasks leave goes with the directory.
        self.temporary = directory / "tmp"
        self.process: subprocess.Popen | None = None
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": "Bearer somebody"},
            timeout=30,
        )

    @property
    def control_plane(self) -> str:
        return f"127.0.0.1:{self.control_plane_port}"

    def start(self) -> "Dev":
        command = [
            str(binary()), "dev",
            "--port", str(self.port),
            "--control-plane-port", str(self.control_plane_port),
            "--data-dir", str(self.data),
        ]  # fmt: skip
        if self.configuration:
            file = self.directory / "webhook.yaml"
            file.write_text(self.configuration)
            command += ["--config", str(file)]
        self.temporary.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.directory,
                env={
                    **environment(self.path, str(self.home)),
                    "TMPDIR": str(self.temporary),
                    **self.variables,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        poll("the server is healthy", self._healthy, 30)
        return self

    def _healthy(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise RuntimeError(f"the server ended: {self.log.read_text()}")
        try:
            return self.client.get("/health").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """Asks the server to end, and returns its exit code."""
        assert self.process is not None
        self.process.terminate()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """Gives the server no chance to do anything."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def flyte(self, *arguments: str, directory: pathlib.Path = WORKFLOWS, **variables: str) -> str:
        """Runs the SDK's command line against the control plane and returns what it prints."""
        command = [str(VENV / "flyte"), "--endpoint", self.control_plane, "--insecure", *arguments]
        finished = subprocess.run(
            command,
            cwd=directory,
            # It wraps at the terminal's width, even within the strings of JSON.
            env={**environment(home=str(self.home)), "COLUMNS": "100000", **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        said = finished.stdout + finished.stderr
        assert finished.returncode == 0, f"exit code {finished.returncode}:\n{said}"
        return COLOR.sub("", finished.stdout)

    def deploy(self, module: str, version: str) -> str:
        place = ["--project", PROJECT, "--domain", DOMAIN]
        return self.flyte("deploy", *place, "--version", version, f"{module}.py", "env")

    def url(self, name: str) -> str:
        """The page of a run."""
        return f"http://{self.control_plane}/v2/domain/{DOMAIN}/project/{PROJECT}/runs/{name}"

    def run(self, task: str, inputs: dict) -> str:
        """Starts a run through the webhook and returns its name."""
        answer = self.client.post(f"/run-task/{DOMAIN}/{PROJECT}/{task}", json=inputs)
        assert answer.status_code == 200, answer.text
        name = answer.json()["name"]
        assert answer.json() == {"url": self.url(name), "name": name, **PLACE}
        return name

    def finished(self, name: str) -> str:
        """Waits for the end of a run and returns its phase."""
        state: dict = {}

        def done() -> bool:
            answer = self.client.get(f"/run/{name}")
            assert answer.status_code == 200, answer.text
            state.update(answer.json())
            return state["done"]

        poll(f"the run {name} is done", done, 90)
        phase = state.pop("phase")
        assert state == {"name": name, "url": self.url(name), "done": True, **PLACE}
        return phase

    def results(self, task: str, inputs: dict, phase: str = "succeeded") -> dict:
        """Runs a task to its end and returns what `GET /run/{name}/io` has but its place."""
        name = self.run(task, inputs)
        ended = self.finished(name)
        io = self.io(name)
        assert ended == phase, io
        assert {key: io.pop(key) for key in ("name", *PLACE)} == {"name": name, **PLACE}
        return io

    def io(self, name: str) -> dict:
        answer = self.client.get(f"/run/{name}/io")
        assert answer.status_code == 200, answer.text
        return answer.json()


def poll(what: str, condition, seconds: float) -> None:
    """Waits until the condition holds, and fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain until {what}"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether the process runs; one that waits to be reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = pathlib.Path(f"/proc/{pid}/stat")
    if not status.exists():
        return not pathlib.Path("/proc/self").exists()
    return status.read_text().rpartition(")")[2].split()[0] not in "ZX"


def signed(path: pathlib.Path, tasks: int = 1) -> list[int]:
    """The processes that `lives.sign` wrote down, once that many tasks have."""

    def written() -> bool:
        return path.exists() and path.read_text().count("\n") == tasks

    poll(f"{path} is signed by {tasks}", written, 60)
    return [int(pid) for pid in path.read_text().split()]

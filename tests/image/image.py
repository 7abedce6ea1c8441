"""The image's last stage, built without a daemon, and a container of it."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
DOCKERFILE = ROOT / "Dockerfile"
BINARY = "/usr/local/bin/flyte-webhook"
LAST_STAGE = "FROM scratch AS server\n"
# The server's answer may come no later.
PATIENCE = 10


def last_stage() -> str:
    """The stage that is the image, as the Dockerfile has it."""
    before, stage, rest = DOCKERFILE.read_text().partition(LAST_STAGE)
    assert "\nFROM " not in rest, "the last stage is the image"
    return stage + rest


class Image:
    """An image in a store of its own below the directory."""

    def __init__(self, directory: pathlib.Path, files: pathlib.Path):
        """`files` is what `deploy/release/build.sh` laid out."""
        self.directory = directory
        stage = directory / "Dockerfile"
        stage.write_text(last_stage())
        context = directory / "build"
        context.mkdir()
        # In the place of the stage `build`, whose compiler needs an hour and a registry.
        subprocess.run(["cp", "--archive", str(files), str(context / "out")], check=True)
        self.buildah(
            "build", "--isolation", "chroot", "--format", "docker", "--timestamp", "0",
            "--build-context", f"build={context}", "--build-arg", "REVISION=abc",
            "--file", str(stage), "--tag", "flyte-webhook", str(directory),
        )  # fmt: skip

    def buildah(self, *arguments: str) -> str:
        store = ["--root", str(self.directory / "store"), "--runroot", str(self.directory / "run")]
        command = ["buildah", "--storage-driver", "vfs", *store, *arguments]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout.strip()

    def configuration(self) -> dict:
        found = json.loads(self.buildah("inspect", "--type", "image", "flyte-webhook"))
        return found["Docker"]["config"]

    def compressed(self) -> int:
        """How many bytes are pulled."""
        archive = self.directory / "archive"
        self.buildah("push", "--format", "oci", "flyte-webhook", f"oci:{archive}")
        return sum(blob.stat().st_size for blob in (archive / "blobs/sha256").iterdir())

    def mounted(self) -> pathlib.Path:
        """The root directory of a container, which nobody has written to."""
        container = self.buildah("from", "flyte-webhook")
        return pathlib.Path(self.buildah("mount", container))


@contextlib.contextmanager
def container(
    root: pathlib.Path, *arguments: str, trace: pathlib.Path | None = None, **environment: str
):
    """The image's process as Kubernetes runs it: restricted, on a read-only root.

    With `trace` every system call of it is written there.
    """
    readonly = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    become = [sys.executable, "-I", str(HERE / "restricted.py"), str(root), BINARY, *arguments]
    if trace:
        become = ["strace", "--follow-forks", "--output", str(trace), *become]
    command = ["unshare", "--mount", "sh", "-c", readonly, str(root), *become]
    log = root.parent / f"{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={"PATH": os.environ["PATH"], **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process, log
    finally:
        process.terminate()
        process.wait(30)


def address(process: subprocess.Popen, log: pathlib.Path) -> str:
    """Where the server listens, once it does."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for line in log.read_text().splitlines():
            if '"server.address"' in line:
                return json.loads(line)["server.address"]
        assert process.poll() is None, log.read_text()
        time.sleep(0.005)
    raise AssertionError(f"it does not serve: {log.read_text()}")


def get(url: str) -> tuple[int, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=PATIENCE) as answer:
        return answer.status, answer.read().decode()


def status(process: subprocess.Popen) -> dict[str, str]:
    """What the kernel says of the process."""
    lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

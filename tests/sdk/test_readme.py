"""What README.md and the server print to be pasted does what they say."""

import itertools
import json
import re
import subprocess

from dev import PLACE, ROOT, environment

README = (ROOT / "README.md").read_text()
# How the README writes the name of a run, and anything else that it leaves out.
RUN = "w…"
LEFT_OUT = "…"


def section(title: str) -> str:
    return README.split(f"## {title}\n")[1].split("\n## ")[0]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def transcript(block: str) -> list[tuple[str, str]]:
    """Each command with the output that is shown for it."""
    steps = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    command = re.compile(r"(?:[^\n]*\\\n)*[^\n]*\n")
    return [(found[0], found.string[found.end() :]) for found in map(command.match, steps)]


def shell(dev, command: str) -> str:
    """Runs a command as it is written, but for the ports."""
    addresses = {"127.0.0.1:8080": dev.client.base_url.netloc.decode()}
    addresses["127.0.0.1:8090"] = dev.control_plane
    for written, ours in addresses.items():
        command = command.replace(written, ours)
    finished = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", command],
        cwd=dev.directory,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout.replace(dev.control_plane, "127.0.0.1:8090")


def follow(dev, block: str) -> int:
    """Runs a transcript, compares what it shows, and returns how many commands it has."""
    run = RUN
    steps = transcript(block)
    for command, shown in steps:
        printed = shell(dev, command.replace(RUN, run))
        if shown:
            pattern = ".*".join(map(re.escape, shown.strip().split(LEFT_OUT)))
            assert re.fullmatch(pattern, printed.strip()), printed
        if "/run-task/" in command:
            run = json.loads(printed)["name"]
            # A reader takes longer than the run.
            dev.finished(run)
    return len(steps)


def test_the_example_works_as_printed(own_dev):
    (block,) = blocks(section("What it is"), "console")
    assert follow(own_dev, block) == 2


def test_waiting_works_as_printed(own_dev):
    (block,) = blocks(section("Wait for the outputs"), "console")
    assert follow(own_dev, block) == 1


def test_ones_own_task_works_as_printed(own_dev):
    text = section("Your own tasks")
    (source,) = blocks(text, "python")
    (own_dev.directory / "hello.py").write_text(source)
    (block,) = blocks(text, "console")
    assert follow(own_dev, block) == 4


def test_the_lines_that_dev_prints_work_when_they_are_pasted_together(own_dev):
    printed = own_dev.log.read_text().partition("Start a run")[2]
    lines = list(itertools.takewhile(bool, printed.splitlines()[2:]))
    assert len(lines) == 3
    name, state, io = shell(own_dev, "\n".join(lines)).splitlines()
    url = f"http://127.0.0.1:8090/v2/domain/development/project/flytesnacks/runs/{name}"
    assert json.loads(state) == {
        "name": name,
        "phase": "succeeded",
        "url": url,
        "done": True,
        **PLACE,
    }
    assert json.loads(io) == {
        "name": name,
        "inputs": {"name": "Ada"},
        "outputs": {"o0": "Hello, Ada!"},
        **PLACE,
    }

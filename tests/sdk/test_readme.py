"""What README.md and the server print to be pasted does what they say."""

import itertools
import json
import re
import shlex
import subprocess

from dev import PLACE, ROOT, Dev, binary, environment

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
    """Runs a command as it is written, but for ports and places."""
    places = {
        "127.0.0.1:8080": dev.client.base_url.netloc.decode(),
        "127.0.0.1:8090": dev.control_plane,
        # What `make run` has built, and where it is run.
        "target/release/flyte-webhook": str(binary()),
        "config/examples/": f"{ROOT}/config/examples/",
    }
    for written, ours in places.items():
        command = command.replace(written, ours)
    finished = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", command],
        cwd=dev.directory,
        env={**environment(), **dev.variables},
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


def test_the_first_hook_starts_a_run_as_is_said(tmp_path):
    text = section("Your first hook")
    (start,) = blocks(text, "sh")
    exported, dev = (shlex.split(line) for line in start.splitlines())
    variables = dict(word.split("=", 1) for word in exported[1:])
    configuration = (ROOT / dev[dev.index("--config") + 1]).read_text()
    server = Dev(tmp_path, configuration=configuration, variables=variables).start()
    try:
        (block,) = blocks(text, "console")
        assert follow(server, block) == 1
    finally:
        server.stop()


def test_a_key_starts_one_run_as_is_said(own_dev):
    (block,) = blocks(section("Start a run once"), "console")
    ((command, shown),) = transcript(block)
    assert not shown
    first, second = (json.loads(shell(own_dev, command)) for _ in range(2))
    assert first == second
    assert first["name"].startswith("w")


def test_the_configuration_is_one(tmp_path):
    (block,) = blocks(section("Configure"), "yaml")
    file = tmp_path / "webhook.yaml"
    file.write_text(block)
    check = [str(binary()), "config", "check", "--config", str(file)]
    checked = subprocess.run(check, env=environment(), capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_the_first_commands_are_there():
    block = blocks(README.split("\n## ")[0], "console")[0]
    for line in block.splitlines():
        command = line.split("#")[0].split()
        subprocess.run([*command, "--dry-run"], cwd=ROOT, capture_output=True, check=True)


def test_the_container_is_told_enough_to_serve():
    (block,) = [it for it in blocks(section("Deploy"), "sh") if it.startswith("docker")]
    build, run = (shlex.split(it) for it in block.replace("\\\n", "").splitlines())
    image = build[build.index("--tag") + 1]
    assert run[-1] == image
    told = dict(word.split("=", 1) for word in run if word.startswith("FLYTE_WEBHOOK__"))
    check = [str(binary()), "config", "check"]
    variables = {**environment(), **told}
    checked = subprocess.run(check, env=variables, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_every_block_is_one_that_is_tested():
    tested = {
        "": ["console"],
        "What it is": ["console"],
        "Wait for the outputs": ["console"],
        "Start a run once": ["console"],
        "Your own tasks": ["python", "console"],
        "Your first hook": ["sh", "console"],
        "Configure": ["yaml"],
        # The second is rendered by the tests of the chart.
        "Deploy": ["sh", "sh"],
    }
    top, *sections = README.split("\n## ")
    there = {"": re.findall(r"^```(\w+)$", top, re.MULTILINE)}
    for text in sections:
        there[text.splitlines()[0]] = re.findall(r"^```(\w+)$", text, re.MULTILINE)
    assert {title: found for title, found in there.items() if found} == tested


def test_every_link_leads_somewhere():
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / link).exists(), link


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

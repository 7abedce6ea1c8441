"""The SDK and its command line on the same control plane."""

import importlib
import json

import flyte
import flyte.remote
import pytest

from dev import DOMAIN, PROJECT, WORKFLOWS, alive, poll, signed

PLACE = ["--project", PROJECT, "--domain", DOMAIN]


@pytest.fixture(scope="module")
def workflows(dev):
    """Imports a file of tasks, with the SDK connected to the server."""
    with pytest.MonkeyPatch.context() as patch:
        # Where the SDK remembers what it uploaded.
        patch.setenv("HOME", str(dev.home))
        patch.syspath_prepend(WORKFLOWS)
        flyte.init(
            endpoint=dev.control_plane,
            insecure=True,
            project=PROJECT,
            domain=DOMAIN,
            root_dir=WORKFLOWS,
        )
        yield importlib.import_module


def listed(dev, kind, *of):
    """What `flyte get` lists."""
    return json.loads(dev.flyte("--output-format", "json-raw", "get", kind, *PLACE, *of))


def summary(action):
    return action["metadata"]["task"]["id"]["name"], action["status"]["phase"]


def test_run_returns_outputs(dev, workflows):
    kinds = workflows("kinds")
    run = flyte.run(kinds.integer, x=20)
    run.wait(quiet=True)
    assert tuple(run.outputs()) == (21,)
    assert run.url == dev.url(run.name)
    assert dev.finished(run.name) == "succeeded"
    io = dev.io(run.name)
    assert (io["inputs"], io["outputs"]) == ({"x": 20}, {"o0": 21})


def test_run_takes_and_returns_typed_values(workflows):
    kinds = workflows("kinds")
    run = flyte.run(kinds.person, x=kinds.Person(name="Ada", address=kinds.Address(city="London")))
    run.wait(quiet=True)
    person = run.outputs()[0]
    assert (person.name, person.age, person.address.city) == ("Ada", 31, "London")


def test_a_deployed_task_runs_by_reference(workflows):
    task = flyte.remote.Task.get("kinds.pair", project=PROJECT, domain=DOMAIN, auto_version="latest")
    run = flyte.run(task, x=1)
    run.wait(quiet=True)
    assert tuple(run.outputs()) == (1, "two")


def test_a_run_of_the_webhook_is_a_run_of_the_sdk(dev, workflows):
    name = dev.run("kinds.text", {"x": "a"})
    dev.finished(name)
    run = flyte.remote.Run.get(name=name)
    assert (run.name, run.done(), run.phase.value) == (name, True, "succeeded")
    assert tuple(run.outputs()) == ("A",)
    assert run.inputs()["x"] == "a"


def test_run_aborts(dev, workflows, tmp_path):
    lives = workflows("lives")
    run = flyte.run(lives.endless, path=str(tmp_path / "pids"))
    processes = signed(tmp_path / "pids")
    run.abort()
    run.wait(quiet=True)
    assert flyte.remote.Run.get(name=run.name).phase.value == "aborted"
    assert dev.finished(run.name) == "aborted"
    poll("the processes are gone", lambda: not any(map(alive, processes)), 10)


def test_a_failed_run_has_its_error(workflows):
    lives = workflows("lives")
    run = flyte.run(lives.boom, x=3)
    run.wait(quiet=True)
    error = flyte.remote.Run.get(name=run.name).details().action_details.error_info
    assert (error.code, error.message) == ("ValueError", "no 3 today")


def test_the_command_line_runs_a_file(dev):
    printed = dev.flyte("run", *PLACE, "--follow", "lives.py", "talkative", "--lines", "3")
    lines = [line.partition("] ")[2] or line for line in printed.splitlines()]
    start = lines.index("line 0 of 3")
    assert lines[start : start + 3] == ["line 0 of 3", "line 1 of 3", "line 2 of 3"]


def test_the_command_line_lists_runs(dev):
    name = dev.run("kinds.flag", {"x": True})
    dev.finished(name)
    actions = [run["action"] for run in listed(dev, "run")]
    runs = [summary(action) for action in actions if action["id"]["run"]["name"] == name]
    assert runs == [("kinds.flag", "ACTION_PHASE_SUCCEEDED")]
    shown = dev.flyte("get", "run", *PLACE, name)
    assert name in shown
    assert "ACTION_PHASE_SUCCEEDED" in shown


def test_the_command_line_shows_the_actions_of_a_run(dev):
    name = dev.run("lives.parent", {"n": 2})
    dev.finished(name)
    actions = sorted(map(summary, listed(dev, "action", name)))
    tasks = ["lives.child", "lives.child", "lives.parent"]
    assert actions == [(task, "ACTION_PHASE_SUCCEEDED") for task in tasks]


def test_the_command_line_shows_inputs_outputs_and_log(dev):
    name = dev.run("lives.talkative", {"lines": 2})
    dev.finished(name)
    assert "'lines': 2" in dev.flyte("get", "io", *PLACE, name)
    assert "line 0 of 2\n" in dev.flyte("get", "logs", *PLACE, name)


def test_the_command_line_aborts_a_run(dev, tmp_path):
    name = dev.run("lives.endless", {"path": str(tmp_path / "pids")})
    processes = signed(tmp_path / "pids")
    dev.flyte("abort", "run", *PLACE, name)
    assert dev.finished(name) == "aborted"
    poll("the processes are gone", lambda: not any(map(alive, processes)), 10)


def test_the_command_line_lists_tasks(dev):
    names = {task["taskId"]["name"] for task in listed(dev, "task")}
    assert {"kinds.integer", "lives.boom", "demo.hello"} <= names
    assert "kinds.integer" in dev.flyte("get", "task", *PLACE, "kinds.integer", "v1")


def test_a_new_version_is_the_latest(dev):
    dev.deploy("kinds", "v2")
    path = f"/task/{DOMAIN}/{PROJECT}/kinds.pair"
    shown = {
        "name": "kinds.pair",
        "version": "v2",
        "task_type": "python",
        "required_args": ["x"],
        "default_input_args": ["y"],
        "secrets": [],
    }
    task = dev.client.get(path).json()
    cache = task.pop("cache")
    assert task == shown
    assert (cache["behavior"], cache["serialize"]) == ("disable", False)
    old = dev.client.get(path, params={"version": "v1"}).json()
    assert old["version"] == "v1"

"""The SDK and its command line on the same control plane."""

import importlib
import sys

import flyte
import flyte.remote
import pytest
from dev import DOMAIN, PROJECT, WORKFLOWS, alive, poll, signed


@pytest.fixture(scope="module")
def workflows(dev):
    """The modules of the deployed tasks, with the SDK connected to the server."""
    sys.path.insert(0, str(WORKFLOWS))
    flyte.init(
        endpoint=dev.control_plane,
        insecure=True,
        project=PROJECT,
        domain=DOMAIN,
        root_dir=WORKFLOWS,
    )
    yield importlib.import_module
    sys.path.remove(str(WORKFLOWS))


def test_run_returns_outputs(dev, workflows):
    kinds = workflows("kinds")
    run = flyte.run(kinds.integer, x=20)
    run.wait(quiet=True)
    assert run.outputs()[0] == 21
    assert dev.finished(run.name)["phase"] == "succeeded"
    assert dev.io(run.name)["outputs"] == {"o0": 21}


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
    assert (run.name, run.done()) == (name, True)
    assert run.outputs()[0] == "A"


def test_run_aborts(workflows, tmp_path):
    lives = workflows("lives")
    run = flyte.run(lives.endless, path=str(tmp_path / "pids"))
    processes = signed(tmp_path / "pids")
    run.abort()
    run.wait(quiet=True)
    assert str(flyte.remote.Run.get(name=run.name).phase).lower().endswith("aborted")
    poll("the processes are gone", lambda: not any(map(alive, processes)), 10)


def test_a_failed_run_raises_its_error(workflows):
    lives = workflows("lives")
    run = flyte.run(lives.boom, x=3)
    run.wait(quiet=True)
    details = flyte.remote.Run.get(name=run.name).details()
    assert details.action_details.error_info.message == "no 3 today"


def test_the_command_line_lists_runs(dev):
    name = dev.run("kinds.flag", {"x": True})
    dev.finished(name)
    place = ["--project", PROJECT, "--domain", DOMAIN]
    assert name in dev.flyte("get", "run", *place)
    assert name in dev.flyte("get", "run", *place, name)


def test_the_command_line_lists_tasks(dev):
    place = ["--project", PROJECT, "--domain", DOMAIN]
    listed = dev.flyte("get", "task", *place)
    for task in ("kinds.integer", "lives.boom", "demo.hello"):
        assert task in listed
    assert "kinds.integer" in dev.flyte("get", "task", *place, "kinds.integer", "v1")


def test_a_new_version_is_the_latest(dev):
    dev.deploy("kinds", "v2")
    task = dev.client.get(f"/task/{DOMAIN}/{PROJECT}/kinds.integer").json()
    assert task["version"] == "v2"
    old = dev.client.get(f"/task/{DOMAIN}/{PROJECT}/kinds.integer", params={"version": "v1"}).json()
    assert old["version"] == "v1"

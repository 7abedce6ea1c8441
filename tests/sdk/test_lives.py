"""Failure, abort, retries, and what a server leaves that ends."""

import pytest

from dev import Dev, alive, poll, signed


def test_a_task_that_raises_shows_its_message(dev):
    error = {"kind": "user", "code": "ValueError", "message": "no 3 today"}
    results = dev.results("lives.boom", {"x": 3}, "failed")
    assert results == {"inputs": {"x": 3}, "outputs": None, "error": error}


def test_an_aborted_task_is_gone_with_its_children(dev, tmp_path):
    pids = tmp_path / "pids"
    name = dev.run("lives.endless", {"path": str(pids)})
    processes = signed(pids)
    assert len(processes) == 2
    assert all(map(alive, processes))
    assert dev.client.get(f"/run/{name}").json()["phase"] == "running"
    assert dev.io(name)["outputs"] is None

    answer = dev.client.post(f"/run/{name}/abort", params={"reason": "enough"})
    assert answer.status_code == 200, answer.text
    shown = {key: answer.json()[key] for key in ("name", "status", "reason")}
    assert shown == {"name": name, "status": "abort_requested", "reason": "enough"}

    assert dev.finished(name) == "aborted"
    poll("the processes are gone", lambda: not any(map(alive, processes)), 10)
    assert dev.io(name)["outputs"] is None


def test_an_aborted_parent_takes_its_child_tasks_along(dev, tmp_path):
    name = dev.run("lives.mother", {"path": str(tmp_path / "pids")})
    processes = signed(tmp_path / "pids", 2)
    dev.client.post(f"/run/{name}/abort").raise_for_status()
    assert dev.finished(name) == "aborted"
    poll("the processes are gone", lambda: not any(map(alive, processes)), 10)


def test_a_failed_attempt_is_followed_by_another(dev):
    results = dev.results("lives.second_attempt", {"path": ""})
    assert results == {"inputs": {"path": ""}, "outputs": {"o0": 1}}


def test_a_task_calls_other_tasks(dev):
    assert dev.results("lives.parent", {"n": 4}) == {"inputs": {"n": 4}, "outputs": {"o0": 14}}


def test_a_task_catches_the_failure_of_another(dev):
    results = dev.results("lives.hopeful", {"n": 3})
    assert results["outputs"] == {"o0": "ValueError: no 3 today"}


@pytest.mark.parametrize("end", [Dev.kill, Dev.stop])
def test_a_server_resumes_with_everything_it_knew(own_dev, tmp_path, end):
    own_dev.deploy("lives", "v1")
    finished = own_dev.run("lives.child", {"x": 3})
    assert own_dev.finished(finished) == "succeeded"
    before = known(own_dev, finished)
    # Four run at once, so that the fifth waits.
    runs = {
        task: own_dev.run(f"lives.{task}", {"path": str(tmp_path / task)})
        for task in ("endless", "survivor", "mother", "father")
    }
    waiting = own_dev.run("lives.child", {"x": 4})
    processes = sum((signed(tmp_path / task) for task in ("endless", "survivor", "father")), [])
    processes += signed(tmp_path / "mother", 2)
    assert own_dev.client.get(f"/run/{waiting}").json()["phase"] == "queued"

    end(own_dev)
    poll("no task outlives the server", lambda: not any(map(alive, processes)), 10)
    own_dev.start()

    assert known(own_dev, finished) == before
    phases = {task: own_dev.finished(run) for task, run in runs.items()}
    assert phases == {
        "endless": "failed",
        "survivor": "succeeded",
        "mother": "failed",
        "father": "succeeded",
    }
    assert own_dev.io(runs["survivor"])["outputs"] == {"o0": 1}
    assert own_dev.io(runs["father"])["outputs"] == {"o0": 1}
    for task in ("endless", "mother"):
        io = own_dev.io(runs[task])
        assert io["outputs"] is None
        assert (io["error"]["kind"], io["error"]["code"]) == ("system", "Interrupted")
        assert "start the run again" in io["error"]["message"]
    assert own_dev.finished(waiting) == "succeeded"
    assert own_dev.io(waiting)["outputs"] == {"o0": 16}
    assert own_dev.results("lives.child", {"x": 5})["outputs"] == {"o0": 25}


def known(dev, run):
    """What the server says about a task and a run of it."""
    paths = ["/task/development/flytesnacks/lives.child", f"/run/{run}", f"/run/{run}/io"]
    answers = [dev.client.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    return [answer.json() for answer in answers]


def test_without_the_sdk_a_run_says_what_to_install(tmp_path):
    server = Dev(tmp_path, path=str(tmp_path)).start()
    try:
        server.deploy("lives", "v1")
        error = server.results("lives.child", {"x": 3}, "failed")["error"]
        assert (error["kind"], error["code"]) == ("user", "ProgramNotFound")
        assert "`a0`" in error["message"]
        assert "`pip install flyte==2.12.1`" in error["message"]
        outputs = server.results("demo.hello", {"name": "Ada"})["outputs"]
        assert outputs == {"o0": "Hello, Ada!"}
    finally:
        assert server.stop() == 0

"""Failure, abort, retries, and what a killed server leaves."""

from dev import alive, poll, signed


def test_a_task_that_raises_shows_its_message(dev):
    name = dev.run("lives.boom", {"x": 3})
    assert dev.finished(name)["phase"] == "failed"
    io = dev.io(name)
    assert (io["inputs"], io["outputs"]) == ({"x": 3}, None)
    assert (io["error"]["code"], io["error"]["message"]) == ("ValueError", "no 3 today")


def test_an_aborted_task_is_gone_with_its_children(dev, tmp_path):
    pids = tmp_path / "pids"
    name = dev.run("lives.endless", {"path": str(pids)})
    processes = signed(pids)
    assert len(processes) == 2
    assert all(map(alive, processes))
    assert dev.client.get(f"/run/{name}").json()["phase"] == "running"

    answer = dev.client.post(f"/run/{name}/abort", params={"reason": "enough"})
    assert answer.status_code == 200, answer.text
    shown = {key: answer.json()[key] for key in ("name", "status", "reason")}
    assert shown == {"name": name, "status": "abort_requested", "reason": "enough"}

    assert dev.finished(name)["phase"] == "aborted"
    poll("the processes are gone", lambda: not any(map(alive, processes)), 10)
    assert dev.io(name)["outputs"] is None


def test_a_failed_attempt_is_followed_by_another(dev):
    name = dev.run("lives.second_attempt", {"path": ""})
    assert dev.finished(name)["phase"] == "succeeded"
    assert dev.io(name)["outputs"] == {"o0": 1}


def test_a_task_calls_other_tasks(dev):
    name = dev.run("lives.parent", {"n": 4})
    assert dev.finished(name)["phase"] == "succeeded", dev.io(name)
    assert dev.io(name)["outputs"] == {"o0": 14}


def test_a_killed_server_resumes_with_everything_it_knew(own_dev, tmp_path):
    own_dev.deploy("lives", "v1")
    finished = own_dev.run("lives.child", {"x": 3})
    assert own_dev.finished(finished)["phase"] == "succeeded"
    task = own_dev.client.get("/task/development/flytesnacks/lives.child").json()
    before = own_dev.io(finished)
    interrupted = own_dev.run("lives.endless", {"path": str(tmp_path / "endless")})
    retried = own_dev.run("lives.survivor", {"path": str(tmp_path / "survivor")})
    processes = signed(tmp_path / "endless") + signed(tmp_path / "survivor")
    assert len(processes) == 4

    own_dev.kill()
    poll("no task outlives the server", lambda: not any(map(alive, processes)), 10)
    own_dev.start()

    assert own_dev.client.get("/task/development/flytesnacks/lives.child").json() == task
    assert own_dev.io(finished) == before
    assert own_dev.finished(interrupted)["phase"] == "failed"
    assert own_dev.io(interrupted)["outputs"] is None
    assert own_dev.finished(retried)["phase"] == "succeeded"
    assert own_dev.io(retried)["outputs"] == {"o0": 1}
    again = own_dev.run("lives.child", {"x": 4})
    assert own_dev.finished(again)["phase"] == "succeeded"


def test_the_demo_task_needs_no_deployment(own_dev):
    name = own_dev.run("demo.hello", {"name": "Ada"})
    assert own_dev.finished(name)["phase"] == "succeeded"
    io = own_dev.io(name)
    assert (io["inputs"], io["outputs"]) == ({"name": "Ada"}, {"o0": "Hello, Ada!"})

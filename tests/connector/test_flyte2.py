"""A workflow engine's view: create, ask, delete, with flyteidl2's own stubs."""

import signal
import time

import pytest
from flyteidl2.connector import connector_pb2

import servers
from flyte2 import CATEGORY, Engine, refusal

FAST = "  inline: 200ms\n"


def waited(engine, meta):
    """What a task comes to, asked for as often as it takes."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        resource = engine.get(meta)
        if resource["phase"] != "RUNNING":
            return resource
        time.sleep(0.05)
    raise AssertionError("the task does not end")


def test_a_task_is_created_and_asked_for(connector, target):
    engine = Engine(connector())
    target.take()
    meta = engine.create(
        {"url": f"{target.url}/ok", "data": {"n": "{inputs.n}", "t": "<{inputs.t}>"}, "show_data": True},
        {"n": 7, "t": "x"},
    )
    expected = {"status_code": 200, "response_data": "ok", "input_data": {"n": 7, "t": "<x>"}}
    message = "Webhook was successfully invoked!"
    resource = {"phase": "SUCCEEDED", "message": message, "outputs": {"info": expected}}
    assert [engine.get(meta), engine.get(meta)] == [resource] * 2
    assert [request["body"] for request in target.take()] == [{"n": 7, "t": "<x>"}]
    engine.delete(meta)
    assert engine.get(meta) == resource


def test_a_task_that_fails_says_why(connector, target):
    engine = Engine(connector())
    meta = engine.create({"url": f"{target.url}/status/500"})
    message = "Webhook failed with status code 500, response: the answer"
    assert engine.get(meta) == {"phase": "FAILED", "message": message, "outputs": {}}


def test_a_task_that_takes_long_runs_in_the_background(connector, target):
    engine = Engine(connector(FAST))
    target.take()
    meta = engine.create({"url": f"{target.url}/slow/1", "timeout_sec": 10})
    assert engine.get(meta)["phase"] == "RUNNING"
    resource = waited(engine, meta)
    assert resource["outputs"]["info"]["response_data"] == "late"
    assert len(target.take()) == 1


def test_deleting_a_task_stops_its_request(connector, target):
    engine = Engine(connector(FAST))
    meta = engine.create({"url": f"{target.url}/slow/15", "timeout_sec": 20})
    started = time.monotonic()
    engine.delete(meta)
    assert engine.get(meta)["phase"] == "FAILED"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("way", ["terminate", "kill"])
def test_a_restart_neither_repeats_a_request_nor_loses_a_result(connector, target, tmp_path, way):
    first = connector(FAST + "  timeout: 2s\n  unknown_after: 0s\n")
    engine = Engine(first)
    target.take()
    done = engine.create({"url": f"{target.url}/ok"}, name="done")
    post = engine.create({"url": f"{target.url}/slow/15", "timeout_sec": 20}, name="post")
    get = engine.create({"url": f"{target.url}/slow/15", "method": "GET", "timeout_sec": 20}, name="get")
    if way == "kill":
        assert first.stop("kill") == -signal.SIGKILL
    else:
        assert first.stop() == 0
    again = servers.ours(tmp_path, FAST + "  timeout: 2s\n  unknown_after: 0s\n", port=first.port, name="again")
    try:
        engine = Engine(again)
        assert engine.get(done)["phase"] == "SUCCEEDED"
        phases = [waited(engine, meta)["phase"] for meta in (post, get)]
    finally:
        again.stop()
    # What was under way when the connector was told to stop has ended with it, but nobody knows how.
    assert phases == ["FAILED", "RETRYABLE_FAILED"]
    assert len(target.take()) == 3


def test_a_connector_that_is_told_to_stop_finishes_what_goes_on(connector, target):
    server = connector(FAST)
    target.take()
    Engine(server).create({"url": f"{target.url}/drip/0.1/20", "timeout_sec": 20})
    started = time.monotonic()
    assert server.stop() == 0
    assert 1 < time.monotonic() - started < 15
    assert "in the background" not in server.log.read_text()


def test_secrets_of_the_connection_are_used_and_not_shown(connector, target):
    engine = Engine(connector())
    target.take()
    custom = {"url": f"{target.url}/ok", "data": {"k": "{secrets.mine}"}, "show_data": True}
    meta = engine.create(custom, secrets={"mine": "from-the-engine"})
    assert engine.get(meta)["outputs"]["info"]["input_data"] == {"k": "(secret)"}
    assert [request["body"] for request in target.take()] == [{"k": "from-the-engine"}]


def test_the_connector_says_what_it_performs(connector):
    engine = Engine(connector())
    listed = engine.metadata.ListConnectors(connector_pb2.ListConnectorsRequest()).connectors
    named = engine.metadata.GetConnector(connector_pb2.GetConnectorRequest(name="Webhook Connector"))
    expected = connector_pb2.Connector(name="Webhook Connector", supported_task_categories=[CATEGORY])
    assert [*listed, named.connector] == [expected] * 2
    other = connector_pb2.GetConnectorRequest(name="other")
    said = ("NOT_FOUND", "Cannot find connector for name: other.")
    assert refusal(engine.metadata.GetConnector, other) == said


def test_what_it_does_not_perform_is_refused(connector):
    engine = Engine(connector())
    code, words = refusal(lambda: engine.create({}, type="other"))
    assert (code, words) == ("NOT_FOUND", "Cannot find connector for task type: other.")
    assert refusal(engine.get, b"nonsense")[0] == "INVALID_ARGUMENT"
    metrics = connector_pb2.GetTaskMetricsRequest(task_category=CATEGORY)
    assert refusal(engine.tasks.GetTaskMetrics, metrics)[0] == "UNIMPLEMENTED"
    logs = connector_pb2.GetTaskLogsRequest(task_category=CATEGORY)
    assert refusal(lambda: list(engine.tasks.GetTaskLogs(logs)))[0] == "UNIMPLEMENTED"

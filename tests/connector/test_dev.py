"""`flyte-webhook dev` performs webhook tasks that `POST /run-task` starts."""

import json
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from ports import free_ports
from servers import BINARY

PLACE = {"project": "flytesnacks", "domain": "development"}


class Dev:
    def __init__(self, directory):
        self.port, control_plane = free_ports(2)
        self.control_plane = f"http://127.0.0.1:{control_plane}"
        self.log = directory / "dev.log"
        command = [BINARY, "dev", "--port", str(self.port), "--control-plane-port", str(control_plane)]
        command += ["--data-dir", str(directory / "data")]
        self.process = subprocess.Popen(command, stdout=self.log.open("wb"), stderr=subprocess.STDOUT, env={})
        deadline = time.monotonic() + 30
        while True:
            try:
                self.ask(f"http://127.0.0.1:{self.port}/health")
                return
            except OSError:
                assert time.monotonic() < deadline and self.process.poll() is None, self.log.read_text()
                time.sleep(0.05)

    def ask(self, url, body=None):
        headers = {"authorization": "Bearer test", "content-type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as answer:
            return json.load(answer)

    def deploy(self, name, custom, inputs=()):
        kinds = {"str": "STRING", "int": "INTEGER"}
        variables = [{"key": key, "value": {"type": {"simple": kinds[kind]}}} for key, kind in inputs]
        info = {"key": "info", "value": {"type": {"simple": "STRUCT"}}}
        identifier = {"org": "", **PLACE, "name": name, "version": "v1"}
        template = {
            "id": {"resourceType": "TASK", **identifier},
            "type": "webhook",
            "interface": {"inputs": {"variables": variables}, "outputs": {"variables": [info]}},
            "custom": custom,
        }
        spec = {"taskTemplate": template, "environment": {"name": "hooks"}, "shortName": name}
        request = {"taskId": identifier, "spec": spec}
        self.ask(f"{self.control_plane}/flyteidl2.task.TaskService/DeployTask", request)

    def run(self, name, inputs):
        api = f"http://127.0.0.1:{self.port}"
        run = self.ask(f"{api}/run-task/development/flytesnacks/{name}", inputs)["name"]
        deadline = time.monotonic() + 30
        while not (state := self.ask(f"{api}/run/{run}"))["done"]:
            assert time.monotonic() < deadline, state
            time.sleep(0.05)
        return state, self.ask(f"{api}/run/{run}/io")


@pytest.fixture(scope="module")
def dev(tmp_path_factory):
    dev = Dev(tmp_path_factory.mktemp("dev"))
    yield dev
    dev.process.terminate()
    assert dev.process.wait(timeout=30) == 0, dev.log.read_text()


def test_a_webhook_task_is_deployed_and_run(dev, target):
    custom = {"url": f"{target.url}/p/{{inputs.n}}", "data": {"t": "<{inputs.t}>"}, "show_data": True}
    dev.deploy("hooks.call", custom, [("n", "int"), ("t", "str")])
    target.take()
    state, io = dev.run("hooks.call", {"n": 7, "t": "x"})
    assert state["phase"].lower().endswith("succeeded"), (state, dev.log.read_text())
    (request,) = target.take()
    assert (request["method"], request["path"], request["body"]) == ("POST", "/p/7", {"t": "<x>"})
    expected = {"status_code": 200, "response_data": "ok", "input_data": {"t": "<x>"}}
    assert io["outputs"]["info"] == expected


def test_a_webhook_that_fails_fails_its_run(dev, target):
    dev.deploy("hooks.fail", {"url": f"{target.url}/status/500"})
    state, io = dev.run("hooks.fail", {})
    assert state["phase"].lower().endswith("failed"), state
    message = "Webhook failed with status code 500, response: the answer"
    assert message in json.dumps(io), io

"""The programs of Prometheus, and a server whose metrics they look at."""

import hashlib
import hmac
import pathlib
import shutil
import sys
import time

import httpx
import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[2]
UNPACKED = ROOT / "target/tools/prometheus/usr/bin"
OBSERVABILITY = ROOT / "deploy/observability"
ADMIN_TOKEN = "admin-token-0123456789abcdef0123456789"
HOOK_SECRET = "hook-secret-0123456789abcdef"
HOOKS = f"""
hooks:
  deploy:
    source: github
    secrets: [{{value: {HOOK_SECRET}}}]
    identity: {{value: identity-of-the-hook}}
    ack: stored
    rules:
      - when: event.type == "push"
        task: development/flytesnacks/demo.hello
        inputs: {{name: payload.after}}
"""

sys.path.insert(0, str(ROOT / "tests/sdk"))

from dev import Dev, free_ports  # noqa: E402


def program(name: str) -> str:
    """Prometheus or its tool: the one that is installed, else the one that was unpacked."""
    found = shutil.which(name) or shutil.which(name, path=UNPACKED)
    if not found:
        raise RuntimeError(f"there is no {name}: run tests/observability/install-prometheus.sh")
    return found


def rules() -> list[dict]:
    """The alerts that are shipped."""
    groups = yaml.safe_load((OBSERVABILITY / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


class Server(Dev):
    """A server that knows the administrator's token."""

    def scrape(self) -> str:
        answer = self.client.get("/metrics", headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        return answer.text


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    digest = hashlib.sha256(ADMIN_TOKEN.encode()).hexdigest()
    directory = tmp_path_factory.mktemp("dev")
    configuration = f"admin:\n  tokens: [{{id: prometheus, hash: {digest}}}]\n"
    configuration += f"inbox: {{path: {directory / 'inbox.db'}}}\n{HOOKS}"
    (connector,) = free_ports(1)
    configuration += f"connector: {{enabled: true, port: {connector}}}\n"
    server = Server(directory, configuration=configuration).start()
    try:
        ask_for_everything(server.client)
        ask_the_connector(connector)
        yield server
    finally:
        server.stop()


def deliver(client: httpx.Client) -> httpx.Response:
    """A push, as GitHub signs it."""
    body = b'{"after": "f00ba4"}'
    signature = hmac.new(HOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": "7c1",
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    return client.post("/webhook/deploy", content=body, headers=headers)


def ask_for_everything(client: httpx.Client) -> None:
    """Requests of all kinds, so that each metric has its series."""
    started = client.post("/run-task/development/flytesnacks/demo.hello", json={"name": "Ada"})
    assert started.status_code == 200, started.text
    run = f"/run/{started.json()['name']}"
    deadline = time.monotonic() + 30
    while not client.get(run).json()["done"]:
        assert time.monotonic() < deadline, "the run did not end"
    assert client.post("/app/demo-echo/call", params={"path": "/hello"}).status_code == 200
    assert client.get("/run/no-such-run").status_code == 404
    assert deliver(client).status_code == 202
    assert client.get("/me", headers={"Authorization": ""}).status_code == 401


def ask_the_connector(port: int) -> None:
    """Its services speak Connect, too, which needs no stubs."""
    answer = httpx.post(f"http://127.0.0.1:{port}/grpc.health.v1.Health/Check", json={})
    assert answer.json() == {"status": "SERVING"}, answer.text

"""Who is measured: this server and the Python one, each in front of the same control plane."""

import dataclasses
import hashlib
import hmac
import json
import pathlib
import sys

from machine import ROOT, SERVER_CORE, Process

PROJECT, DOMAIN = "flytesnacks", "development"
TOKEN = "Bearer somebody-0123456789"
SECRET = "0123456789abcdef0123456789abcdef"
# Verified, read, and then nobody's business: what the other server's handler does.
HOOK = {
    "source": "github",
    "secrets": [{"env": "BENCH_SECRET"}],
    "identity": {"value": "bench"},
    "rules": [{"when": 'event.type == "release"', "task": "development/flytesnacks/demo.hello"}],
}


@dataclasses.dataclass(frozen=True)
class Side:
    """A server, and how it is started."""

    name: str
    binary: pathlib.Path
    # What this server is told beside what it is always told here.
    settings: dict = dataclasses.field(default_factory=dict)

    def start(
        self, port: int, control_plane: str, directory: pathlib.Path, hooks: bool = False
    ) -> Process:
        command = (
            self._here(port, directory) if self.name == "here" else self._reference(port, hooks)
        )
        return Process(
            SERVER_CORE,
            command,
            directory / f"logs/{self.name}.log",
            _U_EP_OVERRIDE=f"https://{control_plane}",
            # The embedded control plane's own, which the canned one has, too.
            SSL_CERT_FILE=str(directory / "data/tls/ca.pem"),
            FLYTE_INTERNAL_EXECUTION_PROJECT=PROJECT,
            FLYTE_INTERNAL_EXECUTION_DOMAIN=DOMAIN,
            BENCH_SECRET=SECRET,
        )

    def _here(self, port: int, directory: pathlib.Path) -> list[str]:
        file = directory / "here.yaml"
        # As it comes, but for what keeps a benchmark from being one: the number of
        # connections, and apps on loopback.
        file.write_text(
            json.dumps(
                {
                    "name": "hook",
                    "server": {"max_connections": 20000, "drain_delay": "0s", "keep_alive": "5m"},
                    "control_plane": {"ca_file": str(directory / "data/tls/ca.pem")},
                    "egress": {"allow": ["127.0.0.0/8"]},
                    "telemetry": {"log_format": "json"},
                    "hooks": {"github": HOOK},
                    **self.settings,
                }
            )
        )
        serve = ["serve", "--host", "127.0.0.1", "--port", port, "--config", file]
        return [self.binary, *serve]

    def _reference(self, port: int, hooks: bool) -> list[str]:
        if hooks:
            return [sys.executable, ROOT / "bench/reference_hooks.py", port]
        # As it comes: with the log of requests that it has where it is deployed.
        told = {"all": {"port": port, "arguments": {"name": "hook"}, "uvicorn": {}}}
        return [sys.executable, ROOT / "tests/parity/reference.py", json.dumps(told)]


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """A request, and the call at the control plane that it is mostly made of."""

    name: str
    method: str
    path: str
    body: str = ""
    direct: str = ""
    # Of what it costs the reference at most.
    share: float | None = None
    # A delivery of a provider; the other server has these in one of its own.
    hook: bool = False

    def request(self, **values: str) -> str:
        signed = hmac.new(SECRET.encode(), self.body.encode(), hashlib.sha256).hexdigest()
        delivery = {
            "x-github-event": "push",
            "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "x-hub-signature-256": f"sha256={signed}",
        }
        headers = delivery if self.hook else {"authorization": TOKEN}
        return http(self.method, self.path.format(**values), self.body, headers)

    def direct_request(self) -> str:
        return http("POST", f"/flyteidl2.{self.direct}", "{}", {"authorization": TOKEN})


def http(method: str, path: str, body: str, headers: dict[str, str]) -> str:
    head = f"{method} {path} HTTP/1.1\r\nhost: bench\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    if body:
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return f"{head}\r\n{body}"


INPUTS = json.dumps({"name": "Ada"})
COMMIT = {"id": "0" * 40, "message": "Say what changed. " * 10, "added": ["src/main.rs"] * 20}
PUSH = json.dumps(
    {
        "ref": "refs/heads/main",
        "after": "0" * 40,
        "repository": {"full_name": "acme/site", "id": 1},
        "sender": {"login": "ada", "id": 1},
        "commits": [COMMIT] * 12,
    }
)
ENDPOINTS = [
    Endpoint("health", "GET", "/health", share=1 / 35),
    Endpoint("me", "GET", "/me", direct="auth.IdentityService/UserInfo", share=1 / 20),
    Endpoint(
        "get_run", "GET", "/run/{run}", direct="workflow.RunService/GetRunDetails", share=1 / 20
    ),
    Endpoint("get_run_io", "GET", "/run/{run}/io", direct="workflow.RunService/GetRunDetails"),
    Endpoint(
        "run_task",
        "POST",
        f"/run-task/{DOMAIN}/{PROJECT}/demo.hello",
        INPUTS,
        direct="workflow.RunService/CreateRun",
        share=1 / 15,
    ),
    Endpoint(
        "call_app",
        "POST",
        "/app/demo-echo/call?path=/hello",
        json.dumps({"payload": {"name": "Ada"}}),
        direct="app.AppService/Get",
    ),
    # As large as a push usually is.
    Endpoint("hook", "POST", "/webhook/github", PUSH, hook=True),
]

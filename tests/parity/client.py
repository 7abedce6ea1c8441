"""Sends interactions and reads answers; takes out of them what must differ by nature."""

import base64
import http.client
import json
import re
import time
from dataclasses import replace

from control_plane import ControlPlane
from interaction import TWIN, Answer, Interaction, Outcome
from reductions import REDUCTIONS

HEADERS = ("content-type", "location", "allow", "www-authenticate", "retry-after")
SIDES = ("reference", "here")

# New runs have names of their own: of the control plane's making, and of this server's.
NEW_RUN = re.compile(r"\b(r[b-df-hj-np-tv-z2-9]{19}|w[a-z2-7]{25})\b")
LOOPBACK = re.compile(r"127\.0\.0\.1:\d+")
DIRECTORY = re.compile(r"/[\w./-]*/parity\d+\b")
UUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
ANOTHER_REQUEST = re.compile(r'(?<=\\"request_id\\":\\")[0-9a-f]{32}')
OBJECT = re.compile(r"0x[0-9a-f]{8,}")


JSON = ("content-type", "application/json")


class Sides:
    """The two servers, as one client."""

    def __init__(self, ports: dict[str, dict[str, int]], control_plane: ControlPlane):
        self.ports = ports
        self.control_plane = control_plane

    def both(self, number: int, interaction: Interaction) -> Outcome:
        """Sends the same request to both."""
        outcome = Outcome(interaction)
        started = time.monotonic()
        try:
            outcome.reference = self.ask("reference", number, interaction)
            outcome.here = self.ask("here", number, interaction)
        except Exception as failure:
            outcome.failure = failure
        outcome.seconds = time.monotonic() - started
        return outcome

    def ask(self, side: str, number: int, interaction: Interaction) -> Answer:
        caller = subject(number, side)
        port = self.ports[side][interaction.configuration]
        names = (side, caller, port)

        def fill(text: str) -> str:
            return text.replace(TWIN, side)

        credentials = [("authorization", token(caller))] if interaction.credentials else []
        for method, path, body in interaction.before:
            send(port, method, fill(path), [*credentials, JSON], body)
        headers = [(name, fill(value)) for name, value in interaction.headers]
        body = interaction.body
        if body is not None:
            body = body.replace(TWIN.encode(), side.encode())
        path = fill(interaction.path)
        answer = send(port, interaction.method, path, credentials + headers, body)
        read = normalized(*answer, names)
        if interaction.reduction is not None:
            read = replace(read, body=REDUCTIONS[interaction.reduction](read.body))
        return Answer(
            status=read.status,
            headers=read.headers,
            body=read.body,
            inputs=self.inputs(answer, read),
            upstream=self.control_plane.calls(caller) if interaction.upstream else None,
            after=self.look_again(interaction, fill, port, credentials, names),
        )

    def inputs(self, answer, read: Answer):
        """What a run was started with, if the answer names a new one."""
        body = read.body
        if read.status != 200 or not isinstance(body, dict) or body.get("name") != "{run}":
            return None
        return self.control_plane.inputs_of(json.loads(answer[2])["name"])

    def look_again(self, interaction, fill, port, credentials, names):
        if interaction.after is None:
            return None
        path = fill(interaction.after)
        if path.startswith("/app/"):
            self.control_plane.settle(path.removeprefix("/app/"))
        answer = send(port, "GET", path, credentials, None)
        return normalized(*answer, names).shown()


def subject(number: int, side: str) -> str:
    """The caller of an interaction, which faults are kept for."""
    return f"caller-{number}-{side}"


def token(subject: str) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": subject, "name": "Ada"}).encode())
    return f"Bearer e30.{claims.decode().rstrip('=')}.e30"


def send(port: int, method: str, path: str, headers, body: bytes | None):
    """Sends a request as it is written: nothing is added, resolved or encoded."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=90)
    try:
        connection._validate_path = lambda _: None
        own_host = any(name == "host" for name, _ in headers)
        connection.putrequest(method, path, skip_host=own_host, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value.encode("latin-1"))
        if body is not None and not any(name == "transfer-encoding" for name, _ in headers):
            connection.putheader("content-length", str(len(body)))
        elif body is None and method == "POST":
            connection.putheader("content-length", "0")
        connection.endheaders(body)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return response.status, found, response.read()
    finally:
        connection.close()


def normalized(status: int, headers: dict, body: bytes, names) -> Answer:
    """The answer without what must differ: addresses, names of new runs, callers, twins."""
    side, caller, port = names

    request = headers.get("x-request-id")

    def plain(text: str) -> str:
        if request is not None:
            text = text.replace(f'"request_id":"{request}"', '"request_id":"{request}"')
        text = text.replace(token(caller), "{token}").replace(caller, "{caller}")
        text = text.replace(f"127.0.0.1:{port}", "{server}")
        text = LOOPBACK.sub("{address}", text)
        text = ANOTHER_REQUEST.sub("{another request}", text)
        text = UUID.sub("{uuid}", text)
        text = DIRECTORY.sub("{directory}", text)
        text = OBJECT.sub("{object}", text)
        text = NEW_RUN.sub("{run}", text)
        return re.sub(rf"(?<=-){side}\b", TWIN, text)

    kept = {name: plain(headers[name]) for name in HEADERS if name in headers}
    if "allow" in kept:
        # A set, which the reference writes in an order of chance.
        kept["allow"] = ", ".join(sorted(kept["allow"].split(", ")))
    text = plain(body.decode("utf-8", "backslashreplace"))
    if "json" in kept.get("content-type", "") and text:
        return Answer(status, kept, json.loads(text))
    return Answer(status, kept, text)

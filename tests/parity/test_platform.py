"""What the platform tells both, and what they make of it."""

import gzip
import http.server
import pathlib
import ssl
import subprocess
import threading

import httpx
import pytest
from flyteidl2.workflow import run_service_pb2

from configurations import NAME
from dev import binary, free_ports, poll
from entries import shows
from servers import SECONDS, Servers, listens


class Recorder(http.server.BaseHTTPRequestHandler):
    """A control plane that knows nothing and keeps what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.asked.append((self.path.rpartition("/")[2], body))
        answer = b'{"code": "not_found", "message": "nothing is here"}'
        self.send_response(404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def recorder(tls: ssl.SSLContext | None = None) -> http.server.ThreadingHTTPServer:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    server.asked = []
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def both(servers: Servers):
    """Starts both under variables of the platform and gives their addresses."""
    started: list[subprocess.Popen] = []

    def start(here: dict, **variables: str) -> tuple[str, str]:
        platform = servers.platform(**variables)
        reference_port, port = free_ports(2)
        told = {"platform": {"port": reference_port, "arguments": {"name": NAME}}}
        command = [str(binary()), "serve", "--host", "127.0.0.1", "--port", str(port)]
        path = servers.write("platform", {}, **here)
        started.append(servers.start_reference(told, platform))
        started.append(servers.run("here", [*command, "--config", str(path)], platform))
        for one in (reference_port, port):
            poll(f"{one} listens", lambda one=one: listens(one), SECONDS)
        return f"http://127.0.0.1:{reference_port}", f"http://127.0.0.1:{port}"

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


def ask(url: str, path: str) -> int:
    return httpx.get(url + path, headers={"authorization": "Bearer x"}, timeout=30).status_code


@shows("plain-http")
def test_plain_http_is_spoken_where_the_platform_says_so(both):
    plain = recorder()
    endpoint = f"127.0.0.1:{plain.server_port}"
    reference, here = both({"ca_file": None}, _U_EP_OVERRIDE=endpoint, _U_INSECURE="true")
    assert ask(here, "/me") == 404
    assert [method for method, _ in plain.asked] == ["UserInfo"]
    assert ask(reference, "/me") == 401
    assert len(plain.asked) == 1
    plain.shutdown()


def test_any_certificate_will_do_where_none_is_verified(both):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    # Made by hand, of X.509's first version, which no verifier can read.
    tls.load_cert_chain(pathlib.Path(__file__).with_name("anyone.pem"))
    secure = recorder(tls)
    endpoint = f"https://localhost:{secure.server_port}"
    _, strict = both({"ca_file": None}, _U_EP_OVERRIDE=endpoint)
    assert (ask(strict, "/me"), secure.asked) == (503, [])
    lax = {"ca_file": None, "insecure_skip_verify": True}
    _, here = both(lax, _U_EP_OVERRIDE=endpoint)
    assert ask(here, "/me") == 404
    assert [method for method, _ in secure.asked] == ["UserInfo"]
    secure.shutdown()


def test_neither_serves_without_a_project(servers):
    platform = servers.platform()
    del platform["FLYTE_INTERNAL_EXECUTION_PROJECT"]
    reference_port, port = free_ports(2)
    told = {"homeless": {"port": reference_port, "arguments": {"name": NAME}}}
    command = [str(binary()), "serve", "--host", "127.0.0.1", "--port", str(port)]
    path = servers.write("homeless", {})
    reference = servers.start_reference(told, platform)
    here = servers.run("here", [*command, "--config", str(path)], platform)
    assert (reference.wait(SECONDS) != 0, here.wait(SECONDS)) == (True, 78)


@shows("org")
def test_the_organisation_of_the_platform_is_used(both, servers):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(servers.ca_file, servers.ca_file.with_name("key.pem"))
    secure = recorder(tls)
    endpoint = f"https://localhost:{secure.server_port}"
    reference, here = both({}, _U_EP_OVERRIDE=endpoint, _U_ORG_NAME="acme")
    for url in (reference, here):
        assert ask(url, "/run/r1") == 404
    requests = [
        run_service_pb2.GetRunDetailsRequest.FromString(body)
        for method, body in secure.asked
        if method == "GetRunDetails"
    ]
    assert [request.run_id.org for request in requests] == ["", "acme"]
    secure.shutdown()

"""An app that both servers call: it answers as it is told, and with what it was sent."""

import http.client
import http.server
import json
import threading
import urllib.parse

# What an app may see of a call; the rest depends on the client's library.
SHOWN = ("authorization", "cookie", "content-type", "user-agent")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        sent = self.rfile.read(length).decode()
        url = urllib.parse.urlsplit(self.path)
        match url.path.strip("/").split("/"):
            case ["status", status]:
                self.send(int(status), b"because", "text/plain")
            case ["redirect", "elsewhere"]:
                self.send(302, b"", "text/plain", ("location", "/text"))
            case ["text"]:
                self.send(200, "grüß".encode(), "text/plain; charset=utf-8")
            case ["empty"]:
                self.send(200, b"", "text/plain")
            case ["nan"]:
                self.send(200, b'{"a": NaN}', "application/json")
            case ["number"]:
                self.send(200, b"[1, 2.5, null]", "application/json")
            case ["latin"]:
                self.send(200, b"\xe9", "text/plain")
            case ["latin-error"]:
                self.send(500, b"\xe9", "text/plain")
            case ["large"]:
                self.send(200, json.dumps(["a" * 5_000]).encode(), "application/json")
            case ["relay", port, *path]:
                self.relay(int(port), "/" + "/".join(path), sent)
            case _:
                headers = {name: self.headers[name] for name in SHOWN if self.headers[name]}
                echo = {"method": self.command, "target": self.path, **headers, "body": sent}
                self.send(200, json.dumps(echo).encode(), "application/json")

    def relay(self, port: int, path: str, sent: str) -> None:
        """As a proxy in front of a server does, under a name that the server does not know."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(self.command, path, sent, dict(self.headers))
        answer = connection.getresponse()
        self.send(answer.status, answer.read(), answer.headers["content-type"])
        connection.close()

    def send(self, status: int, body: bytes, content_type: str, *headers) -> None:
        self.send_response(status)
        for name, value in (("content-type", content_type), *headers):
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def __getattr__(self, name: str):
        # Any method, even one that no standard knows.
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, *_) -> None:
        pass


class Target:
    """A running app."""

    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

"""The server that tasks call: it notes what it gets, and answers by the path."""

import gzip
import json
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

# What differs between any two clients, and says nothing of the task.
OF_THE_CLIENT = {"user-agent", "accept-encoding", "connection"}


class Target:
    """A server on a port of its own, for as long as the process lives."""

    def __init__(self):
        self.received = []
        self.closed = threading.Event()
        target = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_args):
                pass

            def handle_any(self):
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length).decode()
                headers = sorted(
                    (name.lower(), value)
                    for name, value in self.headers.items()
                    if name.lower() not in OF_THE_CLIENT
                )
                target.received.append(
                    {
                        "method": self.command,
                        "path": self.path,
                        "headers": headers,
                        "body": canonical(body),
                        "raw": body,
                    }
                )
                target.answer(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_args):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self):
        """What has come since the last time."""
        received, self.received = self.received, []
        return received

    def answer(self, request):
        parts = urlsplit(request.path)
        words = parts.path.strip("/").split("/")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match words:
            case ["status", status, *_]:
                self.say(request, int(status), b"the answer")
            case ["redirect", status, *_]:
                self.say(request, int(status), b"elsewhere", location="/elsewhere")
            case ["retry", status, seconds, *_]:
                self.say(request, int(status), b"later", retry_after=seconds)
            case ["slow", seconds, *_]:
                self.closed.wait(float(seconds))
                self.say(request, 200, b"late")
            case ["drip", seconds, pieces, *_]:
                self.drip(request, float(seconds), int(pieces))
            case ["echo", *_]:
                said = self.received[-1]
                self.say(request, 200, json.dumps(said, sort_keys=True).encode())
            case ["bytes", charset, *_]:
                self.say(request, 200, "é€ü".encode(charset, "replace"), kind=f"text/plain; charset={charset}")
            case ["latin", *_]:
                self.say(request, 200, b"\xe9\xff", kind="text/plain; charset=ISO-8859-1")
            case ["broken-text", *_]:
                self.say(request, 200, b"a\xff\xfeb")
            case ["empty", status, *_]:
                self.say(request, int(status), b"")
            case ["gzip", *_]:
                self.say(request, 200, gzip.compress("zipped é".encode()), content_encoding="gzip")
            case ["deflate", *_]:
                self.say(request, 200, zlib.compress(b"deflated"), content_encoding="deflate")
            case ["bomb", *_]:
                self.say(request, 200, gzip.compress(b"0" * (64 << 20)), content_encoding="gzip")
            case ["large", size, *_]:
                self.say(request, 200, b"x" * int(size))
            case ["reset", *_]:
                request.close_connection = True
                request.connection.close()
            case ["garbage", *_]:
                request.wfile.write(b"this is no HTTP\r\n\r\n")
                request.close_connection = True
            case ["short", *_]:
                request.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort")
                request.close_connection = True
            case ["chunked", *_]:
                request.wfile.write(
                    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                    b"4\r\npart\r\n5\r\n, end\r\n0\r\n\r\n"
                )
            case ["json", *_]:
                self.say(request, 200, b'{"a": [1, 2.5, null]}', kind="application/json")
            case _:
                self.say(request, 200, ("ok " + query.get("say", "")).strip().encode())

    def say(self, request, status, body, kind="text/plain", **headers):
        request.send_response(status)
        request.send_header("content-type", kind)
        if status not in (204, 304):
            request.send_header("content-length", str(len(body)))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        if request.command != "HEAD" and status not in (204, 304):
            try:
                request.wfile.write(body)
            except OSError:
                request.close_connection = True

    def drip(self, request, seconds, pieces):
        request.send_response(200)
        request.send_header("content-length", str(pieces))
        request.end_headers()
        for _ in range(pieces):
            request.wfile.write(b".")
            request.wfile.flush()
            time.sleep(seconds)


def canonical(body):
    """A body as a value: the order of members is nobody's promise."""
    try:
        return json.loads(body)
    except ValueError:
        return body

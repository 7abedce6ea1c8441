"""An app that needs nothing but the SDK."""

import http.server
import json
import os

import flyte
import flyte.app

env = flyte.app.AppEnvironment(
    name="greeter",
    image=flyte.Image.from_debian_base(),
    requires_auth=False,
)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        project = os.environ["FLYTE_INTERNAL_EXECUTION_PROJECT"]
        body = json.dumps({"path": self.path, "project": project}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@env.server
def serve():
    address = ("127.0.0.1", env.get_port().port)
    http.server.ThreadingHTTPServer(address, Handler).serve_forever()

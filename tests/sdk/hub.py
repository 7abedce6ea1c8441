"""As much of Hugging Face's hub as fetching a model needs, with one model in it."""

import http.server
import json
import threading
import urllib.parse

REPO = "tiny/model-0.1"
COMMIT = "0" * 40
FILES = {
    "config.json": json.dumps({"model_type": "tiny", "architectures": ["TinyForCausalLM"]}).encode(),
    "README.md": b"# Tiny\n",
    "model.safetensors": bytes(range(256)),
}


def entry(name: str) -> dict:
    return {"type": "file", "path": name, "size": len(FILES[name]), "oid": name}


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_json(self, value: object) -> None:
        self.answer(json.dumps(value).encode(), headers={"Content-Type": "application/json"})

    def missing(self) -> None:
        self.answer(b"{}", 404, {"X-Error-Code": "RepoNotFound"})

    def answer_file(self, name: str) -> None:
        content, headers = FILES[name], {"ETag": f'"{name}"', "X-Repo-Commit": COMMIT}
        wanted = self.headers.get("Range", "bytes=0-").removeprefix("bytes=")
        first, _, last = wanted.partition("-")
        part = content[int(first or 0) : int(last) + 1 if last else None]
        if "Range" not in self.headers:
            return self.answer(part, 200, headers)
        headers["Content-Range"] = f"bytes {first}-{int(first or 0) + len(part) - 1}/{len(content)}"
        return self.answer(part, 206, headers)

    def do_GET(self) -> None:
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        files = f"/{REPO}/resolve/{COMMIT}/"
        model = f"/api/models/{REPO}"
        if path.startswith(files) and path.removeprefix(files) in FILES:
            self.answer_file(path.removeprefix(files))
        elif path in (model, f"{model}/revision/{COMMIT}"):
            self.answer_json({"id": REPO, "sha": COMMIT, "siblings": [{"rfilename": name} for name in FILES]})
        elif path.startswith(f"{model}/commits/"):
            commit = {"id": COMMIT, "title": "", "message": "", "date": "2026-01-02T03:04:05.000Z", "authors": []}
            self.answer_json([commit])
        elif path == f"{model}/tree/{COMMIT}":
            self.answer_json([entry(name) for name in FILES])
        else:
            self.missing()

    do_HEAD = do_GET

    def do_POST(self) -> None:
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if path == f"/api/models/{REPO}/paths-info/{COMMIT}":
            asked = json.loads(body)["paths"] if body.startswith("{") else urllib.parse.parse_qs(body)["paths"]
            self.answer_json([entry(name) for name in asked if name in FILES])
        else:
            self.missing()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Hub:
    """The hub on a port of its own."""

    def __enter__(self) -> "Hub":
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

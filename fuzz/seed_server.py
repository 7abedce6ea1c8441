"""First inputs of the targets that need the whole server."""

import json
from pathlib import Path

DOCUMENT = Path(__file__).parent.parent / "openapi/openapi.json"

SIGNED = [
    {"alg": "EdDSA", "kid": "a", "typ": "at+jwt"},
    {"alg": "none"},
    {"alg": "HS256", "kid": "a"},
    {"alg": "EdDSA", "kid": "../a", "jku": "http://127.0.0.1:9/"},
    {"alg": "EdDSA", "crit": ["b64"], "b64": False},
]
CLAIMS = [
    {"iss": "https://issuer.example.com", "aud": "hook", "sub": "ada", "exp": 4102444800},
    {"iss": ["https://issuer.example.com"], "aud": ["x", "hook"], "sub": "", "exp": 1},
    {"iss": "x", "aud": "hook", "sub": "ada", "exp": 4102444800, "nbf": 4102444799},
]


def requests():
    """A request of every operation, with and without a credential."""
    document = json.loads(DOCUMENT.read_text())
    for path, operations in document["paths"].items():
        target = path.replace("{", "").replace("}", "")
        for method, operation in operations.items():
            body = b'{"a": 1}' if "requestBody" in operation else b""
            for credential in ("", "authorization: Bearer x\r\n", "cookie: a=b\r\n"):
                lines = f"{method.upper()} {target} HTTP/1.1\r\nhost: x\r\n{credential}"
                if body:
                    lines += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
                yield lines.encode() + b"\r\n" + body
    for path in ("/docs", "/redoc", "/openapi.json", "/docs/swagger-ui.css", "/%68ealth", "/health/"):
        yield f"GET {path} HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n".encode()
    yield b"HEAD /health HTTP/1.1\r\nhost: x\r\n\r\nGET /health HTTP/1.0\r\n\r\n"
    yield (
        b"POST /run-task/d/p/t?wait=5 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer x\r\n"
        b"idempotency-key: k\r\nprefer: wait=5, respond-async\r\nexpect: 100-continue\r\n"
        b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx: y\r\n\r\nGET * HTTP/1.1\r\n\r\n"
    )


def inputs():
    """Names of targets with an input each."""
    for request in requests():
        yield "response", b"\0" + request
        yield "response", b"\7" + request
    for signer in range(5):
        for header in SIGNED:
            for claims in CLAIMS:
                lines = "\n".join(json.dumps(it) for it in (header, claims))
                yield "jwt", bytes([signer]) + lines.encode()
    yield "jwt", b"\0eyJhbGciOiJub25lIn0.e30."

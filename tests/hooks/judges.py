"""Whether a delivery is to be believed, as code says that is not ours."""

import base64
import datetime
import functools
import hmac
import json
import pathlib
import subprocess
import time
from typing import Any, Callable
from unittest import mock

import flyteplugins.clickup
import flyteplugins.github
import flyteplugins.gitlab
import flyteplugins.jira
import flyteplugins.linear
import flyteplugins.slack
import standardwebhooks
import stripe
import svix
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from slack_sdk.signature import Clock, SignatureVerifier

HERE = pathlib.Path(__file__).parent
PLUGINS = {
    "github": flyteplugins.github,
    "gitlab_token": flyteplugins.gitlab,
    "slack": flyteplugins.slack,
    "jira_token": flyteplugins.jira,
    "linear": flyteplugins.linear,
    "clickup": flyteplugins.clickup,
}
# Judges that are packages of npm; `judges.js` asks them.
IN_NODE = {"octokit", "standardwebhooks-js", "stripe-js", "linear", "shopify"}

Vector = dict[str, Any]


def body_of(vector: Vector) -> bytes:
    return base64.b64decode(vector["body"])


def flyteplugins_(file: Vector, vector: Vector, secret: str) -> bool:
    plugin = PLUGINS[file["source"]]
    return plugin.verify(body_of(vector), dict(vector["headers"]), secret)


def slack_sdk(file: Vector, vector: Vector, secret: str) -> bool:
    clock = mock.Mock(Clock, now=lambda: vector["now"])
    verifier = SignatureVerifier(secret, clock)
    return verifier.is_valid_request(body_of(vector), dict(vector["headers"]))


def stripe_(file: Vector, vector: Vector, secret: str) -> bool:
    headers = {name.lower(): value for name, value in vector["headers"]}
    header = headers.get("stripe-signature")
    return stripe.WebhookSignature.verify_header(body_of(vector), header, secret, 300)


def standardwebhooks_(file: Vector, vector: Vector, secret: str) -> bool:
    standardwebhooks.Webhook(secret).verify(body_of(vector), dict(vector["headers"]), json_parse=False)
    return True


def svix_(file: Vector, vector: Vector, secret: str) -> bool:
    svix.Webhook(secret).verify(body_of(vector), dict(vector["headers"]))
    return True


def documentation(file: Vector, vector: Vector, secret: str) -> bool:
    """What a provider's documentation says, word by word, where nobody has published code."""
    headers = {name.lower(): value for name, value in vector["headers"]}
    body = body_of(vector)
    if file["source"] == "pagerduty":
        right = "v1=" + hmac.new(secret.encode(), body, "sha256").hexdigest()
        return right in headers["x-pagerduty-signature"].split(",")
    if file["source"] == "standard_webhooks":
        return asymmetric(headers, body, vector["now"], secret)
    return CONFIGURED[file["scheme"]["kind"]](file["scheme"], headers, body, vector["now"], secret)


def asymmetric(headers: dict[str, str], body: bytes, now: int, secret: str) -> bool:
    stamp = headers["webhook-timestamp"]
    message = f"{headers['webhook-id']}.{stamp}.".encode() + body
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(secret.removeprefix("whpk_")))
    signatures = [it.removeprefix("v1a,") for it in headers["webhook-signature"].split(" ") if it.startswith("v1a,")]
    return is_near(stamp, now) and any(is_by(key, base64.b64decode(it, validate=True), message) for it in signatures)


def is_by(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except Exception:
        return False
    return True


def is_near(stamp: str, now: int) -> bool:
    return stamp.isdecimal() and abs(now - int(stamp)) <= 300


def hmac_(scheme: Vector, headers: dict[str, str], body: bytes, now: int, secret: str) -> bool:
    stamp, sent = headers["x-acme-time"], headers["x-acme-signature"]
    message = f"{headers['x-acme-id']}.{stamp}.".encode() + body
    mac = hmac.new(secret.encode(), message, scheme["hash"]).digest()
    text = {
        "hex_upper": lambda: mac.hex().upper(),
        "base64": lambda: base64.b64encode(mac).decode(),
        "base64url": lambda: base64.urlsafe_b64encode(mac).decode(),
        "base64url_no_pad": lambda: base64.urlsafe_b64encode(mac).decode().rstrip("="),
    }[scheme["encoding"]]()
    return is_near(stamp, now) and sent == scheme["prefix"] + text


def ed25519(scheme: Vector, headers: dict[str, str], body: bytes, now: int, secret: str) -> bool:
    stamp, sent = headers["x-signature-timestamp"], headers["x-signature-ed25519"]
    raw = bytes.fromhex(secret) if len(secret) == 64 else base64.b64decode(secret)
    key = Ed25519PublicKey.from_public_bytes(raw)
    is_hex = sent == sent.lower() and " " not in sent
    return is_hex and is_near(stamp, now) and is_by(key, bytes.fromhex(sent), stamp.encode() + body)


def token(scheme: Vector, headers: dict[str, str], body: bytes, now: int, secret: str) -> bool:
    return headers["authorization"] == "Bearer " + secret


def basic(scheme: Vector, headers: dict[str, str], body: bytes, now: int, secret: str) -> bool:
    word, encoded = headers["authorization"].split(" ")
    return word == "Basic" and base64.b64decode(encoded, validate=True) == f"ada:{secret}".encode()


CONFIGURED = {"hmac": hmac_, "ed25519": ed25519, "token": token, "basic": basic}
JUDGES: dict[str, Callable[[Vector, Vector, str], bool]] = {
    "flyteplugins": flyteplugins_,
    "slack_sdk": slack_sdk,
    "stripe": stripe_,
    "standardwebhooks": standardwebhooks_,
    "svix": svix_,
    "documentation": documentation,
}


class Frozen(datetime.datetime):
    """A clock that stands."""

    at = 0

    @classmethod
    def now(cls, tz: Any = None) -> "datetime.datetime":
        return cls.fromtimestamp(cls.at, tz)


def judge(name: str, file: Vector, vector: Vector) -> bool:
    """What one judge says. What raises an exception is not believed."""

    def once(secret: str) -> bool:
        try:
            return bool(JUDGES[name](file, vector, secret))
        except Exception:
            return False

    Frozen.at = vector["now"]
    with (
        mock.patch.object(time, "time", lambda: vector["now"]),
        mock.patch("standardwebhooks.webhooks.datetime", Frozen),
    ):
        return any(once(secret) for secret in vector["secrets"])


def judged_in_node(names: list[str], files: list[Vector]) -> list[list[dict[str, bool]]]:
    """What the judges of npm say, of every vector of every file."""
    asked = json.dumps({"judges": names, "files": files})
    command = ["node", str(HERE / "judges.js")]
    answer = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


@functools.cache
def example() -> pathlib.Path:
    """Our own side: the example `deliveries` of the core crate."""
    target = HERE.parent.parent / "target/debug/examples/deliveries"
    assert target.exists(), "cargo build --workspace --example deliveries"
    return target


def ours(files: list[Vector]) -> list[dict[str, Any]]:
    """What we say, of every vector of every file."""
    asked = "".join(json.dumps(file) + "\n" for file in files)
    answer = subprocess.run([str(example())], input=asked, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in answer.stdout.splitlines()]

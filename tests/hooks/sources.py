"""How each source signs, written down once more, from the providers' documentation."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any, Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from slack_sdk.signature import SignatureVerifier
from stripe import WebhookSignature

NOW = 1_700_000_000
ID = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"

SECRET = "It's a Secret to Everybody"
OTHER = "Another Secret to Everybody!"
STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STANDARD_OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PRIVATE_OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))

Headers = dict[str, str]


def digest(secret: str, message: bytes, algorithm: str = "sha256") -> bytes:
    return hmac.new(secret.encode(), message, algorithm).digest()


def standard_key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


def public(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


@dataclass
class Source:
    """One scheme: who signs, and where the signature is."""

    source: str
    # (secret, body, time) -> headers
    sign: Callable[[str, bytes, int], Headers]
    signature: str
    # What stands before the signature in its header.
    prefix: str = ""
    timestamp: str | None = None
    id: str | None = None
    secrets: tuple[str, str] = (SECRET, OTHER)
    # What signs in the place of a secret, where they are two things.
    signers: dict[str, Any] = field(default_factory=dict)
    extra: Headers = field(default_factory=dict)
    scheme: dict[str, Any] | None = None
    judges: tuple[str, ...] = ()
    # Whether what is signed is the body.
    signs: bool = True
    # Whether the time is a member of the header.
    listed: bool = False


def over_body(header: str, prefix: str, write: Callable[[bytes], str]) -> Callable[[str, bytes, int], Headers]:
    return lambda secret, body, now: {header: prefix + write(digest(secret, body))}


def hexadecimal(mac: bytes) -> str:
    return mac.hex()


def base64_text(mac: bytes) -> str:
    return base64.b64encode(mac).decode()


def slack(secret: str, body: bytes, now: int) -> Headers:
    try:
        signature = SignatureVerifier(secret).generate_signature(timestamp=str(now), body=body)
    except UnicodeDecodeError:
        signature = "v0=" + digest(secret, b"v0:%d:" % now + body).hex()
    return {"X-Slack-Request-Timestamp": str(now), "X-Slack-Signature": signature}


def stripe(secret: str, body: bytes, now: int) -> Headers:
    try:
        header = WebhookSignature.generate_signature_header(body.decode(), secret, now)
    except UnicodeDecodeError:
        header = f"t={now},v1=" + digest(secret, b"%d." % now + body).hex()
    return {"Stripe-Signature": header}


def standard(family: str) -> Callable[[str, bytes, int], Headers]:
    def sign(secret: str, body: bytes, now: int) -> Headers:
        message = f"{ID}.{now}.".encode() + body
        mac = hmac.new(standard_key(secret), message, "sha256").digest()
        return {
            f"{family}-id": ID,
            f"{family}-timestamp": str(now),
            f"{family}-signature": "v1," + base64_text(mac),
        }

    return sign


def asymmetric(key: Ed25519PrivateKey, body: bytes, now: int) -> Headers:
    signature = key.sign(f"{ID}.{now}.".encode() + body)
    return {
        "webhook-id": ID,
        "webhook-timestamp": str(now),
        "webhook-signature": "v1a," + base64_text(signature),
    }


def ed25519(key: Ed25519PrivateKey, body: bytes, now: int) -> Headers:
    signature = key.sign(str(now).encode() + body)
    return {"X-Signature-Ed25519": signature.hex(), "X-Signature-Timestamp": str(now)}


def linear(secret: str, body: bytes, now: int) -> Headers:
    return {"Linear-Signature": digest(secret, body).hex()}


def generic(algorithm: str, write: Callable[[bytes], str], prefix: str) -> Callable[[str, bytes, int], Headers]:
    def sign(secret: str, body: bytes, now: int) -> Headers:
        message = f"{ID}.{now}.".encode() + body
        return {
            "X-Acme-Id": ID,
            "X-Acme-Time": str(now),
            "X-Acme-Signature": prefix + write(digest(secret, message, algorithm)),
        }

    return sign


def configured(algorithm: str, encoding: str, prefix: str) -> dict[str, Any]:
    return {
        "kind": "hmac",
        "hash": algorithm,
        "header": "x-acme-signature",
        "prefix": prefix,
        "encoding": encoding,
        "content": "{id}.{ts}.{body}",
        "id_header": "x-acme-id",
        "timestamp_header": "x-acme-time",
        "seconds": 300,
    }


def generic_source(algorithm: str, encoding: str, write: Callable[[bytes], str], prefix: str) -> Source:
    return Source(
        "generic",
        generic(algorithm, write, prefix),
        "X-Acme-Signature",
        prefix,
        timestamp="X-Acme-Time",
        id="X-Acme-Id",
        scheme=configured(algorithm, encoding, prefix),
        judges=("documentation",),
    )


def url_base64(mac: bytes) -> str:
    return base64.urlsafe_b64encode(mac).decode()


def basic(secret: str, body: bytes, now: int) -> Headers:
    pair = base64.b64encode(f"ada:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


SHOPIFY = {
    "X-Shopify-Topic": "orders/create",
    "X-Shopify-Shop-Domain": "acme.myshopify.com",
    "X-Shopify-API-Version": "2026-04",
    "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
}

SOURCES: dict[str, Source] = {
    "github": Source(
        "github",
        over_body("X-Hub-Signature-256", "sha256=", hexadecimal),
        "X-Hub-Signature-256",
        "sha256=",
        extra={"X-GitHub-Event": "push", "X-GitHub-Delivery": ID},
        judges=("octokit", "flyteplugins"),
    ),
    "gitlab": Source(
        "gitlab",
        standard("webhook"),
        "webhook-signature",
        "v1,",
        timestamp="webhook-timestamp",
        id="webhook-id",
        secrets=(STANDARD, STANDARD_OTHER),
        extra={"X-Gitlab-Event": "Push Hook"},
        judges=("standardwebhooks", "standardwebhooks-js"),
    ),
    "gitlab_token": Source(
        "gitlab_token",
        lambda secret, body, now: {"X-Gitlab-Token": secret},
        "X-Gitlab-Token",
        signs=False,
        judges=("flyteplugins",),
    ),
    "slack": Source(
        "slack",
        slack,
        "X-Slack-Signature",
        "v0=",
        timestamp="X-Slack-Request-Timestamp",
        judges=("slack_sdk", "flyteplugins"),
    ),
    "stripe": Source(
        "stripe",
        stripe,
        "Stripe-Signature",
        "v1=",
        listed=True,
        judges=("stripe", "stripe-js"),
    ),
    "standard_webhooks": Source(
        "standard_webhooks",
        standard("webhook"),
        "webhook-signature",
        "v1,",
        timestamp="webhook-timestamp",
        id="webhook-id",
        secrets=(STANDARD, STANDARD_OTHER),
        judges=("standardwebhooks", "standardwebhooks-js"),
    ),
    "standard_webhooks_ed25519": Source(
        "standard_webhooks",
        asymmetric,
        "webhook-signature",
        "v1a,",
        timestamp="webhook-timestamp",
        id="webhook-id",
        secrets=("whpk_" + public(PRIVATE), "whpk_" + public(PRIVATE_OTHER)),
        signers={"whpk_" + public(PRIVATE): PRIVATE, "whpk_" + public(PRIVATE_OTHER): PRIVATE_OTHER},
        judges=("documentation",),
    ),
    "svix": Source(
        "svix",
        standard("svix"),
        "svix-signature",
        "v1,",
        timestamp="svix-timestamp",
        id="svix-id",
        secrets=(STANDARD, STANDARD_OTHER),
        judges=("svix",),
    ),
    "bitbucket": Source(
        "bitbucket",
        over_body("X-Hub-Signature", "sha256=", hexadecimal),
        "X-Hub-Signature",
        "sha256=",
        extra={"X-Event-Key": "repo:push", "X-Request-UUID": ID},
        judges=("octokit",),
    ),
    "jira": Source(
        "jira",
        over_body("X-Hub-Signature", "sha256=", hexadecimal),
        "X-Hub-Signature",
        "sha256=",
        extra={"X-Atlassian-Webhook-Identifier": ID},
        judges=("octokit",),
    ),
    "jira_token": Source(
        "jira_token",
        lambda secret, body, now: {"X-Webhook-Token": secret},
        "X-Webhook-Token",
        signs=False,
        judges=("flyteplugins",),
    ),
    "linear": Source(
        "linear",
        linear,
        "Linear-Signature",
        judges=("linear", "flyteplugins"),
    ),
    "clickup": Source(
        "clickup",
        over_body("X-Signature", "", hexadecimal),
        "X-Signature",
        judges=("flyteplugins",),
    ),
    "shopify": Source(
        "shopify",
        over_body("X-Shopify-Hmac-SHA256", "", base64_text),
        "X-Shopify-Hmac-SHA256",
        extra=SHOPIFY,
        judges=("shopify",),
    ),
    "pagerduty": Source(
        "pagerduty",
        over_body("X-PagerDuty-Signature", "v1=", hexadecimal),
        "X-PagerDuty-Signature",
        "v1=",
        judges=("documentation",),
    ),
    "generic_sha1": generic_source("sha1", "base64", base64_text, ""),
    "generic_sha256": generic_source("sha256", "hex_upper", lambda mac: mac.hex().upper(), "v1="),
    "generic_sha384": generic_source("sha384", "base64url", url_base64, "sig "),
    "generic_sha512": generic_source("sha512", "base64url_no_pad", lambda mac: url_base64(mac).rstrip("="), ""),
    "generic_ed25519": Source(
        "generic",
        ed25519,
        "X-Signature-Ed25519",
        timestamp="X-Signature-Timestamp",
        secrets=(public(PRIVATE), PRIVATE_OTHER.public_key().public_bytes_raw().hex()),
        signers={
            public(PRIVATE): PRIVATE,
            PRIVATE_OTHER.public_key().public_bytes_raw().hex(): PRIVATE_OTHER,
        },
        scheme={
            "kind": "ed25519",
            "header": "x-signature-ed25519",
            "prefix": "",
            "encoding": "hex",
            "content": "{ts}{body}",
            "id_header": None,
            "timestamp_header": "x-signature-timestamp",
            "seconds": 300,
        },
        judges=("documentation",),
    ),
    "generic_token": Source(
        "generic",
        lambda secret, body, now: {"Authorization": f"Bearer {secret}"},
        "Authorization",
        "Bearer ",
        signs=False,
        scheme={"kind": "token", "header": "authorization", "prefix": "Bearer "},
        judges=("documentation",),
    ),
    "generic_basic": Source(
        "generic",
        basic,
        "Authorization",
        "Basic ",
        signs=False,
        scheme={"kind": "basic", "user": "ada"},
        judges=("documentation",),
    ),
}


def signed(source: Source, secret: str, body: bytes, now: int = NOW) -> Headers:
    """The headers of a delivery."""
    signer = source.signers.get(secret, secret)
    return source.extra | source.sign(signer, body, now)


def body_of(source: Source, **members: Any) -> bytes:
    """A body that a source may send; Linear's has its time in it."""
    time = {"webhookTimestamp": NOW * 1000} if source.source == "linear" else {}
    return json.dumps(members | time).encode()


def sha1_header(secret: str, body: bytes) -> str:
    return "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()

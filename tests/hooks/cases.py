"""Deliveries as they should and should not be, for one source after the other."""

from dataclasses import dataclass
from typing import Iterator

from sources import NOW, Headers, Source, body_of, digest, sha1_header, signed


@dataclass
class Case:
    name: str
    headers: Headers
    body: bytes
    accept: bool
    secrets: tuple[str, ...]
    now: int = NOW


def texts(source: Source) -> dict[str, bytes]:
    """Bodies that are text."""
    return {
        "a small body": body_of(source, n=1),
        "a body in many letters": body_of(source, text="żółć 漢字 🚀", escaped='"\\/\b'),
        "a body with line ends": body_of(source, n=1).replace(b", ", b",\r\n\t"),
        "a body with blanks around it": b"  " + body_of(source, n=1) + b"\n",
        "a body with letters as they are": '{"text":"żółć 🚀"'.encode() + (b',"webhookTimestamp":%d000}' % NOW),
        "a body that nests": body_of(source, a={"b": {"c": [[[1, 2.5, -3e10, None, True]]]}}),
        "a body that looks like what is signed": body_of(source, t=f"v0:{NOW}:{{}}", u=f"{NOW}.{{}}"),
        "a large body": body_of(source, text="x" * 3000),
        "a body with a zero in it": body_of(source, text="a\0b"),
        "a form": b"payload=%7B%22n%22%3A1%7D&x=y",
        "a body of one letter": b"x",
    }


def positive(source: Source) -> Iterator[Case]:
    secret, other = source.secrets
    for name, body in texts(source).items():
        if source.source == "linear" and b"webhookTimestamp" not in body:
            name += " without its time"
        yield Case(name, signed(source, secret, body), body, True, (secret,))
    body = body_of(source, n=1)
    headers = signed(source, secret, body)
    no_text = b'{"n": "\xff\xfe"}'
    yield Case("bytes that are no text", signed(source, secret, no_text), no_text, True, (secret,))
    yield Case("the first of two secrets", headers, body, True, (secret, other))
    yield Case("the second of two secrets", headers, body, True, (other, secret))
    yield Case("names in upper case", {k.upper(): v for k, v in headers.items()}, body, True, (secret,))
    yield Case("names in lower case", {k.lower(): v for k, v in headers.items()}, body, True, (secret,))
    yield Case("headers beside", headers | {"X-Other": "1", "User-Agent": "x"}, body, True, (secret,))
    if source.timestamp or source.listed:
        for seconds in (-300, -1, 299, 300):
            yield Case(f"{seconds} s later", headers, body, True, (secret,), NOW + seconds)
    if source.source == "linear":
        for seconds in (-60, 59, 60):
            yield Case(f"{seconds} s later", headers, body, True, (secret,), NOW + seconds)


def negative(source: Source) -> Iterator[Case]:
    secret, other = source.secrets
    body = body_of(source, n=1)
    headers = signed(source, secret, body)
    value = headers[source.signature]
    right = value.removeprefix(source.prefix)

    def with_value(value: str) -> Headers:
        return headers | {source.signature: value}

    without = {k: v for k, v in headers.items() if k != source.signature}
    wrong = {
        "no headers": {},
        "no signature": without,
        "an empty signature": with_value(""),
        "a signature cut by one": with_value(value[:-1]),
        "a signature cut by half": with_value(value[: len(value) // 2]),
        "a signature with one more": with_value(value + "0"),
        "a signature with another end": with_value(value[:-2] + ("00" if value[-2:] != "00" else "11")),
        "a signature in the other case": with_value(value.swapcase()),
        "a signature of letters beyond ASCII": with_value(value[:-2] + "éé"),
        "the secret in the place of the signature": with_value(source.prefix + other),
        "another secret": signed(source, other, body),
        "a word": with_value("signature"),
        "null": with_value("null"),
        "the name of the header": with_value(source.signature),
        "one digit turned": with_value(turned(source, value)),
    }
    if not source.listed:
        wrong["the signature twice"] = with_value(value + right)
    if source.prefix and not source.listed:
        wrong["no prefix"] = with_value(right)
        wrong["the prefix alone"] = with_value(source.prefix)
        wrong["the prefix twice"] = with_value(source.prefix + value)
        wrong["another prefix"] = with_value("v9" + value)
    for name, headers_ in wrong.items():
        yield Case(name, headers_, body, False, (secret,))
    if source.signs:
        yield from of_bodies(source, secret, headers, body, value)
    if source.timestamp or source.listed:
        yield from of_times(source, secret, headers, body)
    if source.source == "linear":
        for seconds in (-61, 61, 3600):
            yield Case(f"{seconds} s later", headers, body, False, (secret,), NOW + seconds)


def turned(source: Source, value: str) -> str:
    """A value of which the middle has another character that it could have."""
    at = len(value) - len(value.removeprefix(source.prefix)) // 2 - 3
    other = "1" if value[at] != "1" else "2"
    return value[:at] + other + value[at + 1 :]


def of_bodies(source: Source, secret: str, headers: Headers, body: bytes, value: str) -> Iterator[Case]:
    changed = {
        "another body": body_of(source, n=2),
        "a body cut by one": body[:-1],
        "a body with one more": body + b"\n",
        "a body written anew": body.replace(b" ", b""),
        "a body of which one bit is turned": bytes([body[0] ^ 1]) + body[1:],
        "no body": b"",
    }
    for name, other in changed.items():
        yield Case(name, headers, other, False, (secret,))
    yield Case("the signature of no body", signed(source, secret, b"") , body, False, (secret,))
    if isinstance(source.signers.get(secret, secret), str) and not secret.startswith("whsec_"):
        old = headers | {source.signature: sha1_header(secret, body)}
        yield Case("SHA-1", old, body, False, (secret,))
        unkeyed = source.prefix + digest("", body).hex()
        yield Case("no key", headers | {source.signature: unkeyed}, body, False, (secret,))


def of_times(source: Source, secret: str, headers: Headers, body: bytes) -> Iterator[Case]:
    for seconds in (-3600, -301, 301, 3600, 10**9):
        yield Case(f"{seconds} s later", headers, body, False, (secret,), NOW + seconds)
    if source.listed:
        value = headers[source.signature]
        for name, other in {
            "another time": value.replace(f"t={NOW}", f"t={NOW + 1}"),
            "no time": value.split(",", 1)[1],
            "a time that is none": value.replace(f"t={NOW}", "t=soon"),
            "an older version alone": value.replace("v1=", "v0="),
            "a time alone": f"t={NOW}",
        }.items():
            yield Case(name, headers | {source.signature: other}, body, False, (secret,))
        more = value + ",v1=" + "0" * 64
        yield Case("a wrong signature beside", headers | {source.signature: more}, body, True, (secret,))
        less = value.replace(",v1", ",v1=" + "0" * 64 + ",v1") + ",v0=" + "0" * 64
        yield Case("a right signature between", headers | {source.signature: less}, body, True, (secret,))
        return
    time = source.timestamp
    for name, other in {
        "another time": str(NOW + 1),
        "a time with a sign": f"+{NOW}",
        "a time with a fraction": f"{NOW}.0",
        "a time that is none": "soon",
        "an empty time": "",
        "a time of very many digits": "9" * 40,
    }.items():
        yield Case(name, headers | {time: other}, body, False, (secret,))
    yield Case("no time", {k: v for k, v in headers.items() if k != time}, body, False, (secret,))
    if source.id:
        yield Case("another id", headers | {source.id: "msg_other"}, body, False, (secret,))
        yield Case("no id", {k: v for k, v in headers.items() if k != source.id}, body, False, (secret,))
    if source.prefix == "v1," or source.prefix == "v1a,":
        value = headers[source.signature]
        wrong = value[: len(source.prefix)] + "A" * (len(value) - len(source.prefix) - 1) + "="
        for name, other in {
            "a wrong signature before": f"{wrong} {value}",
            "another version before": f"v2,{value.split(',')[1]} {value}",
        }.items():
            yield Case(name, headers | {source.signature: other}, body, True, (secret,))
        alone = f"v2,{value.split(',')[1]}"
        yield Case("another version alone", headers | {source.signature: alone}, body, False, (secret,))


def pagerduty(source: Source) -> Iterator[Case]:
    secret, other = source.secrets
    body = body_of(source, n=1)
    right = signed(source, secret, body)[source.signature]
    wrong = "v1=" + "0" * 64
    for name, value, accept in [
        ("two signatures, the second right", f"{wrong},{right}", True),
        ("two signatures, the first right", f"{right},{wrong}", True),
        ("two signatures, none right", f"{wrong},{wrong}", False),
        ("another version beside", f"{right},v2=0", True),
    ]:
        yield Case(name, {source.signature: value}, body, accept, (secret,))


SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)


def official(name: str) -> Iterator[Case]:
    """What the providers publish, to the letter."""
    if name == "github":
        signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        secret = "It's a Secret to Everybody"
        yield Case("the published example", {"X-Hub-Signature-256": signature}, b"Hello, World!", True, (secret,))
    if name == "slack":
        headers = {
            "X-Slack-Request-Timestamp": "1531420618",
            "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        }
        secret = "8f742231b10e8888abcd99yyyzzz85a5"
        yield Case("the published example", headers, SLACK_BODY, True, (secret,), 1531420618)
        yield Case("the published example today", headers, SLACK_BODY, False, (secret,))
    if name in ("standard_webhooks", "gitlab", "svix"):
        family = "svix" if name == "svix" else "webhook"
        headers = {
            f"{family}-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            f"{family}-timestamp": "1614265330",
            f"{family}-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        }
        body = b'{"test": 2432232314}'
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        yield Case("the published example", headers, body, True, (secret,), 1614265330)
        yield Case("the published example today", headers, body, False, (secret,))


def cases(name: str, source: Source) -> Iterator[Case]:
    yield from positive(source)
    yield from negative(source)
    yield from official(name)
    if name == "pagerduty":
        yield from pagerduty(source)

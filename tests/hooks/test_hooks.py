"""What we and the providers' own code say of the same deliveries."""

import base64
import json
import pathlib
import random
import string
from typing import Any

import pytest

import judges
from events import CLICKUP, DOCUMENTED, EVENTS, JIRA, LINEAR, as_json, form_of
from sources import ID, NOW, SOURCES, body_of, signed

VECTORS = {path.stem: json.loads(path.read_text()) for path in (pathlib.Path(__file__).parent / "vectors").glob("*.json")}
# How many deliveries of each source are made up, anew each time but for the seed.
MADE_UP = 60
SEED = 6
# What the plugins get wrong: the id of the webhook, which all its deliveries have, and the
# time of the event, which two can have.
# Where the id is the signature's, the plugins, which know no signature, have another.
IDS = {
    "linear": "webhook's id",
    "clickup": "webhook's id",
    "jira": "time",
    "jira_token": "time",
    "gitlab": "signature's",
}


def test_what_is_recorded_is_what_others_say() -> None:
    files = list(VECTORS.values())
    of_node = judges.judged_in_node(sorted(judges.IN_NODE), files)
    for (name, file), verdicts in zip(VECTORS.items(), of_node, strict=True):
        for vector, said in zip(file["vectors"], verdicts, strict=True):
            for judge, recorded in vector["judges"].items():
                says = said[judge] if judge in said else judges.judge(judge, file, vector)
                assert says == recorded, f"{name}: {judge} of {vector['name']}"


def test_we_say_what_is_recorded() -> None:
    answers = iter(judges.ours(list(VECTORS.values())))
    for name, file in VECTORS.items():
        for vector in file["vectors"]:
            assert next(answers)["accept"] == vector["accept"], f"{name}: {vector['name']}"


def made_up(name: str, chance: random.Random) -> dict[str, Any]:
    """A delivery of any body under any secret, as it was sent or with one thing changed."""
    source = SOURCES[name]
    secret = chance.choice(source.secrets)
    if not source.signers and not secret.startswith("whsec_"):
        secret = "".join(chance.choices(string.ascii_letters + string.digits + "-_.+/=", k=chance.randint(24, 130)))
    elif secret.startswith("whsec_"):
        secret = "whsec_" + base64.b64encode(chance.randbytes(chance.randint(24, 64))).decode()
    text = "".join(chance.choices(string.printable + "äß漢🚀", k=chance.randint(0, 400)))
    body = body_of(source, text=text, n=chance.random())
    headers = signed(source, secret, body)
    change = chance.randrange(4)
    if change == 0 and source.signs:
        at = chance.randrange(len(body))
        body = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
    elif change == 1:
        value = headers[source.signature]
        at = chance.randrange(len(value) // 2, len(value) - 4)
        headers[source.signature] = value[:at] + chance.choice(string.hexdigits) + value[at + 1 :]
    return {
        "name": f"{name}: {body!r} {headers}",
        "secrets": [secret],
        "headers": [list(pair) for pair in headers.items()],
        "body": base64.b64encode(body).decode(),
        "now": NOW + chance.randint(-50, 50),
        "accept": False,
        "judges": dict.fromkeys(source.judges, False),
    }


def test_we_say_what_others_say_of_deliveries_that_nobody_has_recorded() -> None:
    chance = random.Random(SEED)
    names = list(SOURCES)
    files = [
        {"source": SOURCES[name].source, "scheme": SOURCES[name].scheme, "vectors": [made_up(name, chance) for _ in range(MADE_UP)]}
        for name in names
    ]
    of_node = judges.judged_in_node(sorted(judges.IN_NODE), files)
    answers = iter(judges.ours(files))
    believed = 0
    for file, verdicts in zip(files, of_node, strict=True):
        for vector, said in zip(file["vectors"], verdicts, strict=True):
            accept = next(answers)["accept"]
            believed += accept
            for judge in vector["judges"]:
                says = said[judge] if judge in said else judges.judge(judge, file, vector)
                assert says == accept, f"{judge} says {says} of {vector}"
    assert len(names) * MADE_UP // 3 < believed < len(names) * MADE_UP * 9 // 10


def theirs(source: str, plugin: Any, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """The event of a plugin, or why it has none."""
    try:
        event = plugin.parse(headers, body).model_dump(mode="json", exclude={"received_at"})
    except Exception as error:
        return {"error": str(error)}
    event["delivery_id"] = event["delivery_id"] or None
    if source in IDS:
        del event["delivery_id"]
    return event


def without_what_differs(source: str, answer: dict[str, Any]) -> dict[str, Any]:
    event = dict(answer["event"])
    if source in IDS:
        del event["delivery_id"]
    return event


def events_of(source: str, deliveries: list[tuple[dict[str, str], bytes]]) -> list[dict[str, Any]]:
    """What we make of deliveries, signed as the source signs; an empty header is one that is not sent."""
    sender = SOURCES[source]
    secret = sender.secrets[0]

    def vector(headers: dict[str, str], body: bytes) -> dict[str, Any]:
        all_headers = {name.lower(): value for name, value in (signed(sender, secret, body) | headers).items()}
        return {
            "name": "",
            "secrets": [secret],
            "headers": [list(pair) for pair in all_headers.items() if pair[1]],
            "body": base64.b64encode(body).decode(),
            "now": NOW,
            "accept": True,
            "judges": {},
        }

    vectors = [vector(headers, body) for headers, body in deliveries]
    answers = judges.ours([{"source": source, "scheme": None, "vectors": vectors}])
    assert len(answers) == len(deliveries) and all(answer["accept"] for answer in answers)
    return answers


@pytest.mark.parametrize(("source", "plugin", "deliveries"), EVENTS, ids=[it[0] for it in EVENTS])
def test_an_event_is_what_the_plugins_make_of_it(source: str, plugin: Any, deliveries: list[Any]) -> None:
    assert len(deliveries) >= 5
    for (headers, body), answer in zip(deliveries, events_of(source, deliveries), strict=True):
        if "handshake" in answer:
            assert answer["handshake"] == plugin.handshake(headers, body)
            continue
        all_headers = SOURCES[source].extra | headers
        assert without_what_differs(source, answer) == theirs(source, plugin, all_headers, body)


def test_the_ids_that_the_plugins_get_wrong_are_right() -> None:
    def ids(source: str, headers: dict[str, str], payloads: list[dict[str, Any]]) -> list[str | None]:
        deliveries = [(headers, json.dumps(payload).encode()) for payload in payloads]
        return [answer["event"]["delivery_id"] for answer in events_of(source, deliveries)]

    assert ids("linear", {"Linear-Delivery": "d1"}, LINEAR[:1]) == ["d1"]
    assert ids("linear", {}, LINEAR[:1]) == [None]
    assert ids("jira_token", {"X-Atlassian-Webhook-Identifier": "j1"}, JIRA[:1]) == ["j1"]
    assert ids("jira_token", {}, JIRA[:1]) == [None]
    of_changes = ["taskStatusUpdated:2800787326392370170", "taskUpdated:1+2", None, None]
    assert ids("clickup", {}, CLICKUP) == of_changes
    # Hooks that set each other off share the id of the event, not that of the delivery.
    both = {"Idempotency-Key": "key", "X-Gitlab-Event-UUID": ID}
    assert ids("gitlab_token", both, [{"object_kind": "push"}]) == ["key"]


@pytest.mark.parametrize("source", DOCUMENTED)
def test_an_event_of_a_source_without_a_plugin_is_what_its_documentation_says(source: str) -> None:
    deliveries = [(headers, as_json(payload)) for headers, payload, _ in DOCUMENTED[source]]
    answers = events_of(source, deliveries)
    for (_, payload, expected), answer in zip(DOCUMENTED[source], answers, strict=True):
        event = answer["event"]
        assert {name: event[name] for name in expected} == expected
        assert event["payload"] == payload


def test_each_source_is_seen_to_become_an_event() -> None:
    """The shapes that there are: JSON of all, forms of GitHub and Slack, Slack's commands."""
    seen = {source for source, *_ in EVENTS} | set(DOCUMENTED)
    assert seen == {name for name in SOURCES if not name.startswith("generic_")} - {"standard_webhooks_ed25519"}


@pytest.mark.parametrize("source", sorted({it[0] for it in EVENTS} - {"github", "slack"}))
def test_a_form_is_nothing_of_those_who_send_none(source: str) -> None:
    plugin, deliveries = next((plugin, deliveries) for name, plugin, deliveries in EVENTS if name == source)
    headers, body = form_of(deliveries[0])
    (answer,) = events_of(source, [(headers, body)])
    assert "event" not in answer, answer
    assert "error" in theirs(source, plugin, SOURCES[source].extra | headers, body)

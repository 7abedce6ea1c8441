"""Deliveries in the shapes that the providers document, and which event each is."""

import json
import pathlib
import urllib.parse
from typing import Any, Iterator

import flyteplugins.clickup
import flyteplugins.github
import flyteplugins.gitlab
import flyteplugins.jira
import flyteplugins.linear
import flyteplugins.slack

from sources import ID, NOW, SECRET

HERE = pathlib.Path(__file__).parent
Delivery = tuple[dict[str, str], bytes]

USER = {"id": 1, "name": "Ada Lovelace", "username": "ada"}
PROJECT = {"id": 5, "name": "site", "path_with_namespace": "acme/site"}
REQUEST = {"iid": 7, "id": 99, "title": "Add a feature", "updated_at": "2024-01-01 00:00:00 UTC"}

GITLAB: list[dict[str, Any]] = [
    {"object_kind": "push", "ref": "refs/heads/main", "user_username": "ada", "user_name": "Ada", "project": PROJECT},
    {"object_kind": "tag_push", "ref": "refs/tags/v1", "user_name": "Ada", "project": PROJECT},
    {
        "object_kind": "merge_request",
        "user": USER,
        "project": PROJECT,
        "object_attributes": REQUEST | {"action": "update", "url": "https://gitlab.example/acme/site/-/merge_requests/7"},
    },
    {
        "object_kind": "issue",
        "user": {"name": "Ada Lovelace"},
        "project": {"name": "site"},
        "object_attributes": {"iid": 23, "title": "A bug", "action": "open", "created_at": "2024-01-01T00:00:00Z"},
    },
    {
        "object_kind": "note",
        "user": USER,
        "project": PROJECT,
        "object_attributes": {"id": 1244, "note": "Fine", "noteable_type": "MergeRequest", "updated_at": "2024"},
        "merge_request": REQUEST,
    },
    {
        "object_kind": "note",
        "user": USER,
        "project": PROJECT,
        "object_attributes": {"id": 1245, "note": "Fine", "noteable_type": "Issue", "url": "https://gitlab.example/x"},
        "issue": {"iid": 17, "title": "A bug"},
    },
    {"object_kind": "note", "user": USER, "project": PROJECT, "object_attributes": {"id": 1, "noteable_type": "Commit"}},
    {
        "object_kind": "pipeline",
        "user": USER,
        "project": PROJECT,
        "object_attributes": {"id": 31, "status": "success", "finished_at": "2016-08-12 15:26:29 UTC"},
    },
    {
        "object_kind": "deployment",
        "status": "success",
        "status_changed_at": "2021-04-28 21:50:00 +0200",
        "deployment_id": 15,
        "deployable_url": "https://gitlab.example/acme/site/-/jobs/796",
        "environment": "staging",
        "project": PROJECT,
        "user": USER,
    },
    {
        "object_kind": "release",
        "id": 1,
        "created_at": "2020-11-02 12:55:12 UTC",
        "released_at": "2020-11-02 12:55:12 UTC",
        "name": "v1.1",
        "tag": "v1.1",
        "action": "create",
        "url": "https://gitlab.example/acme/site/-/releases/v1.1",
        "project": PROJECT,
    },
    {"object_kind": "build", "build_id": 1977, "build_status": "created", "user": USER, "project_name": "acme / site"},
    {"event_type": "confidential_note", "project": PROJECT, "object_attributes": {"id": 5}},
    {"event_name": "user_create", "name": "Ada"},
]

SLACK_JSON: list[dict[str, Any]] = [
    {
        "type": "event_callback",
        "event_id": "Ev08MFMKH6",
        "event": {"type": "message", "subtype": "bot_message", "channel": "C1", "ts": "1355517523.000005", "text": "x" * 200},
    },
    {"type": "event_callback", "event_id": "Ev2", "event": {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "1.2", "text": "<@U0> hi"}},
    {
        "type": "event_callback",
        "event_id": "Ev3",
        "event": {"type": "reaction_added", "user": "U1", "reaction": "eyes", "item": {"type": "message", "channel": "C1", "ts": "1.2"}},
    },
    {"type": "event_callback", "event_id": "Ev4", "event": {"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"}},
]

SLACK_INTERACTIONS: list[dict[str, Any]] = [
    {
        "type": "block_actions",
        "trigger_id": "12466734323.1395872398",
        "user": {"id": "U1", "username": "ada"},
        "container": {"type": "message", "message_ts": "1548261231.000200", "channel_id": "CBR2V3XEX"},
        "channel": {"id": "CBR2V3XEX", "name": "review-updates"},
        "message": {"ts": "1548261231.000200", "text": "Deploy?"},
        "actions": [{"action_id": "approve_deploy", "block_id": "b", "value": "yes", "type": "button", "action_ts": "1548426417.840180"}],
    },
    {"type": "shortcut", "callback_id": "shortcut_create_task", "trigger_id": "944799105734", "user": {"id": "U1"}, "action_ts": "1581106241.371594"},
    {
        "type": "message_action",
        "callback_id": "chirp_message",
        "trigger_id": "13345224609",
        "channel": {"id": "D1"},
        "user": {"id": "U1"},
        "message": {"ts": "1516229207.000133"},
    },
    {"type": "view_submission", "trigger_id": "1", "user": {"id": "U1"}, "view": {"id": "V1", "callback_id": "modal"}},
    {"type": "view_closed", "user": {"id": "U1"}, "view": {"id": "V1"}, "actions": []},
]

SLACK_COMMANDS: list[dict[str, str]] = [
    {"command": "/weather", "text": "94070", "trigger_id": "13345224609.738474920", "user_id": "U1", "channel_id": "C1"},
    {"command": "/deploy", "text": "", "trigger_id": "2", "user_id": "U1", "channel_id": "C1", "response_url": "https://x/y?a=b"},
]

LINEAR: list[dict[str, Any]] = [
    {
        "action": "create",
        "type": "Issue",
        "createdAt": "2024-01-01T00:00:00.000Z",
        "webhookId": "000042e3-d123-4980-b49f-8e140eef9329",
        "data": {"id": "i1", "title": "A bug", "teamId": "t1", "updatedAt": "2024-01-02T00:00:00.000Z", "creator": {"name": "Ada"}},
        "url": "https://linear.app/acme/issue/ENG-1",
    },
    {"action": "update", "type": "Comment", "createdAt": "2024-01-01T00:00:00.000Z", "data": {"id": "c1", "issue": {"id": "i1", "team": {"id": "t1"}}}},
    {"action": "create", "type": "Reaction", "data": {"id": "r1", "emoji": "eyes", "issue": {"teamId": "t2"}}},
    {"action": "remove", "type": "Project", "data": {"id": "p1", "team": {"id": "t3"}, "url": "https://linear.app/acme/project/x"}},
    {"type": "OAuthApp", "data": {}},
]

JIRA: list[dict[str, Any]] = [
    {
        "webhookEvent": "jira:issue_updated",
        "timestamp": 1700000000000,
        "user": {"displayName": "Ada", "name": "ada"},
        "issue": {"id": "1", "key": "SITE-1", "fields": {"summary": "A bug", "project": {"key": "SITE"}}},
    },
    {"webhookEvent": "comment_created", "timestamp": 1700000000001, "comment": {"id": "2"}, "issue": {"key": "SITE-1", "fields": {}}},
    {"webhookEvent": "sprint_started", "timestamp": 1700000000002, "sprint": {"id": 3, "name": "Sprint 3"}},
    {"webhookEvent": "jira:version_released", "version": {"id": "4"}, "user": {"name": "ada"}},
]

CLICKUP: list[dict[str, Any]] = [
    {
        "event": "taskStatusUpdated",
        "history_items": [{"id": "2800787326392370170", "type": 1, "field": "status"}],
        "task_id": "1vj38vv",
        "webhook_id": "7fa3ec74-69a8-4530-a251-8a13730bd204",
    },
    {"event": "taskUpdated", "history_items": [{"id": "1"}, {"id": "2"}], "task_id": "1vj38vv", "webhook_id": "w", "timestamp": 1700000000000},
    {"event": "listCreated", "list_id": 162641285, "webhook_id": "w"},
    {"event": "taskCreated", "task": {"id": "a1", "name": "Fix", "url": "https://app.clickup.com/t/a1", "list": {"id": "9"}}, "webhook_id": "w"},
]


def as_json(payload: Any) -> bytes:
    return json.dumps(payload).encode()


def as_form(fields: dict[str, str]) -> bytes:
    return urllib.parse.urlencode(fields).encode()


def github() -> Iterator[Delivery]:
    """Every example that Octokit has collected, as JSON and as a form."""
    collected = HERE / "node_modules/@octokit/webhooks-examples/api.github.com/index.json"
    for event in json.loads(collected.read_text()):
        headers = {"X-GitHub-Event": event["name"], "X-GitHub-Delivery": ID}
        for payload in event["examples"]:
            yield headers, as_json(payload)
            yield headers, as_form({"payload": json.dumps(payload)})


def slack() -> Iterator[Delivery]:
    yield from (({}, as_json(payload)) for payload in SLACK_JSON)
    yield from (({}, as_form({"payload": json.dumps(payload)})) for payload in SLACK_INTERACTIONS)
    yield from (({}, as_form(fields)) for fields in SLACK_COMMANDS)


def gitlab() -> Iterator[Delivery]:
    for payload in GITLAB:
        yield {"X-Gitlab-Event-UUID": ID, "X-Gitlab-Event": "Hook"}, as_json(payload)


def linear() -> Iterator[Delivery]:
    for payload in LINEAR:
        yield {"Linear-Delivery": ID}, as_json(payload | {"webhookTimestamp": NOW * 1000})


def sample(plugin: Any) -> Delivery:
    """A plugin's own sample, but for its signature, which is of another time."""
    headers, body = plugin.SAMPLE_DELIVERY
    signed = {"X-Slack-Signature", "X-Slack-Request-Timestamp"}
    return {name: value for name, value in headers(body, SECRET).items() if name not in signed}, body


def form_of(delivery: Delivery) -> Delivery:
    """A delivery as a form, which GitHub and Slack alone send."""
    headers, body = delivery
    return headers, as_form({"payload": body.decode()})


# Source, plugin and deliveries. A source that signs otherwise than its plugin knows sends the same.
EVENTS = [
    ("github", flyteplugins.github, [*github(), sample(flyteplugins.github)]),
    ("gitlab", flyteplugins.gitlab, [*gitlab(), sample(flyteplugins.gitlab)]),
    ("gitlab_token", flyteplugins.gitlab, [*gitlab(), sample(flyteplugins.gitlab)]),
    ("slack", flyteplugins.slack, [*slack(), sample(flyteplugins.slack)]),
    ("linear", flyteplugins.linear, [*linear(), sample(flyteplugins.linear)]),
    ("clickup", flyteplugins.clickup, [({}, as_json(it)) for it in CLICKUP] + [sample(flyteplugins.clickup)]),
    ("jira", flyteplugins.jira, [({}, as_json(it)) for it in JIRA] + [sample(flyteplugins.jira)]),
    ("jira_token", flyteplugins.jira, [({}, as_json(it)) for it in JIRA] + [sample(flyteplugins.jira)]),
]

# Deliveries of those without a plugin, as their documentation has them, and what they are.
DOCUMENTED: dict[str, list[tuple[dict[str, str], dict[str, Any], dict[str, Any]]]] = {
    "stripe": [
        (
            {},
            {
                "id": "evt_1NG8Du2eZvKYlo2CUI79vXWy",
                "object": "event",
                "created": 1686089970,
                "data": {"object": {"id": "seti_1NG8Du2eZvKYlo2C9XMqbR0x", "object": "setup_intent"}},
                "type": "setup_intent.created",
            },
            {"event_type": "setup_intent.created", "delivery_id": "evt_1NG8Du2eZvKYlo2CUI79vXWy", "resource_id": "seti_1NG8Du2eZvKYlo2C9XMqbR0x"},
        ),
    ],
    "bitbucket": [
        (
            {"X-Event-Key": "repo:push", "X-Request-UUID": "u1"},
            {"actor": {"nickname": "ada"}, "repository": {"full_name": "acme/site"}, "push": {"changes": []}},
            {"event_type": "repo:push", "delivery_id": "u1", "scope": "acme/site"},
        ),
        (
            {"X-Event-Key": "pr:opened", "X-Request-UUID": "", "X-Request-Id": "r1"},
            {
                "eventKey": "pr:opened",
                "actor": {"name": "ada"},
                "pullRequest": {"id": 1, "title": "Add", "toRef": {"repository": {"slug": "site", "project": {"key": "ACME"}}}},
            },
            {"event_type": "pr:opened", "delivery_id": "r1", "title": "Add"},
        ),
    ],
    "shopify": [
        (
            {"X-Shopify-Topic": "orders/create", "X-Shopify-Webhook-Id": "w1", "X-Shopify-Event-Id": "e1", "X-Shopify-Shop-Domain": "acme.myshopify.com"},
            {"id": 820982911946154508, "name": "#9999", "created_at": "2021-12-31T19:00:00-05:00"},
            {"event_type": "orders/create", "scope": "acme.myshopify.com", "resource_id": "820982911946154508"},
        ),
    ],
    "pagerduty": [
        (
            {},
            {
                "event": {
                    "id": "5ac64822-4adc-4fda-ade0-410becf0de4f",
                    "event_type": "incident.priority_updated",
                    "resource_type": "incident",
                    "occurred_at": "2020-10-02T18:45:22.169Z",
                    "agent": {"id": "PLH1HKV", "type": "user_reference", "summary": "Ada"},
                    "data": {"id": "PGR0VU2", "type": "incident", "title": "A little bump", "service": {"id": "PF9KMXH"}},
                }
            },
            {
                "event_type": "incident.priority_updated",
                "delivery_id": "5ac64822-4adc-4fda-ade0-410becf0de4f",
                "resource_id": "PGR0VU2",
                "occurred_at": "2020-10-02T18:45:22.169Z",
                "title": "A little bump",
            },
        ),
    ],
    "standard_webhooks": [
        ({}, {"type": "contact.created", "timestamp": "2022-11-03T20:26:10.344522Z", "data": {"id": "1f81eb52"}}, {"event_type": "contact.created", "delivery_id": ID, "occurred_at": "2022-11-03T20:26:10.344522Z"}),
    ],
    "svix": [
        ({}, {"type": "invoice.paid", "timestamp": "2022-11-03T20:26:10.344522Z", "data": {"id": "1"}}, {"event_type": "invoice.paid", "delivery_id": ID}),
    ],
}

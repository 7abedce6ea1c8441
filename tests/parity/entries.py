"""The entries of PARITY.md, and those of them that undo their difference."""

import pathlib
import re
from dataclasses import replace

from control_plane import DOMAIN, PROJECT
from interaction import Answer

PARITY = pathlib.Path(__file__).parents[2] / "docs" / "PARITY.md"


def entries() -> dict[str, str]:
    """The first column of every table, and the section that it is in."""
    found: dict[str, str] = {}
    section = ""
    for line in PARITY.read_text().splitlines():
        if heading := re.fullmatch(r"## (.+)", line):
            section = heading[1]
        elif section == "The webhook connector":
            continue  # tests/connector shows these.
        elif row := re.match(r"\| `([a-z0-9-]+)` \|", line):
            assert row[1] not in found, f"PARITY.md has `{row[1]}` twice"
            found[row[1]] = section
    return found


def without_problem_members(answer: Answer) -> Answer:
    """Leaves of an error what the reference says, once the rest is as it is promised."""
    body = answer.body
    if not isinstance(body, dict) or "request_id" not in body:
        return answer
    body = dict(body)
    said = {
        name: body.pop(name)
        for name in ("type", "title", "status", "code", "source", "retryable", "request_id")
    }
    assert said["type"] == "about:blank"
    assert said["status"] == answer.status
    assert re.fullmatch(r"[a-z_]+", said["code"])
    assert said["source"] in ("webhook", "control_plane", "app")
    assert isinstance(said["retryable"], bool)
    assert said["request_id"] == "{request}"
    headers = dict(answer.headers)
    if headers["content-type"] == "application/problem+json":
        headers["content-type"] = "application/json"
        if "errors" in body:
            body["detail"] = body.pop("errors")
    return replace(answer, body=body, headers=headers)


def without_run_location(answer: Answer) -> Answer:
    """Leaves out the place of a run."""
    after = answer.after and {**answer.after, "body": placeless(answer.after["body"])}
    return replace(answer, body=placeless(answer.body), after=after)


def placeless(body):
    if not isinstance(body, dict) or "project" not in body:
        return body
    body = dict(body)
    assert (body.pop("project"), body.pop("domain")) == (PROJECT, DOMAIN)
    return body


# Entries that are shown by a test of their own.
SHOWN: set[str] = set()


def shows(*names: str):
    """Marks a test that shows entries which no request can."""
    SHOWN.update(names)
    return lambda test: test


def without_build_members(answer: Answer) -> Answer:
    """Leaves of a build what the reference says of it."""
    body = answer.body
    if not isinstance(body, dict) or "target_image" not in body:
        return answer
    body = dict(body)
    started = body["image_build_run_url"] is not None
    assert (body.pop("project"), body.pop("domain")) == (PROJECT, DOMAIN)
    assert body.pop("run_name") == ("{run}" if started else None)
    assert (body.pop("image") is None) == started
    assert started <= (body.pop("target_image") is not None)
    return replace(answer, body=body)


# What undoes the whole difference that an entry is about; what is left is another one.
UNDO = {
    "problem-members": without_problem_members,
    "run-location": without_run_location,
    "build-members": without_build_members,
}

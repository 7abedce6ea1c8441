"""flytekit is the judge: its connector and this one do the same, or differ as
docs/PARITY.md says."""

import pathlib
import re
from collections import Counter

import pytest
from flyteidl.admin import agent_pb2
from flyteidl.service import agent_pb2_grpc

from cases import CASES
from conftest import RECORDING
from flyte1 import execute

PARITY = pathlib.Path(__file__).parents[2] / "docs" / "PARITY.md"
# What other tests show.
ELSEWHERE = {"connector-async", "connector-metadata", "connector-egress", "connector-retries"}


def entries():
    section = PARITY.read_text().split("\n## The webhook connector\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `([a-z0-9-]+)` \|", section, re.MULTILINE))


def outcome(server, case, target):
    target.take()
    resource = execute(server.channel, case.template(target.url), case.literals())
    received = target.take()
    for request in received:
        request.pop("raw")
        # The order of members is nobody's promise.
        path, _, query = request["path"].partition("?")
        request["path"] = [path, *sorted(filter(None, query.split("&")))]
    return steady({"received": received, "resource": resource}, target)


def steady(value, target):
    """The same whatever port the target has."""
    match value:
        case dict():
            return {name: steady(member, target) for name, member in value.items()}
        case list() | tuple():
            return [steady(member, target) for member in value]
        case str():
            return value.replace(str(target.port), "PORT")
    return value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_task_does_the_same(case, both, target, recorded):
    reference, here = (outcome(server, case, target) for server in both)
    assert case.entries <= entries(), "docs/PARITY.md has no such row"
    if reference == here:
        assert not case.entries, f"nothing differs, but rows are named: {here}"
        assert case.name not in recorded
        return
    assert case.entries, f"a difference that no row explains\nreference {reference}\nhere      {here}"
    difference = {
        "entries": sorted(case.entries),
        "reference": shortened(reference),
        "here": shortened(here),
    }
    if RECORDING:
        recorded[case.name] = difference
    assert recorded.get(case.name) == difference, "`make connector-record` takes it as it is"


def shortened(value):
    match value:
        case dict():
            return {name: shortened(member) for name, member in value.items()}
        case list():
            return [shortened(member) for member in value]
        case str() if len(value) > 300:
            return value[:300] + "…"
        case bytes():
            return value.hex()
    return value


def test_cases_have_names_of_their_own_and_every_row_is_shown(recorded):
    assert len(CASES) >= 120
    assert [name for name, times in Counter(case.name for case in CASES).items() if times > 1] == []
    assert set(recorded) <= {case.name for case in CASES}
    shown = {entry for case in CASES for entry in case.entries} | ELSEWHERE
    assert shown == entries()


def test_the_connector_says_the_same_of_itself(both):
    listed, one = [], []
    for server in both:
        stub = agent_pb2_grpc.AgentMetadataServiceStub(server.channel)
        listed.append(stub.ListAgents(agent_pb2.ListAgentsRequest()))
        one.append(stub.GetAgent(agent_pb2.GetAgentRequest(name="Webhook Connector")))
    theirs, ours = ([agent for agent in agents.agents if agent.name == "Webhook Connector"] for agents in listed)
    assert theirs == ours and len(ours) == 1
    assert one[0] == one[1]


@pytest.mark.parametrize("change", [{"type": "other"}, {"task_type_version": 1}, {"type": ""}])
def test_another_task_type_is_not_found_in_the_same_words(both, target, change):
    answers = []
    for server in both:
        template = CASES[0].template(target.url)
        for name, value in change.items():
            setattr(template, name, value)
        answers.append(execute(server.channel, template, CASES[0].literals()))
    assert answers[0] == answers[1]
    assert answers[1]["code"] == "NOT_FOUND"

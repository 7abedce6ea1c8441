"""Every kind of value: JSON in through the webhook, JSON out."""

import pathlib

import pytest

CASES = {
    "integer": ({"x": 4}, {"o0": 5}),
    "floating": ({"x": 4}, {"o0": 2.0}),
    "text": ({"x": "grün"}, {"o0": "GRÜN"}),
    "flag": ({"x": True}, {"o0": False}),
    "moment": ({"x": "2026-01-02T03:04:05.000006Z"}, {"o0": "2026-01-03T03:04:05.000006+00:00"}),
    "span": ({"x": "PT1M30S"}, {"o0": 180.0}),
    "numbers": ({"x": [1, 2, 3]}, {"o0": [3, 2, 1]}),
    "table": ({"x": {"a": 1, "b": 2}}, {"o0": {"a": 10, "b": 20}}),
    "nested": ({"x": {"a": [1, 2], "b": []}}, {"o0": [{"a": 3}, {"b": 0}]}),
    "maybe": ({"x": "four"}, {"o0": 4}),
    "color": ({"x": "RED"}, {"o0": "GREEN"}),
    "point": (
        {"x": {"x": 1, "y": 2.5, "tags": ["a"]}},
        {"o0": {"x": 2, "y": 2.5, "tags": ["a", "moved"]}},
    ),
    "person": (
        {"x": {"name": "Ada", "age": 36, "address": {"city": "London", "zip": None}}},
        {"o0": {"name": "Ada", "age": 37, "address": {"city": "London", "zip": None}}},
    ),
    "pair": ({"x": 1, "y": "zwei"}, {"o0": 1, "o1": "zwei"}),
}

# What `GET /run/{name}/io` shows where it differs from what was sent.
SHOWN = {
    "floating": {"x": 4.0},
    "moment": {"x": "2026-01-02T03:04:05.000006+00:00"},
    "span": {"x": 90.0},
}


def results(dev, task, inputs):
    name = dev.run(f"kinds.{task}", inputs)
    state = dev.finished(name)
    io = dev.io(name)
    assert state["phase"] == "succeeded", io
    assert io["name"] == name
    return io["inputs"], io["outputs"]


@pytest.mark.parametrize("task", CASES)
def test_inputs_and_outputs_are_shown(dev, task):
    inputs, outputs = CASES[task]
    assert results(dev, task, inputs) == (SHOWN.get(task, inputs), outputs)


def test_a_default_is_sent_and_shown(dev):
    assert results(dev, "maybe", {}) == ({"x": None}, {"o0": None})
    assert results(dev, "pair", {"x": 1}) == ({"x": 1, "y": "two"}, {"o0": 1, "o1": "two"})


def test_optional_fields_of_dataclass_and_pydantic_may_be_left_out(dev):
    _, outputs = results(dev, "point", {"x": {"x": 1}})
    assert outputs == {"o0": {"x": 2, "y": 0.5, "tags": ["moved"]}}
    _, outputs = results(dev, "person", {"x": {"name": "Ada"}})
    assert outputs == {"o0": {"name": "Ada", "age": 31, "address": None}}


def test_a_task_without_outputs_succeeds(dev):
    inputs, outputs = results(dev, "nothing", {"x": 1})
    assert inputs == {"x": 1}
    assert outputs == {"o0": None} or outputs == {}


@pytest.mark.parametrize("form", ["uri", "object"])
def test_a_file_is_named_by_its_uri(dev, tmp_path, form):
    path = tmp_path / "given.txt"
    path.write_text("content")
    given = str(path) if form == "uri" else {"path": str(path)}
    inputs, outputs = results(dev, "read_file", {"x": given})
    assert inputs["x"]["path"] == str(path)
    assert outputs == {"o0": "content"}


def test_a_written_file_is_where_the_output_says(dev):
    _, outputs = results(dev, "write_file", {"x": "content"})
    file = outputs["o0"]
    assert (file["name"], file["format"], file["hash"]) == ("written.txt", "", None)
    assert pathlib.Path(file["path"].removeprefix("file://")).read_text() == "content"


def test_a_directory_goes_both_ways(dev):
    _, outputs = results(dev, "write_dir", {"x": ["b", "a"]})
    directory = outputs["o0"]["path"]
    assert outputs["o0"]["name"] == "written"
    _, outputs = results(dev, "read_dir", {"x": directory})
    assert outputs == {"o0": ["a", "b"]}


@pytest.mark.parametrize(
    ("task", "inputs", "location"),
    [
        ("integer", {"x": "4"}, ["body", "x"]),
        ("integer", {}, ["body", "x"]),
        ("integer", {"x": 1, "y": 2}, ["body", "y"]),
        ("color", {"x": "red"}, ["body", "x"]),
        ("numbers", {"x": [1, "2"]}, ["body", "x", 1]),
        ("person", {"x": {"age": 3}}, ["body", "x", "name"]),
        ("read_dir", {"x": 5}, ["body", "x"]),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(dev, task, inputs, location):
    answer = dev.client.post(f"/run-task/development/flytesnacks/kinds.{task}", json=inputs)
    assert answer.status_code == 422, answer.text
    assert [error["loc"] for error in answer.json()["detail"]] == [location]

"""Every kind of value: JSON in through the webhook, JSON out."""

import pathlib

import pytest

# Input, output, and what is shown of the input where that differs from it.
CASES = {
    "integer": (4, 5),
    "floating": (4, 2.0, 4.0),
    "text": ("grün", "GRÜN"),
    "flag": (True, False),
    "moment": (
        "2026-01-02T03:04:05.000006Z",
        "2026-01-03T03:04:05.000006+00:00",
        "2026-01-02T03:04:05.000006+00:00",
    ),
    "day": ("2026-01-02", "2026-01-03T00:00:00+00:00", "2026-01-02T00:00:00+00:00"),
    "span": ("PT1M30S", 180.0, 90.0),
    "numbers": ([1, 2, 3], [3, 2, 1]),
    "table": ({"a": 1, "b": 2}, {"a": 10, "b": 20}),
    "nested": ({"a": [1, 2], "b": []}, [{"a": 3}, {"b": 0}]),
    "loose": ({"a": [None, 2.5, {"b": True}]}, {"given": {"a": [None, 2.5, {"b": True}]}}),
    "by_number": ({"1": "a", "-2": "b"}, {"2": "a", "-1": "b"}),
    "maybe": ("four", 4),
    "color": ("RED", "GREEN"),
    "point": ({"x": 1, "y": 2.5, "tags": ["a"]}, {"x": 2, "y": 2.5, "tags": ["a", "moved"]}),
    "person": (
        {"name": "Ada", "age": 36, "address": {"city": "London", "zip": None}},
        {"name": "Ada", "age": 37, "address": {"city": "London", "zip": None}},
    ),
    "people": (
        [{"name": "Ada", "age": 36, "address": {"city": "London"}}, {"name": "Bob"}],
        {
            "Ada": {"name": "Ada", "age": 36, "address": {"city": "London", "zip": None}},
            "Bob": {"name": "Bob", "age": 30, "address": None},
        },
        [
            {"name": "Ada", "age": 36, "address": {"city": "London", "zip": None}},
            {"name": "Bob", "age": 30, "address": None},
        ],
    ),
}


@pytest.mark.parametrize("task", CASES)
def test_inputs_and_outputs_are_shown(dev, task):
    given, output, *shown = CASES[task]
    inputs = {"x": shown[0] if shown else given}
    results = dev.results(f"kinds.{task}", {"x": given})
    assert results == {"inputs": inputs, "outputs": {"o0": output}}


@pytest.mark.parametrize(("given", "kind"), [(1, "int"), ("1", "str"), ([1], "list")])
def test_a_union_takes_the_member_that_fits(dev, given, kind):
    results = dev.results("kinds.either", {"x": given})
    assert results == {"inputs": {"x": given}, "outputs": {"o0": kind}}


@pytest.mark.parametrize("given", [[1, "a"], {"item_0": 1, "item_1": "a"}])
def test_a_tuple_is_an_array_or_an_object(dev, given):
    results = dev.results("kinds.couple", {"x": given})
    inputs = {"x": {"item_0": 1, "item_1": "a"}}
    assert results == {"inputs": inputs, "outputs": {"o0": 1, "o1": "a"}}


@pytest.mark.parametrize("null", [{}, {"x": None}])
def test_a_default_is_sent_and_shown(dev, null):
    assert dev.results("kinds.maybe", null) == {"inputs": {"x": None}, "outputs": {"o0": None}}
    results = dev.results("kinds.pair", {"x": 1})
    assert results == {"inputs": {"x": 1, "y": "two"}, "outputs": {"o0": 1, "o1": "two"}}


def test_optional_fields_of_dataclass_and_pydantic_may_be_left_out(dev):
    results = dev.results("kinds.point", {"x": {"x": 1}})
    assert results["outputs"] == {"o0": {"x": 2, "y": 0.5, "tags": ["moved"]}}
    results = dev.results("kinds.person", {"x": {"name": "Ada"}})
    assert results["outputs"] == {"o0": {"name": "Ada", "age": 31, "address": None}}


def test_a_dataclass_holds_files_times_and_dataclasses(dev, tmp_path):
    path = tmp_path / "given.txt"
    path.write_text("content")
    given = {
        "content": str(path),
        "color": "red",
        "sent": "2026-01-02T03:04:05Z",
        "lasts": "PT5S",
        "origin": {"x": 1},
    }
    shown = {
        "content": {"path": str(path), "name": "given.txt", "format": "", "hash": None},
        "color": "red",
        "sent": "2026-01-02T03:04:05Z",
        "lasts": 5.0,
        "origin": {"x": 1, "y": 0.5, "tags": []},
    }
    results = dev.results("kinds.parcel", {"x": given})
    # The task writes times its own way; what was sent is shown as it was sent.
    returned = {**shown, "sent": "2026-01-02T03:04:05+00:00"}
    assert results == {"inputs": {"x": shown}, "outputs": {"o0": returned}}


def test_a_task_without_outputs_shows_none(dev):
    assert dev.results("kinds.nothing", {"x": 1}) == {"inputs": {"x": 1}, "outputs": {}}


def test_numbers_that_json_lacks_are_strings(dev):
    results = dev.results("kinds.edges", {"x": -0.0})
    assert results["outputs"] == {"o0": [-0.0, "NaN", "Infinity", -0.0, 1e300]}


@pytest.mark.parametrize("task", ["bag", "octets"])
def test_a_pickled_output_is_shown_and_not_unpickled(dev, task):
    output = dev.results(f"kinds.{task}", {"x": 2})["outputs"]["o0"]
    assert sorted(output) == ["base64", "size", "tag", "type"]
    assert (output["type"], output["tag"]) == ("binary", "")


@pytest.mark.parametrize("form", ["text", "path", "uri"])
def test_a_file_is_given_by_its_path(dev, tmp_path, form):
    path = tmp_path / "given.txt"
    path.write_text("content")
    given = str(path) if form == "text" else {form: str(path)}
    shown = {"path": str(path), "name": "given.txt", "format": "", "hash": None}
    results = dev.results("kinds.read_file", {"x": given})
    assert results == {"inputs": {"x": shown}, "outputs": {"o0": "content"}}


def test_a_file_that_is_not_there_fails_the_run(dev, tmp_path):
    results = dev.results("kinds.read_file", {"x": str(tmp_path / "none")}, "failed")
    assert (results["outputs"], results["error"]["code"]) == (None, "FileNotFoundError")


def test_a_written_file_is_where_the_output_says(dev):
    file = dev.results("kinds.write_file", {"x": "content"})["outputs"]["o0"]
    path = file["path"]
    assert file == {"path": path, "name": "written.txt", "format": "", "hash": None}
    assert pathlib.Path(path).read_text() == "content"


def test_a_directory_goes_both_ways(dev):
    directory = dev.results("kinds.write_dir", {"x": ["b", "a"]})["outputs"]["o0"]
    path = directory["path"]
    assert directory == {"path": path, "name": "written", "format": "", "hash": None}
    results = dev.results("kinds.read_dir", {"x": path})
    assert results == {"inputs": {"x": directory}, "outputs": {"o0": ["a", "b"]}}


@pytest.mark.parametrize(
    ("task", "inputs", "location"),
    [
        ("integer", {"x": "4"}, ["body", "x"]),
        ("integer", {"x": True}, ["body", "x"]),
        ("integer", {"x": 2**63}, ["body", "x"]),
        ("integer", {}, ["body", "x"]),
        ("integer", {"x": 1, "y": 2}, ["body", "y"]),
        ("floating", {"x": "4"}, ["body", "x"]),
        ("text", {"x": None}, ["body", "x"]),
        ("flag", {"x": 1}, ["body", "x"]),
        ("moment", {"x": "yesterday"}, ["body", "x"]),
        ("span", {"x": "an hour"}, ["body", "x"]),
        ("color", {"x": "red"}, ["body", "x"]),
        ("numbers", {"x": [1, "2"]}, ["body", "x", 1]),
        ("table", {"x": {"a": 1, "b": "2"}}, ["body", "x", "b"]),
        ("either", {"x": True}, ["body", "x"]),
        ("point", {"x": {"x": 1, "z": 2}}, ["body", "x", "z"]),
        ("person", {"x": {"age": 3}}, ["body", "x", "name"]),
        ("people", {"x": [{"name": "Ada", "address": {}}]}, ["body", "x", 0, "address", "city"]),
        ("read_file", {"x": 5}, ["body", "x"]),
        ("read_dir", {"x": 5}, ["body", "x"]),
        ("anything", {"x": 5}, ["body", "x"]),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(dev, task, inputs, location):
    answer = dev.client.post(f"/run-task/development/flytesnacks/kinds.{task}", json=inputs)
    assert answer.status_code == 422, answer.text
    assert [error["loc"] for error in answer.json()["detail"]] == [location]

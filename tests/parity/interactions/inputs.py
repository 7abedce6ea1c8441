"""JSON that becomes the inputs of a run: each kind of value on a task of its own."""

from control_plane import ControlPlane, spec
from interaction import post
from values import TYPES, kind

RUN = "/run-task/development/flytesnacks/takes"


def plant(control_plane: ControlPlane) -> None:
    for name in TYPES:
        control_plane.task(spec(f"takes.{name}", {"x": kind(name)}))


def takes(of: str, *texts: str) -> list:
    """Both take this JSON, and make the same of it."""
    return [given(of, text, 200, "run-location") for text in texts]


def refuses(of: str, *texts: str) -> list:
    """Both refuse it, each in its own way."""
    return [given(of, text, (500, 422), "input-422") for text in texts]


def takes_more(of: str, entry: str, *texts: str) -> list:
    """The reference refuses what this server takes."""
    return [given(of, text, (500, 200), f"{entry} run-location") for text in texts]


def takes_less(of: str, entry: str, *texts: str) -> list:
    """The reference takes what this server refuses."""
    return [given(of, text, (200, 422), entry) for text in texts]


def given(of: str, text: str, statuses, entries: str, **more):
    return post(
        f"{of} of {text}",
        f"{RUN}.{of}",
        statuses,
        entries,
        body=b'{"x": ' + text.encode() + b"}",
        headers=[("content-type", "application/json")],
        **more,
    )


SIMPLE = [
    *takes("int", "0", "-1", "9223372036854775807", "-9223372036854775808"),
    *refuses("int", "9223372036854775808", "1.0", "1.5", '"1"', "true", "null", "[]", "{}", "1e3", "NaN"),
    *takes("float", "1.5", "-0.0", "1e3", "1e400", "5e-324", "NaN", "Infinity", "-Infinity"),
    *takes_more("float", "input-int-for-float", "1", "-3", "0"),
    *refuses("float", '"1.5"', "true", "null", "[1.5]"),
    *takes("str", '""', '"text"', '"\\u00e9\\ud83d\\ude00\\n"', '"1"'),
    *refuses("str", "1", "null", "true", "[]"),
    *takes("bool", "true", "false"),
    *refuses("bool", "0", "1", '"true"', "null"),
    *takes("none", "null"),
    *refuses("none", "0", '""', "false"),
    *takes("enum", '"RED"'),
    *refuses("enum", '"red"', '"BLUE"', "0", "null"),
]  # fmt: skip

TIMES = [
    *takes_more(
        "datetime", "input-times", '"2024-01-02T03:04:05Z"', '"2024-01-02T03:04:05.678901+02:00"',
        '"2024-01-02"', '"2024-01-02T03:04:05"',
    ),
    *refuses("datetime", '"yesterday"', "null", '"2024-13-01T00:00:00Z"', "true"),
    *takes_more("duration", "input-times", '"PT90S"', "90", "1.5", '"P1DT2H"', "-3"),
    *refuses("duration", '"soon"', "null", "true"),
]  # fmt: skip

COLLECTIONS = [
    *takes("ints", "[]", "[1, 2, 3]"),
    *refuses("ints", "{}", "1", '["a"]', "[1, null]", "[1.5]", "null", '"12"'),
    *takes("lists", "[[1], [], [2, 3]]"),
    *refuses("lists", "[1]", "[[1.5]]"),
    *takes("floats", "[1.5, 2.0]"),
    *takes_more("floats", "input-int-for-float", "[1, 2.5]"),
    *takes("table", "{}", '{"b": 1, "a": 2}', '{"": 1}'),
    *refuses("table", "[]", '{"a": "b"}', '{"a": null}', "null"),
    *takes("tables", '{"a": [1, 2], "b": []}'),
    *refuses("tables", '{"a": 1}'),
    *takes("dict", "{}", '{"a": 1, "b": [1, {"c": null}], "c": 1.5}'),
    *refuses("dict", "[]", "1", "null"),
    *takes("numbered", '{"1": "a"}'),
    *takes("maybe", "null", "5"),
    *refuses("maybe", '"5"', "1.5", "[]"),
    *takes("either", "1", '"a"', "[1, 2]", "[]"),
    *refuses("either", "1.5", "null", "{}", '["a"]'),
]  # fmt: skip

BLOBS = [
    *takes_more("file", "input-blobs", '"s3://bucket/x.csv"', '{"path": "s3://bucket/x.csv"}'),
    *takes_more("file", "input-blobs", '{"uri": "s3://bucket/x", "format": "csv", "hash": "h"}'),
    *refuses("file", "1", "null", "{}", "[]"),
    given("file", '{"path": "s3://b/x", "size": 1}', (500, 422), "input-blob-unknown-member"),
    *takes_more("files", "input-blobs", '["s3://bucket/a"]', '[{"uri": "s3://bucket/b"}]'),
    *takes("files", "[]"),
    *takes_more("dir", "input-blobs", '"s3://bucket/dir/"'),
    given("dataframe", '"s3://bucket/frame"', (500, 200), "input-blobs run-location", configuration="fresh"),
    *refuses("dir", "1"),
]

STRUCTS = [
    *takes("point", '{"x": 1, "y": 2.5, "tags": ["a"], "near": 3}'),
    *takes("point", '{"x": 1}'),
    given("ledger", '{"entries": {"1": "a"}}', 200, "input-integer-keys run-location"),
    *takes_more("point", "input-int-for-float", '{"x": 1, "y": 2, "tags": [], "near": 1}'),
    *takes_more("point", "input-null-optional", '{"x": 1, "y": 2.5, "tags": [], "near": null}'),
    *refuses("point", "{}", '{"x": "1"}', '{"x": 1, "z": 2}', "null", "[]", '"x"', '{"x": true}', '{"x": 1.0}'),
    *takes("box", '{"corner": {"x": 1, "y": 2.5, "tags": ["a"], "near": 3}, "points": []}'),
    given("box", '{"corner": {"x": 1, "y": 2.5, "tags": ["a"], "near": 3}, "points": [{"x": "one"}]}', (200, 422), "input-element-fields"),
    *takes("points", "[]"),
    *takes("person", '{"name": "Ada", "age": 36, "born": "1815"}'),
    *refuses("person", "{}", '{"name": null}', "null", '"Ada"'),
    *takes("person", '{"name": "Ada", "age": 36, "born": "1815", "died": 1852}'),
    given("person", '{"name": "Ada", "age": "36", "born": "1815"}', 200, "run-location"),
    given("household", "{}", 200, "input-default-numbers run-location"),
    given("factory", "{}", 200, "input-nested-factory-default run-location"),
    *takes("factory", '{"head": {"name": "Ada", "age": 36, "born": "1815"}}'),
    *takes("timed", '{"at": "2024-01-02T03:04:05Z", "lasts": 90.5}'),
    *takes_more("timed", "input-struct-durations", '{"at": "2024-01-02T03:04:05Z", "lasts": "PT90S"}'),
    *takes("tuple", '{"item_0": 1, "item_1": "a"}'),
    *takes_more("tuple", "input-tuple-array", '[1, "a"]'),
    *takes("pair", '{"a": 1, "b": "x"}'),
]  # fmt: skip

PICKLED = [
    *takes_less("any", "input-pickled", "1", '"a"', '{"a": 1}'),
    *takes_less("bytes", "input-pickled", '"AAEC"'),
    *takes_less("set", "input-pickled", "[1, 2]"),
    *takes_less("custom", "input-pickled", "{}"),
]

INTERACTIONS = SIMPLE + TIMES + COLLECTIONS + BLOBS + STRUCTS + PICKLED

"""Literals that become JSON: what a finished run took and made."""

import math

import msgpack

from control_plane import ControlPlane, spec
from interaction import get
from values import (
    ERROR,
    SCHEMA,
    Custom,
    Literal,
    binary,
    blob,
    boolean,
    chosen,
    failure,
    frame,
    integer,
    kind,
    made,
    mapped,
    moment,
    nothing,
    number,
    offloaded,
    packed,
    primitive,
    schema,
    several,
    span,
    struct,
    text,
    variant,
)

FILE, DIR = kind("file"), kind("dir")
POINT = {"x": 1, "y": 2.5, "tags": ["a"], "near": 3}

# Name, type, value; how both show it is the same but for the place of the run.
ALIKE = [
    ("an integer", "int", integer(5)),
    ("the largest integer", "int", integer(2**63 - 1)),
    ("a float in an integer's place", "int", number(2.9)),
    ("a float", "float", number(2.5)),
    ("a whole float", "float", number(1.0)),
    ("zero below zero", "float", number(-0.0)),
    ("a large float", "float", number(1e16)),
    ("the smallest float", "float", number(5e-324)),
    ("an integer in a float's place", "float", integer(3)),
    ("a text", "str", text("grüß \U0001f600\n")),
    ("no text", "str", text("")),
    ("true", "bool", boolean(True)),
    ("nothing", "none", nothing()),
    ("a moment", "datetime", moment(1704164645, 678901000)),
    ("a whole second", "datetime", moment(1704164645)),
    ("a moment in nanoseconds", "datetime", moment(1704164645, 678901999)),
    ("a moment long ago", "datetime", moment(-62135596800)),
    ("a span", "duration", span(86402, 3000)),
    ("a span below zero", "duration", span(-90, -500000000)),
    ("a microsecond", "duration", span(0, 1000)),
    ("less than a microsecond", "duration", span(0, 999)),
    ("a choice", "enum", text("RED")),
    ("a list", "ints", several(integer(1), integer(2))),
    ("an empty list", "ints", several()),
    ("lists in a list", "lists", several(several(integer(1)), several())),
    ("a map", "table", mapped(a=integer(1))),
    ("an empty map", "table", mapped()),
    ("lists in a map", "tables", mapped(a=several(integer(1)))),
    ("a dictionary", "dict", packed({"b": 1, "a": [1, {"c": None}], "t": "x", "f": 1.5})),
    ("integer keys", "numbered", packed({1: "a"})),
    ("a maybe that is", "maybe", chosen(integer(5), variant("maybe", 0))),
    ("a maybe that is not", "maybe", chosen(nothing(), variant("maybe", 1))),
    ("the first of three", "either", chosen(integer(5), variant("either", 0))),
    ("the second of three", "either", chosen(text("a"), variant("either", 1))),
    ("the last of three", "either", chosen(several(integer(1)), variant("either", 2))),
    ("text as bytes in a dictionary", "dict", packed({"raw": b"text"})),
    ("a file", "file", blob("s3://bucket/dir/x.csv", FILE, "csv")),
    ("a file with a query", "file", blob("s3://bucket/x.csv?sig=SECRET&a=1", FILE)),
    ("a directory", "dir", blob("s3://bucket/dir/", DIR)),
    ("files", "files", several(blob("s3://b/a", FILE), blob("s3://b/b", FILE))),
    ("a dataclass", "point", packed(POINT)),
    ("a dataclass as a struct", "point", struct(POINT)),
    ("dataclasses in a dataclass", "box", packed({"corner": POINT, "points": [POINT]})),
    ("a model", "person", packed({"name": "Ada", "age": 36, "born": None})),
    ("a model with more than it knows", "person", packed({"name": "Ada", "age": 36, "born": None, "more": 1})),
    ("a tuple", "tuple", packed({"item_0": 1, "item_1": "a"})),
    ("a named tuple", "pair", packed({"a": 1, "b": "x"})),
    ("times in a dataclass", "timed", packed({"at": "2024-01-02T03:04:05+00:00", "lasts": 90.5})),
    ("msgpack of an integer", "int", packed(7)),
    ("msgpack of a list", "ints", packed([1, 2])),
    ("no key", "dict", packed({None: 1})),
    ("a choice and a file in a dataclass", "special", packed({"color": "RED", "file": {"path": "s3://b/f", "name": "f", "format": "", "hash": None}})),
    ("a model in a model", "household", packed({"head": {"name": "Ada", "age": 36, "born": None}, "others": []})),
]  # fmt: skip

# And how many of the two statuses there are, and which entries explain them.
UNLIKE = [
    ("not a number", "float", number(math.nan), (500, 200), "output-nonfinite"),
    ("infinity", "float", number(math.inf), (500, 200), "output-nonfinite"),
    ("infinity in a list", "floats", several(number(-math.inf)), (500, 200), "output-nonfinite"),
    ("a value without an order", "table", mapped(b=integer(2), a=integer(1)), 200, ""),
    ("a pickle", "any", made({"q": 1}, "any"), 200, "output-pickled"),
    ("a large pickle", "any", made("a" * 2_000, "any"), 200, "output-pickled"),
    ("bytes", "bytes", made(b"\x00\xff", "bytes"), (500, 200), "output-pickled"),
    ("bytes of a text", "bytes", made(b"text", "bytes"), 200, "output-pickled"),
    ("a set", "set", made({1, 2}, "set"), 200, "output-pickled"),
    ("an object", "custom", made(Custom(), "custom"), 200, "output-pickled"),
    ("what is no pickle", "any", binary(b"\x80\x04\x95a", "pickle"), (404, 200), "output-pickled"),
    ("bytes in a dictionary", "dict", packed({"raw": b"\xff\x00"}), (500, 200), "output-bytes-in-struct"),
    ("two values as a pickle", "any", made((1, 2), "any"), 200, "output-pickled"),
    ("bytes in a dataclass", "byte", packed({"raw": b"\x00\xff"}), 200, "output-bytes-in-struct"),
    ("another kind of msgpack", "dict", packed({"ext": msgpack.ExtType(5, b"xx")}), 200, ""),
    ("a field that is missing", "point", packed({"y": 1.5}), (404, 200), "output-struct-as-stored"),
    ("a field that nobody knows", "point", packed({**POINT, "more": 1}), 200, "output-struct-as-stored"),
    ("a field that has a default", "point", packed({"x": 1}), 200, ""),
    ("a text in an integer's place", "int", text("a"), (404, 200), "output-type-mismatch"),
    ("a list in an integer's place", "int", several(integer(1)), (404, 200), "output-type-mismatch"),
    ("a choice that is none", "enum", text("BLUE"), (404, 200), "output-type-mismatch"),
    ("a maybe of no said type", "maybe", chosen(integer(5), kind("int")), (404, 200), "output-type-mismatch"),
    ("one of three of no said type", "either", chosen(text("a"), kind("str")), 200, "output-type-mismatch"),
    ("an error", ERROR, failure("n0", "it broke"), (404, 200), "output-error-schema-offloaded"),
    ("a schema", SCHEMA, schema("s3://bucket/schema"), (404, 200), "output-error-schema-offloaded"),
    ("an offloaded value", "int", offloaded("/nowhere/literal.pb"), (404, 200), "output-error-schema-offloaded"),
    ("a literal of nothing", "int", Literal(), (404, 200), "output-one-error"),
    ("a moment that no calendar has", "datetime", moment(10**15), (404, 200), "output-one-error"),
    ("msgpack that breaks off", "dict", binary(b"\x82\xa1a", "msgpack"), (404, 200), "output-one-error"),
    ("a primitive of nothing", "str", primitive(), (404, 200), "output-one-error"),
]  # fmt: skip

TWO = {"o0": kind("int"), "o1": kind("str")}
NAMED = {"result": kind("int"), "note": kind("str")}
INPUTS = {"b": kind("int"), "a": kind("str")}

# What a run has beside one good output.
RUNS = {
    "two": (spec("two", outputs=TWO), {"outputs": {"o0": integer(1), "o1": text("a")}}),
    "named": (spec("named", outputs=NAMED), {"outputs": {"result": integer(1), "note": text("a")}}),
    "partial": (spec("partial", outputs=TWO), {"outputs": {"o1": text("a")}}),
    "partial-named": (spec("named", outputs=NAMED), {"outputs": {"note": text("a")}}),
    "frame": (spec("frame", outputs={"o0": kind("dataframe")}), {"outputs": {"o0": frame("s3://b/f")}}),
    "unsorted": (
        spec("unsorted", outputs={"o0": kind("table")}),
        {"outputs": {"o0": mapped(**{key: integer(1) for key in "dbca"})}},
    ),
    "none": (spec("none"), {}),
    "absent": (spec("absent", outputs={"o0": kind("int")}), {}),
    "more": (spec("more", outputs={"o0": kind("int")}), {"outputs": {"o0": integer(1), "o1": text("a")}}),
    "other": (spec("other", outputs={"o0": kind("int")}), {"outputs": {"zz": integer(1)}}),
    "one-bad": (spec("bad", outputs=TWO), {"outputs": {"o0": text("x"), "o1": text("a")}}),
    "taken": (spec("taken", INPUTS), {"inputs": {"b": integer(1), "a": text("x")}}),
    "taken-partly": (spec("taken", INPUTS), {"inputs": {"b": integer(1)}}),
    "taken-badly": (spec("taken", INPUTS), {"inputs": {"b": text("x"), "a": text("x")}}),
    "untold": (type(spec("x"))(), {}),
}  # fmt: skip

# A model as an input has the reference load all kinds of values.
PERSON = "/run-task/development/flytesnacks/takes.person"
FAILED = spec("failing", {"b": kind("int")}, {"o0": kind("int")})


def run_of(prefix: str, index: int) -> str:
    return f"{prefix}-{index}"


def plant(control_plane: ControlPlane) -> None:
    for prefix, rows in (("alike", ALIKE), ("unlike", UNLIKE)):
        for index, (_, of, value, *_) in enumerate(rows):
            of = kind(of) if isinstance(of, str) else of
            task = spec(f"makes.{prefix}", outputs={"o0": of})
            control_plane.run(run_of(prefix, index), task, outputs={"o0": value})
    for name, (task, data) in RUNS.items():
        control_plane.run(f"io-{name}", task, **data)
    for phase in ("failed", "aborted", "timed_out"):
        inputs = {"b": integer(1)}
        name = f"io-{phase.replace('_', '-')}"
        control_plane.run(name, FAILED, phase, inputs=inputs, error="it broke")
    for phase in ("queued", "running", "paused", "recovered"):
        control_plane.run(f"io-{phase}", FAILED, phase, inputs={"b": integer(1)}, outputs={"o0": integer(2)})


def io(name: str, run: str, statuses=200, entries: str = ""):
    return get(name, f"/run/{run}/io", statuses, f"{entries} run-location")


INTERACTIONS = [
    *[io(f"{name} is shown", run_of("alike", index)) for index, (name, *_) in enumerate(ALIKE)],
    *[
        io(f"{name} is shown", run_of("unlike", index), statuses, entries)
        for index, (name, _, _, statuses, entries) in enumerate(UNLIKE)
    ],
    get(
        "a frame where frames are known",
        "/run/io-frame/io",
        200,
        "run-location",
        before=[("POST", PERSON, b'{"x": {"name": "Ada"}}')],
    ),
    get(
        "a frame where frames are not known",
        "/run/io-frame/io",
        (404, 200),
        "output-dataframe run-location",
        configuration="fresh",
    ),
    io("two outputs", "io-two"),
    io("outputs with names of their own", "io-named", 200, "output-names"),
    io("one of two outputs", "io-partial", 200, "output-names"),
    io("one of two outputs with names", "io-partial-named", 200, "output-names"),
    io("no outputs", "io-none", 200, "output-none"),
    io("outputs that are not there", "io-absent", 200, "output-none"),
    io("an output too many", "io-more", (404, 200), "output-undeclared"),
    io("an output of another name", "io-other", (404, 200), "output-undeclared"),
    io("one output of two cannot be shown", "io-one-bad", (404, 200), "output-type-mismatch"),
    io("inputs", "io-taken", 200, "output-none"),
    io("some of the inputs", "io-taken-partly", 200, "output-none"),
    io("an input that cannot be shown", "io-taken-badly", (404, 200), "output-type-mismatch output-none"),
    io("a run that says nothing of its task", "io-untold", 200, "output-none"),
    io("a run that failed", "io-failed", 200, "output-failed"),
    io("a run that was aborted", "io-aborted", 200, "output-failed"),
    io("a run that took too long", "io-timed-out", 200, "output-failed"),
    io("what a run that is queued made", "io-queued"),
    io("what a run that is running made", "io-running"),
    io("what a run that is paused made", "io-paused"),
    io("a run that was recovered", "io-recovered"),
]  # fmt: skip

"""How bodies and queries are read, before anybody looks at what they say."""

import json

from interaction import get, post

RUN = "/run-task/development/flytesnacks/plain"
PARTLY = "/run-task/development/flytesnacks/partly"
CALL = "/app/missing/call?path=/x"



def sent(name, path, status, entries="", body=b"", kind="application/json", **more):
    headers = [("content-type", kind)] if kind else []
    return post(name, path, status, entries, body=body, headers=headers, **more)


# Bodies of `run_task`, which is one object of inputs.
ONE_OBJECT = [
    post("no body is no inputs", RUN, 422),
    sent("an empty body is no inputs", RUN, 422),
    sent("null is no inputs", RUN, 422, body=b"null"),
    sent("an array is no inputs", RUN, 422, body=b'[1, {"a": null}]'),
    sent("a string is no inputs", RUN, 422, body=b'"text"'),
    sent("a number is no inputs", RUN, 422, body=b"1.50"),
    sent("true is no inputs", RUN, 422, body=b"true"),
    *[
        sent(f"a body of {kind or 'no type'} is no JSON", RUN, 422, body=b'{"a": 1}', kind=kind)
        for kind in ("", "text/plain", "text/json", "application/x-www-form-urlencoded", "application/xml")
    ],
    *[
        sent(f"a body of {kind} is JSON", RUN, 200, "run-location", body=b"{}", kind=kind)
        for kind in (
            "application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json",
            "application/problem+json", "application/json;",
        )
    ],
    *[
        sent(f"the JSON {text!r} breaks off", RUN, 422, body=text.encode())
        for text in (
            "{", "[1,", '{"a"', '{"a":', '{"a" 1}', '"text', "nul", "{} x", "{a: 1}",
            "'a'", "01", "1.", "-", "[1 2]", '{"a": "\\x"}', '{"a": "\t"}', "{}{}", ",",
        )
    ],
    sent("a line is counted in characters", RUN, 422, body='{"é": é}'.encode()),
    sent("invalid UTF-8 is no text", RUN, 400, body=b'{"a": "\xff"}'),
    sent("an integer too long to read", RUN, 400, body=b"1" * 5_000),
    sent("nested beyond measure", RUN, 400, "body-depth", body=b"[" * 100_000 + b"]" * 100_000),
    sent("nested deeply", RUN, (422, 400), "body-depth", body=b"[" * 65 + b"]" * 65),
    sent("nested", RUN, 422, body=b"[" * 60 + b"]" * 60),
    sent("a byte order mark", RUN, 200, "run-location", body=b"\xef\xbb\xbf{}"),
    sent("UTF-16", RUN, 200, "run-location", body="{}".encode("utf-16")),
    sent("a gzipped body", RUN, 400, body=b"\x1f\x8b\x08\x00{}"),
    sent("the last of two members", PARTLY, 200, "run-location", body=b'{"x": 1, "x": 2}'),
    sent("a large body that is no JSON", RUN, 422, "echo-bounded", body=b"a" * 50_000, kind="text/plain"),
    sent("a long value that does not fit", RUN, 422, "echo-bounded", body=json.dumps(["a" * 50_000]).encode()),
    sent("a body within the bound", RUN, 422, "echo-bounded", body=json.dumps(["a" * 9_000]).encode(), configuration="bounded"),
    sent("a body beyond the bound", RUN, (422, 413), "body-limit", body=json.dumps(["a" * 12_000]).encode(), configuration="bounded"),
    sent("a lone surrogate that is refused", RUN, (500, 400), "input-lone-surrogate", body=b'["\\ud800"]'),
    sent("a lone surrogate as a value", PARTLY, (500, 400), "input-lone-surrogate", body=b'{"x": 1, "note": "\\ud800"}'),
    sent("a pair of surrogates", PARTLY, 200, "run-location", body=b'{"x": 1, "note": "\\ud83d\\ude00"}'),
]  # fmt: skip

# Bodies of `call_app`, which has two members.
TWO_MEMBERS = [
    post("the query is checked", "/app/missing/call", 422),
    sent("null for two members", CALL, 422, body=b"null"),
    sent("an array for two members", CALL, 422, body=b"[1]"),
    sent("a string for two members", CALL, 422, body=b'"a"'),
    sent("members of other types", CALL, 422, body=b'{"payload": 1, "query_params": []}'),
    sent("the query and the body are checked at once", "/app/missing/call", 422, body=b'{"payload": 1}'),
    sent("one member of another type", CALL, 422, body=b'{"payload": {"a": 1}, "query_params": "a"}'),
    sent("JSON that breaks off comes alone", "/app/missing/call", 422, body=b'{"payload": '),
]

QUERIES = [
    *[
        post(f"wait={value!r} is no switch", f"/app/missing/activate?wait={value}", 422)
        for value in ("", "2", "maybe", "tru", "%20true")
    ],
    *[
        post(f"wait={value!r} is a switch", f"/app/missing/activate?wait={value}", (500, 404), "app-not-found upstream-words")
        for value in ("true", "FALSE", "1", "0", "yes", "no", "on", "off", "t", "f", "Y", "n")
    ],
    post("the last of two switches counts", "/app/missing/activate?wait=false&wait=bad", 422),
    post("a switch without a value", "/app/missing/activate?wait", 422),
    post("case matters in names of parameters", "/app/missing/activate?Wait=maybe", (500, 404), "app-not-found upstream-words"),
    get("a semicolon is data", "/task/development/flytesnacks/plain?version=v1;x=1", 404),
    get("invalid UTF-8 in a query", "/task/development/flytesnacks/plain?version=%ff", 404),
    get("a percent sign alone in a query", "/task/development/flytesnacks/plain?version=%", 404),
    get("a version in two encodings", "/task/development/flytesnacks/plain?%76ersion=%761", 200),
]  # fmt: skip

# The repository is missing, so that a number that is taken starts nothing.
NUMBERS = [
    post(f"force={value!r} is {'a' if good else 'no'} number", f"/prefetch/hf-model?force={value}", 422)
    for good, values in (
        (True, ("1", "-1", "%2B5", "1.0", "%203", "1_000", "99999999999999999999", "007", "-0")),
        (False, ("1.5", "abc", "", "0x1", "1e3", "1__0", "_1", "--1", "%D9%A1")),
    )
    for value in values
] + [
    post(f"pre={value!r} is no switch", f"/build-image?pre={value}", 422) for value in ("", "2", "si")
]  # fmt: skip

INTERACTIONS = NUMBERS + ONE_OBJECT + TWO_MEMBERS + QUERIES

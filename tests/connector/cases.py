"""The tasks that both connectors are given."""

import datetime
import typing
from dataclasses import dataclass

from flyteidl.core import literals_pb2
from flytekit.types.file import FlyteFile

from flyte1 import Case

# Rows of docs/PARITY.md.
TEXTS = "connector-failure-texts"
SUCCESS = "connector-2xx"
QUERY = "connector-url-query"
ONCE = "connector-one-pass"
ESCAPE = "connector-escape"
HOST = "connector-host"
METHODS = "connector-methods"
LIMITS = "connector-limits"
CHARSET = "connector-charset"
BINARY = "connector-binary-input"
TIMEOUT = "connector-timeout-values"
FRAMING = "connector-framing-headers"
SECRETS = "connector-secrets"
SCHEME = "connector-schemes"
SIGNS = "connector-url-signs"


@dataclass
class Point:
    x: int
    label: str


def case(name, *entries, url="TARGET/ok", inputs=None, types=None, custom=None, **task):
    return Case(
        name,
        {"url": url, "show_data": True, "show_url": True, **task},
        inputs or {},
        types or {},
        custom or {},
        frozenset(entries),
    )


GET = {"method": "GET"}
UNICODE = "é ü 漢字 😀"
# Inputs of every type that flytekit gives to a task.
VALUES = {
    "an integer": 7,
    "a negative integer": -(2**62),
    "a float": 1.5,
    "a whole float": 2.0,
    "a large float": 1e22,
    "a small float": 1e-7,
    "a true boolean": True,
    "a false boolean": False,
    "a text": "hello",
    "an empty text": "",
    "a text with quotes": "it's \"quoted\"",
    "a text of unicode": UNICODE,
    "a text with lines": "one\ntwo\ttab",
    "a text with braces": "{not.a.key} {inputs.v}",
    "a datetime": datetime.datetime(2024, 5, 6, 7, 8, 9, 123456, datetime.timezone.utc),
    "a whole datetime": datetime.datetime(2024, 5, 6, tzinfo=datetime.timezone.utc),
    "a duration": datetime.timedelta(hours=1, microseconds=5),
}
TYPED = {
    "a list": ([1, 2, 3], typing.List[int]),
    "a list of texts": (["a", "b'c"], typing.List[str]),
    "an empty list": ([], typing.List[int]),
    "a map": ({"k": 1}, typing.Dict[str, int]),
    "a dict": ({"a": 1, "b": [1, 2.5, None, UNICODE]}, dict),
    "an optional value": (3, typing.Optional[int]),
    "nothing": (None, typing.Optional[int]),
    "a union": ("x", typing.Union[int, str]),
    "a file": (FlyteFile("s3://bucket/file.txt"), FlyteFile),
    "a dataclass": (Point(1, "p"), Point),
}


def of_values():
    for what, value in VALUES.items():
        kinds = {"inputs": {"v": value}}
        yield case(f"{what} as a value", data={"v": "{inputs.v}"}, **kinds)
        yield case(f"{what} in a text", data={"v": "<{inputs.v}>"}, **kinds)
        yield case(f"{what} in a query", data={"v": "{inputs.v}"}, **GET, **kinds)
    for what, (value, kind) in TYPED.items():
        kinds = {"inputs": {"v": value}, "types": {"v": kind}}
        yield case(f"{what} as a value", data={"v": "{inputs.v}"}, **kinds)
        yield case(f"{what} in a text", data={"v": "<{inputs.v}>"}, **kinds)
        yield case(f"{what} in a query", data={"v": "{inputs.v}"}, **GET, **kinds)


def of_statuses():
    for method in ("GET", "POST"):
        for status in (200, 400, 401, 403, 404, 408, 409, 410, 418, 422, 429, 500, 502, 503, 504):
            yield case(f"{method} {status}", url=f"TARGET/status/{status}", method=method)
        for status in (201, 202, 203, 204, 206):
            yield case(f"{method} {status}", SUCCESS, url=f"TARGET/status/{status}", method=method)
        for status in (300, 301, 302, 303, 304, 307, 308):
            yield case(f"{method} {status}", url=f"TARGET/redirect/{status}", method=method)
        yield case(f"{method} 200 without a body", url="TARGET/empty/200", method=method)
        yield case(f"{method} 500 without a body", url="TARGET/empty/500", method=method)


def of_templates():
    yield case("no inputs, no data")
    yield case("no inputs, a GET", **GET)
    yield case("nothing is shown", show_data=False, show_url=False, data={"a": "b"})
    yield case("the data is shown", show_url=False, data={"a": "b"})
    yield case("the URL is shown", show_data=False, data={"a": "b"})
    yield case("two placeholders", data={"t": "{inputs.a}-{inputs.b}"}, inputs={"a": 1, "b": "x"})
    yield case("one placeholder twice", data={"t": "{inputs.a}{inputs.a}"}, inputs={"a": "z"})
    yield case("placeholders in a list", data={"l": ["{inputs.a}", "x{inputs.a}", 3]}, inputs={"a": 1})
    yield case("placeholders in depth", data={"a": {"b": [{"c": "{inputs.a}"}]}}, inputs={"a": 1})
    yield case("a placeholder in a name", data={"{inputs.a}": 1}, inputs={"a": "x"})
    yield case("a placeholder in a path", url="TARGET/p/{inputs.a}", inputs={"a": "x"})
    yield case("a number in a path", url="TARGET/p/{inputs.a}/end", inputs={"a": 12}, **GET)
    yield case("a space in a path", url="TARGET/p/{inputs.a}", inputs={"a": "x y"})
    yield case("unicode in a path", url="TARGET/p/{inputs.a}", inputs={"a": UNICODE})
    yield case("a slash in a path", url="TARGET/p/{inputs.a}", inputs={"a": "x/y"})
    yield case("a percent escape in a path", url="TARGET/p/{inputs.a}", inputs={"a": "x%2Fy%20z"})
    yield case("signs in a path", url="TARGET/p/{inputs.a}", inputs={"a": "a+b=c&d;e,f:g@h!$'()*~|"})
    yield case("dots in a path", url="TARGET/p/{inputs.a}", inputs={"a": "../q"})
    yield case("a query in a path", url="TARGET/p/{inputs.a}", inputs={"a": "x?y=z"})
    yield case("a fragment in a path", url="TARGET/p/{inputs.a}", inputs={"a": "x#y"})
    yield case("a placeholder in a query", url="TARGET/p?q={inputs.a}", inputs={"a": "x y&z"})
    yield case("a query of a GET without data", QUERY, url="TARGET/p?q=1", **GET)
    yield case("a query of a GET with data", QUERY, url="TARGET/p?q=1", data={"r": "2"}, **GET)
    yield case("a query of a POST", url="TARGET/p?q=1&r=a%20b", data={"r": "2"})
    yield case("a placeholder in a header", headers={"X-A": "<{inputs.a}>"}, inputs={"a": "x"})
    yield case("a number in a header's text", headers={"X-A": "n{inputs.a}"}, inputs={"a": 1})
    yield case("a number as a header", TEXTS, headers={"X-A": "{inputs.a}"}, inputs={"a": 1})
    yield case("unicode in a header", TEXTS, headers={"X-A": "{inputs.a}"}, inputs={"a": UNICODE})
    yield case("a new line in a header", TEXTS, headers={"X-A": "{inputs.a}"}, inputs={"a": "x\r\nX-B: y"})
    yield case("a header's name that is none", TEXTS, headers={"X A": "b"})
    yield case("an authorization", headers={"Authorization": "Bearer {inputs.a}"}, inputs={"a": "t"})
    yield case("another content type", headers={"Content-Type": "application/vnd.x+json"}, data={"a": 1})
    yield case("another accept", headers={"Accept": "application/json"}, **GET)
    yield case("a cookie", headers={"Cookie": "a=b; c=d"}, **GET)
    yield case("another host by a header", headers={"Host": "virtual.example"})
    yield case("a transfer encoding", FRAMING, headers={"Transfer-Encoding": "chunked"})
    yield case("a missing input", data={"a": "{inputs.b}"}, inputs={"a": "x"})
    yield case("a missing member", data={"a": "{inputs.a.b}"}, inputs={"a": {"x": 1}}, types={"a": typing.Dict[str, int]})
    yield case("a member of a map", data={"a": "{inputs.a.x}"}, inputs={"a": {"x": 1}}, types={"a": typing.Dict[str, int]})
    yield case("a member of a text", data={"a": "{inputs.a.b}"}, inputs={"a": "x"})
    yield case("a member of a number", TEXTS, data={"a": "{inputs.a.b}"}, inputs={"a": 5})
    yield case("a member of a list", data={"a": "{inputs.a.b}"}, inputs={"a": [1]}, types={"a": typing.List[int]})
    yield case("no inputs at all, but a placeholder", data={"a": "{inputs.a}"})
    yield case("another root", data={"a": "{outputs.a}"}, inputs={"a": "x"})
    yield case("a secret", SECRETS, data={"a": "{secrets.a}"}, inputs={"a": "x"})
    yield case("braces around a word", data={"a": "{word} {inputs.a}"}, inputs={"a": "x"})
    yield case("empty braces", data={"a": "{} {inputs.a}"}, inputs={"a": "x"})
    yield case("braces that do not close", data={"a": "{inputs.a"}, inputs={"a": "x"})
    yield case("braces that do not open", data={"a": "inputs.a}"}, inputs={"a": "x"})
    yield case("twice the braces around a word", data={"a": "{{word}}"}, inputs={"a": "x"})
    yield case("twice the braces around an input", ESCAPE, data={"a": "{{inputs.a}}"}, inputs={"a": "x"})
    yield case("three times the braces", ESCAPE, data={"a": "{{{inputs.a}}}"}, inputs={"a": "x"})
    yield case("JSON in a text", data={"a": '{"k": "{inputs.a}"}'}, inputs={"a": "x"})
    yield case("a space within braces", data={"a": "{ inputs.a }"}, inputs={"a": "x"})
    yield case("a placeholder that an input brings", ONCE, data={"a": "{inputs.a} {inputs.b}"}, inputs={"a": "{inputs.b}", "b": "y"})
    yield case("an empty input before another", ONCE, data={"a": "{inputs.a}{inputs.b}"}, inputs={"a": "", "b": 5})
    yield case("values of JSON", data={"i": 10, "f": 1.25, "t": True, "n": None, "l": [], "d": {}, "s": ""})
    yield case("values of JSON in a query", data={"i": 10, "f": 1.25, "t": True, "n": None, "l": [1, "b", True], "d": {"a": 1}, "s": ""}, **GET)
    yield case("signs in a query", data={"a b": "c d+e&f=g/h?i#j%k", "é": "漢~-._"}, **GET)
    yield case("unicode in data", data={"t": UNICODE, "c": "\x01\x7f\u2028\"\\/"})
    yield case("a large number", data={"n": 1e300, "m": 123456789012, "k": 0.1})
    yield case("a method as a placeholder", custom={"method": "{inputs.m}"}, inputs={"m": "GET"})
    yield case("the flags as placeholders", custom={"show_data": "{inputs.f}", "show_url": "{inputs.f}"}, inputs={"f": False})
    yield case("the data as a placeholder", custom={"data": "{inputs.d}"}, inputs={"d": {"x": 1}}, types={"d": typing.Dict[str, int]})
    yield case("a list as data", custom={"data": [1, "a"]})
    yield case("a method in small letters", custom={"method": "get"})
    yield case("no method", custom={"method": None})
    yield case("no data", custom={"data": None})
    yield case("no headers", custom={"headers": None})
    yield case("no timeout", custom={"timeout_sec": None})
    yield case("no flags", custom={"show_data": None, "show_url": None})
    yield case("an unknown key", custom={"other": "{inputs.a}"}, inputs={"a": 1})
    for method in ("PUT", "PATCH", "DELETE"):
        yield case(f"the method {method}", METHODS, custom={"method": method}, data={"a": 1})
    yield case("the method HEAD", METHODS, custom={"method": "HEAD"}, data={"a": 1})
    yield case("the method TRACE", METHODS, custom={"method": "TRACE"})
    binary = literals_pb2.Literal(scalar={"binary": {"value": b"\x00\xff", "tag": "other"}})
    yield case("other bytes", BINARY, data={"a": "{inputs.literal}"}, inputs={"literal": binary}, types={"literal": str})
    generic = literals_pb2.Literal(scalar={"generic": {"a": 1, "b": [True, None, "x"]}})
    yield case("a struct", data={"a": "{inputs.literal}", "b": "{inputs.literal.b}"}, inputs={"literal": generic}, types={"literal": str})


def of_urls():
    yield case("no scheme", url="127.0.0.1/x")
    yield case("an empty URL", url="")
    yield case("another scheme", SCHEME, url="ftp://127.0.0.1/x")
    yield case("a number as the URL", TEXTS, url="{inputs.u}", inputs={"u": 5})
    yield case("a URL that an input is", HOST, url="{inputs.u}", inputs={"u": "http://127.0.0.1:1/"})
    yield case("a host that an input is", HOST, url="http://{inputs.u}/", inputs={"u": "127.0.0.1:1"})
    yield case("nobody listens", TEXTS, url="http://127.0.0.1:1/")
    yield case("a host that is not there", TEXTS, url="http://nowhere.invalid/")
    yield case("a private address", TEXTS, url="http://10.255.255.1/", timeout=1)
    yield case("user information", "connector-user-information", url="http://user:pass@127.0.0.1:1/")
    yield case("a fragment", url="TARGET/p#fragment")
    yield case("a path of nothing", url="TARGET")
    yield case("an odd way to write a path", url="TARGET/a/./b//c/../d")
    yield case("signs in a URL", SIGNS, url="TARGET/a b/\"<>`{x}|^[]\\?q=a b\"<>'#f")


def of_answers():
    yield case("what the server received", url="TARGET/echo", data={"a": 1})
    yield case("an answer of JSON", url="TARGET/json")
    yield case("an answer in UTF-8", url="TARGET/bytes/utf-8")
    yield case("an answer in Latin 1", url="TARGET/latin")
    yield case("an answer in ASCII", url="TARGET/bytes/ascii")
    yield case("an answer in another charset", CHARSET, url="TARGET/bytes/utf-16-le")
    yield case("an answer in no charset", url="TARGET/broken-text")
    yield case("an answer by gzip", url="TARGET/gzip")
    yield case("an answer by deflate", url="TARGET/deflate")
    yield case("an answer in chunks", url="TARGET/chunked")
    yield case("an answer that breaks off", TEXTS, url="TARGET/short")
    yield case("no answer", TEXTS, url="TARGET/reset")
    yield case("an answer that is none", TEXTS, url="TARGET/garbage")
    yield case("an answer that is late", TEXTS, url="TARGET/slow/3", timeout=1)
    yield case("an answer that is slow in all", url="TARGET/drip/0.3/5", timeout=1)
    yield case("an answer in time", url="TARGET/slow/0.3", timeout=1)
    yield case("half a second", url="TARGET/slow/0.1", timeout=datetime.timedelta(milliseconds=500))
    yield case("less than no time", TEXTS, url="TARGET/ok", timeout=-1)
    yield case("a time that is no number", TIMEOUT, custom={"timeout_sec": "5"})
    yield case("an answer of 256 KiB", url="TARGET/large/262144", show_data=False)
    yield case("a larger answer", LIMITS, url="TARGET/large/262145", show_data=False)
    yield case("an answer to wait for, then to ask again", url="TARGET/retry/503/1")


CASES = [*of_values(), *of_statuses(), *of_templates(), *of_urls(), *of_answers()]

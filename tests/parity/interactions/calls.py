"""Calling apps."""

from urllib.parse import quote

from interaction import fails, post

GET = "AppService/Get"


def at(url: str) -> dict:
    """The app says that it is there."""
    return {"method": GET, "effect": {"type": "app_endpoint", "url": url}}


def call(name, path, status, entries="", method=None, endpoint="{target}", **more):
    """A call of an app that the suite answers for."""
    query = f"path={quote(path, safe='')}"
    if method is not None:
        query += f"&method={quote(method, safe='')}"
    faults = [at(endpoint)]
    return post(name, f"/app/demo-echo/call?{query}", status, entries, faults=faults, **more)


PASSED_ON = [
    call("a call", "/x", 200),
    call("a path without a slash", "x/y", 200),
    call("a path of slashes", "///x", 200),
    call("no path", "", 200),
    call("a call of the built-in app", "/x", 200, endpoint="{target}/base/"),
    call("a base without a slash", "x", 200, endpoint="{target}/base"),
    call("a path with a query", "/x?a=1&b=%20", 200),
    call("a path with escapes", "/a%20b%C3%A9", 200),
    call("a fragment is not sent", "/x#part", 200),
    call("a host in a path is none", "//evil.example/x", 200),
    call("a user in a path is none", "@evil.example/x", 200),
    call("a URL in a path is none", "http://evil.example/x", 200),
    *[
        call(f"{method} goes on", "/x", 200, method=method, json={"payload": {"a": 1}})
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "post")
    ],
    call("HEAD has no body", "/x", 200, method="HEAD"),
    call("a payload is written as Python writes it", "/x", 200, method="POST", json={"payload": {"é": [1.0, None, True, "\u2028"], "b": {}}}),
    call("an empty payload is none", "/x", 200, method="POST", json={"payload": {}}),
    call("no payload is none", "/x", 200, method="POST", json={"payload": None}),
    call("members nobody knows", "/x", 200, method="POST", json={"a": 1}),
    call("a body without a type is no body", "/x", 200, method="POST", body=b'{"payload": {"a": 1}}'),
    call("query parameters", "/x", 200, json={"query_params": {"q": [1, 2], "b": True, "c": None, "d": "a b&é", "e": 1.5, "f": {"g": 1}}}),
    call("no query parameters", "/x", 200, json={"query_params": {}}),
    call("credentials are not sent", "/x", 200, headers=(("cookie", "session=abc"),)),
    call("JSON of another kind", "/number", 200),
    call("text", "/text", 200),
    call("nothing", "/empty", 200),
    call("a status of success is 200", "/status/201", 200),
    call("no content", "/status/204", 200),
    *[call(f"the app says {status}", f"/status/{status}", status) for status in (400, 403, 404, 409, 418, 429, 500, 503)],
    call("the app says 401", "/status/401", 401, "challenge"),
    call("not modified", "/status/304", 304),
    post("the webhook is called", "/app/hook/call?path=/x", 400),
    post("the webhook's name elsewhere is called", "/app/hook/call?path=/x&project=system", (400, 404), "app-self"),
]  # fmt: skip

UNLIKE = [
    call("a redirect", "/redirect/elsewhere", (200, 302), "call-redirects problem-members"),
    call("a redirect of a POST", "/redirect/elsewhere", (200, 302), "call-redirects problem-members", method="POST"),
    call("dots in a path", "/../x", (200, 422), "call-path"),
    call("encoded dots in a path", "/%2e%2e/x", (200, 422), "call-path"),
    call("dots leave the base", "/../x", (200, 422), "call-path", endpoint="{target}/base"),
    call("a backslash in a path", "/a\\b", (200, 422), "call-path"),
    call("a line break in a path", "/a\r\nb", (500, 422), "call-path"),
    call("a space in a path", "/a b", (500, 200), "call-path"),
    call("a path beyond ASCII", "/é", (500, 200), "call-path"),
    call("two queries", "/x?a=1", 200, "call-query", json={"query_params": {"b": "2"}}),
    call("a method of no standard in a call", "/x", (200, 422), "call-methods", method="BREW"),
    call("TRACE", "/x", (200, 422), "call-methods", method="TRACE"),
    call("a method of two lines", "/x", (500, 422), "call-methods", method="A\r\nB"),
    call("no method", "/x", (200, 422), "call-methods", method=""),
    call("a file", "/note.txt", (200, 502), "call-endpoint", endpoint="file://{directory}"),
    call("a query in the endpoint", "/x", (200, 502), "call-endpoint", endpoint="{target}/?a=1"),
    call("no endpoint", "/x", (500, 409), "call-status", endpoint=""),
    call("an endpoint that is no URL", "/x", (500, 502), "call-status call-endpoint", endpoint="nowhere"),
    call("nobody listens", "/x", (500, 502), "call-status", endpoint="http://127.0.0.1:1"),
    post("an app that does not run is called", "/app/stopped/call?path=/x", (500, 409), "call-status"),
    post("an app that is not is called", "/app/missing/call?path=/x", (500, 404), "app-not-found"),
    call("text that is no UTF-8", "/latin", (500, 502), "call-status"),
    call("an error that is no UTF-8", "/latin-error", 500, "call-status"),
    call("not a number", "/nan", (500, 200), "call-numbers"),
    call("an answer too large", "/large", (200, 502), "call-limits", configuration="bounded"),
    call("credentials are sent where that is configured", "/x", 200, "call-credentials", configuration="bounded"),
    call("the webhook calls itself", "/health", (500, 400), "app-self", configuration="calling itself", endpoint="{server}"),
    call("the webhook calls itself through another", "/health", (500, 508), "call-hops", configuration="looping", endpoint="{target}/relay/{port}"),
    *[
        post(f"calling an app fails as {code}", "/app/demo-echo/call?path=/x", (500, status), "upstream-status upstream-words", faults=[fails(GET, code)])
        for code, status in (("unauthenticated", 401), ("unavailable", 503), ("permission_denied", 403))
    ],
    post("calling an app that is not found", "/app/demo-echo/call?path=/x", (500, 404), "app-not-found", faults=[fails(GET, "not_found")]),
]  # fmt: skip

# The longest first.
INTERACTIONS = UNLIKE[::-1] + PASSED_ON

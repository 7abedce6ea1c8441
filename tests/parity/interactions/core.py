"""Health, the caller, the document and its pages."""

import base64

from interaction import fails, get, interaction, post

USER_INFO = "IdentityService/UserInfo"
API_KEY = base64.b64encode(b"flyte.example.com:robot:secret:acme").decode()
PROBLEM = [("accept", "application/problem+json")]


def me_fails(code: str, statuses, entries: str = ""):
    fault = fails(USER_INFO, code)
    return get(f"the caller is unknown as {code}", "/me", statuses, entries, faults=[fault])


INTERACTIONS = [
    *[
        post(
            f"a page of {name} acts with the cookie",
            "/trigger/plain/daily/activate",
            (200, 403),
            "cookie-cross-site",
            credentials=False,
            headers=[("cookie", "session=abc"), header],
        )
        for name, header in (
            ("another origin", ("origin", "https://evil.example")),
            ("another site", ("sec-fetch-site", "cross-site")),
        )
    ],
    get("health is open", "/health", 200, credentials=False),
    get("health is for callers, too", "/health", 200),
    get("the caller has a name", "/me", 200),
    get("a JWT names its subject", "/me", 200),
    get(
        "an API key is for another endpoint",
        "/me",
        (200, 401),
        "api-keys",
        credentials=False,
        headers=[("authorization", f"Bearer {API_KEY}")],
    ),
    get(
        "a cookie is a credential",
        "/me",
        200,
        credentials=False,
        headers=[("cookie", "session=abc")],
    ),
    get(
        "any scheme is a credential",
        "/me",
        200,
        credentials=False,
        headers=[("authorization", "Basic eDp5")],
    ),
    get(
        "a token need not look like one",
        "/me",
        200,
        credentials=False,
        headers=[("authorization", "x")],
    ),
    get(
        "a scheme alone is a credential",
        "/me",
        200,
        credentials=False,
        headers=[("authorization", "Bearer")],
    ),
    get(
        "bytes beyond ASCII are a credential",
        "/me",
        401,
        "upstream-words challenge",
        credentials=False,
        headers=[("authorization", "Bearer caf\xe9")],
    ),
    get(
        "the first of two authorizations counts",
        "/me",
        200,
        credentials=False,
        headers=[("authorization", "Bearer first"), ("authorization", "Bearer second")],
    ),
    get(
        "the first of two cookies counts",
        "/me",
        200,
        credentials=False,
        headers=[("cookie", "a=1"), ("cookie", "b=2")],
    ),
    get(
        "an authorization goes before a cookie",
        "/me",
        200,
        credentials=False,
        headers=[("authorization", "Bearer both"), ("cookie", "b=2")],
    ),
    get(
        "a cookie stands in for an empty authorization",
        "/me",
        200,
        credentials=False,
        headers=[("authorization", ""), ("cookie", "session=abc")],
    ),
    get(
        "an empty authorization is none",
        "/me",
        401,
        credentials=False,
        headers=[("authorization", "")],
    ),
    get(
        "a blank authorization is none",
        "/me",
        401,
        credentials=False,
        headers=[("authorization", "   ")],
    ),
    *[
        get(
            f"{header} is no credential",
            "/me",
            401,
            credentials=False,
            headers=[(header, "x")],
        )
        for header in ("x-api-key", "proxy-authorization", "flyte-authorization")
    ],
    get(
        "who asks for problem+json gets it",
        "/me",
        401,
        credentials=False,
        headers=PROBLEM,
    ),
    me_fails("unauthenticated", 401, "upstream-words challenge"),
    me_fails("permission_denied", (401, 403), "me-outage upstream-words"),
    me_fails("not_found", (401, 404), "me-outage upstream-words"),
    me_fails("unavailable", (401, 503), "me-outage upstream-words"),
    me_fails("deadline_exceeded", (401, 504), "me-outage upstream-words"),
    me_fails("resource_exhausted", (401, 429), "me-outage upstream-words"),
    me_fails("internal", (401, 502), "me-outage upstream-words"),
    me_fails("unimplemented", (401, 501), "me-outage upstream-words"),
    get(
        "the document has the reference's operations",
        "/openapi.json",
        200,
        credentials=False,
        reduction="operations",
        entries="run-scope wait",
    ),
    get(
        "the pages are the server's own",
        "/docs",
        200,
        "docs-origin",
        credentials=False,
        reduction="origins",
    ),
    get(
        "the other pages are, too",
        "/redoc",
        200,
        "docs-origin",
        credentials=False,
        reduction="origins",
    ),
    get(
        "the page that OAuth returns to is open",
        "/docs/oauth2-redirect",
        (401, 200),
        "docs-assets",
        credentials=False,
        reduction="origins",
    ),
    get(
        "the page that OAuth returns to is for callers, too",
        "/docs/oauth2-redirect",
        200,
        "docs-origin",
        reduction="origins",
    ),
    interaction("HEAD asks whether it is healthy", "HEAD", "/health", (405, 200), "head"),
    interaction(
        "HEAD needs no credentials where GET needs none",
        "HEAD",
        "/health",
        (405, 200),
        "head",
        credentials=False,
    ),
    interaction("HEAD of the pages", "HEAD", "/docs", 200, credentials=False),
    get(
        "what the document says of the answers",
        "/openapi.json",
        200,
        "docs-document",
        reduction="answers",
    ),
    interaction("HEAD of the document", "HEAD", "/openapi.json", 200, credentials=False),
    interaction("HEAD of the caller", "HEAD", "/me", (405, 200), "head"),
    interaction("HEAD without credentials", "HEAD", "/me", 401, credentials=False),
    post("POST of the pages", "/docs", 405),
]

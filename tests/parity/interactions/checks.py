"""Who is let in, which paths there are, and which check comes first."""

from interaction import get, interaction, post

# Every route, with names that nothing has.
ROUTES = {
    "health": ("GET", "/health"),
    "me": ("GET", "/me"),
    "run_task": ("POST", "/run-task/development/flytesnacks/plain"),
    "get_task": ("GET", "/task/development/flytesnacks/plain"),
    "get_run": ("GET", "/run/missing"),
    "get_run_io": ("GET", "/run/missing/io"),
    "abort_run": ("POST", "/run/missing/abort"),
    "get_app": ("GET", "/app/missing"),
    "activate_app": ("POST", "/app/missing/activate"),
    "deactivate_app": ("POST", "/app/missing/deactivate"),
    "call_app": ("POST", "/app/missing/call"),
    "activate_trigger": ("POST", "/trigger/plain/missing/activate"),
    "deactivate_trigger": ("POST", "/trigger/plain/missing/deactivate"),
    "build_image": ("POST", "/build-image"),
    "prefetch_hf_model": ("POST", "/prefetch/hf-model"),
    "get_prefetch_hf_model": ("GET", "/prefetch/hf-model/missing"),
    "get_prefetch_hf_model_io": ("GET", "/prefetch/hf-model/missing/io"),
    "abort_prefetch_hf_model": ("POST", "/prefetch/hf-model/missing/abort"),
}


def other(method: str) -> str:
    return "GET" if method == "POST" else "POST"


ANONYMOUS = [
    interaction(f"{name} wants credentials", method, path, 401, credentials=False)
    for name, (method, path) in ROUTES.items()
    if name != "health"
]

METHODS = [
    interaction(
        f"{name} takes one method alone",
        other(method),
        path,
        405,
        "head" if method == "GET" else "",
    )
    for name, (method, path) in ROUTES.items()
] + [
    interaction("PUT is no method of a run", "PUT", "/run/missing", 405, "head"),
    interaction("OPTIONS is no method of a run", "OPTIONS", "/run/missing", 405, "head"),
    interaction("OPTIONS is no method of an abort", "OPTIONS", "/run/missing/abort", 405),
    interaction("HEAD is no method of an abort", "HEAD", "/run/missing/abort", 405),
    interaction("a method of no standard", "BREW", "/run/missing", 405, "head"),
    post("health takes GET alone, from anybody", "/health", 405, "head", credentials=False),
    interaction(
        "a preflight wants credentials", "OPTIONS", "/me", 401, credentials=False
    ),
    interaction(
        "health takes no preflight", "OPTIONS", "/health", 405, "head", credentials=False
    ),
]

# Excluded is the decoded path, exactly.
EXEMPT = [
    get("a query does not close health", "/health?x=1", 200, credentials=False),
    get("an escape does not close health", "/%68ealth", 200, credentials=False),
    *[
        get(f"{path} is not exempt", path, 401, credentials=False)
        for path in (
            "/health/", "/docs/", "/openapi.json/", "//health", "/Health", "/health%2F",
            "/health;x", "/health/../me", "/", "/nothing", "/metrics",
        )
    ],
    get(
        "an absolute target is not exempt",
        "http://127.0.0.1/health",
        (401, 200),
        "absolute-target",
        credentials=False,
    ),
    get("an absolute target of nothing exempt", "http://127.0.0.1/me", 401, credentials=False),
]  # fmt: skip

PATHS = [
    *[
        get(f"{path} is no path", path, 404)
        for path in (
            "/", "/nothing", "//me", "/run//io", "/run/", "/ME", "/me;x", "/run", "/task/a/b",
            "/task/development/flytesnacks/a/b", "/run/missing/io/more",
        )
    ],
    get("a slash too many leads back", "/me/", 307, "slash-redirect"),
    get("a slash too many keeps the query", "/me/?x=1&y=%20", 307, "slash-redirect"),
    post("a slash too many keeps the method", "/run/missing/abort/", 307, "slash-redirect"),
    get(
        "the host is the caller's to choose",
        "/me/",
        307,
        "slash-redirect",
        headers=[("host", "evil.example")],
    ),
    get(
        "a proxy's scheme is the caller's to choose",
        "/me/",
        307,
        "slash-redirect",
        headers=[("x-forwarded-proto", "https")],
    ),
    get("an encoded slash after a task", "/task/development/flytesnacks/plain%2F", (307, 404), "encoded-slash"),
    get("an encoded slash in a domain", "/task/development%2Fx/flytesnacks/plain", 404),
    get("a slash too many after an encoded one", "/task/development%2Fflytesnacks/plain/", (307, 404), "encoded-slash"),
    get("a slash too many in a task", "/task/development/flytesnacks/plain/", 307, "slash-redirect"),
    get("an encoded slash at the end", "/me%2F", (307, 404), "encoded-slash"),
    get("an encoded slash splits a name", "/task/development/flytesnacks/a%2Fb", 404),
    get("an encoded slash joins no names", "/task/development%2Fflytesnacks/plain", (200, 404), "encoded-slash"),
    get("an escape is the letter", "/task/development/flytesnacks/%70lain", 200),
    get("a query is no path", "/me?/health", 200),
]  # fmt: skip

# The exemption goes by the path, whatever the host pretends.
HOSTS = [
    get(f"the host {host!r} exempts nothing", "/me", 401, credentials=False, headers=[("host", host)])
    for host in ("health", "[::1]")
] + [
    get(f"the host {host!r} exempts nothing", "/me", (401, 400), "unclean-requests", credentials=False, headers=[("host", host)])
    for host in ("x/health?", "x/health#", "x/docs", "127.0.0.1:1/health?x=")
]

# What is refused first, of several reasons.
FIRST = [
    post("credentials come before the path", "/nothing", 401, credentials=False),
    interaction("credentials come before the method", "PUT", "/me", 401, credentials=False),
    post(
        "credentials come before the body",
        "/run-task/development/flytesnacks/plain",
        401,
        credentials=False,
        body=b"{",
        headers=[("content-type", "application/json")],
    ),
    post("credentials come before the own name", "/app/hook/activate", 401, credentials=False),
    get(
        "credentials come before the allowlist",
        "/app/other",
        401,
        credentials=False,
        configuration="allowlists",
    ),
    get(
        "credentials come before what is switched off",
        "/task/development/flytesnacks/plain",
        401,
        credentials=False,
        configuration="groups",
    ),
    post("parameters come before the own name", "/app/hook/activate?wait=maybe", 422),
    post("a missing parameter comes before the own name", "/app/hook/call", 422),
    post(
        "the body comes before the allowlist",
        "/run-task/development/flytesnacks/other",
        422,
        json=[1],
        configuration="allowlists",
    ),
    post(
        "the body's syntax comes before the parameters",
        "/app/hook/call",
        422,
        body=b"{",
        headers=[("content-type", "application/json")],
    ),
    post("the own name comes before the allowlist", "/app/hook/activate", 400, configuration="nothing allowed"),
    get(
        "a version that is missing comes after the allowlist",
        "/task/development/flytesnacks/plain?version=v9",
        404,
        configuration="allowlists",
        upstream=True,
    ),
]

INTERACTIONS = ANONYMOUS + METHODS + EXEMPT + HOSTS + PATHS + FIRST

"""What a configuration allows and what it switches off."""

from control_plane import ControlPlane, spec
from interaction import TWIN, get, post

from .checks import ROUTES

TASK = "/task/development/flytesnacks"
ALLOWED, NOTHING = "allowlists", "nothing allowed"


def plant(control_plane: ControlPlane) -> None:
    for name in ("of-project", "of-domain"):
        control_plane.task(spec(name))
        control_plane.task(spec(name, domain="production"))
        control_plane.task(spec(name, project="system"))
    control_plane.run("of-plain", spec("plain"))
    control_plane.run("of-other", spec("other"))
    for side in ("reference", "here"):
        control_plane.run(f"aborted-of-other-{side}", spec("other"), "running")


def task(name, path, status, entries=""):
    return get(f"{name} under an allowlist", f"/task/{path}", status, entries, configuration=ALLOWED)


TASKS = [
    task("a name", "development/flytesnacks/plain", 200),
    task("a name in another place", "production/system/plain", 200),
    task("a name with a dot", "development/flytesnacks/env.dotted", 200),
    task("a project's task", "development/flytesnacks/of-project", 200),
    task("a project's task in another domain", "production/flytesnacks/of-project", 200),
    task("another project's task", "development/system/of-project", 403),
    task("a domain's task", "development/flytesnacks/of-domain", 200),
    task("another domain's task", "production/flytesnacks/of-domain", 403),
    task("a task that is not listed", "development/flytesnacks/versions", 403),
    task("a name in capitals", "development/flytesnacks/PLAIN", 403),
    task("half of a name", "development/flytesnacks/dotted", 403),
    task("a name and a space", "development/flytesnacks/plain%20", (403, 404), "names"),
    task("a look-alike", "development/flytesnacks/pl%D0%B0in", (403, 404), "names"),
    task("an escape of a name", "development/flytesnacks/%70lain", 200),
    task("an escape of a name that is not listed", "development/flytesnacks/%76ersions", 403),
    task("a name after an encoded slash", "development/flytesnacks%2Fplain", (200, 404), "encoded-slash"),
    post("a run of a task that is not listed", "/run-task/development/flytesnacks/versions", 403, json={"x": 1}, configuration=ALLOWED),
    post("a run of a task that is listed", "/run-task/development/flytesnacks/plain", 200, "run-location", json={}, configuration=ALLOWED),
    get("a task where nothing is allowed", f"{TASK}/plain", 403, configuration=NOTHING),
    post("a run where nothing is allowed", "/run-task/development/flytesnacks/plain", 403, json={}, configuration=NOTHING),
]  # fmt: skip

RUNS = [
    get("a run of a listed task", "/run/of-plain", 200, "run-location", configuration=ALLOWED),
    get("a run of another task", "/run/of-other", (200, 404), "run-allowlist", configuration=ALLOWED),
    get("what a run of another task made", "/run/of-other/io", (200, 404), "run-allowlist", configuration=ALLOWED),
    post("a run of another task is aborted", f"/run/aborted-of-other-{TWIN}/abort", (200, 404), "run-allowlist", configuration=ALLOWED),
    get("a run of a task where nothing is allowed", "/run/of-plain", (200, 404), "run-allowlist", configuration=NOTHING),
]  # fmt: skip

APPS = [
    get("an app that is listed", "/app/demo-echo", 200, configuration=ALLOWED),
    get("an app that is not listed", "/app/stopped", 403, configuration=ALLOWED),
    get("a listed app's name elsewhere", "/app/demo-echo?domain=production", (404, 403), "app-allowlist-scope", configuration=ALLOWED),
    get("a listed app's name where the webhook is", "/app/demo-echo?project=flytesnacks", 200, configuration=ALLOWED),
    post("an app that is not listed is activated", "/app/stopped/activate", 403, configuration=ALLOWED),
    post("an app that is not listed is deactivated", "/app/stopped/deactivate", 403, configuration=ALLOWED),
    post("an app that is not listed is called", "/app/stopped/call?path=/x", 403, configuration=ALLOWED),
    get("an app where nothing is allowed", "/app/demo-echo", 403, configuration=NOTHING),
    get("the webhook where nothing is allowed", "/app/hook", 400, configuration=NOTHING),
]  # fmt: skip

TRIGGERS = [
    post(f"{name} under an allowlist", f"/trigger/{path}/activate", status, configuration=ALLOWED)
    for name, path, status in (
        ("a trigger of any task", "plain/hourly", 200),
        ("a task's trigger", "plain/daily", 200),
        ("another task's trigger", "partly/daily", 403),
        ("a trigger that is not listed", "plain/weekly", 403),
        ("a trigger in capitals", "plain/HOURLY", 403),
    )
] + [
    post("the same trigger of a task that is not listed", "/trigger/partly/hourly/activate", (200, 403), "trigger-task", configuration=ALLOWED),
    post("a trigger that is not listed is deactivated", "/trigger/plain/weekly/deactivate", 403, configuration=ALLOWED),
    post("a trigger where nothing is allowed", "/trigger/plain/daily/activate", 403, configuration=NOTHING),
]  # fmt: skip


def switched_off(configuration: str, on: set[str]) -> list:
    """Every route that a configuration does not name."""
    found = []
    for name, (method, path) in ROUTES.items():
        if name in on:
            continue
        send = get if method == "GET" else post
        found.append(send(f"{name} is off with {configuration}", path, 404, configuration=configuration))
    return found


FILTERS = [
    *switched_off("groups", {"health", "me", "get_run", "get_run_io", "abort_run"}),
    *switched_off("endpoints", {"me", "get_task"}),
    *switched_off("no group", set()),
    get("a run with groups", "/run/plain-done", 200, "run-location", configuration="groups"),
    get("health with groups", "/health", 200, configuration="groups", credentials=False),
    get("a task with endpoints", f"{TASK}/plain", 200, configuration="endpoints"),
    get("the caller with endpoints", "/me", 200, configuration="endpoints"),
    get("health that is off is open all the same", "/health", 404, configuration="endpoints", credentials=False),
    get("a task with every group", f"{TASK}/plain", 200, configuration="every group"),
    get("an app with every group", "/app/demo-echo", 200, configuration="every group"),
    get("the document with groups", "/openapi.json", 200, "run-scope wait", configuration="groups", credentials=False, reduction="operations"),
    get("the document with no group", "/openapi.json", 200, configuration="no group", credentials=False, reduction="operations"),
    get("the document has the configured title", "/openapi.json", 200, "run-scope wait", configuration="titled", credentials=False, reduction="operations"),
]  # fmt: skip

INTERACTIONS = TASKS + RUNS + APPS + TRIGGERS + FILTERS

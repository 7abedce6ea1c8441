"""Apps: how they are, starting and stopping them."""

from control_plane import ACTIVE, FAILED, STOPPED, ControlPlane
from dev import poll
from interaction import TWIN, fails, get, post

from .tasks import CODES

GET, UPDATE, WATCH = "AppService/Get", "AppService/Update", "AppService/Watch"
SIDES = ("reference", "here")
# As the open-source control plane finds apps: `demo` in `echo-flytesnacks` is `demo-echo`.
JOINED = [
    {"method": method, "effect": {"type": "joined_app_names"}} for method in (GET, UPDATE)
]


def plant(control_plane: ControlPlane) -> None:
    expected = {"demo-echo": ACTIVE, "stopped": STOPPED, "broken": FAILED}
    control_plane.app("stopped", stopped=True)
    control_plane.app("broken", image="none", words=["false"])
    for side in SIDES:
        for name in ("on", "also-on", "still-on"):
            control_plane.app(f"{name}-{side}")
            expected[f"{name}-{side}"] = ACTIVE
        for name in ("off", "also-off", "still-off"):
            control_plane.app(f"{name}-{side}", stopped=True)
            expected[f"{name}-{side}"] = STOPPED
        control_plane.app(f"hopeless-{side}", image="none", words=["false"], stopped=True)
    for name, status in expected.items():
        poll(f"{name} is there", lambda n=name, s=status: control_plane.app_status(n) == s, 30)


SHOWN = [
    get("an app that runs", "/app/demo-echo", 200),
    get("an app that does not run", "/app/stopped", 200),
    get("an app that failed", "/app/broken", 200),
    get("an app where it is", "/app/demo-echo?project=flytesnacks&domain=development", 200),
    get("an app where the webhook is", "/app/demo-echo?project=&domain=", 200),
    get("an app that is not", "/app/missing", 404, "upstream-words"),
    get("an app where it is not", "/app/demo-echo?domain=production", 404, "upstream-words"),
    get("the webhook itself", "/app/hook", 400),
    get("the webhook's name elsewhere", "/app/hook?project=system", (400, 404), "app-self"),
    get("the webhook's name in another domain", "/app/hook?domain=production", (400, 404), "app-self"),
    get("the webhook where it is", "/app/hook?project=flytesnacks&domain=development", 400),
    get("the webhook's name and a space", "/app/hook%20", 404, "names"),
    get("the webhook's name in capitals", "/app/HOOK", 404, "names"),
    get("an escape of the webhook's name", "/app/%68ook", 400),
    get("an app's name with a dot", "/app/a.b", 404, "names"),
    get("a name that is another app's", "/app/demo?project=echo-flytesnacks", (200, 404), "app-identity", faults=JOINED),
]  # fmt: skip

CHANGED = [
    post("an app is activated", f"/app/off-{TWIN}/activate", 200),
    post("an app is deactivated", f"/app/on-{TWIN}/deactivate", 200),
    post("an active app is activated", "/app/demo-echo/activate", 200, upstream=True),
    post("an active app is activated and waited for", "/app/demo-echo/activate?wait=true", 200),
    post("a stopped app is deactivated", "/app/stopped/deactivate", 200, upstream=True),
    post("an app is activated and waited for", f"/app/also-off-{TWIN}/activate?wait=true", 200, "app-wait"),
    post("an app is deactivated and waited for", f"/app/also-on-{TWIN}/deactivate?wait=true", 200, "app-wait"),
    post("an app that cannot start is waited for", f"/app/hopeless-{TWIN}/activate?wait=true", (500, 502), "app-wait"),
    post("an app that is not is activated", "/app/missing/activate", (500, 404), "app-not-found"),
    post("an app that is not is deactivated", "/app/missing/deactivate", (500, 404), "app-not-found"),
    post("the webhook is activated", "/app/hook/activate", 400),
    post("the webhook is deactivated", "/app/hook/deactivate", 400),
    post("the webhook's name elsewhere is deactivated", "/app/hook/deactivate?project=system", (400, 404), "app-self"),
    post("another app's name is deactivated", f"/app/still/deactivate?project=on-{TWIN}-flytesnacks", (200, 404), "app-identity", faults=JOINED, after=f"/app/still-on-{TWIN}"),
]  # fmt: skip


def failing(name, method, path, step, code, status, reference):
    if status == 404:
        entries = "upstream-words" if reference == 404 else "app-not-found"
    else:
        entries = "upstream-status upstream-words"
    send = get if method == "GET" else post
    statuses = (reference, status)
    return send(f"{name} fails as {code}", path, statuses, entries, faults=[fails(step, code)])


FAILS = [
    failing(name, method, path, step, code, status, reference)
    for name, method, path, step, reference in (
        ("showing an app", "GET", "/app/demo-echo", GET, 404),
        ("activating an app", "POST", "/app/stopped/activate", GET, 500),
        ("deactivating an app", "POST", "/app/demo-echo/deactivate", GET, 500),
        ("starting an app", "POST", "/app/stopped/activate", UPDATE, 500),
        ("stopping an app", "POST", "/app/demo-echo/deactivate", UPDATE, 500),
    )
    for code, status in CODES.items()
    # The lookup is the same for all: the rest of its codes would only take time.
    if step == UPDATE or name == "showing an app" or code in ("not_found", "unauthenticated")
]

INTERACTIONS = SHOWN + CHANGED + FAILS

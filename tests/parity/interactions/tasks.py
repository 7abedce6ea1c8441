"""`get_task` and `run_task`, but for the inputs."""

from flyteidl2.core import security_pb2, tasks_pb2

from control_plane import ControlPlane, spec
from interaction import fails, get, post
from values import ERROR, SCHEMA, UNTITLED, integer, kind, text

LIST = "TaskService/ListTasks"
DETAILS = "TaskService/GetTaskDetails"
UPLOAD = "DataProxyService/UploadInputs"
SELECT = "ClusterService/SelectCluster"
CREATE = "RunService/CreateRun"

TASK = "/task/development/flytesnacks"
RUN = "/run-task/development/flytesnacks"

JSON, KEY = ("content-type", "application/json"), ("idempotency-key", "once")

# What this server answers to each code, and the reference to all alike.
CODES = {
    "not_found": 404,
    "unauthenticated": 401,
    "permission_denied": 403,
    "unavailable": 503,
    "invalid_argument": 400,
    "already_exists": 409,
    "resource_exhausted": 429,
    "deadline_exceeded": 504,
    "internal": 502,
    "unimplemented": 501,
}


def plant(control_plane: ControlPlane) -> None:
    plain = {"x": kind("int"), "note": kind("str")}
    control_plane.task(spec("plain"))
    control_plane.task(spec("env.dotted"))
    control_plane.task(spec("plain", project="system", domain="production"))
    control_plane.task(spec("versions", plain, version="v1"))
    control_plane.task(spec("versions", plain, defaults={"note": text("")}, version="v2"))
    control_plane.task(spec("partly", plain, defaults={"note": text("")}))
    control_plane.task(spec("hollow", {"x": kind("int")}, defaults={"x": None}))
    control_plane.task(spec("Ünïcode"))
    for name, metadata in {
        "cached": tasks_pb2.TaskMetadata(discoverable=True),
        "overridden": tasks_pb2.TaskMetadata(
            discoverable=True, discovery_version="7", cache_serializable=True
        ),
        "only-named": tasks_pb2.TaskMetadata(discovery_version="7"),
    }.items():
        control_plane.task(spec(name, metadata=metadata))
    secrets = [security_pb2.Secret(key=key) for key in ("second", "first")]
    context = security_pb2.SecurityContext(secrets=secrets)
    control_plane.task(spec("secretive", security_context=context))
    control_plane.task(spec("typed.error", {"x": ERROR}))
    control_plane.task(spec("typed.schema", outputs={"o0": SCHEMA}))
    control_plane.task(spec("typed.untitled", {"x": UNTITLED}))
    control_plane.task(spec("ordered", {"b": kind("int"), "a": kind("int")}, defaults={"a": integer(1)}))


SHOWN = [
    get(f"the task {name} is shown", f"{TASK}/{name}", 200)
    for name in (
        "plain", "env.dotted", "partly", "hollow", "cached", "overridden", "only-named",
        "secretive", "ordered", "demo.hello", "demo.echo", "demo.add",
    )
] + [
    get("the latest version of a task", f"{TASK}/versions", 200),
    get("a version of a task", f"{TASK}/versions?version=v1", 200),
    get("the last of two versions", f"{TASK}/versions?version=v2&version=v1", 200),
    get("a version is decoded", f"{TASK}/versions?version=v%31", 200),
    get("a parameter nobody knows", f"{TASK}/versions?Version=v1&limit=3", 200),
    get("a task of another project", "/task/production/system/plain", 200),
    get("a plus is a space", f"{TASK}/versions?version=v1+", 404),
    get("a version is looked for by itself", f"{TASK}/versions?version=v1", 200, upstream=True),
    get("the latest version is looked for first", f"{TASK}/versions", 200, upstream=True),
    get("a task that is not", f"{TASK}/missing", 404),
    get("a version that is not", f"{TASK}/versions?version=v9", 404),
    get("an empty version", f"{TASK}/versions?version=", 404),
    get("a version without a value", f"{TASK}/versions?version", 404),
    get("a project that is not", "/task/development/nowhere/plain", 404),
    get("another domain's task", "/task/staging/flytesnacks/plain", 404),
    get("case matters in tasks", f"{TASK}/Plain", 404),
    get(
        "a task whose input no Python type stands for",
        f"{TASK}/typed.error",
        (500, 200),
        "interface-types",
    ),
    get(
        "a task whose output no Python type stands for",
        f"{TASK}/typed.schema",
        (500, 200),
        "interface-types",
    ),
    get(
        "a task with a struct without a title",
        f"{TASK}/typed.untitled",
        (500, 200),
        "input-untitled-struct",
    ),
    get("a task's name may be any text", f"{TASK}/a%20b", 404, "names"),
    get("a task's name of control characters", f"{TASK}/a%00b", 404, "names"),
    get("a task's name beyond ASCII", f"{TASK}/%C3%9Cn%C3%AFcode", (200, 404), "names"),
    get("dots are a domain", "/task/../flytesnacks/plain", 404, "names"),
    get("dots are a project", "/task/development/%2e%2e/plain", 404, "names"),
    get("invalid UTF-8 is a name", f"{TASK}/%ff", 404, "names"),
]  # fmt: skip

GET_FAILS = [
    get(
        f"{step} fails as {code} when a task is shown",
        f"{TASK}/plain{query}",
        (404 if (step, code) == ("details", "not_found") else 500, status),
        "" if (step, code) == ("details", "not_found") else "upstream-status upstream-words",
        faults=[fails(method, code)],
    )
    for step, method, query in (("the list", LIST, ""), ("details", DETAILS, "?version=v1"))
    for code, status in CODES.items()
]

STARTED = [
    post("a run of a task without inputs", f"{RUN}/plain", 200, "run-location", json={}),
    post("a run of a version", f"{RUN}/versions?version=v1", 200, "run-location", json={"x": 1, "note": "a"}),
    post("a run of the latest version", f"{RUN}/versions", 200, "run-location", json={"x": 1}),
    post("a run with a default", f"{RUN}/partly", 200, "run-location", json={"x": 1}),
    post("a run in spite of a default", f"{RUN}/partly", 200, "run-location", json={"x": 1, "note": "n"}),
    post("inputs go in the order of the interface", f"{RUN}/ordered", 200, "run-location", json={"a": 3, "b": 2}),
    post("a run of another project's task starts here", "/run-task/production/system/plain", 200, "run-location", json={}),
    post("a run of a built-in task", f"{RUN}/demo.hello", 200, "run-location", json={"name": "Ada"}),
    post("a run with a key", f"{RUN}/plain", 200, "idempotency-key run-location", headers=[JSON, KEY], body=b"{}", upstream=True),
    post("a run with a key that is none", f"{RUN}/plain", (200, 422), "idempotency-key", headers=[JSON, ("idempotency-key", "")], body=b"{}"),
    post("a task that is not cannot run", f"{RUN}/missing", 404, json={}),
    post("a version that is not cannot run", f"{RUN}/versions?version=v9", 404, json={"x": 1}),
    post("an empty version cannot run", f"{RUN}/versions?version=", 404, json={"x": 1}),
    post("a run needs its inputs", f"{RUN}/versions", (500, 422), "input-422", json={}),
    post("a run needs all its inputs", f"{RUN}/versions?version=v1", (500, 422), "input-422", json={"x": 1}),
    post("a default that is none does not help", f"{RUN}/hollow", (500, 422), "input-422", json={}),
    post("too many inputs", f"{RUN}/plain", (500, 422), "input-422 input-unknown", json={"z": 1}),
    post("an input that nothing asks for", f"{RUN}/partly", (200, 422), "input-unknown", json={"x": 1, "notes": "n"}),
    post("a task with an input of no type", f"{RUN}/typed.error", (500, 422), "input-422 interface-types", json={"x": 1}),
    post("a task with an output of no type", f"{RUN}/typed.schema", (500, 200), "interface-types", json={}),
    post("a struct without a title", f"{RUN}/typed.untitled", (500, 200), "input-untitled-struct run-location", json={"x": {"a": 1}}),
]  # fmt: skip

RUN_FAILS = [
    post(
        f"{step} fails as {code} when a run starts",
        f"{RUN}/plain?version=v1",
        (404 if (step, code) == ("details", "not_found") else 500, status),
        "" if (step, code) == ("details", "not_found") else "upstream-status upstream-words",
        json={},
        faults=[fails(method, code)],
    )
    for step, method in (("details", DETAILS), ("the upload", UPLOAD), ("the start", CREATE))
    for code, status in CODES.items()
]

INTERACTIONS = SHOWN + GET_FAILS + STARTED + RUN_FAILS

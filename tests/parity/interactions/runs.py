"""Runs: how they are, and aborting them. What they took and made is in `outputs`."""

from control_plane import PHASES, ControlPlane, spec
from interaction import TWIN, fails, get, post
from values import kind, text

from .tasks import CODES

DETAILS = "RunService/GetRunDetails"
ABORT = "RunService/AbortRun"
DATA = "DataProxyService/GetActionData"
SELECT = "ClusterService/SelectCluster"
SIDES = ("reference", "here")

TASK = spec("plain", outputs={"o0": kind("str")})


def plant(control_plane: ControlPlane) -> None:
    for phase in PHASES:
        control_plane.run(f"phase-{phase.replace('_', '-')}", TASK, phase)
    control_plane.run("plain-done", TASK, outputs={"o0": text("done")})
    control_plane.run("elsewhere", TASK, outputs={"o0": text("there")}, project="system")
    for side in SIDES:
        control_plane.run(f"running-{side}", TASK, "running")
        control_plane.run(f"queued-{side}", TASK, "queued")
        control_plane.run(f"again-{side}", TASK, "running")
        control_plane.run(f"gone-{side}", TASK, "running")
        control_plane.run(f"over-{side}", TASK, outputs={"o0": text("over")})


SHOWN = [
    get(f"a run that is {phase}", f"/run/phase-{phase.replace('_', '-')}", 200, "run-location")
    for phase in PHASES
    if phase != "unspecified"
] + [
    get(
        "a run of no phase",
        "/run/phase-unspecified",
        (404, 200),
        "phase-unspecified run-location",
    ),
    get(
        "what a run of no phase made",
        "/run/phase-unspecified/io",
        200,
        "run-location",
    ),
    get("a run that is not", "/run/missing", 404, "upstream-words"),
    get("what a run that is not made", "/run/missing/io", 404, "upstream-words"),
    get("a run of another project", "/run/elsewhere?project=system", (404, 200), "run-scope"),
    get("a run of another project by its name alone", "/run/elsewhere", 404, "upstream-words"),
    get("a run's name in capitals", "/run/PLAIN-DONE", 404, "names"),
    get("a run's name with a space", "/run/plain-done%20", 404, "names"),
    get("a run's name beyond ASCII", "/run/pl%C3%A4in", 404, "names"),
    get("a run's name of control characters", "/run/a%0ab", 404, "names"),
    get("a run's name too long", f"/run/{'a' * 31}", 404, "names"),
    get("a parameter of a run that nobody knows", "/run/plain-done?reason=x", 200, "run-location"),
]

# Of a lookup that fails, the reference says 404, whatever went wrong.
FAILS = [
    get(
        f"a run is looked up and fails as {code}",
        "/run/plain-done",
        (404, status),
        "upstream-words" if status == 404 else "upstream-status upstream-words",
        faults=[fails(DETAILS, code)],
    )
    for code, status in CODES.items()
] + [
    get(
        f"the data of a run are read and fail as {code}",
        "/run/plain-done/io",
        (404, status),
        "upstream-words" if status == 404 else "upstream-status upstream-words",
        faults=[fails(DATA, code)],
    )
    for code, status in CODES.items()
]

ABORTS = [
    post("a run is aborted", f"/run/running-{TWIN}/abort", 200, "run-location", after=f"/run/running-{TWIN}"),
    post("a run is aborted for a reason", f"/run/queued-{TWIN}/abort?reason=a+reason%21", 200, "run-location"),
    post("a body of an abort is nobody's business", f"/run/again-{TWIN}/abort", 200, "run-location", body=b"{", headers=[("content-type", "application/json")]),
    post("the last of two reasons counts", f"/run/again-{TWIN}/abort?reason=a&reason=b", 200, "run-location"),
    post("an empty reason is one", f"/run/again-{TWIN}/abort?reason=", 200, "run-location"),
    post("a run that is not is aborted", "/run/missing/abort", (500, 404), "abort-not-found upstream-words"),
    post("a run that is over is aborted", f"/run/over-{TWIN}/abort", 200, "abort-done run-location", upstream=True),
    post("a run that went away is aborted", f"/run/gone-{TWIN}/abort", 200, "run-location", faults=[fails(ABORT, "not_found")]),
] + [
    post(
        f"{step} fails as {code} when a run is aborted",
        f"/run/gone-{TWIN}/abort",
        (500, status),
        "abort-not-found upstream-words" if status == 404 else "upstream-status upstream-words",
        faults=[fails(method, code)],
    )
    for step, method in (("the lookup", DETAILS), ("the abort", ABORT))
    for code, status in CODES.items()
    if (step, code) != ("the abort", "not_found")
]  # fmt: skip

INTERACTIONS = SHOWN + FAILS + ABORTS

"""Triggers."""

from control_plane import ControlPlane
from interaction import fails, post

from .tasks import CODES

UPDATE = "TriggerService/UpdateTriggers"


def plant(control_plane: ControlPlane) -> None:
    for name in ("daily", "hourly", "weekly"):
        control_plane.trigger("plain", name)
    control_plane.trigger("partly", "hourly")


SWITCHED = [
    post("a trigger is activated", "/trigger/plain/daily/activate", 200),
    post("a trigger is deactivated", "/trigger/plain/daily/deactivate", 200),
    post("a trigger of another task", "/trigger/partly/hourly/activate", 200),
    post("a trigger of a built-in task", "/trigger/demo.hello/daily/activate", 200),
    post("a body of a trigger is nobody's business", "/trigger/plain/daily/activate", 200, body=b"{", headers=[("content-type", "application/json")]),
    post("a trigger that is not is activated", "/trigger/plain/missing/activate", (200, 404), "trigger-not-found"),
    post("a trigger that is not is deactivated", "/trigger/plain/missing/deactivate", (200, 404), "trigger-not-found"),
    post("a trigger of a task that is not", "/trigger/missing/daily/activate", (200, 404), "trigger-not-found"),
    post("a trigger of another task's name", "/trigger/partly/daily/activate", (200, 404), "trigger-not-found"),
    post("a trigger's name of any text", "/trigger/plain/a%20b/activate", (200, 404), "names"),
]  # fmt: skip

FAILS = [
    post(
        f"a trigger is {verb}d and fails as {code}",
        f"/trigger/plain/daily/{verb}",
        (500, status),
        "trigger-not-found" if status == 404 else "upstream-status upstream-words",
        faults=[fails(UPDATE, code)],
    )
    for verb in ("activate", "deactivate")
    for code, status in CODES.items()
]

TASKS = [
    post("a trigger of a task that is not listed is activated", "/trigger/plain/weekly/activate", (200, 403), "trigger-task", configuration="some tasks"),
    post("a trigger of a task that is not listed is deactivated", "/trigger/plain/weekly/deactivate", (200, 403), "trigger-task", configuration="some tasks"),
    post("a trigger of a listed task is activated", "/trigger/partly/hourly/activate", 200, configuration="some tasks"),
]  # fmt: skip

INTERACTIONS = SWITCHED + FAILS + TASKS

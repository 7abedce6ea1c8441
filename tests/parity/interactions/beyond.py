"""What the reference does not have."""

from interaction import get, post

HELLO = "/run-task/development/flytesnacks/demo.hello"
FAIL = "/run-task/development/flytesnacks/demo.fail"
GUIDE = "flytesnacks/development/demo.hello/v1"
ADA = {"name": "Ada"}

INTERACTIONS = [
    post("a trigger is fired", "/trigger/demo.hello/daily/run", (404, 200), "run-trigger", configuration="beyond"),
    post("a run is waited for", f"{HELLO}?wait=60", 200, "run-location wait", json=ADA, configuration="beyond"),
    post("a run that fails is waited for", f"{FAIL}?wait=60", (200, 424), "wait-failed", json={"message": "no"}, configuration="beyond"),
    post("the guide's way to run a task", f"/run-task/{GUIDE}", (404, 200), "guide-routes", json=ADA, configuration="beyond"),
    post("the guide's way to wait for a run", f"/run-task-and-wait/{GUIDE}", (404, 200), "guide-routes", json=ADA, configuration="beyond"),
    get("a token of nobody", "/me", (200, 401), "jwt", configuration="verified"),
]  # fmt: skip

"""Configurations that one of the two refuses, or both."""

from dataclasses import dataclass

from configurations import NAME


@dataclass(frozen=True)
class Start:
    """A configuration, and whether each serves with it."""

    name: str
    told: dict
    # Of the reference and of this server.
    serves: tuple[bool, bool]
    entries: tuple[str, ...] = ()

    @property
    def arguments(self) -> dict:
        return {"name": NAME, **self.told}


def both(title: str, serve: bool, **told) -> Start:
    return Start(title, told, (serve, serve))


def refused(title: str, entry: str, **told) -> Start:
    """Only this server refuses it."""
    return Start(title, told, (True, False), (entry,))


NAMES = [
    refused("a group that is not", "unknown-names", endpoint_groups=["core", "nope"]),
    refused("an endpoint that is not", "unknown-names", endpoints=["me", "nope"]),
    refused("an endpoint in capitals", "unknown-names", endpoints=["ME", "get_run"]),
    refused("all is no endpoint", "unknown-names", endpoints=["all"]),
    refused("a group is no endpoint", "unknown-names", endpoints=["core"]),
    refused("a group that is empty", "unknown-names", endpoint_groups=[""]),
    refused("a text instead of endpoints", "unknown-names", endpoints="me"),
    both("a list in a list", False, endpoint_groups=[["core"]]),
    both("groups twice", True, endpoint_groups=["core", "core", "all"]),
    both("endpoints twice", True, endpoints=["me", "me"]),
    both("no endpoints", True, endpoints=[]),
    both("groups and endpoints", False, endpoint_groups=["core"], endpoints=["me"]),
    both("no groups and no endpoints", False, endpoint_groups=[], endpoints=[]),
    both("a name of 70 characters", True, name="a" * 70),
    both("a name of one character", True, name="a"),
    *[
        both(f"the name {name!r}", False, name=name)
        for name in ("My_App", "Hook", "-hook", "hook-", "ho ok", "höok", "")
    ],
]

ENTRIES = [
    *[
        refused(f"the task {entry!r}", "allowlist-entries", task_allowlist=["t", entry])
        for entry in ("x/d/p/t", "/t", "t/", "p//t", "*", "d/p/*", " t", "", "t ")
    ],
    *[
        refused(f"the trigger {entry!r}", "allowlist-entries", trigger_allowlist=[entry])
        for entry in ("d/t/x", "/x", "x/", "*", "")
    ],
    *[
        refused(f"the app {entry!r}", "allowlist-entries", app_allowlist=[entry])
        for entry in ("My_App", "*", "", "a b", "x/d/p/a")
    ],
    both("tasks of all three formats", True, task_allowlist=["t", "env.t", "p/t", "d/p/t"]),
    both("triggers of both formats", True, trigger_allowlist=["x", "t/x", "env.t/x"]),
    both("apps", True, app_allowlist=["a", "b-c"]),
    both("empty lists", True, task_allowlist=[], app_allowlist=[], trigger_allowlist=[]),
]

STARTS = NAMES + ENTRIES

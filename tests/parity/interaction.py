"""One request to both servers, and what is expected of their answers."""

import json
from dataclasses import dataclass, field
from typing import Any

# Stands in a path, a body or a fault for the server that is asked, where each needs an
# object of its own because the request changes it.
TWIN = "{twin}"


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """A request, and the entries of PARITY.md that explain how the answers differ."""

    name: str
    method: str
    path: str
    # Of both answers, or of the reference's and of this server's.
    statuses: tuple[int, int]
    entries: frozenset[str] = frozenset()
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    # None sends no credentials; without it a caller of the interaction's own is sent.
    credentials: bool = True
    configuration: str = "all"
    # What the control plane does to the calls of this interaction's caller.
    faults: tuple[dict, ...] = ()
    # Whether the calls that the control plane receives are part of the answer.
    upstream: bool = False
    # What of the body is compared, where it is long: a name in `reductions`.
    reduction: str | None = None
    # Methods, paths and bodies that are asked first, in vain or not.
    before: tuple[tuple[str, str, bytes], ...] = ()
    # A path that is asked afterwards; its answer is part of the answer.
    after: str | None = None


def interaction(
    name: str, method: str, path: str, status: int | tuple[int, int], entries: str = "", **more
) -> Interaction:
    """An interaction as the tables write it."""
    statuses = status if isinstance(status, tuple) else (status, status)
    if "json" in more:
        more["body"] = json.dumps(more.pop("json")).encode()
        more.setdefault("headers", (("content-type", "application/json"),))
    for key in ("headers", "faults", "before"):
        if key in more:
            more[key] = tuple(more[key])
    return Interaction(
        name=name,
        method=method,
        path=path,
        statuses=statuses,
        entries=frozenset(entries.split()),
        **more,
    )


def get(name, path, status, entries="", **more) -> Interaction:
    return interaction(name, "GET", path, status, entries, **more)


def post(name, path, status, entries="", **more) -> Interaction:
    return interaction(name, "POST", path, status, entries, **more)


def fails(method: str, code: str, message: str = "the control plane's words") -> dict:
    """A fault: a call is answered with this error."""
    return {"method": method, "effect": {"type": "error", "code": code, "message": message}}


@dataclass(frozen=True)
class Answer:
    """What a server answered, as far as it matters."""

    status: int
    headers: dict[str, str]
    # JSON where the content type says so, else text.
    body: Any
    # The inputs of the run that it started.
    inputs: Any = None
    upstream: list[str] | None = None
    after: Any = None

    def shown(self) -> dict:
        """As it is recorded and compared: 1 and 1.0 differ, the order of members does not."""
        members = {
            "status": self.status,
            "headers": self.headers,
            "body": self.body,
            "inputs": self.inputs,
            "upstream": self.upstream,
            "after": self.after,
        }
        return {name: value for name, value in members.items() if value is not None}

    def canonical(self) -> str:
        return json.dumps(self.shown(), sort_keys=True, indent=1)


@dataclass
class Outcome:
    """An interaction and what came of it."""

    interaction: Interaction
    reference: Answer | None = None
    here: Answer | None = None
    failure: Exception | None = None
    seconds: float = 0
    extra: dict = field(default_factory=dict)

"""Everything that both servers are asked, and what they find in the control plane."""

from . import (
    allowlists,
    apps,
    beyond,
    bodies,
    builds,
    calls,
    checks,
    core,
    inputs,
    models,
    outputs,
    runs,
    tasks,
    triggers,
)

# What takes longest comes first.
PARTS = (
    beyond, calls, models, builds, apps, core, checks, tasks, bodies, inputs, runs, outputs, triggers,
    allowlists,
)  # fmt: skip
INTERACTIONS = [interaction for part in PARTS for interaction in part.INTERACTIONS]


def plant(control_plane) -> None:
    """Puts into the control plane what the interactions find there."""
    for part in PARTS:
        if hasattr(part, "plant"):
            part.plant(control_plane)

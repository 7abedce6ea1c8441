"""Whether the answers of an interaction are equal, or differ as it says."""

import difflib

from entries import UNDO
from interaction import Interaction, Outcome


# Longer texts are not recorded whole.
LONG = 400


def named(interaction: Interaction) -> frozenset[str]:
    """The entries of an interaction: every error of this server has the problem's members."""
    error = interaction.statuses[1] >= 400 and interaction.method != "HEAD"
    return interaction.entries | ({"problem-members"} if error else frozenset())


def judge(outcome: Outcome, known) -> dict | None:
    """Fails where the answers differ otherwise than they should.

    Gives what both answered, if they differ: it is recorded, so that neither drifts.
    """
    interaction = outcome.interaction
    if outcome.failure is not None:
        raise outcome.failure
    names = named(interaction)
    assert names <= set(known), f"PARITY.md has no {sorted(names - set(known))}"
    reference, here = outcome.reference, outcome.here
    for name in sorted(names & set(UNDO)):
        undone = UNDO[name](here)
        assert undone.canonical() != here.canonical(), f"`{name}` explains nothing\n{here}"
        here = undone
    explained = names - set(UNDO)
    before, after = reference.canonical(), here.canonical()
    both = "\n".join(
        difflib.unified_diff(before.splitlines(), after.splitlines(), "reference", "here", n=50)
    )
    statuses = (reference.status, here.status)
    assert statuses == interaction.statuses, f"{statuses}\n{both or before}"
    if before == after:
        assert not explained, f"the answers are equal, but {sorted(explained)} are named\n{before}"
        return None
    assert explained, f"the answers differ, and no entry says why\n{both}"
    return {
        "entries": sorted(names),
        "reference": shortened(reference.shown()),
        "here": shortened(here.shown()),
    }


def shortened(value):
    """A value with the middle of long texts left out, as it is recorded."""
    match value:
        case dict():
            return {name: shortened(member) for name, member in value.items()}
        case list():
            return [shortened(member) for member in value]
        case str() if len(value) > LONG:
            left_out = len(value) - LONG
            return f"{value[: LONG // 2]}… {left_out} more …{value[-LONG // 2 :]}"
    return value

"""docs/PARITY.md has no entry that nothing shows."""

import test_order  # noqa: F401  (their tests show entries)
import test_platform  # noqa: F401
from entries import SHOWN, entries
from interactions import INTERACTIONS
from starts import STARTS
from verdict import named


def test_there_are_enough_interactions():
    assert len(INTERACTIONS) >= 250


def test_every_entry_is_shown():
    shown = {entry for interaction in INTERACTIONS for entry in named(interaction)}
    shown |= {entry for start in STARTS for entry in start.entries} | SHOWN
    assert sorted(set(entries()) - shown) == []
    assert sorted(shown - set(entries())) == []

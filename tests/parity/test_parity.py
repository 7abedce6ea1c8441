"""The reference and this server answer alike, or differ as docs/PARITY.md says."""

from collections import Counter

import pytest

from conftest import RECORDING
from entries import entries
from interactions import INTERACTIONS
from verdict import judge

KNOWN = entries()


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=lambda interaction: interaction.name)
def test_interaction(interaction, outcomes, recorded):
    difference = judge(outcomes[interaction.name], KNOWN)
    if RECORDING and difference is not None:
        recorded[interaction.name] = difference
    assert difference == recorded.get(interaction.name), "`make parity-record` takes it as it is"


def test_nothing_is_recorded_that_is_not_asked(recorded):
    assert set(recorded) <= {interaction.name for interaction in INTERACTIONS}


def test_interactions_have_names_of_their_own():
    names = Counter(interaction.name for interaction in INTERACTIONS)
    assert [name for name, times in names.items() if times > 1] == []

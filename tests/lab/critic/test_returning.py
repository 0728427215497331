"""A piece that comes back is heard to, and a note that does not is heard too."""

from __future__ import annotations

import numpy as np

from etude.lab.critic.returning import returns


def test_the_second_strain_is_held_against_the_first() -> None:
    strain = np.random.default_rng(0).permutation(np.arange(60, 92))
    pitches = np.concatenate([strain, strain])
    onsets = np.arange(64) * 12  # eighths: the strain comes back after sixteen quarters
    found = returns(pitches, onsets, 24)[0]
    assert (found[:32] == 1).all(), "nothing before, the same after"
    assert (found[32:] == 3).all(), "the same before, nothing after"
    pitches[40] += 40
    wrong = returns(pitches, onsets, 24)[0]
    assert np.flatnonzero(wrong != found).tolist() == [8, 40]
    assert wrong[8] == 2
    assert wrong[40] == 6


def test_music_that_never_comes_back_has_no_returns() -> None:
    found = returns(np.arange(30, 94), np.arange(64) * 12, 24)
    assert found.shape == (2, 64)
    assert not found.any()


def test_long_music_is_followed_block_by_block() -> None:
    pitches = 60 + np.arange(2500) % 16
    found = returns(pitches, np.arange(2500) * 12, 24)[0]
    assert (found[100:900] == 4).all()
    assert (found[2100:2400] == 4).all()

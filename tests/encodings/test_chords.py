"""Chords as steps: the same notes as `notes`, what a window loses, and how large chords go on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from etude.encodings import build, decode
from etude.errors import UsageError
from etude.score import Score
from etude.testing.scores import random_score

TRIADS = Score.of([(onset, 240, pitch, 80, 0) for onset in (0, 480, 960) for pitch in (60, 64, 67)])
CLUSTER = Score.of([(0, 480, pitch, 80, 0) for pitch in range(60, 70)])


def played(seed: int) -> Score:
    """Random notes without a grid, so that some begin a few milliseconds apart."""
    return random_score(seed, notes=300, tracks=1)


@pytest.mark.parametrize("time", ["performed", "scored"])
@pytest.mark.parametrize("slots", [1, 2, 4])
def test_the_same_notes_as_notes(time: str, slots: int) -> None:
    for seed in range(4):
        score = played(seed)
        single, chords = build("notes", time=time), build("chords", time=time, slots=slots)
        one_by_one, together = single.encode(score), chords.encode(score)
        np.testing.assert_array_equal(decode(chords, together).notes, decode(single, one_by_one).notes)
        assert chords.note_count(together) == single.note_count(one_by_one)
        assert len(together) <= len(one_by_one)


def test_a_chord_is_one_step() -> None:
    chords = build("chords", time="scored")
    assert len(chords.encode(TRIADS)) == 2 + 3
    assert chords.note_count(chords.encode(TRIADS)) == 9


def test_a_large_chord_goes_on_without_waiting() -> None:
    chords = build("chords", slots=4)
    steps = chords.encode(CLUSTER)[1:-1]
    assert steps[:, 0].tolist() == [2, 2, 2]
    assert (steps[:, 1::3] > 0).sum(axis=1).tolist() == [4, 4, 2]
    reader = chords.reader()
    reader.feed(steps[0].tolist())
    assert reader.allowed()[2], "a full chord may go on"
    assert not reader.allowed([2])[: steps[0, -3] + 1].any(), "upwards only"
    reader.feed(steps[1].tolist())
    reader.feed(steps[2].tolist())
    assert not reader.allowed()[2], "a chord with room left may not"


def test_a_window_gathers_what_is_nearly_together() -> None:
    spread = Score.of([(0, 480, 60, 80, 0), (5, 480, 64, 80, 0), (19, 480, 67, 80, 0), (480, 480, 72, 80, 0)])
    assert len(build("chords").encode(spread)) == 2 + 4  # a tick of 10 ms is 9.6 ticks of the score
    wide = build("chords", window=2)
    assert len(wide.encode(spread)) == 2 + 2
    assert decode(wide, wide.encode(spread)).notes["onset"].tolist() == [0, 0, 0, 50]


def test_what_makes_no_sense_is_refused() -> None:
    for settings in ({"slots": 0}, {"window": 26}, {"part": "skyline"}, {"resolution": 7}):
        with pytest.raises(UsageError):
            build("chords", **settings)


def test_performances_keep_every_note_of_notes(benchmark_data: Path) -> None:
    from etude.data import Collection

    single, chords = build("notes"), build("chords")
    pieces = Collection.open(benchmark_data / "maestro-v2-midi-sample.tar.xz").pieces("valid")[:3]
    for piece in pieces:
        steps = chords.encode(piece.score)
        np.testing.assert_array_equal(decode(chords, steps).notes, decode(single, single.encode(piece.score)).notes)
        assert 1.05 < chords.note_count(steps) / (len(steps) - 2) < 2

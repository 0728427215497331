"""Passages that two collections share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from etude.data import repeats, shared_passages
from etude.data.build import Tune
from etude.errors import UsageError
from etude.formats.base import Reading
from etude.score import NOTE, Score, cut, transpose

from .conftest import collection, melody


def with_passage(host: Score, guest: Score, notes: int, shift: int) -> Score:
    """The `host` after the first notes of the `guest`, moved and twice as slow."""
    rows = guest.notes[:notes].copy()
    rows["onset"], rows["duration"] = rows["onset"] * 2, rows["duration"] * 2
    rows["pitch"] += shift
    later = host.notes.copy()
    later["onset"] += rows["onset"][-1] + rows["duration"][-1]
    return host.replace(notes=np.concatenate([rows, later]).astype(NOTE))


@pytest.mark.parametrize(("notes", "found"), [(14, True), (15, False)])
def test_a_shared_passage_is_found_in_any_key_and_rhythm(tmp_path: Path, notes: int, found: bool) -> None:
    held = [melody(seed) for seed in range(20)]
    theirs = collection(
        tmp_path / "theirs",
        [
            Tune(f"{i}.abc", Reading(one), split="test" if i < 3 else "train", official=True)
            for i, one in enumerate(held)
        ],
        official="by hand",
    )
    # a last note off the line, so that no sixteenth interval fits by chance
    guests = [with_passage(melody(800), held[1], 14, 3), with_passage(melody(801), held[7], 14, 0), melody(802)]
    lines = [int(held[1].notes["pitch"][14]) + 3, int(guests[0].notes["pitch"][14])]
    assert lines[0] != lines[1]
    ours = collection(tmp_path / "ours", guests)
    shared = shared_passages(ours, theirs, notes)
    assert shared.pieces == ({"book.abc#1": "1.abc"} if found else {})
    assert shared.touched == ({"1.abc"} if found else set())
    assert repeats(ours, theirs).pieces == {}
    everywhere = shared_passages(ours, theirs, 14, held_out=False)
    assert everywhere.pieces == {"book.abc#1": "1.abc", "book.abc#2": "7.abc"}


def test_every_touched_piece_is_counted(tmp_path: Path) -> None:
    tune = melody(1, 90)
    halves = [cut(tune, 0, tune.end // 2), cut(tune, tune.end // 2, tune.end)]
    theirs = collection(
        tmp_path / "theirs",
        [Tune(f"{i}.abc", Reading(one), split="valid", official=True) for i, one in enumerate(halves)],
        official="by hand",
    )
    ours = collection(tmp_path / "ours", [transpose(tune, -2), melody(3)])
    both = repeats(ours, theirs) | shared_passages(ours, theirs, 17)
    assert both.pieces == {"book.abc#1": "0.abc"}
    assert both.touched == {"0.abc", "1.abc"}


def test_short_passages_are_refused(tmp_path: Path) -> None:
    one = collection(tmp_path / "one", [melody(1)])
    with pytest.raises(UsageError, match="says nothing"):
        shared_passages(one, one, 4)

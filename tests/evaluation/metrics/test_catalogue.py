"""Musical measures of tunes small enough to count by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from etude.evaluation import METRICS, measure
from etude.score import Score, Track

Q = 480  # ticks of a quarter


def tune(*notes: tuple[float, float, int], **parts: object) -> Score:
    """A Score from (onset, duration, pitch), times in quarters."""
    rows = [(int(onset * Q), int(length * Q), pitch, 80, 0) for onset, length, pitch in notes]
    return Score.of(rows, tpq=Q, **parts)


def values(score: Score) -> dict[str, float]:
    return {name: float(found[0]) for name, found in measure([score]).items()}


def test_a_tune_by_hand() -> None:
    # two bars of four quarters: C C G c | d.
    found = values(tune((0, 1, 60), (1, 1, 60), (2, 1, 67), (3, 1, 72), (4, 3, 74)))
    assert found["notes"] == 5
    assert found["notes_per_bar"] == 2.5
    assert found["pitch_range"] == 14
    assert found["pitches"] == 4
    assert found["repeated_notes"] == 0.25
    assert found["mean_interval"] == (0 + 7 + 5 + 2) / 4
    assert found["valid_bars"] == 1
    shares = np.array([3, 1, 1]) / 5  # C C C, G, D
    assert found["pitch_class_entropy"] == pytest.approx(-(shares * np.log2(shares)).sum())


def test_a_note_over_the_bar_line_makes_its_bar_invalid() -> None:
    found = values(tune((0, 1, 60), (3, 2, 62), (5, 1, 64), (8, 1, 64)))
    assert found["valid_bars"] == pytest.approx(2 / 3), "three bars begin notes, the first runs over"
    assert found["notes_per_bar"] == pytest.approx(4 / 3)


def test_bars_follow_the_meter() -> None:
    three = tune((0, 3, 60), (3, 3, 62), meters=[(0, 3, 4)])
    assert values(three)["valid_bars"] == 1
    # in four quarters both begin in the first bar, and the second runs over
    assert values(tune((0, 3, 60), (3, 3, 62)))["valid_bars"] == 0


def test_one_pitch_has_no_entropy_and_all_twelve_the_most() -> None:
    assert values(tune((0, 1, 60), (1, 1, 72)))["pitch_class_entropy"] == 0
    chromatic = tune(*[(i, 1, 60 + i) for i in range(12)])
    assert values(chromatic)["pitch_class_entropy"] == pytest.approx(math.log2(12))


def test_the_melody_is_the_highest_voice() -> None:
    chords = tune((0, 1, 48), (0, 1, 72), (1, 1, 50), (1, 1, 72))
    assert values(chords)["repeated_notes"] == 1


def test_drums_have_no_pitch() -> None:
    score = Score.of([(0, Q, 36, 90, 0), (Q, Q, 38, 90, 0)], tracks=[Track("kit", 0, True)], tpq=Q)
    found = values(score)
    assert found["notes"] == 2
    for name in ("pitch_range", "pitches", "pitch_class_entropy", "repeated_notes", "mean_interval"):
        assert math.isnan(found[name])


def test_what_is_not_defined_is_not_a_number() -> None:
    found = values(tune())
    assert found.pop("notes") == 0
    assert all(math.isnan(value) for value in found.values())
    single = values(tune((0, 1, 60)))
    assert math.isnan(single["repeated_notes"])
    assert single["pitch_range"] == 0


def test_every_metric_says_what_it_is() -> None:
    assert 6 <= len(METRICS) == len({metric.name for metric in METRICS})
    assert all(metric.unit and metric.source for metric in METRICS)
    found = measure([tune((0, 1, 60)), tune()])
    assert list(found) == [metric.name for metric in METRICS]
    assert all(column.shape == (2,) and column.dtype == np.float64 for column in found.values())

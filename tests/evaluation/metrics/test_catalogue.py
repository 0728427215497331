"""The table of measures: complete, well described, and honest about what is not defined."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from etude.evaluation import METRICS, Analysis, Metric, measure
from etude.score import NOTE, Mark, Score, Track

PITCHED = {"pitch", "melody", "voices"}  # families that need notes with pitches


def values(score: Score) -> dict[str, float]:
    return {name: float(found[0]) for name, found in measure([score]).items()}


def test_every_metric_says_what_it_is() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    assert all(metric.unit and metric.source and metric.family for metric in METRICS)
    assert {metric.better for metric in METRICS} == {"high", "low", "near reference"}


def test_one_column_a_metric_and_one_row_a_score() -> None:
    found = measure([Score.of([(0, 480, 60, 80, 0)]), Score.of([])])
    assert list(found) == [metric.name for metric in METRICS]
    assert all(column.shape == (2,) and column.dtype == np.float64 for column in found.values())
    assert all(column.shape == (0,) for column in measure([]).values())


def test_what_is_not_defined_is_not_a_number() -> None:
    found = values(Score.of([]))
    assert found.pop("notes") == 0
    assert all(math.isnan(value) for value in found.values())


def test_drums_have_no_pitch() -> None:
    rows = [(480 * at, 10, pitch, 90, 0) for at, pitch in enumerate((36, 38, 42, 46) * 8)]
    found = values(Score.of(rows, tracks=[Track("kit", 0, True)]))
    for metric in METRICS:
        if metric.family in PITCHED:
            assert math.isnan(found[metric.name]), metric.name
    for name in ("valid_bars", "complete_ending", "note_length", "articulation", "polyphony"):
        assert math.isnan(found[name]), name
    assert found["notes"] == 32
    assert found["structureness_middle"] > 0.4


def test_notes_without_length_are_no_accident() -> None:
    score = Score.of([(0, 0, 60, 80, 0), (0, 0, 64, 80, 0), (480, 0, 62, 80, 0)], marks=[Mark(960, "end")])
    found = values(score)
    assert math.isnan(found["key_clarity"])
    assert math.isnan(found["polyphony"])
    assert found["pitch_range"] == 4


def test_all_at_once_is_no_accident() -> None:
    found = values(Score.of([(0, 480, pitch, 80, 0) for pitch in range(128)]))
    assert found["polyphony"] == 128
    assert math.isnan(found["onset_interval"])


def test_a_long_piece_is_measured_by_its_first_bars() -> None:
    notes = np.zeros(4000, NOTE)
    notes["onset"], notes["duration"], notes["pitch"], notes["velocity"] = np.arange(4000) * 480, 480, 60, 80
    found = values(Score.of(notes))
    assert found["structureness_long"] > 0.9
    assert found["notes_per_bar"] == 4


def test_endless_bars_need_no_endless_memory() -> None:
    notes = [(0, 4, 60, 80, 0), (100_000_000, 4, 62, 80, 0), (100_000_004, 4, 62, 80, 0)]
    found = values(Score.of(notes, tpq=4, meters=[(0, 32_000, 1)]))
    assert found["notes"] == 3
    assert 0 <= found["bar_similarity"] <= 1


def test_places_of_a_bar_need_not_be_whole_ticks() -> None:
    bars = [(7 * 4 * bar + 7 * beat, 7, 60 + beat, 80, 0) for bar in range(40) for beat in range(4)]
    assert values(Score.of(bars, tpq=7))["bar_similarity"] == pytest.approx(1)


def test_a_measure_of_ones_own_is_a_function_and_a_row() -> None:
    def tracks(music: Analysis) -> float:
        return float(len(music.score.tracks))

    own = Metric("tracks", "texture", "tracks", "near reference", "mine", tracks)
    assert measure([Score.of([])], [own])["tracks"].tolist() == [1]


def test_what_several_measures_need_is_worked_out_once() -> None:
    asked: list[Analysis] = []
    music = Analysis(Score.of([]))
    for _ in range(3):
        music.once(asked.append)
    assert asked == [music]


def test_a_thousand_tunes_take_less_than_half_a_minute() -> None:
    random = np.random.default_rng(0)
    tunes = [
        Score.of([(240 * at, 240, int(pitch), 80, 0) for at, pitch in enumerate(random.integers(55, 80, 256))])
        for _ in range(20)
    ]
    start = time.process_time()
    measure(tunes)
    assert time.process_time() - start < 20 * 0.03


@pytest.mark.parametrize("shift", [0, 17])
def test_a_later_start_changes_no_melody(shift: int) -> None:
    line = [(480 * (at + shift), 480, pitch, 80, 0) for at, pitch in enumerate((60, 64, 62, 67, 65, 64, 60))]
    found = values(Score.of(line))
    assert found["mean_interval"] == pytest.approx((4 + 2 + 5 + 2 + 1 + 4) / 6)
    assert found["silence"] == 0

"""Measures of loudness say what music was made to have."""

from __future__ import annotations

import math

import numpy as np
import pytest

from etude.evaluation import measure
from etude.evaluation.metrics.dynamics import METRICS as DYNAMICS
from etude.score import Score, Track


def played(velocities: np.ndarray, pitches: np.ndarray | None = None) -> dict[str, float]:
    keys = np.full(len(velocities), 60) if pitches is None else pitches
    rows = [(120 * i, 100, int(key), int(v), 0) for i, (key, v) in enumerate(zip(keys, velocities))]
    return {name: float(found[0]) for name, found in measure([Score.of(rows)], DYNAMICS).items()}


def test_music_of_one_loudness_has_no_dynamics() -> None:
    found = played(np.full(64, 80))
    assert (found["loudness"], found["loudness_spread"], found["loudness_step"]) == (80, 0, 0)
    assert found["loudness_swell"] == 0
    assert math.isnan(found["loudness_memory"])
    assert math.isnan(found["loudness_height"])


def test_a_swell_is_told_from_noise() -> None:
    swell = 70 + 30 * np.sin(np.linspace(0, 4 * np.pi, 256))
    noise = np.random.default_rng(0).permutation(swell)
    smooth, rough = played(swell), played(noise)
    assert smooth["loudness_spread"] == pytest.approx(rough["loudness_spread"])
    assert smooth["loudness_memory"] > 0.9 > 0.3 > rough["loudness_memory"]
    assert smooth["loudness_swell"] > 2 * rough["loudness_swell"]
    assert smooth["loudness_step"] < rough["loudness_step"] / 5


def test_bringing_out_the_top_is_seen() -> None:
    pitches = np.random.default_rng(0).integers(40, 90, 100)
    assert played(pitches, pitches)["loudness_height"] == pytest.approx(1)
    assert played(127 - pitches, pitches)["loudness_height"] == pytest.approx(-1)


def test_too_little_music_has_none() -> None:
    assert all(math.isnan(found[0]) for found in measure([Score.of([])], DYNAMICS).values())


def test_drums_are_heard_where_there_is_nothing_else() -> None:
    kit = Track("kit", 0, True)
    drums = Score.of([(0, 100, 36, 90, 0), (100, 100, 38, 70, 0)], tracks=[kit])
    assert measure([drums], DYNAMICS)["loudness"][0] == 80
    assert math.isnan(measure([drums], DYNAMICS)["loudness_height"][0])
    both = Score.of([(0, 100, 36, 90, 0), (0, 100, 60, 50, 1)], tracks=[kit, Track()])
    assert measure([both], DYNAMICS)["loudness"][0] == 50

"""Beats found in jittered music of a known tempo."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from etude.data.beats import beat_confidence, beat_grid, quantise_performance
from etude.data.grid import grid_share
from etude.score import Score

from .conftest import melody


def performance(
    seconds_a_beat: float, *, jitter: float = 0.012, drift: float = 0.0, seed: int = 0
) -> tuple[Score, NDArray[np.float64]]:
    """A bass note on each of 64 beats under a melody, and those beats in seconds. Ticks are milliseconds."""
    random = np.random.default_rng(seed)
    lengths = seconds_a_beat * (1 + drift * np.sin(np.arange(64) / 10))
    beats = 0.8 + np.cumsum(lengths) - lengths[0]
    rows = []
    for number, beat in enumerate(beats):
        places = [0.0, *random.choice([0.25, 0.5, 0.75], random.integers(0, 3), replace=False)]
        rows += [(beat + place * lengths[number], 72 + int(random.integers(0, 12)), 70) for place in places]
        rows.append((beat, 40, 90))
    onsets = [max(0.0, at + random.normal(0, jitter)) for at, _, _ in rows]
    notes = [(round(at * 1000), 150, pitch, velocity, 0) for at, (_, pitch, velocity) in zip(onsets, rows)]
    return Score.of(notes, tempos=[(0, 500_000)], tpq=500), beats


def hits(found: NDArray[np.float64], beats: NDArray[np.float64]) -> float:
    """The share of true beats with a found one within 70 ms, the usual tolerance."""
    return float((np.abs(beats[:, None] - found).min(axis=1) < 0.07).mean())


@pytest.mark.parametrize("tempo", [66, 80, 100, 120, 132, 150])
def test_the_beats_of_a_known_tempo_are_found(tempo: int) -> None:
    score, beats = performance(60 / tempo, seed=tempo)
    grid = beat_grid(score)
    assert grid.source == "estimate"
    assert hits(grid.beats, beats) > 0.95
    assert np.median(np.diff(grid.beats)) == pytest.approx(60 / tempo, rel=0.02)
    assert grid.confidence > 0.3


def test_a_tempo_that_swells_is_followed() -> None:
    score, beats = performance(0.55, drift=0.06, seed=5)
    assert hits(beat_grid(score).beats, beats) > 0.9


def test_written_music_keeps_its_tempo_map() -> None:
    grid = beat_grid(melody(1))
    assert grid.source == "tempo map"
    assert grid.confidence == 1.0
    assert np.allclose(np.diff(grid.beats), 0.5)


def test_noise_earns_little_confidence() -> None:
    random = np.random.default_rng(1)
    notes = [(int(at), 100, 60, 80, 0) for at in np.sort(random.integers(0, 60_000, 300))]
    noise = Score.of(notes, tpq=500)
    steady, _ = performance(0.5)
    assert beat_confidence(noise)[1] < 0.25 < beat_confidence(steady)[1]
    assert beat_confidence(steady)[0] == "estimate"


def test_a_quantised_performance_is_on_its_grid_and_sounds_as_before() -> None:
    score, beats = performance(0.5, seed=3)
    written = quantise_performance(score)
    assert grid_share(written) > 0.99
    assert len(written) == len(score)
    before, after = score.seconds(score.notes["onset"]), written.seconds(written.notes["onset"])
    shift = np.median(np.sort(after) - np.sort(before))
    assert np.abs(np.sort(after) - np.sort(before) - shift).max() < 0.1
    bass = written.notes[written.notes["pitch"] == 40]
    assert (bass["onset"] % written.tpq == 0).mean() > 0.95
    assert len(bass) == len(beats)


def test_pedals_move_with_the_notes() -> None:
    score, _ = performance(0.5)
    pressed = score.replace(controls=[(int(tick), 0, 64, 127) for tick in score.notes["onset"][:20:4]])
    written = quantise_performance(pressed)
    gaps = written.seconds(written.controls["tick"]) - written.seconds(written.notes["onset"][:20:4])
    assert np.abs(gaps).max() < 0.1


@pytest.mark.parametrize("notes", [0, 1, 2, 3])
def test_almost_nothing_is_no_error(notes: int) -> None:
    score = Score.of([(i * 377, 100, 60, 80, 0) for i in range(notes)], tpq=500)
    assert beat_grid(score).beats.ndim == 1
    assert len(quantise_performance(score)) == notes


def test_a_player_who_follows_the_click_keeps_the_tempo_map() -> None:
    random = np.random.default_rng(2)
    onsets = [max(0, round(i * 240 + random.normal(0, 15))) for i in range(100)]
    played = Score.of([(onset, 60, 60, 80, 0) for onset in onsets])
    assert grid_share(played) < 0.5
    grid = beat_grid(played)
    assert grid.source == "tempo map"
    assert 0.5 < grid.confidence < 1.0


def test_even_clicks_are_halves_of_a_usual_beat() -> None:
    random = np.random.default_rng(1)
    clicks = [(max(0, round(100 + i * 250 + random.normal(0, 6))), 50, 60, 80, 0) for i in range(120)]
    score = Score.of(clicks, tempos=[(0, 777_000)], tpq=777)
    grid = beat_grid(score)
    assert grid.source == "estimate"
    assert np.median(np.diff(grid.beats)) == pytest.approx(0.5, abs=0.02)

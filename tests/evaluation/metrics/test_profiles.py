"""The vectors and matrices of pieces small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from etude.evaluation import PROFILES, Profile, profile
from etude.score import Score, Track

Q = 480
TWO_BARS = [(0, 240, 60, 70, 0), (240, 240, 62, 90, 0), (480, 480, 64, 80, 0), (4 * Q, 4 * Q, 72, 80, 0)]
BY_NAME = {one.name: one for one in PROFILES}


def of(score: Score, name: str) -> np.ndarray:
    return profile([score], [BY_NAME[name]])[name][0]


def by_label(score: Score, name: str) -> dict[str, float]:
    """What is not 0, by its label."""
    (axis,) = BY_NAME[name].axes
    return {label: value for label, value in zip(axis.labels, of(score, name).tolist()) if value}


def test_histograms() -> None:
    score = Score.of(TWO_BARS)
    assert by_label(score, "pitch_histogram") == {"60": 0.25, "62": 0.25, "64": 0.25, "72": 0.25}
    assert by_label(score, "pitch_class_histogram") == {"C": 0.5, "D": 0.25, "E": 0.25}
    assert by_label(score, "note_length_histogram") == {"eighth": 0.5, "quarter": 0.25, "whole": 0.25}
    assert by_label(score, "interval_histogram") == {"+2": 2 / 3, "+8": 1 / 3}
    assert by_label(score, "onset_interval_histogram") == {"eighth": 2 / 3, "dotted half": 1 / 3}
    assert by_label(score, "onset_interval_ratios") == {"1": 0.5, ">= 4": 0.5}
    assert by_label(score, "onset_positions") == {"0": 0.5, "3": 0.25, "6": 0.25}


def test_wide_intervals_count_with_the_octave() -> None:
    score = Score.of([(0, 240, 40, 80, 0), (240, 240, 90, 80, 0), (480, 240, 40, 80, 0)])
    assert by_label(score, "interval_histogram") == {"+12": 0.5, "-12": 0.5}


def test_transitions_say_what_comes_after_what() -> None:
    pitch = of(Score.of(TWO_BARS), "pitch_class_transitions")
    assert {(int(i), int(j)): pitch[i, j] for i, j in np.argwhere(pitch)} == dict.fromkeys(
        [(0, 2), (2, 4), (4, 0)], 1 / 3
    )
    axes = BY_NAME["note_length_transitions"].axes
    length = of(Score.of(TWO_BARS), "note_length_transitions")
    found = {(axes[0].labels[i], axes[1].labels[j]): length[i, j] for i, j in np.argwhere(length)}
    assert found == dict.fromkeys([("eighth", "eighth"), ("eighth", "quarter"), ("quarter", "whole")], 1 / 3)


def test_tempo_and_notation_do_not_change_the_ratios() -> None:
    slow = Score.of([(2 * onset, 2 * length, *rest) for onset, length, *rest in TWO_BARS], tempos=[(0, 10**6)])
    assert of(slow, "onset_interval_ratios") == pytest.approx(of(Score.of(TWO_BARS), "onset_interval_ratios"))


def bars(pitches: list[list[int]]) -> Score:
    """Four quarters a bar, of the pitches given for it."""
    return Score.of(
        [(Q * (4 * bar + at), Q, p, 80, 0) for bar, four in enumerate(pitches) for at, p in enumerate(four)]
    )


def test_bars_are_as_alike_as_what_they_share() -> None:
    one, half, other = [60, 62, 64, 65], [60, 62, 66, 67], [61, 63, 68, 70]
    alike = of(bars([one, half, other, one, []]), "self_similarity")
    assert alike == pytest.approx(np.array([[1, 0.5, 0, 1], [0.5, 1, 0, 0.5], [0, 0, 1, 0], [1, 0.5, 0, 1]]))
    octave_up = [pitch + 12 for pitch in one]
    assert of(bars([one, octave_up]), "self_similarity")[0, 1] == pytest.approx(1)


def test_an_empty_bar_is_like_none() -> None:
    alike = of(bars([[60, 60, 60, 60], [], [], [60, 60, 60, 60]]), "self_similarity")
    assert alike == pytest.approx(np.array([[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 1]]))


def test_drums_are_alike_by_instrument_not_by_pitch_class() -> None:
    kit = [Track("kit", 0, True)]
    strokes = [(4 * Q * bar, 10, pitch, 80, 0) for bar, pitch in enumerate((36, 48, 36))]
    alike = of(Score.of([*strokes, (12 * Q - 10, 10, 36, 80, 0)], tracks=kit), "self_similarity")
    assert alike[0, 1] == 0
    assert alike[0, 2] > 0.5


def test_novelty_is_highest_where_the_music_turns() -> None:
    score = bars([[60, 60, 60, 60]] * 6 + [[66, 66, 66, 66]] * 6)
    curve = of(score, "novelty")
    assert curve.argmax() == 6
    assert curve[6] == pytest.approx(1)
    assert curve[[0, 1, 2, 10, 11]] == pytest.approx(0)


def test_loudness_is_drawn_along_the_piece() -> None:
    score = Score.of([(Q * at, Q, 60, 20 + at, 0) for at in range(32)])
    assert of(score, "loudness_contour") == pytest.approx(np.arange(-15, 17, 2))


@pytest.mark.parametrize("one", PROFILES, ids=lambda one: one.name)
def test_every_profile_keeps_its_shape_and_says_where_it_is_not_defined(one: Profile) -> None:
    full, empty = profile([Score.of(TWO_BARS), Score.of([])], [one])[one.name]
    assert all((one.unit, one.source, one.axes))
    if not one.fixed:
        assert empty.size == 0
        assert full.ndim == len(one.axes)
        return
    shape = tuple(len(axis.labels) for axis in one.axes)
    assert full.shape == empty.shape == shape
    assert np.isnan(empty).all()
    if one.unit == "share":
        assert full.sum() == pytest.approx(1)
        assert (full >= 0).all()

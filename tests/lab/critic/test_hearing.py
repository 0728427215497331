"""What a critic hears: nothing of the container, the key, the loudness; all of what repeats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from etude import formats
from etude.lab.critic.hearing import NAMES, SIZES, Ears, is_played, tonic_of
from etude.lab.critic.memory import LONGEST, REACH, remembered
from etude.score import Mark, Score, Track, stretch, transpose, unfold
from etude.testing.scores import random_score


def tune(number: int = 1) -> Score:
    scale = (0, 2, 4, 5, 7, 9, 11, 12)
    return Score.of([(240 * i, 240, 60 + scale[i * (number + 2) % 8], 80, 0) for i in range(64)])


def column(score: Score, name: str, played: bool = False) -> list[int]:
    return [int(value) for value in Ears(played).steps(score)[1:-1, NAMES.index(name)]]


@pytest.mark.parametrize("played", [False, True])
@pytest.mark.parametrize("drums", [False, True])
def test_every_value_fits_its_field(played: bool, drums: bool) -> None:
    for seed in range(5):
        steps = Ears(played).steps(random_score(seed, notes=300, drums=drums))
        assert steps.dtype == np.int32
        assert (steps >= 0).all()
        assert (steps < SIZES).all()
    assert Ears().steps(Score.of([])).shape == (2, len(SIZES))
    assert Ears().steps(Score.of([(0, 1, 60, 1, 0)])).shape == (3, len(SIZES))


def test_key_loudness_tempo_and_tracks_are_not_heard() -> None:
    score = random_score(3, notes=120, tracks=1, grid=120)
    heard = Ears().steps(score)
    notes = score.notes.copy()
    notes["velocity"] = 1 + np.arange(len(notes)) % 127
    for other in (transpose(score, 5), score.replace(notes=notes), stretch(score, 1.7)):
        np.testing.assert_array_equal(Ears().steps(other), heard)
    low = heard[:, NAMES.index("register")]
    assert np.ptp(low[1:-1]) > 10, "but pitches are"


@pytest.mark.parametrize("kind", ["mid", "musicxml", "abc"])
def test_a_container_is_not_heard(kind: str, tmp_path: Path) -> None:
    score = tune()
    formats.write(score, tmp_path / f"tune.{kind}")
    again = formats.read(tmp_path / f"tune.{kind}")
    np.testing.assert_array_equal(Ears().steps(again), Ears().steps(score))


def repeated() -> Score:
    """A tune of 32 notes, its first half to be played twice."""
    score = tune().replace(notes=tune().notes[:32])
    return score.replace(marks=[Mark(0, "repeat_start"), Mark(3840, "repeat_end")])


def test_a_repeat_is_heard_as_it_is_played_whether_written_out_or_not(tmp_path: Path) -> None:
    formats.write(unfold(repeated()), tmp_path / "played.mid")
    steps = Ears().steps(repeated())
    assert len(steps) == 2 + 48
    np.testing.assert_array_equal(Ears().steps(formats.read(tmp_path / "played.mid")), steps)


def test_drums_are_keys_and_not_degrees() -> None:
    kit = [Track(is_drum=True)]
    one, two = (Score.of([(240 * i, 60, key, 80, 0) for i in range(8)], tracks=kit) for key in (36, 42))
    assert column(two, "register")[0] - column(one, "register")[0] == 6


def test_played_music_is_heard_by_the_clock() -> None:
    score = random_score(4, notes=60, tracks=1)
    faster = stretch(score, 0.5)
    assert column(score, "gap", played=True) != column(faster, "gap", played=True)
    rng = np.random.default_rng(0)
    notes = score.notes.copy()
    notes["onset"] += rng.integers(0, 40, len(notes)).astype(np.int32)
    assert is_played([score.replace(notes=notes)])
    assert not is_played([score])


def test_the_tonic_is_that_of_the_scale() -> None:
    scale = np.array([0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 0, 0])
    lengths = np.full(len(scale), 24)
    for key in (0, 3, 10):
        assert tonic_of(60 + key + scale, lengths) == (key, False)
    minor = np.array([0, 2, 3, 5, 7, 8, 11, 12, 7, 3, 0, 0])
    assert tonic_of(62 + minor, lengths) == (2, True)


def test_what_was_there_before_is_expected_in_any_key() -> None:
    line = [0, 4, 2, 5, 3, 7, 1, 6, 12, 3]
    pitches = np.array(line + [pitch + 5 for pitch in line])
    gaps = np.full(len(pitches) - 1, 24)
    code, ago = remembered(np.diff(pitches), gaps)
    assert code[-1] == 2 * min(LONGEST, len(line) - 2)
    assert ago[-1] == len(line)
    pitches[-1] += 1
    wrong, _ = remembered(np.diff(pitches), gaps)
    assert wrong[-1] == code[-1] - 1, "the same line, which now goes on otherwise"
    assert (code[: len(line)] <= 2).all()


def test_long_pieces_are_remembered_as_short_ones_are() -> None:
    random = np.random.default_rng(1)
    intervals, gaps = random.integers(-3, 4, 900), random.integers(1, 3, 900)
    code, ago = remembered(intervals, gaps)
    assert len(code) == 901
    assert (ago < 2 * REACH).all()
    again, _ = remembered(intervals[-100:], gaps[-100:])
    assert (code[-100:] >= again[-100:]).all(), "who remembers more expects no less"


def test_parts_are_the_whole() -> None:
    ears = Ears(longest=50)
    steps = ears.steps(random_score(2, notes=220, tracks=1))
    parts = ears.parts(steps)
    np.testing.assert_array_equal(np.concatenate(parts), steps)
    assert max(map(len, parts)) <= 52
    assert len(ears.parts(steps[:40])) == 1

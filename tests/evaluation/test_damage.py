"""Typed damage: it touches what it says, as much as it says, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from etude.evaluation.corruptions import DAMAGES, FULL, Damaged, damage, strengths_of
from etude.evaluation.corruptions.parts import Parts, joined
from etude.score import Score, Track

SCALE = np.array([0, 2, 4, 5, 7, 9, 11])
ALL = [(kind, strength) for kind in DAMAGES for strength in strengths_of(kind)]


def tune(seed: int, bars: int = 20, tracks: tuple[Track, ...] = (Track(),)) -> Score:
    """Eighths that wander in C major, a line a track; the last bar holds one long note."""
    random = np.random.default_rng(seed)
    notes = []
    for track in range(len(tracks)):
        line = np.cumsum(random.integers(-1, 2, 8 * bars)) % 14
        pitches = 72 - 12 * track + SCALE[line % 7] + 12 * (line // 7)
        notes += [(240 * i, 240, int(pitch), 80, track) for i, pitch in enumerate(pitches)]
    end = 1920 * bars
    return Score.of(
        [*notes, *((end, 1920, 72 - 12 * track, 80, track) for track in range(len(tracks)))], tracks=tracks
    )


def kit(seed: int, bars: int = 12) -> Score:
    random = np.random.default_rng(seed)
    pitches = random.choice([36, 38, 42], 8 * bars)
    return Score.of([(240 * i, 60, int(p), 80, 0) for i, p in enumerate(pitches)], tracks=[Track(is_drum=True)])


FOUR = (Track("S"), Track("A"), Track("T"), Track("B"))
PIECES = {"melody": tune(1), "voices": tune(2, tracks=FOUR), "drums": kit(3)}
IMPOSSIBLE = {
    ("melody", "swapped voices"),
    ("drums", "wrong notes out of key"),
    ("drums", "transposed half"),
}


def done(kind: str, score: Score, strength: float, seed: int = 0) -> Damaged | None:
    other = kit(9) if score == PIECES["drums"] else tune(9)
    return damage(kind, score, strength, other, np.random.default_rng(seed))


@pytest.mark.parametrize("name", PIECES)
@pytest.mark.parametrize(("kind", "strength"), ALL)
def test_damage_is_where_it_says_and_nowhere_else(name: str, kind: str, strength: float) -> None:
    score = PIECES[name]
    found = done(kind, score, strength)
    if (name, kind) in IMPOSSIBLE:
        assert found is None
        return
    assert found is not None
    assert len(found.touched) == len(found.score)
    assert found.touched.any()
    assert found.score != score
    assert done(kind, score, strength).score == found.score  # type: ignore[union-attr]
    there = {tuple(row) for row in score.notes.tolist()}
    kept = {tuple(row) for row in found.score.notes[~found.touched].tolist()}
    assert kept <= there, "what is not touched is as it was"


@pytest.mark.parametrize(("kind", "strength"), [pair for pair in ALL if DAMAGES[pair[0]].graded])
def test_a_strength_is_a_share(kind: str, strength: float) -> None:
    score = PIECES["voices" if kind == "swapped voices" else "melody"]
    found = done(kind, score, strength)
    assert found is not None
    share = strength
    if kind == "swapped voices":
        share /= 2  # two of four
    if kind == "bars interleaved":
        share = min(share, 0.5)
    slack = 0.1 if kind == "shuffled bars" and strength < 0.1 else 0.06  # two bars of 21 are the least
    assert found.touched.mean() == pytest.approx(share, abs=slack)


def test_wrong_notes_stay_in_key_or_leave_it() -> None:
    for kind, inside in (("wrong notes in key", True), ("wrong notes out of key", False)):
        found = done(kind, PIECES["melody"], 0.4)
        assert found is not None
        wrong = found.score.notes["pitch"][found.touched]
        assert (np.isin(wrong % 12, SCALE) == inside).all(), kind
        right = PIECES["melody"].notes["pitch"][found.touched].astype(int)
        assert 0 < np.abs(wrong.astype(int) - right).min() <= np.abs(wrong.astype(int) - right).max() <= 7


def test_jitter_can_be_heard_and_leaves_pitches() -> None:
    score = PIECES["melody"]
    found = done("rhythm jitter", score, 0.2)
    assert found is not None
    moved = np.setdiff1d(found.score.notes["onset"], score.notes["onset"])
    assert len(moved) == found.touched.sum()
    assert np.abs(moved[:, None] - score.notes["onset"]).min(axis=1).min() >= 480 / 24
    np.testing.assert_array_equal(np.sort(found.score.notes["pitch"]), np.sort(score.notes["pitch"]))


def test_bars_are_exchanged_whole() -> None:
    score = PIECES["melody"]
    found = done("shuffled bars", score, FULL)
    assert found is not None
    parts = [Parts(one, one, np.random.default_rng(0)) for one in (score, found.score)]
    bars = [sorted(tuple(one.score.notes["pitch"][one.bar == bar]) for bar in range(21)) for one in parts]
    assert bars[0] == bars[1]


def test_a_tune_of_one_bar_over_and_over_cannot_be_shuffled() -> None:
    same = Score.of([(240 * i, 240, 60 + i % 8, 80, 0) for i in range(64)])
    assert done("shuffled bars", same, FULL) is None
    assert done("looped bar", same, 0.2) is None


def test_a_loop_repeats_one_bar() -> None:
    found = done("looped bar", PIECES["melody"], 0.2)
    assert found is not None
    parts = Parts(found.score, found.score, np.random.default_rng(0))
    looped = np.unique(parts.bar[found.touched])
    contents = {tuple(found.score.notes["pitch"][parts.bar == bar]) for bar in [looped[0] - 1, *looped]}
    assert len(looped) == 4
    assert len(contents) == 1


def test_an_ending_is_cut_inside_a_bar() -> None:
    found = done("cut ending", PIECES["melody"], FULL)
    assert found is not None
    assert len(PIECES["melody"]) / 2 <= len(found.score) < len(PIECES["melody"])
    assert (found.score.notes["onset"][-1] + 240) % 1920
    assert found.touched[-1]


def test_voices_change_their_octaves() -> None:
    score = PIECES["voices"]
    found = done("swapped voices", score, FULL)
    assert found is not None
    moved = found.score.notes["pitch"].astype(int).sum() - score.notes["pitch"].astype(int).sum()
    assert moved % 12 == 0
    assert found.touched.mean() == pytest.approx(0.5, abs=0.01)


def test_what_sounds_over_a_bar_line_is_moved_with_each_bar_and_stays_whole_elsewhere() -> None:
    tied = Score.of(
        [(480 * i, 480, 60 + i, 80, 0) for i in range(4)] + [(1920, 3840, 64, 80, 0), (5760, 1920, 60, 80, 0)]
    )
    parts = Parts(tied, tied, np.random.default_rng(0))
    notes, bar = parts.sounding
    assert bar[notes["pitch"] == 64].tolist() == [1, 2]
    whole, touched = joined(notes.copy(), np.zeros(len(notes), np.bool_))
    np.testing.assert_array_equal(whole, tied.notes)
    assert not touched.any()
    apart = notes.copy()
    apart["onset"][bar == 2] += 1920 * 2  # a bar later than the one before it
    left, _ = joined(apart, np.ones(len(notes), np.bool_))
    assert left["duration"][left["pitch"] == 64].tolist() == [1920, 1920]
    assert left["velocity"].tolist() == [80] * 7

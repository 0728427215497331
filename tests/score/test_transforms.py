"""Transforms: new Scores, nothing lost that was not asked to go."""

from __future__ import annotations

import pytest

from etude.score import (
    SUSTAIN,
    Event,
    Mark,
    Score,
    Track,
    concatenate,
    cut,
    merge_tracks,
    nearest_fifths,
    quantise,
    resample,
    score_from_events,
    skyline,
    stretch,
    transpose,
)


def rows(score: Score) -> list[tuple[int, ...]]:
    return [tuple(int(value) for value in note) for note in score.notes]


def test_transpose_moves_notes_and_keys_but_not_drums() -> None:
    score = Score.of(
        [(0, 10, 60, 80, 0), (0, 10, 36, 80, 1)],
        keys=[(0, 0, 0)],
        tracks=[Track("a"), Track("kit", is_drum=True)],
    )
    moved = transpose(score, 2)
    assert sorted(note[2] for note in rows(moved)) == [36, 62]
    assert moved.keys["fifths"].tolist() == [2]
    assert transpose(moved, -2) == score
    with pytest.raises(ValueError, match="range"):
        transpose(score, 100)


@pytest.mark.parametrize(("fifths", "wanted"), [(0, 0), (7, -5), (6, 6), (-6, 6), (-7, 5), (12, 0)])
def test_keys_stay_within_six_accidentals(fifths: int, wanted: int) -> None:
    assert nearest_fifths(fifths) == wanted


def test_resample_keeps_the_music_and_its_pickup() -> None:
    score = Score.of(
        [(240, 120, 60, 80, 0)], marks=[Mark(0, "pickup", "240")], tempos=[(0, 600_000), (480, 500_000)]
    )
    there = resample(score, 24)
    assert rows(there) == [(12, 6, 60, 80, 0)]
    assert there.marks[0].text == "12"
    assert there.duration == pytest.approx(score.duration)
    assert resample(there, 480) == score


def test_stretch_changes_seconds_only() -> None:
    score = Score.of([(0, 480, 60, 80, 0)])
    assert stretch(score, 2.0).duration == pytest.approx(2 * score.duration)
    assert rows(stretch(score, 2.0)) == rows(score)


def test_quantise_leaves_no_note_without_length() -> None:
    score = quantise(Score.of([(118, 3, 60, 80, 0), (250, 230, 62, 80, 0)]), 120)
    assert rows(score) == [(120, 120, 60, 80, 0), (240, 240, 62, 80, 0)]


def test_cut_moves_what_holds_to_the_start() -> None:
    score = Score.of(
        [(0, 480, 60, 80, 0), (960, 960, 62, 80, 0)],
        tempos=[(0, 500_000), (480, 400_000)],
        keys=[(0, 1, 0), (900, 2, 0)],
        marks=[Mark(960, "chord", "G")],
    )
    part = cut(score, 960, 1440)
    assert rows(part) == [(0, 480, 62, 80, 0)]
    assert part.tempos["microseconds"].tolist() == [400_000]
    assert part.keys["fifths"].tolist() == [2]
    assert part.marks == (Mark(0, "chord", "G"),)


def test_merge_and_skyline() -> None:
    score = Score.of(
        [(0, 960, 48, 80, 1), (0, 480, 60, 80, 0), (0, 480, 64, 80, 0), (480, 480, 62, 80, 0), (0, 9, 36, 80, 2)],
        controls=[(0, 1, SUSTAIN, 127)],
        tracks=[Track("a"), Track("b"), Track("kit", is_drum=True)],
    )
    merged = merge_tracks(score)
    assert len(merged) == 4
    assert merged.controls["track"].tolist() == [0]
    assert [note[:3] for note in rows(skyline(score))] == [(0, 480, 64), (480, 480, 62)]
    assert len(skyline(Score.of([]))) == 0


def test_concatenate_resamples_the_second() -> None:
    joined = concatenate(Score.of([(0, 480, 60, 80, 0)]), Score.of([(0, 24, 62, 80, 0)], tpq=24), gap=480)
    assert rows(joined) == [(0, 480, 60, 80, 0), (960, 480, 62, 80, 0)]


def test_events_become_a_score() -> None:
    events = [
        Event(0, "meter", number=3, value=4),
        Event(0, "on", 0, 60, 90),
        Event(0, "on", 0, 60, 70),  # the same pitch again: the first is ended first
        Event(10, "off", 0, 60),
        Event(12, "off", 0, 61),  # never began
        Event(20, "mark", text="chord:G7"),
        Event(30, "off", 0, 60),
        Event(40, "on", 0, 62, 50),
        Event(50, "end"),
    ]
    score = score_from_events(events, tpq=24)
    assert rows(score) == [(0, 10, 60, 90, 0), (0, 30, 60, 70, 0), (40, 10, 62, 50, 0)]
    assert score.meters["numerator"].tolist() == [3]
    assert Mark(20, "chord", "G7") in score.marks
    assert score.end == 50

"""Typed prompts: the three ways, what decides between them, and messages that help."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etude.errors import BadInput, Reason
from etude.formats.prompts import parse_prompt


@pytest.mark.parametrize(
    ("text", "pitches", "durations"),
    [
        ("C4", [60], [480]),
        ("C4 E4 G4", [60, 64, 67], [480, 480, 480]),
        ("c#5 Bb3:1/8 R F##4:3/8", [73, 58, 67], [480, 240, 720]),
        ("CCGGAAG", [60, 60, 67, 67, 69, 69, 67], [480] * 7),
        ("C R d", [60, 63], [480, 480]),
        ("C", [60], [480]),
        ("|C4", [60], [960]),
        ("K:G GABc|d2B2|", [67, 69, 71, 72, 74, 71], [240] * 4 + [480] * 2),
        ("K:D minor F", [65], [240]),
        ("M:6/8 L:1/4 K:D F", [66], [480]),
        ("CDEF GABc|", [60, 62, 64, 65, 67, 69, 71, 72], [240] * 8),
        ("ceg", [72, 76, 79], [240] * 3),
        ("X:1\nT:typed\nL:1/16\nK:G\nF2|", [66], [240]),
        ("T:typed\nK:A\nc z c", [73, 73], [240, 240]),
        ("G>A [K:D]F", [67, 69, 66], [360, 120, 240]),
    ],
)
def test_the_three_ways(text: str, pitches: list[int], durations: list[int]) -> None:
    score = parse_prompt(text)
    assert score.notes["pitch"].tolist() == pitches
    assert score.notes["duration"].tolist() == durations


def test_headers_are_used() -> None:
    score = parse_prompt("M:6/8 Q:1/4=90 K:Am A")
    assert (int(score.meters[0]["numerator"]), int(score.meters[0]["denominator"])) == (6, 8)
    assert int(score.keys[0]["mode"]) == 1
    assert int(score.tempos[0]["microseconds"]) == round(60e6 / 90)
    assert parse_prompt("T:My tune\nK:C\nCDE|").meta.title == "My tune"


@pytest.mark.parametrize(
    "text", ["", "   ", "hello", "K:G", "K:Q CDE", "C4:0", "C4:1/0", "G#9", "RR", "z4|", "C4 H4", "\x00"]
)
def test_what_cannot_be_read_names_the_three_ways(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_prompt(text)
    for example in ("K:G GABc|d2B2|", "C4 E4 G4:1/2", "CCGGAAG"):
        assert example in str(caught.value)
        assert len(parse_prompt(example)) > 2  # the examples work


def test_long_prompts_are_refused() -> None:
    with pytest.raises(BadInput) as caught:
        parse_prompt("C" * 200_000)
    assert caught.value.reason is Reason.TOO_LARGE


@settings(deadline=None, max_examples=300)
@given(st.text("ABCabcGg#0123456789:/|[]^_=,'()<>{}~.-zZxMKLQTVR \n\"!%&w", max_size=40))
def test_any_text_gives_music_or_bad_input(text: str) -> None:
    try:
        score = parse_prompt(text)
    except BadInput:
        return  # the only error allowed
    assert len(score) > 0

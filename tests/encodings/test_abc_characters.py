"""ABC characters: canonical text that the ABC reader of `etude.formats` reads to the same notes, and raw text."""

from __future__ import annotations

import numpy as np
import pytest

from etude.encodings import build, decode
from etude.encodings.abc.characters import AbcCharacters
from etude.encodings.abc.spelling import key_text, length_text, spell
from etude.errors import BadInput, Reason
from etude.formats.abc import FORMAT
from etude.score import Score
from etude.testing.encoding_laws import walk

CHARACTERS = AbcCharacters()
BOOK = "X:1\nT:t\nR:jig\nM:6/8\nL:1/8\nK:G\nd|gag g2d|(3efg e d2-d|d^cd =c3:|g3 ^f3-|f3 g2||"


def read(text: str) -> Score:
    (reading,) = FORMAT.parse(text.encode())
    assert reading.score is not None
    return reading.score


def test_a_tune_becomes_text_that_says_the_same() -> None:
    score = read(BOOK)
    text = CHARACTERS.to_text(CHARACTERS.encode(score))
    assert text.startswith("X:1\nR:jig\nM:6/8\nL:1/8\nK:G\nN:2 parts\nN:upbeat 240\nd|gagg2d|(3efge")
    names = ["onset", "duration", "pitch"]
    np.testing.assert_array_equal(read(text).notes[names], score.notes[names])
    np.testing.assert_array_equal(decode(CHARACTERS, CHARACTERS.encode(score)).notes[names], score.notes[names])


@pytest.mark.parametrize("seed", range(15))
def test_what_is_drawn_under_the_mask_is_abc_that_our_reader_reads_alike(seed: int) -> None:
    steps = walk(CHARACTERS, seed, cap=300)
    drawn = decode(CHARACTERS, steps)
    if not len(drawn):
        return
    text = CHARACTERS.to_text(CHARACTERS.encode(drawn))
    names = ["onset", "pitch"]
    np.testing.assert_array_equal(read(text).notes[names], drawn.notes[names])


def test_notes_are_spelled_in_their_key() -> None:
    none: frozenset[int] = frozenset()
    assert [spell(pitch, 1, none)[0] for pitch in (60, 66, 65, 72, 48)] == ["C", "F", "=F", "c", "C,"]
    assert [spell(pitch, -3, none)[0] for pitch in (63, 64, 61)] == ["E", "=E", "_D"]
    assert spell(66, 1, spell(65, 1, none)[1])[0] == "^F"  # after a natural in this bar the sharp is said again
    assert [length_text(ticks) for ticks in (240, 480, 360, 120, 420, 30)] == ["", "2", "3/2", "/2", "7/4", "/8"]
    assert [key_text(key) for key in ((2, 0), (2, 2), (-3, 1), (6, 0), (-6, 0), None)] == [
        *("D", "Edor", "Cmin", "F#", "Gb", "none")
    ]


def test_chords_are_refused_by_name() -> None:
    with pytest.raises(BadInput, match="chords") as caught:
        CHARACTERS.encode(Score.of([(0, 480, 60, 80, 0), (0, 480, 64, 80, 0)]))
    assert caught.value.reason is Reason.NOT_ENCODABLE


def test_raw_text_is_kept_as_it_is_and_decoded_by_the_abc_reader() -> None:
    raw = build("abc-characters", raw=True)
    assert isinstance(raw, AbcCharacters)
    steps = raw.from_text(BOOK)
    assert raw.to_text(steps) == BOOK
    assert decode(raw, steps).notes["pitch"].tolist() == read(BOOK).notes["pitch"].tolist()
    assert raw.note_count(steps) == len(read(BOOK))
    assert len(decode(raw, raw.from_text("this is no tune"))) == 0
    assert raw.transpose(steps, 2) is None
    with pytest.raises(BadInput, match="printable ASCII"):
        raw.from_text("naïve")

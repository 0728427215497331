"""ABC characters: canonical text that the ABC reader of `etude.formats` reads to the same notes, and raw text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from etude.encodings import build, decode
from etude.encodings.abc.characters import AbcCharacters
from etude.encodings.abc.spelling import key_text, length_text, spell
from etude.errors import BadInput, Reason, UsageError
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
    higher = raw.transpose(steps, 2)
    assert higher is not None
    assert raw.to_text(higher).endswith("K:A\ne|aba a2e|(3fga f e2-e|e^de =d3:|a3 ^g3-|g3 a2||")
    assert raw.transpose(steps, 1) is None  # six sharps: no book of tunes has that
    with pytest.raises(BadInput, match="printable ASCII"):
        raw.from_text("naïve")


def test_moved_text_keeps_its_own_look_and_moves_every_pitch() -> None:
    raw = AbcCharacters(raw=True)
    text = (
        'X:4\nT:E flat\'s A B c\nM:6/8\nL:1/8\nK:D Dorian\n^cde _B2=c|"Am"{g}A2 z [Ac]2|!\nM:9/8 EDC DA,B, CDE|!\n'
    )
    steps = raw.from_text(text)
    low, high = raw.transposable(steps)
    assert (low, high) == (-4, 8)
    moved = {shift: raw.transpose(steps, shift) for shift in range(low, high + 1)}
    kept = {shift: raw.to_text(found) for shift, found in moved.items() if found is not None}
    assert set(kept) == {-3, -2, 0, 2, 4, 5, 7}
    assert kept[0] == text
    assert kept[2].split("\n")[4:] == ["K:E Dorian", '^def =c2=d|"Am"{a}B2 z [Bd]2|!', "M:9/8 FED EB,C DEF|!", ""]
    for shift, found in kept.items():
        assert found.split("\n")[:4] == text.split("\n")[:4]
        np.testing.assert_array_equal(read(found).notes["pitch"].astype(int) - shift, read(text).notes["pitch"])


def test_text_without_a_plain_key_does_not_move() -> None:
    raw = AbcCharacters(raw=True)
    for text in ("X:1\nK:none\nGAB|\n", "X:1\nK:Hp\nGAB|\n", "no tune", "X:1\nK:G ^c\nGAB|\n"):
        assert raw.transposable(raw.from_text(text)) == (0, 0), text
        assert raw.transpose(raw.from_text(text), 2) is None


def test_a_tune_rewritten_looks_as_session_books_do() -> None:
    rewritten = AbcCharacters(raw=True, rewritten=True)
    header = "X:7\nT:The Café Jig -- old\nR:jig\nM:6/8\nL:1/16\nK:Ador\n"
    text = header + 'A2 |: (3c2B2A2 "Am"B2 {g}c4 d2| ~e2f2g2 a2gaba :| e12 | z12 ||'
    written = rewritten.to_text(rewritten.encode(read(text)))
    assert written == (
        "X:7\nT:Cafe Jig\nZ: id:dc-jig-7\nM:6/8\nL:1/8\nK:A Dorian\nA|(3cBA B c2d|efg ag/a/b/a/:|!\ne6|z6|]!\n"
    )
    names = ["onset", "duration", "pitch"]
    np.testing.assert_array_equal(read(written).notes[names], read(text).notes[names])
    with pytest.raises(BadInput, match="chords"):
        rewritten.encode(Score.of([(0, 480, 60, 80, 0), (0, 480, 64, 80, 0)]))
    with pytest.raises(UsageError, match="raw"):
        AbcCharacters(rewritten=True)


def test_packed_raw_text_is_the_text_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from etude.data import Collection, pack

    monkeypatch.setenv("ETUDE_CACHE", str(tmp_path / "cache"))
    tunes = [f"X:{n}\nT: odd  spacing {n}\nK:G\n\n" + "GABc dedB|" * n + "G4  |]!\n" for n in range(1, 5)]
    (tmp_path / "book.abc").write_text("% a book\n\n" + "\n".join(tunes) + "\nwords after the tunes\n")
    collection = Collection.open(tmp_path / "book.abc")
    raw = AbcCharacters(raw=True)
    packed = [pack(collection, raw, split) for split in ("train", "valid", "test")]
    assert sorted(raw.to_text(steps) for one in packed for steps in one.pieces()) == tunes

"""Writing MusicXML: what comes back, what other programs make of it, and the order the schema asks for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from etude.errors import UsageError
from etude.formats import read, write
from etude.formats.musicxml import FORMAT
from etude.formats.musicxml.chords import KINDS, harmony_of, symbol_of
from etude.formats.musicxml.spelling import STEPS, spell
from etude.formats.musicxml.values import Frame, split_units, tuplet_spans, written
from etude.score import Mark, Metadata, Score, Track, bar_starts, resample, transpose
from etude.testing.scores import any_scores, random_score

# MusicXML 4.0: the children of each element in the order of its content model, as far as we write it
ORDER = {
    "score-partwise": "work movement-number movement-title identification defaults credit part-list part",
    "identification": "creator rights encoding source relation miscellaneous",
    "score-part": "identification part-name part-abbreviation group score-instrument player midi-device "
    "midi-instrument",
    "midi-instrument": "midi-channel midi-name midi-bank midi-program midi-unpitched volume pan elevation",
    "attributes": "divisions key time staves part-symbol instruments clef staff-details transpose",
    "key": "cancel fifths mode",
    "time": "beats beat-type",
    "clef": "sign line clef-octave-change",
    "note": "grace chord pitch unpitched rest duration tie instrument voice type dot accidental time-modification "
    "stem notehead staff beam notations lyric",
    "pitch": "step alter octave",
    "unpitched": "display-step display-octave",
    "time-modification": "actual-notes normal-notes normal-type normal-dot",
    "lyric": "syllabic text",
    "notations": "tied slur tuplet",
    "direction": "direction-type offset voice staff sound",
    "metronome": "beat-unit beat-unit-dot per-minute",
    "harmony": "root kind bass degree frame offset",
    "barline": "bar-style editorial wavy-line segno coda fermata ending repeat",
    "forward": "duration voice staff",
    "backup": "duration",
}
MEASURE = {"attributes", "note", "backup", "forward", "direction", "harmony", "barline", "sound", "print"}


def notes_of(score: Score) -> Counter[tuple[int, ...]]:
    return Counter(score.notes.tolist())


def there_and_back(score: Score) -> Score:
    (reading,) = FORMAT.parse(FORMAT.dump([score]))
    assert reading.score is not None
    return reading.score


def unexplained(score: Score) -> Score:
    """The Score without the marks that a reader adds for what it sees on paper."""
    return score.replace(marks=[mark for mark in score.marks if mark.kind not in ("tie", "tuplet")])


def tune() -> Score:
    """A little of everything that can be written."""
    melody = [(67, 240), (72, 480), (74, 240), (76, 240), (77, 160), (76, 160), (74, 160), (72, 720), (66, 240)]
    melody += [(67, 960), (71, 120), (72, 120), (74, 240), (75, 480), (76, 1200), (70, 480), (69, 240), (61, 480)]
    onsets = np.cumsum([0, *(length for _, length in melody)])
    notes = [(int(at), length, pitch, 80, 0) for at, (pitch, length) in zip(onsets, melody)]
    notes += [(240 + bar * 1920, 1920, pitch, 70, 1) for bar in range(4) for pitch in (36, 48, 64, 72)]
    notes += [(240 + beat * 480, 240, 36 if beat % 2 == 0 else 38, 90, 2) for beat in range(16)]
    marks = [Mark(0, "pickup", "240"), Mark(240, "repeat_start"), Mark(2160, "ending", "1")]
    marks += [Mark(4080, "ending_end"), Mark(4080, "repeat_end"), Mark(4080, "ending", "2")]
    marks += [Mark(7920, "ending_end"), Mark(7680, "da_capo", "fine"), Mark(240, "chord", "G7/B")]
    marks += [Mark(4560, "grace", "79 81"), Mark(0, "lyric", "Hel-"), Mark(240, "lyric", "lo"), Mark(240, "segno")]
    marks += [Mark(1200, "tuplet", "3:2:3"), Mark(720, "words", "dolce & <piano>"), Mark(960, "coda")]
    return Score.of(
        notes,
        keys=[(0, 1, 0), (6000, -2, 1)],
        tempos=[(0, 500_000), (4080, 612_345)],
        marks=marks,
        tracks=[Track("Flute", 73), Track("Piano"), Track("Kit", 0, True)],
        meta=Metadata(
            'A <tune> & "more"', "A. N. Other", "here", "CC0", "etude compose folk --seed 3", (("a", "b"),)
        ),
    )


def test_everything_in_a_tune_comes_back() -> None:
    assert there_and_back(tune()) == tune()


@settings(deadline=None, max_examples=30)
@given(any_scores(max_notes=16))
def test_any_score_keeps_its_notes(score: Score) -> None:
    """Notes, maps, tracks and metadata; tempos, meters and keys as far as the music lasts."""
    back = there_and_back(score)
    expected = resample(score, back.tpq)
    assert notes_of(back) == notes_of(expected)
    assert [(t.name, t.program) for t in back.tracks] == [(t.name, t.program) for t in score.tracks]
    assert back.meta == score.meta
    reached = expected.tempos[expected.tempos["tick"] < expected.end]
    assert back.tempos[: len(reached)].tolist() == reached.tolist()
    again = there_and_back(back)
    assert notes_of(again) == notes_of(back)
    assert unexplained(again.replace(notes=back.notes)) == unexplained(back)


@settings(deadline=None, max_examples=20)
@given(any_scores(max_notes=12))
def test_bar_lines_and_keys_come_back(score: Score) -> None:
    """As far as the music lasts."""
    back = there_and_back(score)
    expected = resample(score, back.tpq)
    assert [t for t in bar_starts(back) if t < back.end] == [t for t in bar_starts(expected) if t < expected.end]
    inside = expected.keys[expected.keys["tick"] < expected.end]
    assert back.keys[back.keys["tick"] < back.end].tolist() == inside.tolist()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 40), st.integers(60, 62)), max_size=12, min_size=1))
def test_notes_of_one_pitch_that_sound_at_once_are_kept_apart(rows: list[tuple[int, int, int]]) -> None:
    score = Score.of([(onset * 240, length * 240, pitch, 80, 0) for onset, length, pitch in rows])
    assert notes_of(there_and_back(score)) == notes_of(score)


@pytest.mark.parametrize("seed", range(6))
def test_random_scores_with_triplets_fives_and_odd_ticks(seed: int) -> None:
    for grid in (160, 96, 80, 7, 120, 40):
        score = random_score(seed, notes=60, tracks=2, grid=grid, drums=seed % 2 == 0)
        assert notes_of(there_and_back(score)) == notes_of(score)


def test_a_file_holds_one_piece() -> None:
    with pytest.raises(UsageError, match="one piece"):
        FORMAT.dump([tune(), tune()])


def test_paths_choose_plain_or_packed(tmp_path: Path) -> None:
    for name in ("a.musicxml", "a.xml", "a.mxl"):
        write(tune(), tmp_path / name)
        assert read(tmp_path / name) == tune()
    assert (tmp_path / "a.mxl").read_bytes()[:2] == b"PK"


def _check_order(element: Element) -> None:
    names = [child.tag for child in element]
    if element.tag == "measure":
        assert set(names) <= MEASURE
    elif element.tag in ORDER:
        order = ORDER[element.tag].split()
        places = [order.index(name) for name in names]
        assert places == sorted(places), f"{element.tag}: {names}"
    for child in element:
        _check_order(child)


@settings(deadline=None, max_examples=25)
@given(any_scores(max_notes=12))
def test_children_stand_in_the_order_of_the_schema(score: Score) -> None:
    _check_order(fromstring(FORMAT.dump([score])))
    _check_order(fromstring(FORMAT.dump([tune()])))


@pytest.mark.parametrize("seed", range(4))
def test_every_voice_fills_its_measure_and_ids_are_known(seed: int) -> None:
    root = fromstring(FORMAT.dump([random_score(seed, notes=80, tracks=3, drums=True)]))
    known = {element.get("id") for element in root.iter("score-instrument")}
    assert {element.get("id") for element in root.iter("instrument")} <= known
    lengths: dict[str, set[int]] = {}
    for measure in root.iter("measure"):
        at = furthest = 0
        for child in measure:
            ticks = int(child.findtext("duration") or 0)
            if child.tag == "backup":
                assert at == furthest, "a voice does not fill its bar"
                at -= ticks
            elif child.find("chord") is None:
                at += ticks
            furthest = max(furthest, at)
        assert at == furthest
        lengths.setdefault(measure.get("number", ""), set()).add(furthest)
    assert all(len(found) == 1 for found in lengths.values()), "parts disagree about a bar"


def test_types_and_dots_say_the_duration() -> None:
    base = {"whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25, "32nd": 0.125, "64th": 0.0625}
    for grid in (120, 80, 96):
        root = fromstring(FORMAT.dump([random_score(3, notes=60, tracks=1, grid=grid)]))
        for note in root.iter("note"):
            value = base[note.findtext("type") or ""] * (2 - 0.5 ** len(note.findall("dot")))
            actual = int(note.findtext("time-modification/actual-notes") or 1)
            normal = int(note.findtext("time-modification/normal-notes") or 1)
            assert int(note.findtext("duration") or 0) == pytest.approx(480 * value * normal / actual)


def test_accidentals_are_printed_where_the_eye_needs_them() -> None:
    """In F major: B flat needs none, B natural one, the next in the bar none, after the bar line none by itself."""
    pitches = [70, 71, 71, 65, 71, 70, 66, 54]
    score = Score.of([(i * 480, 480, pitch, 80, 0) for i, pitch in enumerate(pitches)], keys=[(0, -1, 0)])
    notes = list(fromstring(FORMAT.dump([score])).iter("note"))
    assert [note.findtext("accidental") for note in notes] == [
        *(None, "natural", None, None),
        *("natural", "flat", "sharp", "sharp"),
    ]


def test_spelling_follows_the_key_and_always_sounds_right() -> None:
    assert [spell(pitch, 2)[:2] for pitch in (66, 70)] == [("F", 1), ("A", 1)]
    assert [spell(pitch, -4)[:2] for pitch in (66, 70)] == [("G", -1), ("B", -1)]
    assert spell(68, 0, 1)[:2] == ("G", 1)  # the leading note of A minor
    for fifths in range(-7, 8):
        for mode in range(7):
            for pitch in range(128):
                letter, alter, octave = spell(pitch, fifths, mode)
                assert 12 * (octave + 1) + STEPS[letter] + alter == pitch


def test_values_split_where_a_musician_ties() -> None:
    assert split_units(128, 640, 256) == [384, 256]  # off the beat, over the middle of a 4/4 bar
    assert split_units(0, 640, 384) == [384, 256]  # five eighths of 6/8
    assert split_units(128, 256, 256) == [256]  # a plain syncopation
    frame = Frame(0, 256, 480)
    spans = tuplet_spans([0, 160, 320, 480, 960], frame, 1920)
    assert [(span.start, span.stop, span.actual) for span in spans] == [(0, 480, 3)]
    assert [value.type for value in written(160, 480, frame, spans)] == ["quarter"]


def test_chord_symbols_are_understood_and_written_again() -> None:
    for texts in KINDS.values():
        for text in texts:
            for symbol in (f"C{text}", f"F#{text}/A#", f"Bb{text}"):
                harmony = harmony_of(symbol)
                assert harmony is not None
                assert symbol_of(harmony) == symbol
                assert harmony.kind != "other"
    assert harmony_of("fine") is None
    odd = harmony_of("Calt")
    assert odd is not None
    assert (odd.kind, odd.text) == ("other", "alt")


def test_transposed_keys_are_spelled_anew() -> None:
    moved = there_and_back(transpose(tune(), 5))
    assert moved.notes["pitch"].tolist() == transpose(tune(), 5).notes["pitch"].tolist()

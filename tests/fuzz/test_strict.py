"""The second readers tell good files from bad, and the judges see every fault there can be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from etude.errors import Reason
from etude.formats.base import Reading, refusal
from etude.formats.midi import FORMAT as MIDI
from etude.formats.musicxml import FORMAT as MUSICXML
from etude.testing.fuzz import abc, midi, musicxml, strict_abc, strict_midi, strict_musicxml
from etude.testing.fuzz.judging import complaints, well_formed
from etude.testing.fuzz.kinds import KINDS

NOTE = b"\x00\x90\x3c\x50\x10\x80\x3c\x00"
END = midi.END
XML = musicxml.originals()[3]


def flaws(body: bytes, **header: int) -> list[str]:
    return strict_midi.judge(midi.file_of([body], **{"kind": 0, **header})).flaws


def test_a_good_midi_file_has_no_flaw_and_all_its_notes() -> None:
    body = NOTE + b"\x00\x90\x3c\x50\x00\x40\x51\x08\x40\x00\x08\x3c\x00" + END
    judged = strict_midi.judge(midi.file_of([body], kind=0))
    assert judged.flaws == []
    assert sorted(judged.notes) == [(0, 16, 60, 80), (16, 8, 64, 81), (16, 16, 60, 80)]


@pytest.mark.parametrize(
    "body",
    [
        NOTE,  # no end mark
        b"\x00\x90\x3c\x50" + END,  # no end of the note
        b"\x00\x80\x3c\x00" + END,  # no beginning
        b"\x00\x90\x3c\x50\x00\x3c\x00" + END,  # no length
        b"\x00\x3c\x50" + END,  # no status
        b"\x00\x90\x3c\x80" + END,  # a data byte over 127
        b"\xff\xff\xff\xff\x7f" + NOTE[1:] + END,  # five bytes of a number
        b"\x00\xff\x51\x03\x00\x00\x00" + END,  # a tempo of nothing
        b"\x00\xff\x51\x02\x07\xa1" + END,  # a tempo of two bytes
        b"\x00\xff\x58\x04\x00\x02\x18\x08" + END,  # no beats
        b"\x00\xff\x59\x02\x08\x00" + END,  # eight sharps
        b"\x00\xf0\x02\x7e\x00" + END,  # a system message without end
        NOTE + b"\x00\xff\x01\x00\x00\x3c\x50" + END,  # running status over a meta event
        NOTE + END + b"\x00",  # something after the end
        b"\x00\xf4" + END,
        b"\x00\xff\x01\x7f" + END,  # longer than its track
    ],
)
def test_every_flaw_of_a_midi_file_is_seen(body: bytes) -> None:
    assert flaws(body)


def test_headers_that_lie_are_seen() -> None:
    good = midi.file_of([NOTE + END], kind=0)
    assert not strict_midi.judge(good).flaws
    for at, value in ((9, 3), (9, 2), (11, 2), (7, 8), (12, 0x81), (18, 1)):
        bad = bytearray(good)
        bad[at] = value
        assert strict_midi.judge(bytes(bad)).flaws or value == 2, (at, value)
    assert flaws(NOTE + END, division=0)
    assert strict_midi.judge(good[:-1]).flaws
    assert strict_midi.judge(good + b"ab").flaws


def test_musicxml_values_are_those_of_the_schema() -> None:
    assert strict_musicxml.judge(XML) == strict_musicxml.Judged(notes=12)
    for old, new in ((b"<step>", b"<step>X"), (b"<octave>", b"<octave>1"), (b"<duration>", b"<duration>-")):
        assert strict_musicxml.judge(XML.replace(old, new, 1)).flaws
    assert strict_musicxml.judge(XML.replace(b"<duration>480</duration>", b"", 1)).flaws
    assert strict_musicxml.judge(XML[:-3]).flaws
    assert strict_musicxml.judge(musicxml.ENTITIES[0] + XML[XML.find(b"<score") :]).unknown


def test_plain_abc_is_counted_and_nothing_else() -> None:
    plain = abc.originals()[0].decode()
    assert strict_abc.plain_notes(plain) == [32]
    assert strict_abc.plain_notes(plain + "\n" + plain) == [32, 32]
    for odd in ("K:C\n", "^c", '"Am"', "(3abc", "{g}", "w:la"):
        assert strict_abc.plain_notes(plain + odd + "\n") is None


def test_the_judges_see_every_fault() -> None:
    good = MIDI.parse(midi.originals()[0])[0]
    assert good.score is not None
    assert complaints("midi", midi.originals()[0], [good]) == []
    fewer = Reading(good.score.replace(notes=good.score.notes[1:]))
    assert complaints("midi", midi.originals()[0], [fewer])[0].startswith("lost")
    assert complaints("midi", midi.originals()[0], [refusal(Reason.BAD_EVENT, "x")])[0].startswith("lost")
    assert complaints("midi", midi.originals()[0][:-1], [replace(good, warnings=())])[0].startswith("silent")
    assert complaints("midi", midi.originals()[0][:-1], [replace(good, warnings=("cut",))]) == []
    for reason, fault in (
        (Reason.READER_DIED, "death"),
        (Reason.TOO_SLOW, "slow"),
        (Reason.OUT_OF_MEMORY, "memory"),
    ):
        assert complaints("midi", b"", [refusal(reason, "x")])[0].startswith(fault)
    assert complaints("midi", b"", [Reading(None, Reason.BAD_EVENT, "")])[0].startswith("invariant")


def test_broken_invariants_are_seen() -> None:
    score = MIDI.parse(midi.originals()[0])[0].score
    assert score is not None
    notes = score.notes.copy()
    notes["pitch"][3] = 128
    loud = score.notes.copy()
    loud["velocity"][0] = 0
    broken = [
        {"notes": notes},
        {"notes": loud},
        {"notes": score.notes[::-1]},
        {"notes": score.notes[:0]},
        {"tempos": score.tempos[:0]},
        {"tempos": np.array([(0, 2**31 - 1), (2**31 - 1, 1)], score.tempos.dtype), "tpq": 1},
    ]
    for change in broken:
        reading = Reading(replace(score, **change))
        assert complaints("", b"", [reading]), change


def test_musicxml_and_abc_are_judged_too() -> None:
    reading = MUSICXML.parse(XML)[0]
    assert reading.score is not None
    assert complaints("musicxml", XML, [reading]) == []
    fewer = Reading(reading.score.replace(notes=reading.score.notes[1:]))
    assert complaints("musicxml", XML, [fewer])[0].startswith("lost")
    assert complaints("musicxml", XML.replace(b"<octave>", b"<octave>x", 1), [reading])[0].startswith("silent")
    assert complaints("mxl", b"PK?", [reading])[0].startswith("silent")
    assert complaints("abc", abc.originals()[0], [fewer])[0].startswith("lost")


@pytest.mark.parametrize("kind", ["midi", "abc", "musicxml", "mxl"])
def test_a_good_part_of_the_mutants_is_well_formed(kind: str) -> None:
    """Or the comparison with the strict readers would be empty."""
    found = [well_formed(kind, KINDS[kind].mutant(1, number)) for number in range(150)]
    assert 0.08 < sum(found) / len(found) < 0.6


def test_a_mutant_is_the_same_tomorrow() -> None:
    for kind in KINDS.values():
        assert kind.mutant(3, 17) == kind.mutant(3, 17)
        assert len({kind.mutant(3, number) for number in range(40)}) > 20

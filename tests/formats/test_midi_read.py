"""Reading MIDI: every oddity is repaired in words or refused by name, with its byte."""

from __future__ import annotations

import re

import numpy as np
import pytest

from etude.errors import BadInput, Reason
from etude.formats.base import refusal
from etude.formats.midi import FORMAT
from etude.score import BEND, PROGRAM, SUSTAIN, Mark, Score
from etude.testing.format_laws import the_score

END = b"\x00\xff\x2f\x00"
NOTE = b"\x00\x90\x3c\x50\x60\x80\x3c\x40"  # middle C for 96 ticks


def smf(*bodies: bytes, kind: int = 1, division: int = 96, tracks: int | None = None) -> bytes:
    """A file whose track chunks hold `bodies`; the contents of the first begin at byte 22."""
    count = len(bodies) if tracks is None else tracks
    head = b"MThd\0\0\0\x06" + b"".join(value.to_bytes(2, "big") for value in (kind, count, division))
    return head + b"".join(b"MTrk" + len(body).to_bytes(4, "big") + body for body in bodies)


def rows(score: Score) -> list[tuple[int, ...]]:
    return [tuple(row) for row in score.notes[["onset", "duration", "pitch", "velocity", "track"]].tolist()]


def test_a_plain_file_is_kept_without_a_word() -> None:
    reading = FORMAT.parse(smf(NOTE + END))[0]
    assert (reading.status, reading.warnings) == ("kept", ())
    assert rows(the_score([reading])) == [(0, 96, 60, 80, 0)]


# (what, file, reason, words of the detail)
REFUSED: list[tuple[str, bytes, Reason, str]] = [
    ("nothing", b"", Reason.EMPTY, "the file is empty"),
    ("another file", b"RIFFxxxxWAVE", Reason.BAD_STRUCTURE, "does not begin with MThd at byte 0"),
    ("half a header", b"MThd\0\0\0\x06\0\0", Reason.TRUNCATED, "inside its header"),
    ("short header", b"MThd\0\0\0\x05\0\0\0\x01\0\x60", Reason.BAD_STRUCTURE, "5 bytes instead of 6"),
    ("endless header", b"MThd\xff\xff\xff\xff\0\0\0\x01\0\x60", Reason.TRUNCATED, "more than the file has"),
    ("format 3", smf(NOTE + END, kind=3), Reason.BAD_STRUCTURE, "format 3 does not exist .* at byte 8"),
    ("0 ticks", smf(NOTE + END, division=0), Reason.BAD_NUMBER, "0 ticks per quarter note at byte 12"),
    ("SMPTE 1", smf(NOTE + END, division=0xFFFF), Reason.BAD_NUMBER, "SMPTE"),
    ("no tracks", smf(), Reason.EMPTY, "no track"),
    ("MIDI 2", b"SMF2CLIP" + bytes(9), Reason.UNSUPPORTED, "MIDI 2.0"),
    ("no notes", smf(END), Reason.EMPTY, "no note"),
    ("garbage chunk", smf(NOTE + END, tracks=2) + b"\0\1\2\3", Reason.BAD_STRUCTURE, "a chunk should begin here"),
    ("long number", smf(b"\x80\x80\x80\x80\x00\x90\x3c\x50" + END), Reason.BAD_NUMBER, "4 bytes at byte 22"),
    ("data first", smf(b"\x00\x3c\x50" + END), Reason.BAD_EVENT, "data byte 60 stands where .* at byte 23"),
    ("pitch 200", smf(b"\x00\x90\xc8\x50" + END), Reason.BAD_EVENT, "data byte is 200.* at byte 24"),
    ("velocity 129", smf(b"\x00\x90\x3c\x81" + END), Reason.BAD_EVENT, "data byte is 129.* at byte 25"),
    ("running pitch", smf(NOTE + b"\x00\x3c\xc8" + END), Reason.BAD_EVENT, "data byte is 200.* at byte 32"),
    ("meta type", smf(NOTE + b"\x00\xff\x80\x00" + END), Reason.BAD_EVENT, "type 128; .* at byte 32"),
    ("meta too long", smf(NOTE + b"\x00\xff\x01\x7f" + END), Reason.TRUNCATED, "claims 127 bytes.* at byte 33"),
    ("sysex too long", smf(NOTE + b"\x00\xf0\x7f" + END), Reason.TRUNCATED, "system-exclusive message claims 127"),
    ("half an event", smf(NOTE + b"\x00\x90\x3c"), Reason.TRUNCATED, "ends inside an event at byte 33"),
    ("F4", smf(NOTE + b"\x00\xf4" + END), Reason.BAD_EVENT, "F4 is not defined at byte 31"),
    ("too many ticks", smf(b"\xff\xff\xff\x7f\x90\x3c\x50" * 9 + END), Reason.BAD_TIME, "2415919095 ticks"),
    ("days", smf(NOTE + b"\xff\xff\xff\x7f\x90\x3c\x50" + END), Reason.TOO_LARGE, "lasts 139810. s"),
]


@pytest.mark.parametrize(("data", "reason", "words"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED])
def test_what_makes_no_sense_is_refused_by_name(data: bytes, reason: Reason, words: str) -> None:
    try:
        reading = FORMAT.parse(data)[0]  # a file without notes is understood, and refused as a tune
    except BadInput as error:
        reading = refusal(error.reason, str(error))
    assert (reading.status, reading.reason) == ("refused", reason)
    assert re.search(words, reading.detail), reading.detail


# (what, file, status, words of a warning, notes)
ODD: list[tuple[str, bytes, str, str, list[tuple[int, ...]]]] = [
    ("no end of note", smf(b"\x00\x90\x3c\x50\x60\xff\x2f\x00"), "repaired", "no end", [(0, 96, 60, 80, 0)]),
    ("no start", smf(NOTE + b"\x00\x80\x40\x00" + END), "kept", "without its start", [(0, 96, 60, 80, 0)]),
    ("velocity 128", smf(b"\x00\x90\x3c\x80\x60\x80\x3c\x40" + END), "repaired", "127", [(0, 96, 60, 127, 0)]),
    ("no end mark", smf(NOTE), "repaired", "no end mark", [(0, 96, 60, 80, 0)]),
    ("no length", smf(b"\x00\x90\x3c\x50\x00\x80\x3c\x00" + END), "repaired", "one tick", [(0, 1, 60, 80, 0)]),
    ("tempo 0", smf(b"\x00\xff\x51\x03\0\0\0" + NOTE + END), "repaired", "tempo of 0", [(0, 96, 60, 80, 0)]),
    ("tempo of a byte", smf(b"\x00\xff\x51\x01\x07" + NOTE + END), "repaired", "51 of 1", [(0, 96, 60, 80, 0)]),
    ("empty tempo", smf(b"\x00\xff\x51\x00" + NOTE + END), "repaired", "51 of 0", [(0, 96, 60, 80, 0)]),
    ("meter 0", smf(b"\x00\xff\x58\x04\0\xff\0\0" + NOTE + END), "repaired", "0/2.255", [(0, 96, 60, 80, 0)]),
    ("meter of a byte", smf(b"\x00\xff\x58\x01\x04" + NOTE + END), "repaired", "without its", [(0, 96, 60, 80, 0)]),
    ("meter of two", smf(b"\x00\xff\x58\x02\x03\x02" + NOTE + END), "kept", "2 bytes", [(0, 96, 60, 80, 0)]),
    ("50 sharps", smf(b"\x00\xff\x59\x02\x32\x09" + NOTE + END), "repaired", "50 sharps", [(0, 96, 60, 80, 0)]),
    ("long header", smf(NOTE + END)[:7] + b"\x08" + smf(NOTE + END)[8:14] + b"\0\0" + smf(NOTE + END)[14:])
    + ("kept", "8 bytes instead of 6", [(0, 96, 60, 80, 0)]),
    ("count 0", smf(NOTE + END, tracks=0), "kept", "0 tracks, there are 1", [(0, 96, 60, 80, 0)]),
    ("alien chunk", smf(NOTE + END) + b"XFIH\0\0\0\x01!", "kept", "unknown kind XFIH", [(0, 96, 60, 80, 0)]),
    ("rest of a file", smf(NOTE + END) + b"\0\0\0", "kept", "3 bytes after the last", [(0, 96, 60, 80, 0)]),
    ("rest of a track", smf(NOTE + END + NOTE), "kept", "after the end of a track", [(0, 96, 60, 80, 0)]),
    (
        "short chunk",
        smf(NOTE + END)[:21] + b"\x99" + smf(NOTE + END)[22:],
        "repaired",
        "lacks",
        [(0, 96, 60, 80, 0)],
    ),
    ("clock", smf(b"\x00\xf8" + NOTE + END), "repaired", "F8 is passed over", [(0, 96, 60, 80, 0)]),
    ("open sysex", smf(b"\x00\xf0\x02\x7e\x01" + NOTE + END), "kept", "has no end", [(0, 96, 60, 80, 0)]),
    (
        "running on",
        smf(b"\x00\x90\x3c\x50\x00\xff\x01\x00\x60\x3c\x00" + END),
        "kept",
        "goes on",
        [(0, 96, 60, 80, 0)],
    ),
    (
        "overlap",
        smf(b"\x00\x90\x3c\x50\x30\x3c\x40\x30\x3c\x00\x30\x3c\x00" + END),
        "kept",
        "while its pitch is sounding",
        [(0, 96, 60, 80, 0), (48, 96, 60, 64, 0)],
    ),
    ("SMPTE", smf(NOTE + END, division=0xE728), "kept", "SMPTE .25 frames", [(0, 96, 60, 80, 0)]),
]


@pytest.mark.parametrize(("data", "status", "words", "notes"), [c[1:] for c in ODD], ids=[c[0] for c in ODD])
def test_what_is_odd_is_read_and_said(data: bytes, status: str, words: str, notes: list[tuple[int, ...]]) -> None:
    reading = FORMAT.parse(data)[0]
    assert reading.status == status, reading
    assert any(words in warning.replace("(", ".").replace("^", ".") for warning in reading.warnings), reading
    assert rows(the_score([reading])) == notes


@pytest.mark.parametrize("channel", range(16))
def test_pedals_programs_and_bends_of_every_channel(channel: int) -> None:
    body = (
        bytes([0, 0xC0 | channel, 40, 0, 0x90 | channel, 60, 80])
        + bytes([96, 0xB0 | channel, 64, 127, 96, 64, 0])  # running status: pedal down at 96, up at 192
        + bytes([0, 0xE0 | channel, 0, 64, 0, 0, 0])  # bend 0, then -8192
        + bytes([0, 0xD0 | channel, 99, 0, 98, 0, 0xC0 | channel, 41, 0, 0x80 | channel, 60, 0])
    )
    score = the_score(FORMAT.parse(smf(body + END)))
    expected = [(96, 0, SUSTAIN, 127), (192, 0, SUSTAIN, 0), (192, 0, BEND, 0), (192, 0, BEND, -8192)]
    assert score.controls.tolist() == [*expected, (192, 0, PROGRAM, 41)]
    assert score.tracks[0].program == 40
    assert score.tracks[0].is_drum == (channel == 9)
    assert rows(score) == [(0, 192, 60, 80, 0)]


def test_smpte_times_give_the_right_seconds() -> None:
    body = b"\x00\x90\x3c\x50" + b"\x87\x68\x80\x3c\x00"  # 1000 ticks
    for division, seconds in ((0xE728, 1.0), (0xE250, 1000 / 2400), (0xE350, 1000 / 2400 * 1.001)):
        score = the_score(FORMAT.parse(smf(body + END, division=division)))
        assert score.duration == pytest.approx(seconds, rel=1e-6)


def test_maps_names_and_texts_are_kept() -> None:
    conductor = (
        b"\x00\xff\x03\x04Song\x00\xff\x02\x03(c)\x00\xff\x51\x03\x0f\x42\x40\x00\xff\x58\x04\x06\x03\x18\x08"
        b"\x00\xff\x59\x02\xfd\x01\x60\xff\x06\x05Verse" + END
    )
    track = b"\x00\xff\x03\x05Vocal" + NOTE + b"\x00\xff\x05\x03la-" + END
    score = the_score(FORMAT.parse(smf(conductor, track)))
    assert (score.meta.title, score.meta.licence, score.tracks[0].name) == ("Song", "(c)", "Vocal")
    assert score.tempos.tolist() == [(0, 1_000_000)]
    assert score.meters.tolist() == [(0, 6, 8)]
    assert score.keys.tolist() == [(0, -3, 1)]
    assert score.marks == (Mark(96, "lyric", "la-"), Mark(96, "words", "Verse"))


def test_one_track_for_each_channel_of_each_chunk() -> None:
    both = NOTE + NOTE.replace(b"\x90", b"\x99").replace(b"\x80", b"\x89")
    score = the_score(FORMAT.parse(smf(both + END, NOTE + END)))
    assert [track.is_drum for track in score.tracks] == [False, True, False]
    assert np.bincount(score.notes["track"]).tolist() == [1, 1, 1]


def test_format_2_is_a_piece_a_track() -> None:
    readings = FORMAT.parse(smf(NOTE + END, b"\x00\x90\xff" + END, NOTE + NOTE + END, kind=2))
    assert [reading.status for reading in readings] == ["kept", "refused", "kept"]
    assert len(the_score(readings[2:])) == 2


def test_a_riff_container_is_opened() -> None:
    inner = smf(NOTE + END)
    wrapped = b"RIFF" + bytes(4) + b"RMIDdata" + len(inner).to_bytes(4, "little") + inner
    assert rows(the_score(FORMAT.parse(wrapped))) == [(0, 96, 60, 80, 0)]


def test_programs_before_the_first_note_belong_to_the_track_later_ones_are_controls() -> None:
    body = b"\x00\xc0\x05" + b"\x00\x90\x40\x50\x60\x80\x40\x00" + b"\x00\xc0\x07" + NOTE + END  # high note first
    score = the_score(FORMAT.parse(smf(body)))
    assert score.tracks[0].program == 5
    assert score.controls.tolist() == [(96, 0, PROGRAM, 7)]

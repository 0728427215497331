"""Written MIDI: it comes back as it was, other programs read the same notes, and nothing hangs."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import mido
import numpy as np
import pytest
import symusic
from hypothesis import given, settings

from etude.errors import UsageError
from etude.formats.midi import FORMAT
from etude.formats.midi.write import channels, number
from etude.score import Mark, Metadata, Score, Track
from etude.testing.format_laws import as_midi, check_format, the_score
from etude.testing.scores import any_scores, random_score


@settings(deadline=None, max_examples=150)
@given(any_scores())
def test_any_score_comes_back(score: Score) -> None:
    check_format(FORMAT, [score], as_midi)


@pytest.mark.slow
@settings(deadline=None, max_examples=10_000)
@given(any_scores(max_notes=60))
def test_any_score_comes_back_ten_thousand_times(score: Score) -> None:
    check_format(FORMAT, [score], as_midi)


def test_larger_scores_come_back() -> None:
    check_format(FORMAT, [random_score(seed, notes=2000, tracks=20, drums=True) for seed in range(5)], as_midi)


def test_every_part_of_the_metadata_comes_back() -> None:
    meta = Metadata(
        "T", "C", "O", "free", "etude compose --seed 1", (("text", "x"), ("+composer", "y"), ("a", "é"))
    )
    score = Score.of([(0, 1, 60, 1, 0)], keys=[(0, 2, 2)], marks=[Mark(0, "chord", "Am7")], meta=meta)
    assert the_score(FORMAT.parse(FORMAT.dump([score]))) == score


def mido_notes(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """(onset, pitch, velocity, channel) of every note; none may hang, no end be without a start."""
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        now, sounding = 0, Counter[tuple[int, int]]()
        for message in track:
            now += message.time
            if message.type == "note_on":
                assert message.velocity
                sounding[message.channel, message.note] += 1
                yield now, message.note, message.velocity, message.channel
            elif message.type == "note_off":
                sounding[message.channel, message.note] -= 1
                assert sounding[message.channel, message.note] >= 0
        assert not any(sounding.values()), "a note hangs"


@pytest.mark.parametrize("seed", range(20))
def test_symusic_and_mido_read_what_was_written(seed: int) -> None:
    score = as_midi(random_score(seed, notes=300, tracks=1 + seed, drums=seed % 2 == 0))
    data = FORMAT.dump([score])
    ours = sorted(score.notes[["onset", "pitch", "velocity", "duration"]].tolist())
    other = symusic.Score.from_midi(data)
    columns = [track.notes.numpy() for track in other.tracks]
    theirs = sorted(
        row for c in columns for row in zip(*(c[key].tolist() for key in ("time", "pitch", "velocity", "duration")))
    )
    assert theirs == ours
    assert sorted(row[:3] for row in mido_notes(data)) == sorted(row[:3] for row in ours)
    assert [(tempo.time, tempo.mspq) for tempo in other.tempos] == score.tempos.tolist()
    assert other.ticks_per_quarter == score.tpq


def test_music21_reads_what_was_written(tmp_path: Path) -> None:
    music21 = pytest.importorskip("music21")
    score = as_midi(random_score(3, notes=40, tracks=2, tpq=480))
    path = tmp_path / "a.mid"
    path.write_bytes(FORMAT.dump([score]))
    stream = music21.converter.parse(path, quantizePost=False, forceSource=True).flatten()
    first = [n for n in stream.notes if n.tie is None or n.tie.type == "start"]  # it cuts notes at bar lines
    theirs = [(round(480 * float(n.offset)), p.midi) for n in first for p in n.pitches]
    assert sorted(theirs) == sorted(score.notes[["onset", "pitch"]].tolist())


def test_notes_end_before_others_start_and_none_has_no_length() -> None:
    score = Score.of([(0, 10, 60, 80, 0), (10, 10, 60, 80, 0), (20, 0, 60, 80, 0)])
    kinds = [m.type for m in mido.MidiFile(file=io.BytesIO(FORMAT.dump([score]))).tracks[1] if "note" in m.type]
    assert kinds == ["note_on", "note_off"] * 3
    assert the_score(FORMAT.parse(FORMAT.dump([score]))).notes["duration"].tolist() == [10, 10, 1]


def test_overlaps_of_a_pitch_sound_exactly_when_they_should() -> None:
    score = Score.of([(0, 100, 60, 80, 0), (10, 20, 60, 90, 0)])  # the second lies within the first
    back = the_score(FORMAT.parse(FORMAT.dump([score])))
    assert back.notes[["onset", "duration", "velocity"]].tolist() == [(0, 30, 80), (10, 90, 90)]


def test_channels_are_shared_by_program_and_drums_keep_theirs() -> None:
    own = channels([Track(program=7)] * 15 + [Track(is_drum=True)] * 2)
    assert own[:15] == [(0, c) for c in range(16) if c != 9]
    assert own[15:] == [(0, 9), (0, 9)]
    many = [Track(program=number % 20) for number in range(40)]
    seats = channels(many)
    assert len(set(seats)) == 20
    assert all((a == b) == (x.program == y.program) for a, x in zip(seats, many) for b, y in zip(seats, many))
    score = Score.of([(0, 9, 60, 80, track) for track in range(40)], tracks=many)
    assert the_score(FORMAT.parse(FORMAT.dump([score]))) == score


def test_numbers_of_variable_length() -> None:
    known = {0: "00", 0x7F: "7f", 0x80: "8100", 0x2000: "c000", 0x1FFFFF: "ffff7f", 0xFFFFFFF: "ffffff7f"}
    assert {value: number(value).hex() for value in known} == known  # the examples of the standard


def test_rests_longer_than_a_delta_time_can_say() -> None:
    score = Score.of([(2**30, 2**28, 60, 80, 0)], tempos=[(0, 1)])
    assert the_score(FORMAT.parse(FORMAT.dump([score]))) == score


NOTES = [(0, 1, 60, 80, 0)]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (Score.of(NOTES, tpq=40_000), "40000 ticks per quarter"),
        (Score.of(NOTES, tempos=[(0, 2**24)]), "16777216 microseconds"),
        (Score.of(NOTES, meters=[(0, 4, 3)]), "no power of two"),
        (Score.of(NOTES, meters=[(0, 256, 4)]), "255 beats"),
        (Score.of(NOTES, keys=[(0, 8, 0)]), "more than 7 sharps"),
    ],
)
def test_what_midi_cannot_say_is_refused(bad: Score, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        FORMAT.dump([bad])


def test_a_file_holds_one_piece() -> None:
    with pytest.raises(UsageError, match="one piece, not 2"):
        FORMAT.dump([random_score(1), random_score(2)])


def test_the_same_score_sounds_at_the_same_seconds() -> None:
    score = random_score(5)
    back = the_score(FORMAT.parse(FORMAT.dump([score])))
    assert np.array_equal(back.seconds(back.notes["onset"]), score.seconds(score.notes["onset"]))

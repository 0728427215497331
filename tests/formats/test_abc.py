"""The ABC reader: small known tunes, every construct once."""

from __future__ import annotations

import numpy as np
import pytest

from etude.errors import BadInput, Reason
from etude.formats.abc import FORMAT, tunes
from etude.score import Score


def read(body: str, header: str = "X:1\nT:t\nM:4/4\nL:1/8\nK:C\n") -> Score:
    reading = FORMAT.parse((header + body + "\n").encode())[0]
    assert reading.score is not None, reading.detail
    return reading.score


def notes(score: Score) -> list[tuple[int, int, int]]:
    """(onset, duration, pitch) in eighths of 240 ticks."""
    return [(int(n["onset"]), int(n["duration"]), int(n["pitch"])) for n in score.notes]


def marks(score: Score, kind: str) -> list[tuple[int, str]]:
    return [(mark.tick, mark.text) for mark in score.marks if mark.kind == kind]


def test_pitches_and_lengths() -> None:
    score = read("C,Cc c'2 B/ B// B3/2 ^F_E=E|")
    assert score.notes["pitch"].tolist() == [48, 60, 72, 84, 71, 71, 71, 66, 63, 64]
    assert score.notes["duration"].tolist() == [240, 240, 240, 480, 120, 60, 360, 240, 240, 240]
    assert (score.notes["velocity"] == 80).all()


@pytest.mark.parametrize(
    ("key", "fifths", "mode"),
    [
        *(("G", 1, 0), ("Gm", -2, 1), ("Am", 0, 1), ("D Dorian", 0, 2), ("Amix", 2, 5), ("EPhr", 0, 3)),
        *(("F lyd", 0, 4), ("Bloc", 0, 6), ("F#m", 3, 1), ("Bb", -2, 0), ("Eb major", -3, 0), ("Hp", 2, 5)),
        *(("Aaeolian", 0, 1), ("C ionian", 0, 0), ("GM", 1, 0), ("D clef=bass", 2, 0)),
    ],
)
def test_keys(key: str, fifths: int, mode: int) -> None:
    score = read("CDEF|", f"X:1\nK:{key}\n")
    assert [(row["fifths"], row["mode"]) for row in score.keys] == [(fifths, mode)]


def test_accidentals_hold_through_the_bar_in_their_octave() -> None:
    score = read("^Ff FG F=FF^F|F4")
    assert score.notes["pitch"].tolist() == [66, 77, 66, 67, 66, 65, 65, 66, 65]


def test_every_tune_without_a_key_is_refused_by_name() -> None:
    reading = FORMAT.parse(b"X:1\nT:no key\nCDEF|\n")[0]
    assert reading.status == "refused"
    assert reading.reason is Reason.NO_KEY
    assert FORMAT.parse(b"X:1\nK:C\n")[0].reason is Reason.EMPTY


def test_a_file_without_tunes_is_bad_input() -> None:
    with pytest.raises(BadInput):
        FORMAT.parse(b"hello")


def test_repeats_and_endings() -> None:
    score = read("|:CDEF GABc|1 c8:|2 C8|]")
    assert marks(score, "repeat_start") == [(0, "")]
    assert marks(score, "repeat_end") == [(3840, "")]
    assert marks(score, "ending") == [(1920, "1"), (3840, "2")]
    assert marks(score, "ending_end") == [(3840, ""), (5760, "")]


def test_pickup_tie_and_tuplet() -> None:
    score = read("GA|(3ABc d2 e2f2-|f4 g4|")
    assert marks(score, "pickup") == [(0, "480")]
    assert marks(score, "tuplet") == [(480, "3:2:3")]
    assert notes(score)[-2:] == [(1920, 1440, 77), (3360, 960, 79)]


def test_the_course_book_has_804_tunes(benchmark_data) -> None:  # type: ignore[no-untyped-def]
    import tarfile

    with tarfile.open(benchmark_data / "irish-abc.tar.xz") as archive:
        name = next(n for n in archive.getnames() if n.endswith("irish.abc"))
        data = archive.extractfile(name).read()  # type: ignore[union-attr]
    assert len(tunes(data.decode())) == 804
    readings = FORMAT.parse(data)
    assert [r.status for r in readings] == ["kept"] * 804
    assert np.all([len(r.score) > 10 for r in readings if r.score])

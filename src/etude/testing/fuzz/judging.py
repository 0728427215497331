"""What must hold for whatever became of a mutant, and what the strict readers say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from etude import limits
from etude.errors import BadInput, Reason
from etude.formats.base import Reading
from etude.formats.musicxml.package import MAGIC, unpack
from etude.score import Score
from etude.testing.format_laws import check_reading
from etude.testing.fuzz import strict_abc, strict_midi, strict_musicxml

NO_FAULT = {Reason.EMPTY, Reason.TOO_LARGE, Reason.BAD_TIME}  # a well-formed file may have no note, or pass a cap
FAULTS = {Reason.READER_DIED: "death", Reason.TOO_SLOW: "slow", Reason.READER_FAILED: "reader failed"}
OUT_OF_MEMORY = {Reason.OUT_OF_MEMORY: "memory"}


def complaints(kind: str, data: bytes, readings: Sequence[Reading]) -> list[str]:
    """What is wrong with the way the file was read, each as "kind of fault: detail"; [] when nothing is."""
    out = [complaint for reading in readings for complaint in _of_one(reading)]
    if not out and (judge := JUDGES.get(kind)):
        out = judge(data, readings)
    return out


def _of_one(reading: Reading) -> list[str]:
    """Faults that any reading may have."""
    if reading.reason is not None and (fault := (FAULTS | OUT_OF_MEMORY).get(reading.reason)):
        return [f"{fault}: {reading.detail}"]
    try:
        check_reading(reading)
    except (AssertionError, ValueError) as error:
        return [f"invariant: {error}"]
    return _of_score(reading.score) if reading.score is not None else []


def _of_score(score: Score) -> list[str]:
    """What `Score.of` takes from a caller, but no reader may hand on."""
    rules = {
        "no note": len(score) > 0,
        "more notes than the limit": len(score) <= limits.NOTES,
        "no tempo": len(score.tempos) > 0 and bool((score.tempos["microseconds"] > 0).all()),
        "a tick past the limit": score.end <= limits.TICKS,
        "longer than the limit": score.duration <= limits.SECONDS * 1.001,
        "a note of no track": not len(score) or int(score.notes["track"].max()) < len(score.tracks),
        "an infinite time": bool(np.isfinite(score.seconds([score.end])).all()),
    }
    return [f"invariant: {what}" for what, holds in rules.items() if not holds]


def _midi(data: bytes, readings: Sequence[Reading]) -> list[str]:
    """Compared with the strict reader: no word about a malformed file, or another music for a well-formed one."""
    if data[:4] == b"RIFF":
        return []
    judged = strict_midi.judge(data)
    if judged.flaws:
        return _silent(judged.flaws[0], readings)
    found = Counter(
        (onset, duration, pitch, velocity)
        for reading in readings
        if reading.score is not None
        for onset, duration, pitch, velocity, _ in reading.score.notes.tolist()
    )
    if found == Counter(judged.notes):
        return []
    first = readings[0]
    if first.score is None and first.reason in NO_FAULT and (judged.notes == [] or judged.ticks > 2**20):
        return []
    return [f"lost: {sum(found.values())} notes of {len(judged.notes)} ({first.status}: {first.detail})"]


def _musicxml(data: bytes, readings: Sequence[Reading]) -> list[str]:
    judged = strict_musicxml.judge(data)
    if judged.unknown:
        return []
    if judged.flaws:
        return _silent(judged.flaws[0], readings)
    found = sum(len(reading.score or ()) for reading in readings)
    first = readings[0]
    if found == judged.notes or (first.score is None and first.reason in NO_FAULT):
        return []
    return [f"lost: {found} notes of {judged.notes} ({first.status}: {first.detail})"]


def _mxl(data: bytes, readings: Sequence[Reading]) -> list[str]:
    """The document inside is judged, when etude finds one; the package itself by the checksums of ZIP."""
    if not data.startswith(MAGIC):
        return _silent("no package", readings)
    try:
        return _musicxml(unpack(data), readings)
    except BadInput:
        return _silent("no package", readings)


def _abc(data: bytes, readings: Sequence[Reading]) -> list[str]:
    try:
        expected = strict_abc.plain_notes(data.decode("utf-8"))
    except UnicodeDecodeError:
        return []
    found = [len(reading.score or ()) for reading in readings]
    if expected is None or found == expected:
        return []
    return [f"lost: {found} notes of {expected} ({readings[0].status}: {readings[0].detail})"]


def _silent(flaw: str, readings: Sequence[Reading]) -> list[str]:
    """A complaint when a malformed file was read without a word."""
    said = any(reading.score is None or reading.reason or reading.warnings for reading in readings)
    return [] if said else [f"silent: {flaw}"]


JUDGES = {"midi": _midi, "musicxml": _musicxml, "mxl": _mxl, "abc": _abc}


def well_formed(kind: str, data: bytes) -> bool:
    """Whether the strict reader of that kind can tell the notes of the file."""
    if kind == "midi":
        return data[:4] != b"RIFF" and not strict_midi.judge(data).flaws
    if kind == "abc":
        return strict_abc.plain_notes(data.decode("utf-8", "replace")) is not None
    if kind == "mxl":
        try:
            data = unpack(data) if data.startswith(MAGIC) else b""
        except BadInput:
            return False
    judged = strict_musicxml.judge(data)
    return not (judged.flaws or judged.unknown)

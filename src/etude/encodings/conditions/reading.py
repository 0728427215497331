"""Conditions as they are read from music: key, meter, tempo, form, density, register. "" where there is none."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from etude.encodings.abc.structure import rhythm_of
from etude.formats.abc.spelling import key_name
from etude.score import MODES, Score, Table, bar_ticks, key_of, pitched_notes

NOTE_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_LETTERS = "ABCDEFGH"


def key_text(score: Score) -> str:
    """The key as ABC has it: "D", "Em", "Ador"."""
    key = key_of(score)
    return key_name(*key) if key else ""


def mode_text(score: Score) -> str:
    """The mode of the key, one of MODES."""
    key = key_of(score)
    return MODES[key[1]] if key else ""


def meter_text(score: Score) -> str:
    """The meter of the first full bar: "6/8"."""
    top, bottom = (int(score.meters[name][0]) for name in ("numerator", "denominator"))
    return f"{top}/{bottom}"


def quarters_a_minute(score: Score) -> float:
    """The tempo at the start."""
    return 60e6 / float(score.tempos["microseconds"][0])


def type_text(score: Score) -> str:
    """The tune type, or the style that the metadata state as extra "style" or "type"."""
    return score.meta.get("type") or score.meta.get("style") or rhythm_of(score)


def notes_a_quarter(score: Score) -> float:
    """How many moments of a quarter something begins at, on average; 0 for a piece without length."""
    return len(np.unique(score.notes["onset"])) * score.tpq / score.end if score.end else 0.0


def register_text(score: Score) -> str:
    """The pitch that half of the notes lie above: "A4"."""
    pitches = np.sort(pitched_notes(score)["pitch"])
    return pitch_name(int(pitches[(len(pitches) - 1) // 2])) if len(pitches) else ""


def pitch_name(pitch: int) -> str:
    """The name of a MIDI pitch; middle C, 60, is C4."""
    return f"{NOTE_NAMES[pitch % 12]}{pitch // 12 - 1}"


def form_text(score: Score) -> str:
    """The sections in the order they sound, a letter each: "AABB" where both are repeated, "ABA" where one returns.

    Sections end at repeat signs and double bars; what is shorter than a bar is an upbeat. A second ending belongs
    to its section.
    """
    repeats = {mark.tick for mark in score.marks if mark.kind == "repeat_end"}
    found: dict[tuple[object, ...], str] = {}
    out = ""
    for start, end in _sections(score, repeats):
        content = _content(score.notes, start, end)
        if content not in found and len(found) == len(_LETTERS):
            return ""
        letter = found.setdefault(content, _LETTERS[min(len(found), len(_LETTERS) - 1)])
        out += letter * (2 if any(start < tick <= end for tick in repeats) else 1)
    return out


def _sections(score: Score, repeats: set[int]) -> list[tuple[int, int]]:
    """The (start, end) ticks of all sections."""
    double = {
        mark.tick for mark in score.marks if mark.kind == "barline" and mark.text in ("||", "|]", "[|", "|||")
    }
    second = {mark.tick for mark in score.marks if mark.kind == "ending" and mark.text != "1"}
    edges = {mark.tick for mark in score.marks if mark.kind == "repeat_start"} | double | repeats
    inner = sorted(tick for tick in edges - second if 0 < tick < score.end)
    out: list[tuple[int, int]] = []
    start = 0
    for here, end in pairwise([0, *inner, score.end]):
        if end - here >= bar_ticks(score, here):
            out.append((start, end))
            start = end
    if out and start < score.end:
        out[-1] = out[-1][0], score.end
    return out


def _content(notes: Table, start: int, end: int) -> tuple[object, ...]:
    """The notes that begin in ticks [start, end), by their place in the section."""
    inside = notes[(notes["onset"] >= start) & (notes["onset"] < end)]
    return (*zip((inside["onset"] - np.uint32(start)).tolist(), inside["pitch"].tolist()),)

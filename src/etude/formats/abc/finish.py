"""The Score of what the voices of a tune have collected: ticks, bars, endings, ties and metadata."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from etude import limits
from etude.errors import BadInput, Reason
from etude.formats.abc.bars import bar_lines
from etude.formats.abc.rhythm import simple_parts
from etude.formats.abc.state import TuneState
from etude.formats.abc.voice import FINE, TPQ, Voice
from etude.score import NOTE, Mark, Metadata, Score, Track, grid_marks

STRUCTURE = ("repeat_start", "repeat_end", "ending", "segno", "coda", "fine", "to_coda", "da_capo", "dal_segno")
_EXTRA = {
    **{"X": "number", "R": "rhythm", "S": "source", "Z": "transcriber", "B": "book", "N": "notes", "P": "parts"},
    **{"D": "discography", "F": "file", "G": "group", "H": "history", "A": "area", "M": "meter", "W": "words"},
}


def tick(time: int) -> int:
    """The tick nearest to a time in fine ticks."""
    return (2 * time + FINE) // (2 * FINE)


def finished(state: TuneState) -> Score:
    """The Score of a tune that was read to its end. Raises BadInput when no note is in it."""
    voices = list(state.voices.values())
    if state.key is None:
        raise BadInput("the tune has no K: field, which ends its header and gives its key", Reason.NO_KEY)
    if not any(voice.notes for voice in voices):
        raise BadInput("the tune has a header but no notes", Reason.EMPTY)
    for voice in voices:
        for kind, text in voice.waiting:
            voice.mark(kind, text)
    last = max(note[0] + note[1] for voice in voices for note in voice.notes)
    end = max(last, *(voice.time for voice in voices))
    if tick(end) > limits.TICKS:
        raise BadInput("the tune lasts longer than etude reads", Reason.TOO_LARGE)
    meters = [(tick(time), *meter) for time, *meter in state.meters]
    shortest = min([4 * TPQ, *(4 * TPQ * numerator // denominator for _, numerator, denominator in meters)])
    if tick(end) // max(1, shortest) > limits.BARS:
        raise BadInput(f"the tune has more than {limits.BARS:,} bars", Reason.TOO_LARGE)
    marks = [mark for voice in voices for mark in _marks(voice, tick(end))]
    marks += [Mark(tick(end), "end")] if tick(last) < tick(end) else []
    signs = {mark.tick for mark in marks if mark.kind in ("repeat_start", "repeat_end", "ending", "barline")}
    lines = [tick(time) for time, kind, _ in voices[0].marks if kind == "bar"]
    marks += grid_marks(lines, tick(end), meters, signs, TPQ)
    score = Score.of(
        _notes(voices),
        tempos=[(tick(time), _microseconds(tempo)) for time, tempo in state.tempos],
        meters=meters,
        keys=[(tick(time), fifths, mode) for time, fifths, mode in state.keys],
        marks=set(marks),
        tracks=[Track(voice.name, voice.program, voice.is_drum) for voice in voices],
        tpq=TPQ,
        meta=metadata(state),
    )
    ties = list(_tie_marks(voices, score))
    return score.replace(marks=(*score.marks, *ties)) if ties else score


def _notes(voices: list[Voice]) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    table = np.zeros(sum(len(voice.notes) for voice in voices), NOTE)
    rows = np.array([note for voice in voices for note in voice.notes], np.int64)  # onset, duration, pitch
    starts = (2 * rows[:, 0] + FINE) // (2 * FINE)
    table["onset"] = starts
    table["duration"] = (2 * (rows[:, 0] + rows[:, 1]) + FINE) // (2 * FINE) - starts
    table["pitch"] = rows[:, 2]
    table["velocity"] = 80
    table["track"] = np.repeat([voice.track for voice in voices], [len(voice.notes) for voice in voices])
    return table


def _microseconds(quarters_a_minute: float) -> int:
    return round(60e6 / quarters_a_minute)


def _marks(voice: Voice, end: int) -> Iterator[Mark]:
    """The marks of a voice in ticks. Bar lines, repeats and signs count in the first voice only."""
    looks = {time: "" for time, kind, _ in voice.marks if kind in ("repeat_start", "repeat_end")} | {0: ""}
    marks = _with_ending_ends(voice.marks, voice.time) if voice.track == 0 else voice.marks
    for time, kind, text in marks:
        at = tick(time)
        if kind == "bar":
            plain = text == "|" or (text == "|]" and at >= end)
            if voice.track == 0 and not plain and looks.setdefault(time, text) == text:
                yield Mark(at, "barline", text)
        elif kind in STRUCTURE or kind == "ending_end":
            if voice.track == 0 and not (kind == "repeat_start" and at >= end):
                yield Mark(at, kind, text)
        else:
            yield Mark(at, kind, text, voice.track)


def _with_ending_ends(marks: Iterable[tuple[int, str, str]], end: int) -> Iterator[tuple[int, str, str]]:
    """The marks, and where each numbered ending stops: at a repeat, a double bar, the next ending or the end."""
    opened: int | None = None
    for time, kind, text in marks:
        stops = kind in ("repeat_start", "repeat_end", "ending") or (kind == "bar" and text in ("||", "|]", "[|"))
        if opened is not None and time > opened and stops:
            yield time, "ending_end", ""
            opened = None
        if kind == "ending":
            opened = time
        yield time, kind, text
    if opened is not None:
        yield end, "ending_end", ""


def _tie_marks(voices: list[Voice], score: Score) -> Iterator[Mark]:
    """A mark for every written tie that a writer would not set by itself: not at bar lines or to spell a length."""
    if not any(voice.joins for voice in voices):
        return
    lines = bar_lines(score).tolist()
    for voice in voices:
        joined: dict[int, list[int]] = {}
        for time, _, index in voice.joins:
            joined.setdefault(index, []).append(tick(time))
        for index, times in joined.items():
            onset, duration, pitch = voice.notes[index]
            first, last = tick(onset), tick(onset + duration)
            inner = lines[bisect_right(lines, first) : bisect_left(lines, last)]
            for start, stop in pairwise([first, *inner, last]):
                yield from _joins_inside(start, stop, times, Mark(0, "tie", str(pitch), voice.track))


def _joins_inside(start: int, stop: int, times: list[int], pattern: Mark) -> Iterator[Mark]:
    written = sorted(time for time in times if start < time < stop)
    if not written:
        return
    plain = simple_parts(start, stop)
    edges = [start, *written, stop]
    full = [cut for a, b in pairwise(edges) for cut in (*simple_parts(a, b), b)][:-1]
    if full != plain:
        for time in full:
            yield Mark(time, pattern.kind, pattern.text, pattern.track)


def metadata(state: TuneState) -> Metadata:
    """Title, composer, origin and every other field of the header, the transcriber's credit among them."""
    values = {letter: [text for text in texts if text] for letter, texts in state.values.items()}
    extra = [("title", title) for title in values.get("T", [])[1:]]
    extra += [("composer", name) for name in values.get("C", [])[1:]]
    extra += [(name, text) for letter, name in _EXTRA.items() for text in values.get(letter, [])]
    return Metadata(
        title=(values.get("T") or [""])[0],
        composer=(values.get("C") or [""])[0],
        origin="; ".join(values.get("O", [])),
        reproduce=state.reproduce,
        extra=tuple(extra),
    )

"""One voice of a Score as bars of ABC: slices between the ticks where something begins, ends or is written."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from etude.formats.abc.rhythm import (
    SHORTEST,
    Tuplet,
    length_text,
    marked_tuplet,
    needed_tuplet,
    simple_parts,
    tempo_text,
)
from etude.formats.abc.spelling import Spelling, key_name
from etude.score import Mark, Score, bar_starts, bar_ticks, pickup_ticks

_WRITTEN_AT_NOTES = ("chord", "words", "grace", "segno", "coda", "tuplet", "tie")
_ABOVE = ("segno", "coda", "words", "chord")
_BEFORE_BAR_LINE = {"da_capo": "D.C.", "dal_segno": "D.S.", "fine": "fine", "to_coda": "dacoda"}
_QUARTER = 480


@dataclass(frozen=True)
class Slice:
    """A stretch of ticks in which the same notes sound; `notes` are (pitch, goes on behind it, began before it)."""

    start: int
    stop: int
    notes: tuple[tuple[int, bool, bool], ...]

    @property
    def duration(self) -> int:
        """Ticks."""
        return self.stop - self.start


@dataclass(frozen=True)
class Bar:
    """The text of a bar without its bar lines, and its syllables ('*' where a note has none)."""

    text: str
    syllables: tuple[str, ...]


class VoiceLayout:
    """Writes one track bar by bar. The Score has 480 ticks a quarter."""

    def __init__(self, score: Score, track: int, edges: list[int], unit: int) -> None:
        self.score, self.track, self.edges, self.unit = score, track, edges, unit
        self.marks: dict[int, list[Mark]] = defaultdict(list)
        for mark in score.marks:
            if mark.track == track:
                self.marks[mark.tick].append(mark)
        self.changes = _changes(score, first_voice=track == 0)
        endings = {mark.tick: mark.text for mark in score.marks if mark.kind == "ending"}
        self.endings = {tick: text for tick, text in endings.items() if tick not in edges}  # inside a bar
        self.keys = {int(row["tick"]): int(row["fifths"]) for row in score.keys}
        self.starts: list[int] = bar_starts(score).tolist()
        self.pickup = pickup_ticks(score)
        self.spelling = Spelling()
        self.tuplet: Tuplet | None = None
        self.left = 0  # slices of the tuplet still to come

    def bars(self) -> list[Bar]:
        """The bars between the edges, in order."""
        slices = self.slices()
        starts = [part.start for part in slices]
        bounds = [bisect_left(starts, edge) for edge in self.edges]
        return [self.bar(slices, a, b) for a, b in pairwise(bounds)]

    def slices(self) -> list[Slice]:
        """The whole voice, cut at bar lines, at every onset and end, and where something is written."""
        notes = playable(self.score, self.track)
        cuts = set(self.edges) | {tick for note in notes for tick in note[:2]}
        cuts |= self.changes.keys() | self.endings.keys()
        cuts |= {tick for tick, marks in self.marks.items() if any(m.kind in _WRITTEN_AT_NOTES for m in marks)}
        end = self.edges[-1]
        ordered = sorted(cut for cut in cuts if 0 <= cut <= end)
        out: list[Slice] = []
        sounding: list[tuple[int, int, int]] = []
        at = 0
        for start, stop in pairwise(ordered):
            sounding = [note for note in sounding if note[1] > start]
            while at < len(notes) and notes[at][0] <= start:
                sounding.append(notes[at])
                at += 1
            inner = simple_parts(start, stop) if sounding else self.rest_cuts(start, stop)
            parts = [start, *inner, stop]
            for a, b in pairwise(parts):
                chord = tuple(sorted((pitch, last > b, first < a) for first, last, pitch in sounding))
                out.append(Slice(a, b, chord))
        return out

    def rest_cuts(self, start: int, stop: int) -> list[int]:
        """Where a rest is cut: at the quarters around a tuplet, and into plain lengths."""
        bar = self.edges[bisect_right(self.edges, start) - 1]
        cuts = []
        if (start - bar) % SHORTEST:
            cuts.append(bar + ((start - bar) // _QUARTER + 1) * _QUARTER)
        if (stop - bar) % SHORTEST:
            cuts.append(bar + (stop - bar) // _QUARTER * _QUARTER)
        inner = sorted({cut for cut in cuts if start < cut < stop})
        parts = [start, *inner, stop]
        pieces = [cut for a, b in pairwise(parts) for cut in simple_parts(a, b)]
        return sorted({*inner, *pieces})

    def bar(self, slices: list[Slice], first: int, last: int) -> Bar:
        """The bar that the slices first..last-1 fill."""
        self.spelling.bar_line()
        pieces: list[str] = []
        broken: tuple[int, str] | None = None  # what the second note of a broken pair is written as
        for index in range(first, last):
            part = slices[index]
            prefix = self.prefix(slices, index)
            gap = " " if index > first and self.new_beat(slices[index - 1].start, part.start) else ""
            if broken is not None:
                written, sign = broken
                pieces.append(sign + prefix + self.sound(part, written))
                broken = None
                continue
            written = self.written(part)
            following = slices[index + 1] if index + 1 < last else None
            pair = self.broken_pair(part, following)
            pieces.append(gap + prefix + self.sound(part, pair[0] if pair else written))
            broken = pair
        end = slices[last - 1].stop if last else 0
        pieces += [_sign(mark) for mark in self.marks.get(end, []) if mark.kind in _BEFORE_BAR_LINE]
        if last == len(slices):
            pieces += [_text(mark) for mark in self.marks.get(end, []) if mark.kind in _ABOVE]
        return Bar("".join(pieces), tuple(self.syllables(slices[first:last])))

    def prefix(self, slices: list[Slice], index: int) -> str:
        """What stands before a slice: changes, tuplet, grace notes, texts and signs."""
        part = slices[index]
        out = self.changes.get(part.start, "") if not index or slices[index - 1].start != part.start else ""
        if part.start in self.endings:
            out = f" [{self.endings[part.start]} " + out
        if part.start in self.keys:
            self.spelling.set_key(self.keys[part.start])
        marks = self.marks.get(part.start, [])
        for mark in marks:
            if mark.kind == "grace":
                graces = [self.spelling.text(int(pitch)) for pitch in mark.text.split() if pitch.isdigit()]
                out += "{" + "".join(graces) + "}"
        if not self.left:
            self.tuplet = self.tuplet_at(slices, index, marks)
            self.left = self.tuplet.count if self.tuplet else 0
            out += self.tuplet.text if self.tuplet else ""
        return out + "".join(_text(mark) for mark in marks if mark.kind in _ABOVE)

    def tuplet_at(self, slices: list[Slice], index: int, marks: list[Mark]) -> Tuplet | None:
        durations = [part.duration for part in slices[index : index + 32]]
        marked = [marked_tuplet(mark.text, durations) for mark in marks if mark.kind == "tuplet"]
        return next((tuplet for tuplet in marked if tuplet), None) or needed_tuplet(durations)

    def written(self, part: Slice) -> int:
        """The written length in ticks; counts down the tuplet."""
        if not self.left or self.tuplet is None:
            return part.duration
        self.left -= 1
        return self.tuplet.written(part.duration)

    def broken_pair(self, part: Slice, following: Slice | None) -> tuple[int, str] | None:
        """(length both are written with, '>' or '<') when two notes of a beat are dotted and short."""
        if following is None or self.left or not part.notes or not following.notes:
            return None
        if part.duration % SHORTEST or self.new_beat(part.start, following.start):
            return None
        if any(mark.kind in _WRITTEN_AT_NOTES for mark in self.marks.get(following.start, [])):
            return None
        even = (part.duration + following.duration) // 2
        if following.start in {*self.changes, *self.endings} or even not in (self.unit, self.unit // 2):
            return None
        if part.duration == 3 * following.duration:
            return even, ">"
        return (even, "<") if 3 * part.duration == following.duration else None

    def sound(self, part: Slice, written: int) -> str:
        """A note, chord or rest with its length and ties."""
        length = length_text(written, self.unit)
        if not part.notes:
            return "z" + length
        tied = [goes_on for _, goes_on, _ in part.notes]
        names = [self.spelling.text(pitch) for pitch, _, _ in part.notes]
        self.spelling.tied(pitch for pitch, goes_on, _ in part.notes if goes_on)
        if len(names) == 1:
            return names[0] + length + "-" * tied[0]
        if all(tied):
            return f"[{''.join(names)}]{length}-"
        return "[" + "".join(name + "-" * goes_on for name, goes_on in zip(names, tied, strict=True)) + "]" + length

    def new_beat(self, before: int, now: int) -> bool:
        """Whether a beat begins between two onsets of a bar, so that their beams part."""
        row = bisect_right(self.starts, before) - 1
        bar, full = self.starts[row], bar_ticks(self.score, before)
        origin = bar - full + self.pickup if row == 0 and self.pickup else bar
        beat = beam_ticks(self.score, before)
        return (before - origin) // beat != (now - origin) // beat

    def syllables(self, slices: list[Slice]) -> list[str]:
        """One entry a group of notes that begins here."""
        out = []
        for part in slices:
            if any(not held for _, _, held in part.notes):
                texts = [mark.text for mark in self.marks.get(part.start, []) if mark.kind == "lyric"]
                out.append(_syllable(texts[0]) if texts else "*")
        return out


def beam_ticks(score: Score, tick: int) -> int:
    """How long notes are beamed together in the meter at `tick`: half bars in 4/4 and 2/2, else beats."""
    row = score.meters[max(0, int(score.meters["tick"].searchsorted(tick, side="right")) - 1)]
    numerator, denominator = int(row["numerator"]), int(row["denominator"])
    if denominator >= 8 and numerator % 3 == 0:
        return 3 * 1920 // denominator
    if (numerator, denominator) in ((4, 4), (2, 2)):
        return 960
    return max(SHORTEST, min(_QUARTER, 1920 // denominator) if denominator >= 4 else 1920 // denominator)


def playable(score: Score, track: int) -> list[tuple[int, int, int]]:
    """(onset, end, pitch) of the notes of a track; a pitch that is struck again ends there, as on a keyboard.

    Two equal notes stay two: a unison.
    """
    struck: dict[int, tuple[int, int, int]] = {}  # pitch -> onset, duration and end of the note after it
    out: list[tuple[int, int, int]] = []
    table = score.notes[score.notes["track"] == track][::-1]
    columns = (table["onset"].tolist(), table["duration"].tolist(), table["pitch"].tolist())
    for onset, duration, pitch in zip(*columns, strict=True):
        following = struck.get(pitch)
        if following is None:
            end = onset + duration
        elif following[:2] == (onset, duration):
            end = following[2]
        else:
            end = min(onset + duration, following[0])
        if end > onset:
            out.append((onset, end, pitch))
            struck[pitch] = (onset, duration, end)
    return out[::-1]


def _changes(score: Score, *, first_voice: bool) -> dict[int, str]:
    """Inline fields by tick: meters, keys and (in the first voice) tempos behind the start."""
    out: dict[int, str] = defaultdict(str)
    for row in score.meters[1:]:
        out[int(row["tick"])] += f"[M:{meter_text(int(row['numerator']), int(row['denominator']))}]"
    for row in score.keys:
        if row["tick"]:
            out[int(row["tick"])] += f"[K:{key_name(int(row['fifths']), int(row['mode']))}]"
    for row in score.tempos[1:] if first_voice else ():
        tick = int(row["tick"])
        out[tick] += f"[Q:{tempo_text(int(row['microseconds']), tempo_beat(score, tick))}]"
    return dict(out)


def tempo_beat(score: Score, tick: int) -> Fraction:
    """The beat that tempo is counted in: a dotted quarter in compound meters, else a quarter."""
    row = score.meters[max(0, int(score.meters["tick"].searchsorted(tick, side="right")) - 1)]
    return Fraction(3, 8) if row["denominator"] == 8 and row["numerator"] % 3 == 0 else Fraction(1, 4)


def meter_text(numerator: int, denominator: int) -> str:
    """The text of an M: field: C and C| where books write so."""
    return {(4, 4): "C", (2, 2): "C|"}.get((numerator, denominator), f"{numerator}/{denominator}")


def _sign(mark: Mark) -> str:
    """A sign of the form of the piece as a decoration."""
    return f"!{_BEFORE_BAR_LINE.get(mark.kind, mark.kind)}{'al' + mark.text if mark.text else ''}!"


def _text(mark: Mark) -> str:
    """A sign or text as it stands above the staff."""
    if mark.kind in ("segno", "coda"):
        return _sign(mark)
    text = (
        " ".join(mark.text.split()).replace('"', "'").replace("\\", "\\\\").replace("%", "\\%").replace("&", "\\&")
    )
    return f'"{"^" * (mark.kind == "words")}{text}"' if text else ""


def _syllable(text: str) -> str:
    more = "-" if text.endswith("-") else ""
    body = re.sub(r"[|*_\"%]", "", text.removesuffix("-")).replace("-", "\\-")
    return ("~".join(body.split()) or "*") + more if body.strip() else "*"

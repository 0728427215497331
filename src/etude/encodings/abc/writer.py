"""Score -> ABC tokens: bar by bar, each bar cut into notes, rests and tuplets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from etude.encodings.abc import vocabulary as v
from etude.encodings.abc.bars import Bars
from etude.encodings.abc.form import FIRST, NO_ENDING, SECOND, SECOND_DUE, Form
from etude.encodings.abc.tuplets import fill, spans
from etude.errors import BadInput, Reason
from etude.score import Score, bar_starts, pickup_ticks, resample

_DANCE = re.compile(r"id:\s*\w+-([a-z]+)")  # as in "Z: id:dc-reel-12"
_SYNONYMS = {
    **{
        "slipjig": "slip jig",
        "double jig": "jig",
        "single jig": "jig",
        "doublejig": "jig",
        "setdance": "set dance",
    },
    **{"highland fling": "fling", "barn dance": "barndance", "hop jig": "slip jig", "slowair": "air"},
}


@dataclass(frozen=True)
class Piece:
    """What sounds in ticks [start, end): pitches from high to low (none: a rest), begun here or going on."""

    start: int
    end: int
    pitches: tuple[int, ...]
    goes_on: bool = False


def refuse(why: str) -> BadInput:
    """The error of a tune that these tokens cannot hold."""
    return BadInput(why, Reason.NOT_ENCODABLE)


def rhythm_of(score: Score) -> str:
    """The tune type, one of RHYTHMS: from R:, from words above the first bar, or from the transcriber's number."""
    words = [mark.text for mark in score.marks if mark.kind == "words" and mark.tick == 0]
    numbers = _DANCE.findall(score.meta.get("transcriber"))
    for text in (score.meta.get("rhythm"), *words, *numbers):
        name = text.strip().lower()
        name = _SYNONYMS.get(name, name)
        if name and name in v.RHYTHMS:
            return str(name)
    return ""


def tokens(score: Score) -> list[int]:
    """The values of a one-voice Score, without begin and end. Raises BadInput naming what cannot be held."""
    return Writer(resample(score, v.TPQ)).write()


class Writer:
    """Writes one Score (480 ticks a quarter)."""

    def __init__(self, score: Score) -> None:
        self.score = score
        self.notes = list(melody(score))
        self.signs = signs(score)
        self.lines = bar_lines(score)
        self.endings = endings(score, self.signs)
        self.bars, self.form = Bars(), Form()
        self.duration = 240
        self.meter = self._meter_at(0)
        self.out: list[int] = []
        self.sections = 0

    def _meter_at(self, tick: int) -> tuple[int, int]:
        row = self.score.meters[self.score.meters["tick"] <= tick][-1]
        meter = (int(row["numerator"]), int(row["denominator"]))
        if meter not in v.TICKS_OF_METER:
            raise refuse(f"The meter {meter[0]}/{meter[1]} is not among those of the encoding.")
        return meter

    def put(self, kind: v.Kind, what: object = None) -> None:
        """Adds one symbol. Raises BadInput when the vocabulary has none for it."""
        value = v.VALUE.get((kind, what))
        if value is None:
            raise refuse(f"There is no symbol for {kind} {what}.")
        self.out.append(value)

    def write(self) -> list[int]:
        """The values, header first."""
        self._header()
        misplaced = set(self.score.keys["tick"].tolist()) - set(self.lines)
        if misplaced:
            raise refuse(f"The key changes inside a bar, at quarter {min(misplaced) / v.TPQ:g}.")
        for number, (start, end) in enumerate(zip(self.lines, self.lines[1:])):
            last = number == len(self.lines) - 2
            if start:
                self._between(start)
            stop = self._fit(start, end, last=last)
            inside = [tick for tick in self.endings if start < tick < stop]
            for first, after in pairwise([start, *inside, stop]):
                if first in inside:
                    self._ending(first)
                self._content(self._pieces(first, after))
            self._finish_bar(end, last=last)
        first = len(v.HEADER)
        if v.SYMBOLS[self.out[first]][0] == "meter":  # the first bar has its own: that is what the header says
            self.out[v.HEADER.index("meter")] = self.out.pop(first)
        self.out[v.HEADER.index("parts")] = v.VALUE["parts", max(1, min(self.sections, v.MAXIMUM_PARTS))]
        return self.out

    def _header(self) -> None:
        key = self.score.keys[0] if len(self.score.keys) and self.score.keys["tick"][0] == 0 else None
        upbeat = self.lines[1] if len(self.lines) > 2 and pickup_ticks(self.score) == self.lines[1] else 0
        self.put("rhythm", rhythm_of(self.score))
        self.put("meter", self.meter)
        self.put("key", None if key is None else (int(key["fifths"]), int(key["mode"])))
        self.put("parts", 1)  # corrected once the sections are counted
        self.bars.full = v.TICKS_OF_METER[self.meter]
        self.put("upbeat", upbeat)
        self.bars.start(upbeat)

    def _between(self, tick: int) -> None:
        """Ending and key that stand at the bar line at `tick`."""
        if tick in self.endings:
            self._ending(tick)
        for row in self.score.keys[self.score.keys["tick"] == tick]:
            self.put("key", (int(row["fifths"]), int(row["mode"])))

    def _ending(self, tick: int) -> None:
        self.put("ending", self.endings[tick])
        self.form.ending = FIRST if self.endings[tick] == 1 else SECOND

    def _fit(self, start: int, end: int, *, last: bool) -> int:
        """The tick up to which this bar is written; names another meter when it does not fit the one that holds."""
        meter = self._meter_at(start)
        full = v.TICKS_OF_METER[meter]
        self.bars.elapsed, self.bars.full = end - start, full
        if not self._fits(end, meter, last):
            other = v.METER_OF_TICKS.get(end - start)
            if last and end - start < (self.bars.due or full) and (self.bars.due or other is None):
                self._set_meter(meter)
                return start + (self.bars.due or full)  # the piece breaks off: rests fill the bar
            if other is None or self.bars.due:
                raise refuse(f"The bar at quarter {start / v.TPQ:g} lasts {(end - start) / v.TPQ:g} quarters.")
            meter = other
        self._set_meter(meter)
        return end

    def _set_meter(self, meter: tuple[int, int]) -> None:
        if meter != self.meter:
            self.put("meter", meter)
        self.meter, self.bars.full, self.bars.elapsed = meter, v.TICKS_OF_METER[meter], 0

    def _fits(self, end: int, meter: tuple[int, int], last: bool) -> bool:
        """Whether the line at tick `end` may stand after what has elapsed of the bar."""
        bars = self.bars
        if last:
            return bars.may_end_piece() or (end in self.signs and bars.may_end_at_sign() and not bars.opening)
        if end not in self.signs:
            return bars.may_end_plain()
        length = self.lines[self.lines.index(end) + 1] - end
        due = bars.full - bars.elapsed
        whole = length == due or (length < due and end == self.lines[-2])  # the last bar may break off
        return bars.may_end_at_sign() or (bars.may_be_cut() and whole and self._meter_at(end) == meter)

    def _finish_bar(self, end: int, *, last: bool) -> None:
        """The line at the end of a bar whose content was written."""
        sign = self.signs.get(end, v.PLAIN)
        if last and sign != v.REPEAT_END:
            self.sections += 1
            return
        self.put("line", sign)
        if sign != v.PLAIN:
            only_upbeat = self.bars.only_upbeat()
            if not self.form.allows(sign, only_upbeat=only_upbeat, cut=False):
                raise refuse(f"The sign {sign} at quarter {end / v.TPQ:g} does not fit the repeats before it.")
            self.form.take(sign, only_upbeat=only_upbeat)
            self.sections = self.form.sections
        self.bars.line(sign=sign != v.PLAIN)

    def _pieces(self, start: int, stop: int) -> list[Piece]:
        """The bar [start, stop) cut where notes begin and end; ticks count from its start."""
        pieces, here = [], start
        for note in self.notes:
            if note.end <= start or note.start >= stop:
                continue
            first, end = max(note.start, start), min(note.end, stop)
            if first > here:
                pieces.append(Piece(here - start, first - start, ()))
            pieces.append(Piece(first - start, end - start, note.pitches, note.start < start))
            here = end
        if here < stop:
            pieces.append(Piece(here - start, stop - start, ()))
        return pieces

    def _content(self, pieces: list[Piece]) -> None:
        at = 0
        while at < len(pieces):
            stop = at + 1
            while pieces[stop - 1].end % v.GRAIN and stop < len(pieces):
                stop += 1
            self._group(pieces[at:stop])
            at = stop
        self.bars.elapsed += pieces[-1].end

    def _group(self, group: list[Piece]) -> None:
        """Pieces that begin and end on the grain together: one of a plain length, or a rhythm with tuplets."""
        edges = [group[0].start, *(piece.end for piece in group)]
        found = spans(edges) if edges[-1] % v.GRAIN == 0 else None
        if found is None:
            why = (
                f"A rhythm of {(edges[-1] - edges[0]) / v.TPQ:g} quarters has no plain lengths and no tuplet fits."
            )
            raise refuse(why)
        here = group[0].start
        for start, tuplet, written in [*found, (edges[-1], None, [])]:
            self._plain(group, here, start)
            if tuplet is not None:
                here = start + tuplet[1] * tuplet[2]
                self.put("tuplet", tuplet)
                inside = [piece for piece in group if piece.start < here and piece.end > start]
                for piece, (before, after) in zip(inside, pairwise(written)):
                    self._piece(piece, fill(tuplet, before, after) or [], goes_on=piece.start < start)

    def _plain(self, group: list[Piece], start: int, stop: int) -> None:
        """What sounds in ticks [start, stop) of the bar, in plain lengths."""
        for piece in group:
            first, end = max(piece.start, start), min(piece.end, stop)
            if first < end:
                self._piece(piece, fill(None, first, end) or [], goes_on=piece.start < first)

    def _piece(self, piece: Piece, lengths: list[int], *, goes_on: bool) -> None:
        """A note, chord or rest of these written lengths, held together."""
        for number, length in enumerate(lengths):
            if length != self.duration:
                self.put("duration", length)
                self.duration = length
            if not piece.pitches:
                self.put("rest")
            elif goes_on or piece.goes_on or number:
                self.put("hold")
            else:
                self.put("pitch", piece.pitches[0])
                for pitch in piece.pitches[1:]:
                    self.put("also")
                    self.put("pitch", pitch)


def melody(score: Score) -> Iterator[Piece]:
    """The notes and chords of a Score one after another. Raises BadInput when voices overlap."""
    if len(set(score.notes["track"].tolist())) > 1:
        raise refuse("The tune has several voices; these tokens hold one.")
    if not len(score.notes):
        raise BadInput("There is no note.", Reason.EMPTY)
    if score.tracks[int(score.notes["track"][0])].is_drum:
        raise refuse("The tune is for drums.")
    before = 0
    for onset, rows in groupby(score.notes.tolist(), key=lambda row: row[0]):
        chord = list(rows)
        ends = {start + duration for start, duration, *_ in chord}
        pitches = tuple(sorted({row[2] for row in chord}, reverse=True))
        if len(ends) > 1 or len(pitches) < len(chord) or onset < before:
            raise refuse(f"Several voices sound at quarter {onset / v.TPQ:g}; these tokens hold one.")
        before = ends.pop()
        if before == onset:
            raise refuse(f"A note at quarter {onset / v.TPQ:g} has no length.")
        yield Piece(onset, before, pitches)


def bar_lines(score: Score) -> list[int]:
    """The ticks of all bar lines as written, the start and the end of the piece among them."""
    hidden = {mark.tick for mark in score.marks if mark.kind == "barline" and mark.text == "[|]"}
    shown = {mark.tick for mark in score.marks if mark.kind in ("repeat_start", "repeat_end", "barline")} - hidden
    lines = set(bar_starts(score).tolist()) - hidden | shown
    return sorted({0, score.end} | {line for line in lines if 0 < line < score.end})


def signs(score: Score) -> dict[int, str]:
    """Tick -> repeat sign or double bar. A repeat start that nothing closes is a double bar."""
    ends = {mark.tick for mark in score.marks if mark.kind == "repeat_end"}
    strange = [mark for mark in score.marks if mark.kind == "repeat_end" and mark.text not in ("", "2")]
    if strange:
        raise refuse(f"A passage sounds {strange[0].text} times; only twice can be written.")
    starts = sorted(mark.tick for mark in score.marks if mark.kind == "repeat_start" and mark.tick > 0)
    closed = set()
    for start, following in zip(starts, [*starts[1:], 2**31]):
        if any(start < end <= following for end in ends):
            closed.add(start)
    double = {
        mark.tick for mark in score.marks if mark.kind == "barline" and mark.text in ("||", "|]", "[|", "|||")
    }
    found = dict.fromkeys(double.union(starts), v.DOUBLE)
    found.update(dict.fromkeys(closed, v.REPEAT_START))
    found.update(dict.fromkeys(ends, v.REPEAT_END))
    found.update(dict.fromkeys(ends & closed, v.REPEAT_BOTH))
    return {tick: sign for tick, sign in found.items() if 0 < tick < score.end or sign == v.REPEAT_END}


def endings(score: Score, found: dict[int, str]) -> dict[int, int]:
    """Tick -> 1 or 2. Raises BadInput when endings are not a first, a repeat sign and a second.

    A first ending that no second follows before the end of the piece is left out.
    """
    marks = sorted((mark.tick, mark.text) for mark in score.marks if mark.kind == "ending")
    state, ready = NO_ENDING, {}
    for tick, text in sorted([*marks, *((tick, sign) for tick, sign in found.items())], key=_signs_first):
        if text in ("1", "2"):
            if (text == "1") != (state == NO_ENDING) or (text == "2") != (state == SECOND_DUE):
                raise refuse(f"The endings at quarter {tick / v.TPQ:g} are not a first, a repeat and a second.")
            state, ready[tick] = (FIRST, 1) if text == "1" else (SECOND, 2)
        elif text not in v.LINES:
            raise refuse(f"An ending is called '{text}'; only 1 and 2 can be written.")
        elif state == FIRST and text != v.REPEAT_END:
            raise refuse(f"The first ending before quarter {tick / v.TPQ:g} does not lead back.")
        else:
            state = SECOND_DUE if state == FIRST else NO_ENDING
    if state in (FIRST, SECOND_DUE):  # the piece breaks off
        del ready[max(ready)]
    return ready


def _signs_first(row: tuple[int, str]) -> tuple[int, bool]:
    return row[0], row[1] not in v.LINES

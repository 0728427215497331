"""Score -> ABC tokens: bar by bar, each bar cut into notes, rests and tuplets."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from etude.encodings.abc import vocabulary as v
from etude.encodings.abc.bars import Bars
from etude.encodings.abc.form import FIRST, SECOND, Form
from etude.encodings.abc.structure import Piece, bar_lines, endings, melody, refuse, rhythm_of, signs
from etude.encodings.abc.tuplets import fill, spans
from etude.score import Score, pickup_ticks, resample


def tokens(score: Score) -> list[int]:
    """The values of a one-voice Score, without begin and end. Raises BadInput naming what cannot be held."""
    score = resample(score, v.TPQ)
    try:
        return Writer(score).write()
    except BreaksOff:
        marks = [mark for mark in score.marks if mark.kind != "repeat_end" or mark.tick < score.end]
        return Writer(replace(score, marks=tuple(marks))).write()


class BreaksOff(Exception):
    """The piece ends in a first ending, which is left out: the sign at its end has nothing to repeat."""


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
        upbeat = pickup_ticks(self.score)
        repeated = self.signs.get(upbeat) in (v.REPEAT_END, v.REPEAT_BOTH)
        if len(self.lines) == 2 or upbeat != self.lines[1] or repeated:  # no upbeat, but a bar of its own
            upbeat = 0
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
        if last and not self._may_stand(end):
            raise BreaksOff
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

    def _may_stand(self, end: int) -> bool:
        """Whether the sign at tick `end`, if there is one, fits the repeats before it."""
        sign = self.signs.get(end)
        return sign is None or self.form.allows(sign, only_upbeat=self.bars.only_upbeat(), cut=False)

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
        rests = [(piece.start, piece.end) for piece in group if not piece.pitches]
        found = spans(edges, rests) if edges[-1] % v.GRAIN == 0 else None
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

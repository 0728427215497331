"""The automaton that reads ABC tokens: timed events, and which token may come next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.encodings.abc import vocabulary as v
from etude.encodings.abc.bars import Bars
from etude.encodings.abc.form import FIRST, LONGEST_ENDING, NO_ENDING, SECOND, SECOND_DUE, Form
from etude.encodings.abc.tuplets import Tuplet, next_durations, sounding
from etude.encodings.base import END
from etude.encodings.reading import Mask, StepReader, mask_of
from etude.score import Event

_HEADER_MASKS = [mask_of(v.SIZE, v.values_of(kind)) for kind in v.HEADER]
_RHYTHM, _METER, _KEY, _PARTS, _UPBEAT = range(5)
_NUMBER = {ticks: number for number, ticks in enumerate(v.DURATIONS)}
_FITTING = [np.array(v.DURATIONS) <= grains * v.GRAIN for grains in range(max(v.DURATIONS) // v.GRAIN + 1)]
_TUPLET_TIME = np.array([count * unit for _, count, unit in v.TUPLETS])
_FIRST = {kind: v.values_of(kind)[0] for kind in ("duration", "pitch", "tuplet", "meter", "upbeat", "key")}
_REST, _HOLD, _ALSO = (v.values_of(kind)[0] for kind in ("rest", "hold", "also"))
_KEYS = slice(_FIRST["key"], _FIRST["key"] + len(v.values_of("key")))
_METERS = slice(_FIRST["meter"], _FIRST["meter"] + len(v.METERS))
_DURATIONS = slice(_FIRST["duration"], _FIRST["duration"] + len(v.DURATIONS))
_TUPLETS = slice(_FIRST["tuplet"], _FIRST["tuplet"] + len(v.TUPLETS))
_PITCHES = slice(_FIRST["pitch"], _FIRST["pitch"] + v.HIGHEST - v.LOWEST + 1)
_LINE = {text: v.VALUE["line", text] for text in v.LINES}
_ENDING = {number: v.VALUE["ending", number] for number in (1, 2)}
# order in which things may stand between two bars
_IN_BAR, _AFTER_LINE, _AFTER_ENDING, _AFTER_KEY, _AFTER_METER = range(5)


class AbcReader(StepReader):
    """Tokens of a tune, read one by one."""

    def __init__(self, *, chords: bool = True, complete: bool = False) -> None:
        super().__init__((v.SIZE,))
        self.chords = chords  # whether notes may sound together
        self.header = 0  # how many header symbols were read; beyond them the music begins
        self.rhythm, self.meter = "", (4, 4)
        self.bars, self.form = Bars(strict=complete), Form()
        self.silent = complete  # whether a note must sound before a section may end
        self.tick = 0
        self.duration = 240
        self.fresh = False  # a duration was named and not used yet
        self.chord: list[int] = []  # pitches that sound, or just ended and could go on
        self.lowest = 128  # the lowest pitch of the chord that is being written, 128 when it cannot grow
        self.also = False
        self.tuplet: Tuplet | None = None
        self.tuplet_start, self.written = 0, 0  # its tick, and the written ticks of it so far
        self.between = _IN_BAR  # where between two bars we stand
        self.resting = False
        self.tick_before = 0  # where the last note or rest began

    def curb(self) -> None:
        """From now on the mask lets no ending have more than LONGEST_ENDING bars, nor two of unlike lengths."""
        self.form.longest = LONGEST_ENDING

    # ---- the mask

    def _allowed(self, chosen: Sequence[int]) -> Mask:
        if self.header < len(v.HEADER):
            return self._header_mask()
        if self.also:
            return _pitches_below(self.lowest)
        if self.form.ending == SECOND_DUE:
            return mask_of(v.SIZE, [_ENDING[2]])
        if self.bars.elapsed == 0 and self._at_the_end():
            return mask_of(v.SIZE, [END])
        mask = np.zeros(v.SIZE, bool)
        self._allow_content(mask)
        if not self.fresh and not self.tuplet:
            if self.between in (_IN_BAR, _AFTER_LINE):
                self._allow_lines(mask)
            self._allow_between(mask)
        return mask if mask.any() else _WAY_OUT

    def _header_mask(self) -> Mask:
        if self.header != _UPBEAT:
            return _HEADER_MASKS[self.header]
        fitting = [value for value in v.values_of("upbeat") if v.SYMBOLS[value][1] < self.bars.full]
        return mask_of(v.SIZE, fitting)

    def _at_the_end(self) -> bool:
        """Whether a repeat sign has just closed the last section that was announced."""
        return self.started and self.form.complete() and self.form.parts < v.MAXIMUM_PARTS

    def _lengths(self) -> NDArray[np.bool_]:
        """Bool[D]: the durations that fit into what is left of the tuplet or the bar."""
        if self.tuplet:
            return next_durations(self.tuplet, self.written)
        return _FITTING[min(max(self.bars.left, 0) // v.GRAIN, len(_FITTING) - 1)]

    def _allow_content(self, mask: Mask) -> None:
        lengths = self._lengths()
        if lengths[_NUMBER[self.duration]]:
            mask[_PITCHES] = True
            mask[_REST] = True
            mask[_HOLD] = bool(self.chord)
        if self.fresh:
            return
        mask[_ALSO] = self.chords and v.LOWEST < self.lowest < 128
        mask[_DURATIONS] = lengths
        mask[_FIRST["duration"] + _NUMBER[self.duration]] = False
        if not self.tuplet:
            mask[_TUPLETS] = self.bars.left >= _TUPLET_TIME

    def _allow_lines(self, mask: Mask) -> None:
        bars, form = self.bars, self.form
        closing = form.last_bar and bars.payable
        mask[_LINE[v.PLAIN]] = bars.may_end_plain() and not closing and (bars.left == 0 or not form.curbed)
        cut = bars.may_be_cut() and not form.curbed
        if cut or bars.may_end_at_sign(whole=form.curbed):
            for sign in v.LINES[1:] if not self.silent or bars.only_upbeat() else ():
                mask[_LINE[sign]] = form.allows(sign, only_upbeat=bars.only_upbeat(), cut=cut)
        if bars.elapsed == 0:
            mask[END] = form.complete() and self.between == _AFTER_LINE and bars.after_sign and not bars.due
            mask[END] &= bars.settled()
        else:
            mask[END] = bars.may_end_piece() and form.completed_by_end() and not self.silent

    def _allow_between(self, mask: Mask) -> None:
        mask[_ENDING[1]] = self.form.ending == NO_ENDING and self._ending_fits()
        if self.between == _IN_BAR or self.bars.elapsed:
            return
        if self.between <= _AFTER_ENDING:
            mask[_KEYS] = True
        if self.between <= _AFTER_KEY and not self.bars.due and self.bars.settled():
            mask[_METERS] = True
            mask[v.VALUE["meter", self.meter]] = False

    def _ending_fits(self) -> bool:
        """Whether a first ending may begin here; one of bounded length begins with a bar, and can be closed."""
        bars, after_line = self.bars, self.between == _AFTER_LINE
        if self.form.longest:
            fits = after_line and not bars.after_sign and not self.silent
            return fits and bars.payable and self.form.has_room
        return after_line or (self.between == _IN_BAR and bars.elapsed > 0 and bars.left > 0 and not bars.opening)

    # ---- the events

    def _read(self, step: list[int]) -> Iterable[Event]:
        kind, what = v.SYMBOLS[step[0]]
        if kind in v.HEADER and self.header < len(v.HEADER):
            return self._read_header(kind, what)
        if self.header < len(v.HEADER):
            self.header = len(v.HEADER)
        if kind in ("pitch", "rest", "hold"):
            return self._read_content(kind, what)
        self.lowest, self.also = (self.lowest, True) if kind == "also" else (128, False)
        if kind == "duration":
            self.duration, self.fresh = what, True
        elif kind == "tuplet":
            self.tuplet, self.tuplet_start, self.written = what, self.tick, 0
        elif kind in ("line", "ending", "key", "meter"):
            return self._read_between(kind, what)
        return ()

    def _read_header(self, kind: str, what: Any) -> Iterator[Event]:
        self.header = v.HEADER.index(kind) + 1
        if kind == "rhythm" and what:
            self.rhythm = what
            yield Event(0, "mark", text=f"words:{what}")
        elif kind == "meter":
            tempo = v.TEMPO_OF_RHYTHM.get(self.rhythm) or v.TEMPO_OF_METER.get(what, 120)
            yield Event(0, "tempo", number=round(60e6 / tempo))
            yield self._meter(what)
        elif kind == "key" and what is not None:
            yield Event(0, "key", number=what[0], value=what[1])
        elif kind == "parts":
            self.form.parts = what
        elif kind == "upbeat":
            self.bars.start(what)
            if what:
                yield Event(0, "mark", text=f"pickup:{what}")

    def _meter(self, meter: tuple[int, int]) -> Event:
        self.meter, self.bars.full = meter, v.TICKS_OF_METER[meter]
        return Event(self.tick, "meter", number=meter[0], value=meter[1])

    def _read_content(self, kind: str, pitch: int) -> Iterator[Event]:
        if self.also and kind == "pitch" and self.lowest < 128:
            self.also = False
            if pitch < self.lowest:
                self.lowest = pitch
                self.chord.append(pitch)
                yield Event(self.tick_before, "on", 0, pitch, 80)
            return
        if kind != "hold":
            for sounding in self.chord:
                yield Event(self.tick, "off", 0, sounding)
            self.chord = []
        self.lowest, self.also = 128, False
        if kind == "pitch":
            self.lowest, self.chord, self.silent = pitch, [pitch], False
            yield Event(self.tick, "on", 0, pitch, 80)
        self.resting = not self.chord
        self._advance()

    def _advance(self) -> None:
        """Moves on by the duration that holds, inside the tuplet if there is one."""
        self.tick_before, self.fresh, self.between = self.tick, False, _IN_BAR
        if self.tuplet:
            p, q, unit = self.tuplet
            self.written = min(self.written + self.duration, p * unit)
            self.tick = self.tuplet_start + sounding(self.written, p, q)
            self.tuplet = self.tuplet if self.written < p * unit else None
        else:
            self.tick += self.duration
        self.bars.elapsed += self.tick - self.tick_before

    def _read_between(self, kind: str, what: Any) -> Iterator[Event]:
        """Bar lines, endings, keys and meters. Those the mask would not let stand here are read all the same."""
        self.tuplet, self.fresh = None, False
        if kind == "line":
            yield from self._line(what)
            self.between = _AFTER_LINE
        elif kind == "ending":
            self.form.begin_ending(what)
            yield Event(self.tick, "mark", text=f"ending:{what}")
            self.between = _AFTER_ENDING
        elif kind == "key":
            if what is not None:
                yield Event(self.tick, "key", number=what[0], value=what[1])
            self.between = _AFTER_KEY
        else:
            self.bars.elapsed = 0
            yield self._meter(what)
            self.between = _AFTER_METER

    def _line(self, sign: str) -> Iterator[Event]:
        bars = self.bars
        if bars.short and not bars.opening:
            yield Event(self.tick, "mark", text="barline:|")
        if sign != v.PLAIN:
            if self.form.ending in (FIRST, SECOND):
                yield Event(self.tick, "mark", text="ending_end")
            self.form.take(sign, only_upbeat=bars.only_upbeat())
            for mark in _MARKS[sign]:
                yield Event(self.tick, "mark", text=mark)
        else:
            self.form.next_bar()
        bars.line(sign=sign != v.PLAIN)
        if self.form.last_bar:
            bars.complete_upbeat()

    def _close(self) -> Iterator[Event]:
        for pitch in self.chord:
            yield Event(self.tick, "off", 0, pitch)
        if self.form.ending in (FIRST, SECOND):
            yield Event(self.tick, "mark", text="ending_end")
        if self.resting:
            yield Event(self.tick, "end")


_MARKS = {
    v.DOUBLE: ("barline:||",),
    v.REPEAT_END: ("repeat_end:2",),
    v.REPEAT_START: ("repeat_start",),
    v.REPEAT_BOTH: ("repeat_end:2", "repeat_start"),
}
_WAY_OUT = mask_of(v.SIZE, [END, _LINE[v.PLAIN]])  # after what no mask would have let pass
_BELOW = [
    mask_of(v.SIZE, [v.VALUE["pitch", pitch] for pitch in range(v.LOWEST, max(top, v.LOWEST + 1))])
    for top in range(v.HIGHEST + 2)
]


def _pitches_below(top: int) -> Mask:
    """Bool[V]: the pitches lower than `top` (never none)."""
    return _BELOW[min(top, v.HIGHEST + 1)]

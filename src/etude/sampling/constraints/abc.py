"""ABC tokens under rules: notes with a length that was named before, bars, sections and their signs.

Why something is always left: a rest of the shortest length fits wherever a note does, so bars fill up; a section
ends by the last line at which the others still have room; and the closing note is the last thing before the end.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from etude.encodings.abc import vocabulary as v
from etude.encodings.abc.form import FIRST, NO_ENDING, SECOND_DUE
from etude.encodings.abc.tuplets import sounding
from etude.encodings.base import Encoding
from etude.encodings.reading import only
from etude.errors import UsageError
from etude.sampling.constraints.abc_header import HeaderUnderRules
from etude.sampling.constraints.filling import AbcScript
from etude.sampling.constraints.rules import FAR, Mask
from etude.sampling.constraints.together import Rules
from etude.sampling.constraints.tune import Place, Room, even

_DURATION = v.values_of("duration")[0]
_REST, _HOLD, _ALSO = (v.values_of(kind)[0] for kind in ("rest", "hold", "also"))
_PITCH, _DURATIONS, _TUPLETS, _METERS, _KEYS = (
    slice(values[0], values[-1] + 1)
    for values in (
        *(v.values_of("pitch"), v.values_of("duration"), v.values_of("tuplet")),
        *(v.values_of("meter"), v.values_of("key")),
    )
)
_CONTENT = np.array([*range(_PITCH.start, _PITCH.stop), _REST, _HOLD])
_SIGNS = v.values_of("line", "ending", "end")
_BETWEEN = v.values_of("line", "ending", "end", "key", "meter")
_TUPLET_TICKS = np.array([count * unit for _, count, unit in v.TUPLETS])
_KEY_NAMES = [v.SYMBOLS[value][1] for value in v.values_of("key")]


class Here(NamedTuple):
    """What the rules say of this moment: ticks of the next sign and of the onsets due from now and later on."""

    wall: int
    due: int
    next: int
    begins: bool  # whether a note may begin now


class AbcUnderRules(HeaderUnderRules):
    """See `ConstrainedReader`."""

    def __init__(self, encoding: Encoding, rules: Rules, opening: int = 0) -> None:
        super().__init__(encoding, rules, opening)
        self.until = FAR  # up to when the note or chord that sounds may be held
        self.started = False
        self._here = Here(FAR, FAR, FAR, True)
        self.origin = 0  # the tick from which bars of the plan are counted
        self.room: Room | None = None
        self.places: dict[int, Place] = {}
        self.script: AbcScript | None = None

    @property
    def _in_music(self) -> bool:
        return int(self.inner.header) >= len(v.HEADER)

    def _plan(self) -> None:
        if self._in_music:
            self._start()

    def _start(self) -> None:
        """The header is known: the bars are counted from here."""
        self.started = True
        inner, bars = self.inner, self.inner.bars
        pickup = max(bars.upbeats, default=0)
        if self.filling is not None:
            self.script = AbcScript(inner, self.filling)
        elif inner.form.ending == NO_ENDING or self.rules.ending is None:
            inner.curb()
        start = inner.tick - bars.elapsed if not bars.opening else inner.tick + bars.left - bars.full
        self.lines.set(inner.meter, inner.tick + bars.left if bars.opening else start)
        self._count_from(inner.tick)
        self.rules.forget()
        ending = self.rules.ending
        if ending is None:
            return
        ending.pickup = pickup
        self.origin = self.lines.start - pickup
        each = ending.bars // inner.form.parts if inner.tick == 0 and even(inner.form.parts, ending.bars) else 0
        self.room = Room(ending.first + ending.bars, each)
        if self.form is not None:
            self.places = {place.bar: place for place in self.form.places()}
        lacking = self.room.bars - (inner.tick - self.origin) // self.lines.bar < self.room.needed(inner.form)
        stuck = (bars.due and not bars.opening) or inner.form.ending == SECOND_DUE
        if ending.last < inner.tick or lacking or stuck:
            raise UsageError(
                "What was given stops where no ending can be planned from: ask for more bars, give whole bars, or "
                "ask for an open ending (--ending open)."
            )

    def _fed(self, step: list[int]) -> None:
        inner = self.inner
        self.now = int(inner.tick)
        if self.planned and self._in_music and not self.started:
            self._start()
        if self.script is not None:
            self.script.fed(step[0])
        if self.planned:
            fresh = [pitch for (_, pitch), tick in self.sounding.items() if tick == inner.tick_before]
            if fresh and v.SYMBOLS[step[0]][0] == "pitch":
                self.until = int(min(self.rules.base(inner.tick_before)[fresh]))

    def _mask(self, chosen: list[int], grammar: Mask, rules: Rules) -> Mask:
        if not self._in_music:
            return self._header(grammar, rules)
        inner, mask = self.inner, grammar.copy()
        script = self.script
        if script is not None and (script.copied or not (inner.also or inner.fresh or inner.tuplet)):
            value = script.next(self.now)
            if value is not None:
                return only(len(mask), value)
        if rules.ending is not None and self._ending_due():
            return only(len(mask), v.VALUE["ending", 1])
        if inner.also:
            mask[_PITCH] &= self._pitches(rules, inner.tick_before, inner.tick)[v.LOWEST : v.HIGHEST + 1]
            return mask
        self._here = Here(
            self._wall(rules), rules.due(self.now), rules.due(self.now + 1), rules.may_begin(self.now)
        )
        if mask[_PITCH].any() or mask[_REST]:
            mask[_CONTENT] &= self._content(rules, inner.duration)
        mask[_ALSO] = mask[_ALSO] and self._also_fits(rules)
        for value in (_DURATION + np.flatnonzero(mask[_DURATIONS])).tolist():
            what = v.SYMBOLS[value][1]
            mask[value] = self._rest_fits(rules, self._end_of(what)) or self._content(rules, what).any()
        if mask[_TUPLETS].any():
            mask[_TUPLETS] &= self._tuplets(rules)
        if script is not None:
            mask[_BETWEEN] = False
            return mask
        mask[_METERS] &= not self.counted and "meter" not in self.told
        if mask[_KEYS].any():
            mask[_KEYS] &= self._keys(rules)
        for value in _SIGNS:
            if mask[value]:
                mask[value] = self._sign_fits(rules, *v.SYMBOLS[value])
        return mask

    # ---- notes

    def _pitches(self, rules: Rules, tick: int, end: int) -> Mask:
        """Bool[128]: what may begin at `tick` and sound to `end`."""
        ending = rules.ending
        if ending is None or end <= ending.last:
            return np.asarray(rules.base(tick) >= end)
        close = self._close(rules, tick)
        return np.zeros(128, np.bool_) if close is None else close.tonic

    def _wall(self, rules: Rules) -> int:
        """The tick of the next line that has to be a sign, which no note may cross."""
        if self.script is not None:
            return self.script.wall()
        if rules.ending is None or self.room is None:
            return FAR
        full, signs = self.lines.bar, self.inner.form
        bar = (self.now - self.origin - (self.inner.bars.elapsed > 0)) // full
        if self.form is None:
            return self.origin + full * self.room.wall(bar, signs)
        lines = [place.bar for place in self.places.values() if place.bar > bar]
        return self.origin + full * min(lines, default=self.room.bars)

    def _end_of(self, duration: int) -> int:
        """The tick at which a note of this written length would end."""
        inner = self.inner
        if inner.tuplet is None:
            return int(inner.tick) + duration
        p, q, unit = inner.tuplet
        return int(inner.tuplet_start) + sounding(min(inner.written + duration, p * unit), p, q)

    def _content(self, rules: Rules, duration: int) -> Mask:
        """Bool[P + 2]: the pitches, the rest and the hold that may come with a written length."""
        inner, now, end = self.inner, self.now, self._end_of(duration)
        out = np.zeros(v.HIGHEST - v.LOWEST + 3, np.bool_)
        here = self._here
        if end > min(here.wall, here.next):
            return out
        ending = rules.ending
        closing = ending is not None and end > ending.last
        if here.begins and not (ending is not None and now > ending.last):
            out[:-2] = self._pitches(rules, now, end)[v.LOWEST : v.HIGHEST + 1]
        if here.due == now:
            return out
        out[-2] = self._rest_fits(rules, end)
        out[-1] = bool(inner.chord) and end <= self.until and (not closing or self._held_closes(rules))
        out[-1] &= self.script is None or not self.script.opening
        return out

    def _rest_fits(self, rules: Rules, end: int) -> bool:
        """Whether silence may last to `end`: no note is due, it is no close, and the section has a note."""
        here = self._here
        if here.due == self.now or end > min(here.wall, here.next):
            return False
        last = FAR if rules.ending is None else rules.ending.last
        return end <= last and not (self.inner.silent and end >= here.wall)

    def _held_closes(self, rules: Rules) -> bool:
        """Whether the note or chord that sounds may be the last."""
        assert rules.ending is not None
        close = rules.ending.close(rules.base(self.now), self.held, self.available)
        return self.now > rules.ending.last or all(close.tonic[pitch] for pitch in self.inner.chord)

    def _tuplets(self, rules: Rules) -> Mask:
        """Bool[tuplets]: which may begin here: they end before the close, and no onset is due inside."""
        if any(rule.name == "rhythm" for rule in rules.rules):
            return np.zeros(len(_TUPLET_TICKS), np.bool_)
        ends, wall = self.now + _TUPLET_TICKS, self._here.wall
        last = FAR if rules.ending is None else rules.ending.last
        return np.asarray((ends <= min(last, wall)) & ~(bool(self.inner.silent) & (ends >= wall)))

    def _keys(self, rules: Rules) -> Mask:
        """Bool[keys]: which may be written here: none where one was told, else those a tune can close in."""
        if "key" in self.told or self._at_end(rules):
            return np.zeros(len(_KEY_NAMES), np.bool_)
        if rules.ending is None or self.fixed is not None:
            return np.ones(len(_KEY_NAMES), np.bool_)
        return np.array([key is None or self._key_closes(key, rules) for key in _KEY_NAMES])

    def _also_fits(self, rules: Rules) -> bool:
        """Whether one more note may sound with the one before: some pitch is left below it."""
        inner = self.inner
        if len(inner.chord) >= rules.most:
            return False
        below = self._pitches(rules, inner.tick_before, inner.tick) & self.available
        return bool(below[: inner.lowest].any())

    # ---- bars

    def _sign_fits(self, rules: Rules, kind: str, what: object) -> bool:
        """Whether a line, an ending or the end may stand here."""
        if rules.ending is None or self.room is None:
            return True
        bar, over = divmod(self.now - self.origin, self.lines.bar)
        signs = self.inner.form
        if kind == "end":
            signed = self.form is None or bar not in self.places or not self.places[bar].sign or self._lined()
            return self._at_end(rules) and signs.ending != FIRST and signed
        if over:
            return kind == "line" and what == v.PLAIN
        if self.form is not None:
            return self._as_planned(bar, kind, what)
        if kind == "ending":
            return what == 2 or self.room.ending(bar, signs)
        if what == v.PLAIN:
            return self.room.plain(bar, signs)
        return self.inner.bars.elapsed > 0 and self.room.sign(bar, str(what), signs)

    def _at_end(self, rules: Rules) -> bool:
        return rules.ending is not None and self.now >= rules.ending.end

    def _as_planned(self, bar: int, kind: str, what: object) -> bool:
        """Whether the form has this sign or ending at the line after `bar` bars."""
        place = self.places.get(bar)
        if kind == "ending":
            return place is not None and place.ending == what and self._lined()
        return what == (v.PLAIN if place is None else place.sign)

    def _ending_due(self) -> bool:
        """Whether the form has a first ending begin here, behind the line that was just written."""
        bar, over = divmod(self.now - self.origin, self.lines.bar)
        place = self.places.get(bar)
        due = place is not None and place.ending == 1 and not over and self._lined()
        return due and bool(self.inner.form.ending == NO_ENDING)

    def _lined(self) -> bool:
        """Whether the line that ends the bar was written."""
        return bool(self.inner.bars.elapsed == 0)

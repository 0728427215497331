"""Bars, parts and positions under rules. Every position of every bar can be reached, so waiting is always possible.

With rules that count bars, all bars are in the meter of the first and none is an upbeat. Drums have no pitch: rules
of pitch and polyphony leave them alone; rhythm and the end hold for them too.
"""

from __future__ import annotations

import numpy as np

from etude.encodings.base import END, Encoding
from etude.encodings.events_reader import (
    BAR,
    DRUMS,
    FIRST_METER,
    FIRST_POSITION,
    FIRST_PROGRAM,
    FIRST_TRACK,
    METERS,
    PART,
    TEMPO,
)
from etude.encodings.reading import only
from etude.errors import UsageError
from etude.sampling.constraints.filling import EventScript
from etude.sampling.constraints.reader import ConstrainedReader
from etude.sampling.constraints.rhythm import Onsets
from etude.sampling.constraints.rules import FAR, Mask, Ticks
from etude.sampling.constraints.together import Rules

NOBODY = np.zeros(128, np.bool_)
EVERYBODY = np.ones(128, np.bool_)


class EventsUnderRules(ConstrainedReader):
    """See `ConstrainedReader`.

    meter   the meter that was told; None: the model's own
    bass    the pitch of the note that closes the piece, -1 before it began
    """

    def __init__(self, encoding: Encoding, rules: Rules, opening: int = 0) -> None:
        super().__init__(encoding, rules, opening)
        self.meter: tuple[int, int] | None = None
        self.bass = -1
        self.counted = any(rule.name in ("chords", "rhythm", "ending") for rule in rules.rules)
        self.duration_ticks: Ticks = np.array(self.inner.durations, np.int64)
        self.exempt: set[tuple[int, int, int]] = set()  # notes that were given, as (track, pitch, end)
        self.script: EventScript | None = None

    def _plan(self) -> None:
        ends: dict[tuple[int, int], int] = self.inner.sounding.ends
        self.exempt = {(*key, end) for key, end in ends.items()}
        if self.filling is not None:
            self.script = EventScript(self.filling)
        if self.inner.meter is None:
            return
        self.lines.set(self.inner.meter, self.inner.bar)
        self._count_from(self.inner.bar)
        for rule in self.rules.rules:
            if isinstance(rule, Onsets):
                rule.begin = self.now + (self._position() >= 0)
        ending = self.rules.ending
        drums_only = all(track.is_drum for track in self.inner.tracks)
        if ending is not None and (
            drums_only
            or ending.last < self.now + (self._position() >= 0)
            or any(end > ending.last for end in ends.values())
        ):
            raise UsageError(
                "What was given leaves no room for an ending that closes: ask for more bars, or for an open ending "
                "(--ending open)."
            )

    def _position(self) -> int:
        position: int = self.inner.last[0]
        return position

    def _fed(self, step: list[int]) -> None:
        if self.script is not None:
            self.script.fed(step)
        first = step[0] == BAR and self.planned and self.now == 0 and self.inner.bar == 0
        if first:
            self.lines.set(self.inner.meter, 0)
            self._count_from(0)
            self.rules.forget()
        self.now = int(self.inner.bar) + max(0, self._position())
        if step[0] >= FIRST_POSITION and self.planned and self.rules.ending is not None:
            end = self.now + int(self.duration_ticks[max(0, min(step[3], len(self.duration_ticks)) - 1)])
            if end == self.rules.ending.end and not self._drums(step[1]) and self.bass < 0:
                self.bass = step[2] - 1
                self._settle()

    def _drums(self, what: int) -> bool:
        part = min(max(what - FIRST_TRACK, 0), len(self.inner.tracks) - 1)
        drums: bool = self.inner.tracks[part].is_drum
        return drums

    def _mask(self, chosen: list[int], grammar: Mask, rules: Rules) -> Mask:
        field = len(chosen)
        if not field:
            return self._kind(grammar, rules)
        if chosen[0] < FIRST_POSITION:
            return self._of_bar(chosen, grammar, rules)
        tick = int(self.inner.bar) + chosen[0] - FIRST_POSITION
        mask = grammar.copy()
        if field == 1:
            for part in range(len(self.inner.tracks)):
                value = FIRST_TRACK + part
                mask[value] = mask[value] and self._has_pitch(part, tick, rules)
        elif field == 2:
            mask[1:] &= self._pitches(chosen[1] - FIRST_TRACK, tick, rules)
        elif field == 3:
            mask[1:] &= self._lengths(chosen[1] - FIRST_TRACK, tick, chosen[2] - 1, rules)
        return mask

    def _of_bar(self, chosen: list[int], grammar: Mask, rules: Rules) -> Mask:
        """What the fields of a part, a tempo or a bar may be."""
        field, kind = len(chosen), chosen[0]
        if self.script is not None:
            return only(len(grammar), self.script.following[field])
        only_drums = all(track.is_drum for track in self.inner.tracks)
        if field == 1 and kind == PART and rules.ending is not None and only_drums:
            mask = grammar.copy()
            mask[FIRST_PROGRAM + DRUMS] = False  # somebody has to close the piece
            return mask
        if kind != BAR:
            return grammar
        if field == 1:
            meter = self.inner.meter if self.counted and self.inner.meter else self.meter
            return grammar if meter is None else only(len(grammar), FIRST_METER + METERS.index(meter))
        return only(len(grammar), 0) if field == 3 and self.counted else grammar

    def _kind(self, grammar: Mask, rules: Rules) -> Mask:
        """Bool[V_0]: part, tempo, bar, end, and the positions at which something may begin."""
        mask = grammar.copy()
        if self.script is not None:
            following = self.script.following
            if following and (not self.script.drawn or following[0] == TEMPO):
                return only(len(mask), following[0])
            mask[[BAR, TEMPO, END]] = bool(following), False, not following
        if self.inner.meter is None:
            return mask
        start, length, ending = int(self.inner.bar), int(self.inner.length), rules.ending
        began = self._position() >= 0
        due = rules.due(self.now + began)
        if ending is not None:
            mask[BAR] &= start + length < ending.end
            mask[END] = self.bass >= 0 and start + length >= ending.end
        mask[BAR] &= due >= start + length
        for position in range(max(0, self._position()), length):
            value = FIRST_POSITION + position
            mask[value] = bool(mask[value]) and self._may_begin(start + position, due, rules)
        return mask

    def _may_begin(self, tick: int, due: int, rules: Rules) -> bool:
        """Whether some part has a note that may begin at `tick`."""
        again = tick == self.now and self._position() >= 0
        if tick > due or not rules.may_begin(tick):
            return False
        if not again:
            first = {track.is_drum: part for part, track in enumerate(self.inner.tracks)}
            return any(self._pitches(part, tick, rules).any() for part in first.values())
        return any(self._has_pitch(part, tick, rules) for part in range(self.inner.last[1], len(self.inner.tracks)))

    def _has_pitch(self, part: int, tick: int, rules: Rules) -> bool:
        """Whether a part has a note that may begin at `tick`, after those that have begun."""
        again = tick == self.now and self._position() >= 0 and part == self.inner.last[1]
        pitches = self._pitches(part, tick, rules)
        return bool(pitches[self.inner.last[2] + 1 :].any() if again else pitches.any())

    def _pitches(self, part: int, tick: int, rules: Rules) -> Mask:
        """Bool[128]: which pitches of a part may begin at `tick`."""
        ending = rules.ending
        closed = ending is not None and self.bass >= 0
        if closed and tick != self.now:
            return NOBODY
        if self.inner.tracks[part].is_drum:
            return NOBODY if ending is not None and not closed and tick >= ending.last else EVERYBODY
        if rules.most < FAR and self._count(tick) >= rules.most:
            return NOBODY
        closing = self._closing(tick, rules)
        free = NOBODY if closed else rules.pitches(tick)
        return free if closing is None else np.asarray(free | closing)

    def _closing(self, tick: int, rules: Rules) -> Mask | None:
        """Bool[128]: which pitches may begin at `tick` and last to the end; None: none."""
        close, ending = self._close(rules, tick), rules.ending
        if close is None or ending is None or not (self.duration_ticks == ending.end - tick).any():
            return None
        return close.tonic if self.bass < 0 else np.asarray(close.chord & (np.arange(128) >= self.bass))

    def _count(self, tick: int) -> int:
        """How many drawn notes that are no drums sound after `tick`."""
        tracks = self.inner.tracks
        return sum(
            end > tick and not tracks[track].is_drum and (track, pitch, end) not in self.exempt
            for (track, pitch), end in self.inner.sounding.ends.items()
        )

    def _lengths(self, part: int, tick: int, pitch: int, rules: Rules) -> Mask:
        """Bool[D]: how long a note may last."""
        ends, ending = tick + self.duration_ticks, rules.ending
        if self.inner.tracks[part].is_drum:
            stop = self.filling.stop if self.filling is not None else FAR
            return np.asarray(ends <= (ending.end if ending is not None else stop))
        good = ends <= rules.latest(tick)[pitch]
        if ending is not None and self.bass >= 0:
            good = np.zeros(len(ends), np.bool_)
        way_on = rules.due(tick + 1)
        if way_on < FAR and self._count(way_on) + 1 >= rules.most:
            good &= ends <= way_on
        closing = self._closing(tick, rules)
        if closing is not None and closing[pitch] and ending is not None:
            good = good | (ends == ending.end)
        return np.asarray(good)

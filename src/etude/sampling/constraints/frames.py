"""Frames of time under rules: the four voices of a chorale, and the keys of a piano roll.

Silence is always open to a voice and up to a key, so nothing but an obligation could leave a frame stuck: an onset
of a given rhythm, and the close. Both fall to the voice (key) that is drawn last of those that can still meet them,
and the others leave it room.
"""

from __future__ import annotations

import numpy as np

from etude.encodings.base import END, Encoding, Steps
from etude.encodings.chorale import CELL, HIGHEST, LOWEST
from etude.encodings.roll import DOWN, KEYS
from etude.encodings.roll import LOWEST as LOWEST_KEY
from etude.sampling.constraints.ending import Close
from etude.sampling.constraints.filling import held_frames
from etude.sampling.constraints.reader import ConstrainedReader, end_only
from etude.sampling.constraints.rules import PITCHES, Mask, Ticks
from etude.sampling.constraints.together import Rules

BASS = 3
OFFSET = 2  # of the values of the first field: begin and end come before


class Frames(ConstrainedReader):
    """What both have in common: time passes frame by frame, and what sounds has a tick at which it must stop."""

    frame = CELL
    grain = CELL

    def _plan(self) -> None:
        self.limits: Ticks = self.rules.base(self.now)  # int64[128]: up to when each pitch that sounds may go on

    def _fed(self, step: list[int]) -> None:
        if self.planned:
            began = [number for (_, number), tick in self.sounding.items() if tick == self.now]
            if began:
                self.limits = self.limits.copy()
                self.limits[began] = self.rules.base(self.now)[began]
        self.now += self.frame

    def _framed(self, mask: Mask, rules: Rules) -> Mask:
        """The mask of the first field: the end where it is planned, and nowhere else."""
        if self.filling is not None:
            if self.now >= self.filling.stop:
                return end_only(len(mask))
            mask[END] = False
        if rules.ending is not None:
            if self.now >= rules.ending.end:
                return end_only(len(mask))
            mask[END] = False
        return mask

    def _now_closing(self, rules: Rules) -> Close | None:
        """What may sound from now to the end, in the frame where the close begins at the latest; else None."""
        if rules.ending is None or self.now != rules.ending.last:
            return None
        return self._close(rules, self.now)

    def _frozen(self, rules: Rules) -> bool:
        """Whether the closing chord sounds already, and goes on."""
        return rules.ending is not None and self.now > rules.ending.last


class ChoraleUnderRules(Frames):
    """See `ConstrainedReader`. Voices that are given are drawn as they are; the rules hold for the others.

    A pitch is written in one voice at a time where two share it, so polyphony counts voices.
    """

    available = (PITCHES >= LOWEST) & (PITCHES <= HIGHEST)

    def __init__(self, encoding: Encoding, rules: Rules, opening: int = 0) -> None:
        super().__init__(encoding, rules, opening)
        self.holds: bool = self.inner.holds
        self.first_pitch: int = self.inner.first_pitch
        self.voices: tuple[int, ...] = ()  # those that are given
        self.cells: Steps | None = None  # int32[T, 4]: what they do
        self.until = [0] * 4  # up to when what sounds in each voice may go on
        self.kept = [-1] * 4  # up to when what sounds from before the bars that are filled does go on

    def give(self, steps: Steps, voices: tuple[int, ...]) -> None:
        """These voices of `steps` (int32[T, 4], framed) are what is to be sung from now on."""
        self.cells, self.voices = steps[steps[:, 0] >= OFFSET], voices

    def _plan(self) -> None:
        base = self.rules.base(self.now)
        self.until = [int(base[pitch]) if pitch >= 0 else 0 for pitch in self._pitches()]
        self.start = self.now
        if self.filling is not None:
            goes_on = [1 if self.holds else max(pitch - LOWEST + 1, 0) for pitch in self._pitches()]
            held = held_frames(self.filling.middle - np.array([OFFSET, 0, 0, 0]), goes_on)
            silent = np.array(self._pitches()) < 0
            self.kept = np.where(silent, -1, self.now + self.frame * held).tolist()

    def _pitches(self) -> list[int]:
        pitches: list[int] = self.inner.pitches
        return pitches

    def _fed(self, step: list[int]) -> None:
        if self.planned:
            for voice, value in enumerate([step[0] - OFFSET, *step[1:]]):
                pitch = value - self.first_pitch + LOWEST
                if value >= self.first_pitch and (self.holds or (voice, pitch) in self._fresh()):
                    self.until[voice] = int(self.rules.base(self.now)[pitch])
        self.now += self.frame

    def _fresh(self) -> set[tuple[int, int]]:
        """(voice, pitch) of the notes that began in this frame."""
        return {key for key, tick in self.sounding.items() if tick == self.now}

    def _mask(self, chosen: list[int], grammar: Mask, rules: Rules) -> Mask:
        voice = len(chosen)
        given = self._given(voice, grammar)
        if given is not None:
            return given
        mask = grammar.copy() if voice else self._framed(grammar.copy(), rules)
        if not voice and self.cells is not None:
            mask[END] = False
        elif not voice and not mask[OFFSET:].any():
            return mask
        now = self._heard(chosen)
        offset = 0 if voice else OFFSET
        silent, hold, strike = self._choices(voice, now, rules)
        values = np.zeros(len(mask) - offset, np.bool_)
        values[0] = silent
        values[self.first_pitch :] = strike[LOWEST : HIGHEST + 1]
        old = self._pitches()[voice]
        if self.holds:
            values[1] = hold
        elif old >= 0:
            values[old - LOWEST + self.first_pitch] = hold
        mask[offset:] &= values
        return mask

    def _given(self, voice: int, grammar: Mask) -> Mask | None:
        """The one value of a voice that is given, the end after the last; None where it is free."""
        if self.cells is None:
            return None
        at = (self.now - self.start) // self.frame
        if at >= len(self.cells):
            return end_only(len(grammar))
        if voice not in self.voices:
            return None
        mask = np.zeros(len(grammar), np.bool_)
        mask[self.cells[at, voice]] = True
        return mask

    def _later(self, voice: int) -> int:
        """How many given voices after this one sound in this frame."""
        if self.cells is None:
            return 0
        row = self.cells[(self.now - self.start) // self.frame]
        return sum(row[other] > 0 for other in self.voices if other > voice)

    def _heard(self, chosen: list[int]) -> list[tuple[int, bool]]:
        """(pitch, whether it is struck) of every voice chosen so far that sounds."""
        out = []
        for voice, value in enumerate([chosen[0] - OFFSET, *chosen[1:]] if chosen else []):
            old = self._pitches()[voice]
            if value >= self.first_pitch:
                pitch = value - self.first_pitch + LOWEST
                out.append((pitch, self.holds or pitch != old))
            elif value and old >= 0:
                out.append((old, False))
        return out

    def _choices(self, voice: int, heard: list[tuple[int, bool]], rules: Rules) -> tuple[bool, bool, Mask]:
        """Whether silence and holding on are open to a voice, and bool[128]: what it may strike."""
        tick, old = self.now, self._pitches()[voice]
        close = self._now_closing(rules)
        last_voice = max((other for other in range(4) if other not in self.voices), default=BASS)
        room = rules.most - len(heard) - self._later(voice)
        due = rules.due(tick) == tick and not any(struck for _, struck in heard)
        begins = rules.may_begin(tick)
        if self._frozen(rules):
            return old < 0 or room < 1, old >= 0 and room > 0, np.zeros(128, np.bool_)
        if tick < self.kept[voice]:
            return False, True, np.zeros(128, np.bool_)
        strike = rules.pitches(tick) if close is None else close.chord
        hold = old >= 0 and (tick < self.until[voice] if close is None else bool(close.chord[old]))
        hold = hold and tick != self.kept[voice]
        bass = close is not None and BASS not in self.voices
        if close is not None and bass and voice == BASS:
            lowest = min((pitch for pitch, _ in heard), default=127)
            strike = close.tonic & (lowest >= PITCHES)
            hold = hold and bool(strike[old])
            return False, hold and not due, strike if begins else np.zeros(128, np.bool_)
        reserved = int(bass) if voice < BASS else 0
        if due and voice < last_voice:
            hold = hold and room - max(reserved, 1) > 0
        must = due and voice == last_voice and room > 0
        strike = strike if begins and room - reserved > 0 else np.zeros(128, np.bool_)
        return not must, hold and not must and room - reserved > 0, strike


class RollUnderRules(Frames):
    """See `ConstrainedReader`. Keys are drawn from the lowest, so the tonic comes before what stands on it."""

    available = (PITCHES >= LOWEST_KEY) & (PITCHES < LOWEST_KEY + KEYS)

    def __init__(self, encoding: Encoding, rules: Rules, opening: int = 0) -> None:
        super().__init__(encoding, rules, opening)
        self.frame = self.inner.frame
        self._kept: dict[int, tuple[Mask, Close | None]] = {}  # of this frame, by which rules ask
        self.held_to: dict[int, int] = {}  # key that sounds from before the bars that are filled -> up to when

    def _plan(self) -> None:
        super()._plan()
        if self.filling is not None:
            frames = held_frames(self.filling.middle - np.eye(1, KEYS, dtype=np.int32)[0] * OFFSET, DOWN)
            self.held_to = {key: self.now + self.frame * int(frames[key]) for key in self.inner.down}

    def _fed(self, step: list[int]) -> None:
        super()._fed(step)
        self._kept = {}

    def _mask(self, chosen: list[int], grammar: Mask, rules: Rules) -> Mask:
        key = len(chosen)
        mask = grammar.copy() if key else self._framed(grammar.copy(), rules)
        up, down = (0, DOWN) if key else (OFFSET, OFFSET + DOWN)
        if not mask[down]:
            return mask
        may_rise, may_sink = self._choices(LOWEST_KEY + key, key, chosen, rules)
        mask[up], mask[down] = may_rise, may_sink
        return mask

    def _choices(self, pitch: int, key: int, chosen: list[int], rules: Rules) -> tuple[bool, bool]:
        """Whether a key may be up, and whether it may be down."""
        was_down = key in self.inner.down
        if was_down and self.now <= self.held_to.get(key, -1):
            return self.now == self.held_to[key], self.now < self.held_to[key]
        if self._frozen(rules):
            return not was_down, was_down
        open_keys, close = self._open(rules)
        count = sum(chosen) - OFFSET if chosen else 0
        if close is not None:
            if count:
                return True, bool(close.chord[pitch]) and count < rules.most
            higher = close.tonic[pitch + 1 :].any()
            return bool(higher) or not close.tonic[pitch], bool(close.tonic[pitch])
        return True, bool(open_keys[pitch]) and count < rules.most

    def _open(self, rules: Rules) -> tuple[Mask, Close | None]:
        """Bool[128]: the keys that may be down in this frame, and what may close the piece in it."""
        if id(rules) not in self._kept:
            sounds = np.zeros(128, np.bool_)
            sounds[[LOWEST_KEY + key for key in self.inner.down]] = True
            keys = np.where(sounds, self.limits > self.now, rules.pitches(self.now))
            self._kept[id(rules)] = (keys, self._now_closing(rules))
        return self._kept[id(rules)]

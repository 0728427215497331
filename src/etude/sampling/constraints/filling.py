"""Bars that are composed anew between others that stay: where they end, and what of them is not to change.

Nothing drawn sounds beyond the last of them, nothing begins in the way of a note that still sounds from before,
and what belongs to the page rather than to its notes (bar lines, repeat signs, endings, keys, meters, tempos) comes
where it stood. So the bars are full and as many as before, whatever model draws them.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from etude.encodings.abc import vocabulary as v
from etude.encodings.base import END, Steps
from etude.encodings.events_reader import BAR, TEMPO
from etude.sampling.constraints.rules import Rule, Ticks

_CONTENT = v.values_of("pitch", "rest", "hold")
_SIGNS = v.values_of("line", "ending", "key", "meter")
_HOLD = v.VALUE["hold", None]


@dataclass(frozen=True)
class Filling:
    """The bars from tick `start` to `stop`; `middle` (int32[N, K]) are the steps that stood there."""

    middle: Steps
    start: int
    stop: int


class Joined(Rule):
    """What is drawn joins both sides. `kept`: pitch -> tick up to which it sounds from before."""

    name = "bars"

    def __init__(self, stop: int) -> None:
        self.stop = stop
        self.kept: Mapping[int, int] = {}

    def latest(self, tick: int) -> Ticks:
        """See `Rule.latest`."""
        out = np.full(128, self.stop, np.int64)
        out[[pitch for pitch, end in self.kept.items() if end > tick]] = -1
        return out


class AbcScript:
    """What of the tokens of bars that are filled stays: a tie into them, and everything between the bars.

    opening   whether nothing was drawn yet: then no tie may begin, as it would lengthen a note that stays
    """

    def __init__(self, inner: Any, filling: Filling) -> None:
        values = filling.middle[:, 0].tolist()
        self.stop = filling.stop
        self.copied = values[: _tied(values)]
        self.signs: list[tuple[int, int]] = []  # (tick, value)
        self.opening = True
        probe = copy.deepcopy(inner)
        for number, value in enumerate(values):
            if value in _SIGNS and number >= len(self.copied):
                self.signs.append((int(probe.tick), value))
            probe.feed((value,))

    def wall(self) -> int:
        """The tick of the next thing that stays."""
        return self.signs[0][0] if self.signs else self.stop

    def next(self, tick: int) -> int | None:
        """The value that has to come at `tick`; None where the model is free."""
        if self.copied:
            return int(self.copied[0])
        if tick < self.wall():
            return None
        return self.signs[0][1] if self.signs else END

    def fed(self, value: int) -> None:
        """A token was drawn."""
        if self.copied:
            self.copied = self.copied[1:]
        elif self.signs and value == self.signs[0][1]:
            self.signs = self.signs[1:]
        elif value in _CONTENT:
            self.opening = False


def _tied(values: list[int]) -> int:
    """How many tokens there are up to the end of the note that is tied into the bars; 0: none is."""
    end = 0
    for number, value in enumerate(values):
        if value in _CONTENT and value != _HOLD:
            break
        end = number + 1 if value == _HOLD else end
    return end


class EventScript:
    """The bar and tempo steps of the bars that are filled, which stay as they were.

    drawn   how many of them have come
    """

    def __init__(self, filling: Filling) -> None:
        kinds = filling.middle[:, 0]
        self.steps = filling.middle[(kinds == BAR) | (kinds == TEMPO)].tolist()
        self.drawn = 0

    @property
    def following(self) -> list[int]:
        """The bar or tempo step that comes next; [] after the last."""
        return list(self.steps[self.drawn]) if self.drawn < len(self.steps) else []

    def fed(self, step: list[int]) -> None:
        """A step was drawn."""
        if self.following and step[0] == self.following[0]:
            self.drawn += 1


def held_frames(columns: Steps, going_on: Any) -> Ticks:
    """Int64[K]: for how many frames of int32[F, K] each column only goes on, which its value in `going_on` says."""
    same = np.concatenate([columns == np.asarray(going_on), np.zeros((1, columns.shape[1]), np.bool_)])
    return np.asarray(np.argmin(same, axis=0), np.int64)

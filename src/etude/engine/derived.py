"""The numbers of `etude.models.derived`, worked out in NumPy, one step after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from etude.engine import bars

OLDEST, CLASSES, WIDEST, HIGHEST, ROUND = 31, 12, 12, 36, 16

Number = int | None  # what a value stands for


@dataclass(frozen=True)
class Columns:
    """Which numbers are wanted, of fields whose values stand for `numbers` (None: for none), and what the values
    of the first do to the bar; `music`: how many values of the first are music, the others being conditions and
    markers (0: all)."""

    names: tuple[str, ...]
    numbers: tuple[tuple[Number, ...] | None, ...]
    field_sizes: tuple[int, ...]
    timing: tuple[bars.Move, ...] = ()
    music: int = 0

    @property
    def sizes(self) -> list[int]:
        """How many values each column has."""
        numbered = sum(one is not None for one in self.numbers)
        sizes = {
            "age": [OLDEST + 1] * len(self.field_sizes),
            "before": [size + 1 for size in self.field_sizes],
            "class": [CLASSES + 1] * numbered,
            "leap": [2 * WIDEST + 2] * numbered,
            "above": [WIDEST + HIGHEST + 2] * max(0, numbered - 1),
            "clock": [ROUND],
            "place": [ROUND],
            "bar": bars.SIZES,
        }
        return [size for name in self.names for size in sizes[name]]


@dataclass
class Ears:
    """What was heard last. `hear` changes it."""

    columns: Columns
    present: list[int] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    age: list[int] = field(default_factory=list)
    clock: int = -1
    place: int = -1
    bar: bars.Bar = field(default_factory=bars.Bar)

    def __post_init__(self) -> None:
        none = [-1] * len(self.columns.field_sizes)
        self.present, self.before, self.age = self.present or none, self.before or none, self.age or none

    def copy(self) -> Ears:
        """Ears that go on from here by themselves."""
        return replace(self, bar=replace(self.bar))  # the lists are never changed in place

    def hear(self, steps: NDArray[np.int32]) -> NDArray[np.int64]:
        """Int64[T, G] of `steps` (int32[T, K])."""
        rows = [self._row(step) for step in steps.tolist()]
        return np.array(rows, np.int64).reshape(len(steps), len(self.columns.sizes))

    def _row(self, step: list[int]) -> list[int]:
        begin = step[0] == 0
        new = [begin or now != then for now, then in zip(step, self.present)]
        self.before = [
            (-1 if begin else then) if changed else older
            for changed, then, older in zip(new, self.present, self.before)
        ]
        self.age = [0 if changed else age + 1 for changed, age in zip(new, self.age)]
        self.clock = 0 if begin else self.clock + 1
        if begin or not self.columns.music or step[0] < self.columns.music:
            self.place = 0 if begin else self.place + 1
        self.present = step
        where = self._where(step[0])
        number, old = self._numbers(step), self._numbers(self.before)
        made = {
            "age": [min(age, OLDEST) for age in self.age],
            "before": [value + 1 for value in self.before],
            "class": [0 if one is None else one % CLASSES + 1 for one in number],
            "leap": [_difference(now, then, WIDEST) for now, then in zip(number, old)],
            "above": [_difference(one, number[-1], HIGHEST) for one in number[:-1]],
            "clock": [self.clock % ROUND],
            "place": [self.place % ROUND],
            "bar": where,
        }
        return [value for name in self.columns.names for value in made[name]]

    def _where(self, value: int) -> Sequence[int]:
        """Where in the bar the music stands after the step whose first field is `value`."""
        if not self.columns.timing:
            return ()
        if value == 0:
            self.bar = bars.Bar()
        self.bar.take(self.columns.timing[value])
        return self.bar.columns

    def _numbers(self, values: Sequence[int]) -> list[Number]:
        """What the values of the fields of numbers stand for."""
        known = zip(self.columns.numbers, values)
        return [None if value < 0 else numbers[value] for numbers, value in known if numbers is not None]


def _difference(above: Number, below: Number, highest: int) -> int:
    if above is None or below is None:
        return 0
    return min(max(above - below, -WIDEST), highest) + WIDEST + 1

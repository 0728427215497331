"""Numbers worked out of the steps heard so far, which a small network would need long to find by itself.

| name | of | value |
|---|---|---|
| age | each field | for how many steps it has kept its value, at most 31 |
| before | each field | 1 + the value it had before that; 0: none |
| class | each field of numbers | 1 + its number modulo 12 (a pitch: its class); 0: none |
| leap | each field of numbers | 13 + its number less the one before, which is cut to -12 .. 12; 0: none |
| above | each field of numbers but the last | 13 + its number less the last's, cut to -12 .. 36; 0: none |
| clock | the step | how many steps after the begin step, modulo 16; before one: after the first step |
| place | the step | the same, but conditions and markers of gaps do not count: in them it stays as it was |
| bar | the first field | where in bar and section: the columns of bars.py; none if its values have no timing |

A begin step (first field 0) starts everything anew. Fields of numbers are those whose values stand for some. The
same arithmetic, a step at a time, stands in `etude.engine.derived`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isnan
from typing import NamedTuple

import torch
from torch import Tensor, nn

from etude.errors import UsageError
from etude.models import bars

OLDEST, CLASSES, WIDEST, HIGHEST, ROUND = 31, 12, 12, 36, 16
NONE = -(2**20)  # no number
NAMES = ("age", "before", "class", "leap", "above", "clock", "place", "bar")

Timing = Sequence[Sequence[int]]  # of each value of the first field: what it does, and three numbers


def worked_out(names: Sequence[str], timing: Timing | None) -> tuple[str, ...]:
    """Those of `names` that have columns: all but "bar" where nothing is known of bars."""
    return tuple(name for name in names if name != "bar" or timing)


class Memory(NamedTuple):
    """What must be known of the steps before: int64[B, K] each (-1: none), int64[B, 1] of clock and place; bar."""

    present: Tensor
    before: Tensor
    age: Tensor
    clock: Tensor
    place: Tensor
    bar: bars.Bar


class Derived(nn.Module):
    """The columns that `names` ask for. `sizes` says how many values each has, `numbers` (int64[K, V]) what the
    values of the fields stand for, `timing` (int64[V, 4]) what those of the first do to the bar, `music` (int64[],
    with "place") how many values of the first are music, the others being conditions and markers."""

    numbers: Tensor
    timing: Tensor
    music: Tensor

    def __init__(
        self,
        names: Sequence[str],
        field_sizes: Sequence[int],
        field_values: Sequence[Sequence[float] | None],
        timing: Timing | None = None,
    ) -> None:
        super().__init__()
        unknown = [name for name in names if name not in NAMES]
        if unknown:
            raise UsageError(f"model.derived knows {', '.join(NAMES)}, but not '{unknown[0]}'.")
        self.names, self.fields = worked_out(names, timing), len(field_sizes)
        self.numbered = [field for field, values in enumerate(field_values) if not all(map(isnan, values or ()))]
        if not self.numbered and {"class", "leap", "above"} & set(names):
            raise UsageError("model.derived: 'class', 'leap' and 'above' need fields whose values are numbers.")
        self.register_buffer("numbers", _numbers(max(field_sizes), field_values))
        if "bar" in self.names:
            self.register_buffer("timing", torch.tensor(timing, dtype=torch.int64))
        if "place" in self.names:
            self.register_buffer("music", torch.tensor(field_sizes[0]))
        sizes = {
            "age": [OLDEST + 1] * self.fields,
            "before": [size + 1 for size in field_sizes],
            "class": [CLASSES + 1] * len(self.numbered),
            "leap": [2 * WIDEST + 2] * len(self.numbered),
            "above": [WIDEST + HIGHEST + 2] * (len(self.numbered) - 1),
            "clock": [ROUND],
            "place": [ROUND],
            "bar": list(bars.SIZES),
        }
        self.sizes = [size for name in self.names for size in sizes[name]]

    def start(self, batch: int, device: torch.device) -> Memory:
        """What is known before the first step."""
        none = torch.full((batch, self.fields), -1, dtype=torch.int64, device=device)
        return Memory(none, none, none, none[:, :1], none[:, :1], bars.start(batch, device))

    def forward(self, steps: Tensor, memory: Memory) -> tuple[Tensor, Memory]:
        """(int64[B, T, G] of `steps` int64[B, T, K], the next memory). Column g has values 0 .. sizes[g] - 1."""
        begin = steps[:, :, :1] == 0
        earlier = torch.cat([memory.present[:, None], steps[:, :-1]], dim=1)
        new = (steps != earlier) | begin
        age = _since(new, memory.age)
        prior = _held(earlier.masked_fill(begin, -1), new, memory.before)
        clock = _since(begin, memory.clock)
        place = memory.place[:, None].expand_as(clock)
        if "place" in self.names:
            place = _counted(~begin & (steps[..., :1] < self.music), begin, memory.place)
        bar, where = memory.bar, steps[..., :0]
        if "bar" in self.names:
            where, bar = bars.follow(self.timing[steps[..., 0]], begin[..., 0], bar)
        after = Memory(steps[:, -1], prior[:, -1], age[:, -1], clock[:, -1], place[:, -1], bar)
        number, old = self._numbers(steps), self._numbers(prior)
        made: dict[str, Callable[[], Tensor]] = {
            "age": lambda: age.clamp(max=OLDEST),
            "before": lambda: prior + 1,
            "class": lambda: torch.where(number == NONE, 0, number % CLASSES + 1),
            "leap": lambda: _difference(number, old, WIDEST),
            "above": lambda: _difference(number[..., :-1], number[..., -1:], HIGHEST),
            "clock": lambda: clock % ROUND,
            "place": lambda: place % ROUND,
            "bar": lambda: where,
        }
        return torch.cat([steps[..., :0], *(made[name]() for name in self.names)], dim=-1), after

    def _numbers(self, values: Tensor) -> Tensor:
        """Int64[B, T, N]: what the values int64[B, T, K] of the fields of numbers stand for."""
        found = [
            torch.where(values[..., field] < 0, NONE, self.numbers[field][values[..., field]])
            for field in self.numbered
        ]
        return torch.stack(found, dim=-1) if found else values[..., :0]


def _numbers(size: int, field_values: Sequence[Sequence[float] | None]) -> Tensor:
    """Int64[K, V]: the number that each value of each field stands for, rounded; NONE where there is none."""
    known = torch.full((len(field_values), size), NONE, dtype=torch.int64)
    for field, values in enumerate(field_values):
        for value, number in enumerate(values or ()):
            known[field, value] = NONE if isnan(number) else round(number)
    return known


def _places(mark: Tensor) -> Tensor:
    """Int64[B, T, C]: where `mark` (bool[B, T, C]) was last set, up to and with here; -1: nowhere."""
    where = torch.arange(mark.shape[1], device=mark.device)[None, :, None].expand(mark.shape)
    return where.masked_fill(~mark, -1).cummax(dim=1).values


def _since(mark: Tensor, before: Tensor) -> Tensor:
    """Int64[B, T, C]: steps since `mark` was set; before that `before` (int64[B, C]) and one more each step."""
    last = _places(mark)
    here = torch.arange(mark.shape[1], device=mark.device)[None, :, None]
    return torch.where(last < 0, before[:, None] + 1 + here, here - last)


def _counted(mark: Tensor, begin: Tensor, before: Tensor) -> Tensor:
    """Int64[B, T, C]: how many of `mark` since `begin` was set; until then so many on top of `before`."""
    count, last = mark.long().cumsum(dim=1), _places(begin)
    return torch.where(last < 0, before[:, None] + count, count - count.gather(1, last.clamp(min=0)))


def _held(values: Tensor, new: Tensor, before: Tensor) -> Tensor:
    """Int64[B, T, K]: of `values`, the one where `new` was last set; `before` (int64[B, K]) until then."""
    last = _places(new)
    return torch.where(last < 0, before[:, None], values.gather(1, last.clamp(min=0)))


def _difference(above: Tensor, below: Tensor, highest: int) -> Tensor:
    """1 + WIDEST + the difference of two numbers, cut to -WIDEST .. highest; 0 where one is missing."""
    apart = (above - below).clamp(-WIDEST, highest) + WIDEST + 1
    return torch.where((above == NONE) | (below == NONE), 0, apart)

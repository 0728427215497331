"""Which contexts each field is predicted from: suffixes for one field, chosen by held-out nats for several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from etude.models.ngram.contexts import Cell, Context, Stack, keys, stack
from etude.models.ngram.tables import Counts

_LOOK = 100_000  # steps looked at when contexts are chosen
_MANY = 12  # with more fields than this contexts are not searched for
_WORTH = 0.003  # nats a clock must gain; other cells are taken as they come, the weights sort out the rest


@dataclass(frozen=True)
class NGramSettings:
    """What an n-gram looks at. Steps count backwards from the target; `periods` are lengths of clocks in steps."""

    orders: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16)  # one field: symbols of context
    copy_orders: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32)  # the same, in the piece
    copying: bool = True
    cells: int = 8  # several fields: the most cells in a context
    lags: int = 4  # several fields: how far back a cell may be
    copy_steps: tuple[int, ...] = (1, 2, 3, 4, 6, 8, 12)  # several fields: whole steps of context, in the piece
    periods: tuple[int, ...] = (4, 12, 16)  # several fields: clocks that may be chosen as cells
    memory: int = 4096  # steps that copying can see
    entries: int = 2**21  # most pairs remembered for one context


@dataclass(frozen=True)
class Chain:
    """The contexts of one field, the least specific first: those counted in training, then those in the piece."""

    trained: tuple[Context, ...]
    copied: tuple[Context, ...]


def chains(pieces: Sequence[NDArray[np.int32]], sizes: Sequence[int], settings: NGramSettings) -> list[Chain]:
    """The Chain of each field."""
    if len(sizes) == 1:
        chain = Chain(_suffixes(settings.orders), _suffixes(settings.copy_orders))
        return [chain if settings.copying else replace(chain, copied=())]
    if len(sizes) > _MANY:
        return [_nearby(field, len(sizes), settings) for field in range(len(sizes))]
    sample = stack(_sample(pieces), len(sizes))
    out = []
    for field in range(len(sizes)):
        cells = choose_cells(sample, field, sizes, settings)
        trained = tuple(cells[:count] for count in range(len(cells) + 1))
        copied = trained[:4] + tuple(_whole_steps(steps, field, len(sizes)) for steps in settings.copy_steps)
        out.append(Chain(trained, tuple(dict.fromkeys(copied)) if settings.copying else ()))
    return out


def choose_cells(stacked: Stack, field: int, sizes: Sequence[int], settings: NGramSettings) -> Context:
    """The cells that predict `field`, the most useful first: each is the one that lowers held-out nats most.

    Two of three pieces of the sample are counted, the rest is priced. Source: the search over factored contexts
    of Bilmes and Kirchhoff, "Factored language models and generalized parallel backoff" (2003).
    """
    values = stacked.values[stacked.targets, field]
    held_out = stacked.sequence % 3 == 1
    if not held_out.any():
        held_out = stacked.targets > np.median(stacked.targets)
    chosen: Context = ()
    price = _Pricing(values, held_out, sizes[field])
    lower, best = price(keys(stacked, (), settings.periods), np.full(int(held_out.sum()), 1 / sizes[field]))
    rest = _candidates(field, stacked, settings)
    while rest and len(chosen) < settings.cells:
        tried = {cell: price(keys(stacked, (*chosen, cell), settings.periods), lower) for cell in rest}
        cell = min(rest, key=lambda cell: tried[cell][1])
        if best - tried[cell][1] < _WORTH:
            steady = [cell for cell in rest if cell[1] < len(sizes)]  # a clock has to earn its place
            if not steady:
                break
            cell = min(steady, key=lambda cell: tried[cell][1])
        lower, best = tried[cell]
        chosen = (*chosen, cell)
        rest.remove(cell)
    return chosen


class _Pricing:
    """Prices held-out targets by one more level, weighted as Witten and Bell do."""

    def __init__(self, values: NDArray[np.int64], held_out: NDArray[np.bool_], size: int) -> None:
        self.values, self.held_out, self.size = values, held_out, size

    def __call__(self, keys: NDArray[np.uint64], lower: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """(probabilities float64[H], their mean nats) of the held-out targets, from those one level below."""
        counts = Counts.of(keys[~self.held_out], self.values[~self.held_out], self.size, 2**62)
        hits, totals, distinct = counts.look_up(keys[self.held_out], self.values[self.held_out])
        probability = (hits + distinct * lower) / np.maximum(totals + distinct, 1)
        probability = np.where(totals > 0, probability, lower)
        return probability, float(-np.log(probability).mean()) if len(probability) else 0.0


def _candidates(field: int, stacked: Stack, settings: NGramSettings) -> list[Cell]:
    """Every cell that may tell something about `field`: a field that never changes tells nothing."""
    telling = [bool(column.min(initial=0) < column.max(initial=0)) for column in stacked.values[1:].T]
    if not telling[field]:
        return []
    fields = len(telling)
    here = [(0, other) for other in range(field) if telling[other]]
    past = [(lag, other) for lag in range(1, settings.lags + 1) for other in range(fields) if telling[other]]
    return here + past + [(0, fields + clock) for clock in range(len(settings.periods))]


def _nearby(field: int, fields: int, settings: NGramSettings) -> Chain:
    """The Chain of one of many like fields (the keys of a roll): itself before, its neighbours and its octave."""
    cells = [
        (1, field),
        (0, field - 1),
        (2, field),
        (0, field - 2),
        (1, field - 1),
        (1, field + 1),
        (0, field - 12),
    ]
    there = [cell for cell in cells if 0 <= cell[1] < fields][: settings.cells]
    trained = tuple(tuple(there[:count]) for count in range(len(there) + 1))
    return Chain(trained, trained if settings.copying else ())


def _suffixes(orders: Sequence[int]) -> tuple[Context, ...]:
    return tuple(tuple((lag, 0) for lag in range(1, order + 1)) for order in orders)


def _whole_steps(steps: int, field: int, fields: int) -> Context:
    """The earlier fields of the target's step and every field of the `steps` before it."""
    here = tuple((0, other) for other in range(field))
    return here + tuple((lag, other) for lag in range(1, steps + 1) for other in range(fields))


def _sample(pieces: Sequence[NDArray[np.int32]]) -> list[NDArray[np.int32]]:
    """Pieces spread over the collection, about `_LOOK` steps in all."""
    total = sum(len(piece) for piece in pieces)
    return list(pieces[:: max(1, round(total / _LOOK))])

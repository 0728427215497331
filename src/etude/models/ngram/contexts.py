"""Where the contexts of an n-gram come from: sequences laid end to end, and one hash a target and context.

A cell is (lag, field): the value of `field` in the step `lag` steps before the target; lag 0 means an earlier
field of the target's own step. A field number at or beyond the K real ones is a clock: the number of the
target's step since the begin step, modulo one of the periods. A context is a tuple of cells.

What lies before a begin step is known to be nothing; what lies before a sequence that starts in the middle of
a piece is unknown, and a context that needs it is not there at all (its key is 0).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Cell = tuple[int, int]
Context = tuple[Cell, ...]

BEGIN = 0  # value of the first field that starts a piece, as in `etude.encodings.base`
UNKNOWN = 0  # the key of a context that is not there
_SEED = 0x9E3779B97F4A7C15
_PRIME = 0xD6E8FEB86659FD93  # odd, so that multiplying is one to one modulo 2^64
_ALL = 2**64 - 1


@dataclass(frozen=True)
class Stack:
    """Sequences laid end to end. T: steps in all; N: targets, every step but the first of each sequence."""

    values: NDArray[np.int64]  # [T, K]
    targets: NDArray[np.int64]  # [N] rows of `values`
    sequence: NDArray[np.int64]  # [N] the number of the target's sequence
    first: NDArray[np.int64]  # [N] the row of the latest begin step, or of the first step that is seen
    opened: NDArray[np.bool_]  # [N] whether that row is a begin step


def stack(sequences: Sequence[NDArray[np.int32]], fields: int, visible: int | None = None) -> Stack:
    """The sequences, each int32[T_i, K], laid end to end; targets see at most `visible` steps before them."""
    lengths = np.array([len(steps) for steps in sequences], np.int64)
    values = np.concatenate([np.zeros((0, fields), np.int64), *sequences]).astype(np.int64, copy=False)
    number = np.repeat(np.arange(len(lengths)), lengths)
    starts = np.zeros(len(values), np.bool_)
    starts[(np.cumsum(lengths) - lengths)[lengths > 0]] = True
    begins = values[:, 0] == BEGIN
    anchor = np.maximum.accumulate(np.where(starts | begins, np.arange(len(values)), 0))
    targets = np.flatnonzero(~starts)
    first = anchor[targets - 1]
    if visible is not None:
        first = np.maximum(first, targets - visible)
    return Stack(values, targets, number[targets], first, begins[first])


def keys(stacked: Stack, context: Context, periods: Sequence[int]) -> NDArray[np.uint64]:
    """Uint64[N]: the hash of `context` at each target, UNKNOWN where it is not there."""
    fields = stacked.values.shape[1]
    out = np.full(len(stacked.targets), _SEED, np.uint64)
    known = np.ones(len(stacked.targets), np.bool_)
    for lag, field in context:
        if field >= fields:
            value = (stacked.targets - stacked.first - 1) % periods[field - fields]
            known &= stacked.opened
        else:
            inside = stacked.targets - lag >= stacked.first
            value = np.where(inside, stacked.values[np.maximum(stacked.targets - lag, 0), field], -1)
            known &= inside | stacked.opened
        out ^= (value + 2).astype(np.uint64)
        out *= np.uint64(_PRIME)
        out ^= out >> np.uint64(32)
    out[~known] = UNKNOWN
    return out


@dataclass(frozen=True, eq=False)
class Plan:
    """How the keys of the contexts of one field are worked out of each other: a context goes on from its beginning.

    cells    the cells of all contexts, each once
    nodes    of each context, trained ones first: the context it goes on from (-1: none), and its further cells
    trained  how many are trained
    depths   int64[copied contexts]: steps that must be heard before a target can be an occurrence
    """

    cells: tuple[Cell, ...]
    nodes: tuple[tuple[int, tuple[int, ...]], ...]
    trained: int
    depths: NDArray[np.int64]

    @classmethod
    def of(cls, trained: Sequence[Context], copied: Sequence[Context], depths: Sequence[int]) -> Plan:
        """The plan for a field's contexts."""
        contexts = [*trained, *copied]
        place = {cell: number for number, cell in enumerate(dict.fromkeys(c for one in contexts for c in one))}
        nodes = []
        for number, context in enumerate(contexts):
            earlier = [at for at in range(number) if context[: len(contexts[at])] == contexts[at]]
            parent = max(earlier, key=lambda at: len(contexts[at]), default=-1)
            shared = len(contexts[parent]) if earlier else 0
            nodes.append((parent, tuple(place[cell] for cell in context[shared:])))
        return cls(tuple(place), tuple(nodes), len(trained), np.array(depths, np.int64))

    def keys(self, values: Sequence[int | None]) -> list[int]:
        """The hash of each context from the values of `cells`: what `key_of` gives of its own."""
        found: list[int | None] = []
        for parent, further in self.nodes:
            out = _SEED if parent < 0 else found[parent]
            for cell in further:
                value = values[cell]
                if out is None or value is None:
                    out = None
                    break
                out = ((out ^ (value + 2)) * _PRIME) & _ALL
                out ^= out >> 32
            found.append(out)
        return [UNKNOWN if one is None else one for one in found]


def key_of(cells: Sequence[int | None]) -> int:
    """The hash of one context from its values, -1 for nothing, None for unknown: equal to what `keys` gives."""
    out = _SEED
    for value in cells:
        if value is None:
            return UNKNOWN
        out = ((out ^ (value + 2)) * _PRIME) & _ALL
        out ^= out >> 32
    return out

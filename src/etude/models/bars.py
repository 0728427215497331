"""Where in the bar and in the section the music stands, worked out of tokens that say how long things last.

What a value does is a row of a table (see `etude.encodings.base.Timing`): what it is, and up to three numbers.

| column | value |
|---|---|
| gone | how much of this bar is over, in GRAIN ticks, at most 127 (so the next two) |
| left | how much of it is to come: of an upbeat, of the rest of a bar with a sign inside, or of a full bar |
| close | how much is to come until this bar and the last upbeat make a full one, as at the end of a section |
| bars | plain bar lines since the last repeat sign or double bar, at most 31 |
| signs | repeat signs and double bars so far, at most 15 |

A begin step (0) starts everything anew. The same arithmetic, a step at a time, stands in `etude.engine.bars`.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

NOTHING, LENGTH, SOUND, ALSO, TUPLET, LINE, SIGN, METER, UPBEAT, BREAK = range(10)
GRAIN, FURTHEST, MOST_BARS, MOST_SIGNS = 30, 127, 31, 15
SIZES = (FURTHEST + 1, FURTHEST + 1, FURTHEST + 1, MOST_BARS + 1, MOST_SIGNS + 1)
QUAVER, WHOLE = 240, 1920  # ticks: how long a note and a bar are before anything is said


class Bar(NamedTuple):
    """What is known after a step, int64[B] each; times in ticks."""

    length: Tensor  # of the next note
    full: Tensor  # of a bar
    due: Tensor  # of this bar, where it is an upbeat or the rest of a bar; 0: a full one
    rest: Tensor  # what the last sign, upbeat or bar line left over, were it to be due
    upbeat: Tensor  # the last bar that was due; 0: none
    gone: Tensor  # of this bar
    also: Tensor  # 1: the next note sounds with the one before
    tuplet: Tensor  # int64[B, 3]: p units in the time of q; p = 0: none
    written: Tensor  # of the tuplet
    bars: Tensor
    signs: Tensor


def start(batch: int, device: torch.device) -> Bar:
    """What is known before the first step."""
    none = torch.zeros(batch, dtype=torch.int64, device=device)
    tuplet = torch.zeros(batch, 3, dtype=torch.int64, device=device)
    return Bar(none + QUAVER, none + WHOLE, none, none, none, none, none, tuplet, none, none, none)


def follow(moves: Tensor, begin: Tensor, before: Bar) -> tuple[Tensor, Bar]:
    """(int64[B, T, 5]: the columns; what is known after them) of the rows `moves` int64[B, T, 4].

    `begin` is bool[B, T].
    """
    what, number = moves[..., 0], moves[..., 1]
    line, sign = (what == LINE) | (what == SIGN), what == SIGN
    length = _held(torch.where(begin, QUAVER, number), begin | (what == LENGTH), before.length)
    full = _held(torch.where(begin, WHOLE, number), begin | (what == METER), before.full)
    also = (what == ALSO).long()
    together = _shifted(also, before.also) > 0
    written = torch.where((what == SOUND) & ~together, length, 0)
    cut = begin | line | (what == METER)
    inside, tuplet = _tuplets(moves, written, cut | (what == BREAK), before)
    gone = _sum_since(torch.where(inside[0], inside[1], written), cut, before.gone)
    rest, due = _due(moves, begin, full, _shifted(gone, before.gone), before)
    upbeat = _held(due, begin | (what == UPBEAT) | (due > 0), before.upbeat)
    bars = _sum_since((line & ~sign).long(), begin | sign, before.bars)
    signs = _sum_since(sign.long(), begin, before.signs)
    left = torch.where(due > 0, due, full) - gone
    columns = (
        gone // GRAIN,
        left // GRAIN,
        (full - upbeat - gone) // GRAIN,
        bars.clamp(max=MOST_BARS),
        signs.clamp(max=MOST_SIGNS),
    )
    after = Bar(length, full, due, rest, upbeat, gone, also, *tuplet, bars, signs)
    found = torch.stack(columns, dim=-1).clamp(min=0, max=FURTHEST)
    return found, Bar._make(one[:, -1] for one in after)


def _due(moves: Tensor, begin: Tensor, full: Tensor, gone: Tensor, before: Bar) -> tuple[Tensor, Tensor]:
    """(rest, due), as Bar has them, int64[B, T] each; `gone` is how much of a bar was over before each step.

    A sign inside a bar leaves over what is missing of it, unless that bar was short already.
    """
    what, number = moves[..., 0], moves[..., 1]
    left_over = torch.where((what == SIGN) & (gone > 0) & (gone < full), full - gone, 0)
    mark = begin | (what == LINE) | (what == SIGN) | (what == UPBEAT)
    rest = _held(torch.where(what == UPBEAT, number, left_over), mark, before.rest)
    short = (what == SIGN) & (_shifted(rest, before.rest) > 0)
    return rest, _held(torch.where(short, 0, rest), mark, before.due)


def _shifted(values: Tensor, before: Tensor) -> Tensor:
    """Int64[B, T]: the values of the steps before, `before` (int64[B]) at the first."""
    return torch.cat([before[:, None], values[:, :-1]], dim=1)


def _tuplets(
    moves: Tensor, written: Tensor, broken: Tensor, before: Bar
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """((where a note stands in a tuplet, what it takes there), (the tuplet, its written ticks so far))."""
    opens = moves[..., 0] == TUPLET
    mark = opens | broken
    told = torch.where(opens[..., None], moves[..., 1:], 0)
    tuplet = torch.stack([_held(told[..., n], mark, before.tuplet[:, n]) for n in range(3)], dim=-1)
    after = _sum_since(written, mark, before.written)
    p, q, unit = tuplet.unbind(-1)
    whole = p * unit
    earlier = after - written
    takes = _sounding(after.minimum(whole), p, q) - _sounding(earlier, p, q)
    return ((written > 0) & (earlier < whole), takes), (tuplet, after)


def _sounding(written: Tensor, p: Tensor, q: Tensor) -> Tensor:
    """The ticks that `written` ticks of a tuplet take, rounded to the nearest."""
    p = p.clamp(min=1)
    return (2 * written * q + p) // (2 * p)


def _last(mark: Tensor) -> Tensor:
    """Int64[B, T]: where `mark` was last set, up to and with here; -1: nowhere."""
    where = torch.arange(mark.shape[1], device=mark.device)[None].expand(mark.shape)
    return where.masked_fill(~mark, -1).cummax(dim=1).values


def _held(values: Tensor, mark: Tensor, before: Tensor) -> Tensor:
    """Int64[B, T]: of `values` the one where `mark` was last set; `before` until then."""
    last = _last(mark)
    return torch.where(last < 0, before[:, None], values.gather(1, last.clamp(min=0)))


def _sum_since(values: Tensor, mark: Tensor, before: Tensor) -> Tensor:
    """Int64[B, T]: the sum of `values` after `mark` was last set, that place left out; with `before` until then."""
    total, last = values.cumsum(dim=1), _last(mark)
    return total - torch.where(last < 0, -before[:, None], total.gather(1, last.clamp(min=0)))

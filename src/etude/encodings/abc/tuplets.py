"""Rhythms that the plain lengths cannot write: where tuplets stand, and how their inside is cut.

A tuplet (p, q, unit) holds p written units in the time of q. A note begins or ends inside it only where no plain
length could reach, so there is one way to write a rhythm.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from etude.encodings.abc.vocabulary import DURATIONS, GRAIN, TUPLETS

Tuplet = tuple[int, int, int]


def sounding(written: int, p: int, q: int) -> int:
    """The ticks that `written` ticks of a tuplet take, rounded to the nearest."""
    return (2 * written * q + p) // (2 * p)


@lru_cache(maxsize=len(TUPLETS))
def cuts(tuplet: Tuplet) -> NDArray[np.bool_]:
    """Bool[p * unit / GRAIN + 1]: where in the written time of a tuplet a note may end, the rest being fillable."""
    p, q, unit = tuplet
    size = p * unit // GRAIN
    good = np.zeros(size + 1, bool)
    good[size] = True
    for at in range(size - 1, -1, -1):
        inside = at == 0 or sounding(at * GRAIN, p, q) % GRAIN != 0
        good[at] = inside and any(at + d // GRAIN <= size and good[at + d // GRAIN] for d in DURATIONS)
    return good


@cache
def next_durations(tuplet: Tuplet, written: int) -> NDArray[np.bool_]:
    """Bool[len(DURATIONS)]: the lengths that may follow after `written` ticks of a tuplet."""
    good = cuts(tuplet)
    ends = [(written + duration) // GRAIN for duration in DURATIONS]
    return np.array([end < len(good) and bool(good[end]) for end in ends])


def fill(tuplet: Tuplet | None, start: int, stop: int) -> list[int] | None:
    """Written lengths that lead from `start` to `stop` ticks, the longest first; None when there are none."""
    if start == stop:
        return []
    for duration in reversed(DURATIONS):
        here = start + duration
        if here > stop or (tuplet and not cuts(tuplet)[here // GRAIN]):
            continue
        rest = fill(tuplet, here, stop)
        if rest is not None:
            return [duration, *rest]
    return None


def written_edges(tuplet: Tuplet, edges: Sequence[int]) -> list[int] | None:
    """The written ticks of `edges` (ticks from the start of the tuplet), or None when they do not fit into it."""
    p, q, _ = tuplet
    out = [0]
    for edge in edges:
        written = round(edge * p / q / GRAIN) * GRAIN
        if sounding(written, p, q) != edge or not cuts(tuplet)[written // GRAIN]:
            return None
        if fill(tuplet, out[-1], written) is None:
            return None
        out.append(written)
    return out


def spans(
    edges: Sequence[int], rests: Sequence[tuple[int, int]] = ()
) -> list[tuple[int, Tuplet, list[int]]] | None:
    """Where tuplets stand among note edges, as (start, tuplet, written edges); None when none make the rhythm.

    Edges are ticks, the first and the last on the grain. Preferred are tuplets of even notes, then few, then short;
    inside `rests`, (start, stop) in ticks, nothing has to begin.
    """
    if len(edges) == 2:
        return []
    best: dict[int, list[tuple[int, Tuplet, list[int]]]] = {edges[0]: []}

    def needs_edge(tick: int) -> bool:
        return tick not in edges and not any(a < tick < b for a, b in rests)

    def uneven(start: int, tuplet: Tuplet, written: list[int]) -> int:
        p, q, unit = tuplet
        even = [start + sounding(number * unit, p, q) for number in range(p + 1)]
        return sum(map(needs_edge, even)) + sum(edge % unit > 0 for edge in written)

    def cost(found: list[tuple[int, Tuplet, list[int]]]) -> tuple[int, int]:
        return 10 * sum(uneven(*one) for one in found) + len(found), sum(one[1][1] * one[1][2] for one in found)

    def offer(at: int, found: list[tuple[int, Tuplet, list[int]]]) -> None:
        if at not in best or cost(found) < cost(best[at]):
            best[at] = found

    for here in range(edges[0], edges[-1], GRAIN):
        if here not in best:
            continue
        if not any(here < edge < here + GRAIN for edge in edges):
            offer(here + GRAIN, best[here])
        for tuplet in TUPLETS:
            stop = here + tuplet[1] * tuplet[2]
            inside = [edge - here for edge in edges if here < edge < stop]
            written = written_edges(tuplet, [*inside, stop - here]) if inside and stop <= edges[-1] else None
            if written is not None:
                offer(stop, [*best[here], (here, tuplet, written)])
    return best.get(edges[-1])

"""The plots of a study, as SVG text that is the same for the same figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from etude.lab.plots import bare, rendered
from etude.lab.study.analysis import Compared

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from etude.lab.study.scaling import Axis

DECIDED = {"keep": "#2f7d4f", "drop": "#B3261E"}
OPEN = "#5d6470"
COLOURS = ("#1d2026", "#2f5d8a", "#b3541e", "#5b8a5b", "#7a4f8a", "#8a8f99", "#b0892f", "#3b8a8a")
STYLES = ("-", "--", "-.", ":")


def forest_svg(found: Sequence[Compared]) -> str:
    """SVG: a line an effect with its interval, the baseline as the upright line at 0."""
    first = found[0].outcome

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for place, one in enumerate(reversed(found)):
            _effect(axes, place, one)
        axes.axvline(0, color="#8a8f99", linewidth=1)
        axes.set_yticks(range(len(found)), [one.contrast.name for one in reversed(found)])
        axes.set_ylim(-0.7, len(found) - 0.3)
        better = {"lower": "   (left is better)", "higher": "   (right is better)"}.get(first.better, "")
        axes.set(xlabel=f"effect on {first.label}{better}")
        bare(axes, "x")

    return rendered(draw, 7.2, 1.0 + 0.34 * len(found))


def _effect(axes: Axes, place: int, one: Compared) -> None:
    effect = one.effect
    if math.isnan(effect.mean):
        return
    colour = DECIDED.get(one.decision, OPEN)
    if not math.isnan(effect.low):
        axes.plot([effect.low, effect.high], [place, place], color=colour, linewidth=2, solid_capstyle="butt")
    marker = "D" if one.contrast.kind == "interaction" else "o"
    axes.plot([effect.mean], [place], marker, color=colour, markersize=5.5)


def laws_svg(axes_found: Sequence[Axis]) -> str:
    """SVG: bits per note over each size by ratio: a point a run, the law as a line."""

    def draw(figure: Figure) -> None:
        for place, (axes, one) in enumerate(zip(figure.subplots(1, len(axes_found), squeeze=False)[0], axes_found)):
            for bits in one.bits:
                axes.plot(one.sizes, bits, "o", color=COLOURS[1], markersize=4, alpha=0.6)
            sizes = np.geomspace(one.sizes[0], 2 * one.sizes[-1], 60)
            axes.plot(sizes, [one.law(float(size)) for size in sizes], "-", color=COLOURS[2], linewidth=1.4)
            axes.set(xlabel=f"{one.name} (the line goes on to twice as many)", xscale="log")
            axes.set_ylabel("bits/note" if place == 0 else "")
            axes.set_xticks(one.sizes, [f"{size:,.0f}" for size in one.sizes], rotation=30, ha="right")
            axes.minorticks_off()
            bare(axes)

    return rendered(draw, 3.7 * len(axes_found), 3.2)


def curves_svg(curves: Mapping[str, Sequence[Sequence[tuple[float, float]]]], label: str) -> str:
    """SVG: held-out loss over updates; a curve a run, a colour and a style an arm."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        ends = []
        for number, (arm, runs) in enumerate(curves.items()):
            style = STYLES[number // len(COLOURS) % len(STYLES)]
            for nth, points in enumerate(runs):
                axes.plot(*zip(*points), style, color=COLOURS[number % len(COLOURS)], linewidth=1.2, alpha=0.8,
                          marker="." if len(points) == 1 else "", label=arm if nth == 0 else None)  # fmt: skip
                ends += [value for _, value in points[len(points) // 4 :]]
        if ends:
            gap = (max(ends) - min(ends)) or 0.1
            axes.set_ylim(min(ends) - 0.08 * gap, max(ends) + 0.08 * gap)
        axes.set(xlabel="updates", ylabel=label)
        bare(axes)
        figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=8)

    return rendered(draw, 7.2, 3.4 + 0.16 * math.ceil(len(curves) / 3))

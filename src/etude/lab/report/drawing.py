"""The plots of a report, as SVG text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from etude.lab.findings.music import Place
from etude.lab.plots import bare, rendered

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Numbers = NDArray[np.float64]
OURS, REAL, OUTSIDE = "#2f5d8a", "#b3541e", "#B3261E"
CURVES = ("#2f5d8a", "#b3541e", "#5b8a5b", "#8a8f99")
LABELS = 26  # at an axis, at most
# a legend that hides no data
ABOVE: Any = {"frameon": False, "loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "ncols": 3}


def histogram_svg(labels: Sequence[str], ours: Numbers, real: Numbers | None, axis: str) -> str:
    """SVG: shares of the pieces as bars, those of real ones as a line of steps."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        places = np.arange(len(labels))
        axes.bar(places, ours, 0.78, color=OURS, label="these pieces")
        if real is not None:
            axes.step(np.append(places, len(labels)) - 0.5, np.append(real, real[-1:]), where="post", color=REAL,
                      linewidth=1.6, label="real pieces")  # fmt: skip
            axes.legend(**ABOVE)
        every = -(-len(labels) // LABELS)
        long = max(map(len, labels)) > 3
        axes.set_xticks(
            places[::every], labels[::every], rotation=40 if long else 0, ha="right" if long else "center"
        )
        axes.set(xlabel=axis, ylabel="share")
        bare(axes)

    return rendered(draw, 7.2, 2.9)


def band_svg(places: Sequence[Place]) -> str:
    """SVG: for each measure, where the middle piece lies in the band of real pieces, all bands equally wide."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        rows = np.arange(len(places))[::-1]
        where = np.array([standing(place) for place in places])
        axes.barh(rows, 1.0, 0.62, left=0.0, color="#d9e2ec", label="nine of ten real pieces")
        for outside, label in ((False, "inside"), (True, "outside")):
            chosen = np.array([(place.side != "inside") == outside for place in places])
            if chosen.any():
                colour = OUTSIDE if outside else OURS
                axes.plot(
                    where[chosen], rows[chosen], "D" if outside else "o", color=colour, markersize=4.5, label=label
                )
        axes.set_yticks(rows, [place.metric.replace("_", " ") for place in places])
        axes.set_xlim(-1.7, 2.7)
        axes.set_ylim(-0.8, len(places) - 0.2)
        axes.set_xticks([0, 1], ["5 % of real pieces\nlie below", "5 % lie\nabove"])
        bare(axes, "x")
        axes.legend(**ABOVE)

    return rendered(draw, 7.2, 0.9 + 0.19 * len(places))


def standing(place: Place) -> float:
    """Where a middle piece lies when the band reaches from 0 to 1; at most 1.5 outside."""
    width = place.high - place.low
    if width > 0:
        return float(np.clip((place.middle - place.low) / width, -1.5, 2.5))
    return 0.5 if place.side == "inside" else 2.5 if place.side == "above" else -1.5


def structure_svg(alike: Numbers, novelty: Numbers) -> str:
    """SVG: how alike any two bars are, and under it how new each bar is."""

    def draw(figure: Figure) -> None:
        top, below = figure.subplots(2, 1, sharex=True, height_ratios=[3.4, 1])
        edges = np.arange(len(alike) + 1) + 0.5
        mesh = top.pcolormesh(edges, edges, alike, cmap="Blues", vmin=0, vmax=1, rasterized=len(alike) > 64)
        top.invert_yaxis()
        top.set_aspect("equal")
        top.set(ylabel="bar", xlabel="bar")
        top.tick_params(labelbottom=True)
        figure.colorbar(mesh, ax=top, label="alike (cosine)", shrink=0.8)
        below.plot(np.arange(1, len(novelty) + 1), novelty, color=OURS, linewidth=1.4)
        below.axhline(0, color="#8a8f99", linewidth=0.8)
        below.set(xlabel="bar", ylabel="novelty")
        bare(below)

    return rendered(draw, 5.4, 6.2)


def curves_svg(labels: Sequence[str], curves: Mapping[str, Numbers], axes_names: tuple[str, str]) -> str:
    """SVG: a curve a name over places that follow each other; float64[places, 3] each: value, low and high."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        places = np.arange(len(labels))
        for (name, values), colour in zip(curves.items(), CURVES):
            axes.plot(places, values[:, 0], "o-", color=colour, markersize=3.5, linewidth=1.4, label=name)
            axes.fill_between(places, values[:, 1], values[:, 2], color=colour, alpha=0.15, linewidth=0)
        axes.set_xticks(places, labels)
        axes.set(xlabel=axes_names[0], ylabel=axes_names[1])
        bare(axes)
        axes.legend(**ABOVE)

    return rendered(draw, 7.2, 3.1)

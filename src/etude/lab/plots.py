"""Plots of a run, as SVG text that is the same for the same figures."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from etude.lab.sweep import Point

COLOURS = {"train": "#8a8f99", "valid": "#2f5d8a"}
FLOOR_STYLES = ("--", "-.", ":")


def rendered(draw: Callable[[Figure], None], width: float, height: float) -> str:
    """SVG of what `draw` puts on a figure of that size in inches: the same for the same figures."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "etude", "font.family": "sans-serif", "font.size": 9}):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def bare(axes: Axes, grid: Literal["both", "x", "y"] = "y") -> None:
    """Takes the frame away and lays a faint grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis=grid, alpha=0.25)


def loss_curve(records: Sequence[Mapping[str, Any]], floors: Mapping[str, float], title: str) -> str:
    """SVG: training and validation loss in nats a step over seconds, with the baselines as level lines."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for name, style in (("train", "."), ("valid", "o-")):
            key = f"{name}_nats_per_step"
            points = [(r["seconds"], r[key]) for r in records if r.get(key) is not None]
            if points:
                label = "training batches" if name == "train" else "held-out pieces"
                axes.plot(*zip(*points), style, color=COLOURS[name], label=label, markersize=3.5, linewidth=1.4)
        top = max([r["valid_nats_per_step"] for r in records[1:]] or [1.0])
        for (name, value), style in zip(floors.items(), FLOOR_STYLES):
            if name != "uniform":  # far above everything: it would flatten the rest
                axes.axhline(value, linestyle=style, color="#b3541e", linewidth=1)
                axes.annotate(
                    name, (1, value), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=8
                )
                top = max(top, value)
        axes.set(xlabel="seconds of training", ylabel="nats per step", title=title)
        axes.set_ylim(top=top * 1.08)
        bare(axes)
        axes.legend(frameon=False, loc="upper center", ncols=2)

    return rendered(draw, 7.2, 3.4)


QUALITIES = {
    "both": "tunes with right syntax and bars",
    "each_bar": "bars that fit their meter",
    "nats": "nats a character, to an n-gram",
}


def quality_against_diversity(points: Sequence[Point], title: str) -> str:
    """SVG: three measures of quality over the variety of each temperature's tunes, real tunes as a star.

    The judge's nats run downwards, so that up is better everywhere.
    """

    def draw(figure: Figure) -> None:
        for axes, (name, label) in zip(figure.subplots(1, len(QUALITIES)), QUALITIES.items()):
            _quality(axes, points, name)
            axes.set(xlabel="self-similarity, more variety to the right", ylabel=label, xscale="log")
            axes.invert_xaxis()
            bare(axes, "both")
            if name == "nats":
                axes.invert_yaxis()
        figure.suptitle(title)

    return rendered(draw, 10.8, 3.6)


def _quality(axes: Any, points: Sequence[Point], name: str) -> None:
    """One panel: the temperatures in turn, each with its number beside it."""
    drawn = [point for point in points if point.temperature is not None]
    places = [(_alike(point), getattr(point, name)) for point in drawn]
    axes.plot(*zip(*places), "o-", color=COLOURS["valid"], markersize=4, linewidth=1)
    for point, place in zip(drawn, places):
        axes.annotate(f"{point.temperature:g}", place, xytext=(4, 4), textcoords="offset points", fontsize=8)
    for point in points:
        if point.temperature is None:
            place = (_alike(point), getattr(point, name))
            axes.plot(*place, "*", color="#b3541e", markersize=11)
            axes.annotate("real", place, xytext=(5, -10), textcoords="offset points")


def _alike(point: Point) -> float:
    """How alike the tunes of a point are, as a place on a logarithmic axis."""
    return max(1.0 - point.variety, 1e-3)

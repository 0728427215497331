"""Plots of a run, as SVG text that is the same for the same figures."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from etude.lab.sweep import Point

COLOURS = {"train": "#8a8f99", "valid": "#2f5d8a"}
FLOOR_STYLES = ("--", "-.", ":")


def loss_curve(records: Sequence[Mapping[str, Any]], floors: Mapping[str, float], title: str) -> str:
    """SVG: training and validation loss in nats a step over seconds, with the baselines as level lines."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "etude", "font.family": "sans-serif", "font.size": 9}):
        figure = Figure(figsize=(7.2, 3.4), layout="constrained")
        FigureCanvasSVG(figure)
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
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.25)
        axes.legend(frameon=False, loc="upper center", ncols=2)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


QUALITIES = {
    "both": "tunes with right syntax and bars",
    "each_bar": "bars that fit their meter",
    "nats": "nats a character, to an n-gram",
}


def quality_against_diversity(points: Sequence[Point], title: str) -> str:
    """SVG: three measures of quality over the variety of each temperature's tunes, real tunes as a star.

    The judge's nats run downwards, so that up is better everywhere.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "etude", "font.family": "sans-serif", "font.size": 9}):
        figure = Figure(figsize=(10.8, 3.6), layout="constrained")
        FigureCanvasSVG(figure)
        for axes, (name, label) in zip(figure.subplots(1, len(QUALITIES)), QUALITIES.items()):
            _quality(axes, points, name)
            axes.set(xlabel="variety (1 - self-similarity)", ylabel=label)
            axes.spines[["top", "right"]].set_visible(False)
            axes.grid(alpha=0.25)
            if name == "nats":
                axes.invert_yaxis()
        figure.suptitle(title)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def _quality(axes: Any, points: Sequence[Point], name: str) -> None:
    """One panel: the temperatures in turn, each with its number beside it."""
    drawn = [point for point in points if point.temperature is not None]
    places = [(point.variety, getattr(point, name)) for point in drawn]
    axes.plot(*zip(*places), "o-", color=COLOURS["valid"], markersize=4, linewidth=1)
    for point, place in zip(drawn, places):
        axes.annotate(f"{point.temperature:g}", place, xytext=(4, 4), textcoords="offset points", fontsize=8)
    for point in points:
        if point.temperature is None:
            axes.plot(point.variety, getattr(point, name), "*", color="#b3541e", markersize=11)
            axes.annotate(
                "real", (point.variety, getattr(point, name)), xytext=(5, -10), textcoords="offset points"
            )

"""Plots of a run, as SVG text that is the same for the same figures."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

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

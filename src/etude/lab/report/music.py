"""What the reports say of music: measures beside the band of real pieces, histograms, form, and the pieces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from etude.lab.findings.music import places
from etude.lab.page import Figure, Section
from etude.lab.report.drawing import band_svg, histogram_svg, structure_svg
from etude.lab.report.shelf import Plot, Shelf

if TYPE_CHECKING:
    from etude.score import Score

Columns = Mapping[str, NDArray[np.float64]]
Profiles = Mapping[str, list[NDArray[np.float64]]]
SHOWN = 4  # pieces with a player and a roll
FORMS = 2  # of them with their self-similarity


def band_section(shelf: Shelf, measured: Columns, real: Columns) -> list[Section]:
    """Where the pieces lie beside real ones; nothing where there are too few of either."""
    found = places(measured, real)
    if not found:
        return []
    outside = [place for place in found if place.side != "inside"]
    inside = len(found) - len(outside)
    words = ", ".join(f"{place.metric.replace('_', ' ')} {place.side}" for place in outside) or "none"
    plot = Plot(
        "band",
        band_svg(found),
        "Each measure of the middle piece of the set against the band that nine of ten real pieces keep to. "
        "A diamond lies outside; what lies farther out than the plot is drawn at its edge.",
        f"{inside} of {len(found)} measures lie inside the band of real pieces. Outside: {words}.",
        ("measure", "middle piece", "real pieces 5 %", "real pieces 95 %", "lies"),
        [(place.metric, place.middle, place.low, place.high, place.side) for place in found],
    )
    return [Section("Beside real pieces", "", [shelf.figure(plot)])]


def histogram_section(shelf: Shelf, ours: Profiles, real: Profiles | None) -> list[Section]:
    """Every histogram of the set, over that of real pieces."""
    from etude.evaluation import PROFILES

    figures = []
    for profile in PROFILES:
        if profile.fixed and len(profile.axes) == 1 and profile.unit == "share":
            found, theirs = mean_of(ours[profile.name]), mean_of(real[profile.name]) if real else None
            if found is not None:
                axis = profile.axes[0]
                figures.append(_histogram(shelf, profile.name, list(axis.labels), axis.name, (found, theirs)))
    against = "; the line is that of real pieces" if real else ""
    return [Section("Histograms", f"Shares, averaged over pieces{against}.", figures)] if figures else []


def mean_of(rows: Sequence[NDArray[np.float64]]) -> NDArray[np.float64] | None:
    """Float64[B]: the mean share over the pieces that have any; None where none has."""
    known = [row / row.sum() for row in rows if not np.isnan(row).any() and row.sum() > 0]
    return np.mean(known, axis=0) if known else None


def _histogram(
    shelf: Shelf,
    name: str,
    labels: list[str],
    axis: str,
    shares: tuple[NDArray[np.float64], NDArray[np.float64] | None],
) -> Figure:
    ours, real = shares
    words = name.replace("_", " ").capitalize()
    used = np.flatnonzero((ours > 0) | (real > 0 if real is not None else False))
    shown = slice(int(used[0]), int(used[-1]) + 1)
    common = labels[int(ours.argmax())]
    caption = f"{words} of the pieces."
    alternative = f"{words}: most often {common}, {ours.max():.0%}."
    if real is not None:
        gap = ours - real
        most = int(np.abs(gap).argmax())
        caption = f"{words} of the pieces, over that of real pieces."
        alternative += f" Farthest from real pieces at {labels[most]}: {ours[most]:.0%} against {real[most]:.0%}."
    beside = [None] * len(ours) if real is None else real.tolist()
    return shelf.figure(
        Plot(
            name,
            histogram_svg(labels[shown], ours[shown], None if real is None else real[shown], axis),
            caption,
            alternative,
            (axis, "these pieces", "real pieces"),
            zip(labels, ours.tolist(), beside),
        )
    )


def form_section(shelf: Shelf, titles: Sequence[str], profiles: Profiles) -> list[Section]:
    """Self-similarity and novelty of the first pieces that have more than a few bars."""
    figures = list(_forms(shelf, titles, profiles))
    text = (
        "Dark squares off the diagonal are bars that return; a stripe beside the diagonal is a phrase that is "
        "played again. The curve under it rises where the music turns to something new."
    )
    return [Section("Form", text, figures)] if figures else []


def _forms(shelf: Shelf, titles: Sequence[str], profiles: Profiles) -> Iterator[Figure]:
    shown = 0
    for number, (title, alike, novelty) in enumerate(
        zip(titles, profiles["self_similarity"], profiles["novelty"]), 1
    ):
        if len(alike) < 4 or shown == FORMS:
            continue
        shown += 1
        bars = len(alike)
        off = (alike.sum() - bars) / (bars * (bars - 1))
        newest = int(np.argmax(novelty)) + 1
        yield shelf.figure(
            Plot(
                f"form-{number}",
                structure_svg(alike, novelty),
                f"Self-similarity and novelty of {title}.",
                f"{bars} bars; two bars are alike by {off:.2f} on average; bar {newest} is the newest.",
                ("bar", "novelty", *(f"like bar {bar}" for bar in range(1, bars + 1))),
                [(bar + 1, float(novelty[bar]), *alike[bar].tolist()) for bar in range(bars)],
            )
        )


def piece_section(shelf: Shelf, title: str, scores: Sequence[Score], titles: Sequence[str]) -> Section:
    """The first pieces, to hear and to see."""
    shown = list(zip(scores, titles))[:SHOWN]
    more = f" The first {len(shown)} of {len(scores)}." if len(scores) > len(shown) else ""
    return Section(title, more.strip(), cards=[shelf.card(score, name) for score, name in shown])

"""Score -> piano roll, as SVG or PNG: time to the right, pitch upwards, a colour a track, loudness as opacity."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np

from etude.files import write_atomically
from etude.score import Score, Table, bar_starts, pickup_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito, "Color Universal Design" (2008): told apart by colour-blind readers, in the order we use them
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5B5B5B", "#B8A800")
INK, FAINT, BLACK_KEYS, PROMPT, MARKED = "#1F2430", "#8A90A0", "#F1F2F6", "#E9ECF5", "#B3261E"
BLACK = (1, 3, 6, 8, 10)  # pitch classes of the black keys
DIMMED = 0.30  # the opacity of the prompt's notes, of that of the others
NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
SALT = "etude"  # makes matplotlib's SVG names the same every time


Mark = tuple[int, int, str]  # first and last tick, and what to say of it


@dataclass(frozen=True)
class View:
    """What part of the plane is drawn: ticks [0, end], pitches [low, high], and where the bars begin."""

    end: int
    low: int
    high: int
    bars: list[int]


def roll_svg(
    score: Score, *, prompt_end: int | None = None, title: str | None = None, marks: Sequence[Mark] = ()
) -> str:
    """The roll as SVG text, the same every time. Notes that begin before tick `prompt_end` are dimmed.

    `marks` are drawn as brackets below the notes, each with its words.
    """
    import matplotlib

    out = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": SALT, "svg.fonttype": "path"}):
        _figure(score, prompt_end, title, marks).savefig(
            out, format="svg", metadata={"Date": None, "Creator": None}
        )
    about = f"<title>{escape(_title(score, title))}</title><desc>{escape(_describe(score, marks))}</desc>"
    return re.sub(r"(<svg\b[^>]*>)", lambda found: found.group(1) + about, out.getvalue(), count=1)


def roll_png(
    score: Score,
    path: Path | str | None = None,
    *,
    prompt_end: int | None = None,
    title: str | None = None,
    marks: Sequence[Mark] = (),
) -> bytes:
    """The roll as PNG bytes, the same every time; also written to `path` if there is one."""
    out = io.BytesIO()
    about = {"Software": None, "Title": _title(score, title), "Description": _describe(score, marks)}
    _figure(score, prompt_end, title, marks).savefig(out, format="png", dpi=160, metadata=about)
    if path is not None:
        write_atomically(Path(path), out.getvalue())
    return out.getvalue()


def _title(score: Score, title: str | None) -> str:
    return (score.meta.title or "Piano roll") if title is None else title


def _describe(score: Score, marks: Sequence[Mark] = ()) -> str:
    """What there is to see: the marks, and the reproducibility line or else how much music it is."""
    seen = f"Piano roll: {len(score)} notes in {len(score.tracks)} tracks, {score.duration:.1f} seconds."
    return "\n".join([score.meta.reproduce or seen, *(f"Marked: {words}." for _, _, words in marks)])


def _view(score: Score) -> View:
    """At least two octaves and a bar, with a little room around the notes."""
    bars = [int(tick) for tick in bar_starts(score)]
    pitches = score.notes["pitch"].astype(int)
    low, high = (int(pitches.min()), int(pitches.max())) if len(pitches) else (60, 60)
    missing = max(0, 23 - (high - low))
    low, high = low - 1 - missing // 2, high + 1 + (missing + 1) // 2
    return View(max(bars[-1], score.end, 1), max(low, 0), min(high, 127), bars)


def _figure(score: Score, prompt_end: int | None, title: str | None, marks: Sequence[Mark]) -> Figure:
    """The picture, without matplotlib's global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    view = _view(score)
    width = float(np.clip(4 + 0.8 * len(view.bars), 8, 22))
    height = float(np.clip(1.4 + 0.085 * (view.high - view.low), 3.2, 8))
    figure = Figure(figsize=(width, height), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _keys(axes, view)
    _bar_lines(axes, view)
    if prompt_end:
        _prompt(axes, view, prompt_end)
    _notes(axes, score, prompt_end or 0)
    for mark in marks:
        _bracket(axes, view, mark)
    _axes(axes, view, score)
    _words(axes, score, _title(score, title))
    return figure


def _keys(axes: Axes, view: View) -> None:
    """A shaded lane for each black key, and a fine line below each C."""
    for pitch in range(view.low, view.high + 1):
        if pitch % 12 in BLACK:
            axes.axhspan(pitch - 0.5, pitch + 0.5, color=BLACK_KEYS, lw=0, zorder=0)
        if pitch % 12 == 0:
            axes.axhline(pitch - 0.5, color="#D5D8E2", lw=0.6, zorder=0.5)


def _bar_lines(axes: Axes, view: View) -> None:
    axes.vlines(view.bars, view.low - 0.5, view.high + 0.5, color="#C3C7D4", lw=0.7, zorder=1)


def _prompt(axes: Axes, view: View, prompt_end: int) -> None:
    """The part that was given: a tinted ground, and a line where the answer begins."""
    axes.axvspan(0, min(prompt_end, view.end), color=PROMPT, alpha=0.75, lw=0, zorder=0.7)
    axes.axvline(prompt_end, color=INK, lw=1.0, ls=(0, (4, 3)), zorder=3)
    axes.annotate(
        "prompt",
        (prompt_end, 1),
        xycoords=("data", "axes fraction"),
        xytext=(-4, -4),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=8,
        color=INK,
        zorder=4,
        bbox={"facecolor": "white", "alpha": 0.8, "lw": 0, "pad": 1.5},
    )


def _bracket(axes: Axes, view: View, mark: Mark) -> None:
    """A line under the notes from the first to the last tick, with words on it."""
    begin, end, words = mark
    low = view.low - 0.1
    axes.axvspan(begin, max(end, begin + 1), color=MARKED, alpha=0.07, lw=0, zorder=0.8)
    axes.plot([begin, begin, end, end], [low + 0.8, low, low, low + 0.8], color=MARKED, lw=1.4, zorder=3)
    axes.annotate(
        words,
        (min(begin, 0.7 * view.end), low),
        xytext=(2, 3),
        textcoords="offset points",
        fontsize=8,
        color=MARKED,
        zorder=4,
        bbox={"facecolor": "white", "alpha": 0.8, "lw": 0, "pad": 1.0},
    )


def _notes(axes: Axes, score: Score, prompt_end: int) -> None:
    """One collection a track: a bar for each note, a diamond for each drum stroke."""
    from matplotlib.collections import PolyCollection

    for number, track in enumerate(score.tracks):
        notes = score.notes[score.notes["track"] == number]
        if not len(notes):
            continue
        colours = _rgba(notes, COLOURS[number % len(COLOURS)], prompt_end)
        if track.is_drum:
            axes.scatter(notes["onset"], notes["pitch"], s=14, marker="D", c=colours, lw=0, zorder=2)
        else:
            edge = max(score.end, 1) / 1200  # a hair between repeated notes
            boxes = PolyCollection(_boxes(notes, edge), facecolors=colours, edgecolors="none", zorder=2)
            axes.add_collection(boxes, autolim=False)


def _boxes(notes: Table, edge: float) -> Any:
    """Float64[N, 4, 2]: the corners of each note in (ticks, semitones)."""
    left = notes["onset"].astype(float)
    right = left + np.maximum(notes["duration"] - edge, edge / 2)
    low, high = notes["pitch"] - 0.40, notes["pitch"] + 0.40
    return np.stack(
        [np.stack(corner, -1) for corner in ((left, low), (left, high), (right, high), (right, low))], 1
    )


def _rgba(notes: Table, colour: str, prompt_end: int) -> Any:
    """Float64[N, 4]: the track's colour, more opaque the louder, faint before `prompt_end` (ticks)."""
    from matplotlib.colors import to_rgb

    opacity = 0.35 + 0.65 * notes["velocity"] / 127
    opacity = np.where(notes["onset"] < prompt_end, opacity * DIMMED / 0.75, opacity)
    return np.column_stack([np.tile(to_rgb(colour), (len(notes), 1)), opacity])


def _axes(axes: Axes, view: View, score: Score) -> None:
    """Bars are counted along the bottom, seconds along the top, octaves at the side."""
    axes.set_xlim(0, view.end)
    axes.set_ylim(view.low - 0.5, view.high + 0.5)
    first = 1 if pickup_ticks(score) else 0  # the pickup is not counted
    starts = view.bars[first:-1] or view.bars[:1]
    every = _step(len(starts), 20)
    axes.set_xticks(starts[::every], [str(1 + index * every) for index in range(len(starts[::every]))])
    seconds = np.arange(0, score.duration + 1e-9, _step_of_seconds(float(score.seconds([view.end])[0])))
    top = axes.secondary_xaxis("top")
    top.set_xticks(score.ticks(seconds), [f"{value:g} s" for value in seconds])
    cs = [pitch for pitch in range(view.low, view.high + 1) if pitch % 12 == 0]
    shown = cs if len(cs) > 1 else [pitch for pitch in range(view.low, view.high + 1) if pitch % 12 in (0, 4, 7)]
    axes.set_yticks(shown, [f"{NAMES[pitch % 12]}{pitch // 12 - 1}" for pitch in shown])
    axes.set_xlabel("bar", fontsize=8, color=FAINT, loc="left")
    for one in (axes, top):
        one.tick_params(length=0, labelsize=8, labelcolor=FAINT)
        for side in one.spines.values():
            side.set_visible(False)


def _step(count: int, most: int) -> int:
    """The smallest of 1, 2, 4, 8 ... that leaves at most `most` of `count` labels."""
    step = 1
    while count / step > most:
        step *= 2
    return step


def _step_of_seconds(total: float) -> float:
    """A round number of seconds that gives about ten labels."""
    return next((step for step in (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600) if total / step <= 12), 3600.0)


def _words(axes: Axes, score: Score, title: str) -> None:
    """The title, and which colour is which track when there are several."""
    if title:
        axes.set_title(title, loc="left", fontsize=12, color=INK, fontweight="bold", pad=10)
    used = [number for number in range(len(score.tracks)) if (score.notes["track"] == number).any()]
    if len(used) > 1:
        _legend(axes, [(score.tracks[n].name or f"track {n + 1}", COLOURS[n % len(COLOURS)]) for n in used[:8]])


def _legend(axes: Axes, rows: list[tuple[str, str]]) -> None:
    from matplotlib.patches import Patch
    from matplotlib.transforms import ScaledTranslation

    patches = [Patch(facecolor=colour, label=name[:24]) for name, colour in rows]
    below = ScaledTranslation(0, -20 / 72, axes.figure.dpi_scale_trans)  # under the numbers of the bars
    axes.legend(
        handles=patches,
        loc="upper right",
        bbox_to_anchor=(1.0, 0.0),
        bbox_transform=axes.transAxes + below,
        ncols=len(rows),
        frameon=False,
        fontsize=8,
        labelcolor=INK,
        handlelength=0.9,
        handleheight=0.9,
        borderaxespad=0,
        borderpad=0,
    )

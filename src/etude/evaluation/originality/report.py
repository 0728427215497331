"""How much of a piece stands in the music a model learned from, where, and whether real music does the same.

Conventions
    Notes as written, repeats not played out. What a piece was given as its prompt is left out: only notes from
    tick `begin` on are told. The human band is the same figure of real pieces that were held out, against the same
    music: pieces of one style share turns of phrase, so twelve notes in common are nothing to be ashamed of.

Metrics
    longest_copied   notes of the longest passage of the piece that stands in the collection, any key and tempo
    copied_share     share of the melody's notes inside passages of LEAST notes or more that stand there

Source: Yin et al., "Measuring when a music generation algorithm copies too much" (2022), for holding generated
pieces against real ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from etude.evaluation.originality.index import Passages, Place
from etude.evaluation.originality.lines import Line, Numbers, bars_of, lines
from etude.score import Score

LEAST = 12  # notes of a passage that counts as copied
FEWEST = 10  # real pieces that a band needs
_SHOWN = 8  # passages told of one piece


@dataclass(frozen=True)
class Quotation:
    """A passage of a piece that stands in the collection."""

    notes: int
    voice: str
    begin: int  # ticks in the piece
    end: int  # ticks: where its last note begins
    bar: int  # of the piece, from 1
    places: tuple[Place, ...]  # one a piece of the collection


@dataclass(frozen=True)
class Band:
    """What held-out real pieces share with the same music: the 5th, 50th and 95th of a hundred."""

    pieces: int
    longest: tuple[float, float, float]  # notes
    share: tuple[float, float, float]


@dataclass(frozen=True)
class Originality:
    """How original a piece is. `longest_copied` 1: nothing was found."""

    longest_copied: int
    copied_share: float  # NaN without notes
    quotations: tuple[Quotation, ...]  # the longest first
    band: Band | None = None

    @property
    def verdict(self) -> str:
        """The figure against the human band, in a few words."""
        if self.band is None:
            return "no real pieces to compare with"
        if self.longest_copied > self.band.longest[2]:
            return "copies more than real pieces do"
        return "as original as real pieces"

    @property
    def telling(self) -> tuple[Quotation, ...]:
        """The passages that are longer than those of nearly all real pieces: what is worth pointing out."""
        usual = self.band.longest[2] if self.band else 0.0
        return tuple(one for one in self.quotations if one.notes > max(usual, LEAST - 1))

    @property
    def first_place(self) -> tuple[str | None, int | None]:
        """The piece and its bar where the longest passage stands; None of both where nothing was found."""
        if not self.quotations:
            return None, None
        place = self.quotations[0].places[0]
        return place.piece, place.bar

    def as_json(self) -> dict[str, Any]:
        """All figures by name."""
        return {
            "longest_copied": self.longest_copied,
            "copied_share": self.copied_share,
            "verdict": self.verdict,
            "quotations": [asdict(one) for one in self.quotations],
            "band": asdict(self.band) if self.band else None,
        }

    def __str__(self) -> str:
        if not self.quotations:
            return "shares no passage with the training music"
        first = self.quotations[0]
        place = first.places[0]
        more = f" and {len(first.places) - 1} more" if len(first.places) > 1 else ""
        beside = f"; real pieces: {self.band.longest[1]:.0f}, up to {self.band.longest[2]:.0f}" if self.band else ""
        return (
            f"{first.notes} notes from bar {first.bar} on stand in {place.piece}, bar {place.bar}{more}"
            f" ({self.verdict}{beside})"
        )


def measure_originality(
    score: Score, passages: Passages, *, begin: int = 0, band: Band | None = None
) -> Originality:
    """The Originality of what a piece does from tick `begin` on."""
    found: list[Quotation] = []
    share = math.nan
    for number, line in enumerate(lines(score)):
        notes, where = passages.matches(line)
        new = line.onsets >= begin
        if not number:
            share = _share(notes, new)
        found += _quotations(score, passages, line, np.where(new, notes, 1), where)
    found.sort(key=lambda one: -one.notes)
    longest = found[0].notes if found else int(len(score) > 0)
    return Originality(longest, share, tuple(found[:_SHOWN]), band)


def longest_copied(score: Score, passages: Passages, begin: int = 0) -> int:
    """Notes of the longest passage from tick `begin` on that the collection has; 1: none, 0: no notes."""
    found = [int(passages.matches(line)[0][line.onsets >= begin].max(initial=1)) for line in lines(score)]
    return max(found, default=int(len(score) > 0))


def copied_share(score: Score, passages: Passages, least: int = LEAST) -> float:
    """Share of the melody's notes inside passages of `least` notes or more that the collection has; NaN of none."""
    notes = passages.lengths(score)
    return _share(notes, np.ones(len(notes), np.bool_), least)


def human_band(real: Iterable[Score], passages: Passages) -> Band | None:
    """The Band of held-out real pieces; None for fewer than FEWEST."""
    heard = [score for score in real if len(score)]
    if len(heard) < FEWEST:
        return None
    columns = (
        np.array([longest_copied(score, passages) for score in heard], np.float64),
        np.array([copied_share(score, passages) for score in heard], np.float64),
    )
    longest, share = (np.quantile(column, [0.05, 0.5, 0.95]).tolist() for column in columns)
    return Band(len(heard), tuple(longest), tuple(share))


def _share(notes: Numbers, new: Any, least: int = LEAST) -> float:
    """Share of the notes marked `new` that lie inside passages of `least` notes or more."""
    if not new.any():
        return math.nan
    at = np.arange(len(notes))
    reach = np.where(notes >= least, at + notes, 0)
    return float((np.maximum.accumulate(reach) > at)[new].mean())


def _quotations(score: Score, passages: Passages, line: Line, notes: Numbers, where: Numbers) -> list[Quotation]:
    """The passages of one line that are long enough, and the longest in any case."""
    longest = int(notes.max(initial=1))
    if longest < 2:
        return []
    chosen = [at for at in passages.maximal(notes) if notes[at] >= min(LEAST, longest)]
    chosen = sorted(chosen, key=lambda at: -int(notes[at]))[:_SHOWN]
    bars = bars_of(score, line.onsets)
    return [
        Quotation(
            int(notes[at]),
            line.voice,
            int(line.onsets[at]),
            int(line.onsets[at + notes[at] - 1]),
            int(bars[at]),
            tuple(passages.places(line, at, int(notes[at]), int(where[at]))),
        )
        for at in chosen
    ]

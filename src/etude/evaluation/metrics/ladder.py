"""The ladder: which way each measure goes as real music is damaged more, and whether it does.

Conventions
    Damage is that of `etude.evaluation.corruptions` and of `wear`; a strength is the share of the notes or bars it
    touches, and the same notes stay touched at the next strength. Damage without strengths has one step. Each step
    is the mean over the pieces for which the measure is defined at all steps. A measure passes where every step
    goes the way its rung says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np

from etude.evaluation.corruptions import DAMAGES, FULL, damage
from etude.evaluation.metrics.catalogue import METRICS, measure
from etude.evaluation.metrics.wear import WEAR
from etude.score import Score

STRENGTHS = (0.05, 0.1, 0.2, 0.4)

Music = Literal["folk", "chorales", "drums", "piano"]
Moves = Literal["up", "down"]


@dataclass(frozen=True)
class Rung:
    """What a measure must do: which way it goes, as this damage of this kind of music grows."""

    music: Music
    damage: str
    metric: str
    moves: Moves


@dataclass(frozen=True)
class Climb:
    """What a measure did: its means over `pieces` pieces at `strengths`, the first of which is 0."""

    rung: Rung
    strengths: tuple[float, ...]
    means: tuple[float, ...]
    pieces: int

    @property
    def passed(self) -> bool:
        """Whether every step goes the way of the rung; False where no piece could be measured."""
        steps = np.diff(self.means) if self.rung.moves == "up" else -np.diff(self.means)
        return self.pieces > 0 and bool((steps > 0).all())


_TABLE: dict[tuple[Music, str], dict[Moves, str]] = {
    ("folk", "wrong notes in key"): {
        "up": "pitch_range leaps mean_interval interval_entropy transition_entropy turns",
        "down": "stepwise repeated_passages bar_similarity repeated_bars",
    },
    ("folk", "wrong notes out of key"): {
        "up": "pitches pitch_entropy pitch_class_entropy",
        "down": "scale_consistency key_clarity repeated_notes",
    },
    ("folk", "bars interleaved"): {"up": "pitch_classes"},
    ("folk", "shuffled bars"): {"down": "structureness_short structureness_middle structureness_long"},
    ("folk", "looped bar"): {"up": "bar_similarity repeated_bars"},
    ("folk", "cut ending"): {"down": "complete_ending ends_on_tonic cadence final_length"},
    ("folk", "rhythm jitter"): {
        "up": "onset_interval_entropy timing_deviation",
        "down": "groove_consistency groove_similarity valid_bars",
    },
    ("folk", "notes missing"): {
        "up": "silence empty_beats onset_interval",
        "down": "notes notes_per_bar notes_per_second",
    },
    ("folk", "notes cut short"): {"up": "note_length_entropy", "down": "note_length articulation"},
    ("folk", "beats missing"): {"down": "full_bars"},
    ("folk", "unsteady tempo"): {"up": "tempo_spread"},
    ("chorales", "wrong notes in key"): {"up": "parallels"},
    ("chorales", "swapped voices"): {"up": "voice_crossing wide_spacing out_of_range"},
    ("chorales", "notes missing"): {"down": "polyphony polyphony_rate"},
    ("chorales", "rolled chords"): {"up": "chord_spread"},
    ("drums", "rhythm jitter"): {"up": "timing_deviation", "down": "drum_pattern_consistency groove_similarity"},
    ("piano", "loudness at random"): {
        "up": "loudness_step",
        "down": "loudness_memory loudness_swell loudness_height",
    },
    ("piano", "one loudness"): {"down": "loudness_spread"},
    ("piano", "too soft"): {"down": "loudness"},
    ("piano", "no pedal"): {"down": "pedal_share"},
}

LADDER: tuple[Rung, ...] = tuple(
    Rung(music, kind, name, moves)
    for (music, kind), sides in _TABLE.items()
    for moves, names in sides.items()
    for name in names.split()
)


def climb(scores: Sequence[Score], rungs: Sequence[Rung], *, seed: int = 0) -> Iterator[Climb]:
    """What the measures of `rungs` do on these pieces, each damaged with bars of the next; one Climb a rung."""
    for kind, group in groupby(rungs, lambda rung: rung.damage):
        wanted = list(group)
        strengths = STRENGTHS if kind in WEAR or DAMAGES[kind].graded else (FULL,)
        rows = [_damaged(scores, number, kind, strengths, seed) for number in range(len(scores))]
        metrics = [metric for metric in METRICS if metric.name in {rung.metric for rung in wanted}]
        steps = [measure(versions, metrics) for versions in zip(*filter(None, rows))]
        for rung in wanted:
            table = np.array([step[rung.metric] for step in steps]).reshape(len(strengths) + 1, -1)
            known = table[:, ~np.isnan(table).any(axis=0)]
            means = known.mean(axis=1) if known.size else np.full(len(known), np.nan)
            yield Climb(rung, (0.0, *strengths), tuple(means.tolist()), known.shape[1])


def _damaged(
    scores: Sequence[Score], number: int, kind: str, strengths: Sequence[float], seed: int
) -> list[Score] | None:
    """A piece as it is and at each strength; None where it cannot be damaged like this."""
    score, other = scores[number], scores[(number + 1) % len(scores)]
    versions = [score]
    for strength in strengths:
        random = np.random.default_rng([seed, number])
        if kind in WEAR:
            versions.append(WEAR[kind](score, strength, random))
            continue
        found = damage(kind, score, strength, other, random)
        if found is None:
            return None
        versions.append(found.score)
    return versions

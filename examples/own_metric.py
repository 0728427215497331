"""A measure of your own beside etude's: python examples/own_metric.py FILE...

Shows: what a Score holds (a NumPy table of notes, bar lines), and that a metric is a function of an Analysis (the
Score and what measures share) with a name, a family, a unit and a source. NaN means "not defined for this piece";
it is never 0.
"""

import math
import sys

import numpy as np

import etude
from etude.evaluation import METRICS, Analysis, Metric
from etude.score import bar_starts


def marked_downbeats(music: Analysis) -> float:
    """Share of the bars on whose first beat a note begins; NaN without notes."""
    score = music.score
    if not len(score):
        return math.nan
    return float(np.isin(bar_starts(score)[:-1], score.notes["onset"]).mean())


MARKED_DOWNBEATS = Metric("marked_downbeats", "rhythm", "share", "near reference", "this example", marked_downbeats)


def main(*paths: str) -> None:
    values = etude.measure([etude.read(path) for path in paths], (*METRICS, MARKED_DOWNBEATS))
    for name, column in values.items():
        print(f"{name:>20}: " + "  ".join(f"{value:7.3g}" for value in column))


if __name__ == "__main__":
    main(*sys.argv[1:])

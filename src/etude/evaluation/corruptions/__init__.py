"""Music made wrong on purpose: a judge must tell it from the real thing by how it goes, not by its range.

damage("wrong notes in key", score, 0.05, other, random)     -> Damaged | None: typed, at a strength, whole pieces
CORRUPTIONS["shuffled seconds"](passage, means)              -> Score: passages of performed music, all of it
"""

from etude.evaluation.corruptions.damage import DAMAGES, FULL, STRENGTHS, damage, strengths_of
from etude.evaluation.corruptions.parts import Damaged
from etude.evaluation.corruptions.passages import CORRUPTIONS, Means, PitchTable, passages, random_piano

__all__ = [
    "CORRUPTIONS",
    "DAMAGES",
    "FULL",
    "STRENGTHS",
    "Damaged",
    "Means",
    "PitchTable",
    "damage",
    "passages",
    "random_piano",
    "strengths_of",
]

"""A set of pieces against a reference: how far off, in what, how varied, and how sure that is.

Features.of(scores)                     -> all measures and histograms of the pieces, worked out once
compare_sets(features, reference)       -> SetComparison: overlap, KL, Jensen-Shannon, Frechet distance, with floors
variety(scores, features, reference)    -> Variety: distinct n-grams, distances, copies among themselves, coverage
"""

from etude.evaluation.sets.compare import Apart, SetComparison, compare_sets, frechet_apart
from etude.evaluation.sets.embedding import Embedding
from etude.evaluation.sets.estimates import Estimate, Floor
from etude.evaluation.sets.features import Features
from etude.evaluation.sets.variety import Variety, variety

__all__ = [
    "Apart",
    "Embedding",
    "Estimate",
    "Features",
    "Floor",
    "SetComparison",
    "Variety",
    "compare_sets",
    "frechet_apart",
    "variety",
]

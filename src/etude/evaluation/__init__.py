"""How good is it: likelihoods on held-out pieces beside baselines, and musical measures. No torch, no models.

likelihood(scorer, pieces, "full", notes=..., field_names=...)      -> Likelihood
HeldOut(pieces, ..., seconds, parts).price(scorer, "full")          -> the same, in every unit
baselines(train_pieces, valid_pieces, field_sizes)                  -> {name: scorer}
table({"model": ..., "ngram": ...})                                 -> rows with paired intervals
measure(scores)                                                     -> {metric: float64[S]}
profile(scores)                                                     -> {profile: [float64 array of each score]}
measure_originality(score, Passages.of(training))                   -> Originality: what is copied, from where
compare_sets(Features.of(scores), Features.of(reference))           -> SetComparison: distances, intervals, floors
set_measures(scores, training_scores)                               -> {metric: float} of the set as a whole
validity(checks)                                                    -> Validity of written tunes
"""

from etude.evaluation.baselines import Baselines, Uniform, baselines, tuned, two_fold
from etude.evaluation.comparison import Difference, Row, paired, paired_bits, table
from etude.evaluation.diversity import SET_METRICS, SetMetric, set_measures
from etude.evaluation.gapped import Gapped
from etude.evaluation.heldout import HeldOut, happenings
from etude.evaluation.likelihood import Likelihood, Part, joined, likelihood, price_all
from etude.evaluation.metrics import (
    METRICS,
    PROFILES,
    Analysis,
    Axis,
    Metric,
    Profile,
    all_metrics,
    measure,
    profile,
    repeat_rate,
)
from etude.evaluation.originality import Originality, Passages, copied_share, longest_copied, measure_originality
from etude.evaluation.predictions import Predictions, predictions
from etude.evaluation.protocols import Protocol
from etude.evaluation.resolution import RESOLUTION, Grid, grids, surcharge
from etude.evaluation.sets import Features, SetComparison, Variety, compare_sets, variety
from etude.evaluation.validity import Checked, Share, Validity, validity

__all__ = [
    "METRICS",
    "PROFILES",
    "RESOLUTION",
    "SET_METRICS",
    "Analysis",
    "Axis",
    "Baselines",
    "Checked",
    "Difference",
    "Features",
    "Gapped",
    "Grid",
    "HeldOut",
    "Likelihood",
    "Metric",
    "Originality",
    "Part",
    "Passages",
    "Predictions",
    "Profile",
    "Protocol",
    "Row",
    "SetComparison",
    "SetMetric",
    "Share",
    "Uniform",
    "Validity",
    "Variety",
    "all_metrics",
    "baselines",
    "compare_sets",
    "copied_share",
    "grids",
    "happenings",
    "joined",
    "likelihood",
    "longest_copied",
    "measure",
    "measure_originality",
    "paired",
    "paired_bits",
    "predictions",
    "price_all",
    "profile",
    "repeat_rate",
    "set_measures",
    "surcharge",
    "table",
    "tuned",
    "two_fold",
    "validity",
    "variety",
]

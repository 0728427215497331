"""How good is it: likelihoods on held-out pieces beside baselines, and musical measures. No torch, no models.

likelihood(scorer, pieces, "full", notes=..., field_names=...)      -> Likelihood
baselines(train_pieces, valid_pieces, field_sizes)                  -> {name: scorer}
table({"model": ..., "ngram": ...})                                 -> rows with paired intervals
measure(scores)                                                     -> {metric: float64[S]}
"""

from etude.evaluation.baselines import Baselines, Uniform, baselines
from etude.evaluation.comparison import Difference, Row, paired, table
from etude.evaluation.likelihood import Likelihood, joined, likelihood, price_all
from etude.evaluation.musical import METRICS, Metric, measure
from etude.evaluation.predictions import Predictions, predictions
from etude.evaluation.protocols import Protocol

__all__ = [
    "METRICS",
    "Baselines",
    "Difference",
    "Likelihood",
    "Metric",
    "Predictions",
    "Protocol",
    "Row",
    "Uniform",
    "baselines",
    "joined",
    "likelihood",
    "measure",
    "paired",
    "predictions",
    "price_all",
    "table",
]

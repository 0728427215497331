"""Critics: judges of whole pieces, trained on any collection; and of passages of piano music, for seed 3.

load_judge("critics/folk").chances(scores)       -> float64[S], the chance of being real; needs no torch
train_critic(collection, folder, CriticSettings())        -> report card; what it hears is in `hearing`
compare(scores, collection)                      -> can fresh critics tell them from real music?
"""

from etude.lab.critic.passages import KINDS, MODEL, RANDOM, Judge, Listener, Passages, School, train_judge

__all__ = ["KINDS", "MODEL", "RANDOM", "Judge", "Listener", "Passages", "School", "train_judge"]

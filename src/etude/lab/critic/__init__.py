"""Critics: one of whole pieces of any collection (`train`, `score`, `compare`), one of passages of piano music."""

from etude.lab.critic.passages import KINDS, MODEL, RANDOM, Judge, Listener, Passages, School, train_judge

__all__ = ["KINDS", "MODEL", "RANDOM", "Judge", "Listener", "Passages", "School", "train_judge"]

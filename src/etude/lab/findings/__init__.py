"""What figures mean, in words, and which option answers them: of a training, of a likelihood, of music.

of_training(records, floors, facts)   how the loss went, and which floor it came below
of_evaluation(model, baselines, ...)  what held-out music costs beside the floors
of_set(comparison, variety)           a set as a whole beside a reference
of_music(measured, real)              repetitive, random or incoherent, beside the band of real pieces
"""

from etude.lab.findings.base import Finding
from etude.lab.findings.music import of_music, of_set
from etude.lab.findings.pricing import of_evaluation
from etude.lab.findings.training import Facts, of_training

__all__ = ["Facts", "Finding", "of_evaluation", "of_music", "of_set", "of_training"]

"""Masks that guarantee: what a person wants of a piece, obeyed by whatever any model draws in any encoding."""

from etude.sampling.constraints.filling import Filling
from etude.sampling.constraints.under import Constrained, Given, can_close, constrained
from etude.sampling.constraints.wanted import Constraints

__all__ = ["Constrained", "Constraints", "Filling", "Given", "can_close", "constrained"]

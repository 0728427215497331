"""Blind pairs: what a model makes beside its baseline and beside real music, for people to judge.

make_pairs("folk", Path("pairs"), Ask())     -> a page that names nobody, its sounds, and a key beside it
read_pairs(Path("pairs"), answers)           -> Results: who was preferred, how certainly, how far people agree
"""

from etude.lab.listening.making import Ask, Pairs, make_pairs
from etude.lab.listening.results import Results, read_pairs

__all__ = ["Ask", "Pairs", "Results", "make_pairs", "read_pairs"]

"""Is it new: the longest passage a piece shares with the music a model learned from, where, and what is usual.

Passages.of(scores, names)              -> the index; `span=SPAN` for the hashed form
measure_originality(score, passages, band=...)  -> Originality
human_band(held_out, passages)          -> Band: the same figures of real pieces
save_passages, load_passages            the hashed index as a file
"""

from etude.evaluation.originality.index import SPAN, Passages, Place
from etude.evaluation.originality.lines import Line, lines
from etude.evaluation.originality.report import (
    LEAST,
    Band,
    Originality,
    Quotation,
    copied_share,
    human_band,
    longest_copied,
    measure_originality,
)
from etude.evaluation.originality.store import load_passages, save_passages

__all__ = [
    "LEAST",
    "SPAN",
    "Band",
    "Line",
    "Originality",
    "Passages",
    "Place",
    "Quotation",
    "copied_share",
    "human_band",
    "lines",
    "load_passages",
    "longest_copied",
    "measure_originality",
    "save_passages",
]

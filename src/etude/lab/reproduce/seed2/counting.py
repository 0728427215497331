"""What counting alone gives: unigram, bigram and trigram of pitch, histograms of every field, constants.

Conventions
    Fitted on the training side. Trigram and bigram back off by Witten and Bell (1991): a context that was followed
    by T different pitches gives T more votes to the shorter context. The first notes of a piece follow START.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.notewise import PITCH_WEIGHT, is_note, squared_with_pressure

if TYPE_CHECKING:
    from etude.encodings import Field, Steps

START, PITCHES = 128, 128
_CONTEXTS = PITCHES + 1
_HASH_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits well mixed; products wrap around

Lines = Sequence[NDArray[np.int64]]  # the pitches of each piece


def pitch_lines(pieces: Sequence[Steps]) -> list[NDArray[np.int64]]:
    """Int64[N] a piece: the pitches of its notes."""
    return [piece[is_note(piece), 0].astype(np.int64) - 2 for piece in pieces]


def pitch_references(train: Lines, held: Lines) -> dict[str, float]:
    """Nats per pitch of the held-out lines under uniform, unigram, bigram and trigram."""
    one, two, three = (_grams(train, order) for order in (1, 2, 3))
    p1 = (one[0] + 1) / (one[0].sum() + PITCHES)
    p2 = _smoothed(two, p1[None])
    p3 = _smoothed(three, np.tile(p2, (_CONTEXTS, 1)))
    held_one, held_two, held_three = (_grams(held, order) for order in (1, 2, 3))
    total = held_one.sum()
    return {
        "uniform": math.log(PITCHES),
        "unigram": float(-(held_one[0] * np.log(p1)).sum() / total),
        "bigram": float(-(held_two * np.log(p2)).sum() / total),
        "trigram": float(-(held_three * np.log(p3)).sum() / total),
    }


def _grams(lines: Lines, order: int) -> NDArray[np.float64]:
    """Float64[129 ** (order - 1), 128]: how often each pitch follows each context of order - 1 pitches."""
    rows = _CONTEXTS ** (order - 1)
    counts = np.zeros(rows * PITCHES)
    for line in lines:
        padded = np.concatenate([np.full(order - 1, START), line])
        context = np.zeros(len(line), np.int64)
        for back in range(order - 1):
            context = context * _CONTEXTS + padded[back : back + len(line)]
        counts += np.bincount(context * PITCHES + line, minlength=len(counts))
    return counts.reshape(rows, PITCHES)


def _smoothed(counts: NDArray[np.float64], shorter: NDArray[np.float64]) -> NDArray[np.float64]:
    """Float64[C, 128]: the probabilities of a context's followers."""
    followers = np.maximum((counts > 0).sum(axis=1, keepdims=True), 1)
    out: NDArray[np.float64] = (counts + followers * shorter) / (counts.sum(axis=1, keepdims=True) + followers)
    return out


def histogram_nats(train: Sequence[Steps], held: Sequence[Steps], fields: Sequence[Field]) -> dict[str, float]:
    """Nats per note of every field under its own histogram, each value counted once more than it occurs."""
    learned, asked = (np.concatenate([piece[is_note(piece)] for piece in side]) for side in (train, held))
    out = {}
    for column, field in enumerate(fields):
        counts = np.bincount(learned[:, column], minlength=field.size) + 1.0
        out[field.name] = float(-np.log(counts / counts.sum())[asked[:, column]].mean())
    return out


def constants(train: Sequence[Steps], held: Sequence[Steps], fields: Sequence[Field]) -> dict[str, float]:
    """What one answer for every note scores: the commonest pitch, the mean and the median of step and duration."""
    learned, asked = (np.concatenate([piece[is_note(piece)] for piece in side]) for side in (train, held))
    names = [field.name for field in fields]
    common = np.bincount(learned[:, 0]).argmax()
    out = {"pitch_accuracy": float((asked[:, 0] == common).mean())}
    loss = PITCH_WEIGHT * histogram_nats(train, held, fields)["pitch"]
    for name in ("step", "duration"):
        column = names.index(name)
        values = np.asarray(fields[column].values)
        known, true = values[learned[:, column]], values[asked[:, column]]
        out[f"{name}_mae_seconds"] = float(np.abs(np.median(known) - true).mean())
        loss += squared_with_pressure(np.full(len(true), known.mean()), true)
    return {**out, "weighted_loss": loss}


def repeated_share(train: Lines, held: Lines, length: int = 8) -> float:
    """The share of held-out passages of `length` pitches, intervals counting, that training has too."""
    known, asked = (np.concatenate([_passages(line, length) for line in side]) for side in (train, held))
    return float(np.isin(asked, known).mean()) if len(asked) else math.nan


def _passages(line: NDArray[np.int64], length: int) -> NDArray[np.uint64]:
    """Uint64[N]: a number for each passage of a line, the same for the same intervals (a polynomial hash)."""
    intervals = (np.diff(line) + PITCHES).astype(np.uint64)
    count = max(len(intervals) - length + 2, 0)
    out = np.zeros(count, np.uint64)
    for place in range(length - 1):
        out = out * _HASH_BASE + intervals[place : place + count]
    return out

"""What a split is worth: how much of the validation songs stands in training, as letters and in any key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench

if TYPE_CHECKING:
    from etude.encodings import Steps

LENGTHS = (8, 12, 16, 24, 32, 64)
SHARES = {8: 21.9, 12: 4.7, 16: 2.7, 32: 1.2}  # per cent in the original split, as handed to us with the data
_FIRST, _REST = 2, 14  # values of the first pitch class and of the rest


def as_intervals(steps: Steps) -> Steps:
    """Int32[T, 1]: each pitch class as its distance to the one before, modulo 12; the first as itself.

    Rests and marks stay, so the letters can be had back: a price in this coding is one of the same letters.
    """
    out = steps.copy()
    (pitched,) = np.nonzero((steps[:, 0] >= _FIRST) & (steps[:, 0] < _REST))
    out[pitched[1:], 0] = _FIRST + np.diff(steps[pitched, 0]) % 12
    return out


def found_share(train: Sequence[Steps], valid: Sequence[Steps], length: int) -> float:
    """Share of the passages of `length` symbols in `valid` that stand in `train` too."""
    known = np.unique(_passages(train, length))
    wanted = _passages(valid, length)
    return float(np.isin(wanted, known).mean()) if len(wanted) else float("nan")


def _passages(pieces: Sequence[Steps], length: int) -> NDArray[np.void]:
    """Every passage of `length` symbols inside a piece, marks left out, as bytes."""
    rows = [np.zeros((0, length), np.uint8)]
    for piece in pieces:
        symbols = piece[piece[:, 0] >= _FIRST, 0].astype(np.uint8)
        if len(symbols) >= length:
            rows.append(np.lib.stride_tricks.sliding_window_view(symbols, length))
    joined = np.ascontiguousarray(np.concatenate(rows))
    return joined.view(f"V{length}").ravel()


@dataclass(frozen=True)
class Leak:
    """How much of the validation side of an arm stands in its training side."""

    letters: dict[int, float]  # length -> share of passages
    intervals: dict[int, float]
    songs: int  # validation songs
    repeated: int  # of them, in training from the first interval to the last
    counted: dict[str, float]  # protocol -> nats of plain n-gram counts of intervals


def leak(bench: Bench, arm: str, protocols: Sequence[str]) -> Leak:
    """The Leak of an arm's split; kept."""

    def measure() -> dict[str, Any]:
        material = bench.material(arm)
        train, valid = material.train.pieces(), material.valid.pieces()
        coded = [as_intervals(piece) for piece in train], [as_intervals(piece) for piece in valid]
        moved, held_out = _without_first(coded[0]), _without_first(coded[1])
        tunes = {piece.tobytes() for piece in moved}
        return {
            "letters": [found_share(train, valid, length) for length in LENGTHS],
            "intervals": [found_share(moved, held_out, length) for length in LENGTHS],
            "songs": len(valid),
            "repeated": sum(piece.tobytes() in tunes for piece in held_out),
            "counted": {protocol: _counted(*coded, protocol) for protocol in protocols},
        }

    kept = bench.once(f"{arm}-leak", measure, arms=[arm])
    shares = {name: dict(zip(LENGTHS, kept[name], strict=True)) for name in ("letters", "intervals")}
    return Leak(shares["letters"], shares["intervals"], kept["songs"], kept["repeated"], kept["counted"])


def _without_first(pieces: Sequence[Steps]) -> list[Steps]:
    """The pieces without their first pitch, which is no interval."""
    out = []
    for piece in pieces:
        (pitched,) = np.nonzero((piece[:, 0] >= _FIRST) & (piece[:, 0] < _REST))
        out.append(np.delete(piece, pitched[:1], axis=0))
    return out


def _counted(train: Sequence[Steps], valid: Sequence[Steps], protocol: str) -> float:
    """Nats a symbol of an n-gram of intervals without copying, two-fold."""
    from etude.evaluation import Baselines, HeldOut, two_fold

    fitted = Baselines.fit(train, (15,))
    models = {"ngram": fitted.models["ngram"]}
    held = HeldOut.of(valid, [1] * len(valid), ("symbol",))
    return two_fold(models, held, protocol)["ngram"].nats_per_step


def table(leaks: dict[str, Leak]) -> Table:
    """Shares of passages in per cent, a row a split and coding."""
    rows: list[tuple[Any, ...]] = []
    for arm, found in leaks.items():
        rows += [
            (arm, coding, *(100 * shares[length] for length in LENGTHS))
            for coding, shares in (("letters", found.letters), ("intervals (any key)", found.intervals))
        ]
    rows.append(("original, as handed to us", "letters", *(SHARES.get(length) for length in LENGTHS)))
    note = "Per cent of the validation passages of so many symbols that stand in a training song (not transposed)."
    return Table("What the split lets through", ("split", "coding", *map(str, LENGTHS)), rows, note, digits=1)


def sentences(leaks: dict[str, Leak]) -> list[str]:
    """What each split does, from the figures."""
    out = []
    for arm, found in leaks.items():
        price = ", ".join(f"{nats:.3f} nats under {protocol}" for protocol, nats in found.counted.items())
        out.append(
            f"Split of '{arm}': {found.repeated} of {found.songs} validation songs stand in training whole, in "
            f"another key; counts of intervals alone, no network, cost {price}."
        )
    return out

"""Whether an export still is the model it came from, and which precision may stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.engine.exported import Exported
from etude.errors import EtudeError, UsageError

INT8_MAY_MOVE = 0.005  # share by which 8-bit weights may move the held-out likelihood
FP32_MAY_MOVE = 1e-3  # share of the likelihood, and logit, by which rounding may move an fp32 export

Pieces = Sequence[NDArray[np.int32]]


@dataclass(frozen=True)
class Parity:
    """How far an export is from its source.

    max_logit_error     over all fields, stepped, at two lengths (a prompt fed whole, and step by step)
    nats_per_step       of the export on the pieces
    source_nats_per_step
    change              (export - source) / source, of nats per step
    """

    max_logit_error: float
    nats_per_step: float
    source_nats_per_step: float

    @property
    def change(self) -> float:
        """The share by which the export's nats per step differ from the source's."""
        return self.nats_per_step / self.source_nats_per_step - 1


def parity(exported: Exported, source: Any, pieces: Pieces, *, steps: int = 64) -> Parity:
    """The Parity of `exported` with its `source` (a Stepper and Scorer) on `pieces` (int32[T, K] each).

    Logits are compared over the first `steps` steps of the first piece: fed whole, then one at a time.
    """
    sample = next((piece[: steps + 1] for piece in pieces if len(piece) > 2), None)
    if sample is None:
        raise UsageError("A parity test needs a piece of three steps or more.")
    ours, theirs = (_nats_per_step(model, pieces) for model in (exported, source))
    return Parity(_logit_error(exported, source, sample), ours, theirs)


def _nats_per_step(scorer: Any, pieces: Pieces) -> float:
    """Of all pieces together, priced many at once where the scorer can."""
    many = getattr(scorer, "nats_many", None)
    nats = many(pieces) if many else [scorer.nats(piece) for piece in pieces]
    return float(np.concatenate(nats).sum(axis=1).mean())


def _logit_error(exported: Exported, source: Any, sample: NDArray[np.int32]) -> float:
    """The largest difference between two logits of the two models."""
    half = len(sample) // 2
    states = [model.feed(model.start(), sample[:half]) for model in (exported, source)]
    worst = 0.0
    for at in range(half, len(sample)):
        target = [int(value) for value in sample[at]]
        for field in range(len(target)):
            ours, theirs = (model.logits(state, target[:field]) for model, state in zip((exported, source), states))
            worst = max(worst, float(np.abs(ours - theirs).max()))
        states = [model.feed(state, sample[at : at + 1]) for model, state in zip((exported, source), states)]
    return worst


@dataclass(frozen=True)
class Choice:
    """The export that may stand: its bytes, its precision, and the parity of each precision tried (always fp32)."""

    data: bytes
    precision: str
    tried: dict[str, Parity]


def choose_precision(make: Callable[[bool], bytes], source: Any, pieces: Pieces, precision: str = "auto") -> Choice:
    """The export in the `precision` asked for; "auto": int8 where it moves the likelihood of `pieces` < 0.5 %.

    `make(int8)` gives the bytes of an export. Raises EtudeError when fp32, which only rounds, is not the source.
    """
    exact = make(False)
    tried = {"fp32": parity(Exported(exact), source, pieces)}
    if max(abs(tried["fp32"].change), tried["fp32"].max_logit_error) > FP32_MAY_MOVE:
        raise EtudeError(
            f"The export is not the model it came from: logits differ by {tried['fp32'].max_logit_error:.2g}. "
            "Nothing was written. Please report this with the recipe of the run."
        )
    if precision == "fp32":
        return Choice(exact, "fp32", tried)
    small = make(True)
    tried["int8"] = parity(Exported(small), source, pieces)
    if precision == "int8" or abs(tried["int8"].change) < INT8_MAY_MOVE:
        return Choice(small, "int8", tried)
    return Choice(exact, "fp32", tried)

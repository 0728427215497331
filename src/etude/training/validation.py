"""The held-out pieces, priced during training."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.models.model import Model
from etude.models.pricing import nats_many
from etude.training.protocols import Validation


def price(model: Model, validation: Validation) -> NDArray[np.float64] | None:
    """Float64[K]: nats per step of every field over the validation pieces; None where there is nothing to price."""
    nats = nats_many(model, validation.pieces)
    steps = sum(len(piece) for piece in nats)
    return np.sum([piece.sum(axis=0) for piece in nats], axis=0) / steps if steps else None


def figures(nats: NDArray[np.float64] | None, validation: Validation) -> dict[str, Any]:
    """The figures of validation in all their units, from nats per step and field."""
    if nats is None:
        return {"valid_loss": None, "valid_nats_per_field": None, "perplexity": None, "bits_per_note": None}
    steps = sum(max(len(piece) - 1, 0) for piece in validation.pieces)
    loss = float(nats.sum())
    return {
        "valid_loss": loss,
        "valid_nats_per_field": nats.tolist(),
        "perplexity": math.exp(min(loss, 700.0)),
        "bits_per_note": loss * steps / math.log(2) / validation.notes if validation.notes else None,
        "floors": dict(validation.floors),
    }

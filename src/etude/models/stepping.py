"""A torch model as a Stepper (one event at a time) and a Scorer (whole sequences)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from etude.errors import UsageError
from etude.models.model import Model
from etude.models.pricing import CHUNK, log_probabilities, nats_many


class Heard(NamedTuple):
    """What the body remembers, and the vector float[1, 1, I] the next step is drawn from (None: nothing heard)."""

    body: Any
    hidden: Tensor | None


class TorchStepper:
    """Stepper and Scorer around a model, which it puts into evaluation mode. States are never changed in place."""

    def __init__(self, model: Model) -> None:
        self.model = model.eval()
        self.device = next(model.parameters()).device

    @property
    def field_sizes(self) -> tuple[int, ...]:
        """The vocabulary size of each field, in order."""
        return self.model.field_sizes

    def start(self) -> Heard:
        """The state before anything was heard."""
        return Heard(self.model.body.start(1), None)

    def fork(self, state: Heard) -> Heard:
        """The state itself: feeding never changes it."""
        return state

    @torch.no_grad()
    def feed(self, state: Heard, steps: NDArray[np.int32]) -> Heard:
        """The state after `steps` (int32[T, K]) more."""
        self.model.eval()
        for start in range(0, len(steps), CHUNK):
            piece = torch.from_numpy(np.asarray(steps[start : start + CHUNK], np.int64))[None].to(self.device)
            hidden, body = self.model.body(piece, state.body)
            state = Heard(body, hidden[:, -1:])
        return state

    @torch.no_grad()
    def logits(self, state: Heard, chosen: Sequence[int] = ()) -> NDArray[np.float32]:
        """Float32[V_k]: scores of field k = len(chosen) of the next step, given its earlier fields."""
        if state.hidden is None:
            raise UsageError(
                "The model has heard nothing yet, so it has no expectation. Feed the begin step first."
            )
        before = torch.tensor([[list(chosen)]], dtype=torch.int64, device=self.device)
        return self.model.head(state.hidden, before)[0, 0].float().cpu().numpy()  # type: ignore[no-any-return]

    def nats(self, steps: NDArray[np.int32]) -> NDArray[np.float64]:
        """Float64[T - 1, K]: -ln p of every field of steps[1:], each given all that stands before it."""
        return nats_many(self.model, [steps])[0]

    def nats_many(self, sequences: Sequence[NDArray[np.int32]]) -> list[NDArray[np.float64]]:
        """`nats` of every sequence (int32[T, K] each), many at once."""
        return nats_many(self.model, sequences)

    def nats_context(
        self, sequences: Sequence[NDArray[np.int32]], visible: int | None
    ) -> list[NDArray[np.float64]]:
        """`nats` of every sequence where each target sees at most `visible` steps before it."""
        return nats_many(self.model, sequences, visible)

    def log_probabilities(
        self, sequences: Sequence[NDArray[np.int32]], visible: int | None = None
    ) -> list[list[NDArray[np.float32]]]:
        """Float32[T - 1, V_k] a sequence and field: ln p of every value, given the step's true earlier fields."""
        return log_probabilities(self.model, sequences, visible)

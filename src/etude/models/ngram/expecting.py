"""Any model's log-probabilities of whole sequences, remembered: mixing looks at them more than once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.stepper import Stepper

Steps = NDArray[np.int32]
Expected = list[NDArray[np.float32]]  # of each field, float32[T - 1, V_k]

REMEMBERED = 2**28  # bytes of log-probabilities that are kept


class Expecting:
    """A model that also tells ln p of every value of every step; Stepper and Scorer.

    A model with a method `log_probabilities(sequences, visible)` is asked for all at once, another one is stepped.
    """

    def __init__(self, model: Stepper) -> None:
        self.model: Any = model
        self._kept: dict[tuple[bytes, int | None], Expected] = {}
        self._room = REMEMBERED

    @property
    def field_sizes(self) -> tuple[int, ...]:
        """The vocabulary size of each field, in order."""
        return tuple(self.model.field_sizes)

    def start(self) -> Any:
        """The state before anything was heard."""
        return self.model.start()

    def feed(self, state: Any, steps: Steps) -> Any:
        """The state after `steps` (int32[T, K]) more; the one handed in may be used up."""
        return self.model.feed(state, steps)

    def fork(self, state: Any) -> Any:
        """A copy that stays good when the original is fed."""
        return self.model.fork(state)

    def logits(self, state: Any, chosen: Sequence[int] = ()) -> NDArray[np.float32]:
        """Float32[V_k]: ln p of each value of field k = len(chosen) of the next step, given its earlier fields."""
        return _log_softmax(self.model.logits(state, chosen))

    def log_probabilities(self, sequences: Sequence[Steps], visible: int | None = None) -> list[Expected]:
        """Float32[T - 1, V_k] a sequence and field: ln p of every value, given the step's true earlier fields.

        Each target sees at most `visible` steps before it.
        """
        keys = [(steps.tobytes(), visible) for steps in sequences]
        asked = {key: steps for key, steps in zip(keys, sequences) if key not in self._kept}
        found = dict(zip(asked, self._ask(list(asked.values()), visible), strict=True))
        for key, expected in found.items():
            self._keep(key, expected)
        return [found[key] if key in found else self._kept[key] for key in keys]

    def nats(self, steps: Steps) -> NDArray[np.float64]:
        """Float64[T - 1, K]: -ln p of every field of steps[1:], each given all that stands before it."""
        return self.nats_many([steps])[0]

    def nats_many(self, sequences: Sequence[Steps]) -> list[NDArray[np.float64]]:
        """`nats` of each sequence."""
        return self.nats_context(sequences, None)

    def nats_context(self, sequences: Sequence[Steps], visible: int | None) -> list[NDArray[np.float64]]:
        """`nats` of each sequence where each target sees at most `visible` steps before it."""
        expected = self.log_probabilities(sequences, visible)
        return [_true(fields, steps) for fields, steps in zip(expected, sequences, strict=True)]

    def _ask(self, sequences: list[Steps], visible: int | None) -> list[Expected]:
        if hasattr(self.model, "log_probabilities"):
            return list(self.model.log_probabilities(sequences, visible)) if sequences else []
        return [self._stepped(steps, visible) for steps in sequences]

    def _stepped(self, steps: Steps, visible: int | None) -> Expected:
        """One sequence, step by step; targets that do not see its beginning get a state of their own."""
        rows: list[list[NDArray[np.float32]]] = [[] for _ in self.field_sizes]
        state = None
        for target in range(1, len(steps)):
            if visible is not None and target > visible:
                state = self.feed(self.start(), steps[target - visible : target])
            else:
                state = self.feed(self.start() if state is None else state, steps[target - 1 : target])
            chosen = [int(value) for value in steps[target]]
            for field, row in enumerate(rows):
                row.append(self.logits(state, chosen[:field]))
        return [
            np.array(row, np.float32).reshape(-1, size) for row, size in zip(rows, self.field_sizes, strict=True)
        ]

    def _keep(self, key: tuple[bytes, int | None], expected: Expected) -> None:
        size = sum(values.nbytes for values in expected)
        if size <= self._room:
            self._room -= size
            self._kept[key] = expected


def _true(expected: Expected, steps: Steps) -> NDArray[np.float64]:
    rows = np.arange(len(steps) - 1 if len(steps) else 0)
    columns = [-values[rows, steps[1:, field]] for field, values in enumerate(expected)]
    return np.stack(columns, axis=1).astype(np.float64)


def _log_softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    wide = scores.astype(np.float64)
    return np.asarray(wide - np.logaddexp.reduce(wide), np.float32)

"""What every Stepper and Scorer must hold, whatever is inside it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def check_stepper(stepper: Any, steps: NDArray[np.int32], *, cut: int = 1, tolerance: float = 1e-4) -> None:
    """Raises AssertionError where a law is broken over `steps` (int32[T >= 3, K], inside the field sizes).

    1. fed whole, cut at `cut`, or one at a time, the logits are the same, within `tolerance`;
    2. a fork, early or late, stays good when the original is fed;
    3. every field's probabilities are finite and sum to one;
    4. logits do not depend on what was asked before;
    5. if it is a Scorer, `nats` agrees with the logits of every single step.
    """
    sizes = tuple(stepper.field_sizes)
    assert steps.shape[1:] == (len(sizes),), "the steps must be int32[T, K] of this model"
    whole = _expectation(stepper, stepper.feed(stepper.start(), steps))
    split = stepper.feed(stepper.feed(stepper.start(), steps[:cut]), steps[cut:])
    _same(whole, _expectation(stepper, split), tolerance, f"the steps cut at {cut}")
    for at in (1, len(steps) - 1):
        _check_fork(stepper, steps, at, tolerance)
    _check_asking(stepper, steps)
    singly = _check_singly(stepper, steps, whole, tolerance)
    if hasattr(stepper, "nats"):
        nats = stepper.nats(steps)
        assert nats.shape == (len(steps) - 1, len(sizes)), f"nats has the shape {nats.shape}"
        _same([nats], [singly], 10 * tolerance, "nats against logits step by step")
        assert stepper.nats(steps[:1]).shape == (0, len(sizes)), "one step alone has no price"


def _check_asking(stepper: Any, steps: NDArray[np.int32]) -> None:
    state = stepper.feed(stepper.start(), steps[:-1])
    first = _expectation(stepper, state, steps[-1])
    for other in steps[: len(steps) // 2]:
        _expectation(stepper, state, other)
        _same(first, _expectation(stepper, state, steps[-1]), 0.0, "the same question, asked again")


def _check_fork(stepper: Any, steps: NDArray[np.int32], at: int, tolerance: float) -> None:
    state = stepper.feed(stepper.start(), steps[:at])
    copy = stepper.fork(state)
    before = _expectation(stepper, copy)
    ahead = stepper.feed(state, steps[at:])
    _same(before, _expectation(stepper, copy), 0.0, "a fork after its original was fed")
    later = _expectation(stepper, stepper.feed(copy, steps[at:]))
    _same(_expectation(stepper, ahead), later, tolerance, "a fork fed like its original")


def _check_singly(
    stepper: Any, steps: NDArray[np.int32], whole: list[NDArray[np.float32]], tolerance: float
) -> NDArray[np.float64]:
    """Float64[T - 1, K]: nats of steps[1:] from the logits of each single step."""
    state = stepper.feed(stepper.start(), steps[:1])
    nats = np.zeros((len(steps) - 1, steps.shape[1]))
    for row, step in enumerate(steps[1:]):
        for field, logits in enumerate(_expectation(stepper, state, step)):
            scores = logits.astype(np.float64)
            total = np.logaddexp.reduce(scores)
            assert np.isfinite(total), f"the probabilities of field {field} have no sum"
            assert abs(np.exp(scores - total).sum() - 1) < 1e-9, f"field {field} does not sum to one"
            nats[row, field] = total - scores[step[field]]
        state = stepper.feed(state, steps[row + 1 : row + 2])
    last = _expectation(stepper, state)
    _same(whole, last, tolerance, "the steps fed one at a time")
    return nats


def _expectation(stepper: Any, state: Any, step: NDArray[np.int32] | None = None) -> list[NDArray[np.float32]]:
    """Copies of the logits of each field, given the fields of `step` (zeros if None) before it."""
    chosen = [0] * len(stepper.field_sizes) if step is None else [int(value) for value in step]
    out = [np.array(stepper.logits(state, chosen[:field])) for field in range(len(chosen))]
    for field, (logits, size) in enumerate(zip(out, stepper.field_sizes)):
        assert logits.shape == (size,), f"field {field}: logits of shape {logits.shape}, not ({size},)"
        assert not np.isnan(logits).any(), f"field {field}: a logit is not a number"
    return out


def _same(one: Any, other: Any, tolerance: float, what: str) -> None:
    for field, (a, b) in enumerate(zip(one, other)):
        agree = (a == b) | (np.abs(np.where(a == b, 0, a) - np.where(a == b, 0, b)) <= tolerance)
        assert agree.all(), f"{what}: field {field} differs by {np.abs(a - b).max():.3g}"

"""The laws of torch models as `etude.models.build` makes them; those of steppers are in `stepper_laws`.

Every `check_*` raises AssertionError saying which law was broken and by how much.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    from etude.models.model import Model

TOLERANCE = 1e-4  # of logits in float32


def random_steps(field_sizes: Sequence[int], length: int, seed: int) -> NDArray[np.int32]:
    """Int32[length, K]: steps drawn uniformly from the vocabularies of the fields."""
    random = np.random.default_rng(seed)
    return np.stack([random.integers(0, size, length) for size in field_sizes], axis=1).astype(np.int32)


def stirred(model: Model, seed: int = 0, amount: float = 0.1) -> Model:
    """The model with noise on every weight, evaluating: fresh weights hide mistakes behind zeros."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=amount)
        for name, buffer in model.named_buffers():
            if name.endswith("running_mean"):
                buffer.add_(torch.randn(buffer.shape, generator=generator), alpha=amount)
    return model.eval()


def check_cutting_changes_nothing(model: Model, cuts: Sequence[int], length: int = 40) -> None:
    """A sequence cut anywhere, the state carried over, gives the hidden vectors and logits of the whole."""
    import torch

    steps = _batch(model, 2, length)
    with torch.no_grad():
        whole, _ = model.body(steps)
        parts, state = [], None
        for start, stop in itertools.pairwise([0, *sorted(set(cuts)), length]):
            hidden, state = model.body(steps[:, start:stop], state)
            parts.append(hidden)
        pieces = torch.cat(parts, dim=1)
        error = float((pieces - whole).abs().max())
        assert error < TOLERANCE, f"cut at {cuts}, hidden vectors differ by {error:.2e}"
        for field, (one, other) in enumerate(
            zip(model.head.all(whole, steps), model.head.all(pieces, steps), strict=True)
        ):
            error = float((one - other).abs().max())
            assert error < TOLERANCE, f"cut at {cuts}, logits of field {field} differ by {error:.2e}"


def check_future_never_leaks(model: Model, at: int, length: int = 40) -> None:
    """Other steps from `at` on change no hidden vector before; step `at` does change its own."""
    import torch

    steps = _batch(model, 2, length)
    other = steps.clone()
    sizes = torch.tensor(model.field_sizes)
    other[:, at:] = (steps[:, at:] + 1) % sizes
    with torch.no_grad():
        (before, _), (after, _) = model.body(steps), model.body(other)
    leak = float((before[:, :at] - after[:, :at]).abs().max()) if at else 0.0
    assert leak == 0.0, f"steps from {at} on changed what stood before them by {leak:.2e}"
    assert not torch.equal(before[:, at], after[:, at]), f"step {at} is not heard at all"


def check_later_fields_never_leak(model: Model) -> None:
    """`head.all` prices field k the same whatever fields k, k + 1, ... of the step are, and as `head` does."""
    import torch

    steps = _batch(model, 2, 6)
    sizes = torch.tensor(model.field_sizes)
    with torch.no_grad():
        hidden, _ = model.body(steps)
        plain = list(model.head.all(hidden, steps))
        for field in range(len(model.field_sizes)):
            other = steps.clone()
            other[..., field:] = (steps[..., field:] + 1) % sizes[field:]
            moved = list(model.head.all(hidden, other))[field]
            assert torch.equal(plain[field], moved), f"field {field} sees itself or a later field"
            alone = model.head(hidden, steps[..., :field])
            error = float((alone - plain[field]).abs().max())
            assert error < TOLERANCE, f"head and head.all differ by {error:.2e} in field {field}"


def check_probabilities_sum_to_one(model: Model) -> None:
    """Over all steps there can be, exp(-nats) sums to one: the chain rule. For small vocabularies only."""
    import torch

    every = np.array(list(itertools.product(*(range(size) for size in model.field_sizes))), np.int64)
    history = _batch(model, 1, 5)[0]
    rows = torch.from_numpy(np.stack([np.concatenate([history.numpy(), step[None]]) for step in every]))
    with torch.no_grad():
        nats = model.nats(rows)[:, -1].double().sum(-1)
    total = float(torch.exp(-nats).sum())
    assert abs(total - 1) < 1e-5, f"the probabilities of {len(every)} possible steps sum to {total:.7f}"


def check_state_is_not_changed(model: Model) -> None:
    """Feeding leaves the state that went in as it was: feeding it again gives the same."""
    import torch

    steps = _batch(model, 2, 20)
    with torch.no_grad():
        _, state = model.body(steps[:, :12])
        copies = [tensor.clone() for tensor in tensors_in(state)]
        first, _ = model.body(steps[:, 12:], state)
        second, _ = model.body(steps[:, 12:], state)
    assert torch.equal(first, second), "feeding the same state twice gives different hidden vectors"
    for copy, tensor in zip(copies, tensors_in(state), strict=True):
        assert torch.equal(copy, tensor), "a tensor of the state was changed in place"


def check_rows_are_independent(model: Model) -> None:
    """A row of a batch comes out as it does alone."""
    import torch

    steps = _batch(model, 3, 20)
    with torch.no_grad():
        together, _ = model.body(steps)
        alone, _ = model.body(steps[1:2])
    error = float((together[1] - alone[0]).abs().max())
    assert error < TOLERANCE, f"a row alone differs by {error:.2e} from the same row in company"


def check_every_weight_learns(model: Model) -> None:
    """Every parameter gets a gradient that is a number, and somewhere not zero, from the loss of one batch."""
    import torch

    model.zero_grad()
    loss, _ = model.losses(_batch(model, 4, 30))
    torch.autograd.backward(loss.mean())
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, f"{name} takes no part in the loss"
        assert bool(torch.isfinite(parameter.grad).all()), f"{name} has a gradient that is no number"
        assert bool(parameter.grad.abs().max() > 0), f"{name} has no gradient"


def tensors_in(state: Any) -> list[Tensor]:
    """All tensors in a nested state, in order."""
    import torch

    if isinstance(state, torch.Tensor):
        return [state]
    return [tensor for part in state for tensor in tensors_in(part)] if isinstance(state, tuple) else []


def _batch(model: Model, rows: int, length: int) -> Tensor:
    """Int64[rows, length, K] on the model's device: random steps."""
    import torch

    steps = np.stack([random_steps(model.field_sizes, length, row) for row in range(rows)])
    return torch.from_numpy(steps.astype(np.int64)).to(next(model.parameters()).device)

"""The network of the TensorFlow music tutorial: its size, its loss, and the likelihood that stands beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from etude.encodings import build as encoding_of
from etude.errors import UsageError
from etude.evaluation import likelihood
from etude.models import ModelConfig, TorchStepper, build
from etude.models.means import MeanHead
from etude.models.model import Model, parameter_count
from etude.testing import model_laws as laws

TUTORIAL = {
    **{"kind": "window", "window": 25, "head": "mean", "real_loss": "squared"},
    **{"scales": (128.0, 1.0, 1.0, 128.0), "field_weights": (0.05, 1.0, 1.0, 1.0)},
}


def model(velocities: int = 1, **settings: Any) -> Model:
    fields = encoding_of("notes", velocities=velocities).fields
    torch.manual_seed(2)
    config = ModelConfig(**{**TUTORIAL, **settings})
    return build(config, [field.size for field in fields], [field.values for field in fields])


def notes(length: int, seed: int = 0) -> np.ndarray[Any, np.dtype[np.int32]]:
    random = np.random.default_rng(seed)
    steps = np.zeros((length, 4), np.int32)
    steps[:, 0] = random.integers(2, 130, length)
    steps[:, 1:3] = random.integers(0, 60, (length, 2))
    return steps


@pytest.mark.parametrize(
    ("settings", "trained", "beside"),
    [
        ({}, 84_354, 4),  # as the notebooks print it: 67,584 + 16,512 + 129 + 129
        ({"sizes": (256, 128), "dropout": 0.3}, 266_240 + 197_120 + 16_770, 4),
        ({"both_ways": True, "last_dropout": 0.2}, 2 * 67_584 + 128 * 257 + 2 * 257, 4),
        ({"dense": 64, "last_dropout": 0.2}, 67_584 + 64 * 129 + 128 * 65 + 2 * 65, 4),
        ({"sizes": (256, 128), "dense": 64}, 266_240 + 197_120 + 64 * 129 + 128 * 65 + 2 * 65, 4),
        ({"velocities": 32}, 84_354 + 4 * 128 + 129, 5),  # one input and one head more
    ],
)
def test_the_networks_have_as_many_numbers_as_in_keras(settings: dict[str, Any], trained: int, beside: int) -> None:
    one = model(**settings)
    assert isinstance(one.head, MeanHead)
    assert one.head.beside == beside
    assert parameter_count(one) == trained + beside


def test_the_loss_is_the_tutorial_s() -> None:
    one = model()
    with torch.no_grad():
        one.head.out["1"].bias.sub_(0.5)  # a predicted wait below zero, which costs more
    steps = torch.from_numpy(notes(40).astype(np.int64))[None]
    hidden, _ = one.body(steps[:, :-1])
    head = one.head
    scores, wait, duration = (head.out[name](hidden) for name in "012")
    target = steps[:, 1:]
    fields = encoding_of("notes", velocities=1).fields
    loss = 0.05 * torch.nn.functional.cross_entropy(
        scores.flatten(0, 1), target[..., 0].flatten() - 2, reduction="none"
    ).view(1, -1)
    for field, said in ((1, wait), (2, duration)):
        true = torch.tensor(fields[field].values)[target[..., field]]
        loss = loss + (true - said[..., 0]) ** 2 + 10 * torch.clamp(-said[..., 0], min=0)
    found, _ = one.losses(steps)
    network = [p for name, p in one.named_parameters() if name.startswith(("body", "head.out"))]
    mine, theirs = (torch.autograd.grad(x.mean(), network, retain_graph=True) for x in (found, loss))
    assert (wait < 0).any()
    for one_gradient, other in zip(mine, theirs, strict=True):
        assert torch.allclose(one_gradient, other, atol=1e-6)


def test_what_makes_it_a_likelihood_learns_without_moving_the_network() -> None:
    one = model()
    steps = torch.from_numpy(notes(60).astype(np.int64))[None]
    _, before = one.losses(steps)
    beside = [p for name, p in one.named_parameters() if not name.startswith(("body", "head.out"))]
    optimiser = torch.optim.Adam(beside, lr=0.05)
    network = {name: p.clone() for name, p in one.named_parameters() if name.startswith(("body", "head.out"))}
    for _ in range(40):
        optimiser.zero_grad()
        torch.autograd.backward(one.losses(steps)[0].mean())
        optimiser.step()
    _, after = one.losses(steps)
    assert float(after.mean()) < float(before.mean()) - 0.1
    assert all(torch.equal(p, dict(one.named_parameters())[name]) for name, p in network.items())


def test_squared_pitch_is_an_error_against_every_score() -> None:
    one = model(pitch_loss="squared", pressure=0.0, field_weights=())
    steps = torch.from_numpy(notes(30).astype(np.int64))[None]
    hidden, _ = one.body(steps[:, :-1])
    scores = one.head.out["0"](hidden)
    midi = (steps[:, 1:, 0] - 2).float()
    expected = ((midi[..., None] - scores) ** 2).mean(-1)
    assert torch.allclose(one.head.squared(hidden, steps[:, 1:], 0), expected)  # type: ignore[operator, arg-type]
    best = scores.new_full((128,), float(midi.mean()))  # all scores at the mean pitch: the loss is the variance
    assert float(((midi[..., None] - best) ** 2).mean()) == pytest.approx(float(midi.var(unbiased=False)), rel=1e-5)


def test_a_row_with_a_lead_costs_what_its_steps_cost_in_the_whole() -> None:
    one = model(window=7).eval()
    steps = torch.from_numpy(notes(50).astype(np.int64))[None]
    whole, _ = one.losses(steps)
    row, _ = one.losses(steps[:, 20:31], lead=one.config.lead)
    assert row.shape == (1, 4)
    assert torch.allclose(row, whole[:, 26:30], atol=1e-5)


def test_seeing_everything_is_seeing_the_window() -> None:
    scorer = TorchStepper(laws.stirred(model(window=6)))
    pieces = [notes(40, 1), notes(25, 2)]
    names = [field.name for field in encoding_of("notes").fields]
    full, limited = (
        likelihood(scorer, pieces, protocol, notes=63, field_names=names) for protocol in ("full", "context:6")
    )
    assert full.nats_per_step == pytest.approx(limited.nats_per_step, abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"window": 0}, "model.window"),
        ({"sizes": ()}, "model.sizes"),
        ({"scales": (1.0, 2.0)}, "4 fields"),
        ({"scales": (1.0, 2.0, 0.0, 1.0)}, "positive"),
        ({"head": "chain", "pitch_loss": "squared"}, "head 'mean'"),
        ({"last_dropout": 1.0}, "last_dropout"),
    ],
)
def test_settings_that_cannot_be_are_named(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        model(**settings)

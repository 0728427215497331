"""First choices, expected numbers and medians of whole sequences: they agree with the model asked step by step."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from etude.models import ModelConfig, TorchStepper, build
from etude.models.guessing import guesses
from etude.models.model import Model
from etude.testing import model_laws as laws

SIZES = (9, 4, 1)
VALUES = ((math.nan, math.nan, *map(float, range(60, 67))), (2.0, 0.0, math.nan, 0.5), (64.0,))


def model(**settings: object) -> Model:
    torch.manual_seed(4)
    return laws.stirred(build(ModelConfig(**{"width": 16, "heads": 2, "layers": 1, **settings}), SIZES, VALUES))  # type: ignore[arg-type]


def test_they_are_those_of_the_distribution() -> None:
    one = model(kind="rnn", head="chain")
    steps = laws.random_steps(SIZES, 40, 3)
    found = guesses(one, [steps, steps[:7]], VALUES)
    stepper = TorchStepper(one)
    state = stepper.start()
    for at, step in enumerate(steps[1:]):
        state = stepper.feed(state, steps[at : at + 1])
        for field in range(3):
            logits = stepper.logits(state, step[:field].tolist()).astype(np.float64)
            p = np.exp(logits - logits.max())
            p /= p.sum()
            assert found[0].nats[at, field] == pytest.approx(-np.log(p[step[field]]), abs=1e-4)
            assert found[0].hits[at, field] == (p.argmax() == step[field])
            values = np.asarray(VALUES[field])
            known = ~np.isnan(values)
            share = p[known] / p[known].sum()
            assert found[0].means[at, field] == pytest.approx(share @ values[known], abs=1e-3)
            order = np.argsort(values[known])
            middle = values[known][order][np.searchsorted(np.cumsum(share[order]), 0.5)]
            assert found[0].medians[at, field] == pytest.approx(middle)
    assert found[1].nats.shape == (6, 3)
    assert np.allclose(found[1].nats, found[0].nats[:6], atol=1e-4)


def test_a_head_of_means_says_its_own_numbers_in_the_field_s_unit() -> None:
    one = model(kind="window", window=5, head="mean", scales=(128.0, 4.0, 1.0))
    with torch.no_grad():
        one.head.out["1"].bias.sub_(1.0)
    steps = laws.random_steps(SIZES, 20, 3)
    (found,) = guesses(one, [steps], VALUES)
    with torch.no_grad():
        hidden, _ = one.body(torch.from_numpy(steps[None, :-1].astype(np.int64)))
        mean = one.head.mean(hidden, 1)[0].numpy()
    assert found.means[:, 1] == pytest.approx(4 * mean, abs=1e-5)
    assert np.array_equal(found.means[:, 1], found.medians[:, 1])
    assert (found.means[:, 1] < 0).any()  # nothing clips it
    assert found.nats[:, 2] == pytest.approx(0.0)  # a field of one value costs nothing

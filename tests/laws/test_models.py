"""The laws of models, over one configuration row for every way a model can be built."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from etude.models import ModelConfig, TorchStepper, build
from etude.models.model import Model
from etude.testing import model_laws as laws
from etude.testing.stepper_laws import check_stepper

SIZES = (5, 4, 3)
VALUES = (None, (math.nan, 0.0, 0.3, 2.0), (4.0, 1.0, 2.0))
TIMING = ((0, 0, 0, 0), (5, 0, 0, 0), (1, 480, 0, 0), (2, 0, 0, 0), (4, 3, 2, 240))
ROWS: dict[str, dict[str, Any]] = {
    "transformer": {},
    "transformer, relative": {"positions": "relative"},
    "transformer, window": {"window": 7, "history": 3},
    "transformer, context of 1": {"context": 1, "history": 1},
    "transformer, relative window, dense": {"positions": "relative", "window": 5, "dense": 20, "head_width": 9},
    "gpt": {"positions": "learned", "norm": "layer", "activation": "relu", "bias": True, "context": 48},
    "gpt, longer than its table": {"positions": "learned", "context": 9, "activation": "gelu"},
    "lstm": {"kind": "rnn"},
    "lstm, narrow embedding": {"kind": "rnn", "embedding": 6, "history": 1},
    "gru": {"kind": "rnn", "cell": "gru", "history": 2},
    "lstm, layer norm, dense": {"kind": "rnn", "norm": "layer", "layers": 3, "dense": 12},
    "gru, batch norm": {"kind": "rnn", "cell": "gru", "norm": "batch"},
    "lstm, attention": {"kind": "rnn", "attention": True},
    "gru, relative attention, window": {
        **{"kind": "rnn", "cell": "gru", "attention": True, "window": 6, "positions": "relative"}
    },
    "derived": {"derived": ("age", "before", "class", "leap", "above", "clock"), "history": 1},
    "lstm, derived": {"kind": "rnn", "embedding": 6, "derived": ("leap", "clock")},
    "bar": {"derived": ("bar",)},
    "independent": {"head": "independent"},
    "real": {"head": "real"},
    "window": {"kind": "window", "window": 7, "head": "mean", "sizes": (12,)},
    "window, stacked, dense": {
        **{"kind": "window", "window": 5, "head": "mean", "sizes": (16, 9), "dense": 8, "last_dropout": 0.2},
        **{"scales": (128.0, 1.0, 4.0), "real_loss": "squared"},
    },
    "window, both ways": {"kind": "window", "window": 6, "sizes": (9, 8), "both_ways": True, "head": "chain"},
    "window of 2, squared pitch": {
        **{"kind": "window", "window": 2, "head": "mean", "real_loss": "squared", "pitch_loss": "squared"}
    },
    "lstm, mean": {"kind": "rnn", "head": "mean", "real_loss": "squared"},
    "real, squared": {"kind": "rnn", "head": "real", "real_loss": "squared", "components": 1},
}


def model_of(row: str, sizes: tuple[int, ...] = SIZES) -> Model:
    torch.manual_seed(1)
    config = ModelConfig(**{"width": 16, "heads": 2, "layers": 2, "dropout": 0.2, **ROWS[row]})
    return laws.stirred(build(config, sizes, VALUES[: len(sizes)], TIMING[: sizes[0]]))


over_all = pytest.mark.parametrize("row", ROWS)


@over_all
@settings(deadline=None, max_examples=8)
@given(cuts=st.lists(st.integers(1, 39), min_size=1, max_size=6))
def test_cutting_changes_nothing(row: str, cuts: list[int]) -> None:
    laws.check_cutting_changes_nothing(model_of(row), cuts)


@over_all
@pytest.mark.parametrize("at", [0, 1, 17, 39])
def test_future_never_leaks(row: str, at: int) -> None:
    laws.check_future_never_leaks(model_of(row), at)


@over_all
def test_later_fields_never_leak(row: str) -> None:
    laws.check_later_fields_never_leak(model_of(row))


@over_all
def test_probabilities_sum_to_one(row: str) -> None:
    laws.check_probabilities_sum_to_one(model_of(row))


@over_all
def test_state_is_not_changed(row: str) -> None:
    laws.check_state_is_not_changed(model_of(row))


@over_all
def test_rows_are_independent(row: str) -> None:
    laws.check_rows_are_independent(model_of(row))


@over_all
def test_every_weight_learns(row: str) -> None:
    laws.check_every_weight_learns(model_of(row))


@over_all
def test_stepper_agrees_with_scorer(row: str) -> None:
    check_stepper(TorchStepper(model_of(row)), laws.random_steps(SIZES, 30, 0), cut=11)


@pytest.mark.parametrize("row", ["transformer", "lstm"])
def test_a_single_field_is_a_model_too(row: str) -> None:
    model = model_of(row, (7,))
    laws.check_probabilities_sum_to_one(model)
    check_stepper(TorchStepper(model), laws.random_steps((7,), 30, 0), cut=11)


@over_all
def test_bfloat16_is_close_and_gives_float32_prices(row: str) -> None:
    model = model_of(row)
    steps = torch.from_numpy(laws.random_steps(SIZES, 30, 0).astype(np.int64))[None]
    with torch.no_grad():
        exact = model.nats(steps)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough = model.nats(steps)
    assert rough.dtype == torch.float32
    assert float((rough - exact).abs().max()) < 0.25
    assert float((rough - exact).abs().mean()) < 0.03


@pytest.mark.parametrize("row", ["real", "real, squared"])
def test_real_fields_hand_out_log_masses_as_they_are(row: str) -> None:
    model = model_of(row)
    steps = torch.from_numpy(laws.random_steps(SIZES, 20, 0).astype(np.int64))[None]
    with torch.no_grad():
        _, *real = model.head.all(model.body(steps)[0], steps)
    for logits in real:
        assert float(logits.exp().sum(-1).sub(1).abs().max()) < 1e-5

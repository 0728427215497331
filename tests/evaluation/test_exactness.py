"""Every model prices proper probabilities: over a tiny vocabulary, all music of a length together has chance 1."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from etude.evaluation import Uniform
from etude.testing.fakes import TableStepper, random_piece

NAN = math.nan
SIZES = (5, 4, 3)
VALUES = ((NAN, NAN, 60.0, 62.0, 64.0), (0.0, 0.1, 0.3, 1.2), (NAN, 0.5, 2.0))  # a NaN stands for no number
PREFIX = np.array([(0, 0, 0), (2, 1, 2), (3, 3, 0), (3, 0, 1)], np.int32)
EVERY_STEP = list(itertools.product(*map(range, SIZES)))


def network(**settings: Any) -> Callable[[], Any]:
    def make() -> Any:
        torch = pytest.importorskip("torch", reason="needs the extra 'train'")
        from etude.models import TorchStepper, build
        from etude.models.config import ModelConfig

        torch.manual_seed(0)
        config = ModelConfig(**{"width": 16, "heads": 2, "layers": 1, **settings})
        model = build(config, SIZES, VALUES)
        with torch.no_grad():
            for parameter in model.parameters():  # fresh ones say hardly anything
                parameter.add_(0.3 * torch.randn_like(parameter))
        return TorchStepper(model.eval())

    return make


def counted() -> Any:
    from etude.registry import get

    train = [random_piece(SIZES, 12, seed) for seed in range(6)]
    return get("models", "ngram").fit(train, SIZES).tuned(train[:3])


MODELS: dict[str, Callable[[], Any]] = {
    "uniform": lambda: Uniform(SIZES),
    "table": lambda: TableStepper.random(SIZES),
    "n-gram with copying": counted,
    **{f"transformer, {head}": network(head=head) for head in ("chain", "independent", "real", "mean")},
    **{f"lstm, {head}": network(kind="rnn", head=head) for head in ("chain", "real")},
    "window, mean": network(kind="window", window=3, sizes=(16,), head="mean"),
    "squared errors": network(head="mean", real_loss="squared", pitch_loss="squared"),
    "squared real": network(head="real", real_loss="squared"),
}


def priced(scorer: Any, pieces: list[Any]) -> list[np.ndarray]:
    """Float64[T - 1, K] a piece, all at once where the scorer can."""
    arrays = [np.array(piece, np.int32) for piece in pieces]
    return scorer.nats_many(arrays) if hasattr(scorer, "nats_many") else [scorer.nats(piece) for piece in arrays]


@pytest.mark.parametrize("name", MODELS)
def test_every_next_step_together_has_chance_one(name: str) -> None:
    scorer = MODELS[name]()
    for length in (1, len(PREFIX)):
        before = PREFIX[:length]
        prices = [nats[-1] for nats in priced(scorer, [[*before, step] for step in EVERY_STEP])]
        assert np.exp(-np.sum(prices, axis=1)).sum() == pytest.approx(1, abs=2e-5), "all fields together"
        first = {step[0]: price[0] for step, price in zip(EVERY_STEP, prices)}
        assert np.exp(-np.array(list(first.values()))).sum() == pytest.approx(1, abs=2e-5), "the first alone"
        second = [price[1] for step, price in zip(EVERY_STEP, prices) if step[0] == 3 and step[2] == 0]
        assert np.exp(-np.array(second)).sum() == pytest.approx(1, abs=2e-5), "the second, given the first"


@pytest.mark.parametrize("name", ["uniform", "table", "n-gram with copying", "transformer, chain", "lstm, real"])
def test_pieces_of_two_steps_together_have_chance_one(name: str) -> None:
    scorer = MODELS[name]()
    pieces = [[(0, 0, 0), *pair] for pair in itertools.product(EVERY_STEP, repeat=2)]
    total = sum(math.exp(-float(price.sum())) for price in priced(scorer, pieces))
    assert total == pytest.approx(1, abs=5e-5)

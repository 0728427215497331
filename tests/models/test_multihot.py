"""The quick ways of many small fields say what the slow ones say."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="models need the extra 'train'")

from etude.models import build  # noqa: E402
from etude.models.config import ModelConfig  # noqa: E402
from etude.models.heads import IndependentHead, MultiHotHead  # noqa: E402
from etude.models.inputs import sum_of  # noqa: E402

SIZES = [4, *[2] * 87]


def rolls(rows: int, length: int) -> torch.Tensor:
    steps = torch.randint(0, 2, (rows, length, len(SIZES)))
    steps[..., 0] += 2
    return steps


@pytest.fixture
def model() -> torch.nn.Module:
    torch.manual_seed(0)
    made = build(ModelConfig(kind="rnn", width=16, layers=1, head="independent", history=1, dropout=0.0), SIZES)
    for layer in made.head.out:
        torch.nn.init.normal_(layer.bias)
    return made


def test_all_fields_together_cost_what_they_cost_one_by_one(model: torch.nn.Module) -> None:
    assert isinstance(model.head, MultiHotHead)
    steps = rolls(3, 9)
    together = model.nats(steps)
    hidden, _ = model.body(steps[:, :-1])
    alone = [
        torch.nn.functional.cross_entropy(logits.flatten(0, 1), steps[:, 1:, field].flatten(), reduction="none")
        for field, logits in enumerate(IndependentHead.all(model.head, hidden, steps[:, 1:]))
    ]
    torch.testing.assert_close(together.flatten(0, 1), torch.stack(alone, dim=-1))
    loss, nats = model.losses(steps)
    torch.testing.assert_close(nats, together.sum(-1))
    torch.testing.assert_close(loss, together.sum(-1))


def test_one_look_up_is_the_sum_of_many(model: torch.nn.Module) -> None:
    steps = rolls(2, 5)
    tables = model.body.input.embed
    slow = sum(table(steps[..., field]) for field, table in enumerate(tables))
    torch.testing.assert_close(sum_of(tables, steps), slow)

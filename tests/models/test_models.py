"""Models: what the laws do not say."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from etude.config import from_mapping, to_mapping
from etude.errors import UsageError
from etude.models import ModelConfig, TorchStepper, build, nats_many, pricing
from etude.models.attention import attend, turn, turns
from etude.models.mixture import Mixture
from etude.models.model import parameter_count, weights_of
from etude.testing.model_laws import random_steps, stirred

SIZES = (6, 5)


def small(**settings: object) -> ModelConfig:
    return ModelConfig(**{"width": 16, "heads": 2, **settings})  # type: ignore[arg-type]


def test_the_room_and_its_configuration_need_no_torch() -> None:
    code = (
        "import sys, etude.models, etude.models.config, etude.training\n"
        "from etude.training import TrainingConfig, load_weights, tuned_environment\n"
        "from etude.models.ngram import NGram\n"
        "tuned_environment()\n"
        "print('torch' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_configuration_survives_a_recipe_file() -> None:
    config = small(field_weights=(1.0, 0.5), head="independent", kind="rnn")
    assert from_mapping(ModelConfig, to_mapping(config)) == config


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"width": 20, "heads": 3}, "model.heads"),
        ({"dropout": 1.0}, "model.dropout"),
        ({"layers": 0}, "model.layers"),
        ({"window": -1}, "model.window"),
    ],
)
def test_settings_that_cannot_be_are_named(settings: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        small(**settings)


def test_a_model_for_nothing_and_weights_for_other_fields_are_refused() -> None:
    with pytest.raises(UsageError, match="at least one field"):
        build(small(), ())
    with pytest.raises(UsageError, match="field_weights has 3"):
        build(small(field_weights=(1.0, 1.0, 1.0)), SIZES)
    with pytest.raises(UsageError, match="real"):
        build(small(head="real"), SIZES)


def test_an_rnn_without_attention_may_have_any_width() -> None:
    assert build(small(kind="rnn", width=7), SIZES).config.hidden == 7


def test_fresh_weights_expect_nearly_nothing() -> None:
    for kind in ("rnn", "transformer"):
        torch.manual_seed(0)
        nats = nats_many(build(small(kind=kind, width=64), SIZES), [random_steps(SIZES, 200, 0)])[0]
        assert nats.mean(axis=0) == pytest.approx(np.log(SIZES), abs=0.05)


@pytest.mark.parametrize("kind", ["rnn", "transformer"])
def test_many_sequences_at_once_are_priced_like_each_alone(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = stirred(build(small(kind=kind, history=2), SIZES))
    sequences = [random_steps(SIZES, length, length) for length in (50, 1, 3, 120, 2, 50)]
    alone = [
        model.nats(torch.from_numpy(s.astype(np.int64))[None])[0].detach().numpy()
        if len(s) > 1
        else np.zeros((0, 2))
        for s in sequences
    ]
    monkeypatch.setattr(pricing, "CHUNK", 32)
    monkeypatch.setattr(pricing, "STEPS_AT_ONCE", 100)
    model.train()
    together = nats_many(model, sequences)
    assert model.training, "the mode it was in comes back"
    for one, other in zip(alone, together, strict=True):
        assert other == pytest.approx(one.astype(np.float64), abs=1e-4)
    assert [len(one) for one in together] == [49, 0, 2, 119, 1, 49]


@pytest.mark.parametrize(
    ("settings", "sees"),
    [
        ({"kind": "rnn"}, None),
        ({"positions": "learned"}, None),
        ({"layers": 2, "context": 9}, 17),
        ({"layers": 2, "window": 5, "history": 2}, 11),
    ],
)
def test_a_limited_view_is_that_of_a_sequence_that_begins_there(
    settings: dict[str, object], sees: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut windows and the one pass of a model that sees no further give the same prices."""
    monkeypatch.setattr(pricing, "STEPS_OF_WINDOWS", 40)
    model = stirred(build(small(**settings), SIZES))
    assert pricing.sight(model.config) == sees
    steps = random_steps(SIZES, 60, 1)
    for visible in (1, 10, 17, 20):
        nats = nats_many(model, [steps, steps[:1]], visible)
        assert [len(one) for one in nats] == [59, 0]
        for target in (1, visible, visible + 1, 40, 59):
            if target < 60:
                window = nats_many(model, [steps[max(0, target - visible) : target + 1]])[0]
                assert nats[0][target - 1] == pytest.approx(window[-1], abs=1e-4)


def test_nothing_heard_is_no_ground_for_expectations() -> None:
    stepper = TorchStepper(build(small(), SIZES))
    with pytest.raises(UsageError, match="begin step"):
        stepper.logits(stepper.start())


def test_attention_sees_its_reach_and_no_more() -> None:
    model = stirred(build(small(layers=1, window=5), SIZES))
    steps = torch.from_numpy(random_steps(SIZES, 30, 0).astype(np.int64))[None]
    other = steps.clone()
    other[:, 10] = (steps[:, 10] + 1) % torch.tensor(SIZES)
    with torch.no_grad():
        change = (model.body(steps)[0] - model.body(other)[0]).abs().amax(dim=(0, 2))
    assert torch.nonzero(change).flatten().tolist() == [10, 11, 12, 13, 14]


def test_history_hands_earlier_steps_to_a_model_that_cannot_look_back() -> None:
    model = stirred(build(small(layers=1, context=1, history=3), SIZES))
    steps = torch.from_numpy(random_steps(SIZES, 30, 0).astype(np.int64))[None]
    other = steps.clone()
    other[:, 10] = (steps[:, 10] + 1) % torch.tensor(SIZES)
    with torch.no_grad():
        change = (model.body(steps)[0] - model.body(other)[0]).abs().amax(dim=(0, 2))
    assert torch.nonzero(change).flatten().tolist() == [10, 11, 12, 13]


def test_plain_attention_equals_the_fused_kernel() -> None:
    torch.manual_seed(0)
    query, keys, values = (torch.randn(2, 3, 700, 8) for _ in range(3))
    exact = attend(query, keys, values, 90)
    plain = attend(*(one.bfloat16() for one in (query, keys, values)), 90)
    assert float((exact - plain).abs().max()) < 0.05
    distance = torch.arange(700)[:, None] - torch.arange(700)
    mask = (distance >= 0) & (distance < 90)
    scores = (query @ keys.transpose(-1, -2) / math.sqrt(8)).masked_fill(~mask, -math.inf)
    assert float((exact - torch.softmax(scores, -1) @ values).abs().max()) < 1e-5


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("reach", [40, 7])
def test_attention_forgets_some_and_makes_up_for_it(kind: torch.dtype, reach: int) -> None:
    torch.manual_seed(0)
    query, keys, values = (torch.randn(1, 2, 20, 8).to(kind) for _ in range(3))
    exact = attend(query, keys, values, reach).float()
    drawn = torch.stack([attend(query, keys, values, reach, None, 0.5).float() for _ in range(2000)])
    assert float((drawn[0] - exact).abs().mean()) > 0.1
    assert float((drawn.mean(0) - exact).abs().max()) < 0.2
    assert torch.equal(attend(query, keys, values, reach, None, 0.0).float(), exact)


def test_dropout_of_attention_and_input_is_for_training_alone() -> None:
    steps = torch.from_numpy(random_steps(SIZES, 30, 0).astype(np.int64))[None]
    for name in ("attention_dropout", "input_dropout"):
        model = stirred(build(small(dropout=0.0, **{name: 0.5}), SIZES))
        with torch.no_grad():
            assert torch.equal(model.eval().body(steps)[0], model.body(steps)[0])
            assert not torch.equal(model.train().body(steps)[0], model.body(steps)[0]), name
        without = stirred(build(small(dropout=0.5, input_dropout=0.0), SIZES)).train()
        assert torch.equal(without.body.drop(torch.ones(3)), torch.ones(3))


def test_rotary_scores_depend_on_distance_alone() -> None:
    torch.manual_seed(0)
    query, key = torch.randn(1, 1, 1, 16), torch.randn(1, 1, 1, 16)

    def score(at: int, distance: int) -> float:
        turned = turn(query, turns(at, 1, 16, query.device)), turn(key, turns(at - distance, 1, 16, query.device))
        return float((turned[0] * turned[1]).sum())

    assert score(5, 3) == pytest.approx(score(9000, 3), abs=1e-4)
    assert abs(score(5, 3) - score(5, 5)) > 1e-2


def test_positions_far_into_a_piece_are_as_good_as_near_ones() -> None:
    model = stirred(build(small(layers=1, window=8), SIZES))
    phrase = random_steps(SIZES, 16, 3)
    nats = TorchStepper(model).nats(np.tile(phrase, (200, 1)))
    assert nats[-16:] == pytest.approx(nats[47:63], abs=1e-3)


def test_loss_weights_count_fields_and_leave_the_likelihood_alone() -> None:
    torch.manual_seed(0)
    steps = torch.from_numpy(random_steps(SIZES, 30, 0).astype(np.int64))[None]
    model = stirred(build(small(field_weights=(0.25, 2.0)), SIZES))
    loss, nats = model.losses(steps)
    fields = model.nats(steps)
    assert torch.allclose(nats, fields.sum(-1), atol=1e-6)
    assert torch.allclose(loss, 0.25 * fields[..., 0] + 2.0 * fields[..., 1], atol=1e-6)
    smoothed, same = model.losses(steps, smoothing=0.1)
    assert not torch.allclose(smoothed, loss)
    assert torch.equal(same, nats)


def test_real_masses_are_those_of_logistic_distributions() -> None:
    density = Mixture([0.5, 0.1, math.nan, 3.0], 1)
    parameters = torch.tensor([0.0, 0.4, math.log(0.2), 1.0, -1.0])
    masses = density(parameters).exp()

    def below(x: float) -> float:
        return 1 / (1 + math.exp(-(x - 0.4) / 0.2))

    number = 1 / (1 + math.exp(-2.0))
    expected = [
        number * (below(1.75) - below(0.3)),
        number * below(0.3),
        1 - number,
        number * (1 - below(1.75)),
    ]
    assert masses.tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("width", [-30.0, 30.0])
@pytest.mark.parametrize("centre", [-1e6, 0.2, 1e6])
def test_real_masses_stay_numbers_at_extremes(centre: float, width: float) -> None:
    density = Mixture([0.0, 0.1, 0.2, 5.0], 2)
    parameters = torch.tensor([5.0, -5.0, centre, 0.1, width, 0.0], requires_grad=True)
    masses = density(parameters)
    assert float(masses.detach().exp().sum()) == pytest.approx(1, abs=1e-5)
    torch.autograd.backward(masses[1])
    assert parameters.grad is not None
    assert bool(torch.isfinite(parameters.grad).all())


def test_squared_error_presses_below_zero_as_the_tutorial_does() -> None:
    density = Mixture([0.0, 1.0, 2.0], 1)
    parameters = torch.tensor([[0.0, 0.5, 0.0], [0.0, -0.5, 0.0]])
    assert density.squared(parameters, torch.tensor([2, 1])).tolist() == pytest.approx([1.5**2, 1.5**2 + 5.0])


def test_values_that_cannot_be_bins_are_refused() -> None:
    for values in ([math.nan, math.nan], [1.0, 1.0, 2.0], [math.inf, 1.0]):
        with pytest.raises(UsageError, match="values"):
            Mixture(values, 2)


def test_weights_come_out_under_documented_names() -> None:
    from etude.models import model as module

    documented = module.__doc__ or ""
    for settings in ({}, {"kind": "rnn", "norm": "layer", "attention": True, "dense": 8, "history": 1}):
        names = weights_of(build(small(**settings), SIZES))
        for name in names:
            last_two = name.split(".")[-2:]
            assert last_two[-1] in documented, f"{name} is not in the table"
    assert (
        parameter_count(build(small(kind="rnn", layers=1), SIZES))
        == sum([11 * 16, 2 * 64 * 16 + 128, 6 * 17 + 5 * 17, 6 * 16, 16 * 32 + 16 + 16 + 32])
        - 16 * 32
        + 2 * 16 * 16
    )


def test_the_first_starting_system_has_its_parameters() -> None:
    shape = {"width": 192, "layers": 2, "heads": 4, "context": 256}
    gpt = {"positions": "learned", "norm": "layer", "activation": "relu", "bias": True}
    assert parameter_count(build(ModelConfig(**shape, **gpt), (14,))) == 943_502  # type: ignore[arg-type]


def test_the_second_starting_system_has_its_parameters() -> None:
    config = ModelConfig(kind="rnn", width=1024, layers=1, embedding=256)
    assert parameter_count(build(config, (83,))) == 5_357_395

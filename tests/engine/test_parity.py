"""An export is its source model, logit by logit, for every body and head; 8 bits only where they do no harm."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict

import numpy as np
import pytest

from etude.engine import Exported, choose_precision, exported_bytes, parity
from etude.engine.graph import quantised
from etude.errors import EtudeError, UsageError
from etude.testing.fakes import UniformStepper
from etude.testing.fakes import random_piece as music

torch = pytest.importorskip("torch", reason="the source models are torch's")
from etude.models import ModelConfig, build  # noqa: E402
from etude.models.model import weights_of  # noqa: E402
from etude.models.stepping import TorchStepper  # noqa: E402

ONE, FOUR = (24,), (10, 7, 6, 5)
NUMBERS = [
    None,
    (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0),
    (float("nan"), 0.0, 0.5, 1.0, 1.5, 2.0),
    (1.0, 2.0, 3.0, 9.0, 5.0),
]
# nothing, nothing, a length, a note, a tuplet, a bar line, a sign, a meter, the next note with the one before
TIMING = [(what, 480 * (what != 4) + 3 * (what == 4), 2, 240) for what in (0, 0, 1, 2, 4, 5, 6, 7, 3, 2)]
KINDS = {
    "lstm": {"kind": "rnn", "layers": 2},
    "gru": {"kind": "rnn", "cell": "gru", "layers": 2},
    "lstm-layer-norm-history-dense": {"kind": "rnn", "norm": "layer", "history": 2, "dense": 24},
    "gru-batch-norm": {"kind": "rnn", "cell": "gru", "norm": "batch"},
    "lstm-attention": {"kind": "rnn", "attention": True, "context": 16},
    "lstm-attention-relative": {"kind": "rnn", "attention": True, "positions": "relative", "context": 16},
    "transformer": {"kind": "transformer", "context": 16},
    "transformer-relative": {"kind": "transformer", "positions": "relative", "context": 16},
    "transformer-window-history-dense": {"kind": "transformer", "window": 8, "history": 2, "dense": 24},
    "transformer-independent": {"kind": "transformer", "head": "independent"},
    "transformer-derived": {"kind": "transformer", "derived": ("age", "before", "class", "leap", "above", "clock")},
    "transformer-bar": {"kind": "transformer", "derived": ("bar", "age")},
    "transformer-place": {"kind": "transformer", "derived": ("place", "clock")},
    "lstm-derived": {"kind": "rnn", "history": 2, "derived": ("clock", "leap")},
    "lstm-real": {"kind": "rnn", "head": "real"},
    "transformer-real": {"kind": "transformer", "head": "real"},
}


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Torch with one thread: two that wait for each other are slow on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def model_of(settings, sizes, seed=1):
    """A torch model with every parameter moved off its start value."""
    config = ModelConfig(**{"width": 32, "heads": 2, "layers": 2, "dropout": 0.0, **settings})
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        numbers = NUMBERS if config.head == "real" or config.derived else None
        model = build(config, sizes, numbers, TIMING[: sizes[0]], beside=3).eval()
        for name, values in [*model.named_parameters(), *model.named_buffers()]:
            if "running_var" in name:
                values.data = torch.rand(values.shape) + 0.5
            elif values.dtype == torch.float32 and "density" not in name:
                values.data += torch.randn(values.shape) * 0.5 * values.shape[-1] ** -0.5
    return model


def exported(model, int8):
    return Exported(exported_bytes(weights_of(model), asdict(model.config), model.field_sizes, {}, int8=int8))


CASES = [
    (name, sizes)
    for name, settings in KINDS.items()
    for sizes in (ONE, FOUR)
    if sizes is FOUR or (settings.get("head") != "real" and "derived" not in settings)
]


@pytest.mark.parametrize(("name", "sizes"), CASES)
def test_an_fp32_export_is_its_source(name, sizes) -> None:
    model = model_of(KINDS[name], sizes)
    source, ours = TorchStepper(model), exported(model, int8=False)
    pieces = [music(sizes, length, seed=length) for length in (50, 9)]
    found = parity(ours, source, pieces)
    assert found.max_logit_error < 2e-5
    for piece, nats in zip(pieces, ours.nats_many(pieces)):
        assert np.abs(nats - source.nats(piece)).max() < 2e-5


@pytest.mark.parametrize("name", ["lstm", "gru", "transformer"])
def test_8_bit_weights_move_the_likelihood_little(name) -> None:
    model = model_of(KINDS[name], FOUR)
    found = parity(exported(model, int8=True), TorchStepper(model), [music(FOUR)])
    assert 0 < found.max_logit_error < 0.2
    assert abs(found.change) < 0.005


def test_forks_read_the_tables_of_their_original_and_expect_the_same_to_the_bit() -> None:
    ours = exported(model_of({"kind": "transformer", "context": 8}, FOUR), int8=False)
    steps = music(FOUR, 60)
    state = ours.feed(ours.start(), steps[:40])
    assert state.dropped > 0
    fork = ours.fork(state)
    assert fork.cosine is state.cosine
    assert fork.sine is state.sine
    assert not fork.cosine.flags.writeable
    for at in range(40, 60):  # the tables are moved on once more
        assert (ours.logits(state) == ours.logits(fork)).all()
        state, fork = ours.feed(state, steps[at : at + 1]), ours.feed(fork, steps[at : at + 1])


def test_a_piece_far_longer_than_the_cache_is_heard_through_a_window() -> None:
    model = model_of({"kind": "transformer", "context": 8}, ONE)
    steps = music(ONE, 200)
    assert np.abs(exported(model, int8=False).nats(steps) - TorchStepper(model).nats(steps)).max() < 1e-4


def test_codes_and_scales_give_the_weights_back() -> None:
    weight = np.random.default_rng(0).normal(size=(5, 70)).astype(np.float32)
    codes, scales = quantised(weight)
    assert codes.shape == (5, 2, 64)
    back = ((codes.astype(np.float32) - 128) * scales.reshape(5, 2, 1)).reshape(5, -1)[:, :70]
    assert np.abs(back - weight).max() <= scales.max() / 2 + 1e-6
    assert quantised(np.zeros((2, 64), np.float32))[0].min() == 128


def test_8_bits_are_chosen_where_they_do_no_harm() -> None:
    model = model_of(KINDS["lstm"], ONE)
    make = lambda int8: exported_bytes(weights_of(model), asdict(model.config), ONE, {}, int8=int8)  # noqa: E731
    choice = choose_precision(make, TorchStepper(model), [music(ONE)])
    assert choice.precision == "int8"
    assert len(choice.data) < len(make(False))
    assert choose_precision(make, TorchStepper(model), [music(ONE)], "fp32").data == make(False)


def test_fp32_is_chosen_where_8_bits_do_harm() -> None:
    model = model_of(KINDS["lstm"], ONE)
    spoiled = model_of(KINDS["lstm"], ONE, seed=2)

    def make(int8):
        return exported_bytes(weights_of(spoiled if int8 else model), asdict(model.config), ONE, {}, int8=int8)

    choice = choose_precision(make, TorchStepper(model), [music(ONE)])
    assert choice.precision == "fp32"
    assert abs(choice.tried["int8"].change) > 0.005
    assert abs(choice.tried["fp32"].change) < 1e-4
    assert choose_precision(make, TorchStepper(model), [music(ONE)], "int8").precision == "int8"


def test_an_export_of_another_model_is_found() -> None:
    model, other = model_of(KINDS["gru"], ONE), model_of(KINDS["gru"], ONE, seed=2)
    make = lambda int8: exported_bytes(weights_of(other), asdict(model.config), ONE, {}, int8=int8)  # noqa: E731
    with pytest.raises(EtudeError, match="not the model it came from"):
        choose_precision(make, TorchStepper(model), [music(ONE)])


def test_parity_needs_a_piece() -> None:
    model = model_of(KINDS["gru"], ONE)
    with pytest.raises(UsageError, match="three steps"):
        parity(exported(model, int8=False), UniformStepper(ONE), [music(ONE, 2)])


def test_the_engine_and_sampling_load_no_torch() -> None:
    code = "import sys, etude.engine, etude.sampling; print([m for m in ('torch', 'onnx') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"

"""The laws of Stepper and Scorer, over every kind of model that etude ships."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from etude.testing.fakes import TableStepper, UniformStepper
from etude.testing.fakes import random_piece as music
from etude.testing.stepper_laws import check_stepper

ONE, FOUR = (24,), (10, 7, 6, 5)
SMALL = {"width": 32, "heads": 2, "layers": 2, "dropout": 0.0, "context": 16}
SETTINGS = [
    {"kind": "rnn"},
    {"kind": "rnn", "cell": "gru", "norm": "layer", "history": 2},
    {"kind": "rnn", "attention": True},
    {"kind": "transformer"},
    {"kind": "transformer", "positions": "relative", "head": "independent"},
    {"kind": "transformer", "history": 1, "derived": ("clock", "age", "before")},
]


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Torch with one thread: two that wait for each other are slow on a busy machine."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def torch_model(settings, sizes):
    torch = pytest.importorskip("torch")
    from etude.models import ModelConfig, build

    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = build(ModelConfig(**{**SMALL, **settings}), sizes).eval()
        for values in model.parameters():
            values.data += torch.randn(values.shape) * 0.5 * values.shape[-1] ** -0.5
    return model


@pytest.mark.parametrize("sizes", [ONE, FOUR])
@pytest.mark.parametrize("maker", [UniformStepper, TableStepper.random])
def test_fakes(maker, sizes) -> None:
    for cut in (1, 7, 39):
        check_stepper(maker(sizes), music(sizes), cut=cut)


@pytest.mark.parametrize("sizes", [ONE, FOUR])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_torch_models(settings, sizes) -> None:
    from etude.models.stepping import TorchStepper

    check_stepper(TorchStepper(torch_model(settings, sizes)), music(sizes), cut=11)


@pytest.mark.parametrize(("int8", "tolerance"), [(False, 1e-4), (True, 0.1)])
@pytest.mark.parametrize("sizes", [ONE, FOUR])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_exported_models(settings, sizes, int8, tolerance) -> None:
    pytest.importorskip("onnx")
    from etude.engine import Exported, exported_bytes
    from etude.models.model import weights_of

    model = torch_model(settings, sizes)
    data = exported_bytes(weights_of(model), asdict(model.config), sizes, {}, int8=int8)
    check_stepper(Exported(data), music(sizes), cut=11, tolerance=tolerance)


@pytest.mark.parametrize("sizes", [ONE, FOUR])
def test_the_ngram(sizes) -> None:
    from etude.models.ngram import NGram

    pieces = [music(sizes, 60, seed) for seed in range(4)]
    check_stepper(NGram.fit(pieces[:2], sizes).tuned(pieces[2:3]), pieces[3], cut=11, tolerance=1e-5)


@pytest.mark.parametrize("tables", [False, True])
@pytest.mark.parametrize("sizes", [ONE, FOUR])
def test_copying_over_a_network(sizes, tables) -> None:
    from etude.models.ngram import CopyingOver, NGram
    from etude.models.stepping import TorchStepper

    network = TorchStepper(torch_model({"kind": "transformer"}, sizes))
    pieces = [music(sizes, 60, seed) for seed in range(4)]
    counted = NGram.fit(pieces[:2], sizes)
    model = CopyingOver.with_tables(network, counted) if tables else CopyingOver.of(network, pieces[:2])
    check_stepper(model.tuned(pieces[2:3]), pieces[3], cut=11)


class Forgetful(TableStepper):
    """Breaks the first law: it hears only the first step of what it is fed."""

    def feed(self, state, steps):
        return int(steps[0, 0]) if len(steps) else state


class Shared(TableStepper):
    """Breaks the second law: all states are one."""

    def start(self):
        return [0]

    def feed(self, state, steps):
        state[0] = int(steps[-1, 0])
        return state

    def logits(self, state, chosen=()):
        return super().logits(state[0] if isinstance(state, list) else state, chosen)


class Cheap(UniformStepper):
    """Breaks the last law: its prices are too low."""

    def nats(self, steps):
        return super().nats(steps) * 0.9


@pytest.mark.parametrize(
    "broken", [Forgetful.random(ONE), Shared.random(ONE), Cheap(ONE)], ids=lambda b: type(b).__name__
)
def test_the_laws_find_what_breaks_them(broken) -> None:
    with pytest.raises(AssertionError):
        check_stepper(broken, music(ONE), cut=5)

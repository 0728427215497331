"""One file is enough: it is played without etude, and in operators that a page's runtime is quick at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from etude.engine import Exported
from etude.engine.parts import places
from etude.engine.web import web_bytes
from etude.errors import BadInput
from etude.testing.fakes import random_piece

torch = pytest.importorskip("torch", reason="the source models are torch's")
from etude.models import ModelConfig, build  # noqa: E402
from etude.models.model import weights_of  # noqa: E402

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "onnx_alone.py"
FORBID = (
    "import runpy, sys; sys.modules['etude'] = None; sys.argv = sys.argv[1:]; "
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)
ONE, FOUR = (24,), (10, 7, 6, 5)
KINDS = {
    "transformer": ({"kind": "transformer", "history": 2, "context": 64}, FOUR),
    "transformer-one-field": ({"kind": "transformer", "context": 64}, ONE),
    "lstm-independent": ({"kind": "rnn", "head": "independent"}, FOUR),
}


def file_of(settings: dict[str, object], sizes: tuple[int, ...], *, int8: bool = True) -> bytes:
    """The bytes of an exported model with random weights, its dimensions no multiple of a block of weights."""
    from dataclasses import asdict

    from etude.engine import exported_bytes

    config = ModelConfig(**{"width": 48, "heads": 1, "layers": 2, "dropout": 0.0, **settings})
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = build(config, sizes).eval()
        for values in model.parameters():
            values.data += torch.randn(values.shape) * 0.5 * values.shape[-1] ** -0.5
    return exported_bytes(weights_of(model), asdict(config), sizes, {"encoding": "{}"}, int8=int8)


def likeliest(model: Exported, count: int) -> list[list[int]]:
    """The begin step and `count` steps of the likeliest values."""
    steps = [[0] * len(model.field_sizes)]
    state = model.start()
    for _ in range(count):
        state = model.feed(state, np.array(steps[-1:], np.int32))
        step: list[int] = []
        for _ in model.field_sizes:
            step.append(int(model.logits(state, step).argmax()))
        steps.append(step)
    return steps


@pytest.mark.parametrize("name", ["transformer", "lstm-independent"])
def test_the_example_draws_what_the_engine_expects_without_etude(name: str, tmp_path: Path) -> None:
    data = file_of(*KINDS[name])
    (tmp_path / "model.etude").write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", FORBID, str(SCRIPT), str(tmp_path / "model.etude"), "40", "0", "1"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == likeliest(Exported(data), 40)


def test_the_places_in_the_metadata_are_where_the_heads_lie() -> None:
    from etude.engine.wire import check_model, read_contents

    data = file_of(*KINDS["transformer"])
    found = read_contents(data)
    told = json.loads(found.metadata["etude.heads"])
    assert [tuple(place) for place in told] == places(data)
    assert [data[at : at + size] for at, size in told] == [found.heads[field] for field in (1, 2, 3)]
    check_model(data[told[0][0] : sum(told[0])])


@pytest.mark.parametrize("name", KINDS)
def test_a_web_file_has_the_same_weights_and_no_8_bit_products(name: str) -> None:
    settings, sizes = KINDS[name]
    data = file_of(settings, sizes)
    made = web_bytes(data)
    assert b"MatMulNBits" in data
    assert b"MatMulNBits" not in made
    assert len(made) < 1.6 * len(data)  # the nodes of tiny products count here, those of real models do not
    exact, rounded, ours = (Exported(one) for one in (file_of(settings, sizes, int8=False), data, made))
    piece = random_piece(sizes, 40, seed=1)
    nats = [model.nats(piece).sum() for model in (exact, rounded, ours)]
    assert abs(nats[2] / nats[1] - 1) < 2e-3  # but for the rounding of what flows through
    assert abs(nats[2] / nats[0] - 1) < 2e-2
    assert ours.metadata == rounded.metadata
    assert web_bytes(made) == made


def test_only_an_etude_file_is_made_one_for_the_web() -> None:
    with pytest.raises(BadInput, match=r"no \.etude file"):
        web_bytes(b"")

"""Where in the bar a tune stands: known answers, the Reader's own bars, the same in NumPy wherever it is cut."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from etude.encodings import build
from etude.encodings.abc import vocabulary as v
from etude.encodings.abc.timing import TIMING
from etude.encodings.base import Field
from etude.engine.bars import Bar
from etude.engine.derived import Columns, Ears
from etude.engine.exported import Exported
from etude.engine.exporting import exported_bytes
from etude.models import ModelConfig, bars
from etude.models import build as build_model
from etude.models.derived import Derived
from etude.models.model import weights_of
from etude.models.stepping import TorchStepper
from etude.testing.encoding_laws import walk

GONE, LEFT, CLOSE, BARS, SIGNS = range(5)


def heard(values: list[int]) -> np.ndarray:
    """Int64[T, 5] of tokens."""
    derived = Derived(["bar"], (v.SIZE,), (None,), TIMING)
    found, _ = derived(torch.tensor(values)[None, :, None], derived.start(1, torch.device("cpu")))
    return found[0].numpy()


def tokens(*symbols: tuple[v.Kind, object]) -> list[int]:
    return [v.VALUE[symbol] for symbol in symbols]


HEADER = tokens(
    ("begin", None), ("rhythm", "jig"), ("meter", (6, 8)), ("key", (0, 0)), ("parts", 2), ("upbeat", 240)
)


def test_an_upbeat_two_bars_and_a_sign() -> None:
    bar = [("pitch", 62), ("duration", 480), ("pitch", 64), ("duration", 240), ("pitch", 65), ("pitch", 67)]
    tune = [*HEADER, *tokens(("pitch", 60), ("line", "|"), *bar, ("hold", None), ("line", "|"), ("line", ":|"))]
    found = heard(tune)
    assert found[2].tolist() == [0, 48, 48, 0, 0], "a bar of 6/8 has 1440 ticks"
    assert found[5].tolist() == [0, 8, 40, 0, 0], "the upbeat is a quaver"
    assert found[6].tolist() == [8, 0, 32, 0, 0]
    assert found[7].tolist() == [0, 48, 40, 1, 0]
    assert found[8:15, GONE].tolist() == [8, 8, 24, 24, 32, 40, 48]
    assert found[13, CLOSE] == 0, "five quavers and the upbeat make a bar"
    assert found[14].tolist() == [48, 0, 0, 1, 0]
    assert found[15].tolist() == [0, 48, 40, 2, 0]
    assert found[16].tolist() == [0, 48, 40, 0, 1]


def test_a_sign_inside_a_bar_leaves_its_rest_over() -> None:
    found = heard([*HEADER, *tokens(*[("line", "|")] * 2, *[("pitch", 60)] * 4, ("line", "::"), ("pitch", 60))])
    assert found[-2].tolist() == [0, 16, 32, 0, 1], "two quavers are left of the bar"
    assert found[-1].tolist() == [8, 8, 24, 0, 1]
    short = [*HEADER, *tokens(("pitch", 60), ("line", "|:"))]
    assert heard(short)[-1].tolist() == [0, 48, 40, 0, 1], "after an upbeat a full bar is due"


def test_a_triplet_takes_the_time_of_two_and_a_chord_that_of_one() -> None:
    triplet = [("tuplet", (3, 2, 240)), *[("pitch", 60)] * 3, ("pitch", 62), ("also", None), ("pitch", 55)]
    found = heard([*HEADER, *tokens(("line", "|"), *triplet)])
    assert found[7:, GONE].tolist() == [0, 160 // 30, 320 // 30, 480 // 30, 720 // 30, 24, 24]


def _gone_by_the_reader(values: list[int]) -> list[int]:
    reader = build("abc").reader()
    found = []
    for value in values:
        reader.feed([value])
        found.append(min(reader.bars.elapsed // bars.GRAIN, bars.FURTHEST))
    return found


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_any_tune_that_may_be_written_stands_where_its_reader_says(seed: int) -> None:
    values = [int(step[0]) for step in walk(build("abc"), seed, 300)]
    assert heard(values)[:, GONE].tolist() == _gone_by_the_reader(values)


@settings(deadline=None, max_examples=40)
@given(values=st.lists(st.integers(0, v.SIZE - 1), min_size=2, max_size=80), cut=st.integers(1, 79))
def test_numpy_says_the_same_of_any_tokens_wherever_they_are_cut(values: list[int], cut: int) -> None:
    derived = Derived(["bar", "clock"], (v.SIZE,), (None,), TIMING)
    steps = torch.tensor(values)[None, :, None]
    whole, _ = derived(steps, derived.start(1, torch.device("cpu")))
    first, memory = derived(steps[:, :cut], derived.start(1, torch.device("cpu")))
    parts = [first] + ([derived(steps[:, cut:], memory)[0]] if cut < len(values) else [])
    assert torch.equal(torch.cat(parts, dim=1), whole)
    ears = Ears(Columns(("bar", "clock"), (None,), (v.SIZE,), TIMING))
    line = np.array(values, np.int32)[:, None]
    told = np.concatenate([ears.hear(line[:cut]), ears.copy().hear(line[cut:])])
    assert np.array_equal(told, whole[0].numpy())
    assert (told < np.array(derived.sizes)).all()
    assert ears.columns.sizes == derived.sizes


def test_a_copy_of_the_ears_goes_on_by_itself() -> None:
    ears = Ears(Columns(("bar",), (None,), (v.SIZE,), TIMING))
    ears.hear(np.array(HEADER)[:, None])
    ears.copy().hear(np.array(tokens(("pitch", 60)))[:, None])
    assert ears.bar == Bar(full=1440, due=240, rest=240, upbeat=240)


def test_values_behind_those_of_a_field_do_nothing_unless_told() -> None:
    field = Field("token", v.SIZE, timing=TIMING).extended(2)
    assert (field.size, field.timing) == (v.SIZE + 2, (*TIMING, (0, 0, 0, 0), (0, 0, 0, 0)))
    assert Field("pitch", 1, values=(1.0,)).extended(1).timing is None


def test_an_encoding_without_timing_has_no_bars() -> None:
    derived = Derived(["bar", "clock"], (4,), (None,))
    steps = torch.tensor([[[0], [2], [3]]])
    found, _ = derived(steps, derived.start(1, torch.device("cpu")))
    assert (found[0].tolist(), derived.sizes) == ([[0], [1], [2]], [16])
    model = build_model(ModelConfig(width=32, heads=2, layers=1, derived=("bar",)), (4,)).eval()
    ours = Exported(exported_bytes(weights_of(model), asdict(model.config), model.field_sizes, {}, int8=False))
    logits = ours.logits(ours.feed(ours.start(), np.array([[0], [2]], np.int32)), [])
    theirs = TorchStepper(model)
    assert np.allclose(
        logits, theirs.logits(theirs.feed(theirs.start(), np.array([[0], [2]], np.int32)), []), atol=1e-5
    )

"""The numbers worked out of the steps: known answers, the begin step, and the same in NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from etude.encodings import build
from etude.encodings.infill import Gap, rearranged
from etude.engine.derived import Columns, Ears
from etude.errors import UsageError
from etude.models.derived import NAMES, Derived
from etude.score import Score

SIZES = (6, 5)
PITCHES = ((math.nan, math.nan, 60.0, 62.0, 64.0, 77.0), (math.nan, 48.0, 50.0, 55.0, 59.0))


TIMING = ((0, 0, 0, 0), (9, 0, 0, 0), (1, 480, 0, 0), (2, 0, 0, 0), (4, 3, 2, 240), (5, 0, 0, 0))


def columns(name: str, steps: list[tuple[int, int]]) -> list[list[int]]:
    derived = Derived([name], SIZES, PITCHES)
    found, _ = derived(torch.tensor([steps]), derived.start(1, torch.device("cpu")))
    return found[0].tolist()


STEPS = [(0, 0), (2, 1), (2, 3), (4, 3), (5, 3), (0, 0), (5, 3)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("age", [[0, 0], [0, 0], [1, 0], [0, 1], [0, 2], [0, 0], [0, 0]]),
        ("before", [[0, 0], [1, 1], [1, 2], [3, 2], [5, 2], [0, 0], [1, 1]]),
        ("class", [[0, 0], [1, 1], [1, 8], [5, 8], [6, 8], [0, 0], [6, 8]]),
        ("leap", [[0, 0], [0, 0], [0, 20], [17, 20], [25, 20], [0, 0], [0, 0]]),
        ("above", [[0], [25], [18], [22], [35], [0], [35]]),
        ("clock", [[0], [1], [2], [3], [4], [0], [1]]),
        ("place", [[0], [1], [2], [3], [4], [0], [1]]),
    ],
)
def test_known_answers(name: str, expected: list[list[int]]) -> None:
    assert columns(name, STEPS) == expected


def test_an_old_note_is_31_steps_old_and_the_clock_goes_round() -> None:
    steps = [(0, 0), *[(2, 1)] * 50]
    assert columns("age", steps)[-1] == [31, 31]
    assert [row[0] for row in columns("clock", steps)[14:19]] == [14, 15, 0, 1, 2]


@settings(deadline=None, max_examples=30)
@given(
    steps=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), min_size=2, max_size=60), cut=st.integers(1, 59)
)
def test_numpy_says_the_same_wherever_it_is_cut(steps: list[tuple[int, int]], cut: int) -> None:
    derived = Derived(NAMES, SIZES, PITCHES, TIMING)
    found, _ = derived(torch.tensor([steps]), derived.start(1, torch.device("cpu")))
    numbers = tuple(tuple(None if math.isnan(one) else round(one) for one in field) for field in PITCHES)
    ears = Ears(Columns(NAMES, numbers, SIZES, TIMING))
    line = np.array(steps, np.int32)
    told = np.concatenate([ears.hear(line[:cut]), ears.copy().hear(line[cut:])])
    assert np.array_equal(told, found[0].numpy())
    assert ears.columns.sizes == derived.sizes
    derived.music -= 2  # the last two values of the first field are no music
    found, _ = derived(torch.tensor([steps]), derived.start(1, torch.device("cpu")))
    ears = Ears(Columns(NAMES, numbers, SIZES, TIMING, SIZES[0] - 2))
    told = np.concatenate([ears.hear(line[:cut]), ears.copy().hear(line[cut:])])
    assert np.array_equal(told, found[0].numpy())
    assert (told < np.array(derived.sizes)).all()


def test_what_cannot_be_worked_out_is_refused() -> None:
    with pytest.raises(UsageError, match="'speed'"):
        Derived(["speed"], SIZES, PITCHES)
    with pytest.raises(UsageError, match="need fields whose values are numbers"):
        Derived(["leap"], SIZES, (None, None))


def test_a_bar_has_the_place_that_it_has_without_conditions_and_gaps() -> None:
    plain = build("chorale")
    encoding: Any = build("chorale", conditions="key", infill=True)
    rows = [(480 * at, 480, 50 + 7 * voice + at % 3, 80, 3 - voice) for voice in range(4) for at in range(20)]
    tune = Score.of(rows)
    whole = encoding.encode(tune)
    told = rearranged(encoding, whole, Gap(1440, 5 * 480))
    first = encoding.fields[0]
    sizes = [field.size for field in encoding.fields]

    def place(name: str, steps: np.ndarray) -> np.ndarray:
        derived = Derived([name], sizes, [field.values for field in encoding.fields])
        if name == "place":
            derived.music -= first.beside
        return derived(torch.tensor(steps[None]).long(), derived.start(1, torch.device("cpu")))[0][0, :, 0].numpy()

    steps = np.array(plain.encode(tune))
    expected = {at: at % 16 for at in range(len(steps) - 1)}
    again = int(np.flatnonzero(told[:, 0] == 0)[1])
    heard = np.flatnonzero(told[again:, 0] < first.size - first.beside) + again
    assert first.beside == first.size - plain.fields[0].size > 0
    assert place("place", steps)[:-1].tolist() == list(expected.values())
    assert place("place", told)[heard][:-1].tolist() == [at % 16 for at in range(len(heard) - 1)], "the gap too"
    assert place("place", whole)[2:-1].tolist() == [at % 16 for at in range(1, len(whole) - 2)], "told a key"
    assert place("clock", told)[heard][:-1].tolist() != [at % 16 for at in range(len(heard) - 1)], "as it was"

"""The laws of Stepper and Scorer, over every kind of model that etude ships."""

from __future__ import annotations

import numpy as np
import pytest

from etude.testing.fakes import TableStepper, UniformStepper
from etude.testing.stepper_laws import check_stepper

ONE, FOUR = (24,), (10, 7, 6, 5)


def music(sizes, length=40, seed=0):
    """Int32[T, K]: a begin step and random steps."""
    random = np.random.default_rng(seed)
    steps = np.stack([random.integers(0, size, length) for size in sizes], axis=1).astype(np.int32)
    steps[0] = 0
    return steps


@pytest.mark.parametrize("sizes", [ONE, FOUR])
@pytest.mark.parametrize("maker", [UniformStepper, TableStepper.random])
def test_fakes(maker, sizes) -> None:
    for cut in (1, 7, 39):
        check_stepper(maker(sizes), music(sizes), cut=cut)

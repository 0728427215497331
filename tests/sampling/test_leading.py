"""Faults of voice leading are counted as the books have it, and cost what they are said to."""

from __future__ import annotations

import numpy as np
import pytest

from etude.encodings import build
from etude.sampling import Sampling
from etude.sampling.leading import Leading, faults
from etude.sampling.particles import Filter, Outline
from etude.testing.fakes import UniformStepper

CHORD = (72, 67, 64, 48)


@pytest.mark.parametrize(
    ("now", "count"),
    [
        ((72, 67, 64, 48), 0),  # nothing moves
        ((74, 67, 64, 50), 1),  # octaves between soprano and bass
        ((74, 67, 64, 47), 0),  # contrary motion
        ((72, 69, 64, 50), 1),  # fifths, two octaves apart, between alto and bass
        ((76, 71, 68, 52), 2),  # soprano and bass, alto and bass: all move up a third
        ((72, 63, 64, 48), 1),  # the alto below the tenor
        ((-1, 67, 64, 50), 0),  # a rest moves with nobody
    ],
)
def test_faults_are_counted(now: tuple[int, ...], count: int) -> None:
    assert faults(CHORD, now) == count


def test_what_is_wrong_already_is_no_new_fault() -> None:
    assert faults((60, 62, 55, 48), (60, 62, 55, 47)) == 0


@pytest.mark.parametrize("holds", [True, False])
def test_the_last_step_costs_its_faults_through_held_notes(holds: bool) -> None:
    encoding = build("chorale", holds=holds)
    steps = [tuple(map(int, step)) for step in encoding.from_grid([CHORD, CHORD, (74, 67, 64, 50)])]
    leading = Leading(encoding, 2.5, opening=1)
    assert [leading(steps[:count]) for count in range(1, 6)] == [0, 0, 0, 2.5, 0]


def test_guarded_voices_make_fewer_faults() -> None:
    encoding = build("chorale", holds=False)
    free = np.ones((14, 4), np.bool_)
    free[[0, -1]] = free[:, 0] = False
    steps = encoding.from_grid([(60 + at % 5, 60, 55, 48) for at in range(12)])
    sizes = [field.size for field in encoding.fields]

    def count(nats: float) -> float:
        outline = Outline(steps, free, costs=Leading(encoding, nats, opening=1))
        made = encoding.to_grid(Filter(UniformStepper(sizes), encoding, 8, Sampling(), 3).fill(outline).steps)
        return sum(faults(before, now) for before, now in zip(made[:-1].tolist(), made[1:].tolist()))

    assert count(6.0) < count(0.0) / 2

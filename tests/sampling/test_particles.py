"""What particles fill in has the distribution that the model gives to it, all that is given being heard.

The model here is a table, so the distribution can be written down whole and held against thousands of draws.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import pytest

from etude.encodings import build
from etude.encodings.base import BEGIN, END
from etude.errors import UsageError
from etude.sampling import Sampling
from etude.sampling.particles import Filter, Outline
from etude.testing.fakes import UniformStepper

SIZES = (5, 2)
STEPS = np.array([[BEGIN, 0], [2, 1], [4, 0], [3, 0], [END, 0]], np.int32)
DRAWS, MANY = 400, 16


class PairStepper:
    """A model that remembers the whole last step, so that what it has not heard yet matters."""

    field_sizes = SIZES

    def __init__(self, seed: int = 5, heat: float = 1.0) -> None:
        random = np.random.default_rng(seed)
        shapes = ((*SIZES, SIZES[0]), (*SIZES, *SIZES))
        self.tables = [(1.2 * random.normal(size=shape) / heat).astype(np.float32) for shape in shapes]

    def start(self) -> tuple[int, int]:
        return (0, 0)

    def feed(self, state: tuple[int, int], steps: np.ndarray) -> tuple[int, int]:
        return (int(steps[-1, 0]), int(steps[-1, 1]))

    def fork(self, state: tuple[int, int]) -> tuple[int, int]:
        return state

    def logits(self, state: tuple[int, int], chosen: Any = ()) -> np.ndarray:
        row: np.ndarray = self.tables[len(chosen)][(*state, *chosen)]
        return row

    def log_probability(self, steps: np.ndarray) -> float:
        """Nats of all steps after the first."""
        total = 0.0
        for before, step in zip(steps[:-1].tolist(), steps[1:].tolist()):
            for field in range(2):
                scores = self.logits(tuple(before), step[:field]).astype(float)
                total += scores[step[field]] - np.logaddexp.reduce(scores)
        return total


class AnythingReader:
    """Lets everything pass."""

    done = False

    def allowed(self, chosen: Any = ()) -> np.ndarray:
        return np.ones(SIZES[len(chosen)], np.bool_)

    def feed(self, step: Any) -> tuple[()]:
        return ()


class Anything:
    """An encoding whose steps mean nothing."""

    def reader(self) -> AnythingReader:
        return AnythingReader()


def outline(given: tuple[int, ...]) -> Outline:
    free = np.ones(STEPS.shape, np.bool_)
    free[[0, -1]] = False
    free[:, list(given)] = False
    return Outline(STEPS, free)


def posterior(asked: Outline, heat: float = 1.0) -> dict[bytes, float]:
    """Every way of filling the gaps, and its probability given the rest."""
    model = PairStepper(heat=heat)
    places = [tuple(map(int, place)) for place in np.argwhere(asked.free)]
    choices = [range(2, SIZES[0]) if field == 0 else range(SIZES[1]) for _, field in places]
    weights = {}
    for values in itertools.product(*choices):
        steps = asked.steps.copy()
        for place, value in zip(places, values):
            steps[place] = value
        weights[steps.tobytes()] = float(np.exp(model.log_probability(steps)))
    total = sum(weights.values())
    return {key: weight / total for key, weight in weights.items()}


def distance(found: Counter[bytes], expected: dict[bytes, float]) -> float:
    """Total variation between draws and probabilities, 0 to 1."""
    total = sum(found.values())
    assert set(found) <= set(expected)
    return sum(abs(found[key] / total - share) for key, share in expected.items()) / 2


def filter_of(particles: int, seed: int, **settings: Any) -> Filter:
    return Filter(PairStepper(), Anything(), particles, Sampling(**settings), seed)  # type: ignore[arg-type]


def drawn(asked: Outline, particles: int, sweeps: int = 0, heat: float = 1.0) -> Counter[bytes]:
    filling = filter_of(particles, 11, temperature=heat)
    found: Counter[bytes] = Counter()
    for _ in range(DRAWS):
        piece = filling.settled(asked, filling.fill(asked), ((1, 3), (3, 4)), sweeps)
        found[piece.steps.tobytes()] += 1
    return found


@pytest.mark.parametrize("given", [(), (0,), (1,)])
def test_many_particles_draw_from_the_distribution_given_the_rest(given: tuple[int, ...]) -> None:
    asked = outline(given)
    found = distance(drawn(asked, MANY), posterior(asked))
    assert found < (0.1 if given else 0.28)  # chance alone makes 0.23 of the 216 pieces there are then
    if given:  # one particle is the plain mask, which does not hear what is still to come
        assert distance(drawn(asked, 1), posterior(asked)) > 2 * found


def test_places_anywhere_are_filled_with_both_sides_heard() -> None:
    free = np.zeros(STEPS.shape, np.bool_)
    free[2] = free[1, 1] = True
    asked = Outline(STEPS, free)
    assert distance(drawn(asked, MANY), posterior(asked)) < 0.08
    assert distance(drawn(asked, 1), posterior(asked)) > 0.15


def test_sweeps_bring_few_particles_to_the_distribution() -> None:
    asked = outline((1,))
    few, settled = (distance(drawn(asked, 2, sweeps), posterior(asked)) for sweeps in (0, 4))
    assert settled < 0.1
    assert few > 1.5 * settled


def test_a_sweep_leaves_the_distribution_as_it_is() -> None:
    """Pieces drawn from it exactly are still drawn from it after a sweep with as few as two particles."""
    asked = outline((1,))
    expected = posterior(asked)
    keys = list(expected)
    filling = filter_of(2, 7)
    found: Counter[bytes] = Counter()
    moved = 0
    for number in np.random.default_rng(5).choice(len(keys), 1500, p=list(expected.values())):
        steps = np.frombuffer(keys[number], np.int32).reshape(STEPS.shape)
        for block in ((1, 3), (3, 4)):
            steps = filling.fill(asked.filled(steps).within(*block), kept=steps).steps
        moved += steps.tobytes() != keys[number]
        found[steps.tobytes()] += 1
    assert moved > 200
    assert distance(found, expected) < 0.06


def test_a_temperature_warms_the_whole_model() -> None:
    asked = outline((1,))
    found = drawn(asked, MANY, heat=2.0)
    assert distance(found, posterior(asked, heat=2.0)) < 0.14
    assert distance(found, posterior(asked)) > 0.2


def test_the_likelihood_is_the_models_and_the_estimate_of_what_was_given_is_right() -> None:
    asked = outline((1,))
    filling = filter_of(MANY, 2)
    pieces = [filling.fill(asked) for _ in range(60)]
    model = PairStepper()
    assert pieces[0].log_likelihood == pytest.approx(model.log_probability(pieces[0].steps), abs=1e-4)
    ways = [np.frombuffer(key, np.int32).reshape(STEPS.shape) for key in posterior(asked)]
    exact = np.log(sum(np.exp(model.log_probability(steps)) for steps in ways))
    assert np.log(np.mean(np.exp([piece.log_given for piece in pieces]))) == pytest.approx(exact, abs=0.1)


def test_no_heat_takes_the_likeliest_that_was_found() -> None:
    asked = outline((1,))
    expected = posterior(asked)
    assert filter_of(200, 1, temperature=0.0).fill(asked).steps.tobytes() == max(
        expected, key=lambda key: expected[key]
    )


def test_what_is_asked_for_must_make_sense() -> None:
    with pytest.raises(UsageError, match="1 or more"):
        filter_of(0, 1)
    nothing = Outline(STEPS, np.zeros(STEPS.shape, np.bool_))
    with pytest.raises(UsageError, match="free to be drawn"):
        filter_of(2, 1).fill(nothing)
    deaf = PairStepper()
    deaf.tables[0][..., 2] = -np.inf
    with pytest.raises(UsageError, match="impossible"):
        Filter(deaf, Anything(), 2).fill(outline((0,)))  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [kept for size in range(4) for kept in itertools.combinations(range(4), size)])
def test_whatever_voices_are_given_stay_and_the_others_are_valid(given: tuple[int, ...]) -> None:
    chorale = build("chorale")
    sizes = [field.size for field in chorale.fields]
    random = np.random.default_rng(1)
    body = np.stack([random.integers(2 if field == 0 else 0, size, 12) for field, size in enumerate(sizes)], axis=1)
    steps = np.concatenate([[[BEGIN, 0, 0, 0]], body, [[END, 0, 0, 0]]]).astype(np.int32)
    free = np.ones(steps.shape, np.bool_)
    free[[0, -1]] = False
    free[:, list(given)] = False
    piece = Filter(UniformStepper(sizes), chorale, 3, seed=4).fill(Outline(steps, free))
    assert (piece.steps[~free] == steps[~free]).all()
    reader = chorale.reader()
    for at, step in enumerate(piece.steps.tolist()):
        for field in range(4):
            assert not free[at, field] or reader.allowed(step[:field])[step[field]]
        reader.feed(step)
    assert reader.done

"""Drawing what is missing of a piece from a model that hears from left to right, with all that is given heard.

Masks alone let a given voice through but are deaf to what it does next: what they draw is likely given the past
only. Here many particles grow side by side. Whatever is given multiplies a particle's weight by the probability the
model gave to it, and the light ones are replaced by copies of the heavy ones; so what is drawn tends, as the
particles become many, to the model's own distribution of the missing values given all the others.

Sources: Gordon, Salmond & Smith, "Novel approach to nonlinear/non-Gaussian Bayesian state estimation" (1993), for
the weights and copies; Andrieu, Doucet & Holenstein, "Particle Markov chain Monte Carlo methods" (2010), for
keeping one path (`kept`), which leaves that distribution as it is for any number of particles.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import BEGIN, END, Encoding, Reader, Steps
from etude.errors import UsageError
from etude.sampling.draw import COLDEST, draw
from etude.sampling.generate import Seed, without
from etude.sampling.settings import Sampling
from etude.stepper import State, Stepper

Costs = Callable[[Sequence[tuple[int, ...]]], float]
Among = Callable[[Sequence[tuple[int, ...]], Sequence[int]], NDArray[np.bool_] | None]

NEGLIGIBLE = 30.0  # nats: a particle so much lighter than the heaviest is dropped once all is drawn
SHARE = 0.5  # of the particles that must still count for them to be left as they are


@dataclass(frozen=True)
class Outline:
    """What is given of a piece.

    steps   int32[T, K]: begin step first, end step last; what they hold at free places means nothing
    free    bool[T, K]: what is to be drawn, some of it
    among   (steps so far, fields chosen) -> bool[V_k]: what a free value may be, beside the grammar; None: anything
    costs   steps so far -> nats (>= 0) that the last of them counts less for; None: nothing does
    """

    steps: Steps
    free: NDArray[np.bool_]
    among: Among | None = None
    costs: Costs | None = None

    @property
    def span(self) -> tuple[int, int]:
        """(first, last) step of which something is to be drawn. Raises UsageError when nothing is."""
        rows = np.flatnonzero(self.free.any(axis=1))
        if not len(rows) or rows[0] == 0 or rows[-1] == len(self.steps) - 1:
            raise UsageError("Something between the begin and the end step must be free to be drawn.")
        return int(rows[0]), int(rows[-1])

    def within(self, start: int, stop: int) -> Outline:
        """The same piece of which only the steps from `start` up to `stop`, not included, may be free."""
        free = np.zeros_like(self.free)
        free[start:stop] = self.free[start:stop]
        return replace(self, free=free)

    def filled(self, steps: Steps) -> Outline:
        """The same outline of a piece that was drawn: `steps` is int32[T, K] like its own."""
        return replace(self, steps=steps)


@dataclass(frozen=True)
class Filled:
    """A piece without gaps.

    steps            int32[T, K]
    log_likelihood   nats (<= 0) that the model itself gives all from the first drawn step to the end
    log_given        nats: an estimate of what it gives to the given values there, at the temperature asked for
    """

    steps: Steps
    log_likelihood: float
    log_given: float


class Particle:
    """One way of filling the gaps so far: what the model and the Reader have heard, and how much it counts."""

    def __init__(self, state: State, reader: Reader, steps: list[tuple[int, ...]]) -> None:
        self.state, self.reader, self.steps = state, reader, steps
        self.weight = self.nats = 0.0  # logarithm; and what the model itself gives to all since the first free step

    def forked(self, stepper: Stepper) -> Particle:
        """A particle of its own that goes on from here."""
        other = Particle(stepper.fork(self.state), copy.deepcopy(self.reader), list(self.steps))
        other.weight, other.nats = self.weight, self.nats
        return other


class Filter:
    """Particles of one model that fill the gaps of outlines; its random numbers go on from call to call."""

    def __init__(
        self, stepper: Stepper, encoding: Encoding, particles: int, sampling: Sampling | None = None, seed: Seed = 0
    ) -> None:
        if particles < 1:
            raise UsageError(f"The number of particles must be 1 or more, not {particles}.")
        self.stepper, self.encoding, self.count = stepper, encoding, particles
        self.sampling = sampling or Sampling()
        heats = self.sampling.temperatures(len(stepper.field_sizes))
        self.likeliest = max(heats) < COLDEST  # then the best of what is drawn at 1 is taken
        self.temperatures = tuple(heat if heat >= COLDEST else 1.0 for heat in heats)
        self.random = np.random.Generator(np.random.PCG64(seed))

    def fill(self, outline: Outline, kept: Steps | None = None) -> Filled:
        """The piece with its gaps filled; with `kept` (int32[T, K]) that way of filling them is one of those
        compared, which makes this a step of a Markov chain that leaves the distribution as it is."""
        first, last = outline.span
        group = self._start(outline, first, 1 if self.count == 1 and kept is None else self.count)
        given = 0.0
        for at in range(first, len(outline.steps)):
            for number, particle in enumerate(group):
                self._extend(particle, outline, at, kept if number == 0 else None)
            if at <= last:
                group, gained = self._thinned(group, kept is not None)
                given += gained
            else:
                group = _counting(group)
        weights = _weights(group)
        given += _log_sum(weights) - np.log(self.count)
        one = group[self._picked(group, weights)]
        return Filled(np.array(one.steps, np.int32), one.nats, float(given))

    def settled(self, outline: Outline, filled: Filled, blocks: Sequence[tuple[int, int]], sweeps: int) -> Filled:
        """`filled`, drawn again `sweeps` times, a block (first step, step after the last) at a time.

        Blocked Gibbs sampling, all else being heard: it leaves the distribution as it is, and takes out what too
        few particles put in.
        """
        steps = filled.steps
        for start, stop in list(blocks) * sweeps:
            block = outline.filled(steps).within(start, stop)
            if block.free.any():
                steps = self.fill(block, kept=steps).steps
        return Filled(steps, self.price(outline, steps), filled.log_given) if sweeps else filled

    def price(self, outline: Outline, steps: Steps) -> float:
        """Nats (<= 0) that the model itself gives `steps` (int32[T, K]) from the outline's first free step on."""
        first, _ = outline.span
        one = self._start(outline, first, 1)[0]
        for at in range(first, len(steps)):
            self._extend(one, outline, at, steps)
        return one.nats

    def _start(self, outline: Outline, first: int, count: int) -> list[Particle]:
        """Particles that have heard what comes before the first free step."""
        reader = self.encoding.reader()
        opening = [tuple(map(int, step)) for step in outline.steps[:first]]
        for step in opening:
            reader.feed(step)
        state = self.stepper.feed(self.stepper.start(), np.ascontiguousarray(outline.steps[:first], np.int32))
        one = Particle(state, reader, opening)
        return [one, *(one.forked(self.stepper) for _ in range(count - 1))]

    def _extend(self, particle: Particle, outline: Outline, at: int, kept: Steps | None) -> None:
        """The particle with step number `at`."""
        chosen: list[int] = []
        for field, free in enumerate(outline.free[at].tolist()):
            logits = self.stepper.logits(particle.state, chosen)
            own, heated = _log_shares(logits, self.temperatures[field])
            value = int(outline.steps[at, field])
            if free:
                allowed = self._allowed(particle, chosen, outline)
                particle.weight += _log_sum(heated[allowed])
                if kept is not None:
                    value = int(kept[at, field])
                else:
                    value = draw(logits, self.sampling, self.temperatures[field], self.random.random(), allowed)
            else:
                particle.weight += float(heated[value])
            particle.nats += float(own[value])
            chosen.append(value)
        particle.steps.append(tuple(chosen))
        if outline.costs is not None:
            particle.weight -= outline.costs(particle.steps)
        particle.reader.feed(chosen)
        if at + 1 < len(outline.steps):
            particle.state = self.stepper.feed(particle.state, np.array([chosen], np.int32))

    def _allowed(self, particle: Particle, chosen: list[int], outline: Outline) -> NDArray[np.bool_]:
        """Bool[V_k]: what a free value may be; the piece neither ends nor begins anew there."""
        allowed = particle.reader.allowed(chosen)
        if not chosen:
            allowed = without(allowed, (BEGIN, END))
        wanted = outline.among(particle.steps, chosen) if outline.among else None
        if wanted is not None and (allowed & wanted).any():
            return allowed & wanted
        return allowed

    def _thinned(self, group: list[Particle], first_stays: bool) -> tuple[list[Particle], float]:
        """The particles and 0; or where too few count, heirs of those that do, and what they weighed on average."""
        weights = _weights(group)
        shares = np.exp(weights - _log_sum(weights))
        if 1 / float((shares**2).sum()) >= SHARE * len(group):
            return group, 0.0
        heirs = [
            particle
            for parent, children in zip(group, self._children(shares, first_stays).tolist())
            for particle in self._heirs(parent, children)
        ]
        for particle in heirs:
            particle.weight = 0.0
        return heirs, float(_log_sum(weights) - np.log(len(group)))

    def _heirs(self, parent: Particle, children: int) -> list[Particle]:
        """The particle itself and copies of it, so many in all."""
        return [parent, *(parent.forked(self.stepper) for _ in range(children - 1))] if children else []

    def _children(self, shares: NDArray[np.float64], first_stays: bool) -> NDArray[np.int64]:
        """Int64[N], adding up to N: how many heirs each particle has, `shares` (float64[N]) of them on average.

        One comb over all, so that as little as possible is left to chance (Kitagawa 1996); where the first stays
        whatever happens, the others are drawn each by itself.
        """
        count = len(shares)
        if first_stays:
            drawn: NDArray[np.int64] = self.random.multinomial(count - 1, shares / shares.sum())
            drawn[0] += 1
            return drawn
        comb = (np.arange(count) + self.random.random()) / count
        parents = np.searchsorted(shares.cumsum() / shares.sum(), comb, side="right")
        return np.bincount(np.minimum(parents, count - 1), minlength=count)

    def _picked(self, group: list[Particle], weights: NDArray[np.float64]) -> int:
        """The number of the particle that is taken: one drawn by weight, or the likeliest piece of all."""
        if self.likeliest:
            return int(np.argmax([particle.nats for particle in group]))
        shares = np.exp(weights - _log_sum(weights)).cumsum()
        return min(int(np.searchsorted(shares / shares[-1], self.random.random(), side="right")), len(group) - 1)


def _weights(group: list[Particle]) -> NDArray[np.float64]:
    """Float64[N]: how much each particle counts, logarithms. Raises UsageError when none can be."""
    weights = np.array([particle.weight for particle in group])
    if not np.isfinite(weights.max()):
        raise UsageError("This model holds what is given for impossible, so nothing can be drawn to go with it.")
    return weights


def _counting(group: list[Particle]) -> list[Particle]:
    """Those that can still be taken when nothing is drawn any more."""
    heaviest = max(particle.weight for particle in group)
    return [particle for particle in group if particle.weight >= heaviest - NEGLIGIBLE]


def _log_shares(logits: NDArray[np.float32], temperature: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Float64[V] twice: log probabilities of the model itself, and of the model at that temperature."""
    own = logits.astype(np.float64)
    own = own - _log_sum(own)
    if temperature == 1:
        return own, own
    heated = own / temperature
    return own, heated - _log_sum(heated)


def _log_sum(values: NDArray[np.float64]) -> float:
    """ln of the sum of exp(values), float64[N]; -inf of none."""
    top = float(values.max(initial=-np.inf))
    return top if top == -np.inf else top + float(np.log(np.exp(values - top).sum()))

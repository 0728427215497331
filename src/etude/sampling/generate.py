"""Steps drawn from any Stepper, one after the other, under a Reader's mask."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import BEGIN, END, Reader, Steps, special_step
from etude.errors import UsageError
from etude.sampling.draw import added, draw, log_probability, paid_for, penalised
from etude.sampling.repeats import TRIES, Line, NoteFields
from etude.sampling.settings import Sampling
from etude.score import Event
from etude.stepper import Stepper

LONGEST = 16_384  # steps drawn where nothing else ends a piece

Seed = int | np.random.SeedSequence


class Walk:
    """One sequence in the making: prompt first, then a step a call.

    steps            what was heard and drawn, a tuple of K values a step
    events           what the Reader made of the prompt
    prices           nats (<= 0) that the model itself gives each drawn step; log_likelihood is their sum
    paid             of each drawn step, constraint -> nats (>= 0) that the model gave to what it took away; empty
                     for a Reader that knows no constraints
    done             whether the end step was drawn
    may_end          while false, the end step is drawn only where nothing else is allowed
    forbidden        values of the first field that the next step does not take, unless nothing else is allowed
    """

    may_end = True
    forbidden: Collection[int] = ()
    line: Line | None = None  # what repetition is counted in, where it is watched
    notes: NoteFields | None = None

    def __init__(self, stepper: Stepper, reader: Reader, prompt: Steps, sampling: Sampling, seed: Seed) -> None:
        self.stepper, self.reader, self.sampling = stepper, reader, sampling
        self.sizes = tuple(stepper.field_sizes)
        start = checked_prompt(prompt, self.sizes)
        self.temperatures = sampling.temperatures(len(self.sizes))
        self.random = np.random.Generator(np.random.PCG64(seed))
        if hasattr(reader, "curb"):  # more can be read than is to be drawn
            reader.curb()
        self.steps: list[tuple[int, ...]] = [tuple(map(int, step)) for step in start]
        self.events = [event for step in self.steps for event in reader.feed(step)]
        self.state = stepper.start()
        self.waiting = start  # steps the model has not heard yet: fed when the next one is asked for
        self.prices: list[float] = []
        self.paid: list[dict[str, float]] = []
        self.passed: dict[
            tuple[int, ...], set[int]
        ] = {}  # fields chosen -> values of the next that repeat too much
        self.constrained = hasattr(reader, "layers")

    @property
    def log_likelihood(self) -> float:
        """Nats (<= 0) that the model itself gives the drawn steps."""
        return sum(self.prices)

    @property
    def done(self) -> bool:
        """Whether the end step was drawn."""
        return self.reader.done

    def advance(self) -> tuple[NDArray[np.int32], tuple[Event, ...]]:
        """The next step, int32[K], and the events that it makes certain."""
        self.state = self.stepper.feed(self.state, self.waiting)
        chosen, nats, paid = self._drawn()
        while self._repeats(chosen):
            chosen, nats, paid = self._drawn()
        self.prices.append(nats)
        self.paid.append(paid)
        self.steps.append(tuple(chosen))
        self.forbidden, self.passed = (), {}
        step = np.array(chosen, np.int32)
        self.waiting = step[None]
        events = self.reader.feed(chosen)
        if self.line is not None:
            self.line.hear(events)
        return step, events

    def _repeats(self, chosen: list[int]) -> bool:
        """Whether a step brings one passage too many back; then its note is not to be drawn here again."""
        if self.line is None or self.notes is None or self.line.rate <= self.sampling.repeat_rate:
            return False
        found = self.notes.highest(chosen)
        if found is None or sum(map(len, self.passed.values())) >= TRIES:
            return False
        field, pitch = found
        if not self.line.brings_back(pitch, self.notes.same_onset(chosen)):
            return False
        self.passed.setdefault(tuple(chosen[:field]), set()).add(chosen[field])
        return True

    def watch(self, notes: NoteFields) -> None:
        """From now on passages come back no more often than the settings let them. `notes` tells notes of steps."""
        self.notes, self.line = notes, Line(self.sampling.repeat_notes)
        self.line.hear(self.events)

    def _drawn(self) -> tuple[list[int], float, dict[str, float]]:
        """A step that could be the next, the nats the model gives it, and what its constraints took away."""
        chosen: list[int] = []
        nats = 0.0
        paid: dict[str, float] = {}
        for temperature in self.temperatures:
            logits = self.stepper.logits(self.state, chosen)
            value = self._draw(logits, temperature, chosen)
            nats += log_probability(logits, value)
            if self.constrained and self.sampling.masked:
                paid = added(paid, paid_for(logits, self.reader))  # type: ignore[arg-type]
            chosen.append(value)
        return chosen, nats, paid

    def _draw(self, logits: NDArray[np.float32], temperature: float, chosen: list[int]) -> int:
        """One value of field len(chosen)."""
        if self.sampling.repeat_penalty:
            logits = penalised(logits, self.sampling, self.steps, chosen)
        passed = self.passed.get(tuple(chosen), ())
        if not (self.sampling.masked or self.forbidden or passed):
            return draw(logits, self.sampling, temperature, self.random.random())
        allowed = self.reader.allowed(chosen) if self.sampling.masked else np.ones(len(logits), np.bool_)
        if not chosen:
            allowed = self._wanted(allowed)
        allowed = without(allowed, passed)
        return draw(logits, self.sampling, temperature, self.random.random(), allowed)

    def _wanted(self, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """`allowed` without what must not be drawn now, unless nothing would be left."""
        unwanted = [*self.forbidden, *([END] if self.sampling.masked and not self.may_end else [])]
        return without(allowed, unwanted)


def without(allowed: NDArray[np.bool_], unwanted: Collection[int]) -> NDArray[np.bool_]:
    """`allowed` (bool[V], left as it is) but for the values `unwanted`, unless nothing would be left."""
    if not unwanted:
        return allowed
    rest = allowed.copy()
    rest[list(unwanted)] = False
    return rest if rest.any() else allowed


def generate(
    stepper: Stepper,
    reader: Reader,
    prompt: Steps,
    sampling: Sampling | None = None,
    seed: Seed = 0,
    max_steps: int = LONGEST,
) -> Iterator[NDArray[np.int32]]:
    """The steps that follow `prompt` (int32[T, K]; empty: a new piece), int32[K] each, as they are drawn.

    The last one is the end step, unless `max_steps` came first. `reader` must be fresh; it hears the prompt here,
    and with `sampling.masked` it lets only valid music through. The same seed gives the same steps.
    """
    walk = Walk(stepper, reader, prompt, sampling or Sampling(), seed)
    for _ in range(max_steps):
        if walk.done:
            return
        yield walk.advance()[0]


def checked_prompt(prompt: Steps, field_sizes: tuple[int, ...]) -> Steps:
    """`prompt` as int32[T >= 1, K] that begins with the begin step and has no end step.

    Raises UsageError when its shape or its values do not belong to a model of `field_sizes`.
    """
    fields = len(field_sizes)
    begin = special_step(BEGIN, fields)
    steps = np.asarray(prompt)
    if not steps.size:
        return begin[None]
    if steps.ndim != 2 or steps.shape[1] != fields or not np.issubdtype(steps.dtype, np.integer):
        raise UsageError(
            f"The prompt must be whole numbers of shape (steps, {fields}), not {steps.dtype} {steps.shape}: "
            "encode it with the model's own encoding."
        )
    bad = (steps < 0) | (steps >= np.array(field_sizes))
    if bad.any():
        row, field = map(int, np.argwhere(bad)[0])
        raise UsageError(
            f"Step {row} of the prompt has the value {steps[row, field]} in field {field}, which holds "
            f"0..{field_sizes[field] - 1}: encode it with the model's own encoding."
        )
    ends = np.flatnonzero(steps[:, 0] == END)
    steps = steps[: ends[0]] if len(ends) else steps
    if not len(steps) or steps[0, 0] != BEGIN:
        steps = np.concatenate([begin[None], steps])
    return np.ascontiguousarray(steps, np.int32)

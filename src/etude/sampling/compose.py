"""Whole pieces: a prompt and a length in, a Score out, or its events while it grows."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from etude.encodings.base import Encoding, Reader, Steps, decode
from etude.encodings.base import prompt_steps as opening
from etude.errors import BadInput, UsageError
from etude.sampling.draw import added
from etude.sampling.generate import LONGEST, Seed, Walk, checked_prompt, generate
from etude.sampling.length import Length, Target
from etude.sampling.repeats import note_fields
from etude.sampling.settings import Sampling
from etude.score import Event, Score, score_from_events
from etude.stepper import Stepper

Prompt = Score | Steps | Literal["random"] | None

RANDOM_START = 8  # steps of a random prompt
RANDOM_MOVE = 6  # semitones a random prompt is moved by, at most
SILENT_STEPS = 8  # steps without an event before the Reader is asked how late it is


@dataclass(frozen=True)
class Composition:
    """A finished piece.

    score            the music, prompt included
    steps            int32[T, K], begin step and prompt first; without the step that passed the length
    prompt_end       the tick at which the prompt stops; 0 without one
    log_likelihood   nats (<= 0) that the model itself, with neither mask nor temperature, gives the drawn steps
    ended            whether the model ended the piece, rather than the length
    paid             constraint -> nats (>= 0) that the model gave to what it took away; "grammar" is the encoding's
    figures          what else is known of how it was made, JSON values by name
    remarks          what a person should know of that, a sentence each
    said             the figures, in words
    own              what of the score was drawn, where the rest was given; None: all of it, but for the prompt
    """

    score: Score
    steps: Steps
    prompt_end: int
    log_likelihood: float
    ended: bool
    paid: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    said: str = ""
    own: Score | None = None


def compose(
    stepper: Stepper,
    encoding: Encoding,
    *,
    prompt: Prompt = None,
    sampling: Sampling | None = None,
    seed: Seed = 0,
    length: Length | None = None,
) -> Composition:
    """A new piece that begins with `prompt`. The same arguments give the same piece.

    prompt    a Score, steps of this encoding (an end step is taken off), None, or "random": eight steps drawn
              from the model, moved by at most six semitones as far as the encoding's range allows
    length    what to add; notes that sound when it is reached end there. None: until the model ends the piece.

    Raises BadInput when the encoding cannot hold the prompt.
    """
    growth = Growth(stepper, encoding, prompt, sampling or Sampling(), seed)
    return growth.composition(list(growth.events(length or Length())))


def compose_stream(
    stepper: Stepper,
    encoding: Encoding,
    *,
    prompt: Prompt = None,
    sampling: Sampling | None = None,
    seed: Seed = 0,
    length: Length | None = None,
) -> Iterator[Event]:
    """The events of the piece that `compose` makes of the same arguments, in time order, as they are drawn."""
    return Growth(stepper, encoding, prompt, sampling or Sampling(), seed).events(length or Length())


@dataclass(frozen=True)
class Resumed:
    """What was drawn already: the piece goes on from here, but not with these values of the first field."""

    steps: Steps  # int32[T, K], begin step and prompt first
    prices: tuple[float, ...]  # nats (<= 0) of each drawn step
    forbidden: frozenset[int]
    paid: tuple[dict[str, float], ...] = ()  # what its constraints took away, of each drawn step


class Growth:
    """A walk whose events are cut at the tick where the length is reached."""

    def __init__(
        self,
        stepper: Stepper,
        encoding: Encoding,
        prompt: Prompt,
        sampling: Sampling,
        seed: Seed,
        resumed: Resumed | None = None,
    ) -> None:
        sizes = tuple(field.size for field in encoding.fields)
        if sizes != tuple(stepper.field_sizes):
            raise UsageError(
                f"The model was made for fields of {tuple(stepper.field_sizes)} values, the encoding "
                f"'{encoding.name}' has {sizes}: use the encoding the model was trained with."
            )
        self.encoding = encoding
        steps = prompt_steps(stepper, encoding, prompt, sampling, seed)
        self.prompt_end = decode(encoding, steps).end if len(steps) > 1 else 0
        self.walk = Walk(stepper, encoding.reader(), resumed.steps if resumed else steps, sampling, seed)
        if resumed:
            self.walk.prices, self.walk.forbidden = list(resumed.prices), resumed.forbidden
            self.walk.paid = list(resumed.paid)
        if sampling.repeat_rate < 1:
            self.walk.watch(note_fields(encoding))
        self.sounding: Counter[tuple[int, int]] = Counter()
        self.overshot = False

    def events(self, length: Length) -> Iterator[Event]:
        """Every event of the piece, the prompt's first."""
        target = Target(length, self.encoding.tpq, self.prompt_end)
        target.hear(self.walk.events)
        self.walk.may_end = target.tick is None  # whoever asks for a length gets it
        yield from self._sounded(self.walk.events, None)
        silent = 0
        for _ in range((length.steps or LONGEST) - len(self.walk.prices)):
            if self.walk.done:
                break
            _, events = self.walk.advance()
            target.hear(events)
            if target.tick is not None:
                silent = 0 if events else silent + 1
                if any(event.kind == "on" and event.tick >= target.tick for event in events):
                    self._take_back()
                    yield from self._sounded(events, target.tick)
                    break
                if silent % SILENT_STEPS == SILENT_STEPS - 1 and _now(self.walk.reader) >= target.tick:
                    break
            yield from self._sounded(events, target.tick)
        yield from self._sounded(self.walk.reader.finish(), target.tick)

    def composition(self, events: list[Event]) -> Composition:
        """The finished piece, of all its events."""
        return Composition(
            score=score_from_events(events, tpq=self.encoding.tpq, tracks=self.encoding.tracks),
            steps=np.array(self.walk.steps, np.int32),
            prompt_end=self.prompt_end,
            log_likelihood=self.walk.log_likelihood,
            ended=self.walk.done and not self.overshot,
            paid=added(*self.walk.paid),
        )

    def _take_back(self) -> None:
        """Forgets the last step: it begins after the length."""
        self.overshot = True
        self.walk.steps.pop()
        self.walk.prices.pop()
        self.walk.paid.pop()

    def _sounded(
        self, events: Iterator[Event] | tuple[Event, ...] | list[Event], end: int | None
    ) -> Iterator[Event]:
        """`events` as far as they belong to the piece: nothing begins at tick `end`, what sounds stops there."""
        for event in events:
            late = end is not None and event.tick >= end
            key = event.track, event.number
            if event.kind == "on" and not late:
                self.sounding[key] += 1
            elif event.kind == "off":
                if not self.sounding[key]:
                    continue
                self.sounding[key] -= 1
            elif late and event.kind != "end":
                continue
            yield replace(event, tick=end) if late and end is not None else event


def prompt_steps(stepper: Stepper, encoding: Encoding, prompt: Prompt, sampling: Sampling, seed: Seed) -> Steps:
    """Int32[T >= 1, K]: the begin step and what the piece is to begin with, without an end step."""
    sizes = tuple(field.size for field in encoding.fields)
    nothing = np.zeros((0, len(sizes)), np.int32)
    if prompt is None:
        return checked_prompt(nothing, sizes)
    if isinstance(prompt, Score):
        try:
            return checked_prompt(opening(encoding, prompt), sizes)
        except BadInput as error:
            raise BadInput(f"The prompt cannot be used with this model: {error}", error.reason) from error
    if isinstance(prompt, str):
        if prompt != "random":
            raise UsageError(f"'{prompt}' is no prompt here: give a Score, steps, or 'random'.")
        drawn = list(generate(stepper, encoding.reader(), nothing, sampling, another(seed), RANDOM_START))
        start = checked_prompt(np.array(drawn, np.int32), sizes)
        return _moved(encoding, start, np.random.Generator(np.random.PCG64(another(seed))))
    return checked_prompt(prompt, sizes)


def _moved(encoding: Encoding, steps: Steps, random: np.random.Generator) -> Steps:
    """`steps` transposed by a random number of semitones that the encoding allows."""
    low, high = encoding.transposable(steps)
    move = int(random.integers(max(low, -RANDOM_MOVE), min(high, RANDOM_MOVE), endpoint=True))
    moved = encoding.transpose(steps, move)
    return steps if moved is None else moved


def another(seed: Seed, *key: int) -> np.random.SeedSequence:
    """A seed that shares no random numbers with `seed`, nor with that of another `key`."""
    base = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    return np.random.SeedSequence(base.entropy, spawn_key=(*base.spawn_key, 1, *key))


def _now(reader: Reader) -> int:
    """The tick at which the music heard so far stops, without disturbing `reader`."""
    return max((event.tick for event in copy.deepcopy(reader).finish()), default=0)

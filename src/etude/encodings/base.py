"""What an encoding is: Score -> steps, and a Reader that is decoder, grammar mask and live stream at once.

A sequence of music is int32[T, K]: T steps of K fields. The first step of an encoded piece is the begin step
(first field BEGIN, the others 0), the last one the end step (first field END, the others 0). In the first
field the values 0 and 1 mean nothing else.

Laws, tested for every registered encoding (`etude.testing.encoding_laws`):
  1. decode(encode(s)) == encode's own idea of s: encoding it again gives the same steps;
  2. the encoder writes only what the mask allows;
  3. any integers inside the field sizes decode, and the mask is never all false;
  4. events leave the Reader in time order;
  5. a random walk under the mask ends, decodes, and loses no note when it is encoded again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from etude.score import Event, Metadata, Score, Track, score_from_events

BEGIN, END = 0, 1  # values of the first field

Steps = NDArray[np.int32]  # int32[T, K]

# What a value does to the bar, and up to three numbers, times in ticks. Nothing; says the length of the notes that
# follow; is a note or rest; lets the next note sound with the one before; opens a tuplet (p units in the time
# of q); is a bar line; is a repeat sign or double bar; says the length of a full bar; says that of the first one;
# is whatever else ends a tuplet.
Timing = tuple[int, int, int, int]
NOTHING, LENGTH, SOUND, ALSO, TUPLET, LINE, SIGN, METER, UPBEAT, BREAK = range(10)


@dataclass(frozen=True)
class Field:
    """One field of a step: its name and how many values it has.

    `values` (float64[size], optional) gives what each value stands for in the field's own `unit` (semitones,
    quarters, seconds, ...), for real-valued heads and for errors in seconds. NaN where a value stands for none.
    `sounds` gives the MIDI number of the note that each value begins, NaN for none, where `values` do not say it.
    `timing` gives what each value does to the bar, where values are tokens of written music.
    `beside` says how many of the last values are no music: conditions, and markers of what is missing.
    """

    name: str
    size: int
    unit: str = ""
    values: tuple[float, ...] | None = None
    sounds: tuple[float, ...] | None = None
    timing: tuple[Timing, ...] | None = None
    beside: int = 0

    @property
    def notes(self) -> tuple[float, ...] | None:
        """The MIDI number of the note that each value begins, NaN for none; None where no value begins one."""
        return self.sounds or (self.values if self.unit == "semitones" else None)

    def extended(self, more: int, does: int = NOTHING) -> Field:
        """This field with `more` values behind its own, which are no music and do `does` to the bar."""
        none = [math.nan] * more
        values, sounds = ((*one, *none) if one is not None else None for one in (self.values, self.sounds))
        timing = None if self.timing is None else (*self.timing, *[(does, 0, 0, 0)] * more)
        larger = replace(self, values=values, sounds=sounds, timing=timing)
        return replace(larger, size=self.size + more, beside=self.beside + more)


class Reader(Protocol):
    """One incremental automaton per sequence."""

    @property
    def done(self) -> bool:
        """Whether the end step was read."""

    def allowed(self, chosen: Sequence[int] = ()) -> NDArray[np.bool_]:
        """Bool[V_k], never all false: what field k = len(chosen) may be, given the fields chosen before it."""

    def feed(self, step: Sequence[int]) -> tuple[Event, ...]:
        """The events that are certain once this step is known, in time order. Any integers are read."""

    def finish(self) -> tuple[Event, ...]:
        """The events still to come when the sequence stops here: notes that sound are ended."""


class Encoding(Protocol):
    """One way of turning music into steps. Built by `etude.encodings.build(name, **settings)`."""

    name: str

    @property
    def fields(self) -> tuple[Field, ...]:
        """The K fields of a step."""

    @property
    def settings(self) -> dict[str, Any]:
        """JSON values from which `build(name, **settings)` makes an equal encoding."""

    @property
    def tpq(self) -> int:
        """Ticks per quarter note of the Scores it decodes to."""

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks of the Scores it decodes to."""

    def encode(self, score: Score) -> Steps:
        """Int32[T, K], begin step first, end step last. Raises BadInput(NOT_ENCODABLE) naming why it cannot."""

    def reader(self) -> Reader:
        """A fresh Reader that stands before the first step; feed it the begin step or not, it starts a piece."""

    def transpose(self, steps: Steps, semitones: int) -> Steps | None:
        """The steps of the same music moved by `semitones`, or None where it would leave the range.

        encode(transpose(score, n)) == transpose(encode(score), n) where both exist.
        """

    def transposable(self, steps: Steps) -> tuple[int, int]:
        """(lowest, highest) number of semitones `transpose` can move these steps by; (0, 0) for drums."""

    def note_count(self, steps: Steps) -> int:
        """How many notes the steps stand for: the divisor of bits per note."""


def prompt_steps(encoding: Encoding, score: Score) -> Steps:
    """Int32[T, K]: the begin step and the steps of a Score that is to go on, without an end step.

    An encoding whose steps promise something of what follows (a number of sections, full bars) may offer a method
    `prompt(score)` that leaves it open; for others these are the steps of `encode`.
    """
    own = getattr(encoding, "prompt", None)
    steps: Steps = own(score) if own is not None else encoding.encode(score)[:-1]
    return steps


def decode(encoding: Encoding, steps: Steps | Sequence[Sequence[int]], meta: Metadata | None = None) -> Score:
    """The Score that `steps` (int[T, K]) stand for; any integers decode. Reading stops at the end step.

    A Reader of steps that name their own tracks has them as `tracks`; else they are those of the encoding. One of
    steps that tell the composer has a `metadata`.
    """
    reader = encoding.reader()
    events = list(_events(reader, steps))
    tracks = getattr(reader, "tracks", encoding.tracks)
    meta = meta or getattr(reader, "metadata", None)
    return score_from_events(events, tpq=encoding.tpq, tracks=tracks, meta=meta)


def is_lawful(encoding: Encoding, steps: Steps) -> bool:
    """Whether the mask lets every value of `steps` (int32[T, K], begin first) stand where it does, to the end."""
    reader = encoding.reader()
    reader.feed(steps[0].tolist())
    for step in steps[1:].tolist():
        if not all(reader.allowed(step[:field])[value] for field, value in enumerate(step)):
            return False
        reader.feed(step)
    return reader.done


def events_of(encoding: Encoding, steps: Steps | Sequence[Sequence[int]]) -> Iterable[Event]:
    """The timed events of `steps`, as a player would receive them."""
    return _events(encoding.reader(), steps)


def _events(reader: Reader, steps: Steps | Sequence[Sequence[int]]) -> Iterator[Event]:
    for step in steps:
        yield from reader.feed([int(value) for value in step])
        if reader.done:
            break
    yield from reader.finish()


def special_step(value: int, fields: int) -> NDArray[np.int32]:
    """Int32[K]: the begin or end step."""
    step = np.zeros(fields, np.int32)
    step[0] = value
    return step


def framed(body: NDArray[np.int32]) -> Steps:
    """The steps of a piece, int32[T + 2, K], from its int32[T, K] body: begin step, body, end step."""
    fields = body.shape[1]
    return np.concatenate([special_step(BEGIN, fields)[None], body, special_step(END, fields)[None]]).astype(
        np.int32
    )

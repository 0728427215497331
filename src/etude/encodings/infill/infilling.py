"""Any encoding with markers, so that a piece can be told out of order: what comes later, then the gap.

A rearranged piece is: begin, header, LATER, the steps behind the gap; then once more begin and header, the steps
before the gap, GAP, those of the gap, end. GAP tells how many quarters are missing. The gap comes last, so that a
model fills it from left to right having heard both sides; what stands before it comes directly before it, and a
begin step starts anew whatever counts steps or bars, so that all that holds there (lengths, waits, the place in the
bar, the input history) holds as in plain pieces. Whoever reads a rearranged piece hears the part before the gap and
the gap: what comes later is told, like a condition.

Source of the idea: Bavarian et al., "Efficient training of language models to fill in the middle" (2022), its
variant with the suffix first; for music as sequences of bars, Ens and Pasquier, "MMM" (2020).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import BEGIN, Encoding, Field, Reader, Steps
from etude.encodings.infill.cutting import Cutting
from etude.encodings.infill.table import cutting
from etude.encodings.reading import Mask, only
from etude.score import Event, Score, Track

LONGEST = 64  # quarters that GAP can tell; it stands for all larger numbers


@dataclass(frozen=True)
class Infilling:
    """`inner` with markers: values of the first field beyond its own, the other fields 0."""

    inner: Encoding
    name: str = field(init=False)  # that of `inner`

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.inner.name)
        cutting(self.inner)  # refuses at once

    def __getattr__(self, name: str) -> Any:
        """What only some encodings have."""
        if name.startswith("_") or name in ("inner", "name"):
            raise AttributeError(name)
        return getattr(self.inner, name)

    @property
    def first(self) -> int:
        """The first marker: LATER. GAP for 1 .. LONGEST quarters follows."""
        return self.inner.fields[0].size

    @cached_property
    def cuts(self) -> Cutting:
        """How its steps are cut."""
        return cutting(self.inner)

    @property
    def tpq(self) -> int:
        """Ticks per quarter note of the Scores it decodes to."""
        return self.inner.tpq

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks of the Scores it decodes to."""
        return self.inner.tracks

    @property
    def settings(self) -> dict[str, Any]:
        """What builds an equal encoding."""
        return {**self.inner.settings, "infill": True}

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Those of `inner`, the first with the markers behind its own values."""
        first, *others = self.inner.fields
        return (first.extended(1 + LONGEST), *others)

    def encode(self, score: Score) -> Steps:
        """Int32[T, K], in order. Raises BadInput as `inner` does."""
        return self.inner.encode(score)

    def reader(self) -> InfillingReader:
        """A Reader that stands before the first step."""
        return InfillingReader(self.inner.reader, self.first, [field.size for field in self.fields])

    def is_marker(self, steps: NDArray[Any]) -> NDArray[np.bool_]:
        """Bool[T]: which steps are markers."""
        values = np.asarray(steps)[..., 0]
        return np.asarray((values >= self.first) & (values < self.fields[0].size))

    def transpose(self, steps: Steps, semitones: int) -> Steps | None:
        """The steps of the same music moved; None where `inner` has none. Markers stay."""
        moved = self.inner.transpose(steps[~self.is_marker(steps)], semitones)
        if moved is None:
            return None
        out = np.array(steps, np.int32)
        out[~self.is_marker(steps)] = moved
        return out

    def transposable(self, steps: Steps) -> tuple[int, int]:
        """(lowest, highest) number of semitones `transpose` can move these steps by."""
        return self.inner.transposable(steps[~self.is_marker(steps)])

    def note_count(self, steps: Steps) -> int:
        """How many notes the steps stand for."""
        return self.inner.note_count(steps[~self.is_marker(steps)])


def gap_marker(infilling: Infilling, ticks: int) -> int:
    """The value of the first field that tells of a gap of so many ticks."""
    return infilling.first + min(max(round(ticks / infilling.tpq), 1), LONGEST)


class InfillingReader:
    """A Reader of `inner`, which does not hear what comes later. The mask lets no marker through."""

    def __init__(self, make: Callable[[], Reader], first: int, sizes: Sequence[int]) -> None:
        self.make, self.inner, self.first, self.sizes = make, make(), first, tuple(sizes)
        self.later = self.sounded = False  # what is read now comes later; something was heard already
        self.heading = self.repeated = 0  # steps read before LATER; of these, how many are still to be read again
        self.markers = np.zeros(1 + LONGEST, np.bool_)

    def __getattr__(self, name: str) -> Any:
        """What only some Readers have, such as `tracks`."""
        if name.startswith("_") or name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)

    @property
    def done(self) -> bool:
        """Whether the end step was read."""
        return self.inner.done

    def allowed(self, chosen: Sequence[int] = ()) -> Mask:
        """Bool[V_k]: what `inner` allows."""
        if chosen:
            return only(self.sizes[len(chosen)], 0) if chosen[0] >= self.first else self.inner.allowed(chosen)
        return np.concatenate([self.inner.allowed(), self.markers])

    def feed(self, step: Sequence[int]) -> tuple[Event, ...]:
        """The events that are certain once this step is known; none of what comes later."""
        if step[0] >= self.first:
            self.later = self.later or step[0] == self.first
            return ()
        if step[0] == BEGIN and self.later:
            self.later = False
            if not self.sounded:  # no music before LATER, so the header is told again
                self.inner, self.repeated = self.make(), self.heading
        if self.later:
            return ()
        events = self.inner.feed(step)
        if step[0] == BEGIN or not self.repeated:
            self.heading += step[0] != BEGIN
            self.sounded = self.sounded or any(event.kind == "on" or event.tick for event in events)
            return events
        self.repeated -= 1
        return ()

    def finish(self) -> tuple[Event, ...]:
        """The events still to come when the sequence stops here."""
        return self.inner.finish()

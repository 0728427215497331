"""Repetition counted in notes: how often passages come back, and which note would bring another back.

A passage is so many notes of the line of highest notes, in any key and rhythm: their intervals. Real music repeats
itself, so repeating is not forbidden: only while more of the passages so far have come back than should, a step
whose note brings one more back is drawn again without that note.

Sources: the loops of likelihood-trained models: Holtzman et al., "The curious case of neural text degeneration"
(2020); n-grams that must not come back: Paulus, Xiong and Socher, "A deep reinforced model for abstractive
summarization" (2018), here with the corpus' own rate as the measure instead of never.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from etude.encodings.base import Encoding
from etude.errors import UsageError
from etude.score import Event

TRIES = 12  # notes that are passed over before a repetition is let through


class Line:
    """The line of highest notes while it grows, and how many of its passages of `notes` notes came before."""

    def __init__(self, notes: int) -> None:
        self.notes = notes
        self.tick = -1
        self.pitches: list[int] = []
        self.heard: set[tuple[int, ...]] = set()
        self.passages = self.repeated = 0

    def hear(self, events: Iterable[Event]) -> None:
        """Takes the notes that begin among `events`, in time order."""
        for event in events:
            if event.kind != "on":
                continue
            if event.tick > self.tick:
                self._close()
                self.tick = event.tick
                self.pitches.append(event.number)
            elif event.number > self.pitches[-1]:
                self.pitches[-1] = event.number

    def _close(self) -> None:
        """The highest note of the last onset is known: counts the passage that ends with it."""
        passage = self._passage(self.pitches)
        if passage:
            self.passages += 1
            self.repeated += passage in self.heard
            self.heard.add(passage)

    def _passage(self, pitches: Sequence[int]) -> tuple[int, ...]:
        """The intervals of the last passage; () where there is none yet."""
        last = pitches[-self.notes :]
        return tuple(b - a for a, b in pairwise(last)) if len(last) == self.notes else ()

    def brings_back(self, pitch: int, same_onset: bool) -> bool:
        """Whether a passage that came before would end with `pitch`, begun now or with the last note."""
        if same_onset and self.pitches:
            return pitch > self.pitches[-1] and self._passage([*self.pitches[:-1], pitch]) in self.heard
        before = self._passage(self.pitches)
        passage = self._passage([*self.pitches[-self.notes :], pitch])
        return bool(passage) and (passage in self.heard or passage == before)

    @property
    def rate(self) -> float:
        """The share of the passages so far that came before; 0 without any."""
        return self.repeated / self.passages if self.passages else 0.0


class NoteFields:
    """Where in a step of an encoding the notes stand: for each field float[V], pitch of each value or NaN."""

    def __init__(self, encoding: Encoding) -> None:
        self.pitches = [field.notes for field in encoding.fields]
        self.waits = next((k for k, field in enumerate(encoding.fields) if field.name == "step"), -1)
        self.values = encoding.fields[self.waits].values if self.waits >= 0 else None

    def __bool__(self) -> bool:
        """Whether the notes of a step can be told at all."""
        return any(self.pitches)

    def highest(self, step: Sequence[int]) -> tuple[int, int] | None:
        """(field, pitch) of the highest note that a step begins; None where it begins none."""
        found = [
            (int(table[value]), -field)
            for field, (table, value) in enumerate(zip(self.pitches, step))
            if table is not None and not math.isnan(table[value])
        ]
        pitch, field = max(found, default=(0, 1))
        return (-field, pitch) if found else None

    def same_onset(self, step: Sequence[int]) -> bool:
        """Whether the notes of a step begin together with those of the one before."""
        return self.values is not None and self.values[step[self.waits]] == 0


def note_fields(encoding: Encoding) -> NoteFields:
    """Where the notes stand in the steps of `encoding`. Raises UsageError where that cannot be told."""
    found = NoteFields(encoding)
    if not found:
        raise UsageError(
            f"The encoding '{encoding.name}' of this model does not say which of its values are notes, so "
            "repetition cannot be counted in notes: leave repeat_rate out, or use repeat_penalty."
        )
    return found

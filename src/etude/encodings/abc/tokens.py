"""The encoding "abc": one token a step, a tune with its header first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from etude.config import to_mapping
from etude.encodings.abc import vocabulary as v
from etude.encodings.abc.prompts import open_tune, opened
from etude.encodings.abc.reader import AbcReader
from etude.encodings.abc.structure import refuse
from etude.encodings.abc.timing import TIMING
from etude.encodings.abc.writer import tokens
from etude.encodings.base import BEGIN, Field, Steps, framed
from etude.errors import UsageError
from etude.score import MODES, Score, Track, nearest_fifths, skyline

FLUTE = 73
_PITCH = v.VALUE["pitch", v.LOWEST]
_SOUNDS = tuple(float(what) if kind == "pitch" else math.nan for kind, what in v.SYMBOLS)
_RHYTHM_OF_METER = {(6, 8): "jig", (9, 8): "slip jig", (12, 8): "slide", (2, 4): "polka", (3, 4): "waltz"}
_METER_OF_RHYTHM = {
    **{"reel": (4, 4), "jig": (6, 8), "slip jig": (9, 8), "hornpipe": (4, 4), "polka": (2, 4), "slide": (12, 8)},
    **{"waltz": (3, 4), "march": (4, 4), "strathspey": (4, 4), "air": (3, 4), "mazurka": (3, 4)},
}


@dataclass(frozen=True)
class AbcTokens:
    """One-voice tunes: tune type, meter, key, number of sections and upbeat, then durations, notes and bar lines.

    skyline   takes the highest voice of music that has several; without it such music is refused.
    complete  what is drawn completes every upbeat by a last bar; tunes that do not are refused.
    What is not kept: grace notes, chord symbols, words, D.C. and D.S., tempo (decoding sets the dance's usual one).
    """

    skyline: bool = False
    complete: bool = False

    name = "abc"
    heading = len(v.HEADER)  # steps before the music

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """One field: the token."""
        return (Field("token", v.SIZE, sounds=_SOUNDS, timing=TIMING),)

    @property
    def settings(self) -> dict[str, Any]:
        """What builds an equal encoding."""
        return to_mapping(self)

    @property
    def tpq(self) -> int:
        """Ticks per quarter note of the Scores it decodes to."""
        return v.TPQ

    @property
    def tracks(self) -> tuple[Track, ...]:
        """One melody, played by a flute."""
        return (Track("melody", FLUTE),)

    def encode(self, score: Score) -> Steps:
        """Int32[T, 1]. Raises BadInput(NOT_ENCODABLE) naming what of the tune cannot be held."""
        steps = framed(np.array(tokens(skyline(score) if self.skyline else score), np.int32)[:, None])
        if self.complete:
            _refuse_incomplete(steps)
        return steps

    def prompt(self, score: Score) -> Steps:
        """Int32[T, 1]: begin and the tokens of a tune that is to go on; see `prompts`. Raises as `encode` does."""
        melody = skyline(score) if self.skyline else score
        whole = open_tune(melody)
        body = opened(tokens(whole), padded=whole.end > melody.end)
        return np.array([BEGIN, *body], np.int32)[:, None]

    def header(
        self, meter: str | None = None, key: str | None = None, rhythm: str | None = None, parts: int | None = None
    ) -> Steps:
        """Int32[T, 1]: begin and the header as far as it is asked for, a prompt that a tune goes on from.

        The order is type, meter, key, sections. What is not given before the last one given is the usual: the
        meter of the type, the type of the meter, a reel, C major. `meter` as "6/8", `key` as "D" or "E dorian".
        """
        wanted = [rhythm, meter, key, parts]
        count = max([index + 1 for index, value in enumerate(wanted) if value is not None], default=0)
        of_meter = _RHYTHM_OF_METER.get(_meter(meter), "reel") if meter else "reel"
        kind = (rhythm if rhythm is not None else of_meter).lower()
        choices: list[tuple[v.Kind, Any]] = [
            ("rhythm", kind),
            ("meter", _meter(meter) if meter else _METER_OF_RHYTHM.get(kind, (4, 4))),
            ("key", _key(key or "C")),
            ("parts", parts if parts is not None else 2),
        ]
        for choice in choices[:count]:
            if choice not in v.VALUE:
                possible = ", ".join(str(v.SYMBOLS[value][1]) for value in v.values_of(choice[0])[:20])
                raise UsageError(f"There is no {choice[0]} '{choice[1]}'. Known: {possible}.")
        return np.array([[BEGIN], *([v.VALUE[choice]] for choice in choices[:count])], np.int32)

    def unsaid(self, condition: str) -> dict[int, int]:
        """Value -> the value that says nothing instead, for header symbols that repeat this condition."""
        silent = v.VALUE["rhythm", ""]
        return dict.fromkeys(v.values_of("rhythm"), silent) if condition == "type" else {}

    def reader(self) -> AbcReader:
        """A Reader that stands before the first step."""
        return AbcReader(chords=not self.skyline, complete=self.complete)

    def transpose(self, steps: Steps, semitones: int) -> Steps | None:
        """The steps with pitches and keys moved, or None where a pitch would leave the range."""
        low, high = self.transposable(steps)
        if semitones and not low <= semitones <= high:
            return None
        table = np.arange(v.SIZE)
        for value, (kind, what) in enumerate(v.SYMBOLS):
            if kind == "pitch":
                table[value] = min(max(value + semitones, _PITCH), _PITCH + v.HIGHEST - v.LOWEST)
            elif kind == "key" and what is not None and semitones:
                table[value] = v.VALUE["key", (nearest_fifths(what[0] + 7 * semitones), what[1])]
        return table[steps].astype(np.int32)

    def transposable(self, steps: Steps) -> tuple[int, int]:
        """(lowest, highest) number of semitones that keeps all pitches in the range of the vocabulary."""
        pitches = self._pitches(steps)
        return (-int(pitches.min()), v.HIGHEST - v.LOWEST - int(pitches.max())) if len(pitches) else (0, 0)

    def note_count(self, steps: Steps) -> int:
        """The pitches: a held note counts once."""
        return len(self._pitches(steps))

    def _pitches(self, steps: Steps) -> Steps:
        """Int32[N]: semitones of all pitch tokens above the lowest."""
        values = np.asarray(steps)[:, 0] - _PITCH
        return np.asarray(values[(values >= 0) & (values <= v.HIGHEST - v.LOWEST)], np.int32)


def _refuse_incomplete(steps: Steps) -> None:
    """Raises BadInput for a tune that no mask of complete tunes would let through."""
    reader = AbcReader(complete=True)
    for step in steps[1:].tolist():
        if not reader.allowed()[step[0]]:
            raise refuse("An upbeat is not completed by the last bar of a section.")
        reader.feed(step)


def _meter(text: str) -> tuple[int, int]:
    """(numerator, denominator) of "6/8", "C" or "C|". Raises UsageError for anything else."""
    text = {"C": "4/4", "C|": "2/2"}.get(text, text)
    top, _, bottom = text.partition("/")
    if not (top.isdigit() and bottom.isdigit()):
        raise UsageError(f"'{text}' is no meter: write it as 6/8 or 4/4.")
    return int(top), int(bottom)


def _key(text: str) -> tuple[int, int]:
    """(fifths, mode) of "D", "F# minor", "Edor". Raises UsageError when it is no key."""
    from etude.formats.abc.fields import parse_key

    key = parse_key(text)
    if key.fifths is None or key.warning or not -7 <= key.fifths <= 7:
        raise UsageError(f"'{text}' is no key: write a tonic and, if it is not major, one of {', '.join(MODES)}.")
    return key.fifths, key.mode

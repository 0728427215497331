"""MidiTok's tokenizers as an encoding: a token a step. Needs the extra 'miditok'; announced as a plugin is.

Tokens are MidiTok's own (Fradet et al., "MidiTok: A Python package for MIDI file tokenization", ISMIR 2021), in its
order, behind begin and end. It writes them. What they mean is read from their names, for a Reader says after each
token what sounds and what may follow, and MidiTok decodes whole pieces only. The mask is its table of which token
may follow which, made narrower where that lets time run backwards or a key be struck twice at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

import numpy as np

from etude.config import to_mapping
from etude.encodings.base import END, Field, Steps, framed
from etude.encodings.reading import Mask, Sounding, StepReader, mask_of
from etude.errors import BadInput, MissingPart, Reason
from etude.score import Event, Score, Track, pitched_notes

TPQ = 8  # positions a quarter, as fine as MidiTok's grid is by default
BAR = 4 * TPQ  # of REMI; without meters MidiTok counts in 4/4
SPECIAL = 4  # MidiTok's first tokens, which are no music; steps have 0 and 1 in their place


@dataclass(frozen=True)
class MidiTok:
    """Pitched music in one part. TSD tells times between notes, REMI bars and positions in them.

    Onsets and durations lie on eighths of a quarter, from 4 quarters on durations on quarters of one, up to 12. A
    key struck again while it sounds ends the note before. Not kept: parts, drums, tempo, meter, controllers.
    """

    tokenizer: Literal["TSD", "REMI"] = "TSD"
    velocities: int = 16  # loudnesses that are told apart

    name = "miditok"
    tpq, tracks = TPQ, (Track("music"),)

    @cached_property
    def theirs(self) -> Any:
        """MidiTok's tokenizer. Raises MissingPart where the package is not installed."""
        try:
            import miditok
        except ModuleNotFoundError as error:
            raise MissingPart("The encoding 'miditok'", "miditok") from error
        config = miditok.TokenizerConfig(
            pitch_range=(0, 127),  # both are in it
            num_velocities=self.velocities,
            use_time_signatures=False,
            use_pitchdrum_tokens=False,
        )
        return getattr(miditok, self.tokenizer)(config)

    @cached_property
    def tokens(self) -> list[tuple[str, int]]:
        """(kind, number) of each value of the field: a MIDI number, velocity or time; ("", 0) of begin and end."""
        names = sorted(self.theirs.vocab, key=self.theirs.vocab.get)
        return [("", 0), ("", 0), *map(_meaning, names[SPECIAL:])]

    @cached_property
    def follows(self) -> dict[str, Mask]:
        """Kind of token -> bool[V], what MidiTok's table lets follow it; "" stands for the beginning."""
        graph, kinds = self.theirs.tokens_types_graph, {kind for kind, _ in self.tokens if kind}
        table = {"": {"TimeShift", "Pitch"} & kinds if self.tokenizer == "TSD" else {"Bar"}, **graph}
        values = {kind: [i for i, token in enumerate(self.tokens) if token[0] in table[kind]] for kind in table}
        return {kind: mask_of(len(self.tokens), [*values[kind], *[END] * (kind == "Duration")]) for kind in values}

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """One field: the token."""
        sounds = tuple(float(number) if kind == "Pitch" else float("nan") for kind, number in self.tokens)
        return (Field("token", len(self.tokens), sounds=sounds),)

    @property
    def settings(self) -> dict[str, Any]:
        """What builds an equal encoding."""
        return to_mapping(self)

    def encode(self, score: Score) -> Steps:
        """Int32[T, 1]. Raises BadInput when there is no pitched note."""
        import symusic

        rows = _on_grid(score)
        if not rows:
            raise BadInput("There is no pitched note.", Reason.EMPTY)
        music, track = symusic.Score(TPQ), symusic.Track()
        track.notes.extend([symusic.Note(*row) for row in rows])
        music.tracks.append(track)
        ids = self.theirs.encode(music)[0].ids
        return framed(np.array(ids, np.int32)[:, None] - SPECIAL + 2)

    def reader(self) -> MidiTokReader:
        """A Reader that stands before the first step."""
        return MidiTokReader(self)

    def transpose(self, steps: Steps, semitones: int) -> Steps | None:
        """The steps with every pitch moved by `semitones`; None where one would leave the range."""
        low, high = self.transposable(steps)
        if not low <= semitones <= high:
            return None
        return np.where(self._pitched(steps), steps + semitones, steps).astype(np.int32)

    def transposable(self, steps: Steps) -> tuple[int, int]:
        """(lowest, highest) number of semitones that keep every pitch within 0 to 127."""
        pitches = steps[self._pitched(steps)] - self.tokens.index(("Pitch", 0))
        return (-int(pitches.min()), 127 - int(pitches.max())) if len(pitches) else (0, 0)

    def note_count(self, steps: Steps) -> int:
        """How many tokens begin a note."""
        return int(self._pitched(steps).sum())

    def _pitched(self, steps: Steps) -> Mask:
        first = self.tokens.index(("Pitch", 0))
        return (steps >= first) & (steps < first + 128)


def _meaning(name: str) -> tuple[str, int]:
    """(kind, number) of a token by its name; times "quarters.parts.parts of a quarter" in positions."""
    kind, _, text = name.partition("_")
    if text.count(".") == 2:
        quarters, parts, whole = map(int, text.split("."))
        return kind, int((quarters + Fraction(parts, whole)) * TPQ)
    return kind, int(text) if text.isdigit() else 0


def _on_grid(score: Score) -> list[tuple[int, int, int, int]]:
    """(onset, duration, pitch, velocity) of the pitched notes in positions, in order, no key held twice."""
    notes = pitched_notes(score)
    onsets, ends = (
        np.rint(ticks * (TPQ / score.tpq)).astype(np.int64)
        for ticks in (notes["onset"], notes["onset"].astype(np.int64) + notes["duration"])
    )
    longest: dict[tuple[int, int], tuple[int, int]] = {}  # (pitch, onset) -> end and velocity
    for onset, end, pitch, velocity in zip(onsets, ends, notes["pitch"], notes["velocity"]):
        key = (int(pitch), int(onset))
        longest[key] = max(longest.get(key, (0, 0)), (max(int(end), key[1] + 1), int(velocity)))
    rows: list[tuple[int, int, int, int]] = []
    again: dict[int, int] = {}  # pitch -> its next onset
    for (pitch, onset), (end, velocity) in sorted(longest.items(), reverse=True):
        rows.append((onset, min(end, again.get(pitch, end)) - onset, pitch, velocity))
        again[pitch] = onset
    return sorted(rows, key=lambda row: (row[0], row[2]))


class MidiTokReader(StepReader):
    """Tokens, read one by one: a note begins when its last token, the duration, is known."""

    def __init__(self, encoding: MidiTok) -> None:
        super().__init__((len(encoding.tokens),))
        self.encoding = encoding
        self.last = ""  # kind of the token before
        self.tick = self.bar = 0
        self.pitch = self.velocity = -1
        self.struck: set[int] = set()  # keys struck at this tick
        self.sounding = Sounding()

    def _allowed(self, chosen: Sequence[int]) -> Mask:
        tokens, mask = self.encoding.tokens, self.encoding.follows[self.last].copy()
        first = tokens.index(("Pitch", 0))
        mask[[first + pitch for pitch in self.struck]] = False
        if self.last != "Bar" and ("Position", 0) in tokens:  # within a bar time runs on
            start = tokens.index(("Position", 0))
            mask[start : start + self.tick - self.bar + 1] = False
        return mask

    def _read(self, step: list[int]) -> Iterable[Event]:
        kind, number = self.encoding.tokens[step[0]]
        started, self.last = bool(self.last), kind
        if kind == "Pitch":
            self.pitch, self.velocity = number, -1
        elif kind == "Velocity":
            self.velocity = number
        elif kind == "Duration" and min(self.pitch, self.velocity) >= 0:
            yield from self._note(number)
        elif kind == "TimeShift":
            yield from self._go_to(self.tick + number)
        elif kind == "Bar" and started:
            self.bar += BAR
            yield from self._go_to(self.bar)
        elif kind == "Position":
            yield from self._go_to(max(self.tick, self.bar + number))

    def _note(self, length: int) -> Iterable[Event]:
        on = Event(self.tick, "on", 0, self.pitch, self.velocity)
        if self.pitch not in self.struck:
            self.struck.add(self.pitch)
            yield from self.sounding.start(on, self.tick + length)
        self.pitch = self.velocity = -1

    def _go_to(self, tick: int) -> Iterable[Event]:
        if tick > self.tick:
            self.tick, self.struck = tick, set()
        return self.sounding.until(tick)

    def _close(self) -> Iterable[Event]:
        return self.sounding.until(2**62)

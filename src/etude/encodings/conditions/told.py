"""Any encoding, told of each piece what it is to be: one control step a condition after the begin step.

A control step's first field lies beyond the values of the encoding itself, its other fields are 0; so heads, engine
and samplers need to know nothing of conditions. What is not told is open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import BEGIN, Encoding, Field, Reader, Steps, decode, prompt_steps, special_step
from etude.encodings.conditions.kinds import KINDS, OPEN
from etude.encodings.conditions.table import Conditions
from etude.encodings.reading import Mask, among, only
from etude.score import Event, Metadata, Score, Track

_FRAMES = ("onsets", "changes")  # methods of some encodings: steps -> bool[T, K]


@dataclass(frozen=True)
class Told:
    """`inner` with control steps in front of the music. Whatever else `inner` can do, this can too."""

    inner: Encoding
    control: Conditions
    name: str = field(init=False)  # that of `inner`

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.inner.name)

    def __getattr__(self, name: str) -> Any:
        """What only some encodings have: their settings by name, and `onsets` and `changes` of frames."""
        if name.startswith("_") or name in ("inner", "control", "name"):
            raise AttributeError(name)
        found = getattr(self.inner, name)
        return partial(self._of_frames, found) if name in _FRAMES else found

    def _of_frames(self, method: Any, steps: Steps) -> NDArray[np.bool_]:
        """Bool[T, K] of `method`, False at control steps."""
        music = self._is_music(steps)
        out = np.zeros(np.shape(steps), np.bool_)
        out[music] = method(np.asarray(steps)[music])
        return out

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
        own: dict[str, Any] = {"conditions": ",".join(self.control.kinds)}
        for name in ("composers", "labels"):
            if getattr(self.control, name):
                own[name] = list(getattr(self.control, name))
        return {**self.inner.settings, **own}

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Those of `inner`, the first with the conditions' values behind its own."""
        first, *others = self.inner.fields
        return (first.extended(self.control.size), *others)

    def encode(self, score: Score) -> Steps:
        """Int32[C + T, K]. Raises BadInput as `inner` does."""
        steps = self.inner.encode(score)
        kept = decode(self.inner, steps, meta=score.meta) if self.control.heard else None
        return self._with(self.control.read(score, kept), steps)

    def prompt(self, score: Score) -> Steps:
        """Int32[T, K]: begin, conditions and the music of a Score that is to go on. Its form is left open."""
        return self.opening({}, score)

    def opening(self, asked: Mapping[str, str], score: Score | None = None) -> Steps:
        """Int32[T, K]: begin, and what is `asked` for (kind -> what a person writes), the rest open.

        With a Score its steps follow, and what is not asked for is as in it, but for its form. Raises UsageError
        when the encoding is not told such a kind, or the kind cannot be that, and BadInput as `inner` does.
        """
        wanted = {kind: self.control.parse(kind, text) for kind, text in asked.items()}
        if score is None:
            return self._with(wanted, special_step(BEGIN, len(self.fields))[None])
        steps = prompt_steps(self.inner, score)
        kept = decode(self.inner, steps, meta=score.meta) if self.control.heard else None
        read = {kind: choice for kind, choice in self.control.read(score, kept).items() if kind != "form"}
        return self._with({**read, **wanted}, steps)

    def _with(self, choices: Mapping[str, str], steps: Steps) -> Steps:
        """`steps` of `inner` with the control steps behind the first."""
        told = self.control.told(choices)
        control = np.zeros((len(told), steps.shape[1]), np.int32)
        control[:, 0] = told
        return np.concatenate([steps[:1], control, steps[1:]]).astype(np.int32)

    def reader(self) -> ToldReader:
        """A Reader that stands before the first step."""
        return ToldReader(self.inner.reader(), self.control, [field.size for field in self.fields])

    def _is_music(self, steps: Steps) -> NDArray[np.bool_]:
        """Bool[T]: which steps are of `inner`."""
        return np.asarray(np.asarray(steps)[:, 0] < self.control.first)

    def _music(self, steps: Steps) -> Steps:
        """The steps of `inner` alone."""
        return np.asarray(np.asarray(steps)[self._is_music(steps)], np.int32)

    def transpose(self, steps: Steps, semitones: int) -> Steps | None:
        """The steps of the same music moved, told as such; None where `inner` has none."""
        moved = self.inner.transpose(self._music(steps), semitones)
        if moved is None:
            return None
        control = np.array(np.asarray(steps)[~self._is_music(steps)], np.int32)
        control[:, 0] = _moving(self.control, semitones)[control[:, 0]]
        return np.concatenate([moved[:1], control, moved[1:]]).astype(np.int32)  # text may be longer in another key

    def transposable(self, steps: Steps) -> tuple[int, int]:
        """(lowest, highest) number of semitones `transpose` can move these steps by."""
        return self.inner.transposable(self._music(steps))

    def note_count(self, steps: Steps) -> int:
        """How many notes the steps stand for."""
        return self.inner.note_count(self._music(steps))

    def without(self, kinds: Sequence[str]) -> NDArray[np.int32]:
        """Int32[V_0]: the first field's values with what tells these kinds exchanged for what leaves them open.

        That is their control steps, and symbols of `inner` that say the same again (its method `unsaid`).
        """
        table = np.arange(self.fields[0].size, dtype=np.int32)
        unsaid = getattr(self.inner, "unsaid", None)
        for kind in kinds:
            values = self.control.values(kind)
            table[values.start : values.stop] = values.start
            for value, silent in (unsaid(kind) if unsaid else {}).items():
                table[value] = silent
        return table


@lru_cache(maxsize=512)
def _moving(control: Conditions, semitones: int) -> NDArray[np.int32]:
    return control.moved(semitones)


class ToldReader:
    """The control steps, read one by one; then the Reader of the encoding itself."""

    def __init__(self, inner: Reader, control: Conditions, sizes: Sequence[int]) -> None:
        self.inner, self.control, self.sizes = inner, control, tuple(sizes)
        self.untold = list(control.kinds)  # conditions still to come
        self.told: dict[str, str] = {}
        self.beyond = np.zeros(control.size, np.bool_)

    def __getattr__(self, name: str) -> Any:
        """What only some Readers have, such as `tracks`."""
        if name.startswith("_") or name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)

    @property
    def done(self) -> bool:
        """Whether the end step was read."""
        return self.inner.done

    @property
    def metadata(self) -> Metadata:
        """What was told and stands beside the music: the composer, and the others by name."""
        stated = [(kind, choice) for kind, choice in self.told.items() if choice != OPEN and not KINDS[kind].heard]
        composer = self.told.get("composer", OPEN)
        extra = tuple((kind, choice) for kind, choice in stated if kind != "composer")
        return Metadata(composer="" if composer == OPEN else composer, extra=extra)

    def allowed(self, chosen: Sequence[int] = ()) -> Mask:
        """Bool[V_k]: the next condition while some are untold, then what `inner` allows."""
        if chosen:
            return (
                only(self.sizes[len(chosen)], 0) if chosen[0] >= self.control.first else self.inner.allowed(chosen)
            )
        if self.untold and not self.inner.done:
            return among(self.sizes[0], self.control.values(self.untold[0]))
        return np.concatenate([self.inner.allowed(), self.beyond])

    def feed(self, step: Sequence[int]) -> tuple[Event, ...]:
        """The events that are certain once this step is known; a condition makes none."""
        if step[0] < self.control.first:
            if step[0] != BEGIN:
                self.untold = []
            return self.inner.feed(step)
        kind, choice = self.control.meaning(min(step[0], self.sizes[0] - 1))
        if kind in self.untold:  # later it is too late for it
            self.untold.remove(kind)
            self.told[kind] = choice
        return ()

    def finish(self) -> tuple[Event, ...]:
        """The events still to come when the sequence stops here."""
        return self.inner.finish()

"""Each law of encodings fails for an encoding that breaks it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from etude.encodings.base import BEGIN, END, Steps
from etude.encodings.letters import REST, Letters, LettersReader
from etude.encodings.reading import Mask, mask_of
from etude.score import Event, Score
from etude.testing.encoding_laws import check_encoding

TUNE = Score.of([(0, 480, 60, 80, 0), (480, 480, 64, 80, 0), (1440, 480, 67, 80, 0)])


class Sharpening(Letters):
    """Law 1: what is decoded encodes to something else."""

    def encode(self, score: Score) -> Steps:
        steps = super().encode(score)
        return steps if len(score) % 2 else steps[[0, -1]]

    def reader(self) -> LettersReader:
        return _Forgetful((15,))


class _Forgetful(LettersReader):
    def _read(self, step: list[int]) -> Iterable[Event]:
        return [] if step[0] == 2 else list(super()._read(step))


class Forbidding(Letters):
    """Law 2: the mask forbids what the encoder writes."""

    def reader(self) -> LettersReader:
        return _NoRests((15,))


class _NoRests(LettersReader):
    def _allowed(self, chosen: Sequence[int]) -> Mask:
        mask = super()._allowed(chosen).copy()
        mask[REST] = False
        return mask


class Closed(Letters):
    """Law 3: nothing is allowed after a B."""

    def reader(self) -> LettersReader:
        return _Stuck((15,))


class _Stuck(LettersReader):
    def _allowed(self, chosen: Sequence[int]) -> Mask:
        return mask_of(15, []) if self.sounding == 71 else super()._allowed(chosen)


class Disordered(Letters):
    """Law 4: events leave out of time order."""

    def reader(self) -> LettersReader:
        return _Backwards((15,))


class _Backwards(LettersReader):
    def _read(self, step: list[int]) -> Iterable[Event]:
        return reversed([*super()._read(step), Event(self.tick, "mark", text="words:x")])


class Permissive(Letters):
    """Law 5: the mask lets rests follow rests, of which the encoder writes one."""

    def reader(self) -> LettersReader:
        return _AnyRests((15,))


class _AnyRests(LettersReader):
    def _allowed(self, chosen: Sequence[int]) -> Mask:
        return mask_of(15, [value for value in range(15) if value not in (BEGIN, *([END] * (not self.heard)))])


class Untransposed(Letters):
    """Steps are moved otherwise than the music."""

    def transpose(self, steps: Steps, semitones: int) -> Steps | None:
        return super().transpose(steps, -semitones)


class Miscounting(Letters):
    """The number of notes is wrong."""

    def note_count(self, steps: Steps) -> int:
        return len(steps)


class Unframed(Letters):
    """The end step is missing."""

    def encode(self, score: Score) -> Steps:
        return np.asarray(super().encode(score)[:-1])


BROKEN = [Sharpening, Forbidding, Closed, Disordered, Permissive, Untransposed, Miscounting, Unframed]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_a_broken_encoding_is_caught(broken: type[Letters]) -> None:
    with pytest.raises(AssertionError):
        check_encoding(broken(), [TUNE], seeds=range(40))


def test_the_whole_one_passes() -> None:
    assert check_encoding(Letters(), [TUNE], seeds=range(40)) == 1

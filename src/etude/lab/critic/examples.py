"""Examples of an epoch: pieces and bad music beside them, whole or a passage cut out of both at the same place.

Passages are cut so that neither a length nor an ending that is missing tells anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from etude.lab.critic.hearing import Ears, Steps
from etude.lab.critic.pool import Bad, Pool
from etude.score import unfolded_rows

if TYPE_CHECKING:
    from etude.training.critic import Examples

WHOLE = 0.5  # share of pieces that are heard whole, where they are short enough
SHORTEST = 32  # notes of a passage
JOINT = 3  # notes on each side of where two keys meet


@dataclass(frozen=True)
class Lessons:
    """Where examples come from: `per_epoch` pieces and as much bad music."""

    pool: Pool
    ears: Ears
    per_epoch: int
    seed: int = 0
    heard: dict[int, Steps] = field(default_factory=dict, repr=False)  # real pieces, by identity: they come again

    def __call__(self, epoch: int) -> Examples:
        """The examples of an epoch; the same epoch has the same ones."""
        from etude.training.critic import Examples

        random = np.random.default_rng((self.seed, epoch))
        real: list[tuple[Steps, NDArray[np.bool_] | None]] = []
        bad: list[tuple[Steps, NDArray[np.bool_] | None]] = []
        chosen = np.concatenate(
            [random.permutation(len(self.pool)) for _ in range(1 + self.per_epoch // len(self.pool))]
        )
        for number in chosen[: self.per_epoch].tolist():
            score = self.pool.real(number, random)
            if id(score) not in self.heard:
                self.heard[id(score)] = self.ears.steps(score)
            first, second = self._cut(self.heard[id(score)], self.pool.bad(score, random), random)
            real.append((first, np.zeros(len(first), np.bool_)))
            bad.append(second)
        both = real + bad
        return Examples(
            [steps for steps, _ in both], np.arange(len(both)) < len(real), [wrong for _, wrong in both]
        )

    def _cut(
        self, one: Steps, bad: Bad, random: np.random.Generator
    ) -> tuple[Steps, tuple[Steps, NDArray[np.bool_] | None]]:
        """Both pieces whole, or a passage of each that begins at the same place and is equally long."""
        other, wrong = self.ears.steps(bad.score), _in_steps(bad)
        longest = self.ears.longest
        least = min(len(one), len(other))
        if max(len(one), len(other)) <= longest + 2 and random.random() < WHOLE:
            return one, (other, wrong)
        length = int(random.integers(min(SHORTEST, least), min(longest, least) + 1))
        start = int(random.integers(0, least - length + 1))
        if wrong is not None and wrong.any() and not wrong[start : start + length].any():
            place = int(random.choice(np.flatnonzero(wrong)))
            start = min(max(0, place - int(random.integers(length))), len(other) - length)
        here = slice(start, start + length)
        there = slice(min(start, len(one) - length), min(start, len(one) - length) + length)
        return one[there], (other[here], None if wrong is None else wrong[here])


def _in_steps(bad: Bad) -> NDArray[np.bool_] | None:
    """Bool[N + 2]: which steps of the piece, as it is played, are wrong; an ending cut off is missed at the end.

    Of a half in another key nobody can say which half is wrong: what is wrong is where the two meet.
    """
    if bad.touched is None:
        return None
    touched = bad.touched[unfolded_rows(bad.score)]
    if bad.kind == "transposed half":
        meetings = 1 + np.flatnonzero(np.diff(touched))
        touched = np.isin(np.arange(len(touched)), meetings[:, None] + np.arange(-JOINT, JOINT))
    return np.concatenate([[False], touched, touched[-1:] if bad.kind == "cut ending" else [False]])

"""A critic of whole pieces: how it listens, what it is trained against, and what it is worth.

Every passage, real or not, goes through the same ears first: one alphabet of times and loudnesses. Otherwise it
would be the rounding that tells a model's music from a recording's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from etude.encodings.notes import Notes
from etude.encodings.performance import Performance
from etude.evaluation.corruptions import CORRUPTIONS, Means, PitchTable, passages, random_piano
from etude.evaluation.judging import Judgement, area_under_curve, judged
from etude.score import Score

if TYPE_CHECKING:
    from etude.models.critic import Critic, CriticConfig
    from etude.training.critic import Course, CriticTraining, Examples

RANDOM = "random notes"
MODEL = "a model's music"
KINDS = (RANDOM, *CORRUPTIONS)
Steps = NDArray[np.int32]


@dataclass(frozen=True)
class Listener:
    """How a critic hears: passages of `notes` notes, as steps of pitch, time, duration and loudness."""

    notes: int = 128
    ears: Performance = field(default_factory=Performance)
    encoding: Notes = field(default_factory=lambda: Notes(velocities=26))

    def cut(self, score: Score) -> list[Score]:
        """The passages of a piece; a rest of a quarter of that length or more is one too."""
        return passages(score, self.notes, shortest=max(1, self.notes // 4))

    def steps(self, passage: Score) -> Steps:
        """Int32[T, 4]: a passage as the critic hears it, without begin and end."""
        return self.encoding.encode(self.ears.heard(passage))[1:-1]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The vocabulary size of each field."""
        return tuple(one.size for one in self.encoding.fields)


@dataclass(frozen=True)
class Passages:
    """Passages and the piece that each comes from."""

    scores: Sequence[Score]
    pieces: Sequence[str]

    @classmethod
    def of(
        cls, pieces: Iterable[tuple[str, Score]], listener: Listener, *, each: int = 0, seed: int = 0
    ) -> Passages:
        """The passages of named pieces; at most `each` of a piece, chosen by chance, where that is not 0."""
        random, found = np.random.default_rng(seed), []
        for name, score in pieces:
            own = listener.cut(score)
            order = random.permutation(len(own))[: each or None]
            found += [(own[number], name) for number in sorted(order.tolist())]
        return cls([score for score, _ in found], [name for _, name in found])

    def __len__(self) -> int:
        """How many there are."""
        return len(self.scores)

    def some(self, count: int, random: np.random.Generator) -> Passages:
        """`count` of them, or all there are, in an order by chance."""
        chosen = random.permutation(len(self))[:count].tolist()
        return Passages([self.scores[i] for i in chosen], [self.pieces[i] for i in chosen])

    def corrupted(self, kinds: Sequence[str], pitches: PitchTable, random: np.random.Generator) -> list[Score]:
        """One wrong passage for each of these, of a kind drawn from `kinds`."""
        return [self._corrupted(score, str(random.choice(kinds)), pitches, random) for score in self.scores]

    def _corrupted(self, score: Score, kind: str, pitches: PitchTable, random: np.random.Generator) -> Score:
        if kind == RANDOM:
            return random_piano(len(score), random)
        other = self.scores[int(random.integers(len(self)))]
        return CORRUPTIONS[kind](score, Means(random, other, pitches))


@dataclass(frozen=True)
class School:
    """What a critic learns from and is held to: real passages, the kinds of wrong ones, and a model's if there are.

    `composed` are passages of a model, (to learn from, held out). In an epoch `per_epoch` real passages are
    learned, each beside a wrong one, both moved by up to five semitones.
    """

    train: Passages
    valid: Passages
    kinds: Sequence[str] = KINDS
    composed: tuple[Passages, Passages] | None = None
    per_epoch: int = 1500
    seed: int = 0


@dataclass(frozen=True)
class Judge:
    """A trained critic that listens to whole pieces."""

    critic: Critic
    listener: Listener
    course: Course
    pitches: PitchTable

    def passages(self, scores: Sequence[Score]) -> NDArray[np.float64]:
        """Float64[N]: the chance that each passage is real."""
        from etude.training.critic import chances

        return chances(self.critic, [self.listener.steps(score) for score in scores])

    def pieces(self, scores: Sequence[Score]) -> NDArray[np.float64]:
        """Float64[P]: the mean chance of each piece's passages; 0 for a piece too short to hold one."""
        own = [self.listener.cut(score) for score in scores]
        found = self.passages([passage for parts in own for passage in parts])
        ends = np.cumsum([len(parts) for parts in own])
        return np.array(
            [found[end - len(parts) : end].mean() if parts else 0.0 for parts, end in zip(own, ends.tolist())]
        )

    def judgements(
        self, real: Passages, *, kinds: Sequence[str] = KINDS, composed: Passages | None = None, seed: int = 0
    ) -> dict[str, Judgement]:
        """Kind -> Judgement of held-out real passages against as many wrong ones of that kind."""
        chances = self.passages(real.scores)
        out = {}
        for number, kind in enumerate(kinds):
            random = np.random.default_rng((seed, number))
            out[kind] = self._against(chances, real, real.corrupted([kind], self.pitches, random), real.pieces)
        if composed is not None:
            out[MODEL] = self._against(chances, real, composed.scores, composed.pieces)
        return out

    def _against(
        self, chances: NDArray[np.float64], real: Passages, wrong: Sequence[Score], names: Sequence[str]
    ) -> Judgement:
        labels = np.arange(len(real) + len(wrong)) < len(real)
        return judged(np.concatenate([chances, self.passages(wrong)]), labels, [*real.pieces, *names])


def train_judge(
    school: School,
    listener: Listener,
    config: CriticConfig | None = None,
    training: CriticTraining | None = None,
) -> Judge:
    """A Judge whose critic was trained in `school`; the epoch with the best area under the curve is kept."""
    import torch

    from etude.models.critic import Critic, CriticConfig
    from etude.training.critic import CriticTraining, fit_critic

    training = training or CriticTraining()
    pitches = PitchTable.of(school.train.scores)
    torch.manual_seed(training.seed)
    critic = Critic(config or CriticConfig(), listener.sizes)
    held_out = _examples(school, listener, pitches, -1)
    course = fit_critic(
        *(critic, lambda epoch: _examples(school, listener, pitches, epoch), held_out),
        *(area_under_curve, training),
    )
    return Judge(critic, listener, course, pitches)


def _examples(school: School, listener: Listener, pitches: PitchTable, epoch: int) -> Examples:
    """What is learned in an epoch; the held-out examples for epoch -1, which are not moved."""
    from etude.training.critic import Examples

    random = np.random.default_rng((school.seed, epoch + 1))
    learned = epoch >= 0
    real = school.train.some(school.per_epoch, random) if learned else school.valid
    wrong = real.corrupted(school.kinds, pitches, random) if school.kinds else []
    if school.composed is not None:
        share = max(1, len(real) // (len(school.kinds) + 1))
        wrong = wrong[share:] + list(school.composed[0 if learned else 1].some(share, random).scores)
    segments = [listener.steps(score) for score in (*real.scores, *wrong)]
    if learned:
        segments = [_moved(listener.encoding, segment, random) for segment in segments]
    return Examples(segments, np.arange(len(segments)) < len(real))


def _moved(encoding: Notes, segment: Steps, random: np.random.Generator) -> Steps:
    """The segment moved by up to five semitones either way, as far as there are keys."""
    low, high = encoding.transposable(segment)
    moved = encoding.transpose(segment, int(random.integers(max(low, -5), min(high, 5) + 1)))
    return segment if moved is None else moved

"""The original task: what its critic really scores, what rules score, and what a critic of ours scores on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.judging import area_under_curve, balanced_accuracy, judged, majority_share
from etude.evaluation.rules import NaiveBayes, on_a_piano
from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed3.course import (
    SHIFT,
    SIZE,
    UP,
    Task,
    course_events,
    course_segments,
    entropies,
    random_pieces,
)
from etude.lab.reproduce.seed3.sizes import Sizes, real_pieces
from etude.score import Score

CLAIMED = {"critic": 0.7544, "composer": 3.34, "pieces": 0.514}

OURS = "our critic"

Figures = dict[str, Any]


def originally(bench: Bench, sizes: Sizes) -> Figures:
    """The original's three figures by its own protocol: critic, composer's table of pairs, untrained networks."""
    return bench.once("original", lambda: _originally(bench, sizes), sizes=sizes)  # type: ignore[no-any-return]


def _originally(bench: Bench, sizes: Sizes) -> Figures:
    from etude.lab.reproduce.seed3.networks import THRESHOLDS, logits_of, train_original, untrained_score

    scores = _until(bench, sizes.course_segments)
    events = [course_events(score) for score in scores]
    task = Task.of(scores, random_pieces(1, sizes.course_notes, 0))
    train, valid, test = task.divided(0)
    critic = train_original(train, sizes.course_epochs, 0)
    accuracies = {
        name: float(((logits_of(critic, side, 0) > threshold) == side.labels).mean())
        for name, side, threshold in zip(("valid", "test"), (valid, test), THRESHOLDS)
    }
    share = majority_share(test.labels)
    unigram, bigram = entropies(events)
    return {
        **{"good": int(task.labels.sum()), "bad": int((~task.labels).sum()), "files": len(scores)},
        **{"tested": len(test.labels), "accuracy": accuracies, "majority": share},
        "standard_error": float(np.sqrt(share * (1 - share) / len(test.labels))),
        "area": area_under_curve(logits_of(critic, test, 0), test.labels),
        "segments_shared": _overlapping(train, test),
        **{"events": sum(map(len, events)), "events_a_note": sum(map(len, events)) / sum(map(len, scores))},
        **{"unigram": unigram, "bigram": bigram},
        "untrained": [untrained_score(seed, sizes.composed) for seed in range(sizes.untrained)],
    }


def _until(bench: Bench, segments: int) -> list[Score]:
    """Pieces of all splits in an order by chance until they hold so many segments, as the original takes files."""
    pieces = bench.material("composer").collection.pieces()
    chosen: list[Score] = []
    found = 0
    for number in np.random.default_rng(0).permutation(len(pieces)).tolist():
        if found > segments:
            break
        chosen.append(pieces[number].score)
        found += len(course_segments(course_events(chosen[-1])))
    return chosen


def _overlapping(train: Task, test: Task) -> float:
    """The share of test segments whose piece is trained on too."""
    return float(np.isin(test.pieces, list(set(train.pieces))).mean())


def ours(bench: Bench, sizes: Sizes) -> Figures:
    """The original task split by pieces: our critic and the trivial rules, each with its Judgement."""
    return bench.once("original-task", lambda: _ours(bench, sizes), sizes=sizes)  # type: ignore[no-any-return]


def _ours(bench: Bench, sizes: Sizes) -> Figures:
    train, valid, test = (
        Task.of(
            [score for _, score in real_pieces(bench, split, count)],
            random_pieces(max(1, count // 4), sizes.task_notes, seed),
            each=sizes.task_each,
        )
        for seed, (split, count) in enumerate(zip(("train", "valid", "test"), sizes.task_pieces), start=1)
    )
    bayes = NaiveBayes.fit(train.steps(), train.labels, [SIZE])
    judges: dict[str, Callable[[Task], NDArray[np.float64]]] = {
        "always real": lambda task: np.ones(len(task.labels)),
        "rule: any pitch outside a piano": _by_keyboard,
        "naive Bayes over single events": lambda task: bayes.chances(task.steps()),
        OURS: _critic(train, valid, sizes),
    }
    return {name: judged(judge(test), test.labels, test.pieces).as_json() for name, judge in judges.items()}


def _by_keyboard(task: Task) -> NDArray[np.float64]:
    """1 where every key that moves is one of a piano's, else 0."""
    return np.array([on_a_piano(segment[segment < SHIFT] % UP) for segment in task.segments], np.float64)


def _critic(train: Task, valid: Task, sizes: Sizes) -> Callable[[Task], NDArray[np.float64]]:
    import torch

    from etude.models.critic import Critic, CriticConfig
    from etude.training.critic import CriticTraining, Examples, chances, fit_critic

    torch.manual_seed(0)
    critic = Critic(CriticConfig(width=32, layers=3, lags=2), [SIZE])
    fit_critic(
        critic,
        lambda epoch: Examples(train.steps(), train.labels),
        Examples(valid.steps(), valid.labels),
        balanced_accuracy,
        CriticTraining(epochs=min(8, sizes.epochs), patience=3),
    )
    return lambda task: chances(critic, task.steps())


def baselines(original: Figures, found: Figures) -> Figures:
    """What costs nothing: the majority share, the entropy of pairs, the best trivial rule."""
    return {
        "majority share": original["majority"],
        "entropy of pairs in the original's stream, nats an event": original["bigram"],
        "best trivial rule on the original task, balanced accuracy": _best_rule(found),
    }


def _best_rule(found: Figures) -> float:
    return float(max(one["balanced"]["value"] for name, one in found.items() if name != OURS))


def tables(original: Figures, found: Figures) -> list[Table]:
    """The original's figures with what they are, and our split with what rules score on it."""
    share, untrained = original["majority"], np.array(original["untrained"])
    rows = [
        *[("critic, test accuracy", CLAIMED["critic"], original["accuracy"]["test"], share, "always saying real")],
        ("composer, nats an event", CLAIMED["composer"], None, original["bigram"], "a table of pairs, on itself"),
        ("50 pieces, mean score", CLAIMED["pieces"], float(untrained.mean()), 0.5, "the sigmoid of nothing"),
    ]
    note = (
        f"{original['good']:,} real and {original['bad']:,} random segments, split by segments that overlap by "
        f"half: {original['segments_shared']:.0%} of the test segments come from pieces that are trained on. Area "
        f"under the curve of the original critic: {original['area']:.3f}. Untrained networks, {len(untrained)} "
        f"seeds: {untrained.min():.3f} to {untrained.max():.3f}."
    )
    columns = ("original figure", "claimed", "rebuilt here", "trivial", "what is trivial")
    first = Table("The original's three figures", columns, rows, note)
    ladder = [
        (
            name,
            one["majority"],
            one["accuracy"],
            one["balanced"]["value"],
            one["balanced"]["low"],
            one["area"]["value"],
        )
        for name, one in found.items()
    ]
    names = ("judge", "majority share", "accuracy", "balanced", "at least", "area")
    some = next(iter(found.values()))
    note = f"{some['segments']:,} segments of {some['pieces']} pieces that nobody has learned from. At least: 95 %."
    return [first, Table("The original task, split by pieces", names, ladder, note, digits=4)]


def sentences(original: Figures, found: Figures) -> list[str]:
    """What the figures say of the original and of the task."""
    gap = abs(original["accuracy"]["test"] - original["majority"])
    same = gap <= 2 * original["standard_error"]
    best = found[OURS]["balanced"]["value"]
    rule = _best_rule(found)
    return [
        f"The original critic scores {original['accuracy']['test']:.4f} where always saying real scores "
        f"{original['majority']:.4f}: it {'learned nothing' if same else 'differs from the majority share'}.",
        f"Its composer's {CLAIMED['composer']} nats an event "
        + ("are what" if abs(CLAIMED["composer"] - original["bigram"]) < 0.1 else "are not what")
        + f" a table of pairs scores on the same stream ({original['bigram']:.3f}; {original['events_a_note']:.2f} "
        "events a note, of which many are shifts of 10 ms left over by rounding).",
        f"Split by pieces, our critic reaches {best:.4f} balanced accuracy on the original task (goal 0.999: "
        f"{'reached' if best >= 0.999 else 'not reached'}), the best trivial rule {rule:.4f}: the task is "
        f"{'trivial' if rule > 0.99 else 'not trivial'}.",
    ]

"""Training of a critic: fresh examples every epoch, stopped when a figure on held-out examples no longer rises."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from etude.models.critic import EMPTY, Critic

Segments = Sequence[NDArray[np.int32]]  # int32[T, K] each
Chances = NDArray[np.float64]  # [N]


@dataclass(frozen=True)
class Examples:
    """Segments and whether each is real; which steps of each are wrong, for a critic that is to say where."""

    segments: Segments
    labels: NDArray[np.bool_]  # [N]
    wrong: Sequence[NDArray[np.bool_] | None] = ()  # bool[T] each; None where nobody knows


@dataclass(frozen=True)
class CriticTraining:
    """How a critic learns: at a rate that falls to a tenth over `epochs` along a cosine.

    It stops earlier after `patience` epochs without a better figure, or after `seconds`; `by_time`: the rate falls
    over `seconds` where these are over first.
    """

    epochs: int = 40
    patience: int = 8
    rows: int = 32
    learning_rate: float = 4e-3
    weight_decay: float = 0.02
    seconds: float = 600.0
    seed: int = 0
    by_time: bool = False
    place_weight: float = 1.0  # of the loss of saying where, beside that of saying whether


@dataclass(frozen=True)
class Course:
    """What happened: the figure on the held-out examples after every epoch, and which one was kept."""

    figures: tuple[float, ...]
    best: int  # epoch, from 0
    seconds: float


def fit_critic(
    critic: Critic,
    examples: Callable[[int], Examples],
    held_out: Examples,
    figure: Callable[[Chances, NDArray[np.bool_]], float],
    config: CriticTraining,
) -> Course:
    """Trains `critic` in place and leaves it with the weights whose `figure` of the held-out examples is highest.

    `examples(epoch)` gives what is learned in an epoch; `figure` takes chances and labels. Every other class weighs
    as much as the first, however rare it is.
    """
    optimiser = torch.optim.AdamW(critic.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    random, begun = np.random.default_rng(config.seed), perf_counter()
    torch.manual_seed(config.seed)
    figures: list[float] = []
    best, kept = -1, copy.deepcopy(critic.state_dict())
    for epoch in range(config.epochs):
        passed = (perf_counter() - begun) / config.seconds if config.by_time else 0.0
        done = min(1.0, max(epoch / config.epochs, passed))
        for group in optimiser.param_groups:
            group["lr"] = config.learning_rate * (0.55 + 0.45 * math.cos(math.pi * done))
        _learn(critic, examples(epoch), optimiser, random, config)
        figures.append(figure(chances(critic, held_out.segments), held_out.labels))
        if best < 0 or figures[-1] > figures[best]:
            best, kept = epoch, copy.deepcopy(critic.state_dict())
        if epoch - best >= config.patience or perf_counter() - begun > config.seconds:
            break
    critic.load_state_dict(kept)
    return Course(tuple(figures), best, perf_counter() - begun)


def _learn(
    critic: Critic,
    examples: Examples,
    optimiser: torch.optim.Optimizer,
    random: np.random.Generator,
    config: CriticTraining,
) -> None:
    """One epoch."""
    critic.train()
    share = float(np.mean(examples.labels))
    weigh = torch.tensor([0.5 / max(1 - share, 1e-9), 0.5 / max(share, 1e-9)])
    order = random.permutation(len(examples.segments))
    for chosen, steps, lengths in _batches(examples.segments, order, config.rows):
        labels = torch.from_numpy(examples.labels[chosen])
        levels = critic.levels(steps, lengths)
        loss = F.binary_cross_entropy_with_logits(
            critic.judged(levels), labels.float(), weight=weigh[labels.long()]
        )
        if examples.wrong and critic.where:
            wrong = [examples.wrong[number] for number in chosen]
            loss = loss + config.place_weight * _place_loss(critic.placed(levels), wrong, lengths)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(critic.parameters(), 1.0)
        optimiser.step()


def _place_loss(placed: list[Tensor], wrong: Sequence[NDArray[np.bool_] | None], lengths: Tensor) -> Tensor:
    """The mean loss of every block's places; a place is wrong where one of its steps is.

    Rows of which nobody knows what is wrong are left out. Source: replaced token detection of Clark et al.,
    "ELECTRA" (ICLR 2020), here at every resolution.
    """
    known = torch.tensor([row is not None for row in wrong])
    if not known.any():
        return placed[0].sum() * 0.0
    truth = torch.zeros(len(wrong), placed[0].shape[1])
    for number, row in enumerate(wrong):
        if row is not None:
            truth[number, : len(row)] = torch.from_numpy(row.astype(np.float32))
    here = (torch.arange(truth.shape[1])[None] < lengths[:, None]).float() * known[:, None]
    losses = []
    for level, logits in enumerate(placed):
        if level:
            truth, here = (F.max_pool1d(one[:, None], 2, ceil_mode=True)[:, 0] for one in (truth, here))
        each = F.binary_cross_entropy_with_logits(logits, 1 - truth, reduction="none")
        losses.append((each * here).sum() / here.sum())
    return torch.stack(losses).mean()


@torch.no_grad()
def chances(critic: Critic, segments: Segments) -> Chances:
    """Float64[N]: the chance that each of `segments` is real, as the critic sees it."""
    return np.asarray(torch.sigmoid(torch.from_numpy(logits(critic, segments))).numpy())


@torch.no_grad()
def logits(critic: Critic, segments: Segments) -> Chances:
    """Float64[N]: the logit of that chance."""
    critic.eval()
    out = np.zeros(len(segments))
    order = np.argsort([len(segment) for segment in segments], kind="stable")
    for chosen, steps, lengths in _batches(segments, order, 128):
        out[chosen] = critic(steps, lengths).double().numpy()
    return out


def _batches(
    segments: Segments, order: NDArray[np.int64], rows: int
) -> Iterator[tuple[NDArray[np.int64], Tensor, Tensor]]:
    """(which segments, steps int64[B, T, K], lengths int64[B]) in that order; empty segments get one empty step."""
    for start in range(0, len(order), rows):
        chosen = order[start : start + rows]
        lengths = np.array([max(len(segments[number]), 1) for number in chosen])
        steps = np.full((len(chosen), lengths.max(), segments[0].shape[1]), EMPTY, np.int64)
        for row, number in enumerate(chosen):
            steps[row, : len(segments[number])] = segments[number]
        yield chosen, torch.from_numpy(steps), torch.from_numpy(lengths)

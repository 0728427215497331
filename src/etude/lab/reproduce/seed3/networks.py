"""The original's two networks as they were, for its own figures only.

Its critic hands a matrix [batch, 151] of raw event numbers to an LSTM of input size 151. PyTorch takes a matrix for
one sequence without a batch: the LSTM runs from segment to segment, and the numbers of events are its features.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from etude.lab.reproduce.seed3.course import LENGTH, SIZE, START, Task

THRESHOLDS = (0.5, 0.8)  # of the logit, on validation and on test


class AcrossTheBatch(nn.Module):
    """The critic: logits float[B] of a matrix float[B, 151] of raw event numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(LENGTH, 100, 3, dropout=0.3, batch_first=True)
        self.out = nn.Linear(100, 1)

    def forward(self, segments: Tensor) -> Tensor:
        """Float[B]."""
        logits: Tensor = self.out(self.lstm(segments)[0])[:, 0]
        return logits


class Composer(nn.Module):
    """The composer: logits of the next event after one-hot events."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(SIZE, 512, 2, batch_first=True)
        self.out = nn.Linear(512, SIZE)

    @torch.no_grad()
    def compose(self, pieces: int, generator: torch.Generator) -> Tensor:
        """Int64[P, 151]: the start mark and what is drawn after it."""
        drawn, state = [torch.full((pieces, 1), START)], None
        for _ in range(LENGTH - 1):
            heard, state = self.lstm(F.one_hot(drawn[-1], SIZE).float(), state)
            chances = self.out(heard[:, 0]).softmax(dim=-1)
            drawn.append(torch.multinomial(chances, 1, generator=generator))
        return torch.cat(drawn, dim=1)


def train_original(train: Task, epochs: int, seed: int) -> AcrossTheBatch:
    """The critic after `epochs` epochs of Adam at 1e-3, 64 segments at a time."""
    torch.manual_seed(seed)
    critic = AcrossTheBatch().train()
    optimiser = torch.optim.Adam(critic.parameters(), 1e-3)
    segments, labels = torch.from_numpy(train.segments).float(), torch.from_numpy(train.labels).float()
    for _ in range(epochs):
        order = torch.randperm(len(labels))
        for start in range(0, len(order), 64):
            rows = order[start : start + 64]
            loss = F.binary_cross_entropy_with_logits(critic(segments[rows]), labels[rows])
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
    return critic.eval()


@torch.no_grad()
def logits_of(critic: AcrossTheBatch, task: Task, seed: int) -> NDArray[np.float64]:
    """Float64[N], 64 shuffled segments at a time, as the original tests."""
    order = np.random.default_rng(seed).permutation(len(task.labels))
    out = np.zeros(len(order))
    for start in range(0, len(order), 64):
        rows = order[start : start + 64]
        out[rows] = critic(torch.from_numpy(task.segments[rows]).float()).double().numpy()
    return out


@torch.no_grad()
def untrained_score(seed: int, pieces: int) -> float:
    """The mean score that an untrained critic gives an untrained composer's pieces: sigmoid of nearly nothing."""
    torch.manual_seed(seed)
    composer, critic = Composer().eval(), AcrossTheBatch().eval()
    drawn = composer.compose(pieces, torch.Generator().manual_seed(seed))
    return float(torch.sigmoid(critic(drawn.float())).mean())

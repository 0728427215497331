"""Training speed of a transformer, beside the same model trained as PyTorch does it by default.

Two processes that live as long as the bench take turns: ours started in the tuned environment, with bfloat16 and
plain attention and threads as measured; the reference with float32, torch's fused attention and fused AdamW, an
untouched allocator and torch's own number of threads. Both see the same batches, and the loss of both after the
same number of updates stands beside the speeds.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from etude.errors import EtudeError, MissingPart
from etude.lab.bench.harness import BenchResult, interleave

WORKER = "etude.lab.bench.train_worker"
UPDATES = {"1M": 4, "6M": 2, "tiny": 2}  # in one turn
TAIL = 8  # updates whose mean loss is compared


class Worker:
    """One of the two processes."""

    def __init__(self, which: str, size: str, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", WORKER, which, size],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.losses: list[float] = []
        self._ask(1)
        self.machine = self._answer()
        self.losses += self._answer()

    def train(self, updates: int) -> int:
        """Does `updates` and returns their number."""
        self._ask(updates)
        self.losses += self._answer()
        return updates

    def _ask(self, updates: int) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it died; the answer will say so
            self.process.stdin.write(f"{updates}\n")
            self.process.stdin.flush()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.kill()
            _, complaint = self.process.communicate()
            words = complaint.strip().splitlines() or ["it said nothing"]
            raise EtudeError(f"A process of the train bench ended: {words[-1]}. Try it alone: python -m {WORKER}")
        return json.loads(line)


@contextlib.contextmanager
def workers(size: str) -> Iterator[tuple[Worker, Worker]]:
    """Ours and the reference, ended with the context."""
    from etude.training import tuned_environment

    started: list[Worker] = []
    try:
        started.append(Worker("ours", size, tuned_environment()))
        started.append(Worker("reference", size, {}))
        yield started[0], started[1]
    finally:
        for worker in started:
            worker.process.kill()
            worker.process.communicate()


def compare(size: str, updates: int, rounds: int) -> BenchResult:
    """The row of one model size."""
    from etude.lab.bench.train_worker import LENGTH, SIZES

    shape, rows = SIZES[size]

    def turn(worker: Worker) -> Callable[[], float]:
        return lambda: worker.train(updates) * rows * LENGTH

    with workers(size) as (ours, reference):
        result = interleave(
            f"train {size}",
            turn(ours),
            turn(reference),
            unit="steps/s",
            settings=f"transformer d{shape.width} L{shape.layers} h{shape.heads}, {rows} rows x {LENGTH}, "
            f"ours {_way(ours.machine)} and tuned memory, reference {_way(reference.machine)}",
            rounds=rounds,
        )
        done = len(ours.losses)
        last = [sum(worker.losses[-TAIL:]) / len(worker.losses[-TAIL:]) for worker in (ours, reference)]
    quality = f"loss after {done} updates: ours {last[0]:.4f}, reference {last[1]:.4f} nats/step"
    return replace(result, notes=(quality,))


def _way(machine: Mapping[str, Any]) -> str:
    """How a process computes, in words."""
    return f"{'bf16' if machine['bf16'] else 'fp32'} on {machine['threads']} threads"


def run(quick: bool = False) -> list[BenchResult]:
    """One row a model size."""
    if find_spec("torch") is None:
        raise MissingPart("The train bench", "train")
    sizes = ["1M"] if quick else ["1M", "6M"]
    return [compare(size, UPDATES[size], rounds=3 if quick else 7) for size in sizes]

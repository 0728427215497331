"""The training loop: every position of every row, until the plan is done or somebody stops it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from etude.config import to_mapping
from etude.errors import EtudeError, UsageError
from etude.models.config import ModelConfig
from etude.models.model import Model, parameter_count, weights_of
from etude.training.averaging import Average
from etude.training.checkpoint import Arrays, Checkpoint
from etude.training.config import TrainingConfig
from etude.training.keeping import Cadence
from etude.training.machine import Machine, lead_of, machine_for
from etude.training.optimiser import arrays_of, optimiser_of, restore
from etude.training.plan import DECAY_EVALUATIONS, Plan, late, learning_rate, planned
from etude.training.progress import Progress
from etude.training.protocols import Batches, Reporter, Validation
from etude.training.stopping import stoppable
from etude.training.validation import figures, price

TICK = 0.5  # seconds between two calls of a reporter's `tick`
LOOK_EVERY = 16  # updates between two looks at the loss on a device that computes ahead of us


@dataclass(frozen=True)
class Outcome:
    """How a training ended. The model then holds the weights of the lowest validation loss.

    The validation figures are theirs, computed in float32; an interrupted training leaves them out.
    """

    step: int
    best_step: int
    seconds: float
    train_loss: float  # nats per step, over the last interval
    valid_loss: float | None  # nats per step
    bits_per_note: float | None
    nats_per_field: tuple[float, ...]
    parameters: int
    tokens_per_second: float  # trained steps, evaluations left out
    peak_memory_bytes: int
    stopped_early: bool = False
    signal: int = 0  # the number of the signal that stopped it

    @property
    def interrupted(self) -> bool:
        """Whether a signal ended it."""
        return self.signal != 0

    @property
    def perplexity(self) -> float | None:
        """Exp of the validation loss."""
        return None if self.valid_loss is None else math.exp(self.valid_loss)


def fit(
    model: Model,
    batches: Batches,
    validation: Validation,
    config: TrainingConfig,
    reporter: Reporter,
    *,
    start: Checkpoint | None = None,
) -> Outcome:
    """Trains `model` in place and returns how it ended; with `start`, goes on exactly where that checkpoint stood.

    Ctrl-C and SIGTERM finish the update, save and return (`signal`). Raises EtudeError when the loss stops being a
    number, and UsageError when `start` comes from other settings.
    """
    if start is None:
        torch.manual_seed(config.seed)
        machine = machine_for(model, batches.at(0), config)
    else:
        _check_settings(start.state["settings"], _settings(model, config))
        machine = Machine(**start.state["machine"])
    with machine.in_use(), stoppable() as wishes:
        training = _Training(model.to(machine.device), batches, validation, config, reporter, machine)
        if start is not None:
            training.resume(start)
        return training.run(wishes)


def _settings(model: Model, config: TrainingConfig) -> dict[str, Any]:
    """What must be the same for a training to go on."""
    sizes = {"fields": list(model.field_sizes)}
    return {"model": to_mapping(model.config) | sizes, "training": to_mapping(config)}


def _check_settings(then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    usual = {"model": to_mapping(ModelConfig()), "training": to_mapping(TrainingConfig())}
    for table, values in now.items():
        for key in sorted(values.keys() | then[table].keys()):
            # a setting that is younger than the checkpoint was what it is by default
            before, after = then[table].get(key, usual[table].get(key)), values.get(key)
            if before != after:
                raise UsageError(
                    f"This training began with {table}.{key} = {before} and cannot go on with {after}. "
                    "Resume it with its own settings, or start a new one from its weights with --from."
                )


class _Training:
    """One training under way."""

    def __init__(
        self,
        model: Model,
        batches: Batches,
        validation: Validation,
        config: TrainingConfig,
        reporter: Reporter,
        machine: Machine,
    ) -> None:
        self.model, self.batches, self.validation = model, batches, validation
        self.config, self.reporter, self.machine = config, reporter, machine
        self.optimiser = optimiser_of(model, config)
        self.average = Average(model, config.average)
        self.best: Arrays = {}
        self.at = Progress(Plan(), config.eval_every)
        if config.minutes is None:
            self.at.follow(Plan(config.steps))
        self.sums = torch.zeros(3, dtype=torch.float64, device=machine.device)  # nats, targets, gradient norms
        self.keeping = Cadence.parse(config.keep_every)
        self.clock = time.perf_counter()
        self.told = 0.0

    def resume(self, start: Checkpoint) -> None:
        """Puts everything back as it stood."""
        self.load(start.model)
        restore(self.optimiser, self.model, self.average.taken(start.optimiser))
        self.best = start.best
        self.at = Progress.of(start.state["progress"])
        self.sums += torch.tensor(self.at.sums, dtype=torch.float64, device=self.machine.device)

    def run(self, wishes: list[int]) -> Outcome:
        """Trains until the plan, the patience or the user says enough."""
        self.model.train()
        while True:
            if wishes:
                self._save()
                return self.outcome(wishes[0])
            if self.at.due:
                self.evaluate()
            elif self._keeps():
                self._save()
            if self.at.over:
                return self.outcome()
            self.update()
            if self.config.minutes is not None and (
                not self.at.plan.total or late(self.at.seconds, self.config.minutes)
            ):
                self.replan(self.config.minutes)

    def update(self) -> None:
        """One step of the optimiser."""
        config, step = self.config, self.at.step
        steps, weights = self.machine.tensors(self.batches.at(step))
        with self.machine.format():
            loss, nats = self.model.losses(steps, config.smoothing, lead_of(steps, weights))
        targets = weights.sum()
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward((loss * weights).sum() / targets.clamp(min=1))
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), config.clip or math.inf)
        rate = learning_rate(config, self.at.plan, step, self.at.reductions)
        self.sums += torch.stack([(nats * weights).sum(), targets, norm]).double()
        if self.machine.device == "cpu" or step % LOOK_EVERY == 0:
            self.look(rate)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        self.average.follow(self.model)
        self.at.updated(loss.numel(), self.passed())
        self.tell()

    def look(self, rate: float) -> None:
        """Raises EtudeError when the loss or its gradient is no number any more."""
        if not torch.isfinite(self.sums).all():
            raise EtudeError(
                f"The loss stopped being a number at step {self.at.step}, at learning rate {rate:.3g}. The last "
                "checkpoint is good. Try a lower training.learning_rate, a longer training.warmup, or clip = 1."
            )

    def replan(self, minutes: float) -> None:
        """Sets or moves the end of a training that is limited by time; the first plan is put on record at once."""
        known = bool(self.at.plan.total)
        self.at.follow(planned(self.at.plan, self.at.step, self.at.seconds, self.at.speed, minutes))
        if self.at.plan.total and not known:
            self._save()

    def evaluate(self) -> None:
        """Prices the validation pieces, logs the figures and saves a checkpoint."""
        at = self.at
        rate = learning_rate(self.config, at.plan, at.step - 1, at.reductions)
        self.look(rate)
        nats, targets, norms = self.sums.tolist()
        at.train_loss = nats / max(targets, 1)
        with self.average.in_place(self.model):
            with self.machine.format():
                valid = price(self.model, self.validation)
            if at.judge(at.train_loss if valid is None else float(valid.sum()), self.config.patience):
                self.best = self.weights()
        at.reduce(self.config.decay_every or DECAY_EVALUATIONS)
        at.spend(self.passed())
        record = at.record() | {
            "train_loss": at.train_loss,
            **figures(valid, self.validation),
            "best": at.best_step == at.step,
            "learning_rate": rate,
            "gradient_norm": norms / max(at.step - at.since[0], 1),
            "peak_memory_bytes": self.machine.peak_memory(),
        }
        self.sums.zero_()
        at.begin_interval()
        if self.config.minutes is not None:
            self.replan(self.config.minutes)
        self.reporter.log(record)
        self._save()
        at.spend(self.passed())

    def _keeps(self) -> bool:
        """Whether the checkpoint of this step is one to be kept for good."""
        per_epoch = getattr(self.batches, "rows_per_epoch", None)
        updates = self.keeping.updates(per_epoch and per_epoch / self.config.rows, self.at.every)
        return bool(updates) and self.at.step % updates == 0 and self.at.step > self.at.kept

    def _save(self) -> None:
        """Hands the checkpoint of this step to the reporter."""
        kept = self._keeps()
        if kept:
            self.at.kept = self.at.step
        self.reporter.save(replace(self.checkpoint(), kept=kept))

    def tell(self) -> None:
        """Calls the reporter's `tick`, if it has one, now and then."""
        tick = getattr(self.reporter, "tick", None)
        if tick is not None and self.at.seconds - self.told >= TICK:
            self.told = self.at.seconds
            nats, targets, _ = self.sums.tolist()
            tick(self.at.record() | {"train_loss": nats / max(targets, 1)})

    def passed(self) -> float:
        """Seconds since the last call."""
        before, self.clock = self.clock, time.perf_counter()
        return self.clock - before

    def load(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        """Puts these weights into the model."""
        self.model.load_state_dict({name: torch.from_numpy(np.array(one)) for name, one in weights.items()})

    def weights(self) -> Arrays:
        """Copies of the weights as they stand."""
        return {name: array.copy() for name, array in weights_of(self.model).items()}

    def checkpoint(self) -> Checkpoint:
        """Everything `resume` needs."""
        self.at.sums = self.sums.tolist()
        state = {
            "settings": _settings(self.model, self.config),
            "machine": self.machine.settings(),
            "progress": self.at.state(),
        }
        now = self.weights()
        beside = arrays_of(self.optimiser, self.model) | self.average.arrays()
        return Checkpoint(self.at.step, now, self.best or now, beside, state)

    def outcome(self, signal: int = 0) -> Outcome:
        """The figures of the best weights, which the model holds from now on."""
        if self.best:
            self.load(self.best)
        found = figures(None if signal else price(self.model, self.validation), self.validation)
        at = self.at
        return Outcome(
            step=at.step,
            best_step=at.best_step,
            seconds=at.seconds,
            train_loss=at.train_loss,
            valid_loss=found["valid_loss"],
            bits_per_note=found["bits_per_note"],
            nats_per_field=tuple(found["valid_nats_per_field"] or ()),
            parameters=parameter_count(self.model),
            tokens_per_second=at.tokens / max(at.training_seconds, 1e-9),
            peak_memory_bytes=self.machine.peak_memory(),
            stopped_early=at.stopped,
            signal=signal,
        )

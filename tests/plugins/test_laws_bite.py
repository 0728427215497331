"""Each law for plugins fails for one that breaks it, and holds for one that does not."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
import torch

import etude.testing
from etude import registry
from etude.evaluation import METRICS, Metric
from etude.lab.tracking import NoTracker
from etude.models.rnn import Recurrent
from etude.testing import (
    TableStepper,
    any_scores,
    check_command,
    check_learner,
    check_metric,
    check_network,
    check_renderer,
    check_tracker,
    few_bars,
    random_piece,
)

SIZES = (6, 4)
PIECES = [random_piece(SIZES, 30, seed) for seed in range(3)]
MUSIC = [few_bars(seed, 2) for seed in range(3)]


@dataclass(frozen=True)
class Last:
    """A Learner: how often each value was first, and a table beside it."""

    weight: float = 1.0

    def learn(self, pieces: Any, field_sizes: Any) -> dict[str, Any]:
        first = np.bincount([piece[1, 0] for piece in pieces], minlength=field_sizes[0])
        return {"first": first.astype(np.float32)}

    def model(self, arrays: Any, field_sizes: Any) -> Any:
        table = TableStepper.random(field_sizes)
        table.tables[0] = table.tables[0] + self.weight * arrays["first"]
        return table


class Forgetful(Last):
    """Keeps what it learned to itself."""

    def learn(self, pieces: Any, field_sizes: Any) -> dict[str, Any]:
        found = super().learn(pieces, field_sizes)
        object.__setattr__(self, "kept", found.pop("first"))
        return found

    def model(self, arrays: Any, field_sizes: Any) -> Any:
        return super().model({"first": getattr(self, "kept", np.zeros(field_sizes[0]))}, field_sizes)


class Random(Last):
    """Never learns the same twice."""

    def learn(self, pieces: Any, field_sizes: Any) -> dict[str, Any]:
        return {"first": np.random.default_rng().random(field_sizes[0])}


class Wordy(Last):
    """Learns words."""

    def learn(self, pieces: Any, field_sizes: Any) -> dict[str, Any]:
        return {"first": np.array(["a", "b"])}


class Spoiling(Last):
    """Changes the pieces."""

    def learn(self, pieces: Any, field_sizes: Any) -> dict[str, Any]:
        found = super().learn(pieces, field_sizes)
        pieces[0][1] = (pieces[0][1] + 1) % field_sizes
        return found


class Certain(Last):
    """Takes a value for impossible."""

    def model(self, arrays: Any, field_sizes: Any) -> Any:
        table = super().model(arrays, field_sizes)
        table.tables[0][:, 2] = -np.inf
        return table


def test_a_learner_keeps_its_laws() -> None:
    check_learner(Last(2.0), PIECES, SIZES)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("broken", [Forgetful, Random, Wordy, Spoiling, Certain])
def test_a_broken_learner_is_caught(broken: type[Last]) -> None:
    with pytest.raises(AssertionError):
        check_learner(broken(), [piece.copy() for piece in PIECES], SIZES)


class Leaking(Recurrent):
    """A body that hears the step that comes next."""

    def forward(self, steps: Any, state: Any = None) -> Any:
        hidden, state = super().forward(steps, state)
        return hidden + torch.cat([hidden[:, 1:], hidden[:, -1:]], dim=1), state


class Meeting(Recurrent):
    """A body whose rows hear each other."""

    def forward(self, steps: Any, state: Any = None) -> Any:
        hidden, state = super().forward(steps, state)
        return hidden - hidden.mean(dim=0, keepdim=True) / 2, state


@pytest.mark.parametrize(("body", "holds"), [(Recurrent, True), (Leaking, False), (Meeting, False)])
def test_a_body_is_held_to_the_laws_of_networks(
    body: type[Recurrent], holds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry.BUILT_IN["models"], "tried", f"{__name__}:body")
    monkeypatch.setattr(registry, "_object", lambda value: body)
    if holds:
        check_network("tried", width=16, layers=1)
    else:
        with pytest.raises(AssertionError):
            check_network("tried", width=16, layers=1)


GOOD = replace(METRICS[0], name="mine")
calls = iter(range(1000))


@pytest.mark.parametrize(
    "broken",
    [
        replace(GOOD, better="more"),  # type: ignore[arg-type]
        replace(GOOD, family="style"),  # type: ignore[arg-type]
        replace(GOOD, name="my metric"),
        replace(GOOD, unit=""),
        replace(GOOD, source=""),
        replace(GOOD, measure=lambda music: "many"),  # type: ignore[arg-type,return-value]
        replace(GOOD, measure=lambda music: float(next(calls))),
        replace(GOOD, measure=lambda music: math.inf),
        replace(GOOD, measure=lambda music: math.nan),
    ],
    ids=["better", "family", "name", "unit", "source", "no number", "another each time", "infinite", "never"],
)
def test_a_broken_metric_is_caught(broken: Metric) -> None:
    check_metric(GOOD, MUSIC)
    with pytest.raises(AssertionError):
        check_metric(broken, MUSIC)


class Counting:
    """A renderer of how many notes there are."""

    def __init__(self, suffix: str = "txt", say: Callable[[Any], Any] = lambda score: b"%d" % len(score)) -> None:
        self.suffix, self.render = suffix, say


@pytest.mark.parametrize(
    "broken",
    [
        Counting(".txt"),
        Counting(""),
        Counting(say=lambda score: "text"),
        Counting(say=lambda score: b""),
        Counting(say=lambda score: b"%d" % next(calls)),
    ],
    ids=["dot", "no suffix", "text", "empty", "another each time"],
)
def test_a_broken_renderer_is_caught(broken: Any) -> None:
    check_renderer(Counting(), MUSIC)
    with pytest.raises(AssertionError):
        check_renderer(broken, MUSIC)


class Adding(NoTracker):
    """A tracker that takes every figure for a number."""

    def figures(self, values: Any, step: int) -> None:
        sum(values.values())


def test_a_tracker_is_told_all_that_a_training_tells(tmp_path: Path) -> None:
    check_tracker(lambda run: NoTracker(), tmp_path / "good")
    with pytest.raises(TypeError):
        check_tracker(lambda run: Adding(), tmp_path / "bad")


def test_a_command_says_what_it_does() -> None:
    def command(help: str = "Does.", epilog: str = "Examples: etude x", option: str = "How.") -> click.Command:
        return click.Command("x", help=help, epilog=epilog, params=[click.Option(["--how"], help=option)])

    check_command(command())
    for broken in (command(help=""), command(epilog=""), command(option="")):
        with pytest.raises(AssertionError):
            check_command(click.Group("group", help="Groups.", commands={"x": broken}))


def test_the_public_names_are_there_and_in_order() -> None:
    assert etude.testing.__all__ == sorted(etude.testing._HOME)
    for name in etude.testing.__all__:
        assert getattr(etude.testing, name).__doc__, name
        assert name in (etude.testing.__doc__ or ""), f"the header of etude.testing does not speak of {name}"


def test_scores_without_hypothesis_says_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "hypothesis", None)
    with pytest.raises(etude.errors.MissingPart, match=r"pip install 'etude\[testing\]'"):
        any_scores()

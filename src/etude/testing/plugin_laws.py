"""What metrics, trackers, renderers and commands of plugins must hold. Each check raises AssertionError."""

from __future__ import annotations

import contextlib
import math
import typing
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.errors import UsageError
from etude.score import Score
from etude.testing.format_laws import difference

if TYPE_CHECKING:
    import click

    from etude.evaluation import Metric
    from etude.lab.run import Run
    from etude.lab.tracking import Tracker
    from etude.render.base import Renderer

EMPTY = Score.of([])


def check_metric(metric: Metric, scores: Iterable[Score]) -> None:
    """Holds when `metric` says one number a Score, or NaN, the same each time, and leaves the Score as it was.

    A Score without notes is measured too. For one of `scores` at least there is a number; it says its unit and
    source, and which way is better in etude's words.
    """
    from etude.evaluation import Analysis
    from etude.evaluation.metrics.base import Better, Family

    assert metric.better in typing.get_args(Better), f"better is '{metric.better}', not {typing.get_args(Better)}"
    assert metric.family in typing.get_args(Family), f"family is '{metric.family}', not {typing.get_args(Family)}"
    assert metric.name.isidentifier(), f"'{metric.name}' is no name: use letters, digits and _"
    assert metric.unit, "a unit is missing; a part of a whole has the unit 'share'"
    assert metric.source, "a source is missing: the paper, or who made it up"
    values = []
    for score in (EMPTY, *scores):
        copy = score.replace()
        first, second = (metric.measure(Analysis(score)) for _ in range(2))
        assert isinstance(first, (float, int)), f"{first!r} is no number"
        assert first == second or (math.isnan(first) and math.isnan(second)), f"first {first}, then {second}"
        assert not math.isinf(first), "infinite: say NaN where it is not defined"
        assert difference(score, copy) == "", "measuring changed the Score"
        values.append(first)
    assert not np.isnan(values[1:]).all(), "no score has a number: the laws were not tested"


def check_renderer(renderer: Renderer, scores: Iterable[Score]) -> None:
    """Holds when the same Score gives the same bytes, and one without notes gives bytes or a UsageError."""
    suffix = renderer.suffix
    assert suffix == suffix.strip(".").lower(), f"the suffix '{suffix}' is lower case and without a dot"
    assert suffix, "the suffix is missing"
    for score in scores:
        data = renderer.render(score)
        assert isinstance(data, bytes), f"{type(data)} instead of bytes"
        assert data, "an empty file"
        assert renderer.render(score) == data, "the same Score gave other bytes"
    with contextlib.suppress(UsageError):
        assert isinstance(renderer.render(EMPTY), bytes)


def check_tracker(make: Callable[[Run], Tracker], folder: Path) -> Run:
    """Holds when a mirror of a run in `folder` takes all that a training tells it; the run, to look into.

    It is told settings of every type, figures with missing ones and tables among them, texts and sound, is closed,
    and is made once more for a run that is gone on with.
    """
    from etude.lab.run import Run

    run = Run.create(folder / "run", {"name": "tried"})
    for step in (0, 100):
        tracker = make(run)
        tracker.settings({"model.kind": "rnn", "model.width": 8, "data.floors": True, "data.stretch": [1.0, 0.9]})
        figures = {"step": step, "train_nats_per_step": 1.5, "valid_nats_per_step": None, "floors": {"ngram": 2.0}}
        tracker.figures(figures, step)
        tracker.figures({"valid_nats_per_step": math.nan}, step + 1)
        tracker.text("sample 1", "X:1\nK:C\nCDE|\n", step)
        tracker.sound("sample 1", np.zeros(100, np.float32), 22_050, step)
        tracker.close()
    return run


def check_command(command: click.Command) -> None:
    """Holds when a command and its subcommands say what they do, each option what it changes, with examples."""
    import click
    from click.testing import CliRunner

    assert isinstance(command, click.Command), f"{type(command)} is no click.Command"
    shown = CliRunner().invoke(command, ["--help"])
    assert shown.exit_code == 0, f"--help ends with {shown.exit_code}: {shown.exception}"
    assert command.help, "it does not say what it does: write a docstring"
    inner: dict[str, Any] = getattr(command, "commands", {})
    assert inner or "Examples:" in shown.output, "it has no examples: epilog='Examples: ...'"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{parameter.opts[0]} has no help"
    for child in inner.values():
        check_command(child)

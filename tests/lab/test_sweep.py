"""One checkpoint at several temperatures: figures, files to hear and one plot."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from etude.errors import UsageError
from etude.evaluation import Uniform
from etude.formats.abc import FORMAT
from etude.lab.loading import load
from etude.lab.plots import quality_against_diversity
from etude.lab.run import Run
from etude.lab.sweep import PROMPTS, TEMPERATURES, Judges, keeper, real_point, sweep
from etude.testing.scores import abc_tune

from .test_raw_text import raw_run

__all__ = ["raw_run"]


@pytest.fixture(scope="module")
def judges() -> Judges:
    scores = [FORMAT.parse(abc_tune(number).encode())[0].score for number in range(1, 12)]
    return Judges(Uniform((97,)), [score for score in scores if score is not None])


def test_a_sweep_has_a_point_a_temperature_and_keeps_files(raw_run: Run, judges: Judges, tmp_path: Path) -> None:
    loaded = load(raw_run.folder)
    prompts = (PROMPTS[0], abc_tune(3).strip())
    points = sweep(loaded, judges, prompts=prompts, temperatures=(0.0, 1.5), count=2, keep=keeper(tmp_path, 2))
    assert [point.temperature for point in points] == [0.0, 1.5]
    assert {point.tunes for point in points} == {4}
    for point in points:
        assert point.nats == pytest.approx(math.log(97))  # a judge for whom all is alike
        assert 0 <= point.both <= min(point.syntax, point.bars)
        assert point.as_json()["copied_share"] >= 0
    names = {path.name for path in tmp_path.iterdir()}
    assert {"t0_00-prompt1.txt", "t1_50-prompt2.txt"} <= names
    assert sum(name.endswith(".txt") for name in names) == 4
    assert (tmp_path / "t0_00-prompt2.wav").read_bytes()[:4] == b"RIFF"


def test_real_tunes_go_through_the_same_checks(raw_run: Run, judges: Judges) -> None:
    texts = [abc_tune(number) for number in range(1, 12)]
    point = real_point(texts, judges.training, judges, load(raw_run.folder).encoding)
    assert point.temperature is None
    assert point.syntax == point.both == point.each_bar == 1.0
    assert point.measures["copied_share"] == 1.0
    assert point.measures["distance"] == pytest.approx(0.0)
    svg = quality_against_diversity([point, *_made_up()], "Quality against variety")
    assert svg.count("<svg") == 1
    assert svg == quality_against_diversity([point, *_made_up()], "Quality against variety")


def _made_up() -> list:
    from etude.lab.sweep import Point

    random = np.random.default_rng(1)
    return [
        Point(t, 20, 1.0, *random.random(4), random.random(), {"self_similarity": random.random()})
        for t in TEMPERATURES
    ]


def test_only_models_of_raw_text_are_swept(run: Run, judges: Judges) -> None:
    with pytest.raises(UsageError, match="no raw ABC text"):
        sweep(load(run.folder), judges)

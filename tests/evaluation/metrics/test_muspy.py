"""Where MusPy has a measure too, it says the same. Its answers lie in a file: see `muspy_answers.py`."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from etude.evaluation import METRICS, measure
from etude.score import Score, Track

TOLERANCE = 1e-12
PIECES = json.loads(Path(__file__).with_name("muspy_answers.json").read_text())


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece["name"])
def test_muspy_says_the_same(piece: dict[str, Any]) -> None:
    rows = [(onset, length, pitch, 80, track) for onset, length, pitch, track in piece["notes"]]
    tracks = [Track(is_drum=drums) for drums in piece["drums"]]
    score = Score.of(rows, tracks=tracks, tpq=piece["tpq"], meters=[(0, *piece["meter"])])
    ours = {name: float(column[0]) for name, column in measure([score]).items()}
    for name, answer in piece["answers"].items():
        if answer is None:
            assert math.isnan(ours[name]), name
        else:
            assert ours[name] == pytest.approx(answer, abs=TOLERANCE), name


def test_all_that_is_said_to_be_muspys_is_compared() -> None:
    compared = {name for piece in PIECES for name, answer in piece["answers"].items() if answer is not None}
    assert {metric.name for metric in METRICS if "MusPy" in metric.source} == compared

"""Shares of right tunes and their intervals, against figures worked out by hand."""

from __future__ import annotations

import math

import pytest

from etude.evaluation import Share, validity
from etude.formats.abc import TuneCheck


def test_a_set_of_tunes_in_shares() -> None:
    checks = [
        TuneCheck(True, 3, 0),
        TuneCheck(True, 3, 1, ("bar 2 is long",)),
        TuneCheck(False, 0, 0, ("no tune",)),
        TuneCheck(False, 5, 0, ("signs left out",)),
    ]
    found = validity(checks)
    assert found.as_json() == {"tunes": 4, "syntax": 0.5, "bars": 0.5, "both": 0.25, "each_bar": 10 / 11}
    assert found.problems == ("bar 2 is long", "no tune", "signs left out")
    assert math.isnan(validity([]).both.value)


def test_wilson_intervals() -> None:
    low, high = Share(81, 82).interval  # worked out by hand from Wilson's formula
    assert (low, high) == (pytest.approx(0.93406, abs=1e-4), pytest.approx(0.99784, abs=1e-4))
    assert Share(0, 10).interval == (0.0, pytest.approx(0.27753, abs=1e-4))
    assert all(map(math.isnan, Share(0, 0).interval))

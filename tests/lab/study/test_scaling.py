"""Laws through sizes: a planted law is found again, and the advice is to double what brings more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from etude.lab.study.asking import ask
from etude.lab.study.plan import Plan
from etude.lab.study.scaling import Axis, Law, advice, axes_of, scaling_plan

SIZES = np.array([100.0, 200.0, 400.0, 800.0])


def axis(name: str, law: Law, noise: float = 0.0) -> Axis:
    exact = np.array([law(size) for size in SIZES])
    bits = exact + noise * np.random.default_rng(0).standard_normal((3, 4))
    return Axis(name, SIZES, bits, Law.fitted(SIZES, bits.mean(axis=0)))


@pytest.mark.parametrize("law", [Law(2.0, 5.0, 0.5), Law(0.0, 3.0, 0.1), Law(1.0, 40.0, 1.0)])
def test_a_planted_law_is_found_again(law: Law) -> None:
    found = axis("pieces", law)
    assert found.law.exponent == pytest.approx(law.exponent, abs=0.021)
    assert found.law(1600.0) == pytest.approx(law(1600.0), abs=0.003)
    assert found.doubled.mean == pytest.approx(law(1600.0) - law(800.0), abs=0.003)


def test_the_advice_is_what_brings_more() -> None:
    steep, flat = axis("pieces", Law(1.0, 8.0, 0.5), 0.002), axis("parameters", Law(2.0, 1.0, 0.1), 0.002)
    assert advice([flat, steep]).startswith("Next, double the pieces")
    assert advice([axis("pieces", Law(2.0, 0.0, 1.0))]).startswith("No size is known to help")
    assert "Too few" in advice([])


def test_widths_go_with_the_heads_and_pieces_are_shares(cache: None, book: Path) -> None:
    width, pieces = scaling_plan(Plan("folk", data=str(book))).factors
    assert (width.key, pieces.key) == ("model.width", "data.pieces")
    assert [int(value) % 4 for value in width.values] == [0, 0, 0]
    assert [int(value) for value in pieces.values] == [6, 13, 26]


@pytest.mark.slow
def test_a_scaling_study_tells_what_more_music_brings(cache: None, book: Path, tmp_path: Path) -> None:
    asked = {"scaling": True, "seeds": 1, "samples": 0, "confirm": 0, "data": str(book)}
    study = ask("ngram", asked, tmp_path / "scaling", {"workers": 2})
    (found,) = axes_of(study)
    assert found.sizes.tolist() == [6.0, 13.0, 26.0, 53.0]
    assert found.law(53.0) < found.law(6.0)
    report = (tmp_path / "scaling" / "report.md").read_text()
    assert "twice as many would change them by" in report
    assert "What more would bring" in (tmp_path / "scaling" / "report.html").read_text()

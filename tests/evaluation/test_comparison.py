"""Baselines, paired intervals and the table."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

from etude.errors import UsageError
from etude.evaluation import Baselines, Likelihood, Uniform, baselines, likelihood, paired, table
from etude.testing.stepper_laws import check_stepper


def pieces(count: int, seed: int) -> list[np.ndarray]:
    """One-field pieces of eight symbols that repeat their first half."""
    random = np.random.default_rng(seed)
    halves = [random.integers(2, 10, 14) for _ in range(count)]
    return [np.concatenate([[0], half, half, [1]]).astype(np.int32)[:, None] for half in halves]


def made(totals: list[float], counts: list[int], protocol: str = "full") -> Likelihood:
    total, count = np.array(totals), np.array(counts)
    mean = float(total.sum() / count.sum())
    return Likelihood(mean, {"x": mean}, 1.0, len(count), int(count.sum()), 1, protocol, total, count)


def test_baselines_are_ordered_on_music_that_repeats() -> None:
    train, valid, test = pieces(60, 1), pieces(20, 2), pieces(20, 3)
    scorers = baselines(train, valid, (10,))
    price = {name: likelihood(s, test, notes=1, field_names=("x",)).nats_per_step for name, s in scorers.items()}
    assert list(price) == ["uniform", "ngram", "ngram+copy"]
    assert price["uniform"] == pytest.approx(math.log(10))
    # eight symbols at random and repeats that only copying can know: ln 8 for the first half at best
    assert price["ngram"] > math.log(8) * 0.9
    assert price["ngram+copy"] < 0.75 * price["ngram"]


def test_validation_figures_never_use_weights_fitted_on_the_same_pieces() -> None:
    """Changing one half must not change the price of a piece through its own weights: check by hand."""
    train, valid = pieces(40, 4), pieces(9, 5)
    found = Baselines.fit(train, (10,)).on_validation(valid, notes=[28] * 9, field_names=("x",))["ngram+copy"]
    fitted = Baselines.fit(train, (10,))
    for own, other in ((0, 1), (1, 0)):
        scorer = fitted.tuned(valid[other::2])["ngram+copy"]
        expected = [scorer.nats(steps).sum() for steps in valid[own::2]]
        assert found.totals[own::2] == pytest.approx(expected, abs=1e-9)
    assert found.pieces == 9
    assert found.counts.tolist() == [29] * 9


def test_one_validation_piece_is_priced_by_unfitted_weights() -> None:
    fitted = Baselines.fit(pieces(10, 6), (10,))
    found = fitted.on_validation(pieces(1, 7), notes=[28], field_names=("x",))
    assert set(found) == {"uniform", "ngram", "ngram+copy"}
    assert found["uniform"].nats_per_step == pytest.approx(math.log(10))


@pytest.mark.parametrize("protocol", ["context:8", "windows:10"])
def test_baselines_under_other_protocols(protocol: str) -> None:
    found = Baselines.fit(pieces(30, 8), (10,)).on_validation(
        pieces(10, 9), protocol, notes=[28] * 10, field_names=("x",)
    )
    assert all(row.protocol == protocol for row in found.values())
    # repeats stand 14 steps back: out of sight here
    assert found["ngram+copy"].nats_per_step == pytest.approx(found["ngram"].nats_per_step, abs=0.15)


def test_uniform_is_a_stepper() -> None:
    check_stepper(Uniform((4, 3)), np.array([[0, 0], [2, 1], [3, 2], [1, 0]], np.int32))


def test_a_constant_difference_has_no_spread() -> None:
    first, second = made([10, 20, 30], [10, 20, 30]), made([15, 30, 45], [10, 20, 30])
    gap = paired(first, second)
    assert (gap.value, gap.low, gap.high) == pytest.approx((-0.5, -0.5, -0.5))
    assert gap.standard_error == pytest.approx(0, abs=1e-12)
    assert gap.verdict == "better"
    assert paired(second, first).verdict == "worse"


def test_the_interval_has_the_spread_of_the_mean() -> None:
    """Gaps of unit variance over 400 pieces of one step: standard error 1/20, interval +-1.96/20."""
    random = np.random.default_rng(0)
    gaps = random.standard_normal(400)
    gaps = (gaps - gaps.mean()) / gaps.std()
    gap = paired(made(list(gaps), [1] * 400), made([0.0] * 400, [1] * 400))
    assert gap.value == pytest.approx(0, abs=1e-12)
    assert gap.standard_error == pytest.approx(0.05, rel=0.08)
    assert (gap.low, gap.high) == pytest.approx((-0.098, 0.098), abs=0.012)
    assert gap.verdict == "no evidence"


def test_different_pieces_cannot_be_paired() -> None:
    with pytest.raises(UsageError, match="same pieces"):
        paired(made([1.0], [1]), made([1.0], [2]))
    with pytest.raises(UsageError, match="same pieces"):
        paired(made([1.0], [1]), made([1.0], [1], "context:4"))
    assert paired(made([1.0], [1]), made([2.0], [1])).verdict == "no evidence"


def test_the_table_stands_beside_its_first_row() -> None:
    rows = table({"model": made([10, 20], [10, 20]), "other": made([15, 30], [10, 20]), "apart": made([1.0], [3])})
    assert [row.name for row in rows] == ["model", "other", "apart"]
    assert rows[0].difference is None
    assert rows[1].difference is not None
    assert rows[1].difference.value == pytest.approx(0.5)
    assert rows[2].difference is None
    assert table({}) == []


def test_the_room_loads_no_torch() -> None:
    code = "import sys, etude.evaluation; print([m for m in ('torch', 'onnxruntime') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"

"""Sets against a reference: known distances, honest intervals, and sets that differ in one known way."""

from __future__ import annotations

import math

import numpy as np
import pytest

from etude.evaluation.sets import Embedding, Features, compare_sets, variety
from etude.evaluation.sets.distances import frechet, jensen_shannon, kl, overlap, pairwise, smoothed
from etude.evaluation.sets.estimates import corrected, halved, weights
from etude.score import Score


def tunes(count: int, seed: int, leap: int = 4, notes: int = 48) -> list[Score]:
    """Random walks on a scale; the larger `leap`, the larger the intervals."""
    random = np.random.default_rng(seed)
    scale = np.array([36 + 12 * octave + step for octave in range(6) for step in (0, 2, 4, 5, 7, 9, 11)])
    out = []
    for _ in range(count):
        places = 20 + np.cumsum(random.integers(-leap, leap + 1, notes))
        pitches = scale[np.abs(places) % len(scale)]
        lengths = random.choice([240, 240, 480], notes)
        onsets = np.cumsum(lengths) - lengths
        out.append(Score.of([(int(a), int(b), int(c), 80, 0) for a, b, c in zip(onsets, lengths, pitches)]))
    return out


@pytest.fixture(scope="module")
def reference() -> tuple[list[Score], Features]:
    scores = tunes(120, 1)
    return scores, Features.of(scores)


def test_distances_of_two_histograms() -> None:
    first, second = np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.25, 0.5])
    assert overlap(first, second) == pytest.approx(0.5)
    assert kl(first, second) == pytest.approx(1.0)
    assert kl(second, first) == math.inf
    assert jensen_shannon(first, second) == pytest.approx(0.3112781)
    assert jensen_shannon(first, first) == kl(first, first) == 0.0
    assert jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(1.0)
    assert smoothed(np.array([1.0, 0.0]), 9) == pytest.approx([9.25 / 9.5, 0.25 / 9.5])
    assert overlap(np.stack([first, second]), second) == pytest.approx([0.5, 1.0])


def test_the_frechet_distance_of_two_normal_clouds() -> None:
    random = np.random.default_rng(0)
    one = random.normal(0, 1, (40_000, 3))
    assert frechet(one, one) == pytest.approx(0.0, abs=1e-9)
    assert frechet(one, one + [3, 0, 4]) == pytest.approx(25.0)
    assert frechet(one, one * [1, 1, 3]) == pytest.approx(4.0, rel=0.03)  # (3 - 1) squared
    turned = random.multivariate_normal([0, 0], [[2, 1], [1, 2]], 200_000)  # eigenvalues 3 and 1
    assert frechet(turned, random.normal(0, 1, (200_000, 2))) == pytest.approx((3**0.5 - 1) ** 2, rel=0.05)
    with pytest.raises(ValueError, match="two points"):
        frechet(one[:1], one)
    assert pairwise(np.array([[0.0, 0]]), np.array([[3.0, 4], [0, 0]])) == pytest.approx(np.array([[5, 0]]))


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """Jensen-Shannon of two known distributions, each seen through 40 draws: the plain value is far too large."""
    random = np.random.default_rng(3)
    first, second = np.full(8, 1 / 8), np.array([3, 1, 1, 1, 1, 1, 1, 3]) / 12
    truth = float(jensen_shannon(first, second))
    inside, plain, values = 0, [], []
    for _ in range(200):
        ours, theirs = (np.eye(8)[random.choice(8, 40, p=shares)] for shares in (first, second))
        value = float(jensen_shannon(ours.mean(0), theirs.mean(0)))
        drawn = jensen_shannon(weights(40, random, 200) @ ours, weights(40, random, 200) @ theirs)
        found = corrected(value, drawn, 1.0)
        inside += found.low <= truth <= found.high
        plain.append(value)
        values.append(found.value)
    assert inside >= 180
    assert abs(np.mean(values) - truth) < 0.3 * abs(np.mean(plain) - truth)


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(1).normal(0.5, 0.1, 50)
    found = halved(lambda chosen: float(values[chosen].mean()), 50, np.random.default_rng(2))
    expected = 1.96 * values.std(ddof=1) / 50**0.5
    assert found.value == pytest.approx(values.mean())
    assert (found.high - found.low) / 2 == pytest.approx(expected, rel=0.25)


def test_other_tunes_of_the_same_kind_are_no_further_off_than_real_pieces(reference: tuple) -> None:
    _, real = reference
    found = compare_sets(Features.of(tunes(60, 2)), real)
    verdicts = [one.verdict for each in found.features.values() for one in each.values() if one.pieces[0] >= 10]
    assert verdicts.count("further off than real pieces") <= 0.05 * len(verdicts)
    assert found.frechet.verdict == "no evidence"
    assert found.frechet.estimate.low <= found.frechet.floor.high


def test_larger_leaps_show_in_the_intervals_and_not_in_the_rhythm(reference: tuple) -> None:
    _, real = reference
    found = compare_sets(Features.of(tunes(60, 2, leap=6)), real)
    off = {one.name for one in found.furthest}
    assert {"mean_interval", "interval_histogram", "leaps"} <= off
    assert not off & {"note_length", "note_length_histogram", "onset_interval_histogram", "notes"}
    assert found.frechet.verdict == "further off than real pieces"
    each = found.features["mean_interval"]
    assert each["overlap"].verdict == each["kl"].verdict == "further off than real pieces"
    assert each["overlap"].estimate.value < each["overlap"].floor.value
    assert found.as_json()["features"]["mean_interval"]["kl"]["pieces"] == (60, 120)


def test_a_value_the_reference_never_has_overlaps_with_nothing(reference: tuple) -> None:
    _, real = reference
    found = compare_sets(Features.of(tunes(20, 2, notes=200)), real).features["notes"]
    assert found["overlap"].estimate.value == 0.0
    assert found["jensen_shannon"].estimate.value == pytest.approx(1.0)
    assert math.isfinite(found["kl"].estimate.value)


def test_too_few_pieces_is_an_answer(reference: tuple) -> None:
    scores, real = reference
    few = Features.of(tunes(6, 2))
    found = compare_sets(few, real)
    verdicts = {one.verdict for each in found.features.values() for one in each.values()}
    assert verdicts | {found.frechet.verdict} == {"too few pieces"}
    assert compare_sets(real, few).frechet.verdict == "too few pieces"
    drums = found.features["drum_pattern_consistency"]["kl"]  # of no tune
    assert drums.pieces == (0, 0)
    assert set(map(variety(tunes(6, 2), few, scores, real).verdict, ("coverage", "distinct_ngrams"))) == {
        "too few pieces"
    }


def test_the_order_of_pieces_means_nothing_to_an_embedding(reference: tuple) -> None:
    _, real = reference
    embedding = Embedding.of(real)
    points = embedding.points(real)
    assert points.shape == (120, 10)
    assert points.std(axis=0, ddof=1) == pytest.approx(np.ones(10), rel=1e-6)
    order = np.random.default_rng(0).permutation(120)
    assert embedding.points(real.only(order)) == pytest.approx(points[order])


def test_variety_of_real_like_pieces_and_of_copies(reference: tuple) -> None:
    scores, real = reference
    alike = tunes(40, 2)
    found = variety(alike, Features.of(alike), scores, real)
    assert {found.verdict(name) for name in found.figures} == {"like real pieces"}
    copies = tunes(4, 2) * 10
    found = variety(copies, Features.of(copies), scores, real)
    assert found.figures["near_identical"].value == 1.0
    assert found.verdict("near_identical") == "above real pieces"
    assert {found.verdict(name) for name in ("distinct_ngrams", "coverage")} == {"below real pieces"}
    wild = tunes(40, 3, leap=12)
    found = variety(wild, Features.of(wild), scores, real)
    assert found.verdict("distinct_ngrams") == "above real pieces"
    assert found.verdict("fidelity") == "below real pieces"
    assert found.as_json()["fidelity"]["real"]["value"] > 0.8

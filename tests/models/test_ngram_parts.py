"""The parts of the n-gram: hashed contexts, counts, visible counts and the fitted weights, against slow ways."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etude.models.ngram import NGram, NGramSettings
from etude.models.ngram.contexts import Plan, key_of, keys, stack
from etude.models.ngram.copying import visible_counts
from etude.models.ngram.mixing import (
    BUCKETS,
    Evidence,
    copy_bucket,
    copy_buckets,
    fit_weights,
    mix,
    train_bucket,
    train_buckets,
)
from etude.models.ngram.tables import Counts

SEQUENCES = st.lists(st.lists(st.integers(0, 4), min_size=0, max_size=12), min_size=1, max_size=4)


def columns(rows: list[list[int]]) -> list[np.ndarray]:
    return [np.array(row, np.int32).reshape(-1, 1) for row in rows]


@given(SEQUENCES)
@settings(deadline=None, max_examples=40)
def test_keys_are_the_hash_of_what_stands_before(rows: list[list[int]]) -> None:
    """Nothing stands before a begin step; what stands before any other first step is unknown."""
    context, periods = ((1, 0), (3, 0), (0, 1)), (3,)
    found = iter(keys(stack(columns(rows), 1), context, periods).tolist())
    for row in rows:
        for t in range(1, len(row)):
            begins = [i for i in range(t) if row[i] == 0]
            start = begins[-1] if begins else None
            cells: list[int | None] = []
            for lag in (1, 3):
                if start is not None and t - lag < start:
                    cells.append(-1)
                else:
                    cells.append(row[t - lag] if t >= lag else None)
            cells.append(None if start is None else (t - start - 1) % 3)
            assert next(found) == key_of(cells)
    assert next(found, None) is None


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3)), max_size=60), st.integers(1, 5), st.integers(0, 3))
@settings(deadline=None, max_examples=60)
def test_counts_are_counts(pairs: list[tuple[int, int]], key: int, value: int) -> None:
    spread = 2**40  # hashes fill their 64 bits; the lowest are the value's
    keys_seen = np.array([k * spread for k, _ in pairs], np.uint64)
    table = Counts.of(keys_seen, np.array([v for _, v in pairs], np.int64), 4, 1000)
    hits, totals, distinct = table.look_up(np.array([key * spread], np.uint64), np.array([value]))
    behind = [v for k, v in pairs if k == key]
    assert (hits[0], totals[0], distinct[0]) == (behind.count(value), len(behind), len(set(behind)))
    found = table.followers(key * spread)
    assert (found is None) == (not behind)
    if found is not None:
        values, counts, total = found
        assert dict(zip(values.tolist(), counts.tolist())) == {v: behind.count(v) for v in set(behind)}
        assert total == len(behind)


CELLS = st.tuples(st.integers(0, 4), st.integers(0, 2))
CONTEXTS = st.lists(st.lists(CELLS, max_size=5, unique=True).map(tuple), min_size=1, max_size=8)


@given(CONTEXTS, st.integers(0, 8), st.lists(st.one_of(st.none(), st.integers(-1, 200)), min_size=15, max_size=15))
@settings(deadline=None, max_examples=60)
def test_a_plan_gives_each_context_the_hash_of_its_own(
    contexts: list[tuple[tuple[int, int], ...]], trained: int, values: list[int | None]
) -> None:
    plan = Plan.of(contexts[:trained], contexts[trained:], [1 for _ in contexts[trained:]])
    value = {(lag, field): values[lag * 3 + field] for lag in range(5) for field in range(3)}
    found = plan.keys([value[cell] for cell in plan.cells])
    assert found == [key_of([value[cell] for cell in context]) for context in contexts]
    for context, (parent, further) in zip(contexts, plan.nodes):
        assert parent < 0 or context == contexts[parent] + tuple(plan.cells[cell] for cell in further)


@given(st.integers(0, 3000), st.integers(0, 3000))
@settings(deadline=None, max_examples=60)
def test_one_bucket_is_that_of_many(total: int, other: int) -> None:
    distinct, run = min(other, total), min(other, total)
    assert train_bucket(total, distinct) == train_buckets(total, distinct)
    assert copy_bucket(total, run) == copy_buckets(total, run)


@given(SEQUENCES, st.integers(1, 12))
@settings(deadline=None, max_examples=60)
def test_visible_counts_are_those_of_a_slow_walk(rows: list[list[int]], reach: int) -> None:
    stacked = stack(columns(rows), 1)
    found = keys(stacked, ((1, 0),), ())
    values = stacked.values[stacked.targets, 0]
    hits, totals, runs = visible_counts(stacked, found, values, reach)
    for i in range(len(values)):
        earlier = [
            j
            for j in range(i)
            if stacked.sequence[j] == stacked.sequence[i]
            and found[j] == found[i]
            and stacked.targets[i] - stacked.targets[j] <= reach
        ]
        latest = [values[j] for j in earlier[::-1]]
        run = next((n for n, value in enumerate(latest) if value != latest[0]), len(latest))
        assert (hits[i], totals[i], runs[i]) == (latest.count(values[i]), len(earlier), run)


def test_one_weight_is_the_closed_form() -> None:
    """Right four times in five over five values: w = 0.8 - 0.2 / (5 - 1) is likeliest."""
    count = 100_000
    shares = (np.arange(count) % 5 < 4).astype(np.float64)[None]
    weights = fit_weights(Evidence(shares, np.zeros((1, count), np.int16)), np.full((1, BUCKETS), 0.5), 1 / 5)
    assert weights[0, 0] == pytest.approx(0.75, abs=1e-3)


def test_two_levels_are_as_good_as_a_search() -> None:
    random = np.random.default_rng(0)
    shares = random.beta([[0.5], [0.4]], [[1.0], [0.6]], (2, 20_000))
    evidence = Evidence(shares, np.zeros((2, 20_000), np.int16))

    def price(first: float, second: float) -> float:
        table = np.full((2, BUCKETS), first)
        table[1] = second
        return float(-np.log(mix(evidence, table, 1 / 6)).mean())

    fitted = fit_weights(evidence, np.full((2, BUCKETS), 0.5), 1 / 6)[:, 0]
    grid = np.linspace(0.02, 0.98, 25)
    best = min((price(a, b), a, b) for a in grid for b in grid)
    assert price(*fitted) < best[0] + 1e-5
    assert fitted == pytest.approx(best[1:], abs=0.05)


def test_a_bucket_never_seen_gets_what_is_usual_on_its_level() -> None:
    count = 50_000
    shares = (np.arange(count) % 5 < 4).astype(np.float64)[None]
    weights = fit_weights(Evidence(shares, np.zeros((1, count), np.int16)), np.full((1, BUCKETS), 0.1), 1 / 5)
    assert weights[0, 7] == pytest.approx(weights[0, 0], abs=1e-3)


def test_a_level_that_has_not_seen_the_context_passes_on() -> None:
    evidence = Evidence(np.array([[0.25, 0.25], [0.0, 0.0]]), np.array([[3, 3], [-1, 4]], np.int16))
    out = mix(evidence, np.full((2, BUCKETS), 0.5), 1 / 2)
    assert out == pytest.approx([0.375, 0.1875])


def test_parameters_are_pairs_and_weights() -> None:
    """Of 2 3 2 and the end: three distinct symbols, four distinct pairs with what stands before."""
    piece = np.array([[0], [2], [3], [2], [1]], np.int32)
    model = NGram.fit([piece], (4,), NGramSettings(orders=(0, 1), copying=False))
    assert model.parameters == 3 + 4 + 2 * BUCKETS

"""One draw: the right distribution, every filter, every edge value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from etude.errors import EtudeError, UsageError
from etude.sampling.draw import draw, filtered, log_probability, penalised
from etude.sampling.settings import Sampling, piece_seed, takes


def frequencies(logits, sampling, temperature=1.0, allowed=None, draws=20_000):
    """Float[V]: how often each value is drawn for evenly spread random numbers."""
    grid = (np.arange(draws) + 0.5) / draws
    values = [draw(np.asarray(logits, np.float32), sampling, temperature, u, allowed) for u in grid]
    return np.bincount(values, minlength=len(logits)) / draws


def test_draws_follow_the_softmax() -> None:
    logits = np.log([0.5, 0.3, 0.15, 0.05])
    assert np.allclose(frequencies(logits, Sampling()), [0.5, 0.3, 0.15, 0.05], atol=1e-3)
    hot = np.array([0.5, 0.3, 0.15, 0.05]) ** 0.5
    assert np.allclose(frequencies(logits, Sampling(), 2.0), hot / hot.sum(), atol=1e-3)


def test_filters_keep_what_they_say() -> None:
    logits = np.log([0.5, 0.3, 0.15, 0.05])
    assert np.allclose(frequencies(logits, Sampling(top_k=2)), [0.625, 0.375, 0, 0], atol=1e-3)
    assert np.allclose(frequencies(logits, Sampling(top_p=0.7)), [0.625, 0.375, 0, 0], atol=1e-3)
    assert np.allclose(frequencies(logits, Sampling(top_p=0.4)), [1, 0, 0, 0])
    assert np.allclose(frequencies(logits, Sampling(min_p=0.2)), np.array([50, 30, 15, 0]) / 95, atol=1e-3)
    both = frequencies(logits, Sampling(top_k=2, top_p=0.62))  # 0.62 of what the two hold that top-k left
    assert np.allclose(both, [1, 0, 0, 0])


def test_top_k_of_zero_or_more_than_there_are_keeps_all() -> None:
    weights = np.array([1.0, 0.5, 0.25])
    for top_k in (0, 3, 99):
        assert (filtered(weights, Sampling(top_k=top_k)) == weights).all()


def test_mask_wins_over_the_model() -> None:
    allowed = np.array([False, True, False, True])
    assert np.allclose(frequencies([9, 0, 9, 0], Sampling(), 1.0, allowed), [0, 0.5, 0, 0.5], atol=1e-3)
    only = np.array([False, False, True, False])
    for temperature in (0.0, 1e-6, 1.0, 1e6):
        assert draw(np.array([5, 5, -np.inf, 5], np.float32), Sampling(), temperature, 0.99, only) == 2


def test_logits_without_a_number_left_fall_back_to_what_is_allowed() -> None:
    nothing = np.full(4, -np.inf, np.float32)
    assert np.allclose(frequencies(nothing, Sampling()), 0.25, atol=1e-3)
    allowed = np.array([True, False, True, False])
    assert np.allclose(frequencies(nothing, Sampling(top_p=0.9), 1.0, allowed), [0.5, 0, 0.5, 0], atol=1e-3)
    sure = np.array([0, np.inf, 3, np.inf], np.float32)
    assert np.allclose(frequencies(sure, Sampling()), [0, 0.5, 0, 0.5], atol=1e-3)


def test_a_damaged_model_is_named() -> None:
    with pytest.raises(EtudeError, match="not a number"):
        draw(np.array([0, np.nan], np.float32), Sampling(), 1.0, 0.5)


def test_cold_takes_the_likeliest_and_hot_is_even() -> None:
    logits = [0.0, 3.0, 1.0]
    for cold in (0.0, 1e-9, 1e-6):
        assert (frequencies(logits, Sampling(), cold, draws=50) == [0, 1, 0]).all()
    assert np.allclose(frequencies(logits, Sampling(), 1e6), 1 / 3, atol=1e-3)


@given(
    hnp.arrays(
        np.float32, st.integers(1, 40), elements=st.floats(-(2.0**90), 2.0**90, width=32) | st.just(-np.inf)
    ),
    st.floats(0, 1e6),
    st.integers(0, 50),
    st.floats(1e-6, 1),
    st.floats(0, 1),
    st.floats(0, 1, exclude_max=True),
    st.data(),
)
@settings(max_examples=150, deadline=None)
def test_whatever_comes_in_an_allowed_value_comes_out(
    logits, temperature, top_k, top_p, min_p, uniform, data
) -> None:
    allowed = data.draw(hnp.arrays(bool, len(logits)))
    allowed[data.draw(st.integers(0, len(logits) - 1))] = True
    value = draw(logits, Sampling(top_k=top_k, top_p=top_p, min_p=min_p), temperature, uniform, allowed)
    assert allowed[value]
    if np.isfinite(logits[allowed]).any():
        assert np.isfinite(logits[value])


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": float("nan")},
        {"temperature": -1.0},
        {"temperature": float("inf")},
        {"temperature": ()},
        {"temperature": "hot"},
        {"top_k": -1},
        {"top_k": 1.5},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"top_p": float("nan")},
        {"min_p": -0.1},
        {"min_p": 2},
        {"repeat_penalty": -1},
        {"repeat_blocks": (0,)},
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(settings) -> None:
    with pytest.raises(UsageError, match=next(iter(settings))):
        Sampling(**settings)


def test_one_temperature_a_field() -> None:
    assert Sampling(temperature=0.5).temperatures(3) == (0.5, 0.5, 0.5)
    assert Sampling(temperature=(0.5, 1)).temperatures(2) == (0.5, 1.0)
    with pytest.raises(UsageError, match="4 fields"):
        Sampling(temperature=(0.5, 1)).temperatures(4)


def test_log_probability_is_the_models_own() -> None:
    logits = np.log(np.array([0.7, 0.2, 0.1], np.float32))
    assert log_probability(logits, 1) == pytest.approx(np.log(0.2), abs=1e-6)
    assert log_probability(np.array([0, -np.inf], np.float32), 1) == -np.inf


def test_only_the_step_that_completes_a_repeated_block_is_penalised() -> None:
    sampling = Sampling(repeat_penalty=2.0, repeat_blocks=(3,))
    logits = np.zeros(10, np.float32)
    heard = [(0,), (5,), (6,), (7,), (5,), (6,)]
    assert np.flatnonzero(penalised(logits, sampling, heard, [])).tolist() == [7]
    assert not penalised(logits, sampling, heard[:-1], []).any()
    pairs = [(1, 2), (3, 4), (1, 2)]
    twice = Sampling(repeat_penalty=2.0, repeat_blocks=(2,))
    assert penalised(logits, twice, pairs, [])[3] == -1  # half of it at each of two fields
    assert penalised(logits, twice, pairs, [3])[4] == -1
    assert not penalised(logits, twice, pairs, [9]).any()


def test_pieces_of_a_batch_have_seeds_of_their_own() -> None:
    seeds = [piece_seed(7, index) for index in range(100)]
    assert len(set(seeds)) == 100
    assert seeds == [piece_seed(7, index) for index in range(100)]
    assert set(seeds).isdisjoint(piece_seed(8, index) for index in range(100))
    with pytest.raises(UsageError, match="seed"):
        piece_seed(-1, 0)


def test_a_grid_of_temperatures_shares_its_seeds() -> None:
    grid = takes(Sampling(top_p=0.9), [0.8, 1.2], 3, seed=1)
    assert [take.index for take in grid] == list(range(6))
    assert [take.seed for take in grid[:3]] == [take.seed for take in grid[3:]]
    assert [take.sampling.temperature for take in grid] == [0.8] * 3 + [1.2] * 3
    assert {take.sampling.top_p for take in grid} == {0.9}
    assert len(takes(Sampling(), [], 2, seed=1)) == 2
    with pytest.raises(UsageError, match="number of pieces"):
        takes(Sampling(), [], 0, seed=1)

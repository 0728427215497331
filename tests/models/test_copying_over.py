"""Copying on top of any model: what it is made of, and that it finds what a network does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from etude.errors import BadInput
from etude.models.ngram import CopyingOver, Expecting, NGram, NGramSettings, load_over, save_over
from etude.models.ngram.contexts import keys, stack
from etude.models.ngram.copying import visible_counts, visible_spread
from etude.models.ngram.powers import fit_powers, mixed
from etude.models.ngram.tables import Counts
from etude.testing.fakes import TableStepper, UniformStepper, random_piece

FEW = NGramSettings(orders=(0, 1, 2), copy_orders=(1, 2, 4, 8))


def verse(seed: int, times: int = 3, size: int = 9) -> np.ndarray:
    """Int32[T, 1]: a random line of 16 symbols, sung `times` times."""
    line = np.random.default_rng(seed).integers(2, size, 16)
    return np.concatenate([[0], np.tile(line, times), [1]]).astype(np.int32)[:, None]


def songs(first: int, count: int) -> list[np.ndarray]:
    return [verse(seed) for seed in range(first, first + count)]


def price(scorer: object, pieces: list[np.ndarray]) -> float:
    return float(np.concatenate(scorer.nats_many(pieces)).mean())  # type: ignore[attr-defined]


def test_what_is_sung_again_is_cheaper_than_any_network_without_memory_finds_it() -> None:
    network = UniformStepper((9,))
    tuned = CopyingOver.of(network, settings=FEW).tuned(songs(0, 20))
    nats = tuned.nats(verse(99))[:, 0]
    assert nats[:16].mean() == pytest.approx(np.log(9), abs=0.4)  # the first time nobody can know
    assert nats[18:48].mean() < 0.2


def test_a_network_that_knows_better_is_left_alone() -> None:
    """Music without repetition, drawn from the network itself: mixing may cost next to nothing."""
    network = TableStepper.random((9,))
    random = np.random.default_rng(1)

    def drawn() -> np.ndarray:
        rows, state = [[0]], network.feed(network.start(), np.zeros((1, 1), np.int32))
        while len(rows) < 60:
            scores = network.logits(state).astype(np.float64)
            p = np.exp(scores - np.logaddexp.reduce(scores))
            rows.append([int(random.choice(9, p=p))])
            state = network.feed(state, np.array(rows[-1:], np.int32))
        return np.array(rows, np.int32)

    pieces = [drawn() for _ in range(80)]
    tuned = CopyingOver.of(network, settings=FEW).tuned(pieces[:40])
    assert price(tuned, pieces[40:]) < price(Expecting(network), pieces[40:]) + 0.01


def test_tables_of_the_training_set_help_a_network_that_knows_nothing() -> None:
    lines = [np.tile([2, 3, 5, 7], 12), np.tile([4, 6, 8, 2, 3], 10)]
    pieces = [np.array([0, *line, 1], np.int32)[:, None] for line in lines for _ in range(6)]
    network = UniformStepper((9,))
    counted = CopyingOver.with_tables(network, NGram.fit(pieces, (9,), FEW)).tuned(pieces)
    copying = CopyingOver.of(network, settings=FEW).tuned(pieces)
    assert price(counted, pieces) < price(copying, pieces) - 0.05
    assert counted.parameters > copying.parameters


def test_a_limited_view_is_that_of_a_piece_that_begins_there() -> None:
    network = TableStepper.random((9,))
    tuned = CopyingOver.of(network, settings=FEW).tuned(songs(0, 8), 20)
    piece = verse(50)
    nats = tuned.nats_context([piece], 20)[0]
    for target in (5, 20, 21, 33, 49):
        alone = tuned.nats(piece[max(0, target - 20) : target + 1])[-1]
        assert nats[target - 1] == pytest.approx(alone, abs=1e-5)


def test_a_network_without_prices_for_all_values_is_stepped() -> None:
    stepped, piece = TableStepper.random((5, 4)), random_piece((5, 4), 30, 3)
    found = Expecting(stepped).log_probabilities([piece, piece[:1]], 7)
    assert [values.shape for values in found[0]] == [(29, 5), (29, 4)]
    assert [values.shape for values in found[1]] == [(0, 5), (0, 4)]
    assert np.exp(found[0][1]).sum(axis=1) == pytest.approx(np.ones(29), abs=1e-5)
    assert Expecting(stepped).nats(piece) == pytest.approx(stepped.nats(piece), abs=1e-5)


def test_what_was_asked_is_remembered() -> None:
    class Counting(UniformStepper):
        asked = 0

        def log_probabilities(self, sequences, visible):  # type: ignore[no-untyped-def]
            Counting.asked += len(sequences)
            return [[np.full((len(s) - 1, 9), -np.log(9), np.float32)] for s in sequences]

    heard, pieces = Expecting(Counting((9,))), songs(0, 3)
    first = heard.nats_many([*pieces, pieces[0]])
    assert Counting.asked == 3
    assert np.array_equal(heard.nats_many(pieces)[2], first[2])
    assert Counting.asked == 3
    heard.nats_context(pieces[:1], 8)
    assert Counting.asked == 4, "another view is another question"


def test_a_field_of_a_step_with_several_is_copied_too() -> None:
    def piece(seed: int) -> np.ndarray:
        line = np.random.default_rng(seed).integers([2, 0], [7, 5], (12, 2))
        return np.concatenate([[[0, 0]], np.tile(line, (4, 1)), [[1, 0]]]).astype(np.int32)

    pieces = [piece(seed) for seed in range(30)]
    tuned = CopyingOver.of(UniformStepper((7, 5)), pieces).tuned(pieces[:20])
    assert np.concatenate(tuned.nats_many(pieces[20:])).mean(axis=0).max() < 0.9


def test_saved_and_loaded_it_is_the_same(tmp_path: Path) -> None:
    network, piece = TableStepper.random((9,)), verse(7)
    for built in (
        CopyingOver.of(network, settings=FEW),
        CopyingOver.with_tables(network, NGram.fit(songs(20, 5), (9,), FEW)),
    ):
        tuned = built.tuned(songs(0, 8))
        save_over(tuned, tmp_path, "abc")
        again = load_over(tmp_path, network, "abc")
        assert np.array_equal(again.nats(piece), tuned.nats(piece))
    with pytest.raises(BadInput, match="another model"):
        load_over(tmp_path, network, "abd")
    with pytest.raises(BadInput, match="fields"):
        load_over(tmp_path, TableStepper.random((8,)), "abc")
    (tmp_path / "over.npz").write_bytes(b"nothing")
    with pytest.raises(BadInput, match="not the file"):
        load_over(tmp_path, network, "abc")


def test_followers_of_all_values_agree_with_those_of_one() -> None:
    pieces = [random_piece((6,), 40, seed) for seed in range(4)]
    stacked = stack(pieces, 1)
    values = stacked.values[stacked.targets, 0]
    found = keys(stacked, ((1, 0), (2, 0)), ())
    for reach in (5, 1000):
        spread = visible_spread(stacked, found, values, reach, 6)
        hits, totals, _ = visible_counts(stacked, found, values, reach)
        assert np.array_equal(spread.sum(axis=1), totals)
        assert np.array_equal(spread[np.arange(len(values)), values], hits)
    table = Counts.of(found, values, 6, 1000)
    for value in range(6):
        hits, totals, distinct = table.look_up(found, np.full(len(found), value))
        spread = table.spread(found, 6)
        assert np.array_equal(spread[:, value], hits)
        assert np.array_equal(spread.sum(axis=1), totals)
        assert np.array_equal((spread > 0).sum(axis=1), distinct)


def test_powers_find_the_expert_that_is_right() -> None:
    """Values drawn from p squared and normalised, at one gate, and from q, at the other."""
    random = np.random.default_rng(0)
    p, q = random.dirichlet(np.ones(4), 12000), random.dirichlet(np.ones(4), 12000)
    gate = np.arange(12000) % 2
    truth = np.where(gate[:, None] == 0, p**2 / (p**2).sum(axis=1, keepdims=True), q)
    values = np.array([random.choice(4, p=row) for row in truth])
    powers = fit_powers([p, q], gate, values, np.array([1.0, 0.0]), 3)
    assert powers[:2] == pytest.approx(np.array([[2.0, 0.0], [0.0, 1.0]]), abs=0.15)
    assert powers[2] == pytest.approx(powers[:2].mean(axis=0), abs=0.6), "a gate never met gets the common powers"
    fitted = mixed([p, q], gate, powers)
    assert fitted.sum(axis=1) == pytest.approx(np.ones(12000))
    assert -np.log(fitted[np.arange(12000), values]).mean() < -np.log(truth[np.arange(12000), values]).mean() + 1e-3

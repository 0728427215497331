"""The n-gram: counts by hand, probabilities that sum to one, scoring equal to stepping, what it may see."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from etude.errors import BadInput, Reason
from etude.models.ngram import NGram, NGramSettings, load, save
from etude.testing.stepper_laws import check_stepper

SMALL = NGramSettings(orders=(0, 1, 2), copy_orders=(1, 2, 3), copy_steps=(1, 2), cells=3)


def piece(*symbols: int) -> np.ndarray:
    """Begin, symbols, end of a one-field encoding."""
    return np.array([0, *symbols, 1], np.int32)[:, None]


def random_pieces(sizes: tuple[int, ...], count: int, seed: int) -> list[np.ndarray]:
    """Pieces whose fields depend on each other and on the step before, with repeats."""
    random = np.random.default_rng(seed)
    out = []
    for _ in range(count):
        length = int(random.integers(8, 30))
        body = np.empty((length, len(sizes)), np.int32)
        for t in range(length):
            for k, size in enumerate(sizes):
                low = 2 if k == 0 else 0
                before = body[t - 1, k] if t else low
                body[t, k] = before if random.random() < 0.6 else random.integers(low, size)
        body = np.concatenate([body, body[: length // 2]])
        edge = np.zeros((1, len(sizes)), np.int32)
        end = edge.copy()
        end[0, 0] = 1
        out.append(np.concatenate([edge, body, end]).astype(np.int32))
    return out


def test_untuned_probabilities_by_hand() -> None:
    """Unigram and bigram of Witten and Bell: (c + d * lower) / (c + d) at counts that are bucket edges."""
    settings = NGramSettings(orders=(0,), copying=False)
    model = NGram.fit([piece(2, 2, 2)], (3,), settings)
    # followers of nothing: 2 three times, end once: c = 4, two distinct (half of c: the fourth kind, 0.75 c = 3)
    weight = 4 / (4 + 3)
    expected = -np.log(weight * 3 / 4 + (1 - weight) / 3)
    assert model.nats(piece(2))[0, 0] == pytest.approx(expected)


def test_copying_is_counted_by_hand() -> None:
    """After 2 3 2 the only symbol that followed a 2 is 3, once: a fifth of the weight 1 / (1 + 1)."""
    settings = NGramSettings(orders=(), copy_orders=(1,))
    model = NGram.fit([piece(2)], (5,), settings)
    nats = model.nats(piece(2, 3, 2, 3))[:, 0]
    assert nats[:3] == pytest.approx(np.log(5))
    assert nats[3] == pytest.approx(-np.log(0.1 + 0.9 / 5))
    seen_less = model.nats_context([piece(2, 3, 2, 3)], 2)[0][:, 0]
    assert seen_less == pytest.approx(np.log(5)), "the earlier 2 stands three steps before the last 3"


@pytest.mark.parametrize("sizes", [(4,), (4, 3), (4, 2, 3)])
def test_all_continuations_together_are_certain(sizes: tuple[int, ...]) -> None:
    """The chain rule: probabilities of every possible next two steps sum to one."""
    pieces = random_pieces(sizes, 12, seed=1)
    model = NGram.fit(pieces[:6], sizes, SMALL).tuned(pieces[6:])
    prefix = pieces[7][:9]
    steps = [np.array(step, np.int32) for step in itertools.product(*(range(size) for size in sizes))]
    pairs = itertools.product(steps, steps) if len(sizes) < 3 else ((step,) for step in steps)
    sequences = [np.concatenate([prefix, np.array(pair)]) for pair in pairs]
    total = sum(np.exp(-nats[len(prefix) - 1 :].sum()) for nats in model.nats_many(sequences))
    assert total == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("sizes", [(6,), (5, 4), (4, 3, 3, 2)])
@pytest.mark.parametrize("memory", [4096, 7])
def test_stepping_equals_scoring(sizes: tuple[int, ...], memory: int) -> None:
    settings = NGramSettings(copy_steps=(1, 2), cells=4, memory=memory, periods=(4,))
    pieces = random_pieces(sizes, 14, seed=2)
    model = NGram.fit(pieces[:8], sizes, settings).tuned(pieces[8:])
    for steps in (pieces[9], pieces[10][3:], np.concatenate([pieces[11][4:], pieces[12], pieces[13], pieces[9]])):
        state = model.feed(model.start(), steps[:1])
        expected = model.nats(steps)
        for t in range(1, len(steps)):
            for k in range(len(sizes)):
                logits = model.logits(state, [int(value) for value in steps[t, :k]])
                assert np.exp(logits.astype(np.float64)).sum() == pytest.approx(1, abs=1e-5)
                assert -logits[steps[t, k]] == pytest.approx(expected[t - 1, k], abs=1e-5)
            state = model.feed(state, steps[t : t + 1])


@pytest.mark.parametrize("sizes", [(7,), (4, 3, 3, 2), (5, 1)])
@pytest.mark.parametrize("tuned", [False, True])
def test_stepper_laws(sizes: tuple[int, ...], tuned: bool) -> None:
    """Begin steps may stand anywhere in what is heard."""
    pieces = random_pieces(sizes, 10, seed=15)
    model = NGram.fit(pieces[:6], sizes, SMALL)
    model = model.tuned(pieces[6:]) if tuned else model
    random = np.random.default_rng(16)
    steps = np.stack([random.integers(0, size, 40) for size in sizes], axis=1).astype(np.int32)
    for cut in (1, 7, 39):
        check_stepper(model, steps, cut=cut, tolerance=1e-5)


def test_long_streams_forget_and_stay_exact() -> None:
    model = NGram.fit(random_pieces((6,), 8, seed=3), (6,), NGramSettings(memory=20))
    stream = np.concatenate(random_pieces((6,), 12, seed=4))
    state = model.feed(model.start(), stream[:-1])
    assert len(state.steps) < 300 < len(stream)
    assert -model.logits(state)[stream[-1, 0]] == pytest.approx(model.nats(stream)[-1, 0], abs=1e-5)


def test_a_fork_is_independent() -> None:
    model = NGram.fit(random_pieces((6,), 8, seed=5), (6,))
    state = model.feed(model.start(), piece(2, 3, 4)[:-1])
    before = model.logits(state)
    other = model.fork(state)
    model.feed(other, piece(5, 5, 5)[1:-1])
    assert np.array_equal(model.logits(state), before)
    assert not np.array_equal(model.logits(other), before)


def test_the_future_and_other_sequences_are_not_seen() -> None:
    model = NGram.fit(random_pieces((6,), 8, seed=6), (6,))
    first, second = random_pieces((6,), 2, seed=7)
    changed = first.copy()
    changed[10:, 0] = 2
    assert model.nats(first)[:9] == pytest.approx(model.nats(changed)[:9], abs=0)
    together = model.nats_many([first, second, first])
    assert np.array_equal(together[0], together[2])
    assert together[1] == pytest.approx(model.nats(second), abs=0)


def test_a_limited_view_equals_scoring_each_target_alone() -> None:
    """context:N by brute force: the last value of every stretch of N + 1 steps."""
    pieces = random_pieces((5, 3), 10, seed=8)
    model = NGram.fit(pieces[:6], (5, 3), SMALL).tuned(pieces[6:])
    steps = pieces[9]
    for visible in (1, 2, 6, 99):
        fast = model.nats_context([steps], visible)[0]
        for t in range(1, len(steps)):
            alone = model.nats(steps[max(0, t - visible) : t + 1])[-1]
            assert fast[t - 1] == pytest.approx(alone, abs=1e-12)


def test_tuning_lowers_the_price_of_what_it_was_tuned_on() -> None:
    pieces = random_pieces((6,), 30, seed=9)
    plain = NGram.fit(pieces[:20], (6,))
    tuned = plain.tuned(pieces[20:])
    price = [np.concatenate(model.nats_many(pieces[20:])).mean() for model in (plain, tuned)]
    assert price[1] < price[0] - 0.01
    silent = plain.without_copying().tuned(pieces[20:])
    assert np.concatenate(silent.nats_many(pieces[20:])).mean() > price[1]


def test_contexts_of_several_fields_are_the_useful_ones() -> None:
    """Field 1 is a function of field 0 two steps ago: that cell is chosen first."""
    random = np.random.default_rng(10)
    pieces = []
    for _ in range(30):
        first = random.integers(2, 8, 60)
        second = np.concatenate([[0, 0], first[:-2] - 2])
        pieces.append(np.stack([np.concatenate([[0], first]), np.concatenate([[0], second])], 1).astype(np.int32))
    model = NGram.fit(pieces, (8, 6), NGramSettings(cells=3))
    assert model.chains[1].trained[1] == ((2, 0),)


def test_clocks_and_silent_fields_are_taken_only_where_they_tell_something() -> None:
    """Field 0 is noise but for every fourth step, field 1 never changes, field 2 is noise throughout."""
    random = np.random.default_rng(18)
    pieces = []
    for _ in range(40):
        body = np.stack([random.integers(2, 8, 64), np.zeros(64), random.integers(0, 6, 64)], axis=1)
        body[::4, 0] = 5
        pieces.append(np.concatenate([[[0, 0, 0]], body]).astype(np.int32))
    first, silent, noise = NGram.fit(pieces, (8, 4, 6), NGramSettings(periods=(4, 3), cells=4)).chains
    assert first.trained[1] == ((0, 3),), "the clock of four steps"
    assert silent.trained == ((),)
    assert all(field in (0, 2) for chain in (first, noise) for _, field in chain.trained[-1] if field < 3)
    assert all(field < 3 for _, field in noise.trained[-1]), "no clock tells noise"


def test_many_fields_are_priced_by_their_neighbours() -> None:
    """Twenty keys, each held for a while together with the one above: far cheaper than a bit a key."""
    random = np.random.default_rng(17)
    pieces = []
    for _ in range(12):
        starts = random.random((40, 20)) < 0.05
        held = np.maximum.accumulate(np.where(starts, np.arange(40)[:, None], -9), axis=0)
        keys = (np.arange(40)[:, None] - held < 4).astype(np.int32)
        keys[:, 1::2] = keys[:, ::2]
        mark = np.array([0, *[2] * 40, 1], np.int32)[:, None]
        pieces.append(np.hstack([mark, np.pad(keys, ((1, 1), (0, 0)))]).astype(np.int32))
    sizes = (3, *[2] * 20)
    model = NGram.fit(pieces[:6], sizes, NGramSettings()).tuned(pieces[6:9])
    nats = np.concatenate(model.nats_many(pieces[9:])).mean(axis=0)
    assert nats[2::2].mean() < 0.1, "a key that always follows its lower neighbour"
    assert nats[1::2].mean() < 0.45
    check_stepper(model, pieces[10][:12], tolerance=1e-5)


def test_rare_pairs_are_forgotten_when_there_are_too_many() -> None:
    pieces = random_pieces((40,), 60, seed=11)
    model = NGram.fit(pieces, (40,), NGramSettings(entries=50))
    assert max(len(table.pairs) for table in model.tables[0]) <= 50
    state = model.feed(model.start(), pieces[0][:5])
    assert np.exp(model.logits(state).astype(np.float64)).sum() == pytest.approx(1, abs=1e-5)


def test_saved_and_loaded_it_prices_the_same(tmp_path: Path) -> None:
    pieces = random_pieces((5, 3), 10, seed=12)
    model = NGram.fit(pieces[:6], (5, 3)).tuned(pieces[6:])
    save(model, tmp_path)
    again = load(tmp_path)
    assert np.array_equal(again.nats(pieces[9]), model.nats(pieces[9]))
    assert again.parameters == model.parameters


def test_damaged_files_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as missing:
        load(tmp_path)
    assert missing.value.reason is Reason.UNREADABLE
    save(NGram.fit(random_pieces((5,), 3, seed=13), (5,)), tmp_path)
    data = (tmp_path / "ngram.npz").read_bytes()
    (tmp_path / "ngram.npz").write_bytes(data[:-10])
    with pytest.raises(BadInput, match="not the file") as cut:
        load(tmp_path)
    assert cut.value.reason is Reason.TRUNCATED


def test_empty_and_one_step_sequences_have_no_targets() -> None:
    model = NGram.fit(random_pieces((5,), 3, seed=14), (5,))
    assert [nats.shape for nats in model.nats_many([piece(2)[:1], piece(2)[:0], piece(2)])] == [
        (0, 1),
        (0, 1),
        (2, 1),
    ]
    assert model.nats_many([]) == []


def test_it_loads_no_torch() -> None:
    code = "import sys; import etude.models.ngram; print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"

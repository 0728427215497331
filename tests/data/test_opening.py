"""Conditions left open while they are learned: which, how many, the same in a resumed run, and never a target."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from etude.data import Cut, LeftOpen, Packed, PackedBatches, pack, told_values
from etude.encodings import build
from etude.encodings.base import BEGIN
from etude.encodings.letters import Letters
from etude.errors import UsageError

from .conftest import collection, melody

KINDS = "key,density,register"


@pytest.fixture
def packed(tmp_path: Path) -> Packed:
    tunes = [melody(seed, 20 + seed) for seed in range(40)]
    encoding = build("notes", time="scored", velocities=1, conditions=KINDS)
    return pack(collection(tmp_path / "c", tunes), encoding, "train")


def epoch(packed: Packed, share: float, number: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(int32[N, K] one epoch in one row, float32[N - 1] its weights)."""
    length = int(packed.offsets[-1]) - 1
    batch = PackedBatches(packed, Cut(1, length), seed=4, transpose=(-2, 2), left_open=share).at(number)
    return batch.steps[0], batch.weights[0]


def test_only_conditions_are_left_open_and_they_are_no_targets(packed: Packed) -> None:
    told, every = epoch(packed, 0.0)
    some, weights = epoch(packed, 0.5)
    changed = (told != some).any(axis=1)
    control = packed.encoding.control  # type: ignore[attr-defined]
    assert (told[changed, 0] >= control.first).all()
    assert np.array_equal(some[changed, 0], control.openings()[told[changed, 0]])
    assert np.array_equal(weights > 0, (every > 0) & ~changed[1:])


def test_as_many_are_left_open_as_asked_and_pieces_differ_in_it(packed: Packed) -> None:
    for share in (0.1, 0.5):
        rows = []
        for number in range(60):
            told, some = epoch(packed, 0.0, number)[0], epoch(packed, share, number)[0]
            begins = np.flatnonzero(told[:-3, 0] == BEGIN)
            rows.append((told != some).any(axis=1)[begins[:, None] + [1, 2, 3]])
        opened = np.concatenate(rows)
        assert opened.mean() == pytest.approx(share, abs=0.03)
        assert opened.mean(axis=0) == pytest.approx([share] * 3, abs=0.05)
    # with a share of a half as many pieces are told nothing as one, two or all of three
    assert np.bincount(opened.sum(axis=1)) / len(opened) == pytest.approx([0.25] * 4, abs=0.03)


def test_what_is_left_open_is_a_function_of_seed_and_step_alone(packed: Packed) -> None:
    def fresh() -> PackedBatches:
        return PackedBatches(packed, Cut(4, 50), seed=1, transpose=(-5, 6), left_open=0.5)

    walked = fresh()
    walk = [walked.at(step) for step in range(40)]
    for step in (39, 0, 17):
        again = fresh().at(step)
        assert np.array_equal(again.steps, walk[step].steps)
        assert np.array_equal(again.weights, walk[step].weights)


def test_the_packed_steps_stay_told(packed: Packed) -> None:
    before = packed.steps.copy()
    epoch(packed, 0.5)
    assert np.array_equal(packed.steps, before)


def test_an_encoding_without_conditions_has_nothing_to_leave_open(tmp_path: Path) -> None:
    plain = pack(collection(tmp_path / "c", [melody(seed) for seed in range(20)]), Letters(), "train")
    assert np.array_equal(epoch(plain, 0.5)[0], epoch(plain, 0.0)[0])
    assert told_values(plain) == {}
    with pytest.raises(UsageError):
        LeftOpen(plain.encoding, 0.6)


def test_what_was_told_is_counted_in_every_key_it_was_learned_in(packed: Packed) -> None:
    still, moved = told_values(packed), told_values(packed, (-1, 1))
    assert sum(still["key"].values()) == len(packed)
    assert sum(moved["key"].values()) == 3 * len(packed)
    assert moved["key"]["Db"] == still["key"]["C"]
    assert sum(still["density"].values()) == len(packed)
    assert moved["density"] == still["density"]
    assert sum(moved["register"].values()) > sum(still["register"].values()) == len(packed)

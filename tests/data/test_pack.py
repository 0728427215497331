"""Packed arrays and the batches drawn from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etude.data import Collection, Cut, Packed, PackedBatches, pack
from etude.encodings.base import BEGIN, END
from etude.encodings.letters import Letters
from etude.errors import BadInput, UsageError
from etude.score import NOTE, Mark, Score, Track

from .conftest import collection, melody


@pytest.fixture
def tunes(tmp_path: Path) -> Collection:
    return collection(tmp_path / "c", [melody(seed, 20 + seed) for seed in range(30)])


@pytest.fixture
def packed(tunes: Collection) -> Packed:
    return pack(tunes, Letters(), "train")


def test_packed_pieces_are_the_encoded_ones(tunes: Collection, packed: Packed) -> None:
    pieces = tunes.pieces("train")
    assert packed.ids == tuple(piece.id for piece in pieces)
    for piece, steps, notes in zip(pieces, packed.pieces(), packed.note_counts):
        assert np.array_equal(steps, Letters().encode(piece.score))
        assert notes == Letters().note_count(steps)
    assert packed.steps.dtype == np.int8


def test_packing_twice_reads_the_cache(tunes: Collection, packed: Packed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Letters, "encode", lambda self, score: pytest.fail("encoded again"))
    assert np.array_equal(pack(tunes, Letters(), "train").steps, packed.steps)


@pytest.mark.parametrize(
    "changed",
    [
        lambda score: score.replace(notes=np.array([(*row[:3], 33, 0) for row in score.notes.tolist()], NOTE)),
        lambda score: score.replace(meters=[(0, 3, 4)]),
        lambda score: score.replace(marks=[Mark(0, "words", "slowly")]),
    ],
    ids=["velocities", "meter", "marks"],
)
def test_what_no_fingerprint_sees_is_another_collection_all_the_same(tmp_path: Path, changed: Any) -> None:
    tunes = [melody(seed) for seed in range(3)]
    first = collection(tmp_path / "a", tunes)
    assert collection(tmp_path / "b", tunes).content == first.content
    assert collection(tmp_path / "c", [tunes[0], changed(tunes[1]), tunes[2]]).content != first.content


def test_what_cannot_be_encoded_is_named(tmp_path: Path) -> None:
    drums = Score.of([(0, 480, 36, 80, 0)], tracks=[Track("kit", 0, True)])
    mixed = pack(collection(tmp_path / "c", [melody(1), drums]), Letters(), None)
    assert mixed.ids == ("book.abc#1",)
    assert mixed.not_encodable[0][0] == "book.abc#2"
    with pytest.raises(BadInput, match="'letters' can hold none of the 1 pieces"):
        pack(collection(tmp_path / "d", [drums]), Letters(), None)


def test_an_epoch_shows_every_step_of_every_piece_once(packed: Packed) -> None:
    batches = PackedBatches(packed, Cut(1, 32), seed=3)
    rows = [batches.at(step) for step in range(batches.rows_per_epoch)]
    targets = np.concatenate([batch.steps[:, 1:][batch.weights > 0] for batch in rows])
    wanted = packed.steps[packed.steps[:, 0] != BEGIN]
    assert np.array_equal(np.sort(targets[:, 0]), np.sort(wanted[:, 0]))
    assert (targets[:, 0] == END).sum() == len(packed)


def test_a_begin_step_is_no_target(packed: Packed) -> None:
    batch = PackedBatches(packed, Cut(8, 64)).at(0)
    begins = batch.steps[:, 1:, 0] == BEGIN
    assert begins.any()
    assert not batch.weights[begins].any()
    assert batch.weights[~begins].all()
    assert (batch.steps.dtype, batch.steps.shape) == (np.int32, (8, 65, 1))
    assert (batch.weights.dtype, batch.weights.shape) == (np.float32, (8, 64))


def test_a_batch_is_a_function_of_seed_and_step_alone(packed: Packed) -> None:
    def fresh(seed: int) -> PackedBatches:
        return PackedBatches(packed, Cut(4, 50), seed=seed, transpose=(-5, 6))

    walked = fresh(1)
    walk = [walked.at(step) for step in range(30)]
    for step in (29, 0, 17):
        assert np.array_equal(fresh(1).at(step).steps, walk[step].steps)
    assert not np.array_equal(fresh(2).at(0).steps, walk[0].steps)
    assert not np.array_equal(walk[0].steps, walk[1].steps)


def test_every_epoch_has_its_own_order_and_keys(packed: Packed) -> None:
    def lengths(batches: PackedBatches, epoch: int) -> list[int]:
        line = batches.at(epoch).steps[0, :, 0]
        return np.diff(np.flatnonzero(np.append(END, line) == END)).tolist()

    whole = PackedBatches(packed, Cut(1, int(packed.offsets[-1]) - 1), seed=0)
    assert whole.rows_per_epoch == 1
    first, second = lengths(whole, 0), lengths(whole, 1)
    assert first != second
    assert sorted(first) == sorted(second) == sorted(len(steps) for steps in packed.pieces())
    assert first != [len(steps) for steps in packed.pieces()]
    moved = PackedBatches(packed, Cut(1, int(packed.offsets[-1]) - 1), seed=0, transpose=(-5, 6))
    assert lengths(moved, 0) == first
    assert not np.array_equal(moved.at(0).steps, whole.at(0).steps)


def test_rows_hold_whole_pieces_moved_as_one(packed: Packed) -> None:
    batches = PackedBatches(packed, Cut(1, 4000), seed=5, transpose=(-5, 6))
    assert batches.rows_per_epoch == 1
    row = batches.at(0).steps[0]
    ends = np.flatnonzero(row[:, 0] == END)
    begins = np.flatnonzero(row[: ends[-1], 0] == BEGIN)
    plain = {steps.tobytes() for steps in packed.pieces()}
    moved = 0
    for begin, end in zip(begins, ends):
        piece = row[begin : end + 1]
        back = [packed.encoding.transpose(piece, shift) for shift in range(-6, 6)]
        assert any(steps is not None and np.asarray(steps, np.int32).tobytes() in plain for steps in back)
        moved += piece.tobytes() not in plain
    assert moved > 5  # most of the pieces stand in another key
    assert not row[ends[-1] + 1 :].any()


def test_a_tiny_piece_fills_a_batch(tmp_path: Path) -> None:
    one = pack(collection(tmp_path / "c", [melody(1, 5)]), Letters(), None)
    batch = PackedBatches(one, Cut(3, 16)).at(0)
    assert batch.weights.sum() == 3 * 6
    with pytest.raises(UsageError, match="at least one row"):
        PackedBatches(one, Cut(0, 16))


def test_tempo_variants_are_drawn(tmp_path: Path) -> None:
    found = collection(tmp_path / "c", [melody(seed) for seed in range(3)])
    packed = pack(found, Letters(), None, tempos=(0.9, 1.0, 1.1))
    assert (len(packed), len(packed.notes), len(packed.pieces())) == (3, 9, 3)
    assert PackedBatches(packed, Cut(2, 30)).at(0).steps.shape == (2, 31, 1)


def test_a_lead_is_what_stands_before_the_row(packed: Packed) -> None:
    plain = PackedBatches(packed, Cut(40, 3), seed=2)
    led = PackedBatches(packed, Cut(40, 3, 20), seed=2)
    assert led.rows_per_epoch == plain.rows_per_epoch
    for step in (0, 5):
        bare, batch = plain.at(step), led.at(step)
        assert batch.steps.shape == (40, 24, 1)
        assert np.array_equal(batch.steps[:, 20:], bare.steps)
        assert np.array_equal(batch.weights, bare.weights)
    line = PackedBatches(packed, Cut(1, int(packed.offsets[-1]) - 1), seed=2).at(0).steps[0]
    padded = np.concatenate([np.full((20, 1), BEGIN, np.int32), line]).tobytes()
    assert all(row.tobytes() in padded for row in led.at(0).steps)


@pytest.mark.parametrize("length", [400, 7])
def test_rows_of_whole_pieces_begin_where_pieces_begin(packed: Packed, length: int) -> None:
    batches = PackedBatches(packed, Cut(4, length, whole=True), seed=2)
    sizes = np.array([len(steps) for steps in packed.pieces()])
    assert batches.rows_per_epoch == sum(-(-(size - 1) // length) for size in sizes)
    rows = [batches.at(step) for step in range(-(-batches.rows_per_epoch // 4))]
    lines = np.concatenate([batch.steps[:, 0, 0] for batch in rows])[: batches.rows_per_epoch]
    assert (lines == BEGIN).sum() == len(packed)
    targets = [row[1:][weights > 0] for batch in rows for row, weights in zip(batch.steps, batch.weights)]
    counted = sum(map(len, targets[: batches.rows_per_epoch]))
    assert counted == (sizes - 1).sum()
    assert max(batch.steps.shape[1] for batch in rows) <= length + 1
    for batch in rows:
        real = batch.weights.sum(axis=1)
        assert batch.weights.shape[1] == real.max()


def test_rows_of_like_length_share_a_batch(tmp_path: Path) -> None:
    mixed = pack(collection(tmp_path / "c", [melody(n, 4 + 10 * (n % 5)) for n in range(40)]), Letters(), None)
    batches = PackedBatches(mixed, Cut(4, 100, whole=True), seed=2)
    spread = [np.ptp(batches.at(step).weights.sum(axis=1)) for step in range(batches.rows_per_epoch // 4)]
    assert np.mean(spread) < 15  # rows drawn at random: about 27
    assert not np.array_equal(batches.at(0).steps, batches.at(batches.rows_per_epoch // 4).steps)


def test_whole_pieces_have_no_lead() -> None:
    with pytest.raises(UsageError, match="no lead"):
        Cut(4, 100, lead=3, whole=True)

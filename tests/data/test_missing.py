"""Pieces told with a gap in training: as many as asked, the same in a resumed run, markers never targets."""

from __future__ import annotations

import numpy as np
import pytest

from etude.data import Cut, Packed, PackedBatches, pack
from etude.encodings import build
from etude.encodings.base import BEGIN
from etude.encodings.infill import infilling_of
from etude.errors import UsageError
from etude.lab.recipe import load_recipe

from .conftest import collection, melody


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Packed:
    tunes = [melody(seed, 40 + seed) for seed in range(40)]
    encoding = build("notes", time="scored", velocities=1, conditions="key,density", infill=True)
    return pack(collection(tmp_path_factory.mktemp("c") / "c", tunes), encoding, "train")


def batches(packed: Packed, share: float, **more: float) -> PackedBatches:
    cut = Cut(4, 128, whole=True)
    return PackedBatches(packed, cut, seed=4, transpose=(-2, 2), infill=share, **more)  # type: ignore[arg-type]


def test_as_many_are_rearranged_as_asked_and_all_else_stays(packed: Packed) -> None:
    infilling = infilling_of(packed.encoding)
    assert infilling is not None
    rearranged = total = 0
    for number in range(60):
        plain, some = batches(packed, 0.0).at(number), batches(packed, 0.3).at(number)
        assert not infilling.is_marker(plain.steps).any()
        marked = infilling.is_marker(some.steps)
        assert set(marked.sum(axis=1).tolist()) <= {0, 2}
        rearranged += int(marked.any(axis=1).sum())
        total += len(marked)
    assert rearranged / total == pytest.approx(0.3, abs=0.08)


def test_markers_are_no_targets_and_the_steps_around_them_are(packed: Packed) -> None:
    infilling = infilling_of(packed.encoding)
    assert infilling is not None
    for left_open in (0.0, 0.5):
        batch = batches(packed, 1.0, left_open=left_open).at(3)
        marked = infilling.is_marker(batch.steps[:, 1:])
        assert marked.sum() == 2 * len(marked)
        assert not batch.weights[marked].any()
        music = (batch.steps[:, 1:, 0] != BEGIN) & (batch.steps[:, 1:, 0] < infilling.first) & ~marked
        assert batch.weights[music].all()


def test_gaps_are_a_function_of_seed_and_step_alone(packed: Packed) -> None:
    first = batches(packed, 0.5)
    for number in range(30):  # into the second epoch and back
        first.at(number)
    for number in (0, 7, 29):
        np.testing.assert_array_equal(first.at(number).steps, batches(packed, 0.5).at(number).steps)


def test_a_long_piece_is_told_near_its_gaps_and_fits_a_row(packed: Packed) -> None:
    infilling = infilling_of(packed.encoding)
    assert infilling is not None
    short = PackedBatches(packed, Cut(8, 24, whole=True), seed=1, infill=1.0)
    for number in range(12):
        batch = short.at(number)
        whole = infilling.is_marker(batch.steps).sum(axis=1)
        assert (whole == 2).all(), "a row holds both sides and the gap"


def test_settings_that_cannot_be_are_refused() -> None:
    assert load_recipe("folk", ["data.infill=0.3"]).build_encoding().settings["infill"] is True
    assert "infill" not in load_recipe("folk").build_encoding().settings
    for recipe, wrong in (("folk", "1.5"), ("ngram", "0.3"), ("letters", "0.3"), ("seed1-folk", "0.3")):
        with pytest.raises(UsageError):
            load_recipe(recipe, [f"data.infill={wrong}"])

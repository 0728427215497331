"""The split hangs on the music alone."""

from __future__ import annotations

from pathlib import Path

from etude.data.build import Tune
from etude.data.splits import SplitRule, split_groups
from etude.formats.base import Reading
from etude.score import transpose

from .conftest import collection, melody


def test_shares_are_met_roughly() -> None:
    sides = list(split_groups([f"key {i}" for i in range(4000)], SplitRule()).values())
    assert 150 <= sides.count("valid") <= 250
    assert 150 <= sides.count("test") <= 250


def test_a_seed_makes_another_split() -> None:
    keys = [f"key {i}" for i in range(200)]
    assert split_groups(keys, SplitRule(seed=1)) != split_groups(keys, SplitRule(seed=2))


def test_adding_files_moves_nothing() -> None:
    keys = [f"key {i}" for i in range(500)]
    before = split_groups(keys[:300], SplitRule())
    after = split_groups(keys[::-1], SplitRule())
    assert all(after[key] == side for key, side in before.items())


def test_three_tunes_fill_three_sides() -> None:
    for seed in range(20):
        assert set(split_groups(["a", "b", "c"], SplitRule(seed=seed)).values()) == {"train", "valid", "test"}
    assert set(split_groups(["a", "b"], SplitRule()).values()) == {"train"}


def test_a_side_of_share_zero_stays_empty() -> None:
    assert "test" not in split_groups(["a", "b", "c", "d"], SplitRule(valid=0.2, test=0.0)).values()


def test_copies_in_other_keys_stand_on_one_side(tmp_path: Path) -> None:
    tunes = [melody(seed) for seed in range(40)]
    moved = [transpose(tune, shift) for tune in tunes for shift in (0, 3, -4)]
    rows = collection(tmp_path / "c", moved).ledger
    for number in range(40):
        copies = rows[3 * number : 3 * number + 3]
        assert len({row.split for row in copies}) == 1
        assert [row.duplicate_of for row in copies] == [None, copies[0].path, copies[0].path]
        assert [row.duplicate_kind for row in copies] == [None, "transposed", "transposed"]


def test_a_new_file_leaves_the_old_ones_where_they_were(tmp_path: Path) -> None:
    def tunes(seeds: range) -> list[Tune]:
        return [Tune(f"{seed}.abc", Reading(melody(seed))) for seed in seeds]

    few = {row.path: row.split for row in collection(tmp_path / "few", tunes(range(10, 90))).ledger}
    many = {row.path: row.split for row in collection(tmp_path / "many", tunes(range(120))).ledger}
    assert set(few.values()) == {"train", "valid", "test"}
    assert all(many[path] == side for path, side in few.items())


def test_an_official_split_is_honoured_even_across_duplicates(tmp_path: Path) -> None:
    tune = Reading(melody(1))
    found = collection(
        tmp_path / "c",
        [Tune("a", tune, "", "train", True), Tune("b", tune, "", "test", True)],
        official="the authors",
    )
    assert [piece.id for piece in found.pieces("test")] == ["b"]
    assert found.page["duplicates"]["groups_across_splits"] == 1
    assert found.split_record()["rule"] == "the authors"

"""Other splits than a collection's own, and what their sides share."""

from __future__ import annotations

from pathlib import Path

import pytest

from etude.data import SPLITS, Collection, Division, divided, pack, shared_by_sides, undivided
from etude.data.build import Tune
from etude.encodings.letters import Letters
from etude.errors import UsageError
from etude.formats.base import Reading
from etude.score import Metadata, Score, concatenate, transpose

from .conftest import collection, melody

SONGS = 20


@pytest.fixture
def in_five_keys(tmp_path: Path) -> Collection:
    """Twenty songs, five times over, key after key: the layout of the letter melodies of the first system."""
    songs = [melody(seed, 30 + seed) for seed in range(SONGS)]
    return collection(tmp_path / "keys", [transpose(song, shift) for shift in range(1, 6) for song in songs])


def in_order(of: Collection, text: str = "in-order:0.9") -> Collection:
    whole = pack(undivided(of), Letters(), "train")
    lengths = {name: len(whole.sequence(number)) for number, name in enumerate(whole.ids)}
    return divided(of, Division.parse(text), lengths)


def test_the_tail_of_the_file_is_held_out_and_stands_in_training_in_other_keys(in_five_keys: Collection) -> None:
    assert len(in_five_keys) == SONGS  # by its own rule a copy is no piece of its own
    found = in_order(in_five_keys)
    train, valid, test = (found.pieces(split) for split in SPLITS)
    assert len(train) + len(valid) == 5 * SONGS
    assert not test
    numbers = [int(piece.id.partition("#")[2]) for piece in (*train, *valid)]
    assert numbers == list(range(1, 5 * SONGS + 1))
    steps = [len(pack(found, Letters(), split).steps) for split in ("train", "valid")]
    longest = max(len(Letters().encode(piece.score)) for piece in train)
    assert abs(steps[0] - 0.9 * sum(steps)) <= longest / 2
    shared = shared_by_sides(found)["valid in train"]
    assert shared["pieces"] == shared["copies"] == len(valid) > 0
    assert shared_by_sides(in_five_keys)["valid in train"]["copies"] == 0


def test_a_divided_collection_is_another_content(in_five_keys: Collection) -> None:
    found = in_order(in_five_keys)
    assert len({in_five_keys.content, found.content, in_order(in_five_keys, "in-order:0.5").content}) == 3
    record = found.split_record()
    assert record["rule"] == "in-order:0.9"
    assert record["instead_of"] == in_five_keys.page["split"]["rule"]
    assert len(record["pieces"]["train"]) == len(found.pieces("train"))


def performed(seed: int, composer: str, title: str) -> Score:
    """A melody under a title: two of them are two performances of a work as far as titles tell."""
    return melody(seed).replace(meta=Metadata(title=title, composer=composer))


def works(path: Path, official: bool) -> Collection:
    """Thirty works in three performances each."""
    tunes = []
    for work in range(30):
        for take in range(3):
            score = performed(100 * work + take, f"composer {work % 4}", f"sonata {work // 4}")
            side = ("test" if work < 5 or (work == 5 and take == 0) else "train") if official else None
            tunes.append(Tune(f"{work}-{take}.mid", Reading(score), split=side, official=official))
    return collection(path, tunes, official="by hand" if official else "")


def works_of(found: Collection, side: str) -> set[str]:
    return {piece.id.partition("-")[0] for piece in found.pieces(side)}


@pytest.mark.parametrize("seed", [0, 1])
def test_by_work_no_work_stands_on_two_sides_and_by_file_it_does(tmp_path: Path, seed: int) -> None:
    own = works(tmp_path / "c", official=False)
    by_work, by_file = (divided(own, Division.parse(f"{kind}:0.9", seed)) for kind in ("by-work", "by-file"))
    assert not works_of(by_work, "train") & works_of(by_work, "valid")
    assert len(by_work.pieces("train")) == 81
    assert len(by_file.pieces("train")) == 81
    assert [len(found.pieces("test")) for found in (by_work, by_file)] == [0, 0]
    assert shared_by_sides(by_work)["valid in train"]["works"] == 0
    assert shared_by_sides(by_file)["valid in train"]["works"] > 0
    other = divided(own, Division.parse("by-work:0.9", seed + 2))
    assert works_of(other, "valid") != works_of(by_work, "valid")


def test_the_official_test_side_stays_and_nothing_of_its_works_is_learned(tmp_path: Path) -> None:
    own = works(tmp_path / "c", official=True)
    found = divided(own, Division.parse("by-work:0.8"))
    assert [piece.id for piece in found.pieces("test")] == [piece.id for piece in own.pieces("test")]
    assert "5" not in works_of(found, "train") | works_of(found, "valid")
    assert len(found) == 90 - 2  # the other two takes of the work that the official split tears apart
    by_file = divided(own, Division.parse("by-file:0.8"))
    assert len(by_file) == 90
    assert shared_by_sides(own)["test in train"]["works"] == 1


def test_what_repeats_a_long_part_is_of_one_work(tmp_path: Path) -> None:
    tunes = [melody(seed) for seed in range(30)]
    longer = [concatenate(transpose(tune, 2), melody(200 + seed)) for seed, tune in enumerate(tunes)]
    own = collection(tmp_path / "c", [*tunes, *longer])
    found = divided(own, Division.parse("by-work:0.5"))
    for number in range(1, 31):
        assert own.piece(f"book.abc#{number}").group == own.piece(f"book.abc#{number + 30}").group is not None
        assert found.piece(f"book.abc#{number}").split == found.piece(f"book.abc#{number + 30}").split
    assert shared_by_sides(found)["valid in train"]["alike"] == 0
    assert shared_by_sides(divided(own, Division.parse("by-file:0.5")))["valid in train"]["alike"] > 0


@pytest.mark.parametrize("text", ["in-order", "in-order:", "in-order:1.0", "by-file:0", "by-tune:0.9", "by-work:x"])
def test_what_is_no_split_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="by-work"):
        Division.parse(text)
    assert str(Division.parse("by-work:0.9")) == "by-work:0.9"

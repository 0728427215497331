"""What the settings of the data do to the material of a run, and what its record says of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from etude import encodings
from etude.data import Collection
from etude.errors import UsageError
from etude.lab.evaluating import evaluate
from etude.lab.launch import train
from etude.lab.material import Material
from etude.lab.recipe import DataConfig, load_recipe
from etude.testing.scores import abc_tune

from .conftest import SMALL


@pytest.fixture
def letters(cache: None, tmp_path: Path) -> Path:
    """Twelve melodies, five times over, each time a semitone higher."""
    random = np.random.default_rng(1)
    songs = [random.integers(0, 12, int(random.integers(30, 60))) for _ in range(12)]
    lines = [
        "".join("CcDdEFfGgAaB"[(note + shift) % 12] for note in song) for shift in range(1, 6) for song in songs
    ]
    path = tmp_path / "melodies.txt"
    path.write_text("\r\n".join(lines) + "\r\n")
    return path


def material(path: Path, encoding: str = "letters", **data: object) -> Material:
    return Material.of(DataConfig(str(path), **data), encodings.build(encoding))  # type: ignore[arg-type]


def test_fewer_pieces_stand_among_more(book: Path, cache: None) -> None:
    whole = material(book, "abc")
    some = {count: set(material(book, "abc", pieces=count).train.ids) for count in (1, 5, 20)}
    assert [len(ids) for ids in some.values()] == [1, 5, 20]
    assert some[1] < some[5] < some[20] < set(whole.train.ids)
    assert set(material(book, "abc", pieces=5, seed=1).train.ids) != some[5]
    assert material(book, "abc", pieces=5).valid.ids == whole.valid.ids
    with pytest.raises(UsageError, match=rf"holds {len(whole.train)} pieces"):
        _ = material(book, "abc", pieces=1000).train


def test_fewer_pieces_judge_and_all_are_evaluated(letters: Path) -> None:
    few = material(letters, split="in-order:0.5", valid_pieces=4)
    assert len(few.valid) == 4
    places = [few.packed("valid").ids.index(name) for name in few.valid.ids]
    assert places == [3, 11, 18, 26]  # evenly over thirty
    assert few.record()["judged_by"] == list(few.valid.ids)


def _time(steps: np.ndarray) -> int:
    """Hundredths of a second that the shifts of a performance add up to."""
    shifts = steps[(steps >= 2 + 256) & (steps < 2 + 356)]
    return int((shifts - 257).sum())


def test_stretched_pieces_are_learned_and_not_judged_by(book: Path, cache: None) -> None:
    plain = material(book, "performance")
    varied = material(book, "performance", stretch=(0.9, 1.0, 1.1))
    assert varied.train.variants == 3
    assert varied.train.ids == plain.train.ids
    assert all(np.array_equal(a, b) for a, b in zip(varied.train.pieces(), plain.train.pieces()))
    shorter, plainly, longer = (_time(varied.train.sequence(number)) for number in (1, 0, 2))
    assert shorter == pytest.approx(0.9 * plainly, rel=0.02)
    assert longer == pytest.approx(1.1 * plainly, rel=0.02)
    assert varied.valid.variants == 1


def test_the_leak_of_a_split_in_file_order_is_written_down(letters: Path) -> None:
    leaky = material(letters, split="in-order:0.9")
    shared = leaky.record()["shared"]["valid in train"]
    assert shared["copies"] == shared["pieces"] == len(leaky.valid) == 6
    assert leaky.record()["rule"] == "in-order:0.9"
    honest = material(letters).record()
    assert [honest["shared"][key]["copies"] for key in honest["shared"]] == [0, 0, 0]
    one = material(letters, split="in-order:0.9", pieces=1).record()
    assert one["shared"]["valid in train"]["copies"] <= 1
    assert len(one["learned"]) == 1


def test_what_shares_a_passage_with_a_guarded_piece_is_left_out(book: Path, cache: None, tmp_path: Path) -> None:
    held_out = [piece for piece in Collection.open(book).pieces() if piece.split in ("valid", "test")]
    quoted = held_out[0].score
    tune = "X:1\nT:quoting\nM:4/4\nL:1/8\nK:C\n"
    names = ["=C", "^C", "=D", "^D", "=E", "=F", "^F", "=G", "^G", "=A", "^A", "=B"]
    pitches = [int(pitch) + 1 for pitch in quoted.notes["pitch"][:14]]
    notes = [names[pitch % 12] + "'" * max(0, pitch // 12 - 5) + "," * max(0, 5 - pitch // 12) for pitch in pitches]
    others = "\n".join(abc_tune(number) for number in range(101, 131))
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "ours.abc").write_text(tune + " ".join(notes) + " c'2 C,4|\n\n" + others)
    guarded = material(folder, "abc", without=str(book), passages=13)
    assert guarded.left_out == {"ours.abc#1": held_out[0].id}
    assert material(folder, "abc", without=str(book)).left_out == {}
    record = guarded.record()["guarded"]
    assert record["left_out"] == 1
    assert sum(record["touched"].values()) == 1
    assert record["held_out"] == len(held_out)
    assert not set(guarded.train.ids) & set(guarded.left_out)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("data.split=by-song:0.9", "by-work"),
        ("data.stretch=[0.0]", "stretch"),
        ("data.stretch=[]", "stretch"),
        ("data.pieces=-1", "negative"),
        ("data.passages=17", "data.without"),
    ],
)
def test_settings_without_meaning_are_named(setting: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        load_recipe("folk", [setting])


def test_a_training_honours_them_all(letters: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs the extra 'train'")
    settings = (
        *SMALL,
        *("training.minutes=none", "training.steps=10", "encoding.name=letters"),
        *("data.split=in-order:0.8", "data.pieces=8", "data.valid_pieces=3", "data.stretch=[1.0, 0.5]"),
    )
    heard: list[str] = []
    done = train(
        lambda event: heard.append(str(event.get("text", ""))),
        recipe="letters",
        data=letters,
        out=tmp_path / "run",
        settings=settings,
    )
    record = done.run.read_json("split.json")
    assert len(record["learned"]) == 8
    assert len(record["judged_by"]) == 3
    assert record["shared"]["valid in train"]["pieces"] == 12
    assert any(text.startswith("careful") for text in heard)
    found = evaluate(done.run.folder)[0]
    assert found.model.pieces == found.baselines["ngram+copy"].pieces == 12

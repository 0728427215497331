"""The letter reproduction in miniature: a few random songs with refrains, two updates a training."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from etude.encodings.letters import Letters
from etude.formats.letters import SYMBOLS
from etude.lab.launch import prepare
from etude.lab.reproduce.base import Arm
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.running import order_of
from etude.lab.reproduce.seed0 import CHANGES, REPRODUCTION, LetterMelodies, memory
from etude.lab.reproduce.seed0.arms import AUGMENTED, FOLK, MELODIES
from etude.lab.reproduce.seed0.split import as_intervals, found_share
from etude.lab.reproduce.writing import write_report
from etude.lab.run import Run
from etude.testing.scores import abc_tune


def song(seed: int, shift: int = 0) -> str:
    """About ninety letters: a line, another one, and the first again."""
    random = np.random.default_rng(seed)
    line, other = random.integers(0, 12, 30), random.integers(0, 12, 30)
    return "R".join("".join(SYMBOLS[(code + shift) % 12] for code in part) for part in (line, other, line))


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("songs")
    (folder / "songs.letters").write_text("".join(f"{song(seed)}\n" for seed in range(24)))
    moved = folder.parent / f"{folder.name}-augmented.letters"
    moved.write_text("".join(f"{song(seed, shift)}\n" for shift in (1, 2, 3) for seed in range(12)))
    return {MELODIES: folder, AUGMENTED: moved}


def test_every_change_is_one_setting() -> None:
    names = [arm.name for arm in REPRODUCTION.arms()]
    assert len(set(names)) == len(names) == 3 + 3 * len(CHANGES) + len(FOLK)
    assert {change.setting for change in CHANGES} == {
        *("", "model.layers=1", "model.layers=4", "model.layers=6", "model.width=96", "model.width=288"),
        *("model.context=64", "model.context=1280"),
    }


def test_intervals_are_the_same_letters_in_another_coding() -> None:
    encoding = Letters()
    plain, moved = (encoding.from_text(song(3, shift)) for shift in (0, 5))
    coded = as_intervals(plain)
    assert len(coded) == len(plain)
    assert np.array_equal(coded[2:], as_intervals(moved)[2:])
    pitches = coded[(coded[:, 0] >= 2) & (coded[:, 0] < 14), 0].astype(int) - 2
    back = np.cumsum(pitches) % 12
    assert np.array_equal(back, plain[(plain[:, 0] >= 2) & (plain[:, 0] < 14), 0] - 2)


def test_shares_of_passages_are_counted() -> None:
    encoding = Letters()
    train = [encoding.from_text("CDEFGAB")]
    valid = [encoding.from_text("DEFGRDEFC")]
    assert found_share(train, valid, 3) == pytest.approx(3 / 7)  # DEF, EFG and DEF again of seven
    assert found_share(train, [encoding.from_text("CD")], 3) != found_share(train, valid, 3)


def test_what_stood_before_is_recalled() -> None:
    steps = Letters().from_text("CDEF" * 3)
    known = memory.recalled(steps, look=4)
    assert known.sum() == 12 + 1 - 4 - 4  # from the ninth letter on, the end included
    assert not known[:8].any()


@pytest.fixture(scope="module")
def bench(
    songs: dict[str, Path], cache: None, tmp_path_factory: pytest.TempPathFactory, small: LetterMelodies
) -> Bench:
    pytest.importorskip("torch", reason="training needs the extra 'train'")
    from etude.lab.trainer import train

    book = tmp_path_factory.mktemp("folk")
    (book / "book.abc").write_text("\n".join(abc_tune(number) for number in range(1, 31)))
    made = Bench(tmp_path_factory.mktemp("seed0"), {**songs, "folk": book}, {a.name: tiny(a) for a in small.arms()})
    for arm in made.arms.values():
        train(prepare(order_of(made, arm, 1)))  # here, not in a process of its own, which costs seconds
    return made


def tiny(arm: Arm) -> Arm:
    """The same training in three updates."""
    settings = ["training.rows=2", "training.length=64", "training.minutes=none", "training.precision=fp32"]
    if not arm.name.startswith("memory"):
        settings += ["model.width=32", "model.heads=2", "model.layers=1"]
    return replace(
        arm, steps=3, data=arm.data if arm.data is not None else "folk", settings=(*arm.settings, *settings)
    )


@pytest.fixture(scope="module")
def small() -> LetterMelodies:
    return LetterMelodies(seeds=(0, 1), changes=CHANGES[:1] + CHANGES[2:3], kinds=("mid",))


def test_the_report_holds_every_question(bench: Bench, small: LetterMelodies) -> None:
    report = small.report(bench)
    titles = [table.title for table in report.tables]
    assert len(titles) == 8
    words = " ".join(report.sentences)
    for part in ("published 1.1841", "validation songs", "references", "Short-term"):
        assert part in words
    assert "width was not varied" in words
    leaky = next(line for line in report.sentences if line.startswith("Split of 'original'"))
    told, total = (int(word) for word in leaky.split() if word.isdigit())
    assert told == total, "the made-up augmented file repeats every song in another key"
    figures = report.figures["network windows:256 valid"]
    assert figures["network + copying"] < figures["network"]
    assert set(report.baselines) == {"uniform", "ngram", "n-gram + copying"}
    assert all(path.is_file() for path, _ in report.files)
    melodies = next(table for table in report.tables if table.title == "Melodies")
    assert all(set(row[1]) <= set(SYMBOLS) for row in melodies.rows)
    page = write_report(bench.folder, small, report, "etude reproduce seed0-letters")
    assert json.loads(page[2].read_text())["name"] == "seed0-letters"
    assert Run.is_run(bench.folder / "runs" / "original")

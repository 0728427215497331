"""The folk reproduction in miniature: made-up tunes, three updates a training; and the course's loader as it is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from etude.encodings import build, decode, is_lawful
from etude.encodings.abc.vocabulary import VALUE
from etude.formats.abc.reader import read_book
from etude.lab.launch import prepare
from etude.lab.reproduce.base import Arm
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.running import order_of
from etude.lab.reproduce.seed1 import REPRODUCTION, FolkTunes, costs, course, rightness, songs
from etude.lab.reproduce.seed1.arms import CHANGES, FOLK, FOLK_TOKENS, IRISH, TUNED
from etude.lab.reproduce.writing import write_report
from etude.lab.sweep import TEMPERATURES
from etude.score import Score
from etude.testing.scores import abc_tune


def test_the_loader_finds_songs_twice_as_the_course_does() -> None:
    found = course.loaded("X:1\nA\n\nX:2\nB\n\n\nX:3\nC\n\n")
    assert (found.songs, found.distinct, found.without_header) == (4, 3, 0)


def test_the_loader_on_the_book_itself(benchmark_data: Path) -> None:
    archive = benchmark_data / "irish-abc.tar.xz"
    if not archive.is_file():
        pytest.skip("irish-abc.tar.xz is not here")
    found = course.loaded(course.book(archive))
    assert found == course.Loaded(songs=817, distinct=805, without_header=2, characters=200_679, bytes=197_618)


def test_the_course_counts_its_parameters_as_we_do() -> None:
    assert course.parameters(course.ALPHABET) == course.PUBLISHED_PARAMETERS


def test_changes_are_one_word() -> None:
    assert [len(arm.settings) for arm in CHANGES] == [1, 1, 1]
    names = [arm.name for arm in REPRODUCTION.arms()]
    assert len(set(names)) == len(names)


@pytest.fixture(scope="module")
def small() -> FolkTunes:
    return FolkTunes(songs.Counts(choosing=1, judged=2, prompted=1))


@pytest.fixture(scope="module")
def bench(cache: None, tmp_path_factory: pytest.TempPathFactory, small: FolkTunes) -> Bench:
    pytest.importorskip("torch", reason="training needs the extra 'train'")
    from etude.lab.trainer import train

    irish, folk = (tmp_path_factory.mktemp(name) for name in ("irish", "folk"))
    (irish / "irish.abc").write_text("\n".join(abc_tune(number) for number in range(1, 31)))
    (folk / "folk.abc").write_text("\n".join(abc_tune(number) for number in range(20, 50)))
    arms = {arm.name: tiny(arm) for arm in small.arms() if arm.name not in ("gru", "folk-all", "tuned-all")}
    made = Bench(tmp_path_factory.mktemp("seed1"), {IRISH: irish, "folk": folk}, arms)
    for arm in made.arms.values():
        train(prepare(order_of(made, arm, 1)))
    return made


def tiny(arm: Arm) -> Arm:
    """The same training in three updates of a small network."""
    sizes = ["model.width=32", "model.embedding=16", "model.heads=2", "model.layers=1", "model.context=128"]
    rows = ["training.rows=2", "training.length=64", "training.minutes=none", "training.precision=fp32"]
    settings = [*arm.settings, *sizes, *rows, "training.eval_every=2", "tracking.tracker=none"]
    settings += ["data.valid_pieces=0"] if arm.name in (FOLK, FOLK_TOKENS) else []
    return replace(arm, steps=3, data=arm.data if arm.data is not None else "folk", settings=tuple(settings))


def test_the_report_holds_every_question(bench: Bench, small: FolkTunes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rightness, "CANDIDATES", (0.5, 1.0))
    monkeypatch.setattr(rightness, "CUT", 60)
    priced = {"original": ("windows:100",), "network": ("full",), "tuned": ("full",)}
    monkeypatch.setattr(costs, "PRICED", priced)
    monkeypatch.setattr(songs, "TEMPERATURES", (0.0, 1.0))
    report = small.report(bench)
    titles = [table.title for table in report.tables]
    assert titles == [
        *("What held-out tunes cost", "The course of the original", "One word changed", "Right tunes"),
        *("Temperature", "The trainings"),
    ]
    words = " ".join(report.sentences)
    for part in ("The course's loader", "goal of 0.95 on test", "goal of 0.88", "were dropped", "points"):
        assert part in words
    right = report.figures["right"]
    assert right["real, test"]["both"] == 1.0
    assert right["drawn freely"]["tunes"] == 2
    (tokens,) = (share for name, share in right.items() if name.startswith("tokens"))
    assert tokens["tunes"] == 2
    assert tokens["both"] == 0.0, "three updates teach no grammar"
    assert [point["temperature"] for point in report.figures["sweep"]][-1] is None
    found = report.figures["tuned full test"]
    assert set(costs.OURS) <= found.keys()
    assert all(path.is_file() for path, _ in report.files)
    page = write_report(bench.folder, small, report, "etude reproduce seed1-folk")
    assert json.loads(page[2].read_text())["name"] == "seed1-folk"
    assert len(TEMPERATURES) == 9
    dropped = bench.run(FOLK).read_json("split.json")["guarded"]
    assert dropped["left_out"] > 0, "the made-up folk tunes repeat some of the Irish ones"
    assert bench.run(TUNED).recipe()["start"]


def test_a_tune_of_tokens_is_right_only_if_its_grammar_was_obeyed() -> None:
    encoding = build("abc")
    steps = encoding.encode(read_book(abc_tune(3).encode())[0].score)
    assert is_lawful(encoding, steps)
    assert rightness._checked(decode(encoding, steps), True).right
    assert not rightness._checked(decode(encoding, steps), False).right
    note = int(np.flatnonzero(steps[:, 0] == VALUE["line", "|"])[0])
    assert not is_lawful(encoding, np.delete(steps, note - 1, axis=0)), "a bar with a note too few"
    assert not is_lawful(encoding, steps[:-1]), "a tune that does not end"
    assert not rightness._checked(Score.of([]), True).right

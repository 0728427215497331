"""What a model composes is held against what it learned from, and copies are refused when asked."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from etude.encodings import build
from etude.errors import UsageError
from etude.evaluation import Passages, longest_copied
from etude.lab import compose, load, train
from etude.lab.loading import PASSAGES
from etude.lab.originality import _as_heard, known_passages
from etude.lab.rerunning import rerun
from etude.lab.run import Run
from etude.score import Score
from etude.testing.scores import abc_tune


@pytest.fixture(scope="module")
def parrot(cache: None, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A counted model of many unlike tunes, which it copies."""
    folder = tmp_path_factory.mktemp("unlike")
    random = np.random.default_rng(4)
    letters = np.array(list("CDEFGABcdefgab"))
    head = "X:{0}\nT:Tune {0}\nM:4/4\nL:1/8\nK:C\n"
    tunes = [
        head.format(number) + "|".join("".join(random.choice(letters, 8)) for _ in range(12)) + "|\n"
        for number in range(1, 160)
    ]
    (folder / "book.abc").write_text("\n".join(tunes))
    return train(recipe="ngram", data=folder, out=folder / "run").run


def test_a_composed_piece_tells_what_it_copies_and_the_run_keeps_the_index(parrot: Run, tmp_path: Path) -> None:
    asked = {"seed": 3, "count": 3, "temperatures": (0.3,), "bars": 8}
    made = compose(parrot.folder, out=tmp_path, formats=("roll",), **asked)
    known = known_passages(load(parrot.folder))
    assert known is not None
    assert known.band is not None
    learned = set(parrot.read_json("split.json")["pieces"]["train"])
    for piece in made:
        found = piece.originality
        assert found is not None
        assert found.longest_copied == longest_copied(piece.score, known.passages)
        assert {place.piece for one in found.quotations for place in one.places} <= learned
        assert piece.answer()["originality"]["longest_copied"] == found.longest_copied
    copied = max(made, key=lambda piece: piece.originality.longest_copied)
    assert copied.originality.verdict == "copies more than real pieces do"
    assert f"notes as in {copied.originality.telling[0].places[0].piece}" in copied.paths[0].read_text()
    assert rerun(copied.paths[0]).same
    kept = parrot.folder / PASSAGES
    before = kept.stat().st_mtime_ns
    compose(parrot.folder, seed=1, bars=2)
    assert kept.stat().st_mtime_ns == before
    kept.write_bytes(b"broken")
    compose(parrot.folder, seed=1, bars=2)
    assert kept.stat().st_size > 1000


def test_long_copies_are_refused_and_the_file_can_be_made_again(parrot: Run, tmp_path: Path) -> None:
    asked = {"seed": 3, "count": 3, "temperatures": (0.3,), "bars": 8}
    free = compose(parrot.folder, **asked)
    kept = compose(parrot.folder, max_copied=10, out=tmp_path, **asked)
    assert max(piece.originality.longest_copied for piece in free) > 14
    assert max(piece.originality.longest_copied for piece in kept) <= 10
    assert {len(piece.score) > 0 for piece in kept} == {True}
    assert rerun(kept[0].paths[0]).same
    with pytest.raises(UsageError, match="everybody's"):
        compose(parrot.folder, seed=1, max_copied=3)


def test_an_exported_model_needs_the_index_beside_it(run: Run, tmp_path: Path) -> None:
    alone = tmp_path / "alone.etude"
    shutil.copy(run.exported, alone)
    assert compose(alone, seed=1, steps=30)[0].originality is None
    assert compose(alone, seed=1, steps=30)[0].answer()["originality"] is None
    with pytest.raises(UsageError, match="not at hand"):
        compose(alone, seed=1, max_copied=20)
    here = compose(run.folder, seed=1, steps=30)[0].originality
    shutil.copy(run.folder / PASSAGES, tmp_path / f"alone.{PASSAGES}")
    assert compose(alone, seed=1, steps=30)[0].originality == here
    assert here is not None


def test_a_run_whose_music_is_gone_still_composes(book: Path, cache: None, tmp_path: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    (music / "book.abc").write_text("\n".join(abc_tune(number) for number in range(1, 12)))
    run = train(recipe="ngram", data=music, out=tmp_path / "run").run
    shutil.rmtree(music)
    assert compose(run.folder, seed=1, bars=2)[0].originality is None


def test_an_encoding_that_rounds_is_asked_what_it_hears() -> None:
    chords = Score.of([(480 * i + j, 240, 60 + 4 * j + 5 * i % 11, 80, 0) for i in range(20) for j in range(3)])
    encoding = build("performance")
    heard = _as_heard([chords], encoding)
    assert heard(chords) is not chords
    source = Passages.of([heard(chords)])
    assert longest_copied(heard(chords), source) > longest_copied(heard(chords), Passages.of([chords]))

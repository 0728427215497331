"""What a newcomer may hand in or do by accident: wrong names, folders, name clashes, a stopped training."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from etude.errors import BadInput, Reason, UsageError
from etude.files import write_atomically
from etude.lab.composing import compose
from etude.lab.demo import demo
from etude.lab.exporting import export
from etude.lab.history import describe
from etude.lab.launch import train
from etude.lab.measuring import measure_files
from etude.lab.prompts import read_prompt
from etude.lab.rendering import render
from etude.lab.rerunning import rerun
from etude.lab.run import Run

from .conftest import SMALL, tune


def tunes_in(folder: Path, *names: str) -> list[Path]:
    paths = []
    for number, name in enumerate(names, start=1):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(tune(number))
        paths.append(path)
    return paths


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.mid"
    for ask in (
        lambda: measure_files([missing]),
        lambda: render([missing], ["mid"]),
        lambda: read_prompt(str(missing)),
        lambda: rerun(missing),
    ):
        with pytest.raises(BadInput, match=r"There is no file.*missing\.mid"):
            ask()
    with pytest.raises(BadInput, match="There is no file in") as caught:
        measure_files([tmp_path])
    assert caught.value.reason is Reason.EMPTY


def test_a_folder_of_files_is_rendered(tmp_path: Path) -> None:
    tunes_in(tmp_path / "in", "a.abc", "b.abc")
    made = render([tmp_path / "in"], ["mid"], out=tmp_path / "out")
    assert [path.name for path in made.files] == ["a.mid", "b.mid"]


def test_sound_and_pictures_beside_pieces_are_passed_over_unless_named(tmp_path: Path) -> None:
    tunes_in(tmp_path / "new", "a.abc")
    for suffix in (".wav", ".roll.png", ".sheet.svg"):
        (tmp_path / "new" / f"a{suffix}").write_bytes(b"not music")
    assert not measure_files([tmp_path / "new"]).refused
    assert render([tmp_path / "new"], ["mid"], out=tmp_path / "out").refused == []
    with pytest.raises(BadInput, match=r"\.wav"):
        measure_files([tmp_path / "new" / "a.wav"])


def test_two_files_of_one_name_stay_two(tmp_path: Path) -> None:
    files = tunes_in(tmp_path, "one/reel.abc", "two/reel.abc")
    made = render(files, ["mid"], out=tmp_path / "out")
    assert [path.name for path in made.files] == ["reel.mid", "reel-2.mid"]
    assert made.files[0].read_bytes() != made.files[1].read_bytes()


def test_a_file_is_never_rendered_over_itself(tmp_path: Path) -> None:
    (path,) = tunes_in(tmp_path, "reel.abc")
    before = path.read_bytes()
    with pytest.raises(UsageError, match="over itself"):
        render([path], ["abc"])
    assert path.read_bytes() == before


def test_the_file_without_the_line_is_named(tmp_path: Path) -> None:
    (path,) = tunes_in(tmp_path, "reel.abc")
    with pytest.raises(BadInput, match=r"reel\.abc"):
        rerun(path)


def test_an_unwritable_file_is_named_as_it_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    with pytest.raises(OSError) as caught:  # its temporary name is too long, not its own
        write_atomically(path, b"")
    assert caught.value.filename == str(path)


def test_a_training_that_cannot_begin_leaves_nothing(tmp_path: Path, cache: None) -> None:
    (path,) = tunes_in(tmp_path / "in", "only.abc")
    with pytest.raises(BadInput.__base__, match="too few"):  # type: ignore[arg-type]
        train(data=str(path.parent), out=tmp_path / "run", settings=SMALL)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_no_run_is_not_offered_to_resume(tmp_path: Path) -> None:
    tunes_in(tmp_path, "reel.abc")
    with pytest.raises(UsageError) as caught:
        Run.create(tmp_path, {"name": "folk"})
    assert "--resume" not in str(caught.value)


def test_a_run_that_learned_nothing_can_be_looked_at(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", {"name": "folk"})
    values, text = describe(run.folder)
    assert values["environment"] is None
    assert "unfinished" in text


def test_a_demo_of_other_music_needs_another_folder(tmp_path: Path) -> None:
    Run.create(tmp_path / "run", {"name": "demo", "data": {"collection": "folk"}})
    with pytest.raises(UsageError, match="learned from folk"):
        demo(tmp_path, data=str(tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_training_answers_once_and_goes_on(number: int, book: Path, tmp_path: Path) -> None:
    settings = [word for setting in SMALL for word in ("--set", setting)]
    words = ["train", "--data", str(book), "--out", str(tmp_path / "run"), "--json", *settings]
    child = subprocess.Popen(
        [sys.executable, "-m", "etude", *words, "--minutes", "5", "--set", "training.eval_every=5"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "ETUDE_CACHE": str(tmp_path / "cache")},
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "run" / "log.jsonl").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    child.send_signal(number)
    out, message = child.communicate(timeout=120)
    assert child.returncode == 128 + number, message
    assert json.loads(out)["interrupted"] is True
    assert "--resume" in message


def test_no_file_is_listed_twice(tmp_path: Path) -> None:
    files = tunes_in(tmp_path, "reel.abc")
    made = render(files, ["sheet", "svg", "roll"]).files
    assert len(made) == len(set(made)) == 2


def test_links_that_lead_nowhere_get_a_row(tmp_path: Path) -> None:
    from etude.data import ingest

    tunes_in(tmp_path / "in", "reel.abc")
    (tmp_path / "in" / "circle.mid").symlink_to("circle.mid")
    (tmp_path / "in" / "dangling.mid").symlink_to("nothing.mid")
    report = ingest([tmp_path / "in"], tmp_path / "out")
    assert sorted((row["path"], row["status"]) for row in report.rows) == [
        ("circle.mid", "refused"),
        ("dangling.mid", "refused"),
        ("reel.abc", "kept"),
    ]


def test_the_synthesiser_asked_for_is_the_one_that_plays_again(run: Run, tmp_path: Path) -> None:
    piece = compose(run.folder, seed=1, bars=2, out=tmp_path, formats=["wav"], soundfont="none")[0]
    assert '"soundfont":"none"' in piece.score.meta.reproduce
    assert rerun(piece.paths[0]).same


def test_every_page_of_a_sheet_can_be_made_again(run: Run, tmp_path: Path) -> None:
    tune = "X:1\nL:1/8\nM:4/4\nK:C\n" + "CDEF GABc|" * 400 + "\n"
    piece = compose(run.folder, seed=1, steps=3, prompt=tune, out=tmp_path, formats=["sheet"])[0]
    assert len(piece.paths) > 1
    assert rerun(piece.paths[1]).same


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"index":0', '"index":5'),
        ('"seed":1', '"seed":"x"'),
        ('"seed":1', '"seed":-1'),
        ('"options":{', '"options":{"sampling":{"nope":1},'),
        ('"count":1', '"count":"x"'),
        ('"options":{', '"options":{"temperatures":["a"],'),
    ],
)
def test_a_changed_line_is_damaged_input(run: Run, tmp_path: Path, old: str, new: str) -> None:
    path = compose(run.folder, seed=1, bars=2, out=tmp_path, formats=["abc"])[0].paths[0]
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(BadInput, match="damaged"):
        rerun(path)


def test_a_counted_model_is_told_apart(book: Path, cache: None, tmp_path: Path) -> None:
    counted = train(recipe="ngram", data=str(book), out=tmp_path / "counted").run.folder
    _, text = describe(counted)
    assert "valid" in text
    assert "train " not in text.splitlines()[-1]
    with pytest.raises(UsageError, match="counted model"):
        export(counted, tmp_path / "counted.etude")
    with pytest.raises(UsageError, match="counted model"):
        train(start=counted, data=str(book), out=tmp_path / "again")
    assert not (tmp_path / "again").exists()

"""Constraints and calibrated settings from the command line to the file, and the same bytes again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from etude import formats
from etude.apps.cli.main import cli
from etude.errors import UsageError
from etude.lab.composing import compose
from etude.lab.launch import train
from etude.lab.loading import CALIBRATION, load
from etude.lab.rerunning import rerun
from etude.lab.run import Run
from etude.sampling import Constraints
from etude.testing.constraint_laws import check_obeys
from etude.testing.scores import abc_tune


@pytest.fixture(scope="module")
def counted(cache: None, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A counted model of forty tunes in ABC."""
    folder = tmp_path_factory.mktemp("tunes")
    (folder / "book.abc").write_text("\n".join(abc_tune(number) for number in range(1, 41)))
    return train(recipe="ngram", data=folder, out=folder / "run", settings=["encoding.name=abc"]).run


def composed(*words: str) -> dict:
    answer = CliRunner().invoke(cli, ["compose", *words, "--json"], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)["pieces"][0]


def test_what_is_asked_for_on_the_command_line_is_obeyed_and_made_again(counted: Run, tmp_path: Path) -> None:
    piece = composed(
        *(str(counted.folder), "--seed", "3", "--out", str(tmp_path), "--format", "abc", "--form", "AABB"),
        *("--bars", "16", "--key", "D", "--meter", "6/8", "--range", "C4-C6", "--chords", "D A A D"),
    )
    path = Path(piece["path"])
    wanted = Constraints(key="D", range="C4-C6", chords="D A A D", bars=16, form="AABB", meter="6/8")
    check_obeys(formats.read(path), wanted)
    assert piece["bars"] == 8  # as they are written
    assert piece["paid"]["ending"] > 0
    assert piece["ended"]
    assert '"form":"AABB"' in piece["reproduce"]
    assert rerun(path).same


def test_bars_close_unless_they_are_to_be_open(counted: Run, tmp_path: Path) -> None:
    asked = (str(counted.folder), "--seed", "5", "--bars", "4", "--scale", "C major", "--out")
    closed = composed(*asked, str(tmp_path / "closed"))
    assert closed["bars"] == 4
    assert closed["ended"]
    opened = composed(*asked, str(tmp_path / "open"), "--ending", "open")
    assert "ending" not in opened["paid"]
    assert all(rerun(Path(piece["path"])).same for piece in (opened, closed))


def test_python_cuts_bars_unless_asked_to_close_them(counted: Run) -> None:
    assert compose(counted.folder, seed=1, bars=3)[0].paid == {}
    assert compose(counted.folder, seed=1, bars=3, ending="close")[0].ended
    with pytest.raises(UsageError, match="give --bars"):
        compose(counted.folder, seed=1, ending="close")


def test_calibrated_settings_are_the_defaults_and_old_files_stay_as_they_were(counted: Run, tmp_path: Path) -> None:
    before = compose(counted.folder, seed=7, steps=60, out=tmp_path / "before")[0]
    asked = ["calibrate", str(counted.folder), "--pieces", "2", "--json"]
    answer = CliRunner().invoke(cli, asked, catch_exceptions=False)
    found = json.loads(answer.stdout)
    assert set(found["repeat_rate"]) == {"samples", "reference"}
    assert {"settings", "entropy", "density", "structure"} <= set(found)
    assert json.loads((counted.folder / CALIBRATION).read_text())["settings"] == found["settings"]
    loaded = load(counted.folder)
    assert loaded.sampling.temperature == found["settings"]["temperature"]
    after = compose(counted.folder, seed=7, steps=60, out=tmp_path / "after")[0]
    for piece in (before, after):
        assert rerun(piece.paths[0]).same
    (counted.folder / CALIBRATION).unlink()
    assert rerun(after.paths[0]).same  # the line holds all settings
    assert load(counted.folder).sampling == loaded.uncalibrated

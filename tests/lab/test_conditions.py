"""A model that was told composers is asked for one, from Python, from the command line, and made again."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from etude.apps.cli.main import cli
from etude.errors import UsageError
from etude.lab.composing import compose
from etude.lab.launch import train
from etude.lab.rerunning import rerun
from etude.lab.run import Run
from etude.testing.scores import abc_tune

COMPOSERS = ("Ada Alpha", "Ben Beta")


@pytest.fixture(scope="module")
def told(cache: None, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A counted model of tunes by two composers."""
    folder = tmp_path_factory.mktemp("composers")
    tunes = [abc_tune(number).replace("R:reel", f"C:{COMPOSERS[number % 2]}\nR:reel") for number in range(1, 41)]
    (folder / "book.abc").write_text("\n".join(tunes))
    settings = (
        *("encoding.name=notes", "encoding.time=scored", "encoding.conditions=composer"),
        'encoding.composers=["Alpha", "Beta"]',
    )
    return train(recipe="ngram", data=folder, out=folder / "run", settings=settings).run


def test_a_wish_for_a_composer_is_told_and_written_down(told: Run, tmp_path: Path) -> None:
    made = {
        name: compose(
            told.folder, told={"composer": name} if name else {}, seed=1, steps=40, out=tmp_path / str(name)
        )[0]
        for name in (None, "Alpha", "Beta")
    }
    assert "Beta" in made["Beta"].score.meta.reproduce
    assert len({piece.log_likelihood for piece in made.values()}) == 3
    assert rerun(made["Beta"].paths[0]).same


def test_what_the_model_was_not_told_is_refused(told: Run) -> None:
    for wish in (
        {"told": {"composer": "Gamma"}},
        {"told": {"era": "modern"}},
        {"told": {"composer": "Alpha"}, "prompt": "random"},
        {"strength": 2.0},
    ):
        with pytest.raises(UsageError):
            compose(told.folder, seed=1, steps=8, **wish)


def test_a_prompt_goes_on_as_the_composer_that_is_asked_for(told: Run, tmp_path: Path) -> None:
    options = ["--prompt", "C4 E4 G4", "--composer", "Beta", "--steps", "20", "--seed", "3", "--out", str(tmp_path)]
    made = CliRunner().invoke(cli, ["compose", str(told.folder), *options, "--json"], catch_exceptions=False)
    assert made.exit_code == 0, made.output

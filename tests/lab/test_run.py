"""Run folders and recipes: nothing overwritten, nothing silently wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from etude.errors import BadInput, UsageError
from etude.lab.provenance import Provenance, parse_line
from etude.lab.run import Run, runs_in


def test_a_run_keeps_its_recipe_and_log(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "a", {"name": "folk", "model": {"width": 8}})
    run.log({"step": 1, "x": 1.5})
    run.log({"step": 2})
    with open(run.folder / "log.jsonl", "a") as log:
        log.write('{"step": 3, "cut by a cra')
    assert Run.open(run.folder).recipe() == {"name": "folk", "model": {"width": 8}}
    assert [record["step"] for record in run.records()] == [1, 2]
    run.forget_after(1)
    assert [record["step"] for record in run.records()] == [1]
    assert [found.folder for found in runs_in(tmp_path)] == [run.folder]


def test_a_run_is_never_overwritten(tmp_path: Path) -> None:
    Run.create(tmp_path / "a", {"name": "x"})
    with pytest.raises(UsageError, match="--resume"):
        Run.create(tmp_path / "a", {"name": "x"})


def test_what_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no recipe\.toml"):
        Run.open(tmp_path)
    run = Run.create(tmp_path / "b", {"name": "x"})
    run.write_text("recipe.toml", 'format_version = 99\nname = "x"\n')
    with pytest.raises(BadInput, match="format 99"):
        Run.open(run.folder)


def test_the_reproducibility_line_there_and_back() -> None:
    made = Provenance("compose", "runs/x", "ab" * 32, 7, 2, {"bars": 8, "prompt": 'C "E" <G>'})
    line = made.line()
    assert "\n" not in line
    assert parse_line(f"some text {line}\nmore") == made
    assert made.differences() == []
    with pytest.raises(BadInput, match="no reproducibility line"):
        parse_line("nothing here")
    with pytest.raises(BadInput, match="damaged"):
        parse_line('etude-rerun {"command": }')

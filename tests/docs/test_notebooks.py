"""The notebooks run from top to bottom without a screen; kept are their cells, never what they showed."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
SECONDS = 1200  # of one cell, on a machine with much else to do


def cells(path: Path) -> list[dict[str, Any]]:
    nbformat = pytest.importorskip("nbformat", reason="notebooks are read with the extra 'docs'")
    return list(nbformat.read(path, as_version=4).cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_what_it_showed(path: Path) -> None:
    for cell in cells(path):
        if cell["cell_type"] == "code":
            ast.parse(cell["source"])
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_fetches_nothing(path: Path, tmp_path: Path) -> None:
    nbclient = pytest.importorskip("nbclient", reason="notebooks are run with the extra 'docs'")
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=SECONDS, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [str(output) for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [text for text in shown if "stderr" in text], "a notebook that warns frightens who reads it"
    assert not [text for text in shown if re.search(r"""(?:src|href)=.{0,2}https?:""", text)]
    assert shown


@pytest.mark.slow
def test_players_and_rolls_stand_in_the_page(tmp_path: Path) -> None:
    nbclient = pytest.importorskip("nbclient", reason="notebooks are run with the extra 'docs'")
    import nbformat

    cell = nbformat.v4.new_code_cell(
        "import etude\netude.Score.of([(480 * i, 480, 60 + i, 80, 0) for i in range(8)])"
    )
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbclient.NotebookClient(notebook, timeout=SECONDS, resources={"metadata": {"path": str(tmp_path)}}).execute()
    (page,) = [output.data["text/html"] for output in notebook.cells[0].outputs]
    assert page.count("src='data:image/svg+xml;base64,") == 1
    assert page.count("src='data:audio/wav;base64,") == 1


def test_there_are_three() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["judge", "study", "train"]

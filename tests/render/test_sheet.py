"""The sheet: pages a browser shows from disk, and an engraver whose death harms nobody."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring

from etude.errors import EtudeError
from etude.formats.musicxml import FORMAT
from etude.render import sheet
from etude.render.grid import on_a_grid
from etude.render.sheet import EngravingFailed, engrave, sheet_svg
from etude.render.written import as_written
from etude.score import Mark, Metadata, Score, Track
from etude.testing.scores import random_score

SVG = "{http://www.w3.org/2000/svg}"


def tune() -> Score:
    return Score.of(
        [(i * 240, 240, 60 + (i * 5) % 17, 80, 0) for i in range(32)],
        keys=[(0, 2, 0)],
        marks=[Mark(0, "chord", "D"), Mark(0, "repeat_start"), Mark(7680, "repeat_end")],
        tracks=[Track("Fiddle", 40)],
        meta=Metadata("A & B", "Nobody", reproduce="etude compose --seed 1"),
    )


def test_a_page_is_whole_and_needs_no_network() -> None:
    (page,) = sheet_svg(tune())
    root = fromstring(page)
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title").text == "A & B"
    assert [element.text for element in root.iter(f"{SVG}desc")] == ["etude compose --seed 1"]
    assert not re.search(r"@import|(?:href|src)=.https?:|url\(['\"]?http", page)
    assert root[2].get("fill") == "#fff", "the paper lies under all that is drawn"
    assert page.count('class="notehead"') == 32
    glyphs = {name.removeprefix("#") for name in re.findall(r'xlink:href="(#[^"]+)"', page)}
    assert glyphs
    assert glyphs <= {element.get("id") for element in root.iter()}


def test_the_same_score_gives_the_same_pages() -> None:
    assert sheet_svg(tune()) == sheet_svg(tune())


def test_a_long_piece_has_many_pages() -> None:
    score = random_score(2, notes=1500, tracks=2)
    pages = sheet_svg(score)
    assert len(pages) > 3
    assert all(fromstring(page).tag == f"{SVG}svg" for page in pages)


def test_a_performance_is_moved_to_a_grid_for_the_picture() -> None:
    rng = np.random.default_rng(0)
    onsets = np.arange(64) * 240 + rng.integers(-25, 25, 64) + 28
    played = Score.of([(int(at), 201, 60 + i % 12, 80, 0) for i, at in enumerate(onsets)])
    moved = on_a_grid(played)
    assert not (moved.notes["onset"] % 120).any()
    assert (moved.notes["duration"] > 0).all()
    assert len(sheet_svg(played)) >= 1
    triplets = Score.of([(int(i * 160 + 9 + rng.integers(-9, 9)), 150, 60, 80, 0) for i in range(24)])
    assert not (on_a_grid(triplets).notes["onset"] % 160).any()
    assert on_a_grid(tune()) is not None
    assert on_a_grid(tune()) == tune()


def _child(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    """Puts a program of our own in the place of the engraver's interpreter."""
    script = folder / "engraver"
    script.write_text(f"#!{sys.executable}\nimport os, sys, time\nsys.stdin.buffer.read()\n{code}\n")
    script.chmod(0o755)
    monkeypatch.setattr(sheet.sys, "executable", str(script))


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("os.abort()", "signal 6"),
        ("sys.exit(3)", "exit code 3"),
        ("time.sleep(60)", "longer than 1 seconds"),
        ('print(\'{"pages": [], "log": "bad pitch"}\')', "bad pitch"),
        ("print('half a')", "no pages"),
    ],
)
def test_an_engraver_that_dies_is_an_error_that_keeps_the_music(
    code: str, says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _child(monkeypatch, tmp_path, code)
    with pytest.raises(EngravingFailed, match=says) as failed:
        sheet_svg(tune(), seconds=1.0)
    assert isinstance(failed.value, EtudeError)
    kept = FORMAT.parse(failed.value.musicxml)[0].score
    assert kept is not None
    assert kept.notes.tolist() == tune().notes.tolist()


def test_what_the_engraver_refuses_is_said() -> None:
    with pytest.raises(EngravingFailed, match="could not be drawn"):
        engrave(b"no music at all")


def test_the_child_has_limits_of_memory_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MEMORY", 2**24)
    with pytest.raises(EngravingFailed, match="died"):
        sheet_svg(tune())


def test_a_piece_that_names_no_key_is_written_in_the_one_it_is_heard_in() -> None:
    scale = [(i * 480, 480, 62 + step, 80, 0) for i, step in enumerate((0, 4, 7, 12, 11, 7, 4, 0))]  # D major
    assert as_written(Score.of(scale)).keys[["fifths", "mode"]].tolist() == [(2, 0)]
    assert as_written(tune()) == tune()
    in_g = Score.of(scale, keys=[(0, 1, 0)])
    assert as_written(in_g).keys["fifths"].tolist() == [1]


def test_drum_hits_are_written_to_the_next_one_and_flams_as_one() -> None:
    hits = [(0, 5, 36, 90, 0), (0, 5, 42, 70, 0), (9, 5, 36, 100, 0), (245, 3, 42, 60, 0), (480, 9, 38, 99, 0)]
    beat = as_written(Score.of(hits, tracks=[Track("Kit", 0, is_drum=True)])).notes
    assert beat[["onset", "duration", "pitch", "velocity"]].tolist() == [
        (0, 240, 36, 100),
        (0, 240, 42, 70),
        (240, 240, 42, 60),
        (480, 480, 38, 99),
    ]


def test_a_performance_counted_in_hundredths_of_a_second_comes_on_the_grid() -> None:
    played = Score.of([(1, 24, 60, 80, 0), (27, 10, 62, 80, 0), (38, 12, 64, 80, 0)], tpq=50)
    written = as_written(played)
    sixteenths = written.notes["onset"] * 4 / written.tpq
    assert sixteenths.tolist() == [0, 2, 3]

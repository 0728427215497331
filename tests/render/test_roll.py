"""The piano roll: the same bytes every time, everything in the picture, sane at every size."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring
from PIL import Image

from etude.render.roll import COLOURS, roll_png, roll_svg
from etude.score import Mark, Metadata, Score, Track
from etude.testing.scores import random_score


def piece(notes: int = 40) -> Score:
    score = random_score(5, notes=notes, tracks=3, drums=True)
    return score.replace(meta=Metadata("Night & <day>", reproduce="etude compose folk --seed 5"))


def pixels(data: bytes) -> np.ndarray:
    """UInt8[H, W, 3]."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_the_same_score_gives_the_same_bytes() -> None:
    assert roll_svg(piece()) == roll_svg(piece())
    assert roll_png(piece()) == roll_png(piece())
    assert roll_svg(piece()) != roll_svg(piece(41))


def test_the_svg_is_well_formed_and_says_what_it_is() -> None:
    text = roll_svg(piece(), prompt_end=960)
    root = fromstring(text)
    assert root.find("{http://www.w3.org/2000/svg}title").text == "Night & <day>"
    assert root.find("{http://www.w3.org/2000/svg}desc").text == "etude compose folk --seed 5"
    assert "http://purl.org/dc/elements/1.1/date" not in text
    assert not re.search(r'(?:href|src)="https?:', text)
    assert "40 notes" in roll_svg(piece().replace(meta=Metadata()))


def test_the_png_carries_the_line_and_no_date(tmp_path: Path) -> None:
    data = roll_png(piece(), tmp_path / "roll.png")
    assert (tmp_path / "roll.png").read_bytes() == data
    info = Image.open(io.BytesIO(data)).info
    assert info["Description"] == "etude compose folk --seed 5"
    assert info["Title"] == "Night & <day>"
    assert "Software" not in info
    assert "Creation Time" not in info


def _share(data: bytes, colour: str) -> float:
    """How much of the picture is about as dark and of the same hue as `colour`."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    return float((np.abs(pixels(data).astype(int) - wanted).max(axis=2) < 24).mean())


def test_the_prompt_is_dimmed() -> None:
    score = Score.of([(beat * 480, 480, 60, 127, 0) for beat in range(16)])
    full, half = _share(roll_png(score), COLOURS[0]), _share(roll_png(score, prompt_end=8 * 480), COLOURS[0])
    assert full > 0.02
    assert half == pytest.approx(full / 2, rel=0.15)


def test_each_track_has_its_colour_and_loud_notes_are_stronger() -> None:
    score = Score.of([(0, 1920, 60, 127, 0), (0, 1920, 64, 127, 1)], tracks=[Track("a"), Track("b")])
    assert all(_share(roll_png(score), colour) > 0.01 for colour in COLOURS[:2])
    soft = score.replace(notes=[(0, 1920, 60, 20, 0), (0, 1920, 64, 20, 1)])
    assert _share(roll_png(soft), COLOURS[0]) < 0.2 * _share(roll_png(score), COLOURS[0])


@pytest.mark.parametrize(
    "score",
    [
        Score.of([]),
        Score.of([(0, 1, 60, 1, 0)]),
        Score.of([(0, 0, 0, 1, 0), (10, 5, 127, 127, 9)], tpq=1),
        Score.of([(0, 480, 36, 90, 0)], tracks=[Track("kit", 0, True)]),
        random_score(1, notes=10_000, tracks=12),
        Score.of([(0, 240, 60, 80, 0), (240, 9600, 62, 80, 0)], marks=[Mark(0, "pickup", "240")]),
        Score.of([(0, 4_000_000, 60, 80, 0)]),
    ],
)
def test_any_score_can_be_drawn(score: Score) -> None:
    picture = pixels(roll_png(score))
    assert picture.shape[0] < 1500
    assert picture.shape[1] < 4000
    assert picture.std() > 1


def test_drawing_leaves_no_global_figure_behind() -> None:
    import sys

    before = "matplotlib.pyplot" in sys.modules
    roll_svg(piece())
    assert ("matplotlib.pyplot" in sys.modules) == before

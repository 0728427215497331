"""The pages by themselves: nothing from another host, no inline script, small modules, ink that can be read."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

import etude.apps.studio

STATIC = Path(etude.apps.studio.__file__).parent / "static"
FILES = sorted(STATIC.iterdir())
PAIRS = [
    *itertools.product(("ink", "soft", "mark", "alarm"), ("paper", "card")),
    *(("on-mark", "mark"), ("ink", "chosen"), ("ink", "lane")),
]  # what is written on what


def themes() -> dict[str, dict[str, str]]:
    """Theme -> variable -> colour."""
    text = (STATIC / "studio.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", text, re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks)
    return {"light": light, "dark": {**light, **dark}}


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), PAIRS)
def test_words_stand_out_by_four_and_a_half(theme: str, ink: str, paper: str) -> None:
    colours = themes()[theme]
    one, two = sorted((luminance(colours[ink]), luminance(colours[paper])))
    assert (two + 0.05) / (one + 0.05) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_edges_of_what_can_be_pressed_stand_out_by_three(theme: str) -> None:
    colours = themes()[theme]
    one, two = sorted((luminance(colours["edge"]), luminance(colours["card"])))
    assert (two + 0.05) / (one + 0.05) >= 3


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_page_asks_nobody_else_and_reads_no_text_as_html(path: Path) -> None:
    text = path.read_text("utf-8")
    outside = set(re.findall(r"https?://[\w.]+|@import|//cdn", text)) - {"http://www.w3.org"}  # the name of SVG
    assert outside == set()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
    assert not re.search(r"<script(?! type=\"module\" src=\"/static/)|\son\w+=\"|\sstyle=\"", text)
    assert len(text.splitlines()) <= 200


def test_every_module_is_used() -> None:
    named = set(
        re.findall(r'(?:from|src=)\s*"(?:\./|/static/)([\w.]+)"', "".join(path.read_text() for path in FILES))
    )
    assert {path.name for path in FILES if path.suffix == ".js"} == named

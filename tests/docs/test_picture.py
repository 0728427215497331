"""The pictures that the first page shows are what its command makes of the tune beside them.

Compared is what they say and how many notes they show: another version of the engraver draws another curve.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from etude import formats
from etude.lab.rendering import render

LISTEN = Path(__file__).resolve().parents[2] / "docs" / "listen"


@pytest.mark.parametrize("kind", ["roll", "sheet"])
def test_the_picture_is_made_of_the_tune(kind: str, tmp_path: Path) -> None:
    (made,) = render([LISTEN / "jig.abc"], [kind], out=tmp_path).files
    new, kept = made.read_text(), (LISTEN / made.name).read_text()
    for pattern in ("<title>(.*?)</title>", "<desc>(.*?)</desc>"):
        assert re.search(pattern, new) is not None
        assert re.findall(pattern, new) == re.findall(pattern, kept)
    for drawn in ('class="notehead"', 'clip-path="'):
        assert new.count(drawn) == kept.count(drawn)


def test_the_tune_is_whole_and_says_how_it_was_made() -> None:
    score = formats.read(LISTEN / "jig.abc")
    assert score.meta.reproduce.startswith("etude-rerun")
    kept = (LISTEN / "jig.sheet.svg").read_text()
    assert kept.count('class="notehead"') == len(score) == 92

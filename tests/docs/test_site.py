"""The site is built with every warning an error: a broken link, a page nobody lists, a docstring that is no text.

What a page may fetch when it is opened is held against the page itself: nothing from another host.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FETCHED = re.compile(
    r"""<(?:script|img|iframe|audio|source)\b[^>]*\ssrc=["']([^"']+)|<link\b[^>]*\shref=["']([^"']+)"""
)


def build(out: Path, *more: str) -> str:
    """What the builder complains of; "" when all is well."""
    pytest.importorskip("furo", reason="the site is built with the extra 'docs'")
    words = ["-W", "--keep-going", "-n", "-q", "-c", "docs", *more, "-d", str(out / ".trees"), ".", str(out)]
    done = subprocess.run([sys.executable, "-m", "sphinx", *words], cwd=ROOT, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stderr or str(done.returncode)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the site, without the reference of Python: that one imports all rooms."""
    out = tmp_path_factory.mktemp("site")
    assert not build(out, "-t", "quick")
    return out


@pytest.mark.slow
def test_every_docstring_is_text(tmp_path: Path) -> None:
    assert not build(tmp_path)
    page = (tmp_path / "docs" / "reference" / "python.html").read_text()
    for name in ("etude.score.Score", "etude.formats.read", "etude.lab.train", "etude.evaluation.measure"):
        assert f'id="{name}"' in page


def test_every_page_is_built_and_the_first_one_is_found(site: Path) -> None:
    (address,) = re.findall(r"url=([\w./]+)", (site / "index.html").read_text())
    assert (site / address).is_file()
    assert (site / "README.html").is_file()
    assert (site / "docs" / "decisions" / "001-room-zero.html").is_file()


def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        for pair in FETCHED.findall(page.read_text()):
            address = "".join(pair)
            assert not re.match(r"(?:[a-z]+:)?//", address), f"{page.relative_to(site)} fetches {address}"
    for sheet in site.rglob("*.css"):
        assert not re.search(r"""@import|url\(["']?(?:https?:)?//""", sheet.read_text()), sheet.name

"""Fixtures shared by all rooms: where the benchmark data lies, if it is here, and a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# As many test processes as processors run side by side: were each to use all of them, threads would wait for each
# other by spinning, and a test of a tenth of a second takes a minute. Torch reads this when it is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("ETUDE_DATA", ROOT.parent / "shared" / "data"))
CHROMIUM = os.environ.get("ETUDE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
SWITCHES = ("--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required")


@pytest.fixture(scope="session")
def benchmark_data() -> Path:
    """The folder of benchmark archives; tests that need it skip where it is missing."""
    if not DATA.is_dir():
        pytest.skip(f"no benchmark data in {DATA}; set ETUDE_DATA to the folder of archives")
    return DATA


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, for the tests of one file: while it is open no other test here can run an event loop."""
    if not CHROMIUM:
        pytest.skip("no Chromium here: apt-get install chromium, or name one in ETUDE_CHROMIUM")
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra 'dev'")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield opened
        opened.close()

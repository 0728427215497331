"""Fixtures shared by all rooms: where the benchmark data lies, if it is here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# As many test processes as processors run side by side: were each to use all of them, threads would wait for each
# other by spinning, and a test of a tenth of a second takes a minute. Torch reads this when it is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("ETUDE_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def benchmark_data() -> Path:
    """The folder of benchmark archives; tests that need it skip where it is missing."""
    if not DATA.is_dir():
        pytest.skip(f"no benchmark data in {DATA}; set ETUDE_DATA to the folder of archives")
    return DATA

"""Made-up piano performances in the layout of the MAESTRO columns, for tests of what learns from them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

COMPOSERS = ("Frédéric Chopin", "Johann Sebastian Bach", "Claude Debussy")


def write_performances(folder: Path, *, train: int = 6, held_out: int = 2, notes: int = 60, seed: int = 0) -> Path:
    """`folder`, filled with `train` + 2 * `held_out` random walks of `notes` notes, loud and soft by turns."""
    random = np.random.default_rng(seed)
    sides = ["train"] * train + ["validation"] * held_out + ["test"] * held_out
    total = len(sides) * notes
    columns: dict[str, NDArray[Any]] = {
        "onset_delta_ticks": random.choice([0, 48, 96, 192], total).astype(np.uint16),
        "duration_ticks": random.integers(40, 400, total).astype(np.uint16),
        "pitch": (50 + np.cumsum(random.integers(-4, 5, total)) % 30).astype(np.uint8),
        "velocity": (70 + 30 * np.sin(np.arange(total) / 9) + random.integers(-5, 6, total)).astype(np.uint8),
        "sustain_delta_ticks": np.zeros(0, np.uint32),
        "soft_delta_ticks": np.zeros(0, np.uint32),
    }
    for name, column in columns.items():
        np.save(folder / f"{name}.npy", column, allow_pickle=False)
    seen: Counter[str] = Counter()
    index = []
    for number, side in enumerate(sides):
        seen[side] += 1
        about = {"midi": f"{side}-{seen[side]}.midi", "title": f"Walk {number}", "year": 2018, "split": side}
        rows = {"note0": notes * number, "notes": notes, "sus0": 0, "sus": 0, "soft0": 0, "soft": 0, "tpq": 480}
        index.append({**about, **rows, "composer": COMPOSERS[number % len(COMPOSERS)]})
    (folder / "index.json").write_text(json.dumps(index))
    return folder

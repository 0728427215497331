"""The notes of MAESTRO in columns: one array a property, pieces end to end, an index beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.data.archives import file_sha256
from etude.data.build import Tune
from etude.errors import BadInput, Reason
from etude.formats.base import Reading
from etude.score import CONTROL, SOFT, SUSTAIN, Metadata, Score, Table, notes_from

_SIDES = {"train": "train", "validation": "valid", "test": "test"}


def maestro_tunes(files: Mapping[str, Path]) -> Iterator[Tune]:
    """The 1,282 performances with the official split; `files` maps the name of each column to where it lies.

    Sustain and soft pedal are there as pressed or not; 120 beats a minute, so that a tick has its true length.
    """
    try:
        index = json.loads(files["index.json"].read_text("utf-8"))
        sha = file_sha256(files["index.json"])
        columns = {
            path.stem: np.load(path, mmap_mode="r", allow_pickle=False)
            for name, path in files.items()
            if name.endswith(".npy")
        }
        for piece in index:
            score = _performance(piece, columns)
            yield Tune(piece["midi"], Reading(score), sha, _SIDES[piece["split"]], True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{files['index.json'].parent} does not hold the columns of MAESTRO: {error}. Fetch it again.",
            Reason.BAD_STRUCTURE,
        ) from error


def _performance(piece: Mapping[str, Any], columns: Mapping[str, NDArray[Any]]) -> Score:
    """The Score of one row of the index."""
    rows = slice(piece["note0"], piece["note0"] + piece["notes"])
    notes = notes_from(
        {
            "onset": np.cumsum(columns["onset_delta_ticks"][rows], dtype=np.int64),
            "duration": columns["duration_ticks"][rows],
            "pitch": columns["pitch"][rows],
            "velocity": columns["velocity"][rows],
        }
    )
    pedals = [
        _pedal(columns[f"{name}_delta_ticks"][piece[f"{key}0"] : piece[f"{key}0"] + piece[key]], number)
        for name, key, number in (("sustain", "sus", SUSTAIN), ("soft", "soft", SOFT))
        if f"{name}_delta_ticks" in columns
    ]
    controls = np.concatenate(pedals) if pedals else np.zeros(0, CONTROL)
    meta = Metadata(title=piece["title"], composer=piece["composer"], extra=(("year", str(piece["year"])),))
    return Score.of(notes, controls=controls, tpq=piece["tpq"], meta=meta)


def _pedal(deltas: NDArray[np.uint32], number: int) -> Table:
    """Controller rows of a pedal whose crossings come `deltas` ticks after each other, pressed first."""
    table = np.zeros(len(deltas), CONTROL)
    table["tick"] = np.cumsum(deltas, dtype=np.int64)
    table["number"] = number
    table["value"] = np.where(np.arange(len(deltas)) % 2 == 0, 127, 0)
    return table

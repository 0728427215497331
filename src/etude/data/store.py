"""Scores in memory-mapped arrays: one array a table, one row of offsets a Score. No pickle on any path.

A store is a folder of .npy files: the five tables of all scores end to end, `text.npy` (UTF-8 of one JSON value a
score: ticks per quarter, marks, tracks, metadata, the text it was read from) and `offsets.npy` (int64[P + 1, 6],
the first row of each).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from etude.score import CONTROL, KEY, METER, NOTE, TEMPO, Mark, Metadata, Score, Table, Track

TABLES: dict[str, np.dtype[Any]] = {
    "notes": NOTE,
    "tempos": TEMPO,
    "meters": METER,
    "keys": KEY,
    "controls": CONTROL,
    "text": np.dtype("u1"),
}
_COPY = 2**22  # bytes moved at once


class ScoreWriter:
    """Writes scores one after the other; memory stays that of one Score.

    Use it in a `with` block: the files are whole when the block ends well.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._raw: dict[str, BinaryIO] = {name: open(folder / f"{name}.raw", "w+b") for name in TABLES}  # noqa: SIM115
        self._rows: list[list[int]] = [[0] * len(TABLES)]
        self._digest = hashlib.sha256()

    def add(self, score: Score, written: str = "") -> int:
        """The number under which `ScoreStore` gives this Score back; `written` is the text it was read from."""
        text = np.frombuffer(_text(score, written), np.uint8)
        tables = {name: text if name == "text" else getattr(score, name) for name in TABLES}
        for name, table in tables.items():
            data = table.tobytes()
            self._raw[name].write(data)
            self._digest.update(len(data).to_bytes(8) + data)
        self._rows.append([row + len(table) for row, table in zip(self._rows[-1], tables.values())])
        return len(self._rows) - 2

    @property
    def content(self) -> str:
        """64 hexadecimal digits that name the scores written so far: velocities, meters, marks and all."""
        return self._digest.hexdigest()

    def __enter__(self) -> ScoreWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            for raw in self._raw.values():
                raw.close()

    def _finish(self) -> None:
        """Turns the raw columns into .npy files that can be mapped into memory."""
        ends = dict(zip(TABLES, self._rows[-1]))
        for name, raw in self._raw.items():
            with open(self._folder / f"{name}.npy", "wb") as out:
                header = {
                    "descr": np.lib.format.dtype_to_descr(TABLES[name]),
                    "fortran_order": False,
                    "shape": (ends[name],),
                }
                np.lib.format.write_array_header_1_0(out, header)
                raw.seek(0)
                while block := raw.read(_COPY):
                    out.write(block)
            (self._folder / f"{name}.raw").unlink()
        np.save(self._folder / "offsets.npy", np.asarray(self._rows, np.int64), allow_pickle=False)


class ScoreStore:
    """Scores of a folder that `ScoreWriter` wrote, read as views of the files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets: NDArray[np.int64] = np.load(folder / "offsets.npy", allow_pickle=False)
        self._tables: dict[str, Table] = {}

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def table(self, name: str) -> Table:
        """All rows of one table, end to end, read-only."""
        if name not in self._tables:
            mapped = np.load(self._folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            self._tables[name] = np.asarray(mapped)  # a plain view of the map: slicing it is several times cheaper
        return self._tables[name]

    def starts(self, name: str) -> NDArray[np.int64]:
        """Int64[P + 1]: the first row of each Score in that table, then the number of rows."""
        return self._offsets[:, list(TABLES).index(name)]

    def score(self, number: int) -> Score:
        """The Score that `ScoreWriter.add` gave this number. Its tables are views, checked when written."""
        first, last = self._offsets[number], self._offsets[number + 1]
        parts: dict[str, Any] = {name: self.table(name)[first[i] : last[i]] for i, name in enumerate(TABLES)}
        other = json.loads(parts.pop("text").tobytes())
        return Score(
            **parts,
            marks=tuple(Mark(*mark) for mark in other["marks"]),
            tracks=tuple(Track(*track) for track in other["tracks"]),
            tpq=other["tpq"],
            meta=_metadata(other["meta"]),
        )

    def written(self, number: int) -> str:
        """The text that this Score was read from; "" where there was none."""
        first, last = self.starts("text")[number : number + 2]
        return str(json.loads(self.table("text")[first:last].tobytes()).get("written", ""))


def _text(score: Score, written: str) -> bytes:
    """What no table holds, as JSON."""
    meta = {field.name: getattr(score.meta, field.name) for field in dataclasses.fields(Metadata)}
    value = {
        "tpq": score.tpq,
        "marks": [(mark.tick, mark.kind, mark.text, mark.track) for mark in score.marks],
        "tracks": [(track.name, track.program, track.is_drum) for track in score.tracks],
        "meta": {name: item for name, item in meta.items() if item},
    }
    if written:
        value["written"] = written
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _metadata(values: dict[str, Any]) -> Metadata:
    extra: Sequence[Sequence[str]] = values.pop("extra", ())
    return Metadata(**values, extra=tuple((name, value) for name, value in extra))

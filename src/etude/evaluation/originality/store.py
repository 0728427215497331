"""A passage index as a file: one compressed NumPy archive, checked when it is read.

What is written is always the hashed form: no notes of the collection are in it, only the names of its pieces.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from etude.errors import BadInput, Reason
from etude.evaluation.originality.index import Passages
from etude.evaluation.originality.report import Band
from etude.files import write_atomically

FORMAT = 1
_ARRAYS = {"symbols": "u4", "order": "i4", "starts": "i4", "bars": "u2", "owners": "i4"}


def save_passages(passages: Passages, path: Path, band: Band | None = None, *, source: str = "") -> None:
    """Writes a hashed index with the human band that belongs to it; `source` names what it was made from.

    Raises ValueError for a plain index: that would hand on the notes themselves.
    """
    if passages.span == 2:
        raise ValueError("only a hashed index is written: Passages.of(..., span=SPAN)")
    page = {
        "format": FORMAT,
        "source": source,
        "span": passages.span,
        "voices": list(passages.voices),
        "pieces": list(passages.pieces),
        "band": asdict(band) if band else None,
    }
    out = io.BytesIO()
    arrays = {name: getattr(passages, name) for name in _ARRAYS}
    text = np.frombuffer(json.dumps(page).encode(), np.uint8)
    np.savez_compressed(out, page=text, **arrays)
    write_atomically(path, out.getvalue())


def load_passages(path: Path, *, source: str | None = None) -> tuple[Passages, Band | None]:
    """The index in `path` and its band. Raises BadInput when it is damaged, or not made from `source`."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            arrays = {name: np.asarray(archive[name]) for name in _ARRAYS}
            page = json.loads(archive["page"].tobytes())
        passages = Passages(int(page["span"]), **arrays, voices=tuple(page["voices"]), pieces=tuple(page["pieces"]))
        known = page["format"] == FORMAT and _sound(passages)
        band = _band(page["band"])
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path} is no index of passages: {error}.", Reason.BAD_STRUCTURE) from error
    if not known:
        raise BadInput(
            f"{path} is an index of passages that does not hold together; make it again.", Reason.BAD_STRUCTURE
        )
    if source is not None and page["source"] != source:
        raise BadInput(f"{path} was made from other music than is there now; make it again.", Reason.UNSUPPORTED)
    return passages, band


def _sound(passages: Passages) -> bool:
    """Whether every number stays inside the arrays it points into."""
    count = len(passages.symbols)
    right = all(getattr(passages, name).dtype.str[1:] == kind for name, kind in _ARRAYS.items())
    sizes = len(passages.order) == len(passages.bars) == count and count > 0
    lines = len(passages.starts) == len(passages.owners) == len(passages.voices)
    inside = right and sizes and lines and passages.symbols[-1] == 0 and passages.span > 2
    return bool(
        inside
        and np.array_equal(np.sort(passages.order), np.arange(count))
        and ((passages.starts >= 0) & (passages.starts < count)).all()
        and ((passages.owners >= 0) & (passages.owners < len(passages.pieces))).all()
    )


def _band(page: dict[str, Any] | None) -> Band | None:
    if page is None:
        return None
    known = {field.name: page[field.name] for field in fields(Band)}
    return Band(int(known["pieces"]), tuple(known["longest"]), tuple(known["share"]))

"""An n-gram as two files in a folder: `ngram.npz` (plain arrays) and `ngram.json` (what they mean)."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from etude.config import from_mapping
from etude.errors import BadInput, Reason, UsageError
from etude.files import sha256, write_atomically
from etude.models.ngram.chains import Chain, NGramSettings
from etude.models.ngram.mixing import BUCKETS
from etude.models.ngram.model import NGram
from etude.models.ngram.tables import Counts

FORMAT = 1


def save(model: NGram, folder: Path) -> None:
    """Writes `model` into `folder`; the description comes last and carries the fingerprint of the arrays."""
    arrays: dict[str, Any] = {}
    for k, (tables, weights) in enumerate(zip(model.tables, model.weights)):
        arrays[f"weights.{k}"] = weights
        for level, table in enumerate(tables):
            arrays[f"pairs.{k}.{level}"] = table.pairs
            arrays[f"counts.{k}.{level}"] = table.counts.astype(np.uint32)
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)
    description = {
        "format": FORMAT,
        "kind": "ngram",
        "field_sizes": model.field_sizes,
        "settings": asdict(model.settings),
        "chains": [asdict(chain) for chain in model.chains],
        "sha256": sha256(packed.getvalue()),
    }
    write_atomically(folder / "ngram.npz", packed.getvalue())
    write_atomically(folder / "ngram.json", (json.dumps(description, indent=1) + "\n").encode())


def load(folder: Path) -> NGram:
    """The n-gram that `save` wrote into `folder`. Raises BadInput when it is not whole."""
    try:
        description = json.loads((folder / "ngram.json").read_text("utf-8"))
        data = (folder / "ngram.npz").read_bytes()
    except (OSError, ValueError) as error:
        raise BadInput(f"{folder} holds no n-gram that can be read: {error}.", Reason.UNREADABLE) from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise BadInput(
            f"{folder / 'ngram.json'} has a format other than {FORMAT}. Fit the n-gram again with this version.",
            Reason.UNSUPPORTED,
        )
    if description.get("sha256") != sha256(data):
        raise BadInput(
            f"{folder / 'ngram.npz'} is not the file that ngram.json describes. Fit the n-gram again.",
            Reason.TRUNCATED,
        )
    try:
        return _assemble(description, data)
    except (KeyError, TypeError, ValueError, UsageError, zipfile.BadZipFile) as error:
        raise BadInput(f"{folder} holds a damaged n-gram: {error}.", Reason.BAD_STRUCTURE) from error


def _assemble(description: dict[str, Any], data: bytes) -> NGram:
    arrays = np.load(io.BytesIO(data), allow_pickle=False)
    sizes = tuple(int(size) for size in description["field_sizes"])
    found = tuple(Chain(_contexts(c["trained"]), _contexts(c["copied"])) for c in description["chains"])
    tables = tuple(
        tuple(
            Counts.from_arrays(
                arrays[f"pairs.{k}.{level}"], arrays[f"counts.{k}.{level}"], max(1, (size - 1).bit_length())
            )
            for level in range(len(chain.trained))
        )
        for k, (size, chain) in enumerate(zip(sizes, found, strict=True))
    )
    weights = tuple(arrays[f"weights.{k}"] for k in range(len(sizes)))
    for chain, table in zip(found, weights):
        if table.shape != (len(chain.trained) + len(chain.copied), BUCKETS):
            raise ValueError("the weights do not fit the contexts")
    return NGram(sizes, from_mapping(NGramSettings, description["settings"]), found, tables, weights)


def _contexts(rows: list[list[list[int]]]) -> tuple[tuple[tuple[int, int], ...], ...]:
    return tuple(tuple((int(lag), int(field)) for lag, field in context) for context in rows)

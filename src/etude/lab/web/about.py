"""What the page is told of its model: how it is run, how its steps are read, how it likes to be sampled."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import etude
from etude.engine.hearing import Layout
from etude.engine.parts import places
from etude.engine.wire import OWN, read_contents
from etude.lab.loading import Loaded
from etude.lab.web.source import Source
from etude.lab.web.tables import tables_of

SETTINGS = ("temperature", "top_k", "top_p", "min_p", "typical", "repeat_rate", "repeat_notes")  # the page's own
PIANO, DRUMS = 0, 128
MODEL_FILE = (
    "model.onnx"  # in the folder; the file it came from rounds otherwise, and its path is nobody's business
)


def about(source: Source) -> dict[str, Any]:
    """The values of model.json. Raises BadInput for a model whose encoding the page cannot read."""
    loaded = source.loaded
    tables = tables_of(loaded.encoding)
    own = {name.removeprefix(OWN): text for name, text in read_contents(source.data).metadata.items()}
    config, sizes = json.loads(own["config"]), json.loads(own["field_sizes"])
    numbers, timing = json.loads(own.get("numbers", "[]")), json.loads(own.get("timing", "[]"))
    return {
        **tables,
        "etude": etude.__version__,
        "title": source.title,
        "model": MODEL_FILE,
        "sha256": loaded.sha256,
        "collection": str(loaded.metadata.get("collection", "")),
        "licence": str(loaded.metadata.get("licence", "")),
        "config": config,
        "reach": int(own["reach"]),
        "precision": own["precision"],
        "numbers": numbers,
        "timing": timing,
        "offsets": Layout.of(config, sizes, numbers, timing).offsets.tolist(),
        "heads": places(source.data),
        "sampling": {name: value for name, value in asdict(loaded.sampling).items() if name in SETTINGS},
        "steps": loaded.metadata.get("longest_steps"),
        "heard": _heard(loaded, tables),
        "instruments": instruments(tables),
    }


def _heard(loaded: Loaded, tables: dict[str, Any]) -> dict[str, list[str]]:
    """Kind -> what the model can be told of that kind: the choices it heard of, or all where that is not known."""
    told = loaded.metadata.get("told") or {}
    every: dict[str, list[str]] = {}
    for row in tables["told"]:
        every.setdefault(row["kind"], []).append(row["choice"])
    return {
        kind: [choice for choice in choices[1:] if kind not in told or choice in told[kind]]
        for kind, choices in every.items()
    }


def instruments(tables: dict[str, Any]) -> list[int]:
    """What the page sounds with: the instruments of the tracks; piano and drums where steps name their own."""
    named = {DRUMS if track["drums"] else int(track["program"]) for track in tables["tracks"]}
    return sorted(named or {PIANO, DRUMS})

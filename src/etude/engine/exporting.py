"""Weights and a plain configuration in, one `.etude` file out: ONNX, written node by node, never traced."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from etude.engine.bodies import reach_of, write_body
from etude.engine.exportable import check_exportable, never_exported
from etude.engine.graph import Array, Graph
from etude.engine.heads import chain_graph, write_heads
from etude.engine.parts import with_places
from etude.engine.wire import OWN, seal
from etude.errors import UsageError
from etude.files import write_atomically

FORMAT = 1  # the version of the file; a loader of another version refuses it by name

NO_NUMBER = -(2**20)  # as in etude.models.derived

CONFIG_KEYS = (
    *("kind", "width", "layers", "heads", "history", "cell", "norm", "attention", "positions"),
    *("window", "context", "dense", "head", "components"),
)


def export(
    weights: Mapping[str, Array],
    config: Mapping[str, Any],
    field_sizes: Sequence[int],
    metadata: Mapping[str, str],
    path: Path,
    *,
    int8: bool = True,
) -> None:
    """Writes the model to `path`, whole or not at all.

    `weights` by the names of `etude.models.model`, `config` the values of a ModelConfig; `metadata` (names and
    texts: encoding, card, licence, ...) comes back as `Exported.metadata`. `int8` stores the matrices in 8 bits.
    Raises MissingPart without the package onnx and UsageError for a model the engine cannot hold.
    """
    write_atomically(Path(path), exported_bytes(weights, config, field_sizes, metadata, int8=int8))


def exported_bytes(
    weights: Mapping[str, Array],
    config: Mapping[str, Any],
    field_sizes: Sequence[int],
    metadata: Mapping[str, str],
    *,
    int8: bool = True,
) -> bytes:
    """The bytes `export` writes."""
    _check(config, metadata)
    fields = len(field_sizes)
    graph = Graph(int8)
    hidden = write_body(graph, weights, config, fields)
    write_heads(graph, weights, config, field_sizes, hidden)
    if config["head"] == "chain":
        for field in range(1, fields):
            data = np.frombuffer(chain_graph(weights, field, int8), np.uint8)
            graph.constant(f"{OWN}head.{field}", data)
    timing = _timing(weights)
    heard = [name for name in config.get("derived", ()) if name != "bar" or timing]
    music = {"music": int(weights["body.input.derived.music"])} if "place" in heard else {}
    own = {
        "format": str(FORMAT),
        "config": json.dumps({**{key: config[key] for key in CONFIG_KEYS}, "derived": heard, **music}),
        "field_sizes": json.dumps([int(size) for size in field_sizes]),
        "reach": str(reach_of(config)),
        "precision": "int8" if int8 else "fp32",
        "numbers": json.dumps(_numbers(weights, field_sizes)),
        "timing": json.dumps(timing),
    }
    return seal(with_places(graph.model("etude", {**metadata, **{OWN + name: text for name, text in own.items()}})))


def _numbers(weights: Mapping[str, Array], field_sizes: Sequence[int]) -> list[list[int | None] | None]:
    """What the values of each field stand for, where numbers are worked out of them (see `engine.derived`)."""
    known = weights.get("body.input.derived.numbers")
    if known is None:
        return []
    rows = [[None if one == NO_NUMBER else int(one) for one in row[:size]] for row, size in zip(known, field_sizes)]
    return [row if any(one is not None for one in row) else None for row in rows]


def _timing(weights: Mapping[str, Array]) -> list[list[int]]:
    """What the values of the first field do to the bar, where the model hears that (see `engine.bars`)."""
    known = weights.get("body.input.derived.timing")
    return [] if known is None else [[int(one) for one in row] for row in known]


def _check(config: Mapping[str, Any], metadata: Mapping[str, str]) -> None:
    missing = [key for key in CONFIG_KEYS if key not in config]
    if missing or config["kind"] not in ("rnn", "transformer"):
        what = f"the settings {', '.join(missing)} are missing" if missing else f"its kind is '{config['kind']}'"
        raise UsageError(f"This model cannot be exported: {what}. Recurrent models and transformers can.")
    if reason := never_exported(config):
        raise UsageError(f"This model cannot be exported. {reason}")
    check_exportable(config)
    taken = [name for name in metadata if name.startswith(OWN)]
    if taken:
        raise UsageError(f"The metadata name '{taken[0]}' is kept for etude itself: choose one without '{OWN}'.")

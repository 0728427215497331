"""Where in an `.etude` file the graphs of the later fields lie, written into its metadata.

ONNX Runtime hands out the metadata of a file but none of its constants: who has neither etude nor the package onnx
finds a chain head's graphs by these places (see docs/export.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from etude.engine.wire import (
    GRAPH_CONSTANT,
    MODEL_GRAPH,
    MODEL_METADATA,
    OWN,
    TENSOR_NAME,
    TENSOR_RAW,
    fields,
    message,
)

HEADS = OWN + "heads"  # the metadata entry: JSON, [offset, length] in bytes of the graph of field 1, 2, ...


def with_places(data: bytes) -> bytes:
    """The ONNX model `data`, not sealed yet, with the entry HEADS added to its metadata."""
    found = dict(sorted(_heads(data)))
    places = json.dumps(list(found.values()))
    entry = message(1, HEADS.encode()) + message(2, places.encode())
    return data + message(MODEL_METADATA, entry)


def places(data: bytes) -> list[tuple[int, int]]:
    """(offset, length) of the graphs of field 1, 2, ... in the bytes of a file."""
    return [place for _, place in sorted(_heads(data))]


def _heads(data: bytes) -> Iterator[tuple[int, tuple[int, int]]]:
    """(field, (offset, length)) of every graph that lies in `data` as a constant."""
    for number, graph, graph_end in fields(memoryview(data)):
        if number != MODEL_GRAPH or isinstance(graph, int):
            continue
        for inner, tensor, tensor_end in fields(graph):
            if inner == GRAPH_CONSTANT and not isinstance(tensor, int):
                yield from _head(tensor, graph_end - len(graph) + tensor_end - len(tensor))


def _head(tensor: memoryview, start: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """The head in a constant that begins at the byte `start`, if there is one."""
    name, place = "", (0, 0)
    for number, content, end in fields(tensor):
        if isinstance(content, int):
            continue
        if number == TENSOR_NAME:
            name = bytes(content).decode()
        elif number == TENSOR_RAW:
            place = start + end - len(content), len(content)
    field = name.removeprefix(OWN + "head.")
    if field != name:
        yield int(field), place

"""What may be in an `.etude` file, checked on its bytes before ONNX Runtime sees them.

An `.etude` file is an ONNX file in protocol-buffer encoding (developers.google.com, "Encoding"; field numbers from
onnx.proto). This reader walks the fields it knows and refuses whatever could reach outside the file: external
tensor data, operators that are not on the list, functions, training graphs. The SHA-256 in the metadata covers
everything else in the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from etude.errors import BadInput, Reason

OWN = "etude."  # metadata and constants that etude itself put there
SEAL = OWN + "sha256"

OPERATORS = frozenset(
    [
        *("Add", "Clip", "Concat", "Div", "Exp", "Gather", "Identity", "LayerNormalization", "Log", "LogSoftmax"),
        *("MatMul", "Mul", "Neg", "ReduceLogSumExp", "ReduceSum", "Sigmoid", "SimplifiedLayerNormalization"),
        *("Relu", "Softplus", "Split", "Squeeze", "Sub", "Tanh", "Unsqueeze"),
        *("Cast", "Reshape", "Slice", "Transpose"),  # see `engine.web`
        *("FastGelu", "GroupQueryAttention", "MatMulNBits", "SkipSimplifiedLayerNormalization"),
    ]
)
DOMAINS = (b"", b"ai.onnx", b"com.microsoft")

# field numbers of onnx.proto
MODEL_GRAPH, MODEL_METADATA, MODEL_TRAINING, MODEL_FUNCTIONS = 7, 14, 20, 25
GRAPH_NODE, GRAPH_CONSTANT, GRAPH_SPARSE = 1, 5, 15
NODE_TYPE, NODE_ATTRIBUTE, NODE_DOMAIN = 4, 5, 7
ATTRIBUTE_HOLDS = {5: "tensor", 6: "graph", 10: "tensors", 11: "graphs", 22: "sparse tensor", 23: "sparse tensors"}
TENSOR_NAME, TENSOR_RAW, TENSOR_EXTERNAL, TENSOR_LOCATION = 8, 9, 13, 14

Field = tuple[int, memoryview | int, int]  # number, content, where the next field begins


@dataclass(frozen=True)
class Contents:
    """The metadata of a checked file and the graphs that lie in it as constants."""

    metadata: dict[str, str]
    heads: dict[int, bytes]


def read_contents(data: bytes) -> Contents:
    """What is in a sealed file. Raises BadInput naming what is wrong with it."""
    metadata: dict[str, str] = {}
    heads: dict[int, bytes] = {}
    digest = hashlib.sha256()
    start = 0
    view = memoryview(data)
    for number, content, end in fields(view):
        entry = _entry(content) if number == MODEL_METADATA else None
        if entry is not None:
            metadata[entry[0]] = entry[1]
        if entry is None or entry[0] != SEAL:
            digest.update(view[start:end])
        start = end
        if number in (MODEL_TRAINING, MODEL_FUNCTIONS):
            raise _forbidden("functions or training graphs")
        if number == MODEL_GRAPH:
            heads |= _check_graph(_nested(content))
    if SEAL not in metadata or OWN + "format" not in metadata:
        raise BadInput(
            "This is no .etude file: it has no seal of etude. Write one with `etude export MODEL --out FILE`.",
            Reason.UNKNOWN_FORMAT,
        )
    if metadata[SEAL] != digest.hexdigest():
        raise BadInput(
            "The file is damaged: its content does not match the SHA-256 in it. Copy or export it again.",
            Reason.BAD_STRUCTURE,
        )
    for head in heads.values():
        check_model(head)
    return Contents(metadata, heads)


def check_model(data: bytes) -> None:
    """Raises BadInput when the ONNX model in `data` holds anything etude does not write."""
    for number, content, _ in fields(memoryview(data)):
        if number in (MODEL_TRAINING, MODEL_FUNCTIONS):
            raise _forbidden("functions or training graphs")
        if number == MODEL_GRAPH and _check_graph(_nested(content)):
            raise _forbidden("a graph inside a head")


def seal(data: bytes) -> bytes:
    """`data` (the bytes of an ONNX model) with the SHA-256 of it added to its metadata."""
    entry = message(1, SEAL.encode()) + message(2, hashlib.sha256(data).hexdigest().encode())
    return data + message(MODEL_METADATA, entry)


def message(number: int, content: bytes) -> bytes:
    """The field `number` that holds bytes."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def number_field(number: int, value: int) -> bytes:
    """The field `number` that holds a whole number, as 64 bits."""
    return _varint(number << 3) + _varint(value & (2**64 - 1))


def fields(view: memoryview) -> Iterator[Field]:
    """Every field of a message, in order. Raises BadInput where the bytes are no message."""
    at = 0
    while at < len(view):
        key, at = _read_varint(view, at)
        kind = key & 7
        if kind == 0:
            number, at = _read_varint(view, at)
            yield key >> 3, number, at
            continue
        if kind == 2:
            length, at = _read_varint(view, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise BadInput(f"This is no ONNX file: a field of kind {kind} at byte {at}.", Reason.BAD_STRUCTURE, at)
        if at + length > len(view):
            raise BadInput("The file is cut short: a field reaches past its end.", Reason.TRUNCATED, at)
        yield key >> 3, view[at : at + length], at + length
        at += length


def _check_graph(graph: memoryview) -> dict[int, bytes]:
    """The graphs that lie in `graph` as constants, by field. Raises BadInput for what is not allowed."""
    heads: dict[int, bytes] = {}
    for number, content, _ in fields(graph):
        if number == GRAPH_NODE:
            _check_node(_nested(content))
        elif number == GRAPH_SPARSE:
            raise _forbidden("sparse constants")
        elif number == GRAPH_CONSTANT:
            name, raw = _check_constant(_nested(content))
            field = name.removeprefix(OWN + "head.")
            if field != name and field.isdecimal() and len(field) < 6:
                heads[int(field)] = raw
    return heads


def _check_node(node: memoryview) -> None:
    kind, domain = b"", b""
    for number, content, _ in fields(node):
        if number == NODE_TYPE:
            kind = bytes(_nested(content))
        elif number == NODE_DOMAIN:
            domain = bytes(_nested(content))
        elif number == NODE_ATTRIBUTE:
            for inner, _, _ in fields(_nested(content)):
                if inner in ATTRIBUTE_HOLDS:
                    raise _forbidden(f"a {ATTRIBUTE_HOLDS[inner]} inside an operator")
    if kind.decode("utf-8", "replace") not in OPERATORS or domain not in DOMAINS:
        raise _forbidden(f"the operator {domain.decode('utf-8', 'replace')}:{kind.decode('utf-8', 'replace')}")


def _check_constant(tensor: memoryview) -> tuple[str, bytes]:
    """(name, raw bytes where etude put a graph there) of a constant."""
    name, raw = "", memoryview(b"")
    for number, content, _ in fields(tensor):
        if number == TENSOR_EXTERNAL or (number == TENSOR_LOCATION and content != 0):
            raise _forbidden("data outside the file")
        if number == TENSOR_NAME:
            name = _text(content)
        elif number == TENSOR_RAW:
            raw = _nested(content)
    return name, bytes(raw) if name.startswith(OWN) else b""


def _entry(content: memoryview | int) -> tuple[str, str]:
    """(key, value) of a metadata entry."""
    parts = {number: _text(value) for number, value, _ in fields(_nested(content)) if number in (1, 2)}
    return parts.get(1, ""), parts.get(2, "")


def _nested(content: memoryview | int) -> memoryview:
    if isinstance(content, int):
        raise BadInput("This is no ONNX file: a number where a part should be.", Reason.BAD_STRUCTURE)
    return content


def _text(content: memoryview | int) -> str:
    try:
        return bytes(_nested(content)).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"A name in the file is no text: {error}.", Reason.BAD_TEXT) from error


def _forbidden(what: str) -> BadInput:
    return BadInput(f"The file holds {what}, which no .etude file has: it is not loaded.", Reason.FORBIDDEN)


def _read_varint(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(view) and shift < 64:
        byte = view[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise BadInput("The file is cut short in the middle of a number.", Reason.TRUNCATED, at)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)

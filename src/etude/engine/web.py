"""The same model in operators that ONNX Runtime's build for WebAssembly is quick at.

There, a product with 8-bit weights (MatMulNBits) is done by unpacking all of them at every step. Here they are
unpacked by operators whose inputs are constants, which the runtime works out once, when it loads the file; so the
file stays as small, and a step takes a product of plain numbers. Activations are not rounded to 8 bits as they are
on processors with such products: values differ from theirs as an fp32 export's do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from etude.engine.graph import Array
from etude.engine.parts import HEADS, with_places
from etude.engine.wire import (
    GRAPH_CONSTANT,
    GRAPH_NODE,
    MODEL_GRAPH,
    MODEL_METADATA,
    NODE_ATTRIBUTE,
    NODE_TYPE,
    OWN,
    SEAL,
    TENSOR_NAME,
    TENSOR_RAW,
    fields,
    message,
    number_field,
    read_contents,
    seal,
)

FLOAT, INT64 = 1, 7  # data types and attribute types of onnx.proto
INT, INTS = 2, 7
CENTRE = 128.0  # the code of a weight of 0


def web_bytes(data: bytes) -> bytes:
    """The bytes of the `.etude` file `data` without 8-bit products. Raises BadInput for what is no such file."""
    read_contents(data)
    dropped = (SEAL.encode(), HEADS.encode())
    out = bytearray()
    for number, part, content in _parts(data):
        if number == MODEL_METADATA and any(key in content[: len(key) + 8] for key in dropped):
            continue
        out += message(MODEL_GRAPH, _graph(content)) if number == MODEL_GRAPH else part
    return seal(with_places(bytes(out)))


def _parts(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(number, the whole field, its content) of every field of a message; numbers have no content."""
    start = 0
    for number, content, end in fields(memoryview(data)):
        yield number, data[start:end], b"" if isinstance(content, int) else bytes(content)
        start = end


def _model(data: bytes) -> bytes:
    """An ONNX model whose graph has no 8-bit products."""
    return b"".join(
        message(MODEL_GRAPH, _graph(content)) if number == MODEL_GRAPH else part
        for number, part, content in _parts(data)
    )


def _graph(data: bytes) -> bytes:
    """A graph without 8-bit products; nor have those that lie in it."""
    out, constants = bytearray(), bytearray()
    for number, part, content in _parts(data):
        if number == GRAPH_NODE and (product := _Product.of(content)):
            out += b"".join(message(GRAPH_NODE, node) for node in product.nodes())
            constants += b"".join(message(GRAPH_CONSTANT, one) for one in product.constants())
        elif number == GRAPH_CONSTANT and OWN.encode() in content[:64] + content[-64:]:
            out += message(GRAPH_CONSTANT, _head(content))
        else:
            out += part
    return bytes(out + constants)


def _head(tensor: bytes) -> bytes:
    """A constant that holds a graph, the bytes of that graph exchanged; the length of the array with them."""
    found = {number: content for number, _, content in _parts(tensor)}
    if not found.get(TENSOR_NAME, b"").startswith(f"{OWN}head.".encode()):
        return tensor
    return _constant(found[TENSOR_NAME].decode(), np.frombuffer(_model(found[TENSOR_RAW]), np.uint8))


@dataclass(frozen=True)
class _Product:
    """An 8-bit product: names of its inputs and output, its numbers."""

    inputs: list[str]
    output: str
    numbers: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, node: bytes) -> _Product | None:
        """The product that a node is; None for other nodes."""
        parts = [(number, content) for number, _, content in _parts(node)]
        if (NODE_TYPE, b"MatMulNBits") not in parts:
            return None
        inputs = [content.decode() for number, content in parts if number == 1]
        output = next(content.decode() for number, content in parts if number == 2)
        pairs = [_attribute(content) for number, content in parts if number == NODE_ATTRIBUTE]
        return cls(inputs, output, dict(pairs))

    @property
    def _name(self) -> str:
        return self.inputs[1]

    def nodes(self) -> Iterator[bytes]:
        """The nodes in its place: all but the last ones work on constants alone."""
        name, codes, scales = self._name, *self.inputs[1:3]
        yield _node("Cast", [codes], f"{name}.plain", _number("to", FLOAT))
        yield _node("Sub", [f"{name}.plain", f"{name}.centre"], f"{name}.centred")
        yield _node("Reshape", [scales, f"{name}.rows"], f"{name}.shared")
        yield _node("Mul", [f"{name}.centred", f"{name}.shared"], f"{name}.blocks")
        yield _node("Reshape", [f"{name}.blocks", f"{name}.shape"], f"{name}.padded")
        cut = [f"{name}.padded", *(f"{name}.{part}" for part in ("from", "to", "axis"))]
        yield _node("Slice", cut, f"{name}.weight")
        yield _node("Transpose", [f"{name}.weight"], f"{name}.turned", _numbers("perm", (1, 0)))
        bias = next((one for one in self.inputs[3:] if one), "")
        product = f"{name}.product" if bias else self.output
        yield _node("MatMul", [self.inputs[0], f"{name}.turned"], product)
        if bias:
            yield _node("Add", [product, bias], self.output)

    def constants(self) -> Iterator[bytes]:
        """The constants that the nodes need besides codes and scales."""
        rows, columns = self.numbers["N"], self.numbers["K"]
        blocks = -(-columns // self.numbers["block_size"])
        yield _constant(f"{self._name}.centre", np.array(CENTRE, np.float32))
        yield _constant(f"{self._name}.rows", np.array([rows, blocks, 1]))
        yield _constant(f"{self._name}.shape", np.array([rows, -1]))
        yield _constant(f"{self._name}.from", np.array([0]))
        yield _constant(f"{self._name}.to", np.array([columns]))
        yield _constant(f"{self._name}.axis", np.array([1]))


def _node(kind: str, inputs: list[str], output: str, attribute: bytes = b"") -> bytes:
    named = b"".join(message(1, one.encode()) for one in inputs) + message(2, output.encode())
    return named + message(NODE_TYPE, kind.encode()) + (message(NODE_ATTRIBUTE, attribute) if attribute else b"")


def _number(name: str, value: int) -> bytes:
    return message(1, name.encode()) + number_field(3, value) + number_field(20, INT)


def _numbers(name: str, values: tuple[int, ...]) -> bytes:
    return message(1, name.encode()) + b"".join(number_field(8, one) for one in values) + number_field(20, INTS)


def _attribute(data: bytes) -> tuple[str, int]:
    """(name, value) of an attribute that is a whole number."""
    name, value = "", 0
    for number, content, _ in fields(memoryview(data)):
        if number == 1 and not isinstance(content, int):
            name = bytes(content).decode()
        elif number == 3 and isinstance(content, int):
            value = content
    return name, value


def _constant(name: str, values: Array) -> bytes:
    """A TensorProto of uint8, int64 or float32 values."""
    kinds = {"uint8": 2, "int64": INT64, "float32": FLOAT}
    shape = b"".join(number_field(1, size) for size in values.shape)
    data = np.ascontiguousarray(values).tobytes()
    kind = number_field(2, kinds[values.dtype.name])
    return shape + kind + message(TENSOR_NAME, name.encode()) + message(TENSOR_RAW, data)

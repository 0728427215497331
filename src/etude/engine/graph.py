"""An ONNX graph written node by node, in fp32 or with 8-bit weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.errors import MissingPart

BLOCK = 64  # weights of a row that share one scale; 64 is 5 to 10 % faster than 32 at one step a call
OPSETS = {"": 17, "com.microsoft": 1}
CONTRIBUTED = {
    *("MatMulNBits", "GroupQueryAttention", "SkipSimplifiedLayerNormalization", "FastGelu"),
}
Array = NDArray[Any]


def onnx_package() -> Any:
    """The package onnx, which only writing needs. Raises MissingPart where it is not installed."""
    try:
        import onnx
        import onnx.helper
        import onnx.numpy_helper
    except ImportError:
        raise MissingPart("Writing an .etude file", "train") from None
    return onnx


def quantised(weight: Array) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """(uint8[N, ceil(K / 64), 64], float32[N * ceil(K / 64)]): codes around 128 and scales of float32[N, K]."""
    rows, columns = weight.shape
    padded = np.pad(weight.astype(np.float32), ((0, 0), (0, -columns % BLOCK))).reshape(rows, -1, BLOCK)
    scale = np.abs(padded).max(-1) / 127
    scale[scale == 0] = 1.0
    codes = np.clip(np.rint(padded / scale[..., None]) + 128, 1, 255).astype(np.uint8)
    return codes, scale.astype(np.float32).reshape(-1)


class Graph:
    """Nodes, constants, inputs and outputs; values are known by name."""

    def __init__(self, int8: bool) -> None:
        self.onnx = onnx_package()
        self.int8 = int8
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []

    def op(self, kind: str, *inputs: str, outputs: Sequence[str] | None = None, **attributes: Any) -> str:
        """The name of the (first) output of a new node."""
        names = list(outputs) if outputs else [f"v{len(self.nodes)}"]
        domain = "com.microsoft" if kind in CONTRIBUTED else ""
        self.nodes.append(self.onnx.helper.make_node(kind, list(inputs), names, domain=domain, **attributes))
        return names[0]

    def constant(self, name: str, value: Array) -> str:
        """The name of a constant that holds `value`."""
        self.constants[name] = self.onnx.numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def input(self, name: str, dtype: Any, shape: Sequence[int | str]) -> str:
        """The name of a new input."""
        self.inputs.append(self._value(name, dtype, shape))
        return name

    def output(self, name: str, value: str, shape: Sequence[int | str]) -> None:
        """Makes `value` readable from outside under `name`, a float32 array."""
        if name != value:
            self.op("Identity", value, outputs=[name])
        self.outputs.append(self._value(name, np.float32, shape))

    def linear(self, x: str, weight: Array, bias: Array | None = None, *, name: str) -> str:
        """`x` [..., K] times the transpose of `weight` [N, K], plus `bias` [N]."""
        if self.int8:
            codes, scales = quantised(weight)
            inputs = [x, self.constant(f"{name}.codes", codes), self.constant(f"{name}.scales", scales)]
            if bias is not None:
                inputs += ["", "", self.constant(f"{name}.bias", bias.astype(np.float32))]
            rows, columns = weight.shape
            shape = {"K": columns, "N": rows, "bits": 8, "block_size": BLOCK, "accuracy_level": 4}
            return self.op("MatMulNBits", *inputs, **shape)
        y = self.op("MatMul", x, self.constant(f"{name}.weight", weight.astype(np.float32).T))
        return y if bias is None else self.op("Add", y, self.constant(f"{name}.bias", bias.astype(np.float32)))

    def table(self, rows: str, weight: Array, columns: int, name: str) -> str:
        """The rows of `weight` [R, D] that the integers `rows` name; those of several columns are added up."""
        found = self.op("Gather", self.constant(name, weight.astype(np.float32)), rows)
        if columns == 1:
            return found
        return self.op("ReduceSum", found, self.constant("last_but_one", np.array([-2])), keepdims=0)

    def model(self, name: str, metadata: dict[str, str]) -> bytes:
        """The bytes of the ONNX file."""
        helper = self.onnx.helper
        graph = helper.make_graph(self.nodes, name, self.inputs, self.outputs, list(self.constants.values()))
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="etude")
        helper.set_model_props(model, metadata)
        return bytes(model.SerializeToString())

    def _value(self, name: str, dtype: Any, shape: Sequence[int | str]) -> Any:
        kind = self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.onnx.helper.make_tensor_value_info(name, kind, list(shape))

"""The bodies, node by node: table rows in, hidden vector out, with their state as inputs and outputs.

Names in the graph: `rows` (int64; the embedding rows to add up), `state.{i}` -> `next.{i}` (recurrent vectors),
`keys.{i}`, `values.{i}` -> `keys_next.{i}`, `values_next.{i}` (caches of fixed size, written in place), `seen`
and `total` (steps in the cache), `cosine`, `sine` (rotary tables) or `distance` (relative positions).
B rows at once, T steps (1 where the model is recurrent), D width, H heads of E values, S slots in a cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from etude.engine.graph import Array, Graph

EPSILON = 1e-5
FOLDED_BYTES = 8 * 2**20  # the first layer's input weights are multiplied into tables up to this size

Weights = Mapping[str, Array]
Config = Mapping[str, Any]


def table_of(weights: Weights, fields: int, history: int) -> Array:
    """Float32[R, D]: the tables of every field, of every lag and field, of every derived column, in this order."""
    names = [f"body.input.embed.{field}.weight" for field in range(fields)]
    names += [f"body.input.history.{lag}.{field}.weight" for lag in range(history) for field in range(fields)]
    names += [f"body.input.heard.{column}.weight" for column in range(derived_columns(weights))]
    return np.concatenate([weights[name] for name in names])


def derived_columns(weights: Weights) -> int:
    """How many columns are worked out of the steps."""
    return sum(name.startswith("body.input.heard.") for name in weights)


def write_body(graph: Graph, weights: Weights, config: Config, fields: int) -> str:
    """The name of the hidden vector, float32[B, I] (recurrent) or [B, T, I] (transformer)."""
    columns = fields * (1 + config["history"]) + derived_columns(weights)
    lead = ["batch"] if config["kind"] == "rnn" else ["batch", "time"]
    rows = graph.input("rows", np.int64, lead + [columns] * (columns > 1))
    table = table_of(weights, fields, config["history"])
    if config["kind"] == "rnn":
        x = _recurrent(graph, weights, config, (rows, table, columns))
    else:
        x = _transformer(graph, weights, config, graph.table(rows, table, columns, "table"))
    if config["dense"]:
        dense = graph.linear(x, weights["body.dense.weight"], weights["body.dense.bias"], name="dense")
        x = graph.op("FastGelu", dense)
    return x


def _recurrent(graph: Graph, weights: Weights, config: Config, start: tuple[str, Array, int]) -> str:
    """The layers of an LSTM or GRU for one step."""
    rows, table, columns = start
    cell = _lstm if config["cell"] == "lstm" else _gru
    first = weights["body.layers.0.weight_ih_l0"]
    folds = len(table) * len(first) * 4 <= FOLDED_BYTES
    if folds:
        x = graph.table(rows, _gates_in_order(table @ first.T, config), columns, "table")
    else:
        x = graph.table(rows, table, columns, "table")
    for layer in range(config["layers"]):
        own = {
            name: _gates_in_order(weights[f"body.layers.{layer}.{name}_l0"].T, config).T
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        }
        x = cell(graph, own, x, layer, folds and layer == 0)
        x = _normalised(graph, weights, config["norm"], x, f"body.norms.{layer}")
    if config["attention"]:
        ones = graph.constant("one", np.array([1]))
        found = attention(graph, weights, config, graph.op("Unsqueeze", x, ones), 0, "body.attention")
        x = graph.op("Add", x, graph.op("Squeeze", found, ones))
    return x


def _gates_in_order(values: Array, config: Config) -> Array:
    """The gates (last axis) of an LSTM as input, forget, output, candidate: three sigmoids side by side."""
    if config["cell"] != "lstm":
        return values
    i, f, g, o = np.split(values, 4, axis=-1)
    return np.concatenate([i, f, o, g], axis=-1)


def _lstm(graph: Graph, own: Weights, x: str, layer: int, gates_given: bool) -> str:
    """The output of one LSTM layer; `x` holds its input, or what its input adds to the gates."""
    width = own["weight_hh"].shape[1]
    h, c = (graph.input(f"state.{2 * layer + i}", np.float32, ["batch", width]) for i in range(2))
    bias, name = own["bias_ih"] + own["bias_hh"], f"layer.{layer}"
    if gates_given:
        gates = graph.op("Add", graph.linear(h, own["weight_hh"], bias, name=name), x)
    else:
        both = np.concatenate([own["weight_ih"], own["weight_hh"]], axis=1)
        gates = graph.linear(graph.op("Concat", x, h, axis=-1), both, bias, name=name)
    parts = [f"gates.{layer}.{part}" for part in ("open", "candidate", "input", "forget", "output")]
    sizes = graph.constant("gate_sizes", np.array([3 * width, width]))
    graph.op("Split", gates, sizes, outputs=parts[:2], axis=-1)
    equal = graph.constant("open_sizes", np.array([width] * 3))
    graph.op("Split", graph.op("Sigmoid", parts[0]), equal, outputs=parts[2:], axis=-1)
    new = graph.op("Mul", parts[2], graph.op("Tanh", parts[1]))
    cell = graph.op("Add", new, graph.op("Mul", parts[3], c), outputs=[f"next.{2 * layer + 1}"])
    out = graph.op("Mul", parts[4], graph.op("Tanh", cell), outputs=[f"next.{2 * layer}"])
    graph.output(out, out, ["batch", width])
    graph.output(cell, cell, ["batch", width])
    return out


def _gru(graph: Graph, own: Weights, x: str, layer: int, gates_given: bool) -> str:
    """The output of one GRU layer (reset gate after the product, as in cuDNN); `x` as for `_lstm`."""
    width, name = own["weight_hh"].shape[1], f"layer.{layer}"
    h = graph.input(f"state.{layer}", np.float32, ["batch", width])
    if gates_given:
        given = graph.op("Add", x, graph.constant(f"{name}.given", own["bias_ih"]))
    else:
        given = graph.linear(x, own["weight_ih"], own["bias_ih"], name=f"{name}.in")
    kept = graph.linear(h, own["weight_hh"], own["bias_hh"], name=f"{name}.on")
    sizes = graph.constant("gate_sizes", np.array([2 * width, width]))
    parts = [f"gates.{layer}.{part}" for part in ("given", "new", "kept", "old", "reset", "update")]
    graph.op("Split", given, sizes, outputs=parts[0:2], axis=-1)
    graph.op("Split", kept, sizes, outputs=parts[2:4], axis=-1)
    halves = graph.constant("open_sizes", np.array([width, width]))
    opened = graph.op("Sigmoid", graph.op("Add", parts[0], parts[2]))
    graph.op("Split", opened, halves, outputs=parts[4:6], axis=-1)
    new = graph.op("Tanh", graph.op("Add", parts[1], graph.op("Mul", parts[4], parts[3])))
    change = graph.op("Mul", parts[5], graph.op("Sub", h, new))  # new + update * (old - new)
    out = graph.op("Add", new, change, outputs=[f"next.{layer}"])
    graph.output(out, out, ["batch", width])
    return out


def _normalised(graph: Graph, weights: Weights, kind: str, x: str, name: str) -> str:
    """`x` after layer or (by its running figures) batch normalisation, or as it is."""
    if kind == "none":
        return x
    scale, shift = weights[f"{name}.weight"], weights[f"{name}.bias"]
    if kind == "layer":
        constants = graph.constant(f"{name}.weight", scale), graph.constant(f"{name}.bias", shift)
        return graph.op("LayerNormalization", x, *constants, axis=-1, epsilon=EPSILON)
    scale = scale / np.sqrt(weights[f"{name}.running_var"] + EPSILON)
    shift = shift - weights[f"{name}.running_mean"] * scale
    scaled = graph.op("Mul", x, graph.constant(f"{name}.scale", scale.astype(np.float32)))
    return graph.op("Add", scaled, graph.constant(f"{name}.shift", shift.astype(np.float32)))


def _transformer(graph: Graph, weights: Weights, config: Config, x: str) -> str:
    """Pre-norm blocks; each sum is made together with the norm that follows it."""

    def gamma(name: str) -> str:
        return graph.constant(name, weights[f"body.{name}"])

    n = graph.op("SimplifiedLayerNormalization", x, gamma("layers.0.norm1.weight"), axis=-1, epsilon=EPSILON)
    for layer in range(config["layers"]):
        name = f"layers.{layer}"
        found = attention(graph, weights, config, n, layer, f"body.{name}.attention")
        n, x = _add_and_norm(graph, found, x, gamma(f"{name}.norm2.weight"), f"{name}.middle")
        up = graph.linear(n, weights[f"body.{name}.up.weight"], name=f"{name}.up")
        kept = graph.op("Relu", up)
        thought = graph.op("Mul", kept, kept)
        down = graph.linear(thought, weights[f"body.{name}.down.weight"], name=f"{name}.down")
        last = layer + 1 == config["layers"]
        after = "norm.weight" if last else f"layers.{layer + 1}.norm1.weight"
        n, x = _add_and_norm(graph, down, x, gamma(after), f"{name}.end")
    return n


def _add_and_norm(graph: Graph, found: str, x: str, gamma: str, name: str) -> tuple[str, str]:
    """(norm of the sum, sum) of `found` and `x`."""
    outputs = [f"{name}.norm", "", "", f"{name}.sum"]
    graph.op("SkipSimplifiedLayerNormalization", found, x, gamma, outputs=outputs, epsilon=EPSILON)
    return outputs[0], outputs[3]


def attention(graph: Graph, weights: Weights, config: Config, x: str, layer: int, name: str) -> str:
    """Float32[B, T, D]: what `x` finds in the cache of this layer, which it joins."""
    width, heads = config["width"], config["heads"]
    cache = ["batch", heads, "slots", width // heads]
    packed = graph.linear(x, weights[f"{name}.qkv.weight"], name=f"{name}.qkv")
    if not layer:
        graph.input("seen", np.int32, ["batch"])
        graph.input("total", np.int32, [])
    past = [graph.input(f"{part}.{layer}", np.float32, cache) for part in ("keys", "values")]
    rotary = config["positions"] == "rotary"
    if rotary:
        if not layer:
            for table in ("cosine", "sine"):
                graph.input(table, np.float32, ["slots", width // heads // 2])
        where = ["cosine", "sine"]
    else:
        where = ["", "", "", _distance_bias(graph, weights[f"{name}.bias"], layer, name)]
    outputs = [f"{name}.found", f"keys_next.{layer}", f"values_next.{layer}"]
    settings = {
        "num_heads": heads,
        "kv_num_heads": heads,
        "do_rotary": int(rotary),
        "local_window_size": reach_of(config),
    }
    graph.op("GroupQueryAttention", packed, "", "", *past, "seen", "total", *where, outputs=outputs, **settings)
    for output in outputs[1:]:
        graph.output(output, output, cache)
    return graph.linear(outputs[0], weights[f"{name}.out.weight"], name=f"{name}.out")


def _distance_bias(graph: Graph, table: Array, layer: int, name: str) -> str:
    """Float32[1, H, T, total]: the learned number of every head and distance."""
    if not layer:
        graph.input("distance", np.int64, ["time", "total_steps"])
    bias = graph.op("Gather", graph.constant(f"{name}.bias", table), "distance", axis=1)
    return graph.op("Unsqueeze", bias, graph.constant("zero", np.array([0])))


def reach_of(config: Config) -> int:
    """How many steps attention sees, the present one included."""
    return min(config["window"], config["context"]) if config["window"] else int(config["context"])

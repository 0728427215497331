"""The heads, node by node: hidden vector in, logits out.

Fields that do not depend on each other stand in the body's graph as `logits.{k}`. Of a chain head only field 0
does; field k > 0 is a graph of its own: `z` float32[N, I] and `value` int64[N], the field chosen before, give
`z_next` and `logits`. The first `z` is the hidden vector.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from etude.engine.bodies import EPSILON, Config, Weights
from etude.engine.graph import Array, Graph

WIDTH_RANGE = 24.0  # of the logarithm of a component's width; see etude.models.mixture
WIDTH_BELOW = 12.0


def write_heads(graph: Graph, weights: Weights, config: Config, sizes: Sequence[int], hidden: str) -> None:
    """Adds every head that needs no earlier field as outputs `logits.{k}`, and `hidden` where others do."""
    lead = ["batch"] if config["kind"] == "rnn" else ["batch", "time"]
    chained = config["head"] == "chain"
    for field in range(1 if chained else len(sizes)):
        scores = _scores(graph, weights, hidden, field)
        if f"head.density.{field}.rank" in weights:
            scores = _log_masses(graph, weights, scores, field, config["components"])
        graph.output(f"logits.{field}", scores, [*lead, int(sizes[field])])
    if chained and len(sizes) > 1:
        graph.output("hidden", hidden, [*lead, config["dense"] or config["width"]])


def chain_graph(weights: Weights, field: int, int8: bool) -> bytes:
    """The bytes of the graph of one field > 0 of a chain head."""
    graph = Graph(int8)
    before, mix = weights[f"head.earlier.{field - 1}.weight"], f"head.mix.{field - 1}"
    z = graph.input("z", np.float32, ["batch", before.shape[1]])
    graph.input("value", np.int64, ["batch"])
    z = graph.op("Add", z, graph.table("value", before, 1, "earlier"), outputs=["z_next"])
    graph.output("z_next", z, ["batch", before.shape[1]])
    norm = [graph.constant(part, weights[f"{mix}.norm.{part}"]) for part in ("weight", "bias")]
    y = graph.op("LayerNormalization", z, *norm, axis=-1, epsilon=EPSILON)
    up = graph.linear(y, weights[f"{mix}.up.weight"], weights[f"{mix}.up.bias"], name="up")
    y = graph.op("FastGelu", up)
    down = graph.linear(y, weights[f"{mix}.down.weight"], weights[f"{mix}.down.bias"], name="down")
    scores = _scores(graph, weights, graph.op("Add", z, down), field)
    graph.output("logits", scores, ["batch", len(weights[f"head.out.{field}.bias"])])
    return graph.model(f"field {field}", {})


def _scores(graph: Graph, weights: Weights, x: str, field: int) -> str:
    name = f"head.out.{field}"
    return graph.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"], name=name)


def _log_masses(graph: Graph, weights: Weights, scores: str, field: int, count: int) -> str:
    """Float32[..., V]: log-masses of the bins of a mixture of logistic distributions (see models.mixture)."""
    own = {name: weights[f"head.density.{field}.{name}"] for name in ("values", "edges", "rank", "nameless")}
    others = len(own["nameless"])
    parts = [f"density.{field}.{part}" for part in ("weight", "centre", "width", "others")]
    sizes = [count] * 3 + [1 + others] * (others > 0)
    split = graph.constant(f"density.{field}.sizes", np.array(sizes))
    graph.op("Split", scores, split, outputs=parts[: len(sizes)], axis=-1)
    mass = _mixture(graph, own, parts, f"density.{field}")
    if others:
        gate = graph.op("LogSoftmax", parts[3], axis=-1)
        halves = graph.constant(f"density.{field}.gates", np.array([1, others]))
        named, nameless = f"density.{field}.named", f"density.{field}.nameless"
        graph.op("Split", gate, halves, outputs=[named, nameless], axis=-1)
        mass = graph.op("Concat", graph.op("Add", mass, named), nameless, axis=-1)
    order = np.argsort(np.concatenate([own["rank"], own["nameless"]]))
    return graph.op("Gather", mass, graph.constant(f"density.{field}.order", order.astype(np.int64)), axis=-1)


def _mixture(graph: Graph, own: dict[str, Array], parts: list[str], name: str) -> str:
    """Float32[..., N]: log-masses of the N bins in rising order; component axis last while they are summed."""

    def number(value: float, label: str) -> str:
        return graph.constant(f"{name}.{label}", np.array(value, np.float32))

    spread = max(float(own["values"][own["rank"]].astype(np.float64).std()), 1e-6)
    lowest = float(np.log(spread)) - WIDTH_BELOW
    width = graph.op("Clip", parts[2], number(lowest, "lowest"), number(lowest + WIDTH_RANGE, "highest"))
    axis = graph.constant(f"{name}.axis", np.array([-2]))
    scale = graph.op("Unsqueeze", graph.op("Exp", width), axis)
    edges = graph.constant(f"{name}.edges", own["edges"][:, None])
    cut = graph.op("Div", graph.op("Sub", edges, graph.op("Unsqueeze", parts[1], axis)), scale)
    zero = graph.op("Mul", graph.op("Unsqueeze", parts[1], axis), number(0.0, "zero"))
    below = graph.op("Neg", graph.op("Softplus", graph.op("Neg", cut)))
    above = graph.op("Neg", graph.op("Softplus", cut))
    total = graph.op("Add", graph.op("Concat", below, zero, axis=-2), graph.op("Concat", zero, above, axis=-2))
    if len(own["edges"]):
        gaps = graph.constant(f"{name}.gaps", np.diff(own["edges"])[:, None] / 2)
        half = graph.op("Tanh", graph.op("Div", gaps, scale))
        # 1 - exp(-g) = 2 tanh(g / 2) / (1 + tanh(g / 2)), exact for small g too
        one, two = number(1.0, "one"), number(2.0, "two")
        between = graph.op("Log", graph.op("Div", graph.op("Mul", half, two), graph.op("Add", half, one)))
        total = graph.op("Add", total, graph.op("Concat", zero, between, zero, axis=-2))
    share = graph.op("Unsqueeze", graph.op("LogSoftmax", parts[0], axis=-1), axis)
    return graph.op("ReduceLogSumExp", graph.op("Add", total, share), axes=[-1], keepdims=0)

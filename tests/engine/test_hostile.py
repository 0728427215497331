"""Strangers' `.etude` files: truncated, damaged, hostile or newer ones are refused by name, never run."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etude import limits
from etude.engine import Exported, exported_bytes, load
from etude.engine import export as write
from etude.engine.wire import read_contents, seal
from etude.errors import BadInput, Reason, UsageError

onnx = pytest.importorskip("onnx", reason="the package onnx writes the files that are read here")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

CONFIG = {
    **{"kind": "rnn", "width": 8, "layers": 1, "heads": 1, "history": 0, "cell": "gru", "norm": "none"},
    **{"attention": False, "positions": "rotary", "window": 0, "context": 16, "dense": 0, "head": "chain"},
    "components": 4,
}
SIZES = (6, 5)


def weights():
    """Random weights of a one-layer GRU with two chained fields, by the names of etude.models.model."""
    random = np.random.default_rng(0)
    shapes = {
        "body.input.embed.0.weight": (6, 8),
        "body.input.embed.1.weight": (5, 8),
        "body.layers.0.weight_ih_l0": (24, 8),
        "body.layers.0.weight_hh_l0": (24, 8),
        "body.layers.0.bias_ih_l0": (24,),
        "body.layers.0.bias_hh_l0": (24,),
        "head.out.0.weight": (6, 8),
        "head.out.0.bias": (6,),
        "head.out.1.weight": (5, 8),
        "head.out.1.bias": (5,),
        "head.earlier.0.weight": (6, 8),
        "head.mix.0.norm.weight": (8,),
        "head.mix.0.norm.bias": (8,),
        "head.mix.0.up.weight": (8, 8),
        "head.mix.0.up.bias": (8,),
        "head.mix.0.down.weight": (8, 8),
        "head.mix.0.down.bias": (8,),
    }
    return {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture(scope="module")
def good() -> bytes:
    return exported_bytes(weights(), CONFIG, SIZES, {"card": "a test", "licence": "CC0-1.0"})


def changed(data: bytes, change) -> bytes:
    """A sealed file whose ONNX model went through `change`."""
    model = onnx.load_from_string(data)
    kept = [item for item in model.metadata_props if item.key != "etude.sha256"]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    change(model)
    return seal(model.SerializeToString())


def refused(data: bytes) -> BadInput:
    with pytest.raises(BadInput) as error:
        Exported(data)
    return error.value


def test_a_good_file_loads_with_its_metadata(good, tmp_path) -> None:
    path = tmp_path / "model.etude"
    write(weights(), CONFIG, SIZES, {"card": "a test", "licence": "CC0-1.0"}, path)
    model = load(path)
    assert model.metadata == {"card": "a test", "licence": "CC0-1.0"}
    assert model.field_sizes == SIZES
    assert model.precision == "int8"
    assert path.read_bytes() == good  # the same weights give the same bytes


def test_every_truncation_is_refused(good) -> None:
    for end in [0, 1, 2, 10, *range(50, len(good), 997), len(good) - 1]:
        with pytest.raises(BadInput):
            read_contents(good[:end])


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_garbage_is_refused(data) -> None:
    with pytest.raises(BadInput):
        read_contents(data)


def test_every_flipped_bit_is_found(good) -> None:
    random = np.random.default_rng(1)
    for _ in range(300):
        broken = bytearray(good)
        broken[random.integers(len(good))] ^= 1 << random.integers(8)
        with pytest.raises(BadInput):
            read_contents(bytes(broken))


@pytest.mark.parametrize("says_so", [True, False])
def test_data_outside_the_file_is_forbidden(good, says_so) -> None:
    def outside(model) -> None:
        constant = model.graph.initializer[0]
        if says_so:
            constant.data_location = TensorProto.EXTERNAL
        constant.ClearField("raw_data")
        constant.external_data.add(key="location", value="../../etc/passwd")

    error = refused(changed(good, outside))
    assert error.reason is Reason.FORBIDDEN
    assert "outside" in str(error)


def test_operators_that_etude_does_not_write_are_forbidden(good) -> None:
    def stranger(model) -> None:
        model.graph.node.append(helper.make_node("PyOp", [], ["x"], domain="ai.onnx.contrib"))

    assert "PyOp" in str(refused(changed(good, stranger)))
    known = changed(good, lambda m: m.graph.node.append(helper.make_node("Add", ["a", "b"], ["x"], domain="evil")))
    assert refused(known).reason is Reason.FORBIDDEN


def test_graphs_inside_operators_are_forbidden(good) -> None:
    inner = helper.make_graph([], "inner", [], [])

    def nested(model) -> None:
        model.graph.node.append(helper.make_node("Add", ["a", "b"], ["x"], body=inner))

    assert refused(changed(good, nested)).reason is Reason.FORBIDDEN


def test_functions_are_forbidden(good) -> None:
    def function(model) -> None:
        model.functions.append(
            helper.make_function("d", "f", [], ["y"], [], opset_imports=[helper.make_opsetid("", 17)])
        )

    assert refused(changed(good, function)).reason is Reason.FORBIDDEN


def test_a_head_is_checked_like_the_body(good) -> None:
    evil = helper.make_model(helper.make_graph([helper.make_node("PyOp", [], ["x"])], "g", [], []))

    def exchange(model) -> None:
        for constant in model.graph.initializer:
            if constant.name == "etude.head.1":
                raw = np.frombuffer(evil.SerializeToString(), np.uint8)
                constant.CopyFrom(numpy_helper.from_array(raw, constant.name))

    assert "PyOp" in str(refused(changed(good, exchange)))


def test_another_version_is_refused_by_name(good) -> None:
    def newer(model) -> None:
        next(item for item in model.metadata_props if item.key == "etude.format").value = "7"

    error = refused(changed(good, newer))
    assert error.reason is Reason.UNSUPPORTED
    assert "update etude" in str(error)
    assert "etude export" in str(error)


def test_settings_that_do_not_fit_the_graph_are_refused(good) -> None:
    def set_to(key, value):
        def change(model) -> None:
            next(item for item in model.metadata_props if item.key == f"etude.{key}").value = value

        return change

    for key, value in [
        ("field_sizes", "[6]"),
        ("field_sizes", "nonsense"),
        ("config", "{}"),
        ("reach", "-3"),
        ("reach", "99999999999"),
    ]:
        refused(changed(good, set_to(key, value)))


def test_a_graph_that_cannot_run_is_refused(good) -> None:
    def unwired(model) -> None:
        model.graph.node[0].input[0] = "nowhere"

    assert refused(changed(good, unwired)).reason is Reason.BAD_STRUCTURE


def test_a_graph_that_fails_only_when_it_runs_is_refused(good) -> None:
    def unequal(model) -> None:
        for constant in model.graph.initializer:
            if constant.name == "gate_sizes":
                constant.CopyFrom(numpy_helper.from_array(np.array([17, 8]), constant.name))

    assert refused(changed(good, unequal)).reason is Reason.BAD_STRUCTURE


def test_missing_strange_and_huge_files_are_named(tmp_path, monkeypatch) -> None:
    with pytest.raises(BadInput, match=r"gone\.etude cannot be read"):
        load(tmp_path / "gone.etude")
    with pytest.raises(BadInput, match="cannot be read"):
        load(tmp_path)
    text = tmp_path / "notes.etude"
    text.write_text("this is no model")
    with pytest.raises(BadInput, match=r"notes\.etude"):
        load(text)
    monkeypatch.setattr(limits, "MODEL_BYTES", 10)
    with pytest.raises(BadInput) as error:
        load(text)
    assert error.value.reason is Reason.TOO_LARGE


def test_what_cannot_be_exported_is_refused_before_anything_is_written(tmp_path) -> None:
    path = tmp_path / "model.etude"
    with pytest.raises(UsageError, match="ngram"):
        write(weights(), {**CONFIG, "kind": "ngram"}, SIZES, {}, path)
    with pytest.raises(UsageError, match="kept for etude"):
        write(weights(), CONFIG, SIZES, {"etude.format": "2"}, path)
    assert list(tmp_path.iterdir()) == []


def test_values_outside_a_field_are_refused(good) -> None:
    model = Exported(good)
    for steps in (np.array([[6, 0]]), np.array([[0, -1]]), np.zeros((3, 1)), np.zeros(2)):
        with pytest.raises(UsageError):
            model.feed(model.start(), steps)
    state = model.feed(model.start(), np.zeros((1, 2), np.int32))
    with pytest.raises(UsageError, match="Field 0"):
        model.logits(state, [6])
    with pytest.raises(UsageError, match="begin step"):
        model.logits(model.start())

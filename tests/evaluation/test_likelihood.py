"""Likelihoods and protocols against arithmetic by hand and brute force."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass

import numpy as np
import pytest

from etude.errors import UsageError
from etude.evaluation import Protocol, Uniform, joined, likelihood, price_all
from etude.evaluation.protocols import WINDOWS


def piece(*rows: tuple[int, ...]) -> np.ndarray:
    """Begin step, rows, end step."""
    fields = len(rows[0])
    return np.array([(0,) * fields, *rows, (1,) + (0,) * (fields - 1)], np.int32)


@dataclass
class Looking:
    """A scorer whose price tells what it saw: nats = 100 * steps seen + the value of the oldest step seen.

    Cutting a sequence changes both, so a protocol that shows too much or too little is found out.
    """

    field_sizes: tuple[int, ...] = (50,)

    def nats(self, steps: np.ndarray) -> np.ndarray:
        return (100.0 * np.arange(1, len(steps)) + steps[0, 0])[:, None] * np.ones(len(self.field_sizes))


@dataclass
class Table:
    """A two-field scorer with fixed probabilities: field 0 given nothing, field 1 given field 0."""

    first: np.ndarray
    second: np.ndarray

    @property
    def field_sizes(self) -> tuple[int, ...]:
        return len(self.first), self.second.shape[1]

    def nats(self, steps: np.ndarray) -> np.ndarray:
        a, b = steps[1:, 0], steps[1:, 1]
        return -np.log(np.stack([self.first[a], self.second[a, b]], 1))


TABLE = Table(
    np.array([0.0, 0.5, 0.25, 0.25]) + 1e-300, np.array([[0.5, 0.5], [1, 1e-300], [0.5, 0.5], [0.25, 0.75]])
)


def test_every_figure_by_hand() -> None:
    # two notes and the end: -ln(1/4 * 1/2), -ln(1/4 * 3/4), -ln(1/2 * 1)
    held_out = [piece((2, 0), (3, 1))]
    found = likelihood(TABLE, held_out, notes=2, field_names=("pitch", "length"), seconds=4.0, quarters=8.0)
    total = math.log(8) + math.log(16 / 3) + math.log(2)
    assert found.steps == 3
    assert found.pieces == 1
    assert found.nats_per_step == pytest.approx(total / 3)
    assert found.nats_per_field == pytest.approx(
        {"pitch": (2 * math.log(4) + math.log(2)) / 3, "length": (math.log(2) + math.log(4 / 3)) / 3}
    )
    assert found.perplexity == pytest.approx(math.exp(total / 3))
    assert found.bits_per_note == pytest.approx(total / math.log(2) / 2)
    assert found.bits_per_second == pytest.approx(total / math.log(2) / 4)
    assert found.bits_per_quarter == pytest.approx(total / math.log(2) / 8)
    assert math.isnan(found.standard_error)


def test_without_the_end_step() -> None:
    found = likelihood(TABLE, [piece((2, 0), (3, 1))], "full:no-end", notes=2, field_names=("pitch", "length"))
    assert found.steps == 2
    assert found.nats_per_step == pytest.approx((math.log(8) + math.log(16 / 3)) / 2)
    assert found.protocol == "full:no-end"


def test_chain_rule_over_all_pairs() -> None:
    prices = [
        TABLE.nats(np.array([(0, 0), pair], np.int32)).sum() for pair in itertools.product(range(4), range(2))
    ]
    assert sum(math.exp(-price) for price in prices) == pytest.approx(1)


def test_standard_error_by_hand() -> None:
    # pieces cost 2 and 6 nats over 1 and 1 steps: mean 4, residuals -2 and 2, sqrt(2 * 8) / 2 = 2
    @dataclass
    class Fixed:
        field_sizes: tuple[int, ...] = (9,)

        def nats(self, steps: np.ndarray) -> np.ndarray:
            return steps[:-1].astype(float) * 0 + steps[1, 0]

    pieces = [np.array([[0], [2]], np.int32), np.array([[0], [6]], np.int32)]
    found = likelihood(Fixed(), pieces, notes=2, field_names=("x",))
    assert found.nats_per_step == 4
    assert found.standard_error == pytest.approx(2)


def test_full_sees_the_whole_piece() -> None:
    steps = np.array([[0], [7], [8], [9], [1]], np.int32)
    assert price_all(Looking(), [steps], Protocol.parse("full"))[0][:, 0].tolist() == [100, 200, 300, 400]


@pytest.mark.parametrize("visible", [1, 2, 3, 4, 9])
def test_context_shows_each_step_at_most_so_many_before_it(visible: int) -> None:
    steps = np.array([[0], [7], [8], [9], [5], [1]], np.int32)
    found = price_all(Looking(), [steps, steps[:3]], Protocol.parse(f"context:{visible}"))
    for sequence, nats in zip([steps, steps[:3]], found):
        assert len(nats) == len(sequence) - 1
        for target in range(1, len(sequence)):
            seen = sequence[max(0, target - visible) : target, 0]
            assert nats[target - 1, 0] == 100 * len(seen) + seen[0]


def test_exhaustive_windows_price_every_step_once() -> None:
    pieces = [piece((2,), (3,), (4,)), piece((5,), (6,)), piece((7,))]
    protocol = Protocol.parse("windows:3:all")
    windows = protocol.cut(pieces)
    stream = np.concatenate(pieces)[:, 0]
    assert np.concatenate([window[1:, 0] for window in windows]).tolist() == stream[1:].tolist()
    assert max(len(window) for window in windows) == 4
    found = likelihood(Looking(), pieces, protocol, notes=6, field_names=("x",))
    assert found.steps == 9, "six notes and three ends; no begin step"


def test_sampled_windows_are_drawn_as_documented() -> None:
    pieces = [piece(*[(2 + i % 7,) for i in range(60)]), piece(*[(3 + i % 5,) for i in range(50)])]
    windows = Protocol.parse("windows:16").cut(pieces)
    stream = np.concatenate(pieces)
    places = np.random.default_rng(0).integers(0, len(stream) - 16, WINDOWS)
    assert len(windows) == WINDOWS == 400
    assert all(np.array_equal(window, stream[p : p + 17]) for window, p in zip(windows, places))
    starts = set(places.tolist())
    assert min(starts) == 0
    assert max(starts) == len(stream) - 17, "the last place still holds a whole window"


def test_a_window_longer_than_everything_is_everything() -> None:
    pieces = [piece((2,), (3,))]
    assert [window.tolist() for window in Protocol.parse("windows:99").cut(pieces)] == [pieces[0].tolist()]


def test_bits_per_note_under_windows_speak_of_all_steps() -> None:
    pieces = [piece(*[(2,)] * 40)]
    uniform = Uniform((8,))
    whole, drawn = (
        likelihood(uniform, pieces, protocol, notes=20, field_names=("x",)) for protocol in ("full", "windows:5")
    )
    assert whole.bits_per_note == pytest.approx(41 * 3 / 20)
    assert drawn.bits_per_note == pytest.approx(whole.bits_per_note)


@pytest.mark.parametrize("text", ["full", "context:256", "windows:100", "windows:7:all", "full:no-end"])
def test_protocols_are_written_as_they_are_read(text: str) -> None:
    assert str(Protocol.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "fall", "context", "context:0", "context:x", "windows:-3", "full:3", "full:all"]
)
def test_what_is_no_protocol_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(UsageError, match="context:256"):
        Protocol.parse(text)


def test_data_that_does_not_fit_the_model_is_refused() -> None:
    uniform = Uniform((4,))
    with pytest.raises(UsageError, match="model's own encoding"):
        likelihood(uniform, [piece((9,))], notes=1, field_names=("x",))
    with pytest.raises(UsageError, match="fields"):
        likelihood(uniform, [piece((2,))], notes=1, field_names=("x", "y"))
    with pytest.raises(UsageError, match="shape"):
        likelihood(uniform, [piece((2, 2))], notes=1, field_names=("x",))
    with pytest.raises(UsageError, match="no step"):
        likelihood(uniform, [], notes=1, field_names=("x",))


def test_parts_together_are_the_whole() -> None:
    pieces = [piece((2, 0), (3, 1)), piece((3, 0)), piece((2, 1), (2, 1), (2, 0))]
    names = ("pitch", "length")
    whole = likelihood(TABLE, pieces, notes=6, field_names=names)
    parts = [likelihood(TABLE, [p], notes=len(p) - 2, field_names=names) for p in pieces]
    again = joined(parts)
    assert again.nats_per_step == pytest.approx(whole.nats_per_step)
    assert again.nats_per_field == pytest.approx(whole.nats_per_field)
    assert again.bits_per_note == pytest.approx(whole.bits_per_note)
    assert again.standard_error == pytest.approx(whole.standard_error)


def test_json_keys_are_the_contract() -> None:
    found = likelihood(TABLE, [piece((2, 0))], notes=1, field_names=("a", "b")).as_json()
    keys = "nats_per_step nats_per_field accuracy_per_field mae_seconds_per_field perplexity bits_per_note"
    assert set(f"{keys} pieces steps notes protocol".split()) <= found.keys()
    assert json.loads(json.dumps(found, allow_nan=False))["bits_per_second"] is None

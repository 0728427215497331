"""Prices in every unit, of parts, and at a stated resolution: exact, whatever the encoding."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pytest

from etude.encodings import decode
from etude.encodings.base import BEGIN, END, Field, framed
from etude.encodings.chorale import Chorale
from etude.encodings.notes import Notes
from etude.encodings.roll import KEYS, Roll
from etude.errors import UsageError
from etude.evaluation import HeldOut, Uniform, grids, happenings, surcharge, two_fold
from etude.evaluation.resolution import widths
from etude.score import Score
from etude.testing.fakes import TableStepper

NAMES = ("first", "second")
SIZES = (4, 3)  # begin, end and two values; three values


def pieces(count: int, length: int, seed: int = 0) -> list[np.ndarray]:
    """Random pieces of SIZES."""
    random = np.random.default_rng(seed)
    bodies = [np.stack([random.integers(2, 4, length), random.integers(0, 3, length)], 1) for _ in range(count)]
    return [framed(body.astype(np.int32)) for body in bodies]


def held(parts: bool = False) -> HeldOut:
    """Five pieces with all amounts known."""
    found = pieces(5, 9)
    masks = {"onsets": [piece == 2 for piece in found], "rest": [piece != 2 for piece in found]} if parts else {}
    return HeldOut(
        found,
        NAMES,
        np.array([3, 4, 5, 6, 7]),
        np.array([6, 8, 10, 12, 14]),
        np.array([2.0, 3, 4, 5, 6]),
        np.array([4.0, 6, 8, 10, 12]),
        masks,
    )


def test_every_unit_is_the_same_bits_over_another_amount() -> None:
    found = held().price(TableStepper.random(SIZES))
    bits = found.nats_per_step * found.steps / math.log(2)
    assert found.bits == pytest.approx(bits)
    assert found.bits_per_note * 25 == pytest.approx(bits)
    assert found.bits_per_source_note * 50 == pytest.approx(bits)
    assert found.bits_per_second * 20 == pytest.approx(bits)
    assert found.bits_per_quarter * 40 == pytest.approx(bits)
    unknown = HeldOut.of(held().pieces, held().notes, NAMES).price(Uniform(SIZES))
    assert math.isnan(unknown.bits_per_second)
    assert math.isnan(unknown.bits_per_source_note)
    with pytest.raises(UsageError, match="5 pieces and 2 counts"):
        HeldOut.of(held().pieces, [1, 2], NAMES)


def test_two_fold_figures_know_every_unit_too() -> None:
    whole, halves = (
        held(parts=True).price(Uniform(SIZES)),
        two_fold({"x": Uniform(SIZES)}, held(parts=True))["x"],
    )
    for unit in ("bits_per_note", "bits_per_source_note", "bits_per_second", "bits_per_quarter"):
        assert getattr(halves, unit) == pytest.approx(getattr(whole, unit)), unit
    for name, part in whole.parts.items():
        assert vars(halves.parts[name]) == pytest.approx(vars(part)), name


def test_parts_add_up_to_the_whole_under_every_protocol() -> None:
    scorer = TableStepper.random(SIZES, seed=4)
    for protocol in ("full", "full:no-end", "context:3", "windows:4:all"):
        found = held(parts=True).price(scorer, protocol)
        onsets, rest = found.parts["onsets"], found.parts["rest"]
        assert onsets.values + rest.values == found.steps * 2, protocol
        assert onsets.nats * onsets.values + rest.nats * rest.values == pytest.approx(found.totals.sum())
        assert onsets.share + rest.share == pytest.approx(1)
        if not protocol.startswith("windows"):
            assert onsets.bits_per_note + rest.bits_per_note == pytest.approx(found.bits_per_note)


@pytest.mark.parametrize("protocol", ["full", "context:3", "windows:4:all"])
def test_a_part_is_the_price_of_the_values_that_were_marked(protocol: str) -> None:
    @dataclass
    class ItsValue:
        field_sizes: tuple[int, ...] = SIZES

        def nats(self, steps: np.ndarray) -> np.ndarray:
            return steps[1:].astype(np.float64)  # a value costs as many nats as it says

    found = pieces(5, 9)
    marked = {"twos": [piece == 2 for piece in found], "threes": [piece == 3 for piece in found]}
    priced = HeldOut(found, NAMES, np.full(5, 9), parts=marked).price(ItsValue(), protocol)
    assert priced.parts["twos"].nats == 2
    assert priced.parts["threes"].nats == 3


def test_all_pieces_of_a_length_are_as_likely_as_that_length() -> None:
    # the chain rule over steps and fields at once: every piece of two steps, each with every end
    scorer = TableStepper.random(SIZES, seed=2)
    likely = 0.0
    for values in itertools.product(itertools.product(range(4), range(3)), repeat=3):
        steps = np.array([(0, 0), *values], np.int32)
        likely += math.exp(-float(scorer.nats(steps).sum()))
    assert likely == pytest.approx(1)


@dataclass
class InOneField:
    """`model` over steps of two fields, as a scorer of the same music told value by value, one field a step.

    Value 2 + v stands for value v of either field in turn; a step that begins or ends a piece is one value.
    """

    model: TableStepper
    field_sizes: tuple[int, ...] = (2 + 4 + 3,)

    def nats(self, steps: np.ndarray) -> np.ndarray:
        whole = self.model.nats(together(steps))
        ends = [[nats.sum()] if step[0] in (BEGIN, END) else nats for nats, step in zip(whole, together(steps)[1:])]
        return np.concatenate(ends)[:, None]


def told_singly(steps: np.ndarray) -> np.ndarray:
    """The steps of two fields as steps of one."""
    body = steps[1:-1] + np.array([2, 6])
    return framed(body.reshape(-1, 1).astype(np.int32))


def together(steps: np.ndarray) -> np.ndarray:
    """The inverse of `told_singly`."""
    return framed((steps[1:-1, 0].reshape(-1, 2) - np.array([2, 6])).astype(np.int32))


def test_two_encodings_that_are_bijections_cost_the_same_in_every_unit() -> None:
    model = TableStepper.random(SIZES, seed=7)
    one = held()
    other = HeldOut(
        [told_singly(piece) for piece in one.pieces],
        ("value",),
        *(one.notes, one.source_notes, one.seconds, one.quarters),
    )
    assert all(np.array_equal(together(told_singly(piece)), piece) for piece in one.pieces)
    first, second = one.price(model), other.price(InOneField(model))
    assert second.steps > 1.7 * first.steps, "told in other steps"
    assert second.nats_per_step < 0.6 * first.nats_per_step
    for unit in ("bits_per_note", "bits_per_source_note", "bits_per_second", "bits_per_quarter"):
        assert getattr(second, unit) == pytest.approx(getattr(first, unit)), unit
    assert second.totals == pytest.approx(first.totals), "piece by piece"


def test_onsets_and_changes_of_a_chorale() -> None:
    cells = [(0, 480, 60, 80, 0), (480, 240, 60, 80, 0), (0, 720, 52, 80, 1), (0, 720, 48, 80, 2)]
    score = Score.of([*cells, (0, 720, 40, 80, 3), (960, 120, 62, 80, 0)], tracks=())
    for holds in (True, False):
        encoding = Chorale(holds=holds)
        steps = encoding.encode(score)
        (found,) = zip(*happenings(encoding, [steps]).values())
        onsets, changes = found
        soprano = [0, 4, 8] if holds else [0, 8]  # a repeated note is one note without holds
        assert np.flatnonzero(onsets[1:-1, 0]).tolist() == soprano
        assert np.flatnonzero(changes[1:-1, 0]).tolist() == sorted({*soprano, 6})
        assert np.flatnonzero(changes[1:-1, 3]).tolist() == [0, 6]
        assert not onsets[[0, -1]].any()
        assert onsets.sum() == encoding.note_count(steps)
        assert (changes >= onsets).all()


def test_onsets_and_changes_of_a_roll() -> None:
    roll = Roll(frames=4)
    frames = np.zeros((6, KEYS), bool)
    frames[1:4, 40] = True
    frames[5, 40] = True
    steps = roll.from_frames(frames)
    onsets, changes = happenings(roll, [steps]).values()
    assert np.argwhere(onsets[0]).tolist() == [[2, 40], [6, 40]]
    assert np.argwhere(changes[0]).tolist() == [[2, 40], [5, 40], [6, 40]]
    assert happenings(Notes(), [np.zeros((2, 4), np.int32)]) == {}


def test_the_uniform_price_of_an_onset_is_that_of_any_value() -> None:
    roll = Roll(frames=4)
    frames = np.zeros((8, KEYS), bool)
    frames[2:5, 30:33] = True
    steps = roll.from_frames(frames)
    one = HeldOut([steps], [f.name for f in roll.fields], np.array([3]), parts=happenings(roll, [steps]))
    sizes = tuple(f.size for f in roll.fields)
    found = one.price(Uniform(sizes))
    assert found.parts["onsets"].nats == pytest.approx(math.log(2))
    assert found.parts["onsets"].values == 3
    assert found.parts["onsets"].bits_per_note == pytest.approx(1)
    assert decode(roll, steps).notes["pitch"].tolist() == [51, 52, 53]


def test_widths_reach_halfway_to_the_neighbours() -> None:
    found = widths(Field("x", 5, "seconds", (math.nan, 0.0, 1.0, 4.0, 2.0)))
    assert found is not None
    assert found[1:].tolist() == [1.0, 1.0, 2.0, 1.5]
    assert math.isnan(found[0])
    assert widths(Field("x", 3)) is None
    assert widths(Field("x", 1, "velocity", (80.0,))) is None


def logistic(edge: np.ndarray) -> np.ndarray:
    """The distribution function of waits around 0.3 s."""
    return 1 / (1 + np.exp(-(edge - 0.3) / 0.08))


@pytest.mark.parametrize("ticks", [0.05, 0.02, 0.01, 0.005])
def test_a_density_costs_the_same_on_every_grid(ticks: float) -> None:
    # one model, a proper density, told on grids of 50 to 5 ms: at 10 ms its price is that of the density
    heard = np.random.default_rng(0).logistic(0.3, 0.08, 4000)
    heard = heard[(heard > 0.05) & (heard < 0.95)]  # the outermost bins reach to infinity
    values = np.arange(0, 1 + ticks / 2, ticks)
    edges = (values[1:] + values[:-1]) / 2
    mass = np.diff(np.concatenate([[0.0], logistic(edges), [1.0]]))
    fields = (
        Field("pitch", 4, "semitones", (math.nan, math.nan, 60.0, 61.0)),
        Field("step", len(values), "seconds", tuple(values)),
    )
    index = np.abs(heard[:, None] - values).argmin(axis=1)
    steps = framed(np.stack([np.full(len(heard), 2), index], 1).astype(np.int32))
    extra = surcharge([steps], fields) / len(heard)
    price = -np.log(mass[index]).mean() + extra
    density = -np.log(0.01 / 0.08 * logistic(heard) * (1 - logistic(heard))).mean()
    assert price == pytest.approx(density, abs=0.03)
    assert abs(extra) == pytest.approx(abs(math.log(ticks / 0.01)), abs=1e-9)


def test_the_grids_of_the_notes_encoding_are_stated() -> None:
    found = grids(Notes(time="performed").fields)
    assert found["step"].finest == pytest.approx(0.01)
    assert found["step"].coarsest > 0.5
    assert found["pitch"].finest == found["pitch"].coarsest == 1
    assert math.isnan(surcharge([np.zeros((2, 1), np.int32)], (Field("token", 9),))), "it tells no number"


def test_times_in_quarters_are_priced_in_seconds() -> None:
    encoding = Notes(time="scored", velocities=1)
    steps = encoding.encode(Score.of([(480 * i, 480, 60 + i, 80, 0) for i in range(4)]))
    slow, fast = (surcharge([steps], encoding.fields, [tempo]) for tempo in (1.0, 0.5))
    assert slow - fast == pytest.approx(2 * 4 * math.log(2)), "two times a note, told twice as finely"
    assert fast == pytest.approx(2 * 4 * math.log(0.5 / 12 / 0.01))
    assert math.isnan(surcharge([steps], encoding.fields))
    assert math.isnan(surcharge([np.zeros((2, 4), np.int32)], Chorale().fields)), "no field tells a time"

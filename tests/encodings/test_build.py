"""Encodings are built by name, and say what is wrong with a name or a setting."""

from __future__ import annotations

import numpy as np
import pytest

from etude.encodings import BEGIN, END, build, decode, events_of
from etude.encodings.grids import Grid, velocity_bins
from etude.errors import BadInput, Reason, UsageError
from etude.score import Score


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'letters'"):
        build("leters")


def test_an_unknown_setting_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'velocities'"):
        build("notes", velocites=3)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("notes", {"velocities": 0}),
        ("notes", {"time": "sometimes"}),
        ("notes", {"resolution": 7}),
        ("events", {"resolution": 5}),
        ("roll", {"frames": 7}),
    ],
)
def test_a_setting_out_of_range_is_a_usage_error(name: str, settings: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        build(name, **settings)


@pytest.mark.parametrize("name", ["letters", "abc", "chorale", "notes", "events", "roll"])
def test_music_without_notes_is_refused_by_name(name: str) -> None:
    with pytest.raises(BadInput) as caught:
        build(name).encode(Score.of([]))
    assert caught.value.reason is Reason.EMPTY


def test_reading_stops_at_the_end_step_and_needs_no_begin_step() -> None:
    encoding = build("letters")
    assert len(decode(encoding, [[2], [4], [END], [6]])) == 2
    assert decode(encoding, [[BEGIN], [2], [4]]) == decode(encoding, [[2], [4]])


def test_events_come_as_soon_as_they_are_certain() -> None:
    reader = build("notes", time="scored").reader()
    (on,) = reader.feed([62, 0, 11, 3])  # a quarter
    assert (on.kind, on.number, on.tick) == ("on", 60, 0)
    events = reader.feed([64, 12, 0, 3])
    assert [(event.kind, event.tick) for event in events] == [("off", 12), ("on", 12)]
    assert len(list(events_of(build("notes"), [[62, 0, 11, 3]]))) == 2


def test_a_grid_is_exact_below_and_coarser_by_the_octave_above() -> None:
    grid = Grid(100, 20, 5, zero=True)
    short = np.arange(101)
    np.testing.assert_array_equal(grid.ticks[grid.nearest(short)], short)
    np.testing.assert_array_equal(grid.nearest(grid.ticks), np.arange(len(grid)))
    long = np.arange(100, 3201)
    assert (np.abs(grid.ticks[grid.nearest(long)] - long) <= long * 0.5 / 20 + 1).all()
    assert (grid.ticks[grid.floor(long)] <= long).all()
    assert grid.ticks[grid.nearest([10**6])] == grid.longest == 3200


@pytest.mark.parametrize("count", [1, 2, 16, 32, 127])
def test_every_velocity_bin_stands_for_one_of_its_own(count: int) -> None:
    bins, middles = velocity_bins(count)
    np.testing.assert_array_equal(bins[middles], np.arange(count))
    assert (np.diff(bins) >= 0).all()

"""What every format promises, as checks to run over your own; and what MIDI makes of a Score."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from etude.errors import BadInput
from etude.formats.base import Format, Reading
from etude.score import Score


def check_format(form: Format, scores: Iterable[Score], within: Callable[[Score], Score] = lambda s: s) -> None:
    """Holds when each of `scores` comes back from a file as `within` says (unchanged unless told).

    Also: the same Score gives the same bytes, and a second trip changes nothing.
    """
    for score in scores:
        data = form.dump([score])
        assert form.dump([score]) == data, "the same Score gave other bytes"
        first = the_score(form.parse(data))
        expected = within(score)
        assert difference(first, expected) == "", f"{score!r} came back changed: {difference(first, expected)}"
        again = the_score(form.parse(form.dump([first])))
        assert difference(again, first) == "", f"the second trip changed: {difference(again, first)}"


def the_score(readings: list[Reading]) -> Score:
    """The Score of the only Reading; AssertionError when there is another, or none that is good."""
    assert len(readings) == 1, f"{len(readings)} readings instead of one"
    reading = readings[0]
    assert reading.score is not None, f"refused: {reading.reason}: {reading.detail}"
    return reading.score


def difference(left: Score, right: Score) -> str:
    """The first part in which two Scores differ, with both values; '' when they are equal."""
    for name in ("tpq", "notes", "tempos", "meters", "keys", "controls", "marks", "tracks", "meta"):
        mine, other = getattr(left, name), getattr(right, name)
        same = np.array_equal(mine, other) if isinstance(mine, np.ndarray) else mine == other
        if not same:
            return f"{name}: {mine} instead of {other}"
    return ""


def check_junk(form: Format, junk: Iterable[bytes]) -> None:
    """Holds when each of `junk` is read, refused tune by tune, or refused with BadInput: nothing else is raised."""
    for data in junk:
        try:
            readings = form.parse(data)
        except BadInput as refused:
            check_reading(Reading(None, refused.reason, str(refused)))
            continue
        assert readings, "an empty list of readings"
        for reading in readings:
            check_reading(reading)


def check_reading(reading: Reading) -> None:
    """Holds when a Reading is one of its three kinds and its Score keeps every promise of the tables."""
    if reading.score is None:
        assert reading.reason, "a refusal has a reason"
        assert reading.detail, "a refusal says what was wrong"
        return
    score = reading.score
    rebuilt = score.replace()  # Score.of sorts and checks again
    assert difference(rebuilt, score) == ""
    assert np.isfinite(score.seconds(score.notes["onset"])).all()
    assert not reading.reason or reading.detail, "a repair says what was mended"


def as_midi(score: Score) -> Score:
    """The Score as a MIDI file can hold it.

    A note lasts at least a tick; in one track and pitch the first to start is the first to end; controls of one
    tick stand in the order of their tracks.
    """
    notes = score.notes.copy()
    ends = notes["onset"] + np.maximum(notes["duration"], 1)
    by_start = np.lexsort([np.arange(len(notes)), notes["pitch"], notes["track"]])
    by_end = np.lexsort([ends, notes["pitch"], notes["track"]])
    matched = np.empty_like(ends)
    matched[by_start] = ends[by_end]
    notes["duration"] = matched - notes["onset"]
    controls = score.controls[np.lexsort([score.controls["track"], score.controls["tick"]])]
    return score.replace(notes=notes, controls=controls)

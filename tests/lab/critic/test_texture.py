"""What sounds around a note, told without tracks."""

from __future__ import annotations

import numpy as np

from etude.lab.critic.texture import APART, PLACES, texture


def heard(*notes: tuple[int, int, int]) -> dict[str, list[int]]:
    """Of notes (onset, pitch, length), in order."""
    onsets, pitches, lengths = (np.array(column, np.int64) for column in zip(*notes))
    return {name: values.tolist() for name, values in texture(pitches, onsets, lengths).items()}


def test_a_chord_is_heard_from_each_of_its_notes() -> None:
    found = heard((0, 48, 24), (0, 64, 24), (0, 67, 24), (0, 72, 24))
    assert found["place"] == [3, 2, 1, 0]
    assert found["above"] == [16, 3, 5, 0]
    assert found["below"] == [0, 16, 3, 5]
    assert found["chord"][0] == 1 | 1 << 4 | 1 << 7
    assert found["chord"][1] == 1 | 1 << 3 | 1 << 8
    assert found["move"] == [0, 0, 0, 0], "nothing sounded before"


def test_voices_move_at_their_places() -> None:
    found = heard((0, 60, 24), (0, 72, 48), (24, 62, 24), (48, 59, 24), (48, 74, 24))
    assert found["move"][2:] == [APART + 1 + 2, APART + 1 - 3, APART + 1 + 2]
    assert found["place"][2:] == [1, 1, 0]


def test_a_line_has_no_neighbours_and_its_moves_are_its_intervals() -> None:
    found = heard((0, 60, 24), (24, 64, 24), (48, 30, 24), (96, 31, 24))
    assert found["above"] == found["below"] == found["place"] == [0, 0, 0, 0]
    assert found["chord"] == [1, 1, 1, 1]
    assert found["move"] == [0, APART + 5, 1, 0], "leaps are cut, and after a rest nobody has sounded"


def test_many_notes_at_once_stay_in_range() -> None:
    found = heard(*((0, 30 + 2 * i, 24) for i in range(30)))
    assert max(found["place"]) == PLACES - 1
    assert max(found["above"]) <= APART

"""Events: parts, drums, bars, upbeats and tempo."""

from __future__ import annotations

import numpy as np
import pytest

from etude.encodings import decode
from etude.encodings.events import Events
from etude.encodings.events_reader import BAR, FIRST_POSITION, PART, TEMPO
from etude.errors import BadInput, Reason
from etude.score import METER, Mark, Score, Track

EVENTS = Events()


def band() -> Score:
    return Score.of(
        [
            (0, 480, 40, 90, 0),
            (0, 240, 64, 60, 1),
            (480, 240, 67, 60, 1),
            (0, 120, 36, 100, 3),
            (1920, 960, 41, 90, 0),
        ],
        tracks=[Track("bass", 33), Track("keys", 4), Track("silent", 5), Track("kit", 0, True)],
        meters=np.array([(0, 4, 4), (1920, 3, 4)], METER),
        tempos=[(0, 500_000), (1920, 400_000)],
    )


def test_parts_come_first_then_bars_with_meter_tempo_and_notes() -> None:
    steps = EVENTS.encode(band())
    kinds = steps[1:-1, 0].tolist()
    assert kinds[:3] == [PART] * 3
    assert steps[1:4, 1].tolist() == [1 + 33, 1 + 4, 1 + 128]
    assert kinds[3:5] == [BAR, TEMPO]
    assert kinds[5:9] == [FIRST_POSITION] * 3 + [FIRST_POSITION + 12]
    assert kinds[9:] == [BAR, TEMPO, FIRST_POSITION]


def test_a_band_comes_back_with_programs_drums_meters_and_tempo() -> None:
    again = decode(EVENTS, EVENTS.encode(band()))
    assert [(track.program, track.is_drum) for track in again.tracks] == [(33, False), (4, False), (0, True)]
    assert again.meters.tolist() == [(0, 4, 4), (48, 3, 4)]
    np.testing.assert_allclose(60e6 / again.tempos["microseconds"], [120, 150], rtol=0.03)
    assert again.notes["pitch"].tolist() == [36, 40, 64, 67, 41]
    assert again.notes["onset"].tolist() == [0, 0, 0, 12, 48]


def test_drums_stay_when_the_rest_is_moved() -> None:
    moved = EVENTS.transpose(EVENTS.encode(band()), 2)
    assert moved is not None
    assert decode(EVENTS, moved).notes["pitch"].tolist() == [36, 42, 66, 69, 43]
    drums = Score.of([(0, 120, 36, 80, 0)], tracks=[Track("kit", 0, True)])
    assert EVENTS.transposable(EVENTS.encode(drums)) == (0, 0)


def test_an_upbeat_comes_back_as_one() -> None:
    score = Score.of([(0, 240, 60, 80, 0), (240, 960, 62, 80, 0)], marks=[Mark(0, "pickup", "240")])
    again = decode(EVENTS, EVENTS.encode(score))
    assert [mark.text for mark in again.marks if mark.kind == "pickup"] == ["6"]
    assert again.meters.tolist() == [(0, 4, 4)]


def test_too_many_parts_are_refused_by_name() -> None:
    crowd = Score.of([(0, 480, 60, 80, track) for track in range(17)])
    with pytest.raises(BadInput, match="17 parts") as caught:
        EVENTS.encode(crowd)
    assert caught.value.reason is Reason.NOT_ENCODABLE

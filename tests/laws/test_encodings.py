"""The laws of `etude.testing.encoding_laws`, run over every encoding that is registered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etude import registry
from etude.encodings import Encoding, build
from etude.errors import MissingPart
from etude.score import KEY, METER, Mark, Score, Track
from etude.testing.encoding_laws import check_any_integers, check_encoding, check_walk, random_steps

VARIANTS: list[tuple[str, dict[str, object]]] = [
    *((name, {}) for name in registry.names("encodings")),
    ("abc", {"skyline": True}),
    ("chorale", {"holds": False}),
    ("roll", {"frames": 1}),
    ("roll", {"frames": 20, "time": "performed"}),
    ("events", {"resolution": 4, "velocities": 1}),
    ("notes", {"time": "scored", "velocities": 1}),
    ("notes", {"time": "scored", "resolution": 24, "part": "skyline"}),
    ("notes", {"part": "drums"}),
    ("notes", {"conditions": "composer,era", "composers": ["Bach", "Field"]}),
    ("notes", {"conditions": "era", "part": "skyline"}),
    ("abc", {"conditions": "label,type,meter,key,mode,form,density,register", "labels": ["one"]}),
    ("chorale", {"conditions": "key,mode,density,register"}),
    ("events", {"conditions": "meter,tempo,density"}),
    ("letters", {"conditions": "type,meter"}),
    ("performance", {"part": "drums", "conditions": "type,tempo,meter,density"}),
    ("chords", {"slots": 2, "window": 3}),
    ("chords", {"time": "scored", "velocities": 1, "slots": 1}),
    ("chords", {"part": "drums"}),
    ("performance", {"timing": "truncated"}),
    ("performance", {"part": "skyline"}),
    ("performance", {"part": "drums"}),
]


def random_score(seed: int, tracks: int, per_bar: int, *, drums: bool = False) -> Score:
    """Up to `tracks` voices of eighths, quarters and triplets in a random meter and key."""
    random = np.random.default_rng(seed)
    rows = []
    for track in range(tracks):
        tick = int(random.choice([0, 0, 240, 480]))
        for _ in range(int(random.integers(1, 6 * per_bar))):
            length = int(random.choice([120, 240, 240, 480, 720]))
            if random.random() < 0.9:
                pitch = int(random.integers(48, 79))
                rows.append((tick, length, pitch, int(random.integers(1, 128)), track))
            tick += length
    rows = rows or [(0, 480, 60, 80, 0)]
    meter = [(0, *[(4, 4), (6, 8), (3, 4), (2, 2)][seed % 4])]
    keys = [] if seed % 3 == 0 else [(0, int(random.integers(-5, 7)), seed % 7)]
    return Score.of(
        rows,
        meters=np.array(meter, METER),
        keys=np.array(keys, KEY),
        marks=[Mark(0, "pickup", "240")] if seed % 5 == 1 else [],
        tracks=[Track(f"part {track}", 0, drums and track == 0) for track in range(tracks)],
        tempos=[(0, int(random.integers(300_000, 900_000)))],
    )


SCORES = [
    *(random_score(seed, 1, 4) for seed in range(6)),
    *(random_score(seed, 4, 4) for seed in range(6, 10)),
    *(random_score(seed, 2, 6, drums=True) for seed in range(10, 13)),
]


@pytest.fixture(scope="module", params=VARIANTS, ids=lambda variant: f"{variant[0]}-{variant[1]}")
def encoding(request: pytest.FixtureRequest) -> Encoding:
    name, chosen = request.param
    try:
        made = build(name, **chosen)
        assert made.fields
    except MissingPart as error:  # one around a package that is not installed
        pytest.skip(str(error))
    return made


def test_every_law_on_made_music(encoding: Encoding) -> None:
    assert check_encoding(encoding, SCORES) >= 3


@given(seed=st.integers(0, 2**32))
@example(seed=127)  # an ABC walk that breaks off in a first ending
@settings(deadline=None, max_examples=25)
def test_random_walks_lose_no_note(encoding: Encoding, seed: int) -> None:
    check_walk(encoding, seed)


@given(seed=st.integers(0, 2**32), far=st.booleans())
@settings(deadline=None, max_examples=25)
def test_any_integers_decode(encoding: Encoding, seed: int, far: bool) -> None:
    steps = random_steps(encoding, seed)
    check_any_integers(encoding, steps * 1000 - 500 if far else steps)

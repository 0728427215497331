"""Music for tests: tunes in ABC, random scores from a seed, and a hypothesis strategy of small ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from etude.errors import MissingPart
from etude.score import BEND, NOTE, PROGRAM, SUSTAIN, Mark, Metadata, Score, Track

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


SCALE = "CDEFGABcdefgab"


def abc_tune(number: int) -> str:
    """ABC of a four-bar tune that walks along the scale and is repeated, another one for each number."""
    rng = np.random.default_rng(number)
    place = int(rng.integers(3, 8))
    letters = []
    for step in rng.integers(-2, 3, 32):
        place = int(np.clip(place + step, 0, len(SCALE) - 1))
        letters.append(SCALE[place])
    bars = "|".join("".join(letters[start : start + 8]) for start in range(0, 32, 8))
    return f"X:{number}\nT:Tune {number}\nR:reel\nM:4/4\nL:1/8\nK:C\n|:{bars}:|\n"


def random_score(
    seed: int, *, notes: int = 100, tracks: int = 2, tpq: int = 480, grid: int | None = None, drums: bool = False
) -> Score:
    """A Score of `notes` random notes on a grid of `grid` ticks (a sixteenth unless told), the same for a seed.

    Tempo, meter and key change once; every track has a program and a little pedal; with `drums` the last track
    is a drum kit.
    """
    rng = np.random.default_rng(seed)
    step = grid or max(1, tpq // 4)
    table = np.zeros(notes, NOTE)
    table["onset"] = np.cumsum(rng.integers(0, 3, notes)) * step
    table["duration"] = rng.integers(1, 9, notes) * step
    table["pitch"] = rng.integers(36, 96, notes)
    table["velocity"] = rng.integers(1, 128, notes)
    table["track"] = rng.integers(0, tracks, notes)
    middle = int(table["onset"][notes // 2]) if notes else 4 * tpq
    parts = [Track(f"part {i + 1}", int(rng.integers(0, 128))) for i in range(tracks)]
    if drums:
        parts[-1] = Track("kit", 0, True)
    pedal = [(4 * step * i, i % tracks, SUSTAIN, 127 * (i % 2)) for i in range(6)]
    return Score.of(
        table,
        tempos=[(0, 500_000), (middle, int(rng.integers(250_000, 1_000_000)))],
        meters=[(0, 4, 4), (16 * tpq, 3, 4)],
        keys=[(0, int(rng.integers(-7, 8)), 0)],
        controls=pedal,
        tracks=parts,
        tpq=tpq,
        meta=Metadata(title=f"Score {seed}"),
    )


def few_bars(seed: int, voices: int, drums: bool = False) -> Score:
    """A Score of twelve quarters or so in `voices` voices: random lengths, ties over bar lines, some silence.

    Meter and upbeat are those of the seed: 4/4, 3/4 with an upbeat, 6/8.
    """
    random = np.random.default_rng(seed)
    rows = []
    for voice in range(voices):
        tick = 0
        while tick < 12 * 480:
            length = int(random.choice((120, 240, 480, 720)))
            if random.random() < 0.85:
                rows.append((tick, length, 74 - 8 * voice + int(random.integers(0, 7)), 80, voice))
            tick += length
    marks = [Mark(0, "pickup", "480")] if seed % 3 == 1 else []
    meters = [(0, *[(4, 4), (3, 4), (6, 8)][seed % 3])]
    tracks = [Track(f"part {voice}", 0, drums) for voice in range(voices)]
    return Score.of(rows, meters=meters, marks=marks, tracks=tracks)


def any_scores(max_notes: int = 30, max_tracks: int = 3) -> SearchStrategy[Score]:
    """A hypothesis strategy of Scores with everything in them: maps, pedals, bends, programs, marks, metadata.

    Raises MissingPart where hypothesis is not installed: only tests need it.
    """
    try:
        from hypothesis import strategies as st
    except ModuleNotFoundError as error:
        raise MissingPart("Drawing scores with hypothesis", "testing") from error

    tick = st.integers(0, 4000)
    text = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12).map(str.strip)
    track = st.integers(0, max_tracks - 1)
    note = st.tuples(tick, st.integers(1, 2000), st.integers(0, 127), st.integers(1, 127), track)
    control = st.one_of(
        st.tuples(tick, track, st.sampled_from([1, 7, 10, 11, SUSTAIN, 66, 67]), st.integers(0, 127)),
        st.tuples(tick, track, st.just(BEND), st.integers(-8192, 8191)),
        st.tuples(tick, track, st.just(PROGRAM), st.integers(0, 127)),
    )
    mark = st.builds(Mark, tick, st.sampled_from(["lyric", "words", "chord", "repeat_start"]), text, track)
    part = st.builds(Track, text, st.integers(0, 127), st.booleans())

    def build(**parts: Any) -> Score:
        return Score.of(parts.pop("notes"), **parts)

    return st.builds(
        build,
        notes=st.lists(note, min_size=1, max_size=max_notes),
        tempos=st.lists(st.tuples(tick, st.integers(1, 2**24 - 1)), max_size=3),
        meters=st.lists(st.tuples(tick, st.integers(1, 16), st.sampled_from([1, 2, 4, 8, 16])), max_size=3),
        keys=st.lists(st.tuples(tick, st.integers(-7, 7), st.integers(0, 6)), max_size=3),
        controls=st.lists(control, max_size=8),
        marks=st.lists(mark, max_size=4),
        tracks=st.lists(part, min_size=max_tracks, max_size=max_tracks),
        tpq=st.sampled_from([24, 96, 480, 960]),
        meta=st.builds(Metadata, title=text, composer=text, origin=text, licence=text, reproduce=text),
    )

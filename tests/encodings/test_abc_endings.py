"""First and second endings that are drawn: a few bars each, the second as long as the first, every bar complete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etude import formats
from etude.encodings import build, decode
from etude.encodings.abc import AbcTokens
from etude.encodings.abc import vocabulary as v
from etude.encodings.abc.form import LONGEST_ENDING
from etude.encodings.abc.reader import AbcReader
from etude.encodings.base import BEGIN, END, Steps, is_lawful
from etude.sampling import Constraints, constrained
from etude.sampling.generate import Walk
from etude.sampling.settings import Sampling
from etude.testing.fakes import UniformStepper

SIX = "X:1\nM:4/4\nL:1/1\nK:C\n|:C|1 D|E|F|G|A|B:|2 c|d|e|f|g|a|b|c'|]\n"
FOUND = {
    "line": 3.0,
    "ending": 6.0,
    "duration": -2.0,
    "tuplet": -3.0,
    "key": -3.0,
    "meter": -3.0,
}  # a random walk is to find lines and endings


def walked(reader: Any, seed: int, cap: int = 1200, start: Any = ((BEGIN,),)) -> tuple[Steps, bool]:
    """A walk that likes endings, and bar lines after them."""
    random = np.random.default_rng(seed)
    likes = random.gumbel(size=v.SIZE) + [FOUND.get(kind, 0.0) for kind, _ in v.SYMBOLS]
    likes[[v.VALUE["line", sign] for sign in v.LINES if sign != v.PLAIN]] -= random.choice([0.0, 3.0, 6.0])
    likes[END] -= 4.0
    likes[v.VALUE["duration", 480]] += 6.0
    steps = [[int(value)] for (value,) in start]
    for step in steps:
        reader.feed(step)
    while not reader.done and len(steps) < cap:
        value = int(np.where(reader.allowed(), likes + random.gumbel(size=v.SIZE), -np.inf).argmax())
        steps.append([value])
        reader.feed([value])
    return np.array(steps, np.int32), bool(reader.done)


def ending_bars(steps: Steps) -> list[tuple[int, int]]:
    """(bars of the first, bars of the second) of every pair of endings, counted from the tokens alone."""
    found: list[tuple[int, int]] = []
    counts, number = [0, 0], 0
    for value in steps[:, 0].tolist():
        kind, what = v.SYMBOLS[value]
        if kind == "ending":
            number = what
            counts[number - 1] = 1
        elif number and ((kind == "line" and what != v.PLAIN) or kind == "end"):
            if number == 2:
                found.append((counts[0], counts[1]))
            number = 0
        elif number and kind == "line":
            counts[number - 1] += 1
    return found


def check_endings(steps: Steps) -> int:
    """How many pairs there are. Raises AssertionError where one is too long or its parts are unlike."""
    pairs = ending_bars(steps)
    for first, second in pairs:
        assert 1 <= first <= LONGEST_ENDING
        assert second == first
    return len(pairs)


@pytest.mark.parametrize("complete", [False, True])
def test_endings_that_are_drawn_are_short_and_alike(complete: bool) -> None:
    encoding = AbcTokens(complete=complete)
    pairs = lengths = 0
    for seed in range(30):
        reader = encoding.reader()
        reader.curb()
        steps, done = walked(reader, seed)
        pairs += check_endings(steps)
        lengths += sum(first > 1 for first, _ in ending_bars(steps))
        if done:
            again = encoding.encode(decode(encoding, steps))
            assert ending_bars(again) == ending_bars(steps), "every bar of them is complete"
    assert pairs > 20
    assert lengths > 5


@pytest.mark.parametrize(("bars", "parts"), [(5, 2), (9, 2), (16, 3), (14, v.MAXIMUM_PARTS)])
def test_endings_leave_room_for_a_close_on_time(bars: int, parts: int) -> None:
    opening = np.append(AbcTokens().header(parts=parts), [[v.VALUE["upbeat", 0]]], axis=0)
    pairs = 0
    for seed in range(12):
        encoding = constrained(AbcTokens(complete=seed % 2 == 0), Constraints(bars=bars), opening)
        steps, done = walked(encoding.reader(), seed, start=opening)
        assert done, len(steps)
        pairs += check_endings(steps)
    assert pairs


def test_a_real_tune_with_long_endings_is_read_and_written_as_before(tmp_path: Path) -> None:
    (tmp_path / "six.abc").write_text(SIX)
    score = formats.read(tmp_path / "six.abc")
    steps = AbcTokens().encode(score)
    assert ending_bars(steps) == [(6, 8)]
    assert is_lawful(AbcTokens(), steps)


def test_whatever_is_drawn_is_curbed_in_text_as_well() -> None:
    for name in ("abc", "abc-characters"):
        encoding = build(name, conditions="key", infill=True) if name == "abc" else build(name)
        reader: Any = encoding.reader()
        Walk(
            UniformStepper([field.size for field in encoding.fields]),
            reader,
            np.zeros((0, 1), np.int32),
            Sampling(),
            1,
        )
        tokens: AbcReader = reader.inner.inner if name == "abc" else reader.place.reader
        assert tokens.form.longest == LONGEST_ENDING

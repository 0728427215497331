"""Bars that are filled, from random weights: full, exactly as many, joined on both sides, the page as it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from etude.encodings import END, Encoding, Steps, build, decode
from etude.encodings.infill import Cutting, Gap, cutting, gaps, sides
from etude.formats.abc import FORMAT as ABC
from etude.sampling import Constraints, Filling, Length, Rehearsed, Sampling, compose, constrained
from etude.score import Score
from etude.testing.encoding_laws import encoded
from etude.testing.fakes import UniformStepper
from etude.testing.scores import few_bars

VARIANTS = [
    ("abc", {}),
    ("abc", {"complete": True}),
    ("chorale", {}),
    ("chorale", {"holds": False}),
    ("roll", {}),
    ("notes", {}),
    ("notes", {"time": "scored", "part": "skyline"}),
    ("notes", {"part": "drums"}),
    ("chords", {"time": "scored", "slots": 2}),
    ("events", {}),
]
REEL = """X:1
M:4/4
L:1/8
K:G
D2|:G2BG DGBG|c2ec BGA2-|A2BG (3DGB d2|1 egfa g4-:|2 g2fa g4|
M:3/4
K:D
|:B2 d2 f2-|f2 e2 c2|d6:|
"""


class Uneven(UniformStepper):
    """A Stepper with other random likes at every step, strong ones: random weights."""

    def logits(self, state: int, chosen: Sequence[int] = ()) -> NDArray[np.float32]:
        """Float32[V_k], the same for the same place."""
        random = np.random.default_rng((state, *chosen))
        return (4 * random.normal(size=self.field_sizes[len(chosen)])).astype(np.float32)


def scores(name: str, drums: bool) -> list[Score]:
    if name == "abc":
        reel = ABC.parse(REEL.encode())[0].score
        assert reel is not None
        return [reel, *(few_bars(seed, 1) for seed in (0, 1, 2))]
    return [few_bars(seed, 4 if name == "chorale" else 2, drums) for seed in (0, 1, 2)]


def filled(encoding: Encoding, cuts: Cutting, steps: Steps, gap: Gap, seed: int) -> tuple[Score, Steps]:
    """(what comes before and what was drawn, the drawn steps)."""
    parts = sides(cuts, steps, gap)
    before = np.concatenate([steps[:1], parts.head, parts.before])
    under = constrained(encoding, Constraints(), before, filling=Filling(parts.middle, gap.start, gap.stop))
    stepper = (Uneven if seed % 2 else UniformStepper)([field.size for field in encoding.fields])
    made = compose(stepper, under, prompt=before, seed=seed, sampling=Sampling(), length=Length(steps=3000))
    assert made.ended, "the end step came, of itself"
    assert made.steps[-1, 0] == END
    return decode(encoding, made.steps), made.steps[len(before) : -1]


@pytest.mark.parametrize(("name", "chosen"), VARIANTS)
def test_bars_are_full_and_as_many_and_nothing_hangs(name: str, chosen: dict[str, object]) -> None:
    encoding = build(name, **chosen)
    cuts = cutting(encoding)
    tried = 0
    for number, score in enumerate(scores(name, chosen.get("part") == "drums")):
        steps = encoded(encoding, score)
        if steps is None:
            continue
        found = gaps(cuts, steps)
        for gap in found[number :: max(1, len(found) // 4)]:
            tried += 1
            whole, drawn = filled(encoding, cuts, steps, gap, tried)
            check_joined(encoding, cuts, steps, gap, whole)
            stop = cuts.ticks(np.concatenate([steps[: len(steps) - 1], steps[-1:]]))[-1]
            if cuts.ends and name != "events":  # every frame, every bar is there
                before = sides(cuts, steps, gap)
                again = np.concatenate([steps[:1], before.head, before.before, drawn, steps[-1:]])
                assert cuts.ticks(again)[-1] == min(gap.stop, stop)
    assert tried >= 6


def check_joined(encoding: Encoding, cuts: Cutting, steps: Steps, gap: Gap, whole: Score) -> None:
    """Notes of before are as they were, the others lie inside, and none is struck while it still sounds."""
    parts = sides(cuts, steps, gap)
    kept = decode(encoding, np.concatenate([steps[:1], parts.head, parts.before, parts.middle, steps[-1:]]))
    old = kept.notes[kept.notes["onset"] < gap.start]
    mine = whole.notes[whole.notes["onset"] < gap.start]
    assert sorted(old.tolist()) == sorted(mine.tolist()), "a note before the bars has changed"
    fresh = whole.notes[whole.notes["onset"] >= gap.start]
    assert (fresh["onset"] + fresh["duration"] <= gap.stop).all()
    for row in fresh:
        same = old[(old["pitch"] == row["pitch"]) & (old["track"] == row["track"])]
        assert (same["onset"] + same["duration"] <= row["onset"]).all(), "a key is struck while it sounds"


def test_signs_endings_keys_and_meters_stay_where_they_were() -> None:
    encoding = build("abc")
    cuts = cutting(encoding)
    reel = ABC.parse(REEL.encode())[0].score
    assert reel is not None
    steps = encoding.encode(reel)
    for number, gap in enumerate(gaps(cuts, steps)):
        _, drawn = filled(encoding, cuts, steps, gap, number)
        parts = sides(cuts, steps, gap)
        again = decode(
            encoding, np.concatenate([steps[:1], parts.head, parts.before, drawn, parts.after, steps[-1:]])
        )
        whole = decode(encoding, steps)
        assert again.marks == whole.marks
        assert (again.meters == whole.meters).all()
        assert (again.keys == whole.keys).all()
        assert again.end == whole.end


def test_wishes_hold_inside_the_bars() -> None:
    encoding = build("notes", time="scored")
    cuts = cutting(encoding)
    steps = encoding.encode(few_bars(2, 2))
    gap = gaps(cuts, steps)[40]
    parts = sides(cuts, steps, gap)
    before = np.concatenate([steps[:1], parts.head, parts.before])
    wanted = Constraints(scale="C major pentatonic", range="C4-C6", polyphony=2)
    under = constrained(encoding, wanted, before, filling=Filling(parts.middle, gap.start, gap.stop))
    stepper = Uneven([field.size for field in encoding.fields])
    fresh = compose(stepper, under, prompt=before, seed=5, length=Length(steps=3000)).score.notes
    fresh = fresh[fresh["onset"] >= gap.start]
    assert len(fresh)
    assert set((fresh["pitch"] % 12).tolist()) <= {0, 2, 4, 7, 9}
    assert fresh["pitch"].min() >= 60


def test_a_rehearsed_model_hears_what_it_was_told_instead() -> None:
    heard = np.array([[0], [3], [4]], np.int32)

    class Listening(UniformStepper):
        def feed(self, state: int, steps: NDArray[np.int32]) -> int:
            calls.append(steps.tolist())
            return super().feed(state, steps)

    calls: list[list[list[int]]] = []
    stepper = Rehearsed(Listening([15]), heard)
    state = stepper.feed(stepper.start(), np.array([[0], [9]], np.int32))
    state = stepper.feed(stepper.fork(state), np.array([[5]], np.int32))
    assert calls == [heard.tolist(), [[5]]]
    assert state == 4
    assert stepper.logits(state).shape == (15,)

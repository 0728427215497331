"""Whether a piece obeys what was wanted of it, read off the finished Score alone. For etude and its plugins.

Nothing here knows how the masks work: bars, beats and sounding notes are counted again from the notes.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np

from etude.encodings import Encoding, decode
from etude.encodings.base import BEGIN, Steps
from etude.sampling.constraints import Constrained, Constraints
from etude.sampling.constraints.ending import CLOSING_DRUMS
from etude.sampling.constraints.words import (
    parse_chords,
    parse_form,
    parse_key,
    parse_range,
    parse_rhythm,
    parse_scale,
)
from etude.score import Score, bar_starts, on_drums, pickup_ticks, unfold


def check_walk_obeys(encoding: Encoding, wanted: Constraints, seed: int, cap: int = 4000) -> Score | None:
    """The piece of a random walk under the masks, after it was held against what was wanted.

    None where it was still going on after `cap` steps: then what there is of it was held against it, the end aside.
    """
    steps, done = constrained_walk(Constrained(encoding, wanted), seed, cap)
    score = decode(encoding, steps)
    check_obeys(score, wanted, ended=done)
    return score if done else None


def constrained_walk(encoding: Constrained, seed: int, cap: int) -> tuple[Steps, bool]:
    """(int32[T, K], whether it ended): a walk by random preferences, flat, uneven or very uneven."""
    random = np.random.default_rng(seed)
    likes = [random.gumbel(size=field.size) * random.choice([0.0, 1.0, 4.0]) for field in encoding.fields]
    reader = encoding.reader()
    steps = [[BEGIN] + [0] * (len(likes) - 1)]
    reader.feed(steps[0])
    while not reader.done and len(steps) < cap:
        step: list[int] = []
        for like in likes:
            mask = reader.allowed(step)
            step.append(int(np.where(mask, like + random.gumbel(size=len(like)), -np.inf).argmax()))
            for (_, wide), (_, narrow) in pairwise(reader.layers()):
                assert not (narrow & ~wide).any(), "a rule allows what the ones before it do not"
        reader.feed(step)
        steps.append(step)
    return np.array(steps, np.int32), bool(reader.done)


def check_obeys(score: Score, wanted: Constraints, *, ended: bool = True) -> None:
    """Raises AssertionError naming what in `score` is not as wanted."""
    pitched = score.notes[~on_drums(score)]
    pitches = pitched["pitch"].astype(np.int64)
    assert (score.notes["duration"] > 0).all(), "a note has no length"
    if wanted.range:
        low, high = parse_range(wanted.range)
        assert ((pitches >= low) & (pitches <= high)).all(), "a note leaves the range"
    for text, parse in ((wanted.scale, parse_scale), (wanted.key, parse_key)):
        if text:
            assert set((pitches % 12).tolist()) <= parse(text).classes, f"a note is not in {text}"
    if wanted.polyphony:
        assert most_at_once(pitched) <= wanted.polyphony, "too many notes at once"
    if wanted.chords:
        check_chords(score, pitched, wanted)
    if wanted.rhythm:
        check_onsets(score, wanted, ended=ended)
    if wanted.bars and ended and any(track.is_drum for track in score.tracks):
        check_drum_ending(score, wanted)
    elif wanted.bars and ended:
        check_ending(score, pitched, wanted)


def most_at_once(notes: np.ndarray) -> int:
    """How many notes sound at once at most."""
    onsets = notes["onset"].astype(np.int64)
    ends = onsets + notes["duration"]
    return max((int(((onsets <= tick) & (ends > tick)).sum()) for tick in onsets), default=0)


def beats(score: Score) -> list[tuple[int, int]]:
    """(tick, number of the bar) of every beat; the pickup belongs to the first bar."""
    starts = _lines(score)
    meter = score.meters[0]
    top, bottom = int(meter["numerator"]), int(meter["denominator"])
    beat = score.tpq * 3 // 2 if bottom >= 8 and top % 3 == 0 else score.tpq
    return [
        (tick, number) for number, (start, end) in enumerate(pairwise(starts)) for tick in range(start, end, beat)
    ]


def _lines(score: Score) -> list[int]:
    """The bar lines of the meter at the start, from the end of the pickup on."""
    meter = score.meters[0]
    bar = 4 * score.tpq * int(meter["numerator"]) // int(meter["denominator"])
    return list(range(pickup_ticks(score), score.end + 2 * bar, bar))


def check_chords(score: Score, pitched: np.ndarray, wanted: Constraints) -> None:
    """What sounds on a beat belongs to the chord of the bar."""
    chords = parse_chords(wanted.chords)
    onsets = pitched["onset"].astype(np.int64)
    ends = onsets + pitched["duration"]
    for tick, bar in beats(score):
        sounding = pitched["pitch"][(onsets <= tick) & (ends > tick)].astype(int) % 12
        chord = chords[bar % len(chords)]
        assert set(sounding.tolist()) <= chord.classes, (
            f"{sounding} on the beat at {tick}, in a bar of {chord.name}"
        )


def check_onsets(score: Score, wanted: Constraints, *, ended: bool) -> None:
    """Notes begin where the rhythm says, everywhere up to the end, and nowhere else."""
    rhythm = parse_rhythm(wanted.rhythm)
    last = int(score.notes["onset"].max()) if len(score) else -1
    expected, turn = set(), 0
    while turn * rhythm.length * score.tpq <= max(last, score.end):
        expected |= {int((turn * rhythm.length + onset) * score.tpq) for onset in rhythm.onsets}
        turn += 1
    stop = score.end if ended and wanted.bars else last + 1
    found = set(score.notes["onset"].tolist())
    assert found == {tick for tick in expected if tick < stop}, "notes begin beside the rhythm"


def check_ending(score: Score, pitched: np.ndarray, wanted: Constraints) -> None:
    """As many bars as wanted, the last one full, and the lowest of the notes that last to the end is the tonic."""
    heard = unfold(score) if wanted.form else score
    meter = score.meters[0]
    bar = Fraction(4 * score.tpq * int(meter["numerator"]), int(meter["denominator"]))
    ends = pitched["onset"].astype(np.int64) + pitched["duration"]
    assert heard.end == wanted.bars * bar, f"{heard.end / bar} bars instead of {wanted.bars}"
    assert int(ends.max()) == score.end, "the last note does not last to the end"
    last = pitched["pitch"][ends == score.end].astype(int)
    tonic = _tonic(wanted)
    assert tonic is None or last.min() % 12 == tonic, f"the piece closes on {last} instead of {tonic}"
    assert len({pitch % 12 for pitch in last}) <= 3, f"{last} is no triad"
    if wanted.form:
        check_form(score, heard, wanted)


def check_drum_ending(score: Score, wanted: Constraints) -> None:
    """As many bars of 4/4 as wanted, and what lasts to the end is a bass drum or a crash cymbal."""
    assert score.end == wanted.bars * 4 * score.tpq, f"it ends at {score.end}, after no {wanted.bars} bars"
    ends = score.notes["onset"].astype(np.int64) + score.notes["duration"]
    last = set(score.notes["pitch"][ends == score.end].tolist())
    assert last, "no stroke lasts to the end"
    assert last <= set(CLOSING_DRUMS), f"the drums close on {last}"


def check_form(score: Score, heard: Score, wanted: Constraints) -> None:
    """Sections of one letter are the same notes, those with a ' differ from the bar of the ending on at most."""
    sections = parse_form(wanted.form)
    each = heard.end // len(sections)
    bar = int(bar_starts(heard)[1])
    contents = []
    for number, name in enumerate(sections):
        kept = each - bar if any(other == name[0] + "'" for other in sections) else each
        inside = heard.notes[
            (heard.notes["onset"] >= number * each) & (heard.notes["onset"] < number * each + kept)
        ]
        rows = [(int(row["onset"]) - number * each, int(row["pitch"])) for row in inside]
        contents.append((name[0], rows))
    for letter, rows in contents:
        assert all(rows == others for other, others in contents if other == letter), f"section {letter} differs"
    assert sum(mark.kind == "repeat_end" for mark in score.marks) == len(sections) - len({s[0] for s in sections})
    assert sum(mark.kind == "ending" for mark in score.marks) == 2 * sum("'" in name for name in sections)


def _tonic(wanted: Constraints) -> int | None:
    """The tonic that was told, if any was."""
    for text, parse in ((wanted.key, parse_key), (wanted.scale, parse_scale)):
        if text:
            return parse(text).tonic
    return None

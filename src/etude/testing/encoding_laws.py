"""The laws every encoding keeps, as checks that raise AssertionError. For etude's own encodings and for plugins.

`check_encoding(encoding, scores)` runs them all; the single checks are there for hypothesis to drive.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.encodings import BEGIN, END, Encoding, Steps, build, decode
from etude.errors import BadInput, Reason
from etude.score import Event, Score, transpose


def check_encoding(encoding: Encoding, scores: Iterable[Score], *, seeds: Sequence[int] = range(8)) -> int:
    """How many of `scores` the encoding holds, after all laws were checked on them; at least one must be held."""
    check_settings(encoding)
    held = 0
    for score in scores:
        steps = encoded(encoding, score)
        if steps is None:
            continue
        held += 1
        check_round_trip(encoding, steps)
        check_mask_admits(encoding, steps)
        check_transposition(encoding, score, steps)
    assert held, "no score could be encoded: the laws were not tested"
    for seed in seeds:
        check_walk(encoding, seed)
        check_any_integers(encoding, random_steps(encoding, seed))
    return held


def encoded(encoding: Encoding, score: Score) -> Steps | None:
    """The steps of a score, or None when the encoding refuses it for a reason it may give."""
    try:
        return encoding.encode(score)
    except BadInput as error:
        if error.reason not in (Reason.EMPTY, Reason.NOT_ENCODABLE):
            raise AssertionError(f"an encoding may not refuse with {error.reason}") from error
        return None


def check_settings(encoding: Encoding) -> None:
    """The settings are JSON and build an equal encoding."""
    again = build(encoding.name, **json.loads(json.dumps(encoding.settings)))
    assert again.settings == encoding.settings
    assert [(f.name, f.size) for f in again.fields] == [(f.name, f.size) for f in encoding.fields]
    for field in encoding.fields:
        assert field.values is None or len(field.values) == field.size, f"{field.name}: a value for every choice"


def check_round_trip(encoding: Encoding, steps: Steps) -> None:
    """Law 1: what the encoder wrote decodes to music that encodes to the same steps, note for note."""
    check_frame(encoding, steps)
    score = decode(encoding, steps)
    np.testing.assert_array_equal(encoding.encode(score), steps)
    assert encoding.note_count(steps) == len(score), "note_count is not the number of notes decoded"


def check_frame(encoding: Encoding, steps: Steps) -> None:
    """Steps are int32[T, K] inside the field sizes, with the begin step first, the end step last, no other."""
    assert steps.dtype == np.int32
    assert steps.ndim == 2
    sizes = [field.size for field in encoding.fields]
    assert steps.shape[1] == len(sizes)
    assert ((steps >= 0) & (steps < np.array(sizes))).all(), "a value is outside its field"
    assert steps[0, 0] == BEGIN
    assert steps[-1, 0] == END
    assert not steps[[0, -1], 1:].any(), "begin and end steps are 0 in all other fields"
    assert (steps[1:-1, 0] >= 2).all(), "0 and 1 of the first field are begin and end alone"


def check_mask_admits(encoding: Encoding, steps: Steps) -> None:
    """Law 2: the mask allows what the encoder wrote."""
    reader = encoding.reader()
    reader.feed(steps[0].tolist())
    for number, step in enumerate(steps[1:].tolist(), 1):
        for field, value in enumerate(step):
            allowed = reader.allowed(step[:field])
            assert allowed[value], f"step {number}, field {field}: the mask forbids {value} in {step}"
        reader.feed(step)
    assert reader.done


def check_any_integers(encoding: Encoding, steps: NDArray[np.int32]) -> Score:
    """Laws 3 and 4: any int[T, K] decode; the mask is never all false; events leave in time order."""
    reader, sizes = encoding.reader(), [field.size for field in encoding.fields]
    events: list[Event] = []
    for step in np.asarray(steps).tolist():
        for field in range(len(sizes)):
            allowed = reader.allowed(step[:field])
            assert allowed.shape == (sizes[field],)
            assert allowed.dtype == np.bool_
            assert allowed.any(), f"nothing is allowed after {step[:field]}"
        events += reader.feed(step)
    events += reader.finish()
    ticks = [event.tick for event in events]
    assert ticks == sorted(ticks), "events leave the reader out of time order"
    return decode(encoding, steps)


def check_transposition(encoding: Encoding, score: Score, steps: Steps) -> None:
    """Moving the steps is encoding the moved music, wherever both exist."""
    low, high = encoding.transposable(steps)
    assert low <= 0 <= high
    same = encoding.transpose(steps, 0)
    assert same is not None
    np.testing.assert_array_equal(same, steps)
    for semitones in {max(low, -7), -1, 1, 5, min(high, 12), low, high}:
        moved = encoding.transpose(steps, semitones)
        assert (moved is not None) or not low <= semitones <= high
        try:
            other = encoding.encode(transpose(score, semitones))
        except (ValueError, BadInput):
            continue
        if moved is not None:
            np.testing.assert_array_equal(moved, other, err_msg=f"moved by {semitones}")


def check_walk(encoding: Encoding, seed: int, *, cap: int = 200) -> Steps:
    """Law 5: what a random walk under the mask draws loses no note when it is encoded again. Gives the walk."""
    steps = walk(encoding, seed, cap)
    drawn = check_any_integers(encoding, steps)
    if len(drawn):
        written = encoding.encode(drawn)
        check_mask_admits(encoding, written)
        again = decode(encoding, written)
        np.testing.assert_array_equal(_heard(drawn), _heard(again), err_msg=f"walk {seed} lost a note")
    return steps


def _heard(score: Score) -> NDArray[np.int64]:
    """Int64[N, 3]: onset, pitch and part of every note; parts without notes do not count."""
    part = np.unique(score.notes["track"], return_inverse=True)[1]
    return np.stack([score.notes["onset"], score.notes["pitch"], part], axis=1).astype(np.int64)


def walk(encoding: Encoding, seed: int, cap: int = 200) -> Steps:
    """Int32[T <= cap + 2, K]: a walk that follows the mask by random preferences, flat, uneven or very uneven."""
    random = np.random.default_rng(seed)
    sizes = [field.size for field in encoding.fields]
    likes = [random.gumbel(size=size) * random.choice([0.0, 1.0, 4.0]) for size in sizes]
    reader = encoding.reader()
    steps = [[BEGIN] + [0] * (len(sizes) - 1)]
    reader.feed(steps[0])
    while not reader.done and len(steps) < cap:
        step: list[int] = []
        for like in likes:
            scores = like + random.gumbel(size=len(like))
            step.append(int(np.where(reader.allowed(step), scores, -np.inf).argmax()))
        reader.feed(step)
        steps.append(step)
    return np.array(steps, np.int32)


def random_steps(encoding: Encoding, seed: int, length: int = 60) -> Steps:
    """Int32[length, K] drawn evenly from the field sizes, heedless of the mask; END only now and then."""
    random = np.random.default_rng(seed)
    columns: list[Any] = [random.integers(0, field.size, length) for field in encoding.fields]
    return np.stack(columns, axis=1).astype(np.int32)

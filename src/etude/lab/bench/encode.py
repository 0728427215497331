"""How fast scores become steps, beside the field's tokenizer library on the same music."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from etude.encodings import build
from etude.lab.bench.harness import BenchResult, interleave
from etude.score import Score, notes_from

TPQ = 480


def run(quick: bool = False) -> list[BenchResult]:
    """One row: steps a second of `notes` beside tokens a second of miditok's TSD, on made piano music.

    A step of `notes` holds what TSD spells in three to four tokens, so the ratio of notes is larger than shown.
    """
    count, length, rounds = (10, 2000, 3) if quick else (40, 5000, 5)
    scores = [piano(seed, length) for seed in range(count)]
    encoding = build("notes")

    def ours() -> float:
        return float(sum(len(encoding.encode(score)) for score in scores))

    few = scores[: max(1, count // 10)]  # the reference is slower; its speed is per token all the same
    return [
        interleave(
            "encode",
            ours,
            tokenizer(few),
            unit="steps/s",
            settings=f"{count} pieces of {length} notes, notes(performed) beside miditok TSD, one process",
            rounds=rounds,
        )
    ]


def piano(seed: int, length: int) -> Score:
    """Made music as dense as a piano performance: chords, melodies, every velocity."""
    random = np.random.default_rng(seed)
    gaps = np.where(random.random(length) < 0.3, 0, random.exponential(100.0, length)).astype(np.int64)
    columns = {
        "onset": np.cumsum(gaps),
        "duration": 1 + random.exponential(190.0, length).astype(np.int64),
        "pitch": np.clip(random.normal(64, 14, length), 21, 108).astype(np.uint8),
        "velocity": random.integers(20, 120, length),
    }
    return Score.of(notes_from(columns), tpq=TPQ)


def tokenizer(scores: Sequence[Score]) -> Callable[[], float] | None:
    """A call that tokenises `scores` and gives the number of tokens; None when miditok is not installed."""
    try:
        import miditok
        import symusic
    except ImportError:
        return None
    tokens = miditok.TSD(miditok.TokenizerConfig())
    theirs = [_symusic(symusic, score) for score in scores]

    def run_once() -> float:
        total = 0
        for score in theirs:
            out: Any = tokens(score.copy())
            total += sum(len(part.ids) for part in (out if isinstance(out, list) else [out]))
        return float(total)

    return run_once


def _symusic(symusic: Any, score: Score) -> Any:
    """The same notes as a symusic Score."""
    out = symusic.Score(score.tpq)
    track = symusic.Track("piano", 0, False)
    for onset, duration, pitch, velocity, _ in score.notes.tolist():
        track.notes.append(symusic.Note(onset, duration, pitch, velocity))
    out.tracks.append(track)
    out.tempos.append(symusic.Tempo(0, 120.0))
    return out

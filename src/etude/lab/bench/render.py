"""How much faster than it sounds a piece is rendered: 60 seconds, four tracks with drums, 44.1 kHz stereo."""

from __future__ import annotations

import time

import numpy as np

from etude.lab.bench.harness import BenchResult, interleave
from etude.score import Score, Track


def four_tracks(seconds: int = 60) -> Score:
    """A piece of about 13 notes a second: melody, bass, chords, drums."""
    rng = np.random.default_rng(0)
    rows = []
    for beat in range(seconds * 2):  # two quarters a second
        onset = beat * 480
        rows += [
            (onset, 440, 72 + int(rng.integers(12)), 90, 0),
            (onset + 240, 220, 72 + int(rng.integers(12)), 70, 0),
        ]
        rows += [(onset, 470, 36 + int(rng.integers(12)), 90, 1)]
        rows += [(onset, 100, 36 if beat % 2 == 0 else 38, 100, 3)]
        rows += [(onset + half, 100, 42, 80, 3) for half in (0, 240)]
        if beat % 2 == 0:
            rows += [(onset, 950, 60 + step, 70, 2) for step in (0, 4, 7)]
    return Score.of(rows, tracks=[Track("lead", 73), Track("bass", 33), Track("chords", 0), Track("kit", 0, True)])


def run(quick: bool = False) -> list[BenchResult]:
    """One row a backend; the reference is the music's own length."""
    from etude.render.audio import sound
    from etude.render.audio.soundfonts import find_fluidsynth, find_soundfont

    score = four_tracks()
    backends = ["none"] + ([None] if find_fluidsynth() and find_soundfont() else [])
    results = []
    for backend in backends:

        def ours(backend: str | None = backend) -> float:
            sound(score, soundfont=backend)
            return score.duration

        def real_time() -> float:
            time.sleep(0.05)
            return 0.05

        name = "render/built-in" if backend == "none" else "render/fluidsynth"
        settings = f"{len(score)} notes, 4 tracks, {score.duration:.0f} s, 44.1 kHz stereo, child process included"
        results.append(
            interleave(name, ours, real_time, unit="s of music / s", settings=settings, rounds=3 if quick else 7)
        )
    return results

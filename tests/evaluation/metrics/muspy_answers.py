"""Writes `muspy_answers.json`: small pieces and what MusPy says of them. Run by hand, where MusPy is installed.

MusPy is no dependency, not even of development: it brings 370 MiB. To write the answers again:

    pip install --target /tmp/muspy muspy==0.5.0
    PYTHONPATH=/tmp/muspy python tests/evaluation/metrics/muspy_answers.py

With `--real` nothing is written: MusPy and etude both measure the pieces of the built-in collections that keep
one meter and have no pickup, on a grid of twelve ticks a quarter; each measure's largest difference is printed.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import muspy
import numpy as np

Piece = dict[str, Any]

ANSWERS = Path(__file__).with_name("muspy_answers.json")
KINDS: dict[str, dict[str, Any]] = {
    "melody": {"notes": 40, "gaps": (3, 6, 12), "lengths": (3, 6, 12)},
    "waltz with rests": {"notes": 30, "gaps": (6, 12, 36), "lengths": (6, 12), "meter": (3, 4)},
    "jig": {"notes": 36, "gaps": (6, 6, 12), "lengths": (6, 12), "meter": (6, 8)},
    "chords that overlap": {"notes": 60, "gaps": (0, 0, 0, 12), "lengths": (6, 12, 36), "tracks": 3},
    "the same keys again": {"notes": 40, "gaps": (0, 3, 6), "lengths": (12, 24), "range": (60, 64)},
    "drums and bass": {"notes": 60, "gaps": (0, 3, 3, 4), "lengths": (3, 6), "tracks": 2, "drums": 1},
    "drums": {"notes": 40, "gaps": (2, 3, 4), "lengths": (1,), "drums": 1},
    "silence": {"notes": 8, "gaps": (48, 96, 97), "lengths": (1, 5)},
    "fine ticks": {"notes": 30, "gaps": (17, 240, 480), "lengths": (100, 480), "tpq": 480},
    "no sixteenths": {"notes": 30, "gaps": (1, 2, 3), "lengths": (1, 2), "tpq": 6, "drums": 1, "tracks": 2},
    "one note": {"notes": 1, "gaps": (0,), "lengths": (48,)},
}


def piece(number: int, kind: str) -> Piece:
    """A made-up piece of a kind; the number is its seed."""
    rules, random = KINDS[kind], np.random.default_rng(number)
    count, tracks = rules["notes"], rules.get("tracks", 1)
    low, high = rules.get("range", (40, 90))
    onsets = np.cumsum(random.choice(rules["gaps"], count))
    columns = (
        *(onsets - onsets[0], random.choice(rules["lengths"], count)),
        *(random.integers(low, high, count), random.integers(0, tracks, count)),
    )
    return {
        "name": kind,
        "tpq": rules.get("tpq", 12),
        "meter": rules.get("meter", (4, 4)),
        "drums": [track < rules.get("drums", 0) for track in range(tracks)],
        "notes": np.stack(columns, axis=1).tolist(),
    }


def answers(piece: Piece) -> dict[str, float | None]:
    """What MusPy says, by our names; None for NaN."""
    tracks = [muspy.Track(is_drum=drums) for drums in piece["drums"]]
    for onset, length, pitch, track in piece["notes"]:
        tracks[track].notes.append(muspy.Note(time=onset, pitch=pitch, duration=length, velocity=80))
    music = muspy.Music(resolution=piece["tpq"], tracks=tracks)
    found = {
        "pitches": muspy.n_pitches_used(music) or math.nan,
        "pitch_classes": muspy.n_pitch_classes_used(music) or math.nan,
        "pitch_range": muspy.pitch_range(music) if muspy.n_pitches_used(music) else math.nan,
        "pitch_entropy": muspy.pitch_entropy(music),
        "pitch_class_entropy": muspy.pitch_class_entropy(music),
        "scale_consistency": muspy.scale_consistency(music),
        "polyphony": muspy.polyphony(music),
        "polyphony_rate": muspy.polyphony_rate(music, 2),
        "empty_beats": muspy.empty_beat_rate(music),
        "drum_pattern_consistency": muspy.drum_pattern_consistency(music),
    }
    if piece["tpq"] == 12:  # our grid; on finer ticks MusPy's grooves are other grooves
        upper, lower = piece["meter"]
        found["groove_consistency"] = muspy.groove_consistency(music, 48 * upper // lower)
    return {name: None if math.isnan(value) else float(value) for name, value in found.items()}


def real() -> None:
    """Prints the largest difference of each measure over the built-in collections."""
    from etude.data import Collection
    from etude.evaluation import measure
    from etude.score import resample

    worst: dict[str, float] = {}
    seen = 0
    for name in ("folk", "chorales"):
        for one in Collection.open(name).pieces():
            score = one.score
            if len(score.meters) > 1 or any(mark.kind in ("pickup", "barline") for mark in score.marks):
                continue
            score = resample(score, 12)
            rows = [[int(note[name]) for name in ("onset", "duration", "pitch", "track")] for note in score.notes]
            meter = (int(score.meters["numerator"][0]), int(score.meters["denominator"][0]))
            theirs = answers(
                {"tpq": 12, "meter": meter, "drums": [track.is_drum for track in score.tracks], "notes": rows}
            )
            ours = measure([score])
            seen += 1
            for key, value in theirs.items():
                mine = float(ours[key][0])
                away = abs(mine - value) if value is not None else (0.0 if math.isnan(mine) else math.inf)
                worst[key] = max(worst.get(key, 0.0), away)
                if away > 1e-9:
                    print(key, score, meter, mine, value)
    print(seen, "pieces", worst)


def write() -> None:
    """Writes the answers."""
    pieces = [piece(number, kind) for number, kind in enumerate(KINDS)]
    rows = [json.dumps({**one, "answers": answers(one)}) for one in pieces]
    ANSWERS.write_text("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", action="store_true", help="compare on the built-in collections instead")
    real() if parser.parse_args().real else write()

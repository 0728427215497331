"""Every measure on music small enough to count by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from etude.evaluation import METRICS, measure
from etude.score import SUSTAIN, Mark, Score, Track

Q = 480  # ticks of a quarter
NAN = math.nan
KIT = Track("kit", 0, True)

Note = tuple[float, ...]  # onset and length in quarters, pitch; velocity and track if they matter


def tune(*notes: Note, **parts: Any) -> Score:
    """A Score of these notes."""
    rows = []
    for onset, length, pitch, *rest in notes:
        velocity, track = (*rest, 80, 0)[:2] if len(rest) < 2 else rest
        rows.append((round(onset * Q), round(length * Q), int(pitch), int(velocity), int(track)))
    return Score.of(rows, tpq=Q, **parts)


def line(*pitches: int, length: float = 1.0, **parts: Any) -> Score:
    """Notes of equal length, one after the other."""
    return tune(*[(length * at, length, pitch) for at, pitch in enumerate(pitches)], **parts)


def four(*chords: tuple[int, int, int, int]) -> Score:
    """Chords of a quarter in four tracks, soprano first."""
    notes = [(at, 1, pitch, 80, voice) for at, chord in enumerate(chords) for voice, pitch in enumerate(chord)]
    return tune(*notes)


def of_bars(letters: str) -> Score:
    """A bar of four quarters for each letter; two different letters have nothing in common."""
    return line(*[48 + ord(letter) - ord("A") for letter in letters for _ in range(4)])


def bits(*counts: int) -> float:
    shares = np.array(counts) / sum(counts)
    return float(-(shares * np.log2(shares)).sum())


C_MAJOR = (60, 62, 64, 65, 67, 69, 71)
IN_C = (60, 64, 67, 72, 65, 69, 71, 72)
C_MINOR = (633, 268, 352, 538, 260, 353, 254, 475, 398, 269, 334, 317)  # Krumhansl and Kessler, times 100
CHORD = (72, 67, 60, 48)

CASES: dict[str, tuple[Score, dict[str, float]]] = {
    "two bars: C C G c | d": (
        tune((0, 1, 60), (1, 1, 60), (2, 1, 67), (3, 1, 72), (4, 3, 74)),
        {
            **{"notes": 5, "notes_per_bar": 2.5, "notes_per_second": 5 / 3.5, "silence": 0, "empty_beats": 0},
            **{"pitch_range": 14, "pitches": 4, "pitch_classes": 3},
            **{"pitch_entropy": bits(2, 1, 1, 1), "pitch_class_entropy": bits(3, 1, 1)},
            **{"repeated_notes": 1 / 4, "stepwise": 1 / 4, "leaps": 1 / 4, "mean_interval": 14 / 4},
            **{"interval_entropy": 2, "turns": 0, "note_length": 7 / 5, "onset_interval": 1},
            **{"note_length_entropy": bits(4, 1), "onset_interval_entropy": 0},
            **{"valid_bars": 1, "complete_ending": 0, "final_length": 3, "repeated_bars": 0},
        },
    ),
    "all twelve": (
        line(*range(60, 72)),
        {"pitch_class_entropy": math.log2(12), "scale_consistency": 7 / 12, "key_clarity": NAN, "polyphony": 1},
    ),
    "a scale": (line(*C_MAJOR), {"scale_consistency": 1, "stepwise": 1, "turns": 0}),
    "a scale and a note outside it": (line(*C_MAJOR, 61), {"scale_consistency": 7 / 8}),
    "the profile of C minor itself": (
        tune(*[(at, hundredths / Q, 60 + at) for at, hundredths in enumerate(C_MINOR)]),
        {"key_clarity": 1},
    ),
    "up and down": (line(60, 62, 60, 62, 60), {"turns": 1, "interval_entropy": 1, "transition_entropy": 0}),
    "C to D or to E": (line(60, 62, 60, 64, 60), {"transition_entropy": 0.5, "leaps": 0}),
    "five notes and the same again a tone up": (
        line(60, 62, 64, 65, 67, 50, 62, 64, 66, 67, 69),
        {"repeated_passages": 1 / 7},
    ),
    "one voice moves under a held one": (
        tune((0, 4, 72), (0, 1, 60), (1, 1, 62), (2, 1, 64), (4, 1, 74)),
        {"mean_interval": 2, "polyphony": 9 / 5 - 1 / 5, "notes": 5},
    ),
    "chords of three and a single note": (
        tune((0, 1, 60), (0, 1, 64), (0, 1, 67), (1, 3, 60), (5, 1, 62), (5, 1, 62, 70)),
        {"polyphony": (3 + 3 + 1) / 5, "polyphony_rate": 1 / 6, "silence": 1 / 6, "empty_beats": 0},
    ),
    "beats that nothing touches": (
        tune((0, 0.5, 60), (3.5, 0.25, 60)),
        {"empty_beats": 2 / 4, "silence": 3 / 3.75},
    ),
    "swing in classes of length": (
        tune((0, 2 / 3, 60), (2 / 3, 1 / 3, 62), (1, 0.68, 64), (5 / 3, 0.32, 65)),
        {"note_length_entropy": 1, "onset_interval_entropy": bits(2, 1), "onset_interval": 5 / 9},
    ),
    "bars with one groove, ending inside a bar": (
        tune(*[(4 * bar + at, 0.5, 60) for bar in range(4) for at in (0, 1.5, 3)]),
        {"groove_consistency": 1, "groove_similarity": 1},
    ),
    "bars with one groove, ending with a bar": (
        line(*[60] * 16),
        {"groove_consistency": 1 - 4 / 48 / 4, "groove_similarity": 1},  # MusPy's empty bar at the end
    ),
    "a groove that changes once": (
        tune((0, 1, 60), (4, 1, 60), (8.5, 1, 60)),
        {"groove_consistency": 1 - 2 / 48 / 2, "groove_similarity": 1 - 2 * 2 / 48 / 3},
    ),
    "drums on sixteenths but one": (
        tune((0, 0.1, 36), (0.25, 0.1, 38), (0.5, 0.1, 36), (1 / 3, 0.1, 38), tracks=[KIT]),
        {"drum_pattern_consistency": 3 / 4, "notes": 4, "pitches": NAN, "polyphony": NAN, "loudness": 80},
    ),
    "a note over the bar line": (
        tune((0, 1, 60), (3, 2, 62), (5, 1, 64), (8, 1, 64)),
        {"valid_bars": 2 / 3, "notes_per_bar": 4 / 3},
    ),
    "three quarters": (line(60, 62, length=3, meters=[(0, 3, 4)]), {"valid_bars": 1, "complete_ending": 1}),
    "three quarters where four are due": (line(60, 62, length=3), {"valid_bars": 0, "complete_ending": 0}),
    "a bar of three among those of four": (
        line(*[60] * 19, marks=[Mark(7 * Q, "barline", "|")]),
        {"full_bars": 2 / 3, "complete_ending": 1},
    ),
    "a pickup that the last bar lacks": (
        line(67, *[60] * 7, marks=[Mark(0, "pickup", str(Q))]),
        {"complete_ending": 1},
    ),
    "a close from the fifth": (line(*IN_C, 64, 67, 60), {"ends_on_tonic": 1, "cadence": 1}),
    "a close from the fourth": (line(*IN_C, 64, 65, 65, 60, 60), {"ends_on_tonic": 1, "cadence": 0}),
    "an open end": (line(*IN_C, 60, 67), {"ends_on_tonic": 0, "cadence": 0}),
    "a close in the bass": (
        tune((0, 4, 60), (4, 1, 67), (4, 1, 55), (5, 1, 64), (5, 1, 48)),
        {"ends_on_tonic": 1, "cadence": 1},
    ),
    "four bars, four times": (
        of_bars("ABCD" * 4),
        {
            "structureness_short": 2 * (3 / 4) * (9 / 16) / (3 / 4 + 9 / 16),  # three bars, three times more
            "structureness_middle": 3 / 4,
            "structureness_long": 1 / 2,
            "repeated_bars": 12 / 16,
            "bar_similarity": 3 / 15,
        },
    ),
    "nothing comes back": (
        of_bars("ABCDEFGH"),
        {
            **{"structureness_short": 0, "structureness_middle": 0, "structureness_long": NAN},
            **{"repeated_bars": 0, "bar_similarity": 0, "repeated_passages": 1 - 4 / 28},
        },
    ),
    "half of the notes of a bar change": (
        tune(*[(at, 1, pitch) for at, pitch in enumerate((60, 60, 60, 60, 60, 60, 62, 62))]),
        {"bar_similarity": 1 / 2, "repeated_bars": 0},
    ),
    "one loudness": (
        line(*[60] * 32),
        {
            **{"loudness": 80, "loudness_spread": 0, "loudness_step": 0, "loudness_swell": 0},
            **{"loudness_memory": NAN, "loudness_height": NAN},
        },
    ),
    "soft, then loud": (
        tune(*[(at, 1, 60, 60 if at < 16 else 100) for at in range(32)]),
        {
            **{"loudness": 80, "loudness_spread": 20, "loudness_step": 40 / 31, "loudness_swell": 20},
            "loudness_memory": 225 / 240,
        },
    ),
    "what is high is loud": (tune((0, 1, 60, 60), (1, 1, 62, 62), (2, 1, 64, 64)), {"loudness_height": 1}),
    "a chord rolled in 25 ms and one together": (
        tune((0, 1, 60), (0.05, 1, 64), (2, 1, 60), (2, 1, 64), (4, 1, 60)),
        {"chord_spread": (25 + 0) / 2},
    ),
    "half as long as the way to the next": (
        tune((0, 0.5, 60), (1, 0.5, 62), (2, 0.5, 64), (3, 1, 65)),
        {"articulation": 1 / 2, "chord_spread": NAN},
    ),
    "a pedal for a quarter of the time": (
        line(60, 62, 64, 65, controls=[(Q, 0, SUSTAIN, 127), (2 * Q, 0, SUSTAIN, 0)]),
        {"pedal_share": 1 / 4},
    ),
    "two pedals that overlap": (
        tune(
            (0, 4, 60),
            (0, 4, 64, 80, 1),
            controls=[(0, 0, SUSTAIN, 127), (2 * Q, 0, SUSTAIN, 0), (Q, 1, SUSTAIN, 127), (3 * Q, 1, SUSTAIN, 0)],
        ),
        {"pedal_share": 3 / 4},
    ),
    "one note of two is 25 ms late": (
        tune((0, 1, 60), (1.05, 1, 60)),
        {"timing_deviation": 12.5, "tempo_spread": 0, "pedal_share": 0},
    ),
    "as long at 60 as at 120": (
        tune((0, 1, 60), (1, 2, 60), tempos=[(0, 1_000_000), (Q, 500_000)]),
        {"tempo_spread": 30 / 90, "notes_per_second": 1},
    ),
    "parallel octaves": (four(CHORD, (74, 67, 60, 50)), {"parallels": 1, "voice_crossing": 0, "wide_spacing": 0}),
    "fifths, one of six pairs": (four((72, 65, 60, 48), (69, 67, 62, 41)), {"parallels": 0}),
    "parallel fifths among six moves": (four((72, 64, 55, 48), (74, 65, 57, 50)), {"parallels": 2 / 6}),
    "voices that cross and lie apart": (
        four(CHORD, (72, 74, 62, 48), (79, 64, 60, 48), (85, 74, 60, 48)),
        {"voice_crossing": 1 / 4, "wide_spacing": 2 / 4, "out_of_range": 1 / 16},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_known_answers(name: str) -> None:
    score, answers = CASES[name]
    found = {metric: float(column[0]) for metric, column in measure([score]).items()}
    for metric, answer in answers.items():
        if isinstance(answer, float) and math.isnan(answer):
            assert math.isnan(found[metric]), metric
        else:
            expected = pytest.approx(answer, abs=1e-12) if isinstance(answer, (int, float)) else answer
            assert found[metric] == expected, metric


def test_every_metric_has_a_known_answer() -> None:
    known = {metric for _, answers in CASES.values() for metric, answer in answers.items() if answer == answer}
    assert known == {metric.name for metric in METRICS}

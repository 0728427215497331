"""Damage to how music is played: the rungs of the ladder that the typed damage of what is written does not reach.

Conventions
    As in `etude.evaluation.corruptions`: a strength is the share of notes, bars, quarters or pedals that is
    touched, and the same chance touches more of the same notes at a higher strength.

Types
    notes missing      notes: not played; the first and the last note stay
    notes cut short    notes: held for half their length
    loudness at random notes: as loud as another note of the piece, drawn by chance
    one loudness       notes: as loud as the piece is in the mean
    too soft           notes: half as loud
    rolled chords      notes: begin up to 40 ms late
    no pedal           sustain pedals: not pressed
    beats missing      bars: end a quarter early
    unsteady tempo     quarters: a tempo drawn by chance, half to double
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from etude.score import SUSTAIN, TEMPO, Mark, Score, Table, bar_starts, pedal_spans

LATE = 0.04  # seconds


def notes_missing(score: Score, share: float, random: np.random.Generator) -> Score:
    """A share of the notes left out."""
    gone = _chosen(len(score), share, random)
    gone[[0, -1]] = False
    return score.replace(notes=score.notes[~gone])


def notes_cut_short(score: Score, share: float, random: np.random.Generator) -> Score:
    """A share of the notes held half as long."""
    notes = score.notes.copy()
    notes["duration"] //= np.where(_chosen(len(notes), share, random), 2, 1)
    return score.replace(notes=notes)


def loudness_at_random(score: Score, share: float, random: np.random.Generator) -> Score:
    """A share of the notes with the loudness of another."""
    drawn = random.permutation(score.notes["velocity"])
    return _with_velocities(score, np.where(_chosen(len(score), share, random), drawn, score.notes["velocity"]))


def one_loudness(score: Score, share: float, random: np.random.Generator) -> Score:
    """A share of the notes in the mean loudness of the piece."""
    usual = round(float(score.notes["velocity"].mean()))
    return _with_velocities(score, np.where(_chosen(len(score), share, random), usual, score.notes["velocity"]))


def too_soft(score: Score, share: float, random: np.random.Generator) -> Score:
    """A share of the notes half as loud."""
    velocities = score.notes["velocity"]
    return _with_velocities(score, np.where(_chosen(len(score), share, random), (velocities + 1) // 2, velocities))


def rolled_chords(score: Score, share: float, random: np.random.Generator) -> Score:
    """A share of the notes a little late."""
    notes = score.notes.copy()
    late = random.uniform(0, LATE, len(notes)) * _chosen(len(notes), share, random)
    notes["onset"] = np.rint(score.ticks(score.seconds(notes["onset"]) + late))
    return score.replace(notes=notes)


def no_pedal(score: Score, share: float, random: np.random.Generator) -> Score:
    """A share of the presses of the sustain pedal left out, with all that the pedal does while it is down."""
    controls = score.controls
    kept = np.ones(len(controls), np.bool_)
    for track in range(len(score.tracks)):
        spans = pedal_spans(score, track)
        mine = (controls["number"] == SUSTAIN) & (controls["track"] == track)
        for start, stop in spans[_chosen(len(spans), share, random)].tolist():
            kept &= ~(mine & (controls["tick"] >= start) & (controls["tick"] < stop))
    return score.replace(controls=controls[kept])


def beats_missing(score: Score, share: float, random: np.random.Generator) -> Score:
    """A share of the bars without their last quarter; the bar line is written where they now end."""
    starts = bar_starts(score)
    long = np.flatnonzero(np.diff(starts) > score.tpq)
    ends = starts[1:][long[_chosen(len(long), share, random)]]
    notes = score.notes
    onsets = notes["onset"].astype(np.int64)
    following = np.minimum(np.searchsorted(ends, onsets, side="right"), max(0, len(ends) - 1))
    gone = (onsets >= ends[following] - score.tpq) & (onsets < ends[following]) if len(ends) else onsets < 0
    moved = notes[~gone].copy()
    moved["onset"] -= score.tpq * np.searchsorted(ends, onsets[~gone], side="right")
    lines = [Mark(int(end) - score.tpq * (number + 1), "barline", "|") for number, end in enumerate(ends)]
    pickup = [mark for mark in score.marks if mark.kind == "pickup"]
    return score.replace(notes=moved, marks=[*pickup, *lines])


def unsteady_tempo(score: Score, share: float, random: np.random.Generator) -> Score:
    """A share of the quarters faster or slower than written; other quarters as the tempo map has it."""
    ticks = np.arange(0, score.end, score.tpq)
    row = np.searchsorted(score.tempos["tick"], ticks, side="right") - 1
    factor = np.where(_chosen(len(ticks), share, random), 2 ** random.uniform(-1, 1, len(ticks)), 1)
    tempos: Table = np.zeros(len(ticks), TEMPO)
    tempos["tick"] = ticks
    tempos["microseconds"] = np.rint(score.tempos["microseconds"][row] * factor)
    return score.replace(tempos=tempos)


Wear = Callable[[Score, float, np.random.Generator], Score]

WEAR: dict[str, Wear] = {
    "notes missing": notes_missing,
    "notes cut short": notes_cut_short,
    "loudness at random": loudness_at_random,
    "one loudness": one_loudness,
    "too soft": too_soft,
    "rolled chords": rolled_chords,
    "no pedal": no_pedal,
    "beats missing": beats_missing,
    "unsteady tempo": unsteady_tempo,
}


def _chosen(count: int, share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    """Bool[count]: which are touched."""
    found = np.zeros(count, np.bool_)
    found[random.permutation(count)[: round(share * count)]] = True
    return found


def _with_velocities(score: Score, velocities: NDArray[np.uint8]) -> Score:
    notes = score.notes.copy()
    notes["velocity"] = velocities
    return score.replace(notes=notes)

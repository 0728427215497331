"""Wishes that contradict each other or the encoding, found before anything is drawn."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from etude.errors import UsageError
from etude.sampling.constraints.harmony import Harmony
from etude.sampling.constraints.rhythm import Onsets
from etude.sampling.constraints.rules import Mask, Pitches, class_mask
from etude.sampling.constraints.together import Rules
from etude.sampling.constraints.words import Rhythm, grain

CLASSES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def check_pitches(rules: Rules, available: Mask) -> None:
    """Raises UsageError when there is a bar in which no note may sound, or none to close on."""
    steady = available & _steady(rules)
    if not steady.any():
        names = " and ".join(rule.name for rule in rules.rules if isinstance(rule, Pitches))
        raise UsageError(f"No note this model can write obeys --{names}: ask for less.")
    for rule in rules.rules:
        if isinstance(rule, Harmony):
            for chord in rule.chords:
                if not (steady & class_mask(chord.classes)).any():
                    raise UsageError(
                        f"No note of the chord {chord.name} obeys the other constraints: ask for less."
                    )


def check_close(rules: Rules, available: Mask, tonic: int | None) -> None:
    """Raises UsageError when no tonic (or not the one that was told) may sound in the last bar."""
    if rules.ending is None:
        return
    possible = available & lasting(rules)
    if tonic is not None and not possible[tonic::12].any():
        raise UsageError(
            f"The piece is to close on {CLASSES[tonic]}, but no {CLASSES[tonic]} may sound in its last bar: change "
            "the last chord, the scale or the range, or ask for an open ending (--ending open)."
        )
    rhythm = rules.ending.rhythm
    if rhythm is not None and rhythm.inside[0] >= rules.lines.bar * rules.ending.bars:
        raise UsageError("The rhythm has no note in the bars that were asked for.")


def lasting(rules: Rules) -> Mask:
    """Bool[128]: what may sound in the last bar, by range, scale and chord."""
    mask = _steady(rules)
    for rule in rules.rules:
        if isinstance(rule, Harmony) and rules.ending is not None:
            mask = mask & class_mask(rule.chord(rule.first + rules.ending.bars - 1).classes)
    return mask


def _steady(rules: Rules) -> Mask:
    mask = np.ones(128, np.bool_)
    for rule in rules.rules:
        if isinstance(rule, Pitches):
            mask = mask & (rule.latest(0) > 0)
    return mask


def check_rhythm(rhythm: Rhythm, unit: Fraction) -> None:
    """Raises UsageError when an onset lies between two places where a note can begin, `unit` quarters apart."""
    if (grain(rhythm) / unit).denominator != 1:
        raise UsageError(
            f"This model writes notes on a grid of {unit} of a quarter, and the rhythm has a note beside it: "
            f"write it in multiples of {unit}."
        )


def check_gaps(onsets: Onsets, start: int, possible: set[int], end: int | None) -> None:
    """Raises UsageError when the time between two onsets (ticks) is none of `possible`."""
    at, stop = start, end or start + 2 * onsets.length + onsets.lines.bar
    while (following := onsets.due(at + 1)) < stop:
        if at > start and following - at not in possible:
            quarters = Fraction(following - at, onsets.lines.tpq)
            raise UsageError(f"This model cannot wait {quarters} quarters between two notes of the rhythm.")
        at = following

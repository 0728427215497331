"""Pitches as letters with accidentals, chosen by the key, and which accidentals are printed.

Spelling takes the twelve neighbours on the line of fifths around the tonic, as in Temperley, "The Cognition of
Basic Musical Structures" (2001), chapter 5, with the window laid by the key signature instead of the context.
"""

from __future__ import annotations

from collections.abc import Iterable

LINE = "FCGDAEB"  # letters in the order of fifths; F is -1 and C is 0 on the line of fifths
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}  # semitones above C
ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
MINOR_LIKE = (1, 2, 3)  # minor, dorian, phrygian in etude.score.MODES: raised degrees are the common ones

Spelled = tuple[str, int, int]  # letter, alteration in semitones, octave (4 holds middle C)


def spell(pitch: int, fifths: int, mode: int = 0) -> Spelled:
    """How `pitch` (MIDI number) is written in the key of `fifths` sharps."""
    low = fifths - (2 if mode in MINOR_LIKE else 3)
    place = low + (pitch * 7 - low) % 12  # the one of twelve neighbouring fifths that sounds like it
    if place > 15:  # beyond B double sharp no sign exists
        place -= 12
    if place < -15:
        place += 12
    letter = LINE[(place + 1) % 7]
    alter = (place + 1) // 7
    return letter, alter, (pitch - alter - STEPS[letter]) // 12 - 1


def signature(fifths: int) -> dict[str, int]:
    """Letter -> alteration that the key signature gives it."""
    return {letter: (fifths + 6 - place) // 7 for place, letter in enumerate(LINE)}


def printed(heads: Iterable[tuple[Spelled, bool]], fifths: int) -> list[str]:
    """For each note of one staff in one bar, in order of time, the accidental before it, or "".

    `heads` are (spelled pitch, whether it goes on from a tie over the bar line and so needs no sign).
    """
    holds: dict[tuple[str, int], int] = {}
    by_key = signature(fifths)
    out = []
    for (letter, alter, octave), tied in heads:
        place = letter, octave
        if tied or holds.get(place, by_key[letter]) == alter:
            out.append("")
            continue
        holds[place] = alter
        out.append(ACCIDENTALS[alter])
    return out

"""Where the General MIDI drum sounds stand on a percussion staff, and back."""

from __future__ import annotations

# pitch: (display step, display octave, notehead), after the key of N. Weinberg, "Guidelines for Drumset
# Notation" (1998), as far as it goes; sounds it does not name stand on the middle line
PLACES: dict[int, tuple[str, int, str]] = {
    35: ("F", 4, ""),
    36: ("F", 4, ""),
    37: ("C", 5, "x"),
    38: ("C", 5, ""),
    39: ("C", 5, "cross"),
    40: ("C", 5, ""),
    41: ("G", 4, ""),
    42: ("G", 5, "x"),
    43: ("A", 4, ""),
    44: ("D", 4, "x"),
    45: ("B", 4, ""),
    46: ("G", 5, "circle-x"),
    47: ("D", 5, ""),
    48: ("E", 5, ""),
    49: ("A", 5, "x"),
    50: ("E", 5, ""),
    51: ("F", 5, "x"),
    52: ("B", 5, "x"),
    53: ("F", 5, "diamond"),
    54: ("D", 5, "triangle"),
    55: ("B", 5, "x"),
    56: ("E", 5, "triangle"),
    57: ("A", 5, "x"),
    59: ("F", 5, "x"),
}
ELSEWHERE = ("B", 4, "")
SNARE = 38


def sound_at(step: str, octave: int, notehead: str = "") -> int:
    """The drum sound meant by a sign at this place when the file names no instrument; a snare if in doubt."""
    exact = [pitch for pitch, place in PLACES.items() if place == (step, octave, notehead)]
    near = [pitch for pitch, place in PLACES.items() if place[:2] == (step, octave)]
    return (exact or near or [SNARE])[0]

"""What a person wants of a piece, and the rules that make of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from etude.encodings.base import Encoding
from etude.errors import UsageError
from etude.sampling.constraints.ending import DrumEnding, Ending, Tonic
from etude.sampling.constraints.harmony import Harmony
from etude.sampling.constraints.lines import BarLines
from etude.sampling.constraints.rhythm import Onsets
from etude.sampling.constraints.rules import Pitches, Polyphony, Rule
from etude.sampling.constraints.together import Rules
from etude.sampling.constraints.tune import Form
from etude.sampling.constraints.words import (
    parse_chords,
    parse_form,
    parse_key,
    parse_meter,
    parse_range,
    parse_rhythm,
    parse_scale,
)


@dataclass(frozen=True)
class Constraints:
    """What every piece obeys, as a person writes it; "" and 0 ask for nothing.

    scale      "D dorian", "A minor pentatonic", or its notes: no others sound
    key        "D", "F# minor": told to a model that can be told, and no note outside the key sounds
    range      "G3-G5": the lowest and the highest note
    chords     "C Am F G": one a bar, again and again; what sounds on a beat belongs to it
    polyphony  how many notes may sound at once
    rhythm     "1 1/2 1/2 2": lengths in quarters, z before a rest, again and again; notes begin there only
    meter      "6/8", for an encoding that writes one
    form       "AABB", "AA'BB'": sections with repeat signs, and with second endings where there is a '
    bars       exactly so many, the last one full, with an ending that closes; with `form` as they sound
    """

    scale: str = ""
    key: str = ""
    range: str = ""
    chords: str = ""
    polyphony: int = 0
    rhythm: str = ""
    meter: str = ""
    form: str = ""
    bars: int = 0

    def __post_init__(self) -> None:
        for name in ("polyphony", "bars"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise UsageError(f"{name} must be a whole number above 0, not {value!r}.")
        if self.form and not self.bars:
            raise UsageError("A form needs to know how long it is: give --bars as well, counted as they sound.")

    def __bool__(self) -> bool:
        """Whether anything is wanted."""
        return any(getattr(self, field.name) for field in fields(self))

    def asked(self) -> dict[str, Any]:
        """What is wanted, by name: what the reproducibility line keeps."""
        return {field.name: getattr(self, field.name) for field in fields(self) if getattr(self, field.name)}


def build_rules(wanted: Constraints, encoding: Encoding) -> tuple[Rules, Tonic | None]:
    """The rules, and the tonic to close on where it was told. Raises UsageError for what cannot be read."""
    lines = BarLines(encoding.tpq, parse_meter(wanted.meter) if wanted.meter else (4, 4))
    rules: list[Rule] = []
    if wanted.range:
        rules.append(Pitches.of_range(*parse_range(wanted.range)))
    scale = parse_scale(wanted.scale) if wanted.scale else None
    if scale is not None:
        rules.append(Pitches.of_classes("scale", scale.classes))
    key = parse_key(wanted.key) if wanted.key else None
    if key is not None:
        rules.append(Pitches.of_classes("key", key.classes))
    chords = parse_chords(wanted.chords) if wanted.chords else ()
    if chords:
        rules.append(Harmony(chords, lines))
    if wanted.polyphony:
        rules.append(Polyphony(wanted.polyphony))
    rhythm = Onsets(parse_rhythm(wanted.rhythm), lines) if wanted.rhythm else None
    if rhythm is not None:
        rules.append(rhythm)
    tonic: Tonic | None = None
    for one in (key, scale):
        if tonic is None and one is not None and one.tonic is not None:
            tonic = (one.tonic, one.minor)
    if wanted.bars:
        bars = Form.of(parse_form(wanted.form), wanted.bars).bars if wanted.form else wanted.bars
        kind = DrumEnding if getattr(encoding, "part", "") == "drums" else Ending
        rules.append(kind(bars, lines, rhythm))
        if chords and tonic is None:
            last = chords[(bars - 1) % len(chords)]
            tonic = (last.root, (last.root + 4) % 12 not in last.classes)
    return Rules(rules, lines), tonic

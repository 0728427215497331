"""An encoding whose pieces obey: which encodings can obey what, and the Readers that see to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from etude.encodings.abc import AbcTokens
from etude.encodings.abc import vocabulary as v
from etude.encodings.base import Encoding, Steps
from etude.encodings.conditions import Told
from etude.encodings.infill import Infilling
from etude.errors import UsageError
from etude.sampling.constraints.abc import AbcUnderRules
from etude.sampling.constraints.abc_header import tonic_of
from etude.sampling.constraints.checks import check_close, check_gaps, check_pitches, check_rhythm
from etude.sampling.constraints.chords import ChordsUnderRules
from etude.sampling.constraints.ending import Tonic
from etude.sampling.constraints.events import EventsUnderRules
from etude.sampling.constraints.filling import Filling, Joined
from etude.sampling.constraints.frames import ChoraleUnderRules, RollUnderRules
from etude.sampling.constraints.letters import LettersUnderRules
from etude.sampling.constraints.notes import NotesUnderRules
from etude.sampling.constraints.performance import PerformanceUnderRules
from etude.sampling.constraints.reader import ConstrainedReader
from etude.sampling.constraints.rhythm import Onsets
from etude.sampling.constraints.together import Rules
from etude.sampling.constraints.tune import Form
from etude.sampling.constraints.wanted import Constraints, build_rules
from etude.sampling.constraints.words import parse_form, parse_meter, parse_rhythm, parse_scale

Maker = Callable[[Encoding, Rules, int], ConstrainedReader]

MAKERS: dict[str, Maker] = {
    "letters": LettersUnderRules,
    "chorale": ChoraleUnderRules,
    "roll": RollUnderRules,
    "notes": NotesUnderRules,
    "chords": ChordsUnderRules,
    "events": EventsUnderRules,
    "abc": AbcUnderRules,
    "performance": PerformanceUnderRules,
}  # an encoding of a plugin brings its own, as `under_rules`


@dataclass(frozen=True)
class Given:
    """Voices that are sung as they are: int32[T, K] steps of the same encoding, and which of its fields."""

    steps: Steps
    voices: tuple[int, ...]


class Constrained:
    """An Encoding whose Readers let through only what is wanted. Everything else is the encoding's own.

    opening   how many steps of a piece are given, the begin step among them: rules hold for what comes after
    given     voices of a chorale that are to be harmonised
    filling   bars that are to be filled, between what was given and what follows

    Raises UsageError, here already, for what this encoding cannot obey and for wishes that contradict each other.
    """

    def __init__(
        self,
        encoding: Encoding,
        wanted: Constraints,
        opening: int = 0,
        given: Given | None = None,
        filling: Filling | None = None,
    ) -> None:
        self.encoding, self.wanted, self.opening, self.given = encoding, wanted, opening, given
        self.filling = filling
        refuse(encoding, wanted, given)
        self._check()

    def __getattr__(self, name: str) -> Any:
        """What the encoding has."""
        if name.startswith("__") or name == "encoding":
            raise AttributeError(name)
        return getattr(self.encoding, name)

    def transposable(self, steps: Steps) -> tuple[int, int]:
        """No other key obeys the same rules."""
        return (0, 0)

    def reader(self) -> ConstrainedReader:
        """A Reader that stands before the first step."""
        rules, tonic = build_rules(self.wanted, self.encoding)
        if self.filling is not None:
            rules = Rules([*rules.rules, Joined(self.filling.stop)], rules.lines)
        reader = maker(self.encoding)(self.encoding, rules, self.opening)
        reader.filling = self.filling
        if rules.ending is not None:
            rules.ending.known = lambda: tonic
        if isinstance(reader, EventsUnderRules) and self.wanted.meter:
            reader.meter = parse_meter(self.wanted.meter)
        if isinstance(reader, AbcUnderRules):
            self._tell(reader, tonic)
        if isinstance(reader, ChoraleUnderRules) and self.given is not None:
            reader.give(self.given.steps, self.given.voices)
        return reader

    def _tell(self, reader: AbcUnderRules, tonic: Tonic | None) -> None:
        """Hands over what the header of a tune can say."""
        wanted, ending = self.wanted, reader.rules.ending
        header = AbcTokens().header(meter=wanted.meter or None, key=wanted.key or None, parts=1)
        for kind, text in (("meter", wanted.meter), ("key", wanted.key)):
            if text:
                reader.told[kind] = v.SYMBOLS[int(header[1 + v.HEADER.index(kind), 0])][1]
        reader.fixed = tonic
        reader.scale = parse_scale(wanted.scale) if wanted.scale else None
        if wanted.form:
            reader.form = Form.of(parse_form(wanted.form), wanted.bars)
        if ending is not None:
            ending.known = lambda: tonic or (tonic_of(reader.key) if reader.key else None)
            ending.written = lambda ticks: max(length for length in v.DURATIONS if length <= ticks)

    def _check(self) -> None:
        """Raises UsageError for wishes that contradict each other."""
        reader = self.reader()
        rules, tonic = reader.rules, build_rules(self.wanted, self.encoding)[1]
        check_pitches(rules, reader.available)
        check_close(rules, reader.available, tonic[0] if tonic else None)
        if self.wanted.rhythm:
            self._check_rhythm(reader)
        if self.opening <= 1:  # nothing is given, so what can be planned is known already
            reader.allowed()

    def _check_rhythm(self, reader: ConstrainedReader) -> None:
        rhythm, tpq = parse_rhythm(self.wanted.rhythm), self.encoding.tpq
        unit = getattr(reader, "grain", 1)
        check_rhythm(rhythm, Fraction(unit, tpq))
        possible = reader.gaps()
        onsets = next(rule for rule in reader.rules.rules if isinstance(rule, Onsets))
        if possible is not None:
            ending = reader.rules.ending
            check_gaps(onsets, 0, possible, ending.end if ending is not None else None)


def maker(encoding: Encoding) -> Maker:
    """What makes Readers under rules for an encoding. Raises UsageError where it does not say what values mean."""
    own: Maker | None = getattr(encoding, "under_rules", None) or MAKERS.get(encoding.name)
    if own is None:
        raise UsageError(
            f"The encoding '{encoding.name}' of this model does not say which note its values stand for, so none "
            "of the constraints can be promised."
        )
    return own


def refuse(encoding: Encoding, wanted: Constraints, given: Given | None) -> None:
    """Raises UsageError naming the first wish that music in this encoding cannot obey, and why."""
    if getattr(encoding, "raw", False):
        raise UsageError(
            "This model draws ABC text as people type it, mistakes included, so no constraint can be promised: "
            "take a model of the encoding 'abc'."
        )
    maker(encoding)
    name = encoding.name
    if wanted.meter and name not in ("abc", "abc-characters", "events"):
        raise UsageError(
            f"Music in the encoding '{name}' has no meter: its bars are counted in 4/4. Leave --meter out."
        )
    if wanted.form and name not in ("abc", "abc-characters"):
        raise UsageError(f"Music in the encoding '{name}' has no repeat signs, so --form cannot be written in it.")
    if wanted.rhythm and (name == "roll" or (name == "chorale" and not encoding.settings["holds"])):
        raise UsageError(
            f"The encoding '{name}' of this model does not tell a repeated note from a held one: --rhythm "
            "means nothing to it."
        )
    if name == "performance" and (wanted.rhythm or wanted.bars):
        raise UsageError(
            "This model plays freely, in hundredths of a second: --rhythm and an ending on a bar line mean nothing "
            "to it. Leave --rhythm out, or use --ending open."
        )
    if getattr(encoding, "part", "") == "drums":
        for option in ("scale", "key", "range", "chords"):
            if getattr(wanted, option):
                raise UsageError(f"This model plays drums, which have no pitch: --{option} means nothing to it.")
    if given is not None and name != "chorale":
        raise UsageError(f"Voices can be given to a model of chorales; '{name}' has no voices of its own.")


def constrained(
    encoding: Encoding,
    wanted: Constraints,
    start: Steps,
    given: Given | None = None,
    filling: Filling | None = None,
) -> Encoding:
    """`encoding` with Readers that let through only what is wanted, in pieces that begin with the steps `start`.

    Raises UsageError for what it cannot obey.
    """
    made: Any
    if isinstance(encoding, Told):
        music = start[start[:, 0] < encoding.control.first]
        made = Told(constrained(encoding.inner, wanted, music, given, filling), encoding.control)
    elif isinstance(encoding, Infilling):
        made = Infilling(constrained(encoding.inner, wanted, start, given, filling))
    else:
        made = Constrained(encoding, wanted, len(start), given, filling)
    out: Encoding = made
    return out


def can_close(encoding: Encoding) -> bool:
    """Whether exactly so many bars with an ending that closes can be promised of pieces in `encoding`."""
    try:
        constrained(encoding, Constraints(bars=1), np.zeros((0, len(encoding.fields)), np.int32))
    except UsageError:
        return False
    return True

"""Reading what stands around the notes: directions, sounds, chord symbols, bar lines, keys and times."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from etude.formats.musicxml.chords import Harmony, symbol_of
from etude.formats.musicxml.raw import Warnings, decimal
from etude.formats.musicxml.tree import text_of
from etude.score import MODES, Mark, nearest_fifths

# velocities of the dynamic marks: the evenly spaced ones that notation programs play; mf is notated music's 80
DYNAMICS = {
    "pppp": 8,
    "ppp": 16,
    "pp": 33,
    "p": 49,
    "mp": 64,
    "mf": 80,
    "f": 96,
    "ff": 112,
    "fff": 120,
    "ffff": 126,
}
BEATS = {"breve": 8.0, "whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25, "32nd": 0.125}
STYLES = {"light-light": "||", "light-heavy": "|]"}
JUMP_WORDS = (
    (re.compile(r"d\.? ?c\.?(?![a-z])|da capo", re.I), "da_capo"),
    (re.compile(r"d\.? ?s\.?(?![a-z])|d[ae]l? segno", re.I), "dal_segno"),
    (re.compile(r"(to|al) coda", re.I), "to_coda"),
    (re.compile(r"fine\.?", re.I), "fine"),
)
SOUND_JUMPS = {"dacapo": "da_capo", "dalsegno": "dal_segno", "fine": "fine", "tocoda": "to_coda"}


@dataclass(frozen=True)
class Said:
    """What a direction or a sound asks for. `velocity` holds from here on in this part; `tempo` is microseconds."""

    velocity: int | None = None
    tempo: int | None = None
    words: tuple[str, ...] = ()
    structure: tuple[tuple[str, str], ...] = ()  # (kind, text) of marks


def direction(element: Element, warnings: Warnings) -> Said:
    """What a `direction` says; its `sound`, if any, has the last word."""
    words = [text_of(w) for w in element.iterfind("direction-type/words")]
    words += [text_of(w) for w in element.iterfind("direction-type/rehearsal")]
    words = [word for word in words if word]
    loud = element.find("direction-type/dynamics")
    velocity = (
        next((DYNAMICS[sign.tag] for sign in loud if sign.tag in DYNAMICS), None) if loud is not None else None
    )
    tempo = _metronome(element.find("direction-type/metronome"))
    heard = sound(element.find("sound"), " ".join(words), warnings)
    structure = list(heard.structure)
    for kind in ("segno", "coda"):
        if element.find(f"direction-type/{kind}") is not None and not structure:
            structure.append((kind, ""))
    if not structure:
        structure = [(kind, _target(kind, word)) for word in words for kind in _jumps(word)]
    if structure:
        words = []
    return Said(
        heard.velocity if heard.velocity is not None else velocity,
        heard.tempo if heard.tempo is not None else tempo,
        tuple(words),
        tuple(structure),
    )


def sound(element: Element | None, words: str, warnings: Warnings) -> Said:
    """What a `sound` says; `words` beside it tell where a da capo ends."""
    if element is None or not element.attrib:
        return Said()
    velocity, tempo = None, None
    if "dynamics" in element.attrib:
        velocity = velocity_of(element.get("dynamics", ""))
    if "tempo" in element.attrib:
        tempo = microseconds(decimal(element.get("tempo", "")))
        if tempo is None:
            warnings.say(f"a tempo of {element.get('tempo', '')[:20]!r} is left out")
    structure = [(kind, "") for kind in ("segno", "coda") if element.get(kind)]
    structure += [(kind, _target(kind, words)) for name, kind in SOUND_JUMPS.items() if element.get(name)]
    return Said(velocity, tempo, (), tuple(structure))


def velocity_of(percent: str) -> int | None:
    """A velocity 1..127 from a percentage of forte, which is 90."""
    value = decimal(percent)
    return None if value is None else min(127, max(1, math.floor(value * 0.9 + 0.5)))


def microseconds(tempo: float | None) -> int | None:
    """Microseconds a quarter from quarters a minute, or None when that is no tempo."""
    if tempo is None or not 0.03 < tempo <= 60_000_000:
        return None
    return max(1, math.floor(60e6 / tempo + 0.5))


def _metronome(element: Element | None) -> int | None:
    beat = BEATS.get(text_of(element, "beat-unit"))
    number = re.search(r"\d+(\.\d+)?", text_of(element, "per-minute"))
    if element is None or beat is None or number is None:
        return None
    dots = len(element.findall("beat-unit-dot"))
    return microseconds((decimal(number.group()) or 0.0) * beat * (2 - 0.5**dots))


def _jumps(word: str) -> list[str]:
    return [kind for pattern, kind in JUMP_WORDS if pattern.match(word)][:1]


def _target(kind: str, words: str) -> str:
    """Where a da capo or dal segno stops."""
    if kind not in ("da_capo", "dal_segno"):
        return ""
    lower = words.lower()
    return "fine" if "fine" in lower else "coda" if "coda" in lower else ""


def chord_symbol(element: Element) -> str:
    """The text of a `harmony`, "" when it names no root."""
    kind = element.find("kind")
    if kind is not None and text_of(kind) == "none":
        return "N.C."
    root, bass = _place(element, "root"), _place(element, "bass")
    if root is None:
        return ""
    printed = kind.get("text") if kind is not None else None
    if printed is not None:
        return symbol_of(Harmony(root, "major" if not printed else "other", printed, bass))
    return symbol_of(Harmony(root, text_of(kind), "", bass))


def _place(element: Element, name: str) -> tuple[str, int] | None:
    step, alter = text_of(element, f"{name}/{name}-step"), decimal(text_of(element, f"{name}/{name}-alter") or "0")
    if step not in tuple("ABCDEFG") or alter is None:
        return None
    return step, max(-2, min(2, int(alter)))


def barline(element: Element, tick: int) -> list[Mark]:
    """The marks of a bar line that stands at `tick`."""
    out = []
    for repeat in element.iterfind("repeat"):
        times = repeat.get("times", "")
        if repeat.get("direction") == "forward":
            out.append(Mark(tick, "repeat_start"))
        elif repeat.get("direction") == "backward":
            out.append(Mark(tick, "repeat_end", times if times.isdecimal() and times != "2" else ""))
    for ending in element.iterfind("ending"):
        number = ",".join(re.findall(r"\d+", ending.get("number", ""))) or "1"
        if ending.get("type") == "start":
            out.append(Mark(tick, "ending", number))
        elif ending.get("type") in ("stop", "discontinue"):
            out.append(Mark(tick, "ending_end"))
    style = STYLES.get(text_of(element, "bar-style"))
    if style and not any(mark.kind.startswith("repeat") for mark in out):
        out.append(Mark(tick, "barline", style))
    return out


def key(element: Element, transposed: int, warnings: Warnings) -> tuple[int, int] | None:
    """(fifths, mode) as they sound in a part that sounds `transposed` semitones off; None for unusual keys."""
    fifths = decimal(text_of(element, "fifths"))
    if fifths is None or abs(fifths) > 100:
        warnings.say("a key without fifths is left out")
        return None
    names = {"ionian": "major", "aeolian": "minor", "": "major"}
    mode = text_of(element, "mode")
    mode = names.get(mode, mode)
    sharps = int(fifths) if not transposed % 12 else nearest_fifths(int(fifths) + 7 * transposed)
    return (sharps if -7 <= sharps <= 7 else nearest_fifths(sharps)), MODES.index(mode) if mode in MODES else 0


def time(element: Element, warnings: Warnings) -> tuple[int, int] | None:
    """(numerator, denominator); denominator 0 without a meter; None for what cannot be told."""
    if element.find("senza-misura") is not None:
        return 1, 0
    pairs = list(zip(element.iterfind("beats"), element.iterfind("beat-type")))
    parts: list[tuple[int, int]] = []
    for beats, kind in pairs:
        numbers = [decimal(part) for part in text_of(beats).split("+")]
        unit = decimal(text_of(kind))
        whole = unit is not None and unit in (1, 2, 4, 8, 16, 32, 64, 128, 256)
        if not whole or any(n is None or n < 0 or n != int(n) for n in numbers):
            warnings.say(f"a time of {text_of(beats)[:10]!r}/{text_of(kind)[:10]!r} is left out")
            return None
        parts.append((int(sum(n or 0 for n in numbers)), int(unit or 1)))
    below = max((unit for _, unit in parts), default=1)
    above = sum(count * (below // unit) for count, unit in parts)
    if not 0 < above < 2**15:
        warnings.say("a time without beats is left out")
        return None
    return above, below

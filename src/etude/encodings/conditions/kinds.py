"""The conditions there are, one row each: what a piece can be told, how it is read, and what it may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from etude.encodings.abc.structure import SYNONYMS
from etude.encodings.abc.vocabulary import METERS, RHYTHMS
from etude.encodings.conditions import reading
from etude.encodings.conditions.composers import ERAS, era_of, plain, surname
from etude.formats.abc.fields import parse_key
from etude.formats.abc.spelling import key_name
from etude.score import MODES, Score, nearest_fifths

OPEN = "open"  # what every condition is that nobody tells, or that cannot be read
STYLES = (
    *(
        "afrobeat",
        "afrocuban",
        "blues",
        "country",
        "dance",
        "funk",
        "gospel",
        "highlife",
        "hiphop",
        "jazz",
        "latin",
    ),
    *("middleeastern", "neworleans", "pop", "punk", "reggae", "rock", "soul"),
)
KEYS = tuple(key_name(fifths, mode) for mode in range(len(MODES)) for fifths in range(-7, 8))
_KEY = {
    name: (fifths, mode)
    for mode in range(len(MODES))
    for fifths in range(-7, 8)
    for name in [key_name(fifths, mode)]
}
TEMPOS = tuple(str(round(40 * 2 ** (step / 6))) for step in range(17))  # 40 to 254 quarters a minute
DENSITIES = ("0.5", "1", "1.5", "2", "2.5", "3", "4", "6", "9", "13")  # notes a quarter
REGISTERS = tuple(map(reading.pitch_name, range(36, 97)))
FORMS = (
    *("A", "AA", "AB", "AAB", "ABB", "AABB", "ABC", "AABC", "ABCD", "AABBC", "AABBCC", "AABBCCDD", "AABBCCDDEE"),
    *("ABA", "AABA", "AABBA", "AABBAA", "AABBCCDDEEFF"),
)

Choices = tuple[str, ...]
Parser = Callable[[str, Choices], str]


@dataclass(frozen=True)
class Kind:
    """One condition.

    says     what it is, in a few words
    read     Score, choices -> the choice that fits, or OPEN
    choices  what it may be, without OPEN; (): a setting of the encoding names them
    parse    what a person writes, choices -> the choice that is meant, "" where there is none
    heard    whether it is read from the notes as an encoding keeps them; else it is stated beside the music
    moved    choice, semitones -> the choice of the music moved
    alike    what was asked for, what was found -> whether that is as asked
    """

    says: str
    read: Callable[[Score, Choices], str]
    choices: Choices = ()
    parse: Parser = lambda text, choices: _named(text, choices)
    heard: bool = False
    moved: Callable[[str, int], str] = lambda choice, semitones: choice
    alike: Callable[[str, str], bool] = lambda asked, found: asked == found


def _named(text: str, choices: Choices) -> str:
    """The choice of that name, however it is spaced and capitalised."""
    wanted = _squeezed(SYNONYMS.get(text.strip().lower(), text))
    return next((choice for choice in choices if _squeezed(choice) == wanted), "")


def _squeezed(text: str) -> str:
    return "".join(plain(text).split())


def _stated(name: str, otherwise: Callable[[Score], str]) -> Callable[[Score, Choices], str]:
    """Reads what the metadata state under `name`, else what `otherwise` finds."""

    def read(score: Score, choices: Choices) -> str:
        return _named(score.meta.get(name) or otherwise(score), choices) or OPEN

    return read


def _found(find: Callable[[Score], str]) -> Callable[[Score, Choices], str]:
    def read(score: Score, choices: Choices) -> str:
        text = find(score)
        return text if text in choices else OPEN

    return read


def _composer(score: Score, choices: Choices) -> str:
    return _composer_named(score.meta.composer, choices) or OPEN


def _composer_named(text: str, choices: Choices) -> str:
    wanted = surname(text)
    return next((name for name in choices if wanted and surname(name) == wanted), "")


def _nearest(text: str, choices: Choices) -> str:
    """The number among `choices` that is nearest by ratio, up to half an octave away."""
    try:
        value = float(text)
    except ValueError:
        return ""
    if value <= 0:
        return ""
    away = np.abs(np.log2(np.array(choices, np.float64) / value))
    return choices[int(away.argmin())] if away.min() <= 0.5 else ""


def _tempo(score: Score) -> str:
    return f"{reading.quarters_a_minute(score):.6g}"


def _density(score: Score, choices: Choices) -> str:
    return _nearest(str(reading.notes_a_quarter(score)), choices) or OPEN


def _meter_named(text: str, choices: Choices) -> str:
    return _named({"C": "4/4", "C|": "2/2"}.get(text.strip(), text), choices)


def _key_named(text: str, choices: Choices) -> str:
    key = parse_key(text)
    if key.fifths is None or key.warning or not -7 <= key.fifths <= 7:
        return ""
    return key_name(key.fifths, key.mode)


def _register_named(text: str, choices: Choices) -> str:
    words = {"low": "D4", "middle": "A4", "high": "E5"}
    text = words.get(text.strip().lower(), text.strip())
    if text.isdigit():
        return reading.pitch_name(int(text)) if reading.pitch_name(int(text)) in choices else ""
    flats = {"Db": "C#", "Eb": "D#", "Gb": "F#", "Ab": "G#", "Bb": "A#"}
    name = text[:1].upper() + text[1:]
    return _named(flats.get(name[:2], name[:2]) + name[2:], choices)


def _key_moved(choice: str, semitones: int) -> str:
    fifths, mode = _KEY[choice]
    return key_name(nearest_fifths(fifths + 7 * semitones), mode) if semitones else choice


def _register_moved(choice: str, semitones: int) -> str:
    at = REGISTERS.index(choice) + semitones
    return REGISTERS[at] if 0 <= at < len(REGISTERS) else OPEN


def _label(score: Score) -> str:
    return score.meta.get("label")


def _register_near(asked: str, found: str) -> bool:
    """Whether two pitches are a minor third apart at most."""
    return found in REGISTERS and abs(REGISTERS.index(asked) - REGISTERS.index(found)) <= 3


_METERS = (*(f"{top}/{bottom}" for top, bottom in METERS[:13]), "5/4", "7/4", "5/8", "7/8", "6/16")

KINDS: dict[str, Kind] = {
    "composer": Kind("whose music", _composer, parse=_composer_named),
    "era": Kind("of which era", lambda score, choices: era_of(score.meta) or OPEN, ERAS),
    "label": Kind("from which part of the collection: its first folder", _stated("label", _label)),
    "type": Kind("tune type or style", _stated("type", reading.type_text), (*RHYTHMS[1:], *STYLES)),
    "role": Kind("what drums play: a beat or a fill", _stated("role", lambda score: ""), ("beat", "fill")),
    "meter": Kind("meter", _stated("meter", reading.meter_text), _METERS, _meter_named),
    "tempo": Kind(
        "quarters a minute, to the nearest sixth of an octave",
        lambda score, choices: _nearest(score.meta.get("tempo") or _tempo(score), choices) or OPEN,
        *(TEMPOS, _nearest),
    ),
    "key": Kind("tonic and mode", _found(reading.key_text), KEYS, _key_named, True, _key_moved),
    "mode": Kind("mode", _found(reading.mode_text), MODES, heard=True),
    "form": Kind("sections as they sound", _found(reading.form_text), FORMS, heard=True),
    "density": Kind("notes a quarter", _density, DENSITIES, _nearest, True),
    "register": Kind(
        "the pitch half of the notes lie above",
        *(_found(reading.register_text), REGISTERS, _register_named, True, _register_moved, _register_near),
    ),
}


def kinds_of(names: Sequence[str]) -> list[Kind]:
    """The rows of these names."""
    return [KINDS[name] for name in names]

"""Titles, names and the list of parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from etude.formats.musicxml.raw import Warnings, decimal
from etude.formats.musicxml.tree import text_of
from etude.formats.musicxml.writing import REPRODUCE
from etude.score import Metadata, Track

DRUM_CHANNEL = 10


@dataclass
class Listed:
    """What the part list says of one part."""

    name: str = ""
    program: int = 0
    channel: int = 0
    sounds: dict[str, int] = field(default_factory=dict)  # instrument id -> the drum sound it plays

    def track(self, pitched: int, drums: int) -> Track:
        """The track, once it is known how many notes have a pitch and how many have none."""
        kit = drums > 0 or (pitched == 0 and self.channel == DRUM_CHANNEL)
        return Track(self.name, self.program, kit and pitched <= drums)


def listed_parts(root: Element, warnings: Warnings) -> dict[str, Listed]:
    """Part id -> what the part list says of it."""
    out = {}
    for element in root.iterfind("part-list/score-part"):
        listed = Listed(text_of(element, "part-name"))
        for midi in element.findall("midi-instrument")[::-1]:  # of several the first counts
            listed.program = _number(midi, "midi-program", 1, 128, listed.program + 1, warnings) - 1
            listed.channel = _number(midi, "midi-channel", 1, 16, listed.channel, warnings)
            sound = _number(midi, "midi-unpitched", 1, 128, 0, warnings)
            if sound:
                listed.sounds[midi.get("id", "")] = sound - 1
        out[element.get("id", "")] = listed
    return out


def _number(element: Element, name: str, low: int, high: int, default: int, warnings: Warnings) -> int:
    text = text_of(element, name)
    value = decimal(text) if text else float(default)
    if value is None or (text and not low <= value <= high):
        warnings.say(f"a {name} of {text[:20]!r} is left out")
        return default
    return int(value)


def metadata(root: Element) -> Metadata:
    """Title, composer, rights, source, the reproducibility line, and what else stands under miscellaneous."""
    work, movement = text_of(root, "work/work-title"), text_of(root, "movement-title")
    extra = [("movement", movement)] if work and movement and movement != work else []
    composer, others = "", []
    for creator in root.iterfind("identification/creator"):
        kind, name = creator.get("type", "composer"), text_of(creator)
        if kind == "composer" and not composer:
            composer = name
        elif name:
            others.append((kind, name))
    fields = [
        (element.get("name", ""), text_of(element))
        for element in root.iterfind("identification/miscellaneous/miscellaneous-field")
    ]
    rights = [text_of(element) for element in root.iterfind("identification/rights")]
    return Metadata(
        title=work or movement or _credit(root),
        composer=composer,
        origin=text_of(root, "identification/source"),
        licence="; ".join(text for text in rights if text),
        reproduce=next((value for name, value in fields if name == REPRODUCE), ""),
        extra=(*extra, *others, *((name, value) for name, value in fields if name != REPRODUCE)),
    )


def _credit(root: Element) -> str:
    """The text on the page that is said to be the title."""
    for credit in root.iterfind("credit"):
        if text_of(credit, "credit-type") == "title":
            return text_of(credit, "credit-words")
    return ""

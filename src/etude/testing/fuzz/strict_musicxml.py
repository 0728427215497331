"""A second look at MusicXML: is the document well formed, are its values those of the schema, how many notes sound?

It shares no line with `etude.formats.musicxml`: the tree is the standard library's, which is safe for documents
without a document type of their own; those with one are not judged. Only what etude reads is looked at.
Source: the schema of MusicXML 4.0 (W3C, 2021), types of `divisions`, `duration`, `pitch`, `time` and `key`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError, XMLParser

VALUES = {
    "divisions": r"0*[1-9]\d*(\.0*)?",  # decimals are allowed by the schema and used by nobody
    "duration": r"(?=.*[1-9])\d+(\.\d*)?",
    "step": r"[A-G]",
    "octave": r"\+?\d|-0",
    "alter": r"[+-]?\d(\.\d+)?",
    "fifths": r"[+-]?[0-7]",
    "beats": r"[1-9]\d{0,2}(\s*\+\s*[1-9]\d?)*",
    "beat-type": r"1|2|4|8|16|32|64|128",
}


@dataclass
class Judged:
    """How many notes sound (ties joined), and all that is wrong; `unknown` where nobody can tell either."""

    notes: int = 0
    flaws: list[str] = field(default_factory=list)
    unknown: bool = False


def judge(data: bytes) -> Judged:
    """What is found in the document. Raises nothing."""
    out = Judged()
    if b"<!ENTITY" in data or b"<!DOCTYPE" in data.replace(b"<!DOCTYPE score-partwise PUBLIC", b""):
        return Judged(unknown=True)
    parser = XMLParser()  # noqa: S314 - documents with entities are not judged
    try:
        parser.feed(data)
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError) as error:
        if "unbound prefix" in str(error):  # well formed by XML 1.0, not by its namespaces: who knows
            return Judged(unknown=True)
        return Judged(flaws=[f"no XML: {error}"])
    if root.tag != "score-partwise":
        return Judged(flaws=["no partwise score"])
    for part in root.findall("part"):
        for measure in part.findall("measure"):
            _measure(measure, out)
    return out


def _measure(measure: Element, out: Judged) -> None:
    for child in measure:
        if child.tag in ("note", "backup", "forward"):
            _timed(child, out)
        elif child.tag == "attributes":
            _values(child, out)


def _timed(element: Element, out: Judged) -> None:
    """A note, a backup or a forward."""
    tags = [child.tag for child in element]
    known = {"chord", "grace", "cue", "pitch", "unpitched", "rest", "duration", "voice", "type"}
    if any(tags.count(tag) > 1 for tag in known):
        out.unknown = True
        return
    if "grace" not in tags and "duration" not in tags:
        out.flaws.append(f"a {element.tag} without duration")
    _values(element, out)
    if element.tag == "note":
        kinds = [tag for tag in tags if tag in ("pitch", "unpitched", "rest")]
        if len(kinds) != 1:
            out.flaws.append("a note of no kind, or of two")
        inside = [[part.tag for part in child] for child in element if child.tag == "pitch"]
        if any(names.count("step") != 1 or names.count("octave") != 1 for names in inside):
            out.flaws.append("a pitch without step or octave, or with two")
        sounds = "rest" not in tags and "grace" not in tags and "cue" not in tags
        if any(child.tag in ("tie", "notations") for child in element):
            out.unknown = out.unknown or any("tie" in item.tag for item in element.iter())
        out.notes += sounds


def _values(element: Element, out: Judged) -> None:
    """Texts of the elements in VALUES where etude looks for them."""
    places = ("duration", "divisions", "pitch/step", "pitch/octave", "pitch/alter", "key/fifths")
    for item in [found for path in (*places, "time/beats", "time/beat-type") for found in element.findall(path)]:
        text = (item.text or "").strip(" \t\r\n")
        if not re.fullmatch(VALUES[item.tag], text, re.ASCII):
            out.flaws.append(f"<{item.tag}> is {text[:20]!r}")
        elif len(text) > 9 or (item.tag == "octave" and text.endswith("9")):
            out.unknown = True  # beyond what MIDI can say

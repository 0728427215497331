"""Reading one part: its measures as notes and marks with times from the measure's start."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from etude import limits
from etude.errors import Reason
from etude.formats.musicxml import directed
from etude.formats.musicxml.drums import sound_at
from etude.formats.musicxml.raw import Measure, RawNote, Warnings, decimal, ticks_of
from etude.formats.musicxml.spelling import STEPS
from etude.formats.musicxml.tree import LINE, text_of
from etude.score import Mark

USUAL_VELOCITY = 80
AT_END = -1  # the tick of a mark that stands at the end of its measure, wherever that will be


@dataclass
class PartReader:
    """Reads the measures of one part in order; what holds from one measure to the next is kept here."""

    number: int
    tpq: int
    sounds: dict[str, int]  # instrument id -> the drum sound it plays
    warnings: Warnings
    measures: list[Measure] = field(default_factory=list)
    divisions: int = 1
    transposed: int = 0  # semitones from written to sounding
    velocity: int = USUAL_VELOCITY
    pitched: int = 0  # how many notes have a pitch
    drums: int = 0  # how many have none
    at: int = 0  # where the next element stands, in ticks from the start of the measure
    chord_at: int = 0
    graces: list[int] = field(default_factory=list)
    tuplet: tuple[int, str, int] | None = None  # where it began, "p:q", notes so far
    lengths: dict[str | None, int] = field(default_factory=dict)  # text of a duration -> ticks
    heights: dict[tuple[str | None, ...], int] = field(default_factory=dict)  # texts of a pitch -> MIDI number

    def read(self, part: Element) -> list[Measure]:
        """All measures of the part."""
        steps = {
            "note": self._note,
            "backup": self._backup,
            "forward": self._forward,
            "attributes": self._attributes,
            "direction": self._direction,
            "sound": self._sound,
            "harmony": self._harmony,
            "barline": self._barline,
        }
        for element in part.iterfind("measure"):
            measure = Measure(element.get("number", "?"), int(element.get(LINE, "0")))
            measure.implicit = element.get("implicit") == "yes"
            self.measures.append(measure)
            self.at = self.chord_at = 0
            for child in element:
                step = steps.get(child.tag)
                if step:
                    step(child, measure)
            self._leave_graces(measure)
        return self.measures

    def _move(self, ticks: int, measure: Measure) -> None:
        self.at += ticks
        if self.at > limits.TICKS:
            raise measure.refuse("it is longer than time can be counted", Reason.BAD_TIME)
        if self.at > measure.length:
            measure.length = self.at

    def _backup(self, element: Element, measure: Measure) -> None:
        ticks = self._ticks(element.find("duration"), measure)
        if ticks > self.at:
            self.warnings.say("a backup goes beyond the start of its measure")
        self.at = max(0, self.at - ticks)

    def _forward(self, element: Element, measure: Measure) -> None:
        self._move(self._ticks(element.find("duration"), measure), measure)

    def _ticks(self, duration: Element | None, measure: Measure) -> int:
        """The length that a `duration` element tells."""
        text = duration.text if duration is not None else None
        ticks = self.lengths.get(text)
        if ticks is None:
            ticks = self.lengths[text] = ticks_of(text, self.tpq / self.divisions, measure)
            if not ticks:
                self.warnings.say("something lasts no time; if it is a note, it is left out")
        return ticks

    def _note(self, element: Element, measure: Measure) -> None:
        """One `note`: a head, a rest, a grace note or a cue."""
        parts = {child.tag: child for child in element}
        if "grace" in parts:
            if "cue" not in parts and "rest" not in parts:
                self.graces.append(self._pitch(parts, measure))
            return
        ticks = self._ticks(parts.get("duration"), measure)
        if "chord" in parts:
            onset = self.chord_at
            measure.length = max(measure.length, min(onset + ticks, limits.TICKS))
        else:
            onset = self.chord_at = self.at
            self._move(ticks, measure)
        if "rest" not in parts and "cue" not in parts and ticks:
            self._sounding(element, parts, measure, onset, ticks)
        if "notations" in parts:
            self._tuplets(parts, measure, onset)
        elif self.tuplet and "chord" not in parts:
            self.tuplet = (*self.tuplet[:2], self.tuplet[2] + 1)

    def _sounding(
        self, element: Element, parts: dict[str, Element], measure: Measure, onset: int, ticks: int
    ) -> None:
        """A note that is heard."""
        loudness = element.get("dynamics")
        velocity = directed.velocity_of(loudness) if loudness is not None else None
        voice = parts["voice"].text or "" if "voice" in parts else ""
        ends = self._ties(element, parts) if "tie" in parts or "notations" in parts else ()
        measure.notes.append(
            RawNote(
                onset,
                ticks,
                self._pitch(parts, measure, element),
                velocity or self.velocity,
                voice,
                "stop" in ends,
                "start" in ends,
            )
        )
        if self.graces:
            measure.marks.append(Mark(onset, "grace", " ".join(map(str, self.graces)), self.number))
            self.graces = []
        if "lyric" in parts:
            self._lyric(element, measure, onset)

    def _ties(self, element: Element, parts: dict[str, Element]) -> list[str | None]:
        if "tie" in parts:
            return [child.get("type") for child in element if child.tag == "tie"]
        return [child.get("type") for child in parts["notations"] if child.tag == "tied"]

    def _pitch(self, parts: dict[str, Element], measure: Measure, element: Element | None = None) -> int:
        """The MIDI number that sounds."""
        if "pitch" in parts:
            self.pitched += 1
            key = tuple([child.text for child in parts["pitch"]])  # the schema fixes their order
            number = self.heights.get(key)
            if number is None:
                number = self.heights[key] = self._pitched(parts["pitch"], measure)
            return number
        if "unpitched" not in parts:
            raise measure.refuse("a note without pitch or rest", Reason.BAD_EVENT)
        self.drums += 1
        instrument = parts["instrument"].get("id", "") if "instrument" in parts else ""
        place = parts["unpitched"]
        octave = decimal(text_of(place, "display-octave") or "5")
        only = next(iter(self.sounds.values())) if len(self.sounds) == 1 else None
        found = self.sounds.get(instrument, only)
        return sound_at(text_of(place, "display-step") or "C", int(octave or 5)) if found is None else found

    def _pitched(self, pitch: Element, measure: Measure) -> int:
        step, alter, octave = "", "0", ""
        for child in pitch:
            if child.tag == "step":
                step = (child.text or "").strip()
            elif child.tag == "octave":
                octave = (child.text or "").strip()
            elif child.tag == "alter":
                alter = child.text or ""
        shift = decimal(alter) if alter.strip() else self._untold()
        height = decimal(octave)
        if step not in STEPS or shift is None or height is None or height != int(height):
            raise measure.refuse(f"a pitch of {step[:8]!r} {alter[:8]!r} {octave[:8]!r}", Reason.BAD_NUMBER)
        if not 0 <= height <= 9:
            self.warnings.say("an octave is outside 0 to 9, which MusicXML has no others than")
        if shift != int(shift):
            self.warnings.say("microtones are rounded to the nearest semitone")
        number = (int(height) + 1) * 12 + STEPS[step] + math.floor(shift + 0.5) + self.transposed
        if not 0 <= number <= 127:
            raise measure.refuse(f"the pitch {step}{octave} is out of range", Reason.BAD_NUMBER)
        return number

    def _untold(self) -> float:
        self.warnings.say("an alteration without a number is read as none")
        return 0.0

    def _lyric(self, element: Element, measure: Measure, onset: int) -> None:
        """The first verse; a syllable that goes on in the next ends in a hyphen."""
        lyrics = element.findall("lyric")
        if len(lyrics) > 1:
            self.warnings.say("only the first verse is kept")
        text = "".join((part.text or "") for part in lyrics[0].iterfind("text")).strip()
        if text:
            hyphen = "-" if text_of(lyrics[0], "syllabic") in ("begin", "middle") else ""
            measure.marks.append(Mark(onset, "lyric", text + hyphen, self.number))

    def _tuplets(self, parts: dict[str, Element], measure: Measure, onset: int) -> None:
        """Follows the brackets: a mark "p:q:r" stands at the first of the r notes."""
        if self.tuplet and "chord" not in parts:
            self.tuplet = (*self.tuplet[:2], self.tuplet[2] + 1)
        for bracket in [child for child in parts["notations"] if child.tag == "tuplet"]:
            if bracket.get("type") == "start" and "time-modification" in parts:
                ratio = parts["time-modification"]
                names = (text_of(ratio, "actual-notes"), text_of(ratio, "normal-notes"))
                if all(name.isdecimal() and len(name) < 4 for name in names):
                    self.tuplet = onset, ":".join(names), 1
            elif bracket.get("type") == "stop" and self.tuplet:
                start, ratio_text, count = self.tuplet
                if start <= onset:
                    measure.marks.append(Mark(start, "tuplet", f"{ratio_text}:{count}", self.number))
                self.tuplet = None

    def _leave_graces(self, measure: Measure) -> None:
        """Grace notes after the last note of a measure stand at its end; no tuplet goes over a bar line."""
        if self.graces:
            measure.marks.append(Mark(measure.length, "grace", " ".join(map(str, self.graces)), self.number))
        self.graces, self.tuplet = [], None

    def _attributes(self, element: Element, measure: Measure) -> None:
        for child in element:
            if child.tag == "divisions":
                value = decimal(child.text or "")
                if value is None or value < 1 or value != int(value):
                    shown = (child.text or "")[:20]
                    raise measure.refuse(f"{shown!r} divisions of a quarter", Reason.BAD_NUMBER)
                self.divisions = int(value)
                self.lengths.clear()
            elif child.tag == "transpose":
                semitones, octaves = text_of(child, "chromatic"), text_of(child, "octave-change")
                shift = (decimal(semitones or "0") or 0) + 12 * (decimal(octaves or "0") or 0)
                self.transposed = int(max(-127, min(127, shift)))
                self.heights.clear()
        keys = [child for child in element if child.tag == "key" and child.get("number", "1") == "1"]
        found = [directed.key(child, self.transposed, self.warnings) for child in keys[:1]]
        measure.keys += [(self.at, *key) for key in found if key]
        times = [directed.time(child, self.warnings) for child in element.findall("time")[:1]]
        measure.meters += [(self.at, *time) for time in times if time]

    def _offset(self, element: Element) -> int:
        """Where a direction or chord symbol stands; one outside its measure is moved to the measure's start."""
        moved = decimal(text_of(element, "offset") or "0") or 0.0
        return min(max(0, self.at + math.floor(moved * self.tpq / self.divisions + 0.5)), limits.TICKS)

    def _direction(self, element: Element, measure: Measure) -> None:
        self._say(directed.direction(element, self.warnings), self._offset(element), measure)

    def _sound(self, element: Element, measure: Measure) -> None:
        self._say(directed.sound(element, "", self.warnings), self._offset(element), measure)

    def _say(self, said: directed.Said, tick: int, measure: Measure) -> None:
        if said.velocity is not None:
            self.velocity = said.velocity
        if said.tempo is not None:
            measure.tempos.append((tick, said.tempo))
        measure.marks += [Mark(tick, "words", word, self.number) for word in said.words]
        measure.structure += [Mark(tick, kind, text) for kind, text in said.structure]

    def _harmony(self, element: Element, measure: Measure) -> None:
        symbol = directed.chord_symbol(element)
        if not symbol:
            self.warnings.say("a chord symbol without a root is left out")
            return
        measure.marks.append(Mark(self._offset(element), "chord", symbol, self.number))

    def _barline(self, element: Element, measure: Measure) -> None:
        where = {"left": 0, "middle": self.at}.get(element.get("location", "right"), AT_END)
        measure.structure += directed.barline(element, where)

"""The measures of one part: attributes, directions, notes, bar lines."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from etude.formats.musicxml import directions
from etude.formats.musicxml.bars import BAR_MARKS, Bar
from etude.formats.musicxml.beams import beamed
from etude.formats.musicxml.signs import Context, Place, gap, note_signs
from etude.formats.musicxml.spelling import Spelled, printed, spell
from etude.formats.musicxml.voices import (
    MIDDLE_C,
    UNISON,
    Head,
    Sign,
    needs_two_staves,
    unison_layers,
    voices_of,
)
from etude.score import Mark, Score, Table, Track, nearest_fifths

CLEFS = {
    "treble": "<sign>G</sign><line>2</line>",
    "treble 8": "<sign>G</sign><line>2</line><clef-octave-change>-1</clef-octave-change>",
    "bass": "<sign>F</sign><line>4</line>",
    "drums": "<sign>percussion</sign>",
}
COMFORT = {"treble": (60, 81), "treble 8": (48, 69), "bass": (40, 62)}  # pitches within a ledger line of the staff
GUITARS, VOICES = range(24, 32), range(52, 55)  # General MIDI programs


class PartWriter:
    """Writes one track of a Score, bar by bar."""

    def __init__(self, score: Score, number: int, bars: list[Bar]) -> None:
        self.score = score
        self.number = number
        self.bars = bars
        self.track = score.tracks[number]
        self.notes = score.notes[score.notes["track"] == number]
        self.layers = unison_layers(self.notes)
        self.marks = [mark for mark in score.marks if mark.track == number and mark.kind not in BAR_MARKS]
        self.onsets = set(self.notes["onset"].tolist())
        self.ties = frozenset((m.tick, int(m.text)) for m in self.marks if m.kind == "tie" and m.text.isdigit())
        self.unkeyed = self.track.is_drum and not all(track.is_drum for track in score.tracks)
        self.staves = 2 if needs_two_staves(self.notes, self.track.is_drum) else 1

    def measures(self) -> Iterator[str]:
        """Each measure as text."""
        for index, bar in enumerate(self.bars):
            last = index == len(self.bars) - 1
            implicit = ' implicit="yes"' if bar.implicit else ""
            yield (
                f'<measure number="{bar.number}"{implicit}>\n{self._left(bar)}{self._attributes(bar)}'
                f"{self._music(bar)}{self._right(bar, last)}</measure>\n"
            )

    def _left(self, bar: Bar) -> str:
        return directions.left_barline(self.score.marks, bar.start)

    def _right(self, bar: Bar, last: bool) -> str:
        return directions.right_barline(self.score.marks, bar.stop, last)

    def _attributes(self, bar: Bar) -> str:
        """Divisions and clefs at the start; key and time wherever they change at a bar line."""
        first = bar.start == 0
        body = f"<divisions>{self.score.tpq}</divisions>" if first else ""
        body += directions.key(self.score.keys[self.score.keys["tick"] == bar.start], self.unkeyed)
        body += directions.time(self.score.meters[self.score.meters["tick"] == bar.start])
        if first:
            body += f"<staves>{self.staves}</staves>" if self.staves > 1 else ""
            body += self._clefs()
        return f"<attributes>{body}</attributes>\n" if body else ""

    def _clefs(self) -> str:
        if self.staves == 2:
            names = ["treble", "bass"]
        elif self.track.is_drum:
            names = ["drums"]
        else:
            names = [_clef_for(self.notes, self.track)]
        numbers = [f' number="{index + 1}"' if self.staves > 1 else "" for index in range(len(names))]
        return "".join(f"<clef{number}>{CLEFS[name]}</clef>" for number, name in zip(numbers, names))

    def _music(self, bar: Bar) -> str:
        """Directions, then voice after voice, each wound back to the start of the bar."""
        length = bar.stop - bar.start
        waiting = [self._placed(m) for m in self.marks if bar.start <= m.tick < bar.stop]
        if bar is self.bars[-1]:
            waiting += [mark for mark in self.marks if mark.tick >= bar.stop]
        out = [directions.above(self.score, self.number, bar, waiting)]
        used = 0
        for staff in range(self.staves):
            chosen = self._chosen(bar, staff)
            layers = [self.layers[index] for index in np.flatnonzero(chosen)]
            numbered = voices_of(self.notes[chosen], layers, bar, self.ties)
            voices = [beamed(signs, bar.frame) for _, signs in numbered]
            for (number, _), signs, spelled in zip(numbered, voices, self._accidentals(voices, bar)):
                out.append(directions.backup(length) if len(out) > 1 else "")
                voice = number if number > UNISON else number + used
                out.append(self._voice(signs, spelled, Place(voice, staff + 1 if self.staves > 1 else 0), waiting))
            used = max(4, sum(number < UNISON for number, _ in numbered))
        return "".join(out)

    def _placed(self, mark: Mark) -> Mark:
        """The mark; a syllable without a note under which it could stand becomes words above the staff."""
        stray = mark.kind == "lyric" and mark.tick not in self.onsets and not self._tied_over(mark.tick)
        return Mark(mark.tick, "words", mark.text, mark.track) if stray else mark

    def _tied_over(self, tick: int) -> bool:
        """Whether a note is written anew at the bar line at `tick` because it sounds over it."""
        ends = self.notes["onset"].astype(np.int64) + self.notes["duration"]
        at_line = any(bar.start == tick for bar in self.bars)
        return at_line and bool(((self.notes["onset"] < tick) & (ends > tick)).any())

    def _chosen(self, bar: Bar, staff: int) -> NDArray[np.bool_]:
        """Which notes sound in the bar on a staff."""
        ends = self.notes["onset"].astype(np.int64) + np.maximum(self.notes["duration"], 1)
        chosen = (self.notes["onset"] < bar.stop) & (ends > bar.start)
        if self.staves == 2:
            chosen &= (self.notes["pitch"] >= MIDDLE_C) == (staff == 0)
        return np.asarray(chosen)

    def _accidentals(self, voices: list[list[Sign]], bar: Bar) -> list[list[dict[int, tuple[Spelled, str]]]]:
        """For each sign of each voice: pitch -> (spelling, printed accidental), in the order the eye reads."""
        fifths, mode = self._key_at(bar.start)
        out: list[list[dict[int, tuple[Spelled, str]]]] = [[{} for _ in signs] for signs in voices]
        if self.track.is_drum:
            return out
        order = sorted(
            (sign.value.start, v, s, head.pitch)
            for v, signs in enumerate(voices)
            for s, sign in enumerate(signs)
            for head in sign.heads
        )
        spelled = [spell(pitch, fifths, mode) for _, _, _, pitch in order]
        tied = [_head(voices[v][s], pitch).before for _, v, s, pitch in order]
        for (_, v, s, pitch), name, sign in zip(order, spelled, printed(zip(spelled, tied), fifths)):
            out[v][s][pitch] = name, sign
        return out

    def _key_at(self, tick: int) -> tuple[int, int]:
        rows = self.score.keys[self.score.keys["tick"] <= tick]
        if not len(rows):
            return 0, 0
        fifths = int(rows[-1]["fifths"])
        return fifths if -7 <= fifths <= 7 else nearest_fifths(fifths), int(rows[-1]["mode"])

    def _voice(
        self, signs: list[Sign], spelled: list[dict[int, tuple[Spelled, str]]], place: Place, marks: list[Mark]
    ) -> str:
        out = []
        for index, sign in enumerate(signs):
            if sign.hidden:
                out.append(gap(sign, place))
                continue
            drums = f"P{self.number + 1}" if self.track.is_drum else ""
            before = signs[index - 1] if index else None
            after = signs[index + 1] if index + 1 < len(signs) else None
            out.append(note_signs(sign, spelled[index], place, Context(before, after, marks, drums)))
        return "".join(out)


def _head(sign: Sign, pitch: int) -> Head:
    return next(head for head in sign.heads if head.pitch == pitch)


def _clef_for(notes: Table, track: Track) -> str:
    """The clef that keeps most of the notes on its staff; guitars and tenors may have the treble clef with an 8."""
    octave_down = "tenor" in track.name.lower() or track.program in GUITARS or track.program in VOICES
    names = ["treble", "bass", "treble 8"] if octave_down else ["treble", "bass"]
    pitches = notes["pitch"].astype(int)

    def off_the_staff(name: str) -> int:
        low, high = COMFORT[name]
        return int(np.sum(np.maximum(low - pitches, 0) + np.maximum(pitches - high, 0)))

    return min(names, key=off_the_staff)

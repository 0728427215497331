"""One voice of a tune while it is read: where it stands, which accidentals hold, what is still open.

Times are integers, `FINE` to a tick and `QUARTER` to a quarter note, so that tuplets of 3, 5, 6, 7 and 9 are exact.
A note's place on the staff is counted in letters from middle C: c = 7, B, = -1.
"""

from __future__ import annotations

import re
from functools import lru_cache

from etude import limits
from etude.errors import BadInput, Reason
from etude.formats.abc.fields import SEMITONES

TPQ = 480
FINE = 5040
QUARTER = TPQ * FINE
_LONGEST = limits.TICKS * FINE
_NOTE = re.compile(r"(\^\^?(?:\d?/\d?)?|__?(?:\d?/\d?)?|=)?([A-Ga-g])([,']*)(\d*/*\d*)")
_STAFF = {letter: place for place, letter in enumerate("CDEFGABcdefgab")}
_PLAIN_ALTERS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}


@lru_cache(maxsize=4096)
def length_parts(text: str) -> tuple[int, int]:
    """(numerator, denominator) of a length such as '', '2', '3/2', '/', '//', '/4'."""
    top, slash, rest = text.partition("/")
    if len(text) > 12:
        raise BadInput(f"the note length '{text[:12]}...' is too long", Reason.BAD_NUMBER)
    bottom = rest.lstrip("/")
    denominator = int(bottom) if bottom else 2 ** (len(rest) + 1) if slash else 1
    return int(top or 1), max(1, denominator)


@lru_cache(maxsize=8192)
def note_parts(text: str) -> tuple[int | None, int, int, int]:
    """(alteration in semitones or None, place on the staff, length numerator, denominator) of a written note."""
    match = _NOTE.match(text)
    assert match is not None, text  # the tokenizer hands over notes only
    sign, letter, octaves, length = match.groups()
    alter = None if sign is None else _PLAIN_ALTERS.get(sign)
    if sign is not None and alter is None:
        alter = 0  # a quarter tone: the nearest semitone towards the natural
    place = _STAFF[letter] + 7 * (octaves.count("'") - octaves.count(","))
    return alter, place, *length_parts(length)


class Voice:
    """The state of one voice, and the notes, joins and marks it has collected (times in fine ticks)."""

    def __init__(self, track: int, unit: int, alters: tuple[int, ...], shift: int = 0) -> None:
        self.track = track
        self.unit = unit  # the unit note length in fine ticks
        self.alters = alters
        self.shift = shift  # semitones by which a clef or transpose= moves what is written
        self.name = ""
        self.program = 0
        self.is_drum = False
        self.propagation = "octave"  # where accidentals hold in their bar: "octave", "pitch" (all octaves) or "not"
        self.time = 0
        self.bar_start = 0
        self.overlay_end = 0
        self.in_bar: dict[int, int] = {}  # place -> alteration since the last bar line
        self.notes: list[list[int]] = []  # onset, duration, pitch
        self.joins: list[tuple[int, int, int]] = []  # time, pitch, index of the note that goes on
        self.marks: list[tuple[int, str, str]] = []
        self.waiting: list[tuple[str, str]] = []  # marks that belong to the next bar line
        self.group: list[int] = []  # indices of the notes that were added last
        self.group_start = self.group_length = 0
        self.ties: dict[int, int] = {}  # pitch -> index of the note that is tied onward
        self.held: dict[int, int] = {}  # place -> pitch of a note that is tied onward
        self.places: list[int] = []  # places of the last group
        self.broken = (1, 1)  # what the next length is multiplied by
        self.tuplet = (0, 1, 1)  # notes left, q, p
        self.sung: list[int] = []  # onsets since the last line of words
        self.sung_bars: list[int] = []  # how many of `sung` came before each bar line

    def pitch(self, alter: int | None, place: int) -> int:
        """The MIDI pitch of a note, after the signature, the bar and its own accidental."""
        key = place % 7 if self.propagation == "pitch" else place
        if alter is None:
            alter = self.in_bar.get(key)
            if alter is None:
                if place in self.held:
                    return self.held[place]
                alter = self.alters[place % 7]
        elif self.propagation != "not":
            self.in_bar[key] = alter
        octave, letter = divmod(place, 7)
        pitch = 60 + 12 * octave + SEMITONES[letter] + alter + self.shift
        if not 0 <= pitch <= 127:
            raise BadInput(f"a note of pitch {pitch} is outside 0..127", Reason.BAD_NUMBER)
        return pitch

    def length(self, numerator: int, denominator: int) -> int:
        """A written length in fine ticks, with the broken rhythm and the tuplet that hold here."""
        duration = self.unit * numerator // denominator
        if self.tuplet[0]:
            left, q, p = self.tuplet
            duration = duration * q // p
            self.tuplet = (left - 1, q, p)
        if self.broken != (1, 1):
            duration = duration * self.broken[0] // self.broken[1]
            self.broken = (1, 1)
        return max(duration, FINE)  # no note is shorter than a tick

    def add(self, written: list[tuple[int, int, int]], advance: int) -> None:
        """Adds notes (pitch, place, duration) that start together; time moves on by `advance`."""
        start, ties = self.time, self.ties
        before = len(self.notes)
        self.group, self.places = [], []
        for pitch, place, duration in written:
            index = ties.get(pitch, -1) if ties else -1
            if index >= 0 and sum(self.notes[index][:2]) == start:
                self.notes[index][1] += duration
                self.joins.append((start, pitch, index))
            else:
                index = len(self.notes)
                self.notes.append([start, duration, pitch])
            self.group.append(index)
            self.places.append(place)
        if len(self.notes) > before:
            self.sung.append(start)
        self.untie()
        self.group_start, self.group_length = start, advance
        self._move(advance)

    def rest(self, duration: int) -> None:
        """Moves on in silence."""
        self.untie()
        self.group, self.places = [], []
        self.group_start, self.group_length = self.time, duration
        self._move(duration)

    def _move(self, duration: int) -> None:
        self.time += duration
        if self.time > _LONGEST:
            raise BadInput("the tune lasts longer than etude reads", Reason.TOO_LARGE)

    def tie(self) -> None:
        """Ties the notes of the last group to the next ones of the same pitch."""
        for place, index in zip(self.places, self.group, strict=True):
            self.tie_note(place, index)

    def tie_note(self, place: int, index: int) -> None:
        """Ties one note to the next one of its pitch."""
        pitch = self.notes[index][2]
        self.ties[pitch] = index
        self.held[place] = pitch

    def untie(self) -> None:
        """Ends the ties: what comes next begins anew."""
        if self.ties:
            self.ties, self.held = {}, {}

    def break_rhythm(self, sign: str) -> None:
        """`>` lengthens the last group and shortens the next one, `<` the other way round."""
        if not self.group_length:
            return
        whole = 2 ** min(len(sign), 6)
        longer, shorter = (2 * whole - 1, whole), (1, whole)
        mine, self.broken = (longer, shorter) if sign[0] == ">" else (shorter, longer)
        change = self.group_length * mine[0] // mine[1] - self.group_length
        for index in self.group:
            note = self.notes[index]
            last = self.group_length  # a tied note is changed in its last part only
            note[1] += last * mine[0] // mine[1] - last
        for at in range(len(self.marks) - 1, -1, -1):
            time, kind, text = self.marks[at]
            if time != self.time:
                break
            self.marks[at] = (time + change, kind, text)
        self.time += change
        self.group_length = 0

    def bar_line(self) -> None:
        """Ends the bar: accidentals lapse, layers join, marks that waited for it are set."""
        if self.overlay_end:
            self.time, self.overlay_end = max(self.time, self.overlay_end), 0
        self.bar_start = self.time
        if self.in_bar:
            self.in_bar = {}
        for kind, text in self.waiting:
            self.marks.append((self.time, kind, text))
        self.waiting = []
        self.sung_bars.append(len(self.sung))

    def overlay(self) -> None:
        """Goes back to the start of the bar to read another layer of it (`&`)."""
        self.overlay_end = max(self.overlay_end, self.time)
        self.time = self.bar_start
        self.untie()
        self.in_bar, self.group, self.places = {}, [], []
        self.group_length = 0

    def mark(self, kind: str, text: str = "") -> None:
        """Sets a mark where the voice stands."""
        self.marks.append((self.time, kind, text))

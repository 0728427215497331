"""What holds while a tune is read: key, meter, unit length, tempo, the voices, and what was odd."""

from __future__ import annotations

from fractions import Fraction

from etude import limits
from etude.errors import BadInput, Reason
from etude.formats.abc import fields
from etude.formats.abc.text import plain
from etude.formats.abc.voice import QUARTER, Voice


class TuneState:
    """Fields and voices of one tune; the reader of music stands on it."""

    def __init__(self) -> None:
        self.line = 0
        self.values: dict[str, list[str]] = {}  # letter of a field -> its texts
        self.reproduce = ""
        self.meter: tuple[int, int] | None = (4, 4)
        self.unit: Fraction | None = None  # None: not given
        self.key: fields.Key | None = None  # None: still in the header
        self.waiting_tempo = ""
        self.tempos: list[tuple[int, float]] = []  # fine ticks, quarters a minute
        self.meters: list[tuple[int, int, int]] = []
        self.keys: list[tuple[int, int, int]] = []
        self.voices: dict[str, Voice] = {"": Voice(0, QUARTER // 2, (0,) * 7)}
        self.voice = self.voices[""]
        self.at_start: tuple[int, tuple[int, ...], int] = (
            QUARTER // 2,
            (0,) * 7,
            0,
        )  # of a voice: unit, key, shift
        self.mended: list[str] = []
        self.warnings: dict[str, None] = {}

    def mend(self, what: str) -> None:
        """Notes that something was read otherwise than it stands."""
        if len(self.mended) < 5:
            self.mended.append(f"line {self.line}: {what}")

    def set_key(self, value: str) -> None:
        """K: the first one ends the header and sets every voice, later ones the voice they stand in."""
        key = fields.parse_key(value)
        if key.warning:
            self.mend(key.warning)
        shift = fields.semitone_shift(value)
        if self.key is None:
            self._begin(key, shift)
        elif _only_clef(value):
            self.voice.shift = shift
            return
        else:
            self.voice.alters, self.voice.in_bar = key.alters, {}
        self.key = key
        if key.fifths is not None:
            shifted = (key.fifths + 7 * self.voice.shift) if self.voice.shift % 12 else key.fifths
            fifths = shifted if -7 <= shifted <= 7 else (shifted + 5) % 12 - 5
            self.keys.append((self.voice.time, fifths, key.mode))

    def _begin(self, key: fields.Key, shift: int) -> None:
        self.unit = self.unit or fields.default_unit(self.meter)
        self.at_start = (_fine(self.unit), key.alters, shift)
        for voice in self.voices.values():
            voice.alters, voice.unit = key.alters, _fine(self.unit)
            voice.shift += shift
        if self.meter:
            self.meters.append((0, *self.meter))
        if self.waiting_tempo:
            self.set_tempo(self.waiting_tempo)

    def set_meter(self, value: str) -> str:
        """M: and the text that stands behind it on the line."""
        read = fields.parse_meter(value)
        if read is None:
            self.mend(f"meter '{value.strip()[:20]}' is not understood; the meter before it holds")
            return ""
        self.meter, rest = read
        if self.key is not None and self.meter:
            self.meters.append((self.voice.time, *self.meter))
        if self.key is None:
            self.values["M"] = ["none"] if self.meter is None and "none" in value.lower() else []
        return rest if "|" in rest else ""

    def set_unit(self, value: str) -> str:
        """L: and the text that stands behind it on the line."""
        read = fields.parse_unit(value)
        if read is None:
            self.mend(f"unit length '{value.strip()[:20]}' is not understood; the one before it holds")
            return ""
        self.unit, rest = read
        if self.key is not None:
            self.voice.unit = _fine(self.unit)
        return rest if "|" in rest else ""

    def set_tempo(self, value: str) -> None:
        """Q: in the header it waits for the unit length."""
        if self.key is None and not self.voice.time and self.unit is None:
            self.waiting_tempo = value
            return
        tempo = fields.parse_tempo(value, self.unit or Fraction(1, 8))
        if tempo is not None:
            self.tempos.append((self.voice.time, tempo))
        words = value.split('"')[1] if value.count('"') >= 2 else ""
        if words.strip():
            self.voice.mark("words", plain(words))
        elif tempo is None and value.strip():
            self.warnings[f"line {self.line}: tempo '{value.strip()[:20]}' left out"] = None

    def choose_voice(self, value: str) -> None:
        """V: goes on with the voice it names; a new name opens a new voice."""
        words = value.strip()
        name = words.split()[0] if words else ""
        if name not in self.voices:
            first = self.voices.get("")
            if first is not None and not first.time and not first.marks:
                self.voices = {name: first}
            else:
                self._open(name)
        self.voice = self.voices[name]
        self.voice.name = fields.parameter(words, "name", "nm") or self.voice.name
        if "=" in words or len(words.split()) > 1:
            self.voice.shift = fields.semitone_shift(words)

    def _open(self, name: str) -> None:
        if len(self.voices) >= limits.TRACKS:
            raise BadInput(f"the tune has more than {limits.TRACKS} voices", Reason.TOO_LARGE)
        unit, alters, shift = self.at_start
        self.voices[name] = Voice(len(self.voices), unit, alters, shift)
        self.voices[name].propagation = self.voice.propagation


def _fine(unit: Fraction) -> int:
    return int(unit * 4 * QUARTER)


def _only_clef(value: str) -> bool:
    """Whether a K: field in the body changes the clef alone."""
    return value.strip().startswith(("clef", "treble", "bass", "alto", "tenor", "perc", "octave", "transpose"))

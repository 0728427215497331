"""One tune of ABC to a Score. What can be mended is mended and said; what cannot be read is left out and said.

Source: the ABC music standard 2.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from etude import limits
from etude.errors import BadInput, Reason
from etude.formats.abc.finish import finished
from etude.formats.abc.lyrics import lyric_marks
from etude.formats.abc.state import TuneState
from etude.formats.abc.text import FIELD, Block, blocks, decode, plain, without_comment
from etude.formats.abc.tokens import AT_BAR_LINE, CHORD_PART, GRACE_NOTE, TOKEN, ending_numbers, jump
from etude.formats.abc.voice import QUARTER, length_parts, note_parts
from etude.formats.base import Reading, refusal, refuse_endless

_DEFAULT_Q = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
_CHORD_SYMBOL = re.compile(r"\(?[A-H][#b♯♭]?(?![a-z]{3,}(?<!maj)(?<!min)(?<!dim)(?<!aug)(?<!sus)(?<!add))\S*$")
_REPRODUCE = "%%etude "


def read_book(data: bytes) -> list[Reading]:
    """One Reading a tune. Raises BadInput when there is no tune in the file or it is no text."""
    header, found = blocks(decode(data))
    if not found:
        raise BadInput("There is no tune in this file: no line starts with 'X:'.", Reason.EMPTY)
    return [read_tune(block, header) for block in found]


def read_tune(block: Block, header: list[str]) -> Reading:
    """The Reading of one tune; `header` holds the lines that stand before the first tune of the book."""
    reader = TuneReader()
    try:
        for line in header:
            reader.take(line)
        reader.number_from(block.line)
        for line in block.lines:
            reader.take(line)
        return replace(reader.reading(), text=block.text)
    except BadInput as error:
        return replace(refusal(error.reason, f"line {reader.line}: {error}"), text=block.text)


class TuneReader(TuneState):
    """Reads a tune line by line: `take` every line, then ask for the `reading`."""

    def __init__(self) -> None:
        super().__init__()
        self.strange = ""
        self.music: dict[str | None, Callable[[str], None]] = {
            "note": self._note,
            "bar": self._bar,
            "ending": self._bar,
            "broken": lambda text: self.voice.break_rhythm(text),
            "rest": self._rest,
            "tie": lambda text: self.voice.tie(),
            "quoted": self._quoted,
            "field": self._inline,
            "numbered": self._ending,
            "chord": self._chord,
            "grace": self._grace,
            "tuplet": self._tuplet,
            "decoration": self._decoration,
            "plus": self._chord,
            "naked": self._naked,
            "measures": self._measures,
            "letter": self._letter,
            "overlay": lambda text: self.voice.overlay(),
            "other": self._other,
        }

    def number_from(self, line: int) -> None:
        """Sets the number of the next line, for messages."""
        self.line = line - 1

    def take(self, line: str) -> None:
        """Reads the next line of the file."""
        self.line += 1
        if len(line) > limits.TEXT_LINE:
            raise BadInput(
                f"the line has {len(line):,} characters; etude reads {limits.TEXT_LINE:,}", Reason.TOO_LARGE
            )
        if line.startswith("%%"):
            return self._directive(line)
        line = without_comment(line)
        field = FIELD.match(line)
        if field and not (self.key and field[1] in "ABCDEFGabcdefgz" and field[2][:1] in ("|", ":")):
            return self._field(field[1], field[2])
        if self.key is not None:
            self._music(line)
        elif line.strip():
            self.warnings[f"line {self.line}: text before K: left out"] = None

    def _directive(self, line: str) -> None:
        if line.startswith(_REPRODUCE):
            self.reproduce = line[len(_REPRODUCE) :].strip()
        words = line[2:].split()
        if words[:1] == ["propagate-accidentals"] and words[-1] in ("not", "octave", "pitch"):
            for voice in self.voices.values():
                voice.propagation = words[-1]
        if words[:2] == ["MIDI", "program"] and words[-1].isdigit() and int(words[-1][:4]) < 128:
            self.voice.program = int(words[-1])
        if words[:3] == ["MIDI", "channel", "10"]:
            self.voice.is_drum = True

    def _field(self, letter: str, value: str) -> None:
        """A line `letter:value`, in the header or the body."""
        if letter == "K":
            self.set_key(value)
        elif letter == "V":
            self.choose_voice(value)
        elif letter == "M":
            self._music(self.set_meter(value))
        elif letter == "L":
            self._music(self.set_unit(value))
        elif letter == "Q":
            self.set_tempo(value)
        elif letter == "w":
            lyric_marks(self.voice, value, self.warnings)
        elif letter == "P" and self.key is not None:
            self.voice.mark("words", plain(value))
        elif letter == "I" and value.split()[:1] == ["propagate-accidentals"]:
            self._directive("%%" + value.strip())
        elif letter not in "wsmUrI+":
            self.values.setdefault(letter, []).append(plain(value))

    def _music(self, line: str) -> None:
        """A line of notes. In the header, nothing."""
        if self.key is None or not line or line.isspace():
            return
        music = self.music
        for match in TOKEN.finditer(line):
            kind = match.lastgroup
            if kind != "skip" and kind != "hidden":
                music[kind](match[0])

    # notes ------------------------------------------------------------------------------------------------------

    def _note(self, text: str) -> None:
        voice = self.voice
        alter, place, numerator, denominator = note_parts(text)
        duration = voice.length(numerator, denominator)
        voice.add([(voice.pitch(alter, place), place, duration)], duration)
        if len(voice.notes) > limits.NOTES:
            raise BadInput(f"the tune has more than {limits.NOTES:,} notes", Reason.TOO_LARGE)

    def _chord(self, text: str) -> None:
        """`[CEG]2`, or the older `+CEG+`: its first note says how long it takes."""
        voice = self.voice
        end = max(text.rfind("]"), text.rfind("+"))
        outer = length_parts(text[end + 1 :])
        whole = voice.length(*outer)  # one unit with tuplet and broken rhythm applied
        written, tied, advance = [], [], 0
        for note, tie, decoration, letter in CHORD_PART.findall(text[1:end]):
            if note:
                alter, place, numerator, denominator = note_parts(note)
                duration = whole * numerator // denominator
                advance = advance or duration
                written.append((voice.pitch(alter, place), place, duration))
                if tie:
                    tied.append(len(written) - 1)
            elif decoration or letter:
                self._decoration(f"!{decoration}!") if decoration else self._letter(letter)
        if not written:
            self._other(text)
            return
        voice.add(written, advance)
        for position in tied:
            voice.tie_note(voice.places[position], voice.group[position])

    def _rest(self, text: str) -> None:
        self.voice.rest(self.voice.length(*length_parts(text[1:])))

    def _measures(self, text: str) -> None:
        numerator, denominator = self.meter or (4, 4)
        count = int(text[1:5] or 1)
        self.voice.rest(count * QUARTER * 4 * numerator // denominator)

    def _grace(self, text: str) -> None:
        parts = [note_parts(note)[:2] for note in GRACE_NOTE.findall(text)]
        if parts:
            held, self.voice.held = self.voice.held, {}
            pitches = " ".join(str(self.voice.pitch(alter, place)) for alter, place in parts)
            self.voice.held = held
            self.voice.mark("grace", pitches)

    def _tuplet(self, text: str) -> None:
        numbers = [int(part) if part else 0 for part in text[1:].split(":")]
        p, q, r = (*numbers, 0, 0)[:3]
        if p < 1:
            return self._other(text)
        compound = self.meter is not None and self.meter[1] == 8 and self.meter[0] % 3 == 0
        q = q or _DEFAULT_Q.get(p, 3 if compound else 2)
        r = r or p
        self.voice.tuplet = (r, q, p)
        self.voice.mark("tuplet", f"{p}:{q}:{r}")

    # bar lines, signs, texts -------------------------------------------------------------------------------------

    def _bar(self, text: str) -> None:
        voice = self.voice
        line, number = re.match(r"([:|\[\]]*[:|\]])\s?(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
        voice.bar_line()
        colons = len(line) - len(line.lstrip(":"))
        if line.strip(":") == "":  # `::`
            voice.untie()
            voice.mark("repeat_end")
            voice.mark("repeat_start")
        else:
            if colons:
                voice.untie()
                voice.mark("repeat_end", "" if colons == 1 else str(colons + 1))
            if line.endswith(":"):
                voice.mark("repeat_start")
        body = line.strip(":")
        voice.mark("bar", body if body in ("|]", "[|") else "||" if len(body) > 1 else "|")
        if number:
            self._ending(number)

    def _ending(self, text: str) -> None:
        number = ending_numbers(text)
        if number:
            self.voice.mark("ending", number)

    def _quoted(self, text: str) -> None:
        words = text.strip('" ')
        if not words.strip("^_<>@"):
            return
        sign = jump(words.lstrip("^_<>@"))
        if sign is not None:
            self._sign(*sign)
        elif words[0] in "^_<>@":
            self.voice.mark("words", plain(re.sub(r"^@[-\d., ]*|^[\^_<>]", "", words)))
        else:
            self.voice.mark("chord" if _CHORD_SYMBOL.match(words) else "words", plain(words))

    def _decoration(self, text: str) -> None:
        sign = jump(text)
        if sign is not None:
            self._sign(*sign)
        elif text[0] == "!" and re.fullmatch(r"![A-Ga-gz0-9/,'^_=().<>-]+!", text):
            self._music(text[1:-1])  # music between two line-end signs of the older kind

    def _letter(self, text: str) -> None:
        if text == "S":
            self._sign("segno", "")
        elif text == "O":
            self._sign("coda", "")

    def _sign(self, kind: str, text: str) -> None:
        if kind in AT_BAR_LINE:
            self.voice.waiting.append((kind, text))
        else:
            self.voice.mark(kind, text)

    def _other(self, text: str) -> None:
        if text not in "!*;?@#" and len(self.strange) < 40:
            self.strange += text

    def _inline(self, text: str) -> None:
        self._field(text[1], text[3:].removesuffix("]"))

    def _naked(self, text: str) -> None:
        self._field(text[0], text[2:])

    # the end ----------------------------------------------------------------------------------------------------

    def reading(self) -> Reading:
        """The Reading of the lines taken so far."""
        score = finished(self)
        refuse_endless(score)
        warnings = list(self.warnings)
        if self.strange:
            warnings.append(f"signs left out: {self.strange}")
        reason = Reason.BAD_EVENT if self.mended else None
        return Reading(score, reason, "; ".join(self.mended), tuple(warnings))

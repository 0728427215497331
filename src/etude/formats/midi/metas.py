"""Meta events -> tempo, meter and key maps, names and texts; what makes no sense is left out and said.

Texts that begin with "etude " are our own: they carry what the MIDI file format has no event for, so that a Score
comes back as it was written (`write` makes them).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from etude.errors import Reason
from etude.formats.midi.flaws import Flaws
from etude.formats.midi.scan import END_OF_TRACK, Extra
from etude.score import MARK_KINDS, MODES, Metadata

TEXT, COPYRIGHT, NAME, LYRIC, MARKER = 0x01, 0x02, 0x03, 0x05, 0x06
CHANNEL_PREFIX, PORT, TEMPO, SMPTE_OFFSET, METER, KEY = 0x20, 0x21, 0x51, 0x54, 0x58, 0x59
_LENGTH = {CHANNEL_PREFIX: 1, PORT: 1, TEMPO: 3, SMPTE_OFFSET: 5, METER: 4, KEY: 2, END_OF_TRACK: 0}
OWN = "etude "  # before the texts that only etude understands
ABOUT, REPRODUCE, MARK, MODE = "about", "reproduce", "mark", "mode"  # the word after it


@dataclass
class Metas:
    """What the meta events of a file say; rows as in the tables of a Score, marks with their chunk."""

    tempos: list[tuple[int, int]] = field(default_factory=list)
    meters: list[tuple[int, int, int]] = field(default_factory=list)
    keys: list[tuple[int, int, int]] = field(default_factory=list)
    marks: list[tuple[int, int, str, str]] = field(default_factory=list)  # tick, chunk, kind, text
    names: dict[int, str] = field(default_factory=dict)  # of a chunk
    copyrights: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)
    pairs: list[tuple[str, str]] = field(default_factory=list)

    def metadata(self, title: str) -> Metadata:
        """Title, licence and the rest as a Score carries them; foreign texts stand in `extra`."""
        own = self.about
        others = [("copyright", text) for text in self.copyrights[1:]] + [("text", text) for text in self.texts]
        return Metadata(
            title=own.get("title", title),
            composer=own.get("composer", ""),
            origin=own.get("origin", ""),
            licence=own.get("licence", self.copyrights[0] if self.copyrights else ""),
            reproduce=own.get("reproduce", ""),
            extra=(*self.pairs, *others),
        )


def text_of(data: bytes) -> str:
    """The text of a meta event: UTF-8 if it is that, else Latin-1; without closing zeros."""
    data = data.rstrip(b"\0")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_metas(extras: Iterable[tuple[int, int, Extra]], flaws: Flaws) -> Metas:
    """The meaning of (tick, chunk, extra) rows in file order."""
    out = Metas()
    for tick, chunk, extra in extras:
        expected = _LENGTH.get(extra.kind)
        if expected is not None and len(extra.data) != expected and extra.kind not in (END_OF_TRACK, METER):
            text = f"a meta event {extra.kind:02X} of {len(extra.data)} bytes instead of {expected} is ignored"
            flaws.mended(text, Reason.BAD_EVENT, extra.offset)
        elif extra.kind in (TEMPO, METER, KEY):
            _map_event(tick, extra, out, flaws)
        elif extra.kind in (LYRIC, MARKER):
            out.marks.append((tick, chunk, "lyric" if extra.kind == LYRIC else "words", text_of(extra.data)))
        elif extra.kind == NAME:
            out.names.setdefault(chunk, text_of(extra.data).strip())
        elif extra.kind == COPYRIGHT:
            out.copyrights.append(text_of(extra.data))
        elif extra.kind == TEXT:
            _text(tick, chunk, extra, out, flaws)
    return out


def _map_event(tick: int, extra: Extra, out: Metas, flaws: Flaws) -> None:
    """Takes a tempo, meter or key of the right length."""
    data = extra.data
    if extra.kind == TEMPO:
        microseconds = int.from_bytes(data, "big")
        if microseconds:
            out.tempos.append((tick, microseconds))
        else:
            flaws.mended("a tempo of 0 microseconds is ignored", Reason.BAD_NUMBER, extra.offset)
    elif extra.kind == METER:
        if len(data) != _LENGTH[METER]:  # the last two bytes are about the metronome
            flaws.odd(f"a meter has {len(data)} bytes instead of 4", Reason.BAD_EVENT, extra.offset)
        if len(data) < 2:
            flaws.mended("a meter without its two numbers is ignored", Reason.BAD_EVENT, extra.offset)
        elif data[0] and data[1] <= 7:
            out.meters.append((tick, data[0], 1 << data[1]))
        else:
            flaws.mended(f"a meter of {data[0]}/2^{data[1]} is ignored", Reason.BAD_NUMBER, extra.offset)
    else:
        fifths = data[0] - 256 if data[0] > 127 else data[0]
        if abs(fifths) <= 7 and data[1] <= 1:
            out.keys.append((tick, fifths, data[1]))
        else:
            flaws.mended(f"a key of {fifths} sharps and mode {data[1]} is ignored", Reason.BAD_NUMBER, extra.offset)


def _text(tick: int, chunk: int, extra: Extra, out: Metas, flaws: Flaws) -> None:
    """Takes a text: one of ours, or any other."""
    text = text_of(extra.data)
    word, _, rest = text.removeprefix(OWN).partition(" ") if text.startswith(OWN) else ("", "", "")
    if word == REPRODUCE:
        out.about["reproduce"] = rest
    elif word == MARK and rest.partition(" ")[0] in MARK_KINDS:
        kind, _, content = rest.partition(" ")
        out.marks.append((tick, chunk, kind, content))
    elif word == MODE and rest in MODES and out.keys and out.keys[-1][0] == tick:
        out.keys[-1] = (tick, out.keys[-1][1], MODES.index(rest))
    elif word == ABOUT:
        if not _about(rest, out):
            flaws.odd("etude's own text about the piece cannot be understood", Reason.BAD_TEXT, extra.offset)
    elif text:
        out.texts.append(text)


def _about(text: str, out: Metas) -> bool:
    """Takes the JSON list of (name, value) pairs that `write` made; False when it is none."""
    try:
        pairs = json.loads(text)
        rows = [(name, value) for name, value in pairs]
    except (ValueError, TypeError, RecursionError):
        return False
    if not all(isinstance(part, str) for row in rows for part in row):
        return False
    for name, value in rows:
        if name in ("title", "composer", "origin", "licence"):
            out.about[name] = value
        else:
            out.pairs.append((name.removeprefix("+"), value))
    return True

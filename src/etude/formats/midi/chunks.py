"""The outer structure of a Standard MIDI File: header and chunks, checked.

Source: MIDI Manufacturers Association, "Standard MIDI Files 1.0" (RP-001, 1996); RMID: Microsoft RIFF, 1991.
"""

from __future__ import annotations

from dataclasses import dataclass

from etude import limits
from etude.errors import Reason
from etude.formats.midi.flaws import Flaws, refuse

SMPTE_RATES = {24: 24.0, 25: 25.0, 29: 30 / 1.001, 30: 30.0}  # frames per second; 29 is the drop-frame rate


@dataclass(frozen=True)
class Header:
    """Format 0-2, the number of tracks promised, ticks per quarter, and the tempo if times are SMPTE."""

    kind: int
    tracks: int
    tpq: int
    fixed_tempo: int | None


def unwrap(data: bytes) -> tuple[int, int]:
    """Where the MIDI file inside `data` begins and ends: all of it, or the data chunk of a RIFF container."""
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":
        at = 12
        while at + 8 <= len(data):
            size = int.from_bytes(data[at + 4 : at + 8], "little")
            if data[at : at + 4] == b"data":
                return at + 8, min(at + 8 + size, len(data))
            at += 8 + size + size % 2
        refuse("the RIFF container holds no MIDI data", Reason.BAD_STRUCTURE, 0)
    if data[:8] == b"SMF2CLIP":
        refuse("this is a MIDI 2.0 clip file, which etude does not read", Reason.UNSUPPORTED, 0)
    return 0, len(data)


def read_header(data: bytes, start: int, end: int, flaws: Flaws) -> tuple[Header, int]:
    """The header at `start` and the byte after it. Raises BadInput when it is none or says what cannot be."""
    if end - start == 0:
        refuse("the file is empty", Reason.EMPTY)
    if data[start : start + 4] != b"MThd":
        refuse("this is no MIDI file: it does not begin with MThd", Reason.BAD_STRUCTURE, start)
    if end - start < 14:
        refuse("the file ends inside its header", Reason.TRUNCATED, end)
    length = int.from_bytes(data[start + 4 : start + 8], "big")
    if length < 6:
        refuse(f"the header has {length} bytes instead of 6", Reason.BAD_STRUCTURE, start + 4)
    if start + 8 + length > end:
        refuse(f"the header claims {length} bytes, more than the file has", Reason.TRUNCATED, start + 4)
    if length > 6:
        flaws.odd(f"the header has {length} bytes instead of 6", Reason.BAD_STRUCTURE, start + 4)
    kind, tracks, division = (int.from_bytes(data[start + i : start + i + 2], "big") for i in (8, 10, 12))
    if kind > 2:
        refuse(f"MIDI file format {kind} does not exist (0, 1 and 2 do)", Reason.BAD_STRUCTURE, start + 8)
    tpq, fixed = _division(division, start + 12, flaws)
    return Header(kind, tracks, tpq, fixed), start + 8 + length


def _division(division: int, offset: int, flaws: Flaws) -> tuple[int, int | None]:
    """Ticks per quarter, and the tempo in microseconds when the file counts frames instead of quarters."""
    if division == 0:
        refuse("the header says 0 ticks per quarter note", Reason.BAD_NUMBER, offset)
    if division < 0x8000:
        return division, None
    rate, parts = 256 - (division >> 8), division & 0xFF
    if rate not in SMPTE_RATES or parts == 0:
        refuse(f"the header says {parts} ticks in each of {rate} SMPTE frames a second", Reason.BAD_NUMBER, offset)
    ticks = (30 if rate == 29 else rate) * parts  # so many ticks last 1 s (drop frame: 1.001 s): call it a quarter
    flaws.odd(f"times are SMPTE ({rate} frames a second); a quarter note stands for one second", Reason.UNSUPPORTED)
    return ticks, round(1e6 * ticks / (SMPTE_RATES[rate] * parts))


def find_tracks(data: bytes, start: int, end: int, header: Header, flaws: Flaws) -> list[tuple[int, int]]:
    """(first byte, byte after the last) of the contents of each track chunk; other chunks are passed over."""
    out: list[tuple[int, int]] = []
    at = start
    while at < end:
        name = data[at : at + 4]
        if not (name.isalnum() and len(name) == 4) or at + 8 > end:
            if len(out) < max(1, header.tracks):
                refuse(f"a chunk should begin here, not {name!r}", Reason.BAD_STRUCTURE, at)
            flaws.odd(f"{end - at} bytes after the last track are ignored", Reason.BAD_STRUCTURE, at)
            break
        stop = at + 8 + int.from_bytes(data[at + 4 : at + 8], "big")
        if name == b"MTrk":
            if stop > end:
                flaws.mended(f"the last track lacks {stop - end} bytes", Reason.TRUNCATED, end)
            out.append((at + 8, min(stop, end)))
        else:
            flaws.odd(f"a chunk of unknown kind {name.decode('latin-1')} is passed over", Reason.BAD_STRUCTURE, at)
        at = stop
    if not out:
        refuse("there is no track in the file", Reason.EMPTY, start)
    if len(out) != header.tracks:
        flaws.odd(f"the header says {header.tracks} tracks, there are {len(out)}", Reason.BAD_STRUCTURE)
    if header.kind == 0 and len(out) > 1:
        flaws.odd(f"a file of format 0 has {len(out)} tracks instead of 1", Reason.BAD_STRUCTURE)
    if len(out) > limits.TRACKS:
        refuse(f"the file has {len(out)} tracks; the limit is {limits.TRACKS}", Reason.TOO_LARGE)
    return out

"""A Score -> the bytes of a Standard MIDI File, format 1: a conductor chunk, then a chunk a track.

What is promised:
- Every note has one start and one end, ends stand before starts of the same tick, and nothing sounds at the end.
- In one track and pitch the first note to start is the first to end. Notes that overlap keep their starts, and
  their ends as a set; so the pitch sounds exactly when it should. (`as_midi` in `etude.testing` says the same.)
- A note of no length lasts one tick.
- Drums go to channel 10. Pitched tracks get channels of their own; past 15 of them, tracks of the same program
  share one; past 15 programs, the next 15 go to another port (meta event 21).
- What MIDI has no event for (modes, composer, marks other than lyrics and words) stands in texts "etude ...".
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from etude.errors import UsageError
from etude.formats.midi import metas
from etude.formats.midi.parts import DRUM_CHANNEL
from etude.score import BEND, MODES, PROGRAM, Score, Table, Track

_PITCHED = [channel for channel in range(16) if channel != DRUM_CHANNEL]
# the order of events at one tick
_ENDS, _MAPS, _CONTROLS, _MARKS, _STARTS = range(5)
Timed = tuple[int, int, bytes]  # tick, place within the tick, event


def dump(scores: Sequence[Score]) -> bytes:
    """The bytes of a file that holds the one Score of `scores`. Raises UsageError when MIDI cannot hold it."""
    if len(scores) != 1:
        raise UsageError(f"A MIDI file holds one piece, not {len(scores)}. Write each to a file of its own.")
    score = scores[0]
    _check(score)
    places = channels(score.tracks)
    chunks = [_chunk(_conductor(score), score.end)]
    chunks += [_chunk(_track(score, number, place), score.end) for number, place in enumerate(places)]
    header = b"".join(value.to_bytes(2, "big") for value in (1, len(chunks), score.tpq))
    return b"MThd" + (6).to_bytes(4, "big") + header + b"".join(chunks)


def _check(score: Score) -> None:
    """Raises UsageError for what no MIDI file can say."""
    meters, tempos = score.meters, score.tempos["microseconds"]
    powers = np.isin(meters["denominator"], 1 << np.arange(8))
    rules = {
        f"{score.tpq} ticks per quarter (at most 32767)": score.tpq < 0x8000,
        f"a tempo of {tempos.max()} microseconds a quarter (at most 16777215)": tempos.max() < 2**24,
        "a meter with more than 255 beats or a denominator that is no power of two": bool(
            (powers & (meters["numerator"] < 256)).all()
        ),
        "a key of more than 7 sharps or flats": not (np.abs(score.keys["fifths"]) > 7).any(),
        f"{len(score.tracks)} tracks (at most 65534)": len(score.tracks) < 65535,
    }
    for what, holds in rules.items():
        if not holds:
            raise UsageError(f"A MIDI file cannot hold {what}; change the Score before writing it.")


def channels(tracks: Sequence[Track]) -> list[tuple[int, int]]:
    """(port, channel) of each track: see the module's promises."""
    pitched = [track for track in tracks if not track.is_drum]
    shared = len(pitched) > len(_PITCHED)
    seats: dict[int, int] = {}
    out = []
    for number, track in enumerate(tracks):
        if track.is_drum:
            out.append((0, DRUM_CHANNEL))
            continue
        seat = seats.setdefault(track.program if shared else number, len(seats))
        out.append((seat // len(_PITCHED), _PITCHED[seat % len(_PITCHED)]))
    return out


def number(value: int) -> bytes:
    """`value` as a variable-length number: seven bits a byte, the high bit set on all but the last."""
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))


def _wait(ticks: int) -> bytes:
    """A delta time; the longest that MIDI can say is 2^28 - 1, so longer ones pass over empty texts."""
    longest = 2**28 - 1
    return (number(longest) + meta(metas.TEXT, b"")) * (ticks // longest) + number(ticks % longest)


def meta(kind: int, data: bytes) -> bytes:
    """A meta event."""
    return bytes([0xFF, kind]) + number(len(data)) + data


def _said(word: str, text: str) -> bytes:
    """One of etude's own texts."""
    return meta(metas.TEXT, f"{metas.OWN}{word} {text}".encode())


def _chunk(events: list[Timed], end: int) -> bytes:
    """A track chunk of `events`, closed no earlier than `end`."""
    events.sort(key=lambda event: event[:2])
    parts, now = [], 0
    for tick, _, data in events:
        parts.append(_wait(tick - now) + data)
        now = tick
    parts.append(_wait(max(0, end - now)) + meta(0x2F, b""))
    body = b"".join(parts)
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def _conductor(score: Score) -> list[Timed]:
    """Title, metadata, tempos, meters and keys."""
    about, out = score.meta, []
    if about.title:
        out.append((0, _ENDS, meta(metas.NAME, about.title.encode())))
    if about.licence:
        out.append((0, _ENDS, meta(metas.COPYRIGHT, about.licence.encode())))
    pairs = [(name, getattr(about, name)) for name in ("composer", "origin") if getattr(about, name)]
    pairs += [(f"+{name}", value) for name, value in about.extra]
    if pairs:
        out.append((0, _ENDS, _said(metas.ABOUT, json.dumps(pairs, ensure_ascii=False))))
    if about.reproduce:
        out.append((0, _ENDS, _said(metas.REPRODUCE, about.reproduce)))
    for tick, microseconds in score.tempos.tolist():
        out.append((tick, _MAPS, meta(metas.TEMPO, microseconds.to_bytes(3, "big"))))
    for tick, beats, unit in score.meters.tolist():
        data = bytes([beats, unit.bit_length() - 1, 24, 8])
        out.append((tick, _MAPS, meta(metas.METER, data)))
    for tick, fifths, mode in score.keys.tolist():
        out.append((tick, _MAPS, meta(metas.KEY, bytes([fifths % 256, int(mode == 1)]))))
        if mode > 1:
            out.append((tick, _MAPS, _said(metas.MODE, MODES[mode])))
    return out


def _track(score: Score, track: int, place: tuple[int, int]) -> list[Timed]:
    """The events of one track on its port and channel."""
    port, channel = place
    about = score.tracks[track]
    out: list[Timed] = [(0, _ENDS, meta(metas.PORT, bytes([port])))] if port else []
    if about.name:
        out.append((0, _ENDS, meta(metas.NAME, about.name.encode())))
    out.append((0, _ENDS, bytes([0xC0 | channel, about.program])))
    for tick, _, kind, value in score.controls[score.controls["track"] == track].tolist():
        out.append((tick, _CONTROLS, _control(kind, value, channel)))
    last = len(score.tracks) - 1
    for mark in score.marks:
        if min(mark.track, last) == track:
            kinds = {"lyric": metas.LYRIC, "words": metas.MARKER}
            own = mark.kind not in kinds
            said = f"{mark.kind} {mark.text}" if own else mark.text
            data = _said(metas.MARK, said) if own else meta(kinds[mark.kind], said.encode())
            out.append((mark.tick, _MARKS, data))
    return out + _notes(score.notes[score.notes["track"] == track], channel)


def _control(kind: int, value: int, channel: int) -> bytes:
    """A controller, a bend or a change of program."""
    if kind == BEND:
        return bytes([0xE0 | channel, value + 8192 & 0x7F, value + 8192 >> 7])
    if kind == PROGRAM:
        return bytes([0xC0 | channel, value])
    return bytes([0xB0 | channel, kind, value])


def _notes(notes: Table, channel: int) -> list[Timed]:
    """A start and an end for each note."""
    out: list[Timed] = []
    for onset, duration, pitch, velocity, _ in notes.tolist():
        out.append((onset, _STARTS, bytes([0x90 | channel, pitch, velocity])))
        out.append((onset + max(duration, 1), _ENDS, bytes([0x80 | channel, pitch, 64])))
    return out

"""Damaged MIDI files: what is particular to chunks, delta times, statuses and meta events."""

from __future__ import annotations

import random
from functools import cache

from etude.formats.midi import FORMAT
from etude.formats.midi.write import meta, number
from etude.score import BEND
from etude.testing.fuzz.families import ANY, Family, place
from etude.testing.scores import random_score

END = b"\x00\xff\x2f\x00"
LONG_NUMBERS = (b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff\x7f", b"\x80\x80\x80\x80\x00", b"\xff", b"\x80\x00")
DIVISIONS = (0, 1, 24, 960, 32767, 0xE728, 0xE250, 0xE800, 0xE328, 0xFFFF, 0x8000, 0xE700)
SYSTEM = (b"\xf0\x7e", b"\xf0\x03\x7e\x00\xf7", b"\xf0\x02\x7e\x00", b"\xf7\x00", b"\xf7\x01\xf8", b"\xf4", b"\xfe")
METAS = (0x01, 0x03, 0x05, 0x20, 0x21, 0x2F, 0x51, 0x54, 0x58, 0x59, 0x7F)


def chunk(body: bytes, name: bytes = b"MTrk") -> bytes:
    """A chunk of a file."""
    return name + len(body).to_bytes(4, "big") + body


def file_of(bodies: list[bytes], kind: int = 1, division: int = 96) -> bytes:
    """A Standard MIDI File of these track contents."""
    head = b"".join(value.to_bytes(2, "big") for value in (kind, len(bodies), division))
    return chunk(head, b"MThd") + b"".join(chunk(body) for body in bodies)


@cache
def originals() -> tuple[bytes, ...]:
    """Well-formed files: written by etude, and by hand what etude does not write."""
    written = [random_score(n, notes=30, tracks=1 + n % 3, drums=n == 2) for n in range(4)]
    bends = [(i, i % 2, BEND, i - 50) for i in range(100)]
    written.append(random_score(9, notes=20).replace(controls=bends))
    running = b"\x00\x90\x3c\x50" + b"\x10\x3c\x00\x08\x40\x51\x10\x40\x00" * 9
    system = b"\x00\xf0\x05\x7e\x7f\x09\x01\xf7\x00\x90\x3c\x50\x20\xf7\x02\xf8\xfe\x00\x80\x3c\x40"
    all_channels = b"".join(
        bytes([0, 0x90 | n, 40 + n, 9, 0, 0xB0 | n, 64, 127, 30, 0x80 | n, 40 + n, 0, 5, 0xB0 | n, 64, 0])
        for n in range(16)
    )
    by_hand = [
        file_of([running + END], kind=0),
        file_of([system + END, b"\x00\xff\x01\x03abc" + running + END]),
        file_of([running + END, running + END], kind=2),
        file_of([running + END], kind=0, division=0xE728),
        file_of([all_channels + END]),
    ]
    return tuple(FORMAT.dump([score]) for score in written) + tuple(by_hand)


def long_number(rng: random.Random, data: bytes) -> bytes:
    """A variable-length number that is huge, or has no end, stands somewhere."""
    at = place(rng, data)
    return data[:at] + rng.choice(LONG_NUMBERS) + data[at:]


def division(rng: random.Random, data: bytes) -> bytes:
    """Time is counted otherwise."""
    return data[:12] + rng.choice(DIVISIONS).to_bytes(2, "big") + data[14:]


def header(rng: random.Random, data: bytes) -> bytes:
    """The header lies about its length, the format or the tracks."""
    length = rng.choice((6, 6, 6, 0, 5, 7, 8, 2**32 - 1))
    kind, tracks = rng.choice((0, 1, 2, 3, 0xFFFF)), rng.choice((0, 1, 2, 3, 0xFFFF))
    return data[:4] + length.to_bytes(4, "big") + kind.to_bytes(2, "big") + tracks.to_bytes(2, "big") + data[12:]


def chunk_size(rng: random.Random, data: bytes) -> bytes:
    """A track says that it is longer or shorter than it is."""
    at = data.find(b"MTrk", place(rng, data))
    at = at if at >= 0 else data.find(b"MTrk")
    wrong = rng.choice((0, 1, 2**31, 2**32 - 1, int.from_bytes(data[at + 4 : at + 8], "big") + rng.randint(-9, 9)))
    return data[: at + 4] + (wrong % 2**32).to_bytes(4, "big") + data[at + 8 :]


def alien_chunk(rng: random.Random, data: bytes) -> bytes:
    """A chunk of another kind stands before, between or after the tracks; or the file is inside a container."""
    alien = chunk(rng.randbytes(rng.randrange(9)), rng.choice((b"XFIH", b"????", b"MThd", b"MTrk")))
    if rng.random() < 0.2:
        inner = b"data" + len(data).to_bytes(4, "little") + data
        return b"RIFF" + (len(inner) + 4).to_bytes(4, "little") + b"RMID" + inner
    at = rng.choice((14, len(data)))
    return data[:at] + alien + data[at:]


def status(rng: random.Random, data: bytes) -> bytes:
    """A status byte goes, comes or changes: running status where none holds, data without a message."""
    found = [i for i in range(22, len(data)) if 0x80 <= data[i] < 0xF0]
    if not found:
        return data
    at = rng.choice(found)
    return data[:at] + rng.choice((b"", bytes([rng.randrange(0x80, 0x100)]), b"\xc0", b"\x40")) + data[at + 1 :]


def system(rng: random.Random, data: bytes) -> bytes:
    """A system message stands somewhere, most of them not as they should."""
    at = place(rng, data)
    return data[:at] + rng.choice((b"", b"\0")) + rng.choice(SYSTEM) + data[at:]


def meta_event(rng: random.Random, data: bytes) -> bytes:
    """A meta event of any kind, length and contents stands where an event may begin, or anywhere."""
    event = b"\0" + meta(rng.choice(METAS), rng.randbytes(rng.randrange(7)))
    return _between(rng, data, event) if rng.random() < 0.7 else _anywhere(rng, data, event)


def good_event(rng: random.Random, data: bytes) -> bytes:
    """A correct event more, at the beginning of a track: the file stays well formed."""
    text = bytes(rng.randrange(32, 127) for _ in range(rng.randrange(20)))
    events = (
        meta(rng.choice((1, 2, 3, 5, 6, 7)), text),
        meta(0x51, rng.randrange(1, 2**24).to_bytes(3, "big")),
        meta(0x58, bytes([rng.randrange(1, 13), rng.randrange(5), 24, 8])),
        meta(0x59, bytes([rng.randrange(-7, 8) % 256, rng.randrange(2)])),
        b"\xf0" + number(len(text) + 1) + text + b"\xf7",
        bytes([0xB0 | rng.randrange(16), rng.randrange(120), rng.randrange(128)]),
        bytes([0xE0 | rng.randrange(16), rng.randrange(128), rng.randrange(128)]),
        bytes([0xC0 | rng.randrange(16), rng.randrange(128)]),
        bytes([0xD0 | rng.randrange(16), rng.randrange(128)]),
    )
    return _between(rng, data, number(rng.choice((0, 1, 127, 128, 20000))) + rng.choice(events))


def other_pitch(rng: random.Random, data: bytes) -> bytes:
    """Every note of one pitch becomes another pitch, or as loud as can be: the file often stays well formed."""
    found = [i for i in range(22, len(data) - 2) if data[i] >> 4 in (8, 9) and max(data[i + 1 : i + 3]) < 128]
    if not found:
        return data
    old = data[rng.choice(found) + 1]
    new = rng.choice((0, 127, rng.randrange(128)))
    out = bytearray(data)
    for at in found:
        if out[at + 1] == old:
            out[at + 1] = new
    return bytes(out)


def unreleased(rng: random.Random, data: bytes) -> bytes:
    """Ends of notes become beginnings, or something else."""
    return data.replace(b"\x80", rng.choice((b"\x90", b"\xa0")), rng.randint(1, 9))


def _first_events(data: bytes) -> list[int]:
    """Where the contents of tracks begin."""
    out, at = [], data.find(b"MTrk")
    while at >= 0:
        out.append(at + 8)
        at = data.find(b"MTrk", at + 4)
    return out


def _between(rng: random.Random, data: bytes, event: bytes) -> bytes:
    """`event` at the beginning of a track, whose length is put right."""
    at = rng.choice(_first_events(data))
    size = int.from_bytes(data[at - 4 : at], "big") + len(event)
    return data[: at - 4] + size.to_bytes(4, "big") + event + data[at:]


def _anywhere(rng: random.Random, data: bytes, event: bytes) -> bytes:
    at = place(rng, data)
    return data[:at] + event + data[at:]


FAMILIES: tuple[Family, ...] = (
    *ANY,
    *(long_number, division, header, chunk_size, alien_chunk, status, system, meta_event, unreleased),
    *(good_event,) * 6,
    *(other_pitch,) * 4,
)


def bombs() -> dict[str, bytes]:
    """Small or simple files that cost a careless reader hours or gigabytes."""
    note = b"\x00\x90\x3c\x50\x01\x3c\x00"
    longest = b"\xff\xff\xff\x7f"
    return {
        "a-million-notes": file_of([b"\x01\x90\x3c\x50\x01\x3c\x00" * 1_000_000 + END]),
        "too-many-notes": file_of([note + b"\x00\x3c\x50\x01\x3c\x00" * 2_000_001 + END]),
        "65535-tracks": file_of([END] * 65535),
        "4096-tracks-of-16-channels": file_of(
            [b"".join(bytes([0, 0x90 | n, 60, 1, 1, 0x80 | n, 60, 0]) for n in range(16)) + END] * 4096
        ),
        "ticks-past-31-bits": file_of([note + b"".join(longest + b"\xff\x01\x00" for _ in range(20)) + END]),
        "a-note-of-a-year": file_of([b"\x00\x90\x3c\x50" + longest + b"\x3c\x00" + END], division=1),
        "a-number-of-16-MB": file_of([b"\xff" * 2**24 + b"\x00\x90\x3c\x50" + END]),
        "a-header-of-4-GB": b"MThd" + b"\xff" * 4 + b"\x00\x01\x00\x01\x00\x60" + chunk(note + END),
        "a-million-unreleased": file_of([b"\x01\x90\x3c\x50" * 1_000_000 + END]),
        "a-million-tempos": file_of([note + b"\x01\xff\x51\x03\x07\xa1\x20" * 1_000_000 + END]),
        "a-million-texts": file_of([note + b"\x00\xff\x01\x01a" * 1_000_000 + END]),
        "a-million-controls": file_of([note + b"\x00\xb0\x40\x7f\x00\x40\x00" * 500_000 + END]),
        "slowest-tempo": file_of([b"\x00\xff\x51\x03\xff\xff\xff" + note * 3 + longest + b"\x3c\x00" + END]),
        "nested-own-text": file_of([note + b"\x00" + meta(1, b"etude about " + b"[" * 200_000) + END]),
    }

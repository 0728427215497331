"""Damaged SoundFonts: one tiny good one, and lies about its indices, generators, samples and sizes.

Source: E-mu Systems, "SoundFont Technical Specification 2.04" (2006), section 7, the nine "hydra" sub-chunks.
"""

from __future__ import annotations

import math
import random
import struct
from functools import cache

from etude.testing.fuzz.families import ANY, Family

RATE, LENGTH = 8000, 400
HYDRA = {
    b"phdr": 38,
    b"pbag": 4,
    b"pmod": 10,
    b"pgen": 4,
    b"inst": 22,
    b"ibag": 4,
    b"imod": 10,
    b"igen": 4,
    b"shdr": 46,
}
ODD_WORDS = (0, 1, 2, 3, 0x7F, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF)
ODD_LONGS = (0, 1, 7, LENGTH, LENGTH + 46, 2**16, 2**31 - 1, 2**31, 2**32 - 1)


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _list(kind: bytes, *chunks: bytes) -> bytes:
    return _chunk(b"LIST", kind + b"".join(chunks))


@cache
def originals() -> tuple[bytes, ...]:
    """A SoundFont of one preset, one instrument and one looped sine wave; and one with two zones."""
    return _font(zones=1), _font(zones=2)


def _font(zones: int) -> bytes:
    wave = b"".join(struct.pack("<h", round(12000 * math.sin(n * math.tau / 20))) for n in range(LENGTH))
    info = _list(
        b"INFO", _chunk(b"ifil", struct.pack("<HH", 2, 1)), _chunk(b"isng", b"EMU8000\0"), _chunk(b"INAM", b"x\0")
    )
    generators = b"".join(struct.pack("<HHHHHH", 43, 0x7F00, 54, 1, 53, 0) for _ in range(zones))
    hydra = {
        b"phdr": b"".join(
            struct.pack("<20sHHHIII", name, 0, 0, bag, 0, 0, 0) for name, bag in ((b"p", 0), (b"EOP", 1))
        ),
        b"pbag": struct.pack("<HHHH", 0, 0, 1, 0),
        b"pmod": bytes(10),
        b"pgen": struct.pack("<HHHH", 41, 0, 0, 0),
        b"inst": b"".join(struct.pack("<20sH", name, bag) for name, bag in ((b"i", 0), (b"EOI", zones))),
        b"ibag": b"".join(struct.pack("<HH", 3 * zone, 0) for zone in range(zones + 1)),
        b"imod": bytes(10),
        b"igen": generators + bytes(4),
        b"shdr": struct.pack("<20sIIIIIBbHH", b"s", 0, LENGTH, 20, LENGTH - 20, RATE, 60, 0, 0, 1)
        + b"EOS".ljust(46, b"\0"),
    }
    data = _list(b"sdta", _chunk(b"smpl", wave + bytes(92)))
    body = b"sfbk" + info + data + _list(b"pdta", *(_chunk(name, rows) for name, rows in hydra.items()))
    return _chunk(b"RIFF", body)


def _row(rng: random.Random, data: bytes, name: bytes) -> int:
    """Where a row of a sub-chunk begins."""
    at = data.rfind(name)
    size = struct.unpack_from("<I", data, at + 4)[0]
    return at + 8 + rng.randrange(max(1, size // HYDRA[name])) * HYDRA[name]


def index(rng: random.Random, data: bytes) -> bytes:
    """A preset, bag or instrument points at what is not there."""
    name, place = rng.choice(((b"phdr", 24), (b"pbag", 0), (b"pbag", 2), (b"inst", 20), (b"ibag", 0), (b"ibag", 2)))
    at = _row(rng, data, name) + place
    return data[:at] + struct.pack("<H", rng.choice(ODD_WORDS)) + data[at + 2 :]


def generator(rng: random.Random, data: bytes) -> bytes:
    """A generator is another one, or has an odd amount."""
    at = _row(rng, data, rng.choice((b"pgen", b"igen")))
    kind = rng.choice((rng.randrange(64), struct.unpack_from("<H", data, at)[0]))
    return data[:at] + struct.pack("<HH", kind, rng.choice((*ODD_WORDS, rng.randrange(2**16)))) + data[at + 4 :]


def modulator(rng: random.Random, data: bytes) -> bytes:
    """A modulator says anything."""
    at = _row(rng, data, rng.choice((b"pmod", b"imod")))
    return data[:at] + rng.randbytes(10) + data[at + 10 :]


def sample(rng: random.Random, data: bytes) -> bytes:
    """A sample begins, ends or loops elsewhere, or has no rate."""
    at = _row(rng, data, b"shdr") + rng.choice((20, 24, 28, 32, 36))
    return data[:at] + struct.pack("<I", rng.choice(ODD_LONGS)) + data[at + 4 :]


def sample_kind(rng: random.Random, data: bytes) -> bytes:
    """A sample is of another kind (ROM, linked, Vorbis) or has an odd pitch."""
    at = _row(rng, data, b"shdr") + rng.choice((40, 41, 42, 44))
    kinds = (2, 4, 8, 0x10, 0x8001, 0x8008, 0xFFFF)
    return data[:at] + struct.pack("<H", rng.choice(kinds)) + data[at + 2 :]


def sizes(rng: random.Random, data: bytes) -> bytes:
    """A chunk says that it is longer or shorter than it is."""
    name = rng.choice((b"RIFF", b"LIST", b"smpl", b"ifil", *HYDRA))
    at = data.rfind(name) + 4
    old = struct.unpack_from("<I", data, at)[0]
    return (
        data[:at]
        + struct.pack("<I", rng.choice((*ODD_LONGS, (old + rng.randint(-50, 50)) % 2**32)))
        + data[at + 4 :]
    )


def rows(rng: random.Random, data: bytes) -> bytes:
    """A sub-chunk has no row, or more than its neighbours know of."""
    name = rng.choice(list(HYDRA))
    at = data.rfind(name)
    size = struct.unpack_from("<I", data, at + 4)[0]
    count = rng.choice((0, 1, 2, 3, 200))
    body = (data[at + 8 : at + 8 + size] * 200)[: count * HYDRA[name]]
    return data[:at] + _chunk(name, body) + data[at + 8 + size :]


FAMILIES: tuple[Family, ...] = (
    *ANY,
    *(index, index, index, generator, generator, generator, modulator, sample, sample, sample, sample_kind),
    *(sizes, sizes, rows, rows),
)


def bombs() -> dict[str, bytes]:
    """SoundFonts that ask for gigabytes or hours."""
    good = originals()[0]
    at = good.rfind(b"shdr") + 8
    return {
        "four-billion-samples": good[: at + 24] + struct.pack("<I", 2**32 - 1) + good[at + 28 :],
        "rate-of-gigahertz": good[: at + 36] + struct.pack("<I", 2**32 - 1) + good[at + 40 :],
        "rate-of-nothing": good[: at + 36] + struct.pack("<I", 0) + good[at + 40 :],
        "loop-of-nothing": good[: at + 28] + struct.pack("<II", 20, 20) + good[at + 36 :],
        "loop-backwards": good[: at + 28] + struct.pack("<II", 300, 10) + good[at + 36 :],
    }

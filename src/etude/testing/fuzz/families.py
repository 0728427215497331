"""Ways to damage any file: every family takes a random generator and bytes, and gives other bytes.

The families are those of the trials that led to etude's own readers (byte flips, cuts, lies about sizes), and those
of the "havoc" stage of AFL (M. Zalewski, 2013): odd values, stretches moved and doubled.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Family = Callable[[random.Random, bytes], bytes]

ODD_BYTES = (0, 1, 9, 10, 13, 32, 64, 127, 128, 129, 192, 240, 247, 254, 255)
ODD_NUMBERS = (
    *("0", "-1", "1", "127", "128", "255", "256", "32767", "32768", "65536", "2147483647", "2147483648"),
    *("4294967296", "99999999999999999999", "1e9", "1e999", "nan", "inf", "0.5", "-0", "1/0", "0/1", "", "²", "٣"),
)
_NUMBER = re.compile(rb"\d+")


def place(rng: random.Random, data: bytes) -> int:
    """A place between two bytes of `data`."""
    return rng.randrange(len(data) + 1)


def flip_bits(rng: random.Random, data: bytes) -> bytes:
    """One to eight bits."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def odd_bytes(rng: random.Random, data: bytes) -> bytes:
    """One to four bytes become such as readers stumble over."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        out[rng.randrange(len(out))] = rng.choice(ODD_BYTES)
    return bytes(out)


def cut_short(rng: random.Random, data: bytes) -> bytes:
    """The end is missing."""
    return data[: place(rng, data)]


def cut_out(rng: random.Random, data: bytes) -> bytes:
    """A stretch in the middle is missing."""
    at = place(rng, data)
    return data[:at] + data[at + rng.randint(1, 40) :]


def doubled(rng: random.Random, data: bytes) -> bytes:
    """A stretch stands there twice, or some dozen times."""
    at = place(rng, data)
    stretch = data[at : at + rng.randint(1, 40)]
    return data[:at] + stretch * rng.choice((2, 2, 2, 50)) + data[at + len(stretch) :]


def moved(rng: random.Random, data: bytes) -> bytes:
    """A stretch stands elsewhere."""
    at = place(rng, data)
    stretch = data[at : at + rng.randint(1, 40)]
    rest = data[:at] + data[at + len(stretch) :]
    to = place(rng, rest)
    return rest[:to] + stretch + rest[to:]


def rubbish(rng: random.Random, data: bytes) -> bytes:
    """Random bytes stand somewhere in addition."""
    at = place(rng, data)
    return data[:at] + rng.randbytes(rng.randint(1, 12)) + data[at:]


def trailing(rng: random.Random, data: bytes) -> bytes:
    """Something follows the end."""
    return data + rng.choice((b"\0" * rng.randint(1, 9), rng.randbytes(rng.randint(1, 60)), data))


def no_bytes(rng: random.Random, data: bytes) -> bytes:
    """Next to nothing is left."""
    return data[: rng.randrange(4)]


def odd_number(rng: random.Random, data: bytes) -> bytes:
    """A number in a text becomes another one."""
    found = list(_NUMBER.finditer(data))
    if not found:
        return rubbish(rng, data)
    one = rng.choice(found)
    return data[: one.start()] + rng.choice(ODD_NUMBERS).encode() + data[one.end() :]


def lines_out(rng: random.Random, data: bytes) -> bytes:
    """Some lines are missing."""
    lines = data.split(b"\n")
    first, last = sorted((rng.randrange(len(lines)), rng.randrange(len(lines))))
    return b"\n".join(lines[:first] + lines[last:])


def lines_doubled(rng: random.Random, data: bytes) -> bytes:
    """A line, or all up to it, stands there twice."""
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    return b"\n".join(lines[: at + 1] * rng.choice((1, 2)) + lines[at:])


def lines_mixed(rng: random.Random, data: bytes) -> bytes:
    """Lines after the first few stand in another order."""
    lines = data.split(b"\n")
    head = rng.randrange(min(9, len(lines)) + 1)
    mixed = lines[head:]
    rng.shuffle(mixed)
    return b"\n".join(lines[:head] + mixed)


def other_encoding(rng: random.Random, data: bytes) -> bytes:
    """The same text in another encoding, with or without a mark of its order of bytes."""
    text = data.decode("utf-8", "replace")
    wide = rng.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7", "cp037"))
    return text.encode(wide, "replace")


ANY: tuple[Family, ...] = (flip_bits, odd_bytes, cut_short, cut_out, doubled, moved, rubbish, trailing, no_bytes)
TEXT: tuple[Family, ...] = (odd_number, lines_out, lines_doubled, lines_mixed, other_encoding)

"""Damaged tune books in ABC: fields with odd values, signs that open and never close, notes nobody can count."""

from __future__ import annotations

import random
from functools import cache

from etude.formats.abc import FORMAT
from etude.testing.fuzz.families import ANY, TEXT, Family, place
from etude.testing.scores import abc_tune, few_bars

LETTERS = "ABCDFGHIKLMNOPQRSTUVWXZmrsw+"
VALUES = (
    *("", "C", "Hp", "exp ^f", "none", "G##dorian", "A" * 300, "0/0", "1/0", "4/3", "(2+3+2)/8", "999999/8", "C|"),
    *("1/4=0", "1/4=99999", "0=120", '"Allegro"', "1/1024", "0", "-1/8", "V1 clef=bass-8 transpose=99", "[" * 99),
)
SIGNS = (
    *(
        '"',
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        "!",
        "+",
        "|",
        ":|",
        "|:",
        "::",
        "|1",
        "[2",
        "(3",
        "(99",
        "(3:99:99",
        "-",
        "&",
    ),
    *(">", "<<<<<<", "^^^", "__", "=", "''''''''''''", ",,,,,,,,,,,,", "99999", "///////", "3/0", "Z999", "[V:2]"),
    *(
        "[K:",
        "[M:0/0]",
        "y",
        "\\",
        "%",
        "%%",
        "$",
        "`",
        "*",
        "~",
        "H",
        "!segno!",
        "!D.C.!",
        "Z",
        "z0",
        "A0",
        "\x00",
    ),
    *("[L:1/999]", "[CEG]0", "{abc", "+CEG+", "\u00e9", "\u266d", "\U0001d11e", "\x1b[31m", "w:", "- -", "P:A"),
)


@cache
def originals() -> tuple[bytes, ...]:
    """Books with one to three tunes; most that the standard has is somewhere in them."""
    voices = FORMAT.dump([few_bars(3, 2), few_bars(4, 1)])
    rich = """%abc-2.1
I:abc-charset utf-8
X:1
T:Caf\\'e No. 1
C:Trad.
M:6/8
L:1/8
Q:3/8=120
P:ABA
V:1 clef=treble name="Upper"
V:2 clef=bass transpose=-12
K:Ador
P:A
[V:1] |: "Am"A>B c (3def {g}a2 | !segno!e'2 [CEG]2 z2 |1 ^c=c_B A3- :|2 A6 |]
w: one two-- three * four_ | five
[V:2] A,,6 | E,3 & C3 | A,3- A,3 :|
P:B
[V:1] "^slow" ~g/f/ +trill+e [K:G] d2 z4 | Z2 |: f<g a2 b2 :: c''6 :| % ends
[V:2] x6 | G,,2 B,,4 [M:3/4] C,6 ||

X:2
T:Another
K:C
CDEF|GABc|]
"""
    return (abc_tune(1).encode(), (abc_tune(2) + "\n" + abc_tune(3)).encode(), voices, rich.encode())


def field(rng: random.Random, data: bytes) -> bytes:
    """A field has another value, or a line becomes a field."""
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    lines[at] = f"{rng.choice(LETTERS)}:{rng.choice(VALUES)}".encode()
    return b"\n".join(lines)


def sign(rng: random.Random, data: bytes) -> bytes:
    """One to five signs stand somewhere in addition."""
    for _ in range(rng.randint(1, 5)):
        at = place(rng, data)
        data = data[:at] + rng.choice(SIGNS).encode() + data[at:]
    return data


def repeated_sign(rng: random.Random, data: bytes) -> bytes:
    """A sign stands some hundred or thousand times."""
    at = place(rng, data)
    return data[:at] + rng.choice(SIGNS).encode() * rng.choice((100, 1000, 5000)) + data[at:]


def no_key(rng: random.Random, data: bytes) -> bytes:
    """A field of the header is missing everywhere."""
    gone = rng.choice((b"K:", b"X:", b"M:", b"L:"))
    return b"\n".join(line for line in data.split(b"\n") if not line.startswith(gone))


def other_note(rng: random.Random, data: bytes) -> bytes:
    """A note is another one, or has another length; a bar or a field of the header is added: still a good book."""
    lines = data.split(b"\n")
    bars = [n for n, line in enumerate(lines) if b"|" in line and b":" not in line[:3]] or [0]
    at, rest = rng.choice(bars), lines[:]
    notes = [i for i in range(len(lines[at])) if lines[at][i : i + 1] in (b"C", b"D", b"E", b"F", b"c", b"d", b"e")]
    if notes and rng.random() < 0.6:
        here = rng.choice(notes)
        new = rng.choice(("G", "A2", "z", "B,", "f'", "z3", "G,4")).encode()
        rest[at] = lines[at][:here] + new + lines[at][here + 1 :]
    elif rng.random() < 0.5:
        rest[at] = lines[at] + rng.choice((b"GABc|", b"|: c4 d4 :|", b" z8 |", b"  G2A2 |]"))
    else:
        rest[1:1] = [rng.choice((b"C:Anon.", b"S:a book", b"N:a note", b"O:Ireland", b"R:jig"))]
    return b"\n".join(rest)


FAMILIES: tuple[Family, ...] = (
    *ANY,
    *TEXT,
    field,
    field,
    sign,
    sign,
    sign,
    repeated_sign,
    no_key,
    *(other_note,) * 6,
)


def bombs() -> dict[str, bytes]:
    """Small or simple books that cost a careless reader hours or gigabytes."""
    head = "X:1\nM:4/4\nL:1/8\nK:C\n"
    return {
        name: text.encode()
        for name, text in {
            "parts-that-multiply": "X:1\nP:" + "(" * 40 + "A" + ")9" * 40 + "\nK:C\nP:A\nC8|\n",
            "repeats-that-multiply": head + "|:" * 3000 + "C8" + ":|" * 3000 + "\n",
            "repeat-counts": head + "|: C8 " + ":" * 20_000 + "|\n",
            "one-long-line": head + "C" * 5_000_000 + "\n",
            "many-lines": head + ("CDEF GABc|\n" * 300_000),
            "many-tunes": "X:1\nK:C\nC\n\n" * 100_001,
            "many-voices": head + "".join(f"V:{n}\nC8|\n" for n in range(20_000)),
            "open-quotes": head + ('"' * 50_001 + "\n") * 20,
            "open-brackets": head + ("[" * 50_000 + "\n") * 20,
            "chords-in-chords": head + ("[" + '"' * 40_000 + "]\n") * 20,
            "open-braces": head + ("{" * 90_000 + "\n") * 20,
            "exclamations": head + ("!a" * 45_000 + "\n") * 20,
            "accented-titles": "X:1\n" + ("T:" + "\\'e" * 30_000 + "\n") * 20 + "K:C\nC\n",
            "many-ties": head + ("[CDEFGAB]-" * 9_000 + "\n") * 20,
            "many-layers": head + ("C8&" * 30_000 + "\n") * 10,
            "broken-rhythms": head + ("C" + ">" * 90_000 + "\n") * 10,
            "words-without-notes": head + "C\n" + ("w:" + "a-" * 45_000 + "\n") * 50,
            "blank-lines": head + "C" + "\n" * 5_000_000 + "C\n",
            "spaces": head + (" " * 99_000 + "\n") * 50 + "C\n",
            "spaces-before-a-tempo": "X:1\nQ:" + "1/4 " * 24_000 + "\nK:C\nC\n",
            "spaces-in-a-meter": "X:1\nM:(" + "1 " * 40_000 + "\nK:C\nC\n",
            "rests-of-years": head + "Z9999|" * 15_000 + "\n",
            "an-endless-ending": head + "|1" + ",1-99" * 18_000 + " C8:|\n",
        }.items()
    }

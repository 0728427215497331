"""Every cap of `etude.limits` from both sides: what just fits is taken, one more is refused by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from etude import formats, limits
from etude.errors import BadInput, Reason
from etude.formats import pool
from etude.formats.abc import FORMAT as ABC
from etude.formats.base import Format
from etude.formats.letters import FORMAT as LETTERS
from etude.formats.midi import FORMAT as MIDI
from etude.formats.musicxml import FORMAT as MUSICXML
from etude.formats.musicxml import compress, package, tree
from etude.score import Mark, Score, unfold
from etude.testing.fuzz.midi import END, file_of

ROOT = Path(__file__).resolve().parents[2]
NOTE = b"\x00\x90\x3c\x50\x08\x3c\x00"  # 8 ticks
SCORE = Score.of([(480 * i, 480, 60, 80, 0) for i in range(8)])
ABC_TUNE = b"X:1\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n"
Cap = Callable[[], object]


def reads(form: Format, data: bytes) -> Cap:
    """Reads one tune; a refusal of it is raised."""

    def read() -> object:
        reading = form.parse(data)[0]
        if reading.score is None:
            raise BadInput(reading.detail, reading.reason or Reason.READER_FAILED)
        return reading

    return read


def nested(depth: int) -> bytes:
    body = MUSICXML.dump([SCORE])
    at = body.find(b"<part-list>")
    return body[:at] + b"<x>" * depth + b"</x>" * depth + body[at:]


XML = MUSICXML.dump([SCORE])
SQUEEZED = compress(XML + b" " * (2 * package.FREE_BYTES))
RATIO = -(-(len(XML) + 2 * package.FREE_BYTES) // (len(SQUEEZED) - 600))  # of the document alone, about

CAPS: dict[str, list[tuple[int, Cap]]] = {  # cap -> (the value that just suffices, what is done under it)
    "FILE_BYTES": [
        (len(ABC_TUNE), reads(ABC, ABC_TUNE)),
        (len(XML), reads(MUSICXML, XML)),
        (5, reads(LETTERS, b"CDEF\n")),
    ],
    "TICKS": [(8, reads(MIDI, file_of([NOTE + END])))],
    "TRACKS": [
        (3, reads(MIDI, file_of([NOTE + END] * 3))),
        (2, reads(MIDI, file_of([NOTE + NOTE.replace(b"\x90", b"\x91") + END]))),
        (2, reads(ABC, b"X:1\nK:C\nV:1\nC\nV:2\nE\n")),
        (1, reads(MUSICXML, XML)),
    ],
    "NOTES": [
        (4, reads(MIDI, file_of([NOTE * 4 + END]))),
        (8, reads(ABC, ABC_TUNE)),
        (8, reads(MUSICXML, XML)),
    ],
    "BARS": [(2, reads(ABC, ABC_TUNE))],
    "SECONDS": [(4, reads(form, form.dump([SCORE]))) for form in (MIDI, ABC, MUSICXML)],
    "TEXT_LINE": [(10, reads(ABC, ABC_TUNE)), (8, lambda: formats.parse_prompt("CDEFGABC"))],
    "TUNES_PER_BOOK": [(2, lambda: ABC.parse(ABC_TUNE * 2)), (2, lambda: LETTERS.parse(b"CD\nEF\n"))],
    "XML_DEPTH": [(11, reads(MUSICXML, nested(10)))],
    "XML_ELEMENTS": [(XML.count(b"<") - XML.count(b"</") - 2, reads(MUSICXML, XML))],
    "INFLATED_BYTES": [(len(XML), reads(MUSICXML, compress(XML)))],
    "INFLATE_RATIO": [],  # below: its edge hangs on what zlib makes of the file
    "UNFOLDED_NOTES": [
        (18, lambda: unfold(SCORE.replace(marks=[Mark(8 * 480, "repeat_end")])))
    ],  # 16 notes in two passages
    "WORKER_SECONDS": [],  # below
    "WORKER_BYTES": [],  # below
    "MODEL_BYTES": [],  # tests/engine/test_hostile.py
    "ARCHIVE_BYTES": [],  # tests/data/test_archives.py
    "ARCHIVE_FILES": [],  # the same
}


def names() -> set[str]:
    return {name for name in vars(limits) if name.isupper()}


def test_every_cap_is_tested_here() -> None:
    assert set(CAPS) == names()


@pytest.mark.parametrize(
    ("name", "enough", "doing"),
    [(name, enough, doing) for name, cases in CAPS.items() for enough, doing in cases],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_just_fits_is_taken_and_one_more_is_not(
    name: str, enough: int, doing: Cap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "QUICK_ELEMENTS", 0)  # the quick way is for files far below every cap
    monkeypatch.setattr(limits, name, enough)
    doing()
    monkeypatch.setattr(limits, name, enough - 1)
    with pytest.raises(BadInput) as refused:
        doing()
    assert refused.value.reason in (Reason.TOO_LARGE, Reason.BAD_TIME), refused.value
    assert re.search(r"\d|longer", str(refused.value)), "the refusal says how much is read"


def test_a_package_may_be_squeezed_but_not_like_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "INFLATE_RATIO", 2 * RATIO)
    assert MUSICXML.parse(SQUEEZED)[0].score is not None
    monkeypatch.setattr(limits, "INFLATE_RATIO", RATIO // 2)
    with pytest.raises(BadInput, match=f"over {RATIO // 2} times"):
        MUSICXML.parse(SQUEEZED)


def test_a_worker_has_its_time_and_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool.close_workers()
    monkeypatch.syspath_prepend(ROOT / "tests" / "formats")
    path = tmp_path / "a.mid"
    path.write_bytes(b"work half a second")

    def reason(**caps: float) -> Reason | None:
        return next(iter(formats.read_safely([path], reader="hostile:HOSTILE", **caps))).readings[0].reason

    assert reason() is None, "half a second is less than the usual five"
    assert reason(seconds=0.1) == Reason.TOO_SLOW
    path.write_bytes(b"allocate")
    assert reason() == Reason.OUT_OF_MEMORY, "ten gigabytes are more than the usual two"


def test_every_cap_is_documented_with_its_value() -> None:
    page = (ROOT / "SECURITY.md").read_text()
    for name in names():
        row = re.search(rf"^\| `{name}` \| ([^|]+) \|", page, re.M)
        assert row, f"SECURITY.md has no row for {name}"
        assert said(row[1]) == getattr(limits, name), name


def said(text: str) -> float:
    """The number that a cell of the table says: '32 MiB', '2,000,000', '2^31 - 1', '24 h'."""
    number, _, unit = text.strip().partition(" ")
    if text.startswith("2^31"):
        return 2**31 - 1
    factors = {"MiB": 2**20, "GiB": 2**30, "h": 3600, "": 1, "s": 1}
    return float(np.float64(number.replace(",", ""))) * factors[unit.split()[0] if unit else ""]

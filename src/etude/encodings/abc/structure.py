"""What ABC tokens need to know of a Score: its one voice, bar lines, signs, endings and tune type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from etude.encodings.abc import vocabulary as v
from etude.encodings.abc.form import FIRST, NO_ENDING, SECOND, SECOND_DUE
from etude.errors import BadInput, Reason
from etude.formats.abc.bars import bar_lines as written_lines
from etude.score import Score

_DANCE = re.compile(r"id:\s*\w+-([a-z]+)")  # as in "Z: id:dc-reel-12"
SYNONYMS = {
    **{
        "slipjig": "slip jig",
        "double jig": "jig",
        "single jig": "jig",
        "doublejig": "jig",
        "setdance": "set dance",
    },
    **{"highland fling": "fling", "barn dance": "barndance", "hop jig": "slip jig", "slowair": "air"},
}


@dataclass(frozen=True)
class Piece:
    """What sounds in ticks [start, end): pitches from high to low (none: a rest), begun here or going on."""

    start: int
    end: int
    pitches: tuple[int, ...]
    goes_on: bool = False


def refuse(why: str) -> BadInput:
    """The error of a tune that these tokens cannot hold."""
    return BadInput(why, Reason.NOT_ENCODABLE)


def rhythm_of(score: Score) -> str:
    """The tune type, one of RHYTHMS: from R:, from words above the first bar, or from the transcriber's number."""
    words = [mark.text for mark in score.marks if mark.kind == "words" and mark.tick == 0]
    numbers = _DANCE.findall(score.meta.get("transcriber"))
    for text in (score.meta.get("rhythm"), *words, *numbers):
        name = text.strip().lower()
        name = SYNONYMS.get(name, name)
        if name and name in v.RHYTHMS:
            return str(name)
    return ""


def melody(score: Score) -> Iterator[Piece]:
    """The notes and chords of a Score one after another. Raises BadInput when voices overlap."""
    if len(set(score.notes["track"].tolist())) > 1:
        raise refuse("The tune has several voices; these tokens hold one.")
    if not len(score.notes):
        raise BadInput("There is no note.", Reason.EMPTY)
    if score.tracks[int(score.notes["track"][0])].is_drum:
        raise refuse("The tune is for drums.")
    before = 0
    for onset, rows in groupby(score.notes.tolist(), key=lambda row: row[0]):
        chord = list(rows)
        ends = {start + duration for start, duration, *_ in chord}
        pitches = tuple(sorted({row[2] for row in chord}, reverse=True))
        if len(ends) > 1 or len(pitches) < len(chord) or onset < before:
            raise refuse(f"Several voices sound at quarter {onset / v.TPQ:g}; these tokens hold one.")
        before = ends.pop()
        if before == onset:
            raise refuse(f"A note at quarter {onset / v.TPQ:g} has no length.")
        yield Piece(onset, before, pitches)


def bar_lines(score: Score) -> list[int]:
    """The ticks of all bar lines as written, the start and the end of the piece among them."""
    return sorted({0, score.end, *written_lines(score).tolist()})


def signs(score: Score) -> dict[int, str]:
    """Tick -> repeat sign or double bar. A repeat start that nothing closes is a double bar."""
    ends = {mark.tick for mark in score.marks if mark.kind == "repeat_end"}
    strange = [mark for mark in score.marks if mark.kind == "repeat_end" and mark.text not in ("", "2")]
    if strange:
        raise refuse(f"A passage sounds {strange[0].text} times; only twice can be written.")
    starts = sorted(mark.tick for mark in score.marks if mark.kind == "repeat_start" and mark.tick > 0)
    closed = set()
    for start, following in zip(starts, [*starts[1:], 2**31]):
        if any(start < end <= following for end in ends):
            closed.add(start)
    double = {
        mark.tick for mark in score.marks if mark.kind == "barline" and mark.text in ("||", "|]", "[|", "|||")
    }
    found = dict.fromkeys(double.union(starts), v.DOUBLE)
    found.update(dict.fromkeys(closed, v.REPEAT_START))
    found.update(dict.fromkeys(ends, v.REPEAT_END))
    found.update(dict.fromkeys(ends & closed, v.REPEAT_BOTH))
    return {tick: sign for tick, sign in found.items() if 0 < tick < score.end or sign == v.REPEAT_END}


def endings(score: Score, found: dict[int, str]) -> dict[int, int]:
    """Tick -> 1 or 2. Raises BadInput when endings are not a first, a repeat sign and a second.

    A first ending that no second follows before the end of the piece is left out.
    """
    marks = [(mark.tick, mark.text) for mark in score.marks if mark.kind == "ending" and mark.tick < score.end]
    state, ready = NO_ENDING, {}
    for tick, text in sorted([*marks, *((tick, sign) for tick, sign in found.items())], key=_signs_first):
        if text in ("1", "2"):
            if (text == "1") != (state == NO_ENDING) or (text == "2") != (state == SECOND_DUE):
                raise refuse(f"The endings at quarter {tick / v.TPQ:g} are not a first, a repeat and a second.")
            state, ready[tick] = (FIRST, 1) if text == "1" else (SECOND, 2)
        elif text not in v.LINES:
            raise refuse(f"An ending is called '{text}'; only 1 and 2 can be written.")
        elif state == FIRST and text != v.REPEAT_END:
            raise refuse(f"The first ending before quarter {tick / v.TPQ:g} does not lead back.")
        else:
            state = SECOND_DUE if state == FIRST else NO_ENDING
    if state in (FIRST, SECOND_DUE):  # the piece breaks off
        del ready[max(ready)]
    return ready


def _signs_first(row: tuple[int, str]) -> tuple[int, bool]:
    return row[0], row[1] not in v.LINES

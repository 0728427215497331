"""A tune as a book of session tunes has it: one section a line, four bars a line, an old `!` at every line's end.

It is the layout of the tune book of the MIT course "Introduction to Deep Learning" (irish.abc), so that character
models may learn from other collections what is written there. Texts, grace notes and signs above the staff are
left out: that book has none.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from etude.formats.abc.bars import bar_lines
from etude.formats.abc.layout import VoiceLayout, meter_text
from etude.formats.abc.spelling import key_name
from etude.score import MODES, Mark, Score, bar_ticks, resample

TPQ = 480
UNIT = 240  # ticks: L:1/8
BARS_A_LINE = 4
_LONGEST_TITLE = 40
_KEPT = ("repeat_start", "repeat_end", "ending", "ending_end", "barline", "pickup", "tie", "tuplet", "end")
_RHYTHMS = {"6/8": "jig", "9/8": "slipjig", "12/8": "slide", "2/4": "polka", "3/4": "waltz", "C|": "hornpipe"}
_TRIPLET = re.compile(r" ?(\(3(?:[\^_=]*[A-Ga-g][,']*[\d/]*-?){3}) ?")


def book_text(score: Score) -> str:
    """The text of the tune, ending in a line end; only printable ASCII is in it."""
    plain = _plain(resample(score, TPQ))
    edges = [0, *bar_lines(plain).tolist(), max(plain.end, 1)]
    bars = [_spaced(bar.text) for bar in VoiceLayout(plain, 0, edges, UNIT).bars()]
    return "\n".join([*_header(plain), *_lines(plain, edges, bars)]) + "\n"


def _plain(score: Score) -> Score:
    """The notes and the form alone."""
    return score.replace(marks=tuple(mark for mark in score.marks if mark.kind in _KEPT))


def _header(score: Score) -> list[str]:
    meta, meter = score.meta, score.meters[0]
    number = re.sub(r"\D", "", meta.get("number"))[:4].lstrip("0") or "1"
    length = meter_text(int(meter["numerator"]), int(meter["denominator"]))
    key = score.keys[0] if len(score.keys) else {"fifths": 0, "mode": 0}
    return [
        f"X:{number}",
        f"T:{_title(meta.title)}",
        f"Z: id:dc-{_rhythm(meta.get('rhythm'), length)}-{number}",
        f"M:{length}",
        "L:1/8",
        f"K:{_key(int(key['fifths']), int(key['mode']))}",
    ]


def _title(text: str) -> str:
    """The title in ASCII, without its article and what stands behind a dash or in brackets."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    short = re.sub(r"^(The|An?) ", "", re.split(r" --|[(\[]", ascii_only)[0].strip(" .,"))
    return short[:_LONGEST_TITLE] or "Untitled"


def _rhythm(text: str, meter: str) -> str:
    word = re.sub(r"[^a-z]", "", text.lower().split(",")[0])[:12]
    return word or _RHYTHMS.get(meter, "reel")


def _key(fifths: int, mode: int) -> str:
    """The key as that book spells it: "A Dorian"."""
    tonic = re.match(r"[A-G][#b]?", key_name(fifths, mode))
    assert tonic is not None
    return f"{tonic[0]} {MODES[mode].capitalize()}"


def _spaced(bar: str) -> str:
    """The bar with its triplets set apart and its lengths as short as they can be written."""
    apart = " ".join(_TRIPLET.sub(r" \1 ", bar).split())
    return re.sub(r"/4(?!\d)", "//", re.sub(r"/2(?!\d)", "/", apart))


def _lines(score: Score, edges: list[int], bars: list[str]) -> list[str]:
    """The music: a line ends after four bars (a pickup is none) and where a section does."""
    out: list[str] = []
    line, full = "", 0
    for bar, (start, stop) in zip(bars, pairwise(edges)):
        here = _at(score, start)
        if "ending" in here:
            line += f"[{here['ending']} "
        full += stop - start > bar_ticks(score, start) // 2
        sign, is_section = _sign(score, stop)
        line += bar + sign
        if is_section or full == BARS_A_LINE:
            out.append(line + "!")
            line, full = "", 0
    return [*out, line + "!"] if line else out


def _sign(score: Score, tick: int) -> tuple[str, bool]:
    """The bar line at a tick, and whether a section ends there."""
    here, end = _at(score, tick), tick >= score.end
    if tick < bar_ticks(score):  # a repeat that starts behind the pickup
        here.pop("repeat_start", None)
    if "repeat_end" in here:
        return ":|", True
    section = end or here.get("barline") in ("||", "|]", "[|") or {"repeat_start", "ending"} & here.keys()
    is_whole = end or "repeat_start" in here or "ending_end" in here or "barline" in here
    return ("|]" if section and is_whole else "|"), bool(section)


def _at(score: Score, tick: int) -> dict[str, str]:
    """Kind -> text of the marks at a tick."""
    return {mark.kind: mark.text for mark in _marks(score) if mark.tick == tick}


def _marks(score: Score) -> tuple[Mark, ...]:
    return tuple(mark for mark in score.marks if mark.kind not in ("tie", "tuplet"))

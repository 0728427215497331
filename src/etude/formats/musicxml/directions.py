"""What is written around the notes: keys, times, bar lines, tempo, signs, words and chord symbols, as text."""

from __future__ import annotations

from collections.abc import Iterable

from etude.formats.musicxml.bars import Bar
from etude.formats.musicxml.chords import Harmony, harmony_of
from etude.formats.musicxml.text import escape
from etude.formats.musicxml.values import WHOLE
from etude.score import MODES, Mark, Score, Table

STYLES = {"||": "light-light", "|]": "light-heavy"}
JUMPS = {  # kind: (words with text "", "fine", "coda"; the attribute of `sound`)
    "da_capo": (("D.C.", "D.C. al Fine", "D.C. al Coda"), 'dacapo="yes"'),
    "dal_segno": (("D.S.", "D.S. al Fine", "D.S. al Coda"), 'dalsegno="segno"'),
    "fine": (("Fine", "Fine", "Fine"), 'fine="yes"'),
    "to_coda": (("To Coda", "To Coda", "To Coda"), 'tocoda="coda"'),
}
WORTH_SHOWING = 0.03  # smaller changes of tempo are played but not printed


def backup(ticks: int) -> str:
    """Winds the writing position back."""
    return f"<backup><duration>{ticks}</duration></backup>\n"


def key(rows: Table, unkeyed: bool = False) -> str:
    """The key signature of KEY rows (none or one); an empty one for drums."""
    if unkeyed:
        return "<key><fifths>0</fifths></key>" if len(rows) else ""
    return "".join(
        f"<key><fifths>{row['fifths']}</fifths><mode>{MODES[int(row['mode']) % len(MODES)]}</mode></key>"
        for row in rows
    )


def time(rows: Table) -> str:
    """The time signature of METER rows (none or one)."""
    return "".join(
        f"<time><beats>{row['numerator']}</beats><beat-type>{row['denominator']}</beat-type></time>" for row in rows
    )


def left_barline(marks: Iterable[Mark], tick: int) -> str:
    """What the bar line before a measure says: an ending begins, a repeat begins."""
    here = [mark for mark in marks if mark.tick == tick]
    endings = [m for m in here if m.kind == "ending"]
    opening = f'<ending number="{escape(endings[-1].text or "1")}" type="start"/>' if endings else ""
    repeats = any(mark.kind == "repeat_start" for mark in here)
    style = "<bar-style>heavy-light</bar-style>" if repeats else ""
    repeat = '<repeat direction="forward"/>' if repeats else ""
    return f'<barline location="left">{style}{opening}{repeat}</barline>\n' if opening or repeats else ""


def right_barline(marks: Iterable[Mark], tick: int, last: bool) -> str:
    """What the bar line after a measure says: an ending stops, a repeat ends, the piece ends."""
    before = [mark for mark in marks if mark.tick <= tick]
    here = [mark for mark in before if mark.tick == tick]
    repeat = next((m for m in here if m.kind == "repeat_end"), None)
    style = "light-heavy" if repeat or last else ""
    style = next((STYLES[m.text] for m in here if m.kind == "barline" and m.text in STYLES), style)
    body = f"<bar-style>{style}</bar-style>" if style else ""
    open_ending = _open_ending(before, tick)
    if open_ending and (last or any(m.kind in ("ending_end", "ending") for m in here)):
        closing = "stop" if repeat or last else "discontinue"
        body += f'<ending number="{escape(open_ending)}" type="{closing}"/>'
    if repeat:
        times = f' times="{int(repeat.text)}"' if repeat.text.isdecimal() and repeat.text != "2" else ""
        body += f'<repeat direction="backward"{times}/>'
    return f'<barline location="right">{body}</barline>\n' if body else ""


def _open_ending(marks: list[Mark], tick: int) -> str:
    """The number of the ending that sounds just before `tick`, or ""."""
    number = ""
    for mark in sorted(marks, key=lambda mark: (mark.tick, mark.kind == "ending")):
        if mark.tick < tick and mark.kind == "ending":
            number = mark.text or "1"
        elif mark.tick < tick and mark.kind == "ending_end":
            number = ""
    return number


def above(score: Score, number: int, bar: Bar, marks: list[Mark]) -> str:
    """Directions and chord symbols of a bar, all written at its start with their offset from it."""
    found = [(mark.tick, _mark(mark, mark.tick - bar.start)) for mark in marks]
    if number == 0:
        found += _tempos(score, bar)
    return "".join(text for _, text in sorted(found, key=lambda pair: pair[0]))


def _tempos(score: Score, bar: Bar) -> list[tuple[int, str]]:
    out = []
    rows = score.tempos
    for index, row in enumerate(rows.tolist()):
        tick, microseconds = row
        if not (bar.start <= tick < bar.stop):
            continue
        before = int(rows[index - 1]["microseconds"]) if index else 0
        shown = not index or abs(microseconds - before) > WORTH_SHOWING * before
        sound = f'<sound tempo="{60e6 / microseconds:.12g}"/>'
        dotted = bar.frame.beat == 3 * WHOLE // 8
        beats = 60e6 / microseconds * (2 / 3 if dotted else 1)
        metronome = (
            f"<metronome><beat-unit>quarter</beat-unit>{'<beat-unit-dot/>' if dotted else ''}"
            f"<per-minute>{beats:.0f}</per-minute></metronome>"
        )
        kind = metronome if shown else "<words/>"
        out.append((tick, _direction(kind, tick - bar.start, sound)))
    return out


def _direction(kind: str, offset: int, sound: str = "") -> str:
    moved = f"<offset>{offset}</offset>" if offset else ""
    return f'<direction placement="above"><direction-type>{kind}</direction-type>{moved}{sound}</direction>\n'


def _mark(mark: Mark, offset: int) -> str:
    """One mark that stands above the staff; "" for those that belong to a note or a bar line."""
    if mark.kind == "chord":
        harmony = harmony_of(mark.text)
        if harmony:
            return _harmony(harmony, offset)
    if mark.kind in JUMPS:
        words, sound = JUMPS[mark.kind]
        choice = words[("", "fine", "coda").index(mark.text) if mark.text in ("fine", "coda") else 0]
        return _direction(f"<words>{choice}</words>", offset, f"<sound {sound}/>")
    if mark.kind in ("segno", "coda"):
        return _direction(f"<{mark.kind}/>", offset, f'<sound {mark.kind}="{mark.kind}"/>')
    if mark.kind in ("words", "chord"):
        return _direction(f"<words>{escape(mark.text)}</words>", offset)
    return ""


def _harmony(harmony: Harmony, offset: int) -> str:
    root, bass = _place("root", harmony.root), _place("bass", harmony.bass) if harmony.bass else ""
    kind = f'<kind text="{escape(harmony.text)}">{harmony.kind}</kind>'
    moved = f"<offset>{offset}</offset>" if offset else ""
    return f"<harmony>{root}{kind}{bass}{moved}</harmony>\n"


def _place(name: str, place: tuple[str, int]) -> str:
    alter = f"<{name}-alter>{place[1]}</{name}-alter>" if place[1] else ""
    return f"<{name}><{name}-step>{place[0]}</{name}-step>{alter}</{name}>"

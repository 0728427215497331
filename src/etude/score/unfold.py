"""Written repeats played out: repeat signs, numbered endings, da capo, dal segno, coda and fine.

Rules, where notation leaves room: after a jump back by da capo or dal segno, repeats are not taken again and
the last ending of each group is played; one jump is taken. A repeat sign without a partner goes back to the
repeat sign or double bar before it, the first of a piece to the start (as abc2midi plays it). An ending that
another one follows repeats even if its sign is missing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace as replace_fields

import numpy as np
from numpy.typing import NDArray

from etude import limits
from etude.errors import BadInput, Reason
from etude.score.bars import HIDDEN, bar_starts, grid_marks, pickup_ticks
from etude.score.score import Score
from etude.score.tables import Mark, Table

JUMPS = ("da_capo", "dal_segno")
STRUCTURE = ("repeat_start", "repeat_end", "ending", "ending_end", "segno", "coda", "fine", "to_coda", *JUMPS)


def unfold(score: Score) -> Score:
    """The Score as it is played, without repeats; tempo, meter, key and the other marks follow.

    Raises BadInput when it would pass `limits.UNFOLDED_NOTES`.
    """
    if not any(mark.kind in STRUCTURE for mark in score.marks):
        return score
    return _assembled(score, list(_joined(_spans(score))))


def unfolded_rows(score: Score) -> NDArray[np.int64]:
    """Int64[N]: which note of `score` each note of `unfold(score)` is."""
    onsets = score.notes["onset"]
    if not any(mark.kind in STRUCTURE for mark in score.marks):
        return np.arange(len(onsets))
    ends = [np.searchsorted(onsets, span) for span in _joined(_spans(score))]
    return np.concatenate([np.arange(0), *(np.arange(first, last) for first, last in ends)])


@dataclass(frozen=True)
class _Ending:
    stop: int
    numbers: frozenset[int]
    times: int  # how often the whole group is passed
    is_last: bool


class _Player:
    """Walks through the piece as a musician does."""

    def __init__(self, score: Score) -> None:
        self.end = score.end
        self.at: dict[str, dict[int, str]] = defaultdict(dict)
        for mark in score.marks:
            if mark.kind in STRUCTURE:
                self.at[mark.kind][mark.tick] = mark.text
            elif mark.kind == "barline" and mark.text in ("||", "|]", "[|"):
                self.at["section"][mark.tick] = mark.text
        self.endings = _endings(score)
        stops = {tick for marks in self.at.values() for tick in marks}
        stops |= {ending.stop for ending in self.endings.values()} | {self.end}
        self.stops = sorted(tick for tick in stops if 0 < tick <= self.end)
        self.section = 0  # where the repeat in progress began
        self.passes = 1
        self.jumped: str | None = None  # the text of the jump that was taken
        self.inside: _Ending | None = None

    def spans(self) -> Iterator[tuple[int, int]]:
        """(start, stop) in ticks of each passage, in playing order."""
        position = 0
        while position < self.end:
            if self.begins_section(position):
                self.section, self.passes = position, 1
            ending = self.endings.get(position)
            if ending is not None:
                if not self.plays(ending):
                    position = ending.stop
                    continue
                self.inside = ending
            stop = self.stops[bisect_right(self.stops, position)]
            yield position, stop
            following = self.after(stop)
            if following is None:
                return
            position = following

    def begins_section(self, position: int) -> bool:
        """Whether a repeat sign further on would lead back to here."""
        if position == self.section:
            return False
        if position in self.at["repeat_start"]:
            return True
        return position in self.at["section"] and self.section > 0 and self.section not in self.at["repeat_start"]

    def plays(self, ending: _Ending) -> bool:
        """Whether this ending belongs to the present pass."""
        return ending.is_last if self.jumped is not None else self.passes in ending.numbers

    def after(self, stop: int) -> int | None:
        """Where to go on at tick `stop`, or None where the piece is over."""
        inside = self.inside if self.inside and self.inside.stop == stop else None
        if inside:
            self.inside = None
        if stop in self.at["repeat_end"] or inside:
            text = self.at["repeat_end"].get(stop, "")
            times = int(text) if text.isdigit() and len(text) < 8 else 2
            if inside:
                times = 0 if inside.is_last and stop not in self.at["repeat_end"] else max(times, inside.times)
            if self.jumped is None and self.passes < times:
                self.passes += 1
                return self.section
            self.section, self.passes = stop, 1
        if self.jumped is None:
            return self.jump(stop)
        if stop in self.at["fine"] and self.jumped != "coda":
            return None
        if self.jumped != "fine" and stop in self.ways_to_coda():
            return max(self.at["coda"])
        return stop

    def jump(self, stop: int) -> int:
        """Where da capo or dal segno at `stop` leads, else `stop`."""
        for kind in JUMPS:
            if stop in self.at[kind]:
                self.jumped = self.at[kind][stop]
                self.section, self.passes = -1, 1
                return min(self.at["segno"], default=0) if kind == "dal_segno" else 0
        return stop

    def ways_to_coda(self) -> set[int]:
        """The ticks from which the coda is reached after a jump: marked so, or the first of two coda signs."""
        codas = self.at["coda"]
        if not codas:
            return set()
        return set(self.at["to_coda"]) or ({min(codas)} if len(codas) > 1 and self.jumped == "coda" else set())


def _endings(score: Score) -> dict[int, _Ending]:
    """The numbered endings by the tick they start at; those that touch make a group."""
    starts = sorted({mark.tick: mark.text for mark in score.marks if mark.kind == "ending"}.items())
    stops = sorted(mark.tick for mark in score.marks if mark.kind == "ending_end")
    rows = []
    for row, (tick, text) in enumerate(starts):
        limit = starts[row + 1][0] if row + 1 < len(starts) else score.end
        stop = next(iter(stops[bisect_right(stops, tick) :]), limit)
        numbers = frozenset(int(part) for part in text.split(",") if part.isdigit() and len(part) < 4)
        rows.append((tick, min(stop, limit), numbers or frozenset({1})))
    out: dict[int, _Ending] = {}
    group: list[tuple[int, int, frozenset[int]]] = []
    for row, entry in enumerate(rows):
        group.append(entry)
        if row + 1 < len(rows) and rows[row + 1][0] == entry[1] and min(rows[row + 1][2]) > 1:
            continue
        times = max(max(numbers) for _, _, numbers in group)
        for tick, stop, numbers in group:
            out[tick] = _Ending(stop, numbers, times, tick == entry[0])
        group = []
    return out


def _spans(score: Score) -> Iterator[tuple[int, int]]:
    """The passages in playing order, counted against the limits."""
    onsets = score.notes["onset"]
    notes = ticks = 0
    for start, stop in _Player(score).spans():
        notes += 1 + int(np.searchsorted(onsets, stop)) - int(np.searchsorted(onsets, start))
        ticks += stop - start
        if notes > limits.UNFOLDED_NOTES or ticks > limits.TICKS:
            message = f"Played out with its repeats, the piece has more than {limits.UNFOLDED_NOTES:,} notes."
            raise BadInput(message, Reason.TOO_LARGE)
        yield start, stop


def _joined(spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The passages, with those that follow on each other made one."""
    current: tuple[int, int] | None = None
    for start, stop in spans:
        if current and current[1] == start:
            current = (current[0], stop)
            continue
        if current:
            yield current
        current = (start, stop)
    if current:
        yield current


def _assembled(score: Score, spans: list[tuple[int, int]]) -> Score:
    names = ("notes", "tempos", "meters", "keys", "controls")
    parts: dict[str, list[Table]] = {name: [] for name in names}
    marks: list[Mark] = []
    lines: list[int] = []
    written = _bar_lines(score)
    offset = 0
    kept = [mark for mark in score.marks if not _is_played_out(mark)]
    for start, stop in spans:
        shift = offset - start
        for name in names:
            parts[name].append(
                _part(getattr(score, name), start, stop, shift, name in ("tempos", "meters", "keys"))
            )
        marks += [replace_fields(mark, tick=mark.tick + shift) for mark in kept if start <= mark.tick < stop]
        lines += [line + shift for line in written if start <= line <= stop]
        offset += stop - start
    tables = {name: np.concatenate(rows) for name, rows in parts.items()}
    meters = tables["meters"] = _changes(tables["meters"])
    tables["keys"], tables["tempos"] = _changes(tables["keys"]), _changes(tables["tempos"])
    marks += grid_marks(lines, offset, [tuple(row.tolist()) for row in meters], set(), score.tpq)
    notes = tables["notes"]
    if offset > int((notes["onset"] + notes["duration"]).max(initial=0)):
        marks.append(Mark(offset, "end"))
    return score.replace(**tables, marks=marks)


def _is_played_out(mark: Mark) -> bool:
    """Whether a mark is void, or must be counted again, once repeats are played out."""
    if mark.kind == "barline":
        return mark.text in ("|", HIDDEN)
    return mark.kind in (*STRUCTURE, "pickup", "end")


def _bar_lines(score: Score) -> list[int]:
    """The written bar lines; the start of a pickup is none."""
    hidden = {mark.tick for mark in score.marks if mark.kind == "barline" and mark.text == HIDDEN}
    starts = [int(tick) for tick in bar_starts(score) if int(tick) not in hidden]
    return starts[1:] if pickup_ticks(score) else starts


def _part(table: Table, start: int, stop: int, shift: int, is_map: bool) -> Table:
    """The rows of [start, stop), moved by `shift`; of a map also the row that holds at `start`."""
    column = "tick" if "tick" in (table.dtype.names or ()) else "onset"
    ticks = table[column]
    first, last = int(np.searchsorted(ticks, start)), int(np.searchsorted(ticks, stop))
    if is_map:
        first = max(0, int(np.searchsorted(ticks, start, side="right")) - 1)
    rows = table[first:last].copy()
    rows[column] = np.maximum(rows[column], start) + shift
    if column == "onset":
        rows["duration"] = np.minimum(rows["duration"], stop + shift - rows["onset"])
    return rows


def _changes(table: Table) -> Table:
    """The rows of a map that say something else than the row before."""
    names = [name for name in table.dtype.names or () if name != "tick"]
    new = [row == 0 or any(table[name][row] != table[name][row - 1] for name in names) for row in range(len(table))]
    return np.asarray(table[np.array(new, bool)])

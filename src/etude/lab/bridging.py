"""`bridge`: bars that lead from one piece to another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.errors import BadInput, Reason, UsageError
from etude.lab.filling import TRIES, bars_of, fill
from etude.lab.infilling import check_beats
from etude.lab.prompts import Prompt, read_prompt
from etude.lab.telling import Start
from etude.score import Mark, Score, bar_starts, bar_ticks, concatenate, pickup_ticks, resample

if TYPE_CHECKING:
    from etude.lab.composing import Wish
    from etude.lab.loading import Loaded
    from etude.sampling import Composition, Take
    from etude.score import Table


@dataclass(frozen=True)
class Bridge:
    """A Task: `bars` bars between the piece that is handed in and another one.

    other   the name under which a copy of the other is kept beside the output
    to      the other itself
    """

    bars: int
    other: str = ""
    by: str = "auto"
    tries: int = TRIES
    to: Prompt | None = None

    command = "bridge"

    @classmethod
    def leading_to(cls, path: str, bars: int, by: str, tries: int) -> Bridge:
        """The Bridge to the piece in a file."""
        to = read_prompt(Path(path))
        return cls(bars, f"prompt-{to.sha256[:12]}{to.suffix}", by, tries, to)

    def asked(self) -> dict[str, Any]:
        """Its options as JSON values."""
        return {"bars": self.bars, "other": self.other, "by": self.by, "tries": self.tries}

    def keep(self, folder: Path) -> None:
        """Writes a copy of the other piece beside the output."""
        if self.to is not None:
            self.to.keep(folder)

    def found(self, folder: Path) -> Bridge:
        """The same with the other piece read from the copy in `folder`. Raises BadInput where it is gone."""
        path = folder / Path(self.other).name
        if not path.is_file():
            raise BadInput(
                f"The second piece is not beside the file any more: {path} is missing. Put a copy there.",
                Reason.UNREADABLE,
            )
        to = read_prompt(path)
        if not path.name.startswith(f"prompt-{to.sha256[:12]}"):
            raise BadInput(f"{path} is not the piece it was: its bytes have changed.", Reason.BAD_STRUCTURE)
        return replace(self, to=to)

    def draw(self, loaded: Loaded, take: Take, wish: Wish, music: Start) -> Composition:
        """Both pieces with new bars between them. Raises BadInput for what is no piece."""
        other = self.to.music if self.to is not None else None
        if not isinstance(music, Score) or not isinstance(other, Score) or not len(music) or not len(other):
            raise BadInput("A bridge leads from one piece to another: name two files with notes.", Reason.EMPTY)
        check_beats(music)
        check_beats(other)
        whole, start, stop = bridged(music, other, self.bars)
        return fill(bars_of(loaded, whole, start, stop, wish), take, wish, self.by, self.tries)


def bridged(first: Score, second: Score, bars: int) -> tuple[Score, int, int]:
    """(`first`, then `bars` empty bars in its meter, then `second`; the ticks where the empty bars begin and end).

    The upbeat of the second is the end of the last empty bar. Its tracks are those of the first, number by number.
    """
    if bars < 1:
        raise UsageError(f"A bridge has one bar or more, not {bars}.")
    tpq = int(np.lcm(first.tpq, second.tpq))
    if tpq > 30_000:
        raise UsageError("The two files count time in ways that do not go together: save one of them anew.")
    first, second = resample(first, tpq), resample(second, tpq)
    upbeat = pickup_ticks(second)
    lines = bar_starts(first)
    start = int(lines[-1])
    full = bar_ticks(first, start - 1)
    if pickup_ticks(first) and first.end == start - pickup_ticks(first):
        start = first.end  # the last bar is as much shorter as the upbeat is long
    if upbeat >= full * bars:
        raise UsageError("The upbeat of the second piece is longer than the bridge: ask for more bars.")
    stop = start + bars * full - upbeat
    drums = [track.is_drum for track in first.tracks]
    if [track.is_drum for track in second.tracks][: len(drums)] != drums[: len(second.tracks)]:
        raise UsageError("The two pieces have drums on different tracks, so no bridge leads from one to the other.")
    whole = concatenate(first.replace(marks=[*first.marks, Mark(start, "end")]), second, stop - start)
    restarts = [Mark(start, "barline", "|")] if start != int(lines[-1]) else []
    tables = {name: getattr(whole, name).copy() for name in ("tempos", "meters", "keys")}
    for name in ("meters", "keys"):  # they change at bar lines, and the upbeat ends a bar
        tables[name]["tick"][tables[name]["tick"] == stop] += upbeat
    changes = {name: _changes(table) for name, table in tables.items()}
    return whole.replace(marks=[*whole.marks, *restarts], **changes), start, stop


def _changes(table: Table) -> Table:
    """The rows of a map that say something else than the row before."""
    said = [row.tolist()[1:] for row in table]
    return table[[not number or said[number] != said[number - 1] for number in range(len(said))]]

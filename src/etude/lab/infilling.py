"""`infill`: bars A to B of a piece composed anew."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from etude.errors import BadInput, Reason, UsageError
from etude.lab.filling import TRIES, bars_of, fill
from etude.lab.telling import Start
from etude.score import Score, numbered_bars

if TYPE_CHECKING:
    from etude.lab.composing import Wish
    from etude.lab.loading import Loaded
    from etude.sampling import Composition, Take


@dataclass(frozen=True)
class Infill:
    """A Task.

    bars    "5-8", "5": as they are written, counted from 1; an upbeat is bar 0
    by      "training": both sides heard by a model that learned it; "search": fillings weighed; "auto"
    tries   fillings that a search weighs
    """

    bars: str
    by: str = "auto"
    tries: int = TRIES

    command = "infill"

    def asked(self) -> dict[str, Any]:
        """Its options as JSON values."""
        return asdict(self)

    def draw(self, loaded: Loaded, take: Take, wish: Wish, music: Start) -> Composition:
        """The piece with other music in the bars. Raises BadInput or UsageError for bars that cannot be filled."""
        if not isinstance(music, Score):
            raise BadInput("There is no piece to fill bars of: name a file, or type one.", Reason.EMPTY)
        start, stop = span_of(music, *parse_bars(self.bars))
        return fill(bars_of(loaded, music, start, stop, wish), take, wish, self.by, self.tries)


def parse_bars(text: str) -> tuple[int, int]:
    """(first, last) of "5-8" or "5". Raises UsageError for anything else."""
    first, dash, last = (part.strip() for part in text.partition("-"))
    numbers = (first, last if dash else first)
    if not all(part.isdecimal() and len(part) < 7 for part in numbers):
        raise UsageError(f"'{text}' are no bars: write the first and the last, as in --bars 5-8, or one, --bars 5.")
    found = int(numbers[0]), int(numbers[1])
    if found[0] > found[1]:
        raise UsageError(f"Bar {found[0]} comes after bar {found[1]}: write --bars {found[1]}-{found[0]}.")
    return found


def span_of(score: Score, first: int, last: int) -> tuple[int, int]:
    """The ticks [start, stop) of bars `first` to `last`.

    Raises UsageError for bars outside the piece, BadInput for music that was played without a beat.
    """
    if not len(score):
        raise BadInput("There is no note in it, so there are no bars to fill.", Reason.EMPTY)
    check_beats(score)
    bars = numbered_bars(score)
    for number in (first, last):
        if number not in bars:
            upbeat = " (bar 0 is the upbeat)" if 0 in bars else ""
            what = "It has no upbeat, so there is no bar 0." if not number else f"There is no bar {number}."
            raise UsageError(f"{what} The piece has bars {min(bars)} to {max(bars)}{upbeat}, as they are written.")
    return bars[first][0], bars[last][1]


def check_beats(score: Score) -> None:
    """Raises BadInput for music whose tempo map says nothing of its beats: it was played freely."""
    from etude.data.beats import beat_confidence

    source, _ = beat_confidence(score)
    if source != "tempo map":
        raise BadInput(
            "This was played freely: its notes do not follow the beats of the file, so nobody can say where its "
            "bars begin. Take a file that was written or played to a click.",
            Reason.NOT_ENCODABLE,
        )

"""What a format is: a pair of pure functions on bytes. Paths, workers and ledgers are handled elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from etude import limits
from etude.errors import BadInput, Reason
from etude.score import Score


@dataclass(frozen=True)
class Reading:
    """What became of one tune: a Score (kept, or repaired when `reason` is set too) or a refusal.

    kept      score, no reason          (warnings may stand: odd, but nothing was changed)
    repaired  score and reason          something was mended; `detail` says what
    refused   no score, reason, detail
    """

    score: Score | None
    reason: Reason | None = None
    detail: str = ""
    warnings: tuple[str, ...] = ()
    text: str = ""  # the tune as it stands in the file, where the format is text

    @property
    def status(self) -> str:
        """'kept', 'repaired' or 'refused', as in the ledger."""
        if self.score is None:
            return "refused"
        return "kept" if self.reason is None else "repaired"


class Format(Protocol):
    """One way of writing music down."""

    name: str
    suffixes: tuple[str, ...]  # lower case, with the dot

    def parse(self, data: bytes) -> list[Reading]:
        """One Reading a tune, in the order of the file (a tune book holds many; never an empty list).

        Raises BadInput when the file as a whole cannot be read. Never raises anything else.
        """

    def dump(self, scores: Sequence[Score]) -> bytes:
        """The bytes of a file that holds `scores`. Raises UsageError when the format cannot hold them."""


def refusal(reason: Reason, detail: str) -> Reading:
    """A tune that could not be read."""
    return Reading(None, reason, detail)


def refuse_endless(score: Score) -> None:
    """Raises BadInput when `score` lasts longer than `limits.SECONDS`."""
    slowest = int(score.tempos["microseconds"].max()) / 1e6 / score.tpq  # seconds a tick
    if score.end * slowest > limits.SECONDS and score.duration > limits.SECONDS:
        text = f"the piece lasts {score.duration:.0f} s; the limit is {limits.SECONDS:.0f}."
        raise BadInput(text, Reason.TOO_LARGE)

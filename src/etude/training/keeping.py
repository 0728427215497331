"""How often a checkpoint is kept for good, to go back to: "5 epochs", "1000 updates" or "2 evaluations"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from etude.errors import UsageError

Unit = Literal["epochs", "updates", "evaluations"]


@dataclass(frozen=True)
class Cadence:
    """Once every `amount` of `unit`; never for 0."""

    amount: float = 0.0
    unit: Unit = "updates"

    @classmethod
    def parse(cls, text: str) -> Cadence:
        """The cadence that `text` spells; "" is never. Raises UsageError saying what is possible."""
        if not text:
            return cls()
        number, _, unit = text.partition(" ")
        unit = unit.strip().removesuffix("s") + "s"
        try:
            amount = float(number)
        except ValueError:
            amount = 0.0
        if amount <= 0 or unit not in get_args(Unit):
            raise UsageError(
                f"training.keep_every must be a number and epochs, updates or evaluations, such as '5 epochs', "
                f"not '{text}'."
            )
        return cls(amount, cast(Unit, unit))

    def updates(self, per_epoch: float | None, per_evaluation: int) -> int:
        """Updates between two kept checkpoints; 0 for never, or while that is not known yet.

        Raises UsageError for epochs of batches that do not tell how long one is.
        """
        if self.unit == "epochs" and self.amount and per_epoch is None:
            raise UsageError("training.keep_every cannot count epochs here; give updates or evaluations.")
        each = {"epochs": per_epoch or 0.0, "updates": 1, "evaluations": per_evaluation}[self.unit]
        return max(1, round(self.amount * each)) if self.amount * each else 0

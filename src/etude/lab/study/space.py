"""What a search may choose from: ranges and lists of values, and how Optuna is asked for one of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from etude.config import parse_value
from etude.errors import UsageError
from etude.lab.study.plan import Factor, same_value, text_of

if TYPE_CHECKING:
    from optuna.trial import Trial

WIDE = 10  # a range from 1 to so many times as much, or more, is searched by ratio


@dataclass(frozen=True)
class Range:
    """The numbers from `low` to `high`, both among them; whole ones where both are whole."""

    low: float
    high: float

    @classmethod
    def parse(cls, factor: Factor) -> Range | None:
        """The range that LOW..HIGH spells; None for a list of values. Raises UsageError for half a range."""
        if len(factor.values) != 1 or ".." not in factor.values[0]:
            return None
        ends = [parse_value(part) for part in factor.values[0].split("..", 1)]
        numbers = [end for end in ends if isinstance(end, (int, float)) and not isinstance(end, bool)]
        if len(numbers) < 2 or numbers[0] >= numbers[1]:
            raise UsageError(f"'{factor.key}={factor.values[0]}' is no range: write LOW..HIGH, such as 1e-4..1e-2.")
        return cls(*numbers)

    @property
    def by_ratio(self) -> bool:
        """Whether it is so wide that ratios matter, not differences."""
        return self.low > 0 and self.high / self.low >= WIDE

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def asked(self, trial: Trial, key: str) -> str:
        """The value that Optuna suggests, as TOML spells it."""
        if self.whole:
            return str(trial.suggest_int(key, int(self.low), int(self.high), log=self.by_ratio))
        return repr(float(f"{trial.suggest_float(key, self.low, self.high, log=self.by_ratio):.4g}"))


def suggested(trial: Trial, factors: Sequence[Factor]) -> dict[str, str]:
    """Dotted key -> the value Optuna suggests for this trial, as TOML spells it."""
    out = {}
    for factor in factors:
        found = Range.parse(factor)
        out[factor.key] = (
            found.asked(trial, factor.key)
            if found
            else str(trial.suggest_categorical(factor.key, list(factor.values)))
        )
    return out


def own_point(factors: Sequence[Factor], base: Mapping[str, Any]) -> dict[str, Any] | None:
    """The baseline's values as Optuna takes them, to be tried first; None where one lies outside the space."""
    out: dict[str, Any] = {}
    for factor in factors:
        value, found = base.get(factor.key), Range.parse(factor)
        if found:
            if not isinstance(value, (int, float)) or not found.low <= value <= found.high:
                return None
            out[factor.key] = value
            continue
        same = [text for text in factor.values if same_value(text, value)]
        if not same:
            return None
        out[factor.key] = same[0]
    return out


def check_space(factors: Sequence[Factor]) -> None:
    """Raises UsageError for a factor that leaves nothing to choose."""
    for factor in factors:
        if Range.parse(factor) is None and len(factor.values) < 2:
            raise UsageError(
                f"A search needs something to choose from: '{factor.key}' has only {text_of(factor.values[0])}. "
                "Give several values, or a range such as 1e-4..1e-2."
            )

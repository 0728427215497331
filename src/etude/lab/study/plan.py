"""What a study asks: a baseline, what is varied, how often, and what each run may spend."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from etude.config import parse_value
from etude.errors import UsageError
from etude.files import sha256

Design = Literal["one-at-a-time", "ladder", "factorial", "search"]
BASELINE = "baseline"
ALIASES = {"training.lr": "training.learning_rate"}  # as everybody writes it
LONGEST = 32  # characters of a value in the name of an arm
UNITS = {"steps": 1.0, "minutes": 1.0, "seconds": 1 / 60, "flops": 1.0}


@dataclass(frozen=True)
class Budget:
    """What every run may spend: updates, minutes or floating-point operations; none: as the recipe says."""

    kind: Literal["steps", "minutes", "flops", "recipe"] = "recipe"
    amount: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Budget:
        """The budget that "400 steps", "90 seconds", "2 minutes" or "1e14 flops" spells. Raises UsageError."""
        found = re.fullmatch(r"\s*([0-9.]+(?:e[0-9]+)?)\s*(steps|minutes|seconds|flops)\s*", text)
        if found is None or float(found[1]) <= 0:
            raise UsageError(
                f"'{text}' is no budget: write '400 steps', '90 seconds', '2 minutes' or '1e14 flops'."
            )
        kind: Any = "minutes" if found[2] == "seconds" else found[2]
        return cls(kind, float(found[1]) * UNITS[found[2]])

    def __str__(self) -> str:
        return "as the recipe says" if self.kind == "recipe" else f"{self.amount:g} {self.kind} a run"

    def settings(self) -> tuple[str, ...]:
        """The settings that hold a run to it; a budget in operations depends on the model, see `spending`."""
        if self.kind == "steps":
            return (f"training.steps={max(1, round(self.amount))}", "training.minutes=none")
        return (f"training.minutes={self.amount!r}",) if self.kind == "minutes" else ()


@dataclass(frozen=True)
class Factor:
    """One setting and the values it is tried at, as TOML spells them."""

    key: str
    values: tuple[str, ...]
    hypothesis: str = ""
    expected: str = ""  # in words, or just "lower" or "higher"

    @classmethod
    def parse(cls, text: str) -> Factor:
        """The factor that KEY=V1,V2 spells; commas inside brackets or quotes belong to a value."""
        key, equals, values = text.partition("=")
        found = tuple(split_values(values))
        if not equals or not key.strip() or not all(found):
            raise UsageError(f"--vary '{text}': write KEY=V1,V2, for example training.learning_rate=1e-3,3e-3.")
        if len(set(found)) < len(found):
            raise UsageError(f"--vary '{text}' names a value twice.")
        return cls(ALIASES.get(key.strip(), key.strip()), found)

    @property
    def is_drawn(self) -> bool:
        """Whether it concerns drawing alone, so that one trained model serves all its values."""
        return self.key.startswith("sampling.") or self.key == "prompt"


def split_values(text: str) -> list[str]:
    """The values between the commas of `text` that stand in no bracket and no quotes."""
    return [one.strip() for one in re.split(r""",(?![^\[\]]*\])(?=(?:[^"]*"[^"]*")*[^"]*$)""", text)]


@dataclass(frozen=True)
class Variant:
    """One arm: what it sets (dotted key -> TOML text) on top of the baseline, and the arm it is one step from."""

    name: str
    changes: Mapping[str, str] = field(default_factory=dict)
    beside: str = BASELINE
    factor: str = ""  # the key that changed
    hypothesis: str = ""
    expected: str = ""
    planned: str = ""  # a date or a word: not to be run yet
    status: str = "planned"  # of such a one

    @property
    def settings(self) -> tuple[str, ...]:
        """KEY=VALUE of each change."""
        return tuple(f"{key}={value}" for key, value in self.changes.items())


@dataclass(frozen=True)
class Plan:
    """A whole study."""

    recipe: str
    factors: tuple[Factor, ...] = ()
    design: Design = "one-at-a-time"
    seeds: int = 3
    budget: Budget = field(default_factory=Budget)
    settings: tuple[str, ...] = ()  # KEY=VALUE of the baseline and all arms
    data: str | None = None
    title: str = ""
    own: tuple[Variant, ...] = ()  # arms written out in study.toml
    measures: tuple[str, ...] = ()  # of composed pieces, beside the likelihood
    allow_multi: bool = False
    samples: int = 4  # pieces to listen to, of each run
    confirm: int | None = None  # fresh seeds that the kept changes are confirmed with; None: as many as `seeds`
    trials: int = 20  # of a search
    scaling: bool = False  # widths and shares of the music are varied, and laws drawn through them

    @property
    def is_drawn(self) -> bool:
        """Whether it only draws from one trained model."""
        return bool(self.factors) and all(one.is_drawn for one in self.factors)

    @property
    def fresh(self) -> range:
        """The seeds of the confirmation, none of them used before."""
        return range(self.seeds, self.seeds + (self.seeds if self.confirm is None else self.confirm))


def text_of(value: Any) -> str:
    """A setting's value as TOML spells it; words stand bare."""
    from etude.config import write_toml

    return value if isinstance(value, str) else write_toml({"v": value}).removeprefix("v = ").strip()


def same_value(first: str, second: Any) -> bool:
    """Whether a value as TOML spells it is the plain value `second`, tuples taken for lists."""
    told = parse_value(first)
    other = list(second) if isinstance(second, tuple) else second
    return bool(told == other and isinstance(told, bool) == isinstance(other, bool)) or str(told) == str(other)


def named(changes: Mapping[str, str]) -> str:
    """What an arm with these changes is called: the last word of each key, and its value on one short line."""
    return ", ".join(f"{key.rpartition('.')[2]}={_short(value)}" for key, value in changes.items())


def _short(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}~{sha256(value.encode())[:6]}"


def folder_name(name: str, seed: int) -> str:
    """The name of a run's folder: the arm's, safe in any file system, and its seed."""
    return f"{re.sub(r'[^A-Za-z0-9.=_+-]+', '_', name).strip('_')}-s{seed}"


def unique(variants: Sequence[Variant]) -> None:
    """Raises UsageError when two arms would lie in the same folder."""
    seen: dict[str, str] = {}
    for one in variants:
        place = folder_name(one.name, 0).lower()
        if place in seen:
            raise UsageError(f"Two arms are called '{one.name}' and '{seen[place]}': name them apart.")
        seen[place] = one.name

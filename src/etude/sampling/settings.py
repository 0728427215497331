"""How values are drawn: the settings, and one piece's own seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from etude.errors import UsageError


@dataclass(frozen=True)
class Sampling:
    """Sampling settings; the default draws from the model as it is, under the grammar's mask.

    temperature       divides the logits; 0 takes the likeliest value; one number, or one a field
    top_k             keep the k likeliest values (Fan et al. 2018); 0 keeps all
    top_p             keep the likeliest values that together reach this probability (Holtzman et al. 2020)
    min_p             keep values at least this times as likely as the likeliest (Nguyen et al. 2024)
    typical           keep the values whose surprise is nearest to what is to be expected, until they reach this
                      probability together (Meister et al., "Locally typical sampling", 2023)
    repeat_rate       share of the passages that may have come before in the piece; above it a note that brings one
                      more back is drawn again (see `repeats`); 1 lets all come back
    repeat_notes      notes of such a passage
    repeat_penalty    nats taken from the step that would complete an immediate repetition of a block of steps
    repeat_blocks     the block lengths that count, in steps
    masked            draw only what the Reader allows, so that every sequence is valid music

    The filters apply in this order, to the probabilities after temperature; values as likely as the last one
    kept stay too, so none is dropped by its number alone.
    """

    temperature: float | tuple[float, ...] = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    typical: float = 1.0
    repeat_rate: float = 1.0
    repeat_notes: int = 8
    repeat_penalty: float = 0.0
    repeat_blocks: tuple[int, ...] = (2, 3, 4, 6, 8)
    masked: bool = True

    def __post_init__(self) -> None:
        values = self.temperature if isinstance(self.temperature, tuple) else (self.temperature,)
        if not values or not all(_number(value) and value >= 0 for value in values):
            raise UsageError(f"temperature must be 0 or more and finite, not {self.temperature!r}; 1 is usual.")
        if isinstance(self.top_k, bool) or not isinstance(self.top_k, (int, np.integer)) or self.top_k < 0:
            raise UsageError(f"top_k must be a whole number, 0 (keep all) or more, not {self.top_k!r}.")
        if not _number(self.top_p) or not 0 < self.top_p <= 1:
            raise UsageError(f"top_p must be above 0 and at most 1 (keep all), not {self.top_p!r}.")
        if not _number(self.min_p) or not 0 <= self.min_p <= 1:
            raise UsageError(f"min_p must be 0 (keep all) to 1, not {self.min_p!r}.")
        if not _number(self.typical) or not 0 < self.typical <= 1:
            raise UsageError(f"typical must be above 0 and at most 1 (keep all), not {self.typical!r}.")
        if not _number(self.repeat_rate) or not 0 <= self.repeat_rate <= 1:
            raise UsageError(f"repeat_rate must be 0 (nothing comes back) to 1 (off), not {self.repeat_rate!r}.")
        if isinstance(self.repeat_notes, bool) or not isinstance(self.repeat_notes, int) or self.repeat_notes < 2:
            raise UsageError(f"repeat_notes must be a whole number, 2 or more, not {self.repeat_notes!r}.")
        if not _number(self.repeat_penalty) or self.repeat_penalty < 0:
            raise UsageError(f"repeat_penalty must be 0 (off) or more nats, not {self.repeat_penalty!r}.")
        if any(block < 1 for block in self.repeat_blocks):
            raise UsageError(f"repeat_blocks must be lengths of 1 step or more, not {self.repeat_blocks!r}.")

    def temperatures(self, fields: int) -> tuple[float, ...]:
        """One temperature a field. Raises UsageError when as many were given as the model has not."""
        if not isinstance(self.temperature, tuple):
            return (float(self.temperature),) * fields
        if len(self.temperature) != fields:
            raise UsageError(
                f"{len(self.temperature)} temperatures were given, but a step of this model has {fields} "
                f"field{'s' * (fields != 1)}: give one temperature, or {fields}."
            )
        return tuple(map(float, self.temperature))


def piece_seed(seed: int, index: int) -> int:
    """The seed of piece number `index` of a batch, 63 bits; pieces of one batch share no random numbers.

    Source: NumPy's SeedSequence with the index as spawn key (O'Neill's seeding algorithm).
    """
    if seed < 0 or index < 0:
        raise UsageError(f"The seed must be 0 or more, not {seed}." if seed < 0 else f"No piece number {index}.")
    words = np.random.SeedSequence(seed, spawn_key=(index,)).generate_state(1, np.uint64)
    return int(words[0] >> np.uint64(1))


@dataclass(frozen=True)
class Take:
    """One piece that is to be made: its place in the batch, its own seed and settings."""

    index: int
    seed: int
    sampling: Sampling


def takes(
    sampling: Sampling, temperatures: Sequence[float | tuple[float, ...]], count: int, seed: int
) -> list[Take]:
    """`count` takes at each of `temperatures` (none: the one in `sampling`), temperature by temperature.

    Take i of every temperature has the same seed: what differs between them is the temperature's work.
    """
    grid = [replace(sampling, temperature=_heat(value)) for value in temperatures] or [sampling]
    if count < 1:
        raise UsageError(f"The number of pieces must be 1 or more, not {count}.")
    seeds = [piece_seed(seed, index) for index in range(count)]
    return [
        Take(row * count + index, seeds[index], settings)
        for row, settings in enumerate(grid)
        for index in range(count)
    ]


def _heat(value: float | Sequence[float]) -> float | tuple[float, ...]:
    """A temperature for all fields, or one for each."""
    return tuple(map(float, value)) if isinstance(value, Sequence) else float(value)


def _number(value: object) -> bool:
    plain = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    return plain and math.isfinite(float(value))  # type: ignore[arg-type]

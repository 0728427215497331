"""What a session is to play: a module of its own, so that the player need not load what the generator needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wish:
    """What a session is to play: bars None goes on until it is stopped."""

    model: str | None = None  # None: the newest run
    seed: int = 0
    temperature: float | None = None  # None: the model's own
    bars: int | None = None
    prompt: str | None = None

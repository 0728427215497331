"""The trainings around the letter melodies: the original, on two splits; ours; what memory hangs on; folk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from etude.lab.reproduce.base import Arm

MELODIES = "seed-melodies"
AUGMENTED = "seed-melodies/inputMelodiesAugmented.txt"

ORIGINAL, HONEST, NETWORK = "original", "honest", "network"
LETTERS, NOTES = "folk-letters", "folk-notes"
BASE = "memory-base"
MEMORY_STEPS = 150  # of 8 rows of 1024 letters: enough for copying to have formed in the base


@dataclass(frozen=True)
class Change:
    """One training of the diagnosis: what differs from two layers of 192 that see 256 letters."""

    name: str
    cause: str  # "depth", "width" or "context": what the original's report blames, or does not
    value: int
    setting: str = ""
    minutes: float = 1.8


CHANGES = (
    Change(BASE, "", 0),
    Change("memory-depth-1", "depth", 1, "model.layers=1", 1.1),
    Change("memory-depth-4", "depth", 4, "model.layers=4", 3.2),
    Change("memory-depth-6", "depth", 6, "model.layers=6", 4.7),
    Change("memory-width-96", "width", 96, "model.width=96", 0.7),
    Change("memory-width-288", "width", 288, "model.width=288", 3.2),
    Change("memory-context-64", "context", 64, "model.context=64", 1.8),
    Change("memory-context-whole", "context", 1280, "model.context=1280", 2.0),
)

SPLITS = (
    Arm(
        ORIGINAL,
        "seed0-original",
        "the original GPT on the original split",
        minutes=48,
        steps=5000,
        data=AUGMENTED,
        seed=1337,
    ),
    Arm(
        HONEST,
        "seed0-original",
        "the original GPT on songs it has not heard, in 12 keys",
        minutes=20,
        steps=2000,
        settings=("data.split=", "data.transpose=[-5, 6]"),
        seed=1337,
    ),
)
GOAL = Arm(NETWORK, "seed0-network", "ours, within the original's parameters", minutes=30)
FOLK = (
    Arm(
        LETTERS,
        "letters",
        "the built-in folk tunes as letters",
        minutes=3,
        settings=("data.floors=false",),
        data=None,
    ),
    Arm(
        NOTES,
        "folk",
        "the same tunes as notes: octave, time and length too",
        minutes=3,
        settings=(
            "encoding.name=notes",
            "encoding.time=scored",
            "encoding.velocities=1",
            "data.floors=false",
        ),
        data=None,
    ),
)


def of_seed(change: Change, seed: int) -> str:
    """The name of the arm of one change and seed."""
    return f"{change.name}-{seed}"


def memory_arms(changes: Sequence[Change], seeds: Sequence[int]) -> list[Arm]:
    """A short training for each change and seed, all of equally many steps."""
    return [
        Arm(
            of_seed(change, seed),
            "seed0-memory",
            f"{change.cause} {change.value}" if change.cause else "two layers of 192, 256 letters",
            minutes=change.minutes,
            steps=MEMORY_STEPS,
            settings=(change.setting,) if change.setting else (),
            seed=seed,
        )
        for seed in seeds
        for change in changes
    ]

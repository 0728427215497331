"""Melodies as letters, beside random letters and real songs, and what each costs under one network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from etude.formats.letters import SYMBOLS
from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench

LENGTH = 100  # letters


@dataclass(frozen=True)
class Melodies:
    """Melodies of LENGTH letters by their maker, what they cost under a network, and where they can be heard."""

    letters: dict[str, str]
    nats: dict[str, float]
    files: list[tuple[Path, str]]


def melodies(bench: Bench, arms: Sequence[str], judge: str, kinds: Sequence[str] = ("mid", "wav")) -> Melodies:
    """A melody of each arm, of the mixture of `judge`, a random one and a real one, priced by `judge`; kept."""
    folder = bench.folder / "melodies"

    def make() -> dict[str, Any]:
        letters, files = {}, []
        for arm in arms:
            for copying in (False, True) if arm == judge else (False,):
                name = f"{arm} + copying" if copying else arm
                letters[name], paths = _composed(bench, arm, copying, folder, kinds)
                files += [(str(path.relative_to(bench.folder)), f"melody of '{name}'") for path in paths]
        random = np.random.default_rng(0)
        letters["random letters"] = "".join(SYMBOLS[code] for code in random.integers(0, len(SYMBOLS), LENGTH))
        letters["a validation song"] = _real(bench, judge)[:LENGTH]
        return {"letters": letters, "nats": _priced(bench, judge, letters), "files": files}

    kept = bench.once("melodies", make, arms=[*arms])
    files = [(bench.folder / path, caption) for path, caption in kept["files"]]
    return Melodies(kept["letters"], kept["nats"], files)


def _composed(bench: Bench, arm: str, copying: bool, folder: Path, kinds: Sequence[str]) -> tuple[str, list[Path]]:
    from etude.formats.letters import line_of
    from etude.lab.composing import compose

    place = folder / (f"{arm}-copying" if copying else arm)
    (piece,) = compose(bench.load(arm), seed=1, steps=LENGTH, copying=copying, out=place, formats=kinds)
    return line_of(piece.score), piece.paths


def _real(bench: Bench, arm: str) -> str:
    encoding: Any = bench.material(arm).encoding
    longest = max(bench.material(arm).valid.pieces(), key=len)
    return str(encoding.to_text(longest))


def _priced(bench: Bench, judge: str, letters: dict[str, str]) -> dict[str, float]:
    """Nats a letter of each melody, its end left out."""
    encoding: Any = bench.material(judge).encoding
    steps = [encoding.from_text(text)[:-1] for text in letters.values()]
    nats = bench.exact(judge).stepper.nats_many(steps)
    return {name: float(one.mean()) for name, one in zip(letters, nats, strict=True)}


def table(found: Melodies, judge: str) -> Table:
    """One melody a row."""
    rows = [(name, text, found.nats[name]) for name, text in found.letters.items()]
    note = f"Lower case is a semitone higher, R a rest; the price is that under '{judge}'."
    return Table("Melodies", ("maker", f"the first {LENGTH} letters", "nats a letter"), rows, note)

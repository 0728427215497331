"""What letters drop: the same folk tunes as letters and as notes, in bits a note and to hear."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench

TUNES = 3  # to hear


def bits(bench: Bench, arm: str, split: str = "valid") -> dict[str, Any]:
    """Bits a note of an arm's network, field by field, and of the n-gram with copying on the same tunes; kept."""

    def measure() -> dict[str, Any]:
        from etude.evaluation import Baselines

        material = bench.material(arm)
        packed = material.packed(split)
        found = bench.likelihood(arm, "full", split)
        notes = packed.note_counts.tolist()
        fitted = Baselines.fit(material.train.pieces(), material.sizes)
        counted = fitted.on_validation(packed.pieces(), notes=notes, field_names=material.field_names)["ngram+copy"]
        whole = found.bits_per_note / found.nats_per_step
        return {
            "network": found.bits_per_note,
            "counted": counted.bits_per_note,
            "fields": {name: nats * whole for name, nats in found.nats_per_field.items()},
            "pieces": found.pieces,
            "notes": found.notes,
        }

    kept: dict[str, Any] = bench.once(f"{arm}-{split}-bits", measure, arms=[arm])
    return kept


def table(bench: Bench, arms: Sequence[str]) -> Table:
    """Bits a note of both encodings, and of each field."""
    rows: list[tuple[Any, ...]] = []
    for arm in arms:
        found = bits(bench, arm)
        rows.append((arm, "all", found["network"], found["counted"], found["pieces"], found["notes"]))
        if len(found["fields"]) > 1:
            rows += [(arm, name, value, None, None, None) for name, value in found["fields"].items()]
    columns = ("network", "field", "bits a note", "n-gram + copying", "tunes", "notes")
    note = (
        "Validation tunes of the built-in folk collection, each seen whole. Letters say a note's pitch class and "
        "where rests are; notes say octave, time and length too (n-gram weights two-fold)."
    )
    return Table("What letters drop, in bits", columns, rows, note)


def sentence(bench: Bench, letters: str, notes: str) -> str:
    """How much of the music the letters keep, from the figures."""
    few, all_of_it = bits(bench, letters)["network"], bits(bench, notes)["network"]
    return (
        f"A note of a folk tune takes {all_of_it:.2f} bits with octave and rhythm and {few:.2f} as a letter: "
        f"{1 - few / all_of_it:.0%} of what is to be said about it is not in the letters."
    )


def heard(bench: Bench, arms: Sequence[str], kinds: Sequence[str] = ("mid", "wav")) -> list[tuple[Path, str]]:
    """The shortest validation tunes, as each arm's encoding has them, written as `kinds`; (file, caption)."""
    from etude.encodings import decode
    from etude.lab.writing import write_piece

    first = bench.material(arms[0])
    wanted = sorted(first.collection.pieces("valid"), key=lambda piece: (abs(piece.score.duration - 30), piece.id))
    folder = bench.folder / "tunes"
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for number, piece in enumerate(wanted[:TUNES], start=1):
        for arm in arms:
            encoding = bench.material(arm).encoding
            score = decode(encoding, encoding.encode(piece.score))
            for path in write_piece(score, folder / f"{number}-{encoding.name}", kinds):
                out.append((path, f"'{piece.title or piece.id}' as {encoding.name}"))
    return out

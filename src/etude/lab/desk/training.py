"""Runs as the studio shows them: the figures of `etude runs`, their curves, and what differs between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from etude.errors import BadInput, Reason
from etude.files import sha256
from etude.lab.desk.looking import different
from etude.lab.desk.supplies import Supplies
from etude.lab.history import evaluations_of, flat, summary
from etude.lab.run import Run, runs_in
from etude.lab.sketching import sketches

CURVES = ("valid_nats_per_step", "valid_bits_per_note", "train_nats_per_step")
POINTS = 400  # of a curve, at the most
NOTES = 20_000  # characters


def number_of(run: Run) -> str:
    """The id of a run: no path leaves this machine's own pages, and none comes back."""
    return sha256(str(run.folder.absolute()).encode())[:16]


def listed(folder: Path) -> list[dict[str, Any]]:
    """The runs in `folder`, newest first, with their curves."""
    return [_seen(run) for run in reversed(runs_in(folder))]


def _seen(run: Run) -> dict[str, Any]:
    records = evaluations_of(run)
    every = max(1, -(-len(records) // POINTS))
    notes = run.folder / "notes.md"
    return {
        **vars(summary(run)),
        "id": number_of(run),
        "name": run.folder.name,
        "step_of": [record["step"] for record in records[::every]],
        "curves": {name: [record.get(name) for record in records[::every]] for name in CURVES},
        "samples": [[one.step, one.number] for one in sketches(run)],
        "notes": notes.read_text("utf-8", "replace")[:NOTES] if notes.is_file() else "",
    }


def sample(supplies: Supplies, number: str, name: str) -> dict[str, Any]:
    """How the piece "1000-1" looks that a run composed after so many updates. Raises BadInput for none."""
    for run in runs_in(supplies.runs):
        if number_of(run) == number:
            for one in sketches(run):
                if name == f"{one.step}-{one.number}":
                    seen = supplies.helpers.call("prompt", prompt={"file": str(one.path)})
                    return {"id": f"{number}-{name}", "step": one.step, "number": one.number, **seen}
    raise BadInput("There is no such piece of a run.", Reason.UNREADABLE)


def settings_beside(folder: Path, ids: Sequence[str]) -> list[dict[str, Any]]:
    """The settings that are not the same in all these runs. Raises BadInput when one is not there."""
    runs = {number_of(run): run for run in runs_in(folder)}
    missing = [one for one in ids if one not in runs]
    if missing or not ids:
        raise BadInput("There is no such run.", Reason.UNREADABLE)
    return different([flat(runs[one].recipe()) for one in ids])

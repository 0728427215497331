"""Looking at what was made: side by side, and packed to be given away."""

from __future__ import annotations

import contextlib
import io
import json
import math
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from etude.errors import BadInput, Reason
from etude.files import write_atomically
from etude.lab.desk.book import DONE, STOPPED, Book, Row
from etude.lab.desk.making import NOTATION_FILE, STEM
from etude.lab.desk.shelf import MOST, facts_of
from etude.lab.desk.supplies import Supplies
from etude.lab.history import flat
from etude.lab.provenance import parse_line

MEASURES = "measures.json"  # in the folder of a piece
STAMP = (1980, 1, 1, 0, 0, 0)  # of every file in an archive: the same pieces make the same bytes


def rows_of(book: Book, ids: Sequence[str]) -> list[Row]:
    """The rows of finished pieces, in that order. Raises BadInput for none, too many, or one that is not there."""
    if not 0 < len(ids) <= MOST:
        raise BadInput(f"Choose 1 to {MOST} pieces.", Reason.EMPTY)
    rows = [book.one("piece", "SELECT * FROM pieces WHERE id = ?", one) for one in dict.fromkeys(ids)]
    if any(row["state"] not in (DONE, STOPPED) for row in rows):
        raise BadInput("One of these pieces is not finished.", Reason.EMPTY)
    return rows


def beside(supplies: Supplies, rows: Sequence[Row]) -> dict[str, Any]:
    """The measures of pieces and what differs in how they were made, a value a piece in each list."""
    measured = [_measures(supplies, row) for row in rows]
    names = {name: unit for one in measured for name, (unit, _) in one.items()}
    table = {name: [one.get(name, ("", None))[1] for one in measured] for name in names}
    return {
        "ids": [row["id"] for row in rows],
        "measures": [
            {"name": name, "unit": names[name], "values": values}
            for name, values in table.items()
            if any(value is not None for value in values)
        ],
        "different": different([_asked(row) for row in rows]),
    }


def different(asked: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The settings that are not the same in all of `asked`, a value each, None where it was not set."""
    names = dict.fromkeys(name for one in asked for name in one)
    found = [{"name": name, "values": [one.get(name) for one in asked]} for name in names]
    return [row for row in found if any(value != row["values"][0] for value in row["values"])]


def _asked(row: Row) -> dict[str, Any]:
    """How a piece was made, dotted settings by name: what its reproducibility line says."""
    made = parse_line(facts_of(row)["reproduce"] or "")
    return flat(
        {
            "command": made.command,
            "model": made.model,
            "model_sha256": made.model_sha256[:12],
            "seed": made.seed,
            "number": made.index + 1,
            "prompt_sha256": made.prompt_sha256[:12],
            **made.options,
        }
    )


def _measures(supplies: Supplies, row: Row) -> dict[str, tuple[str, float | None]]:
    """Measure -> (unit, value) of a piece, kept in its folder."""
    path = Path(row["folder"]) / MEASURES
    if not path.is_file():
        supplies.helpers.call("measures", folder=row["folder"])
    found: dict[str, tuple[str, float | None]] = json.loads(path.read_bytes())
    return found


def write_measures(folder: Path) -> dict[str, Any]:
    """Measures the piece in `folder` and writes MEASURES beside it; a critic in ./critics is asked as well."""
    from etude import formats
    from etude.evaluation.metrics import all_metrics, measure
    from etude.lab.critic.judge import load_judge

    score = formats.read(folder / f"{STEM}.mid")
    values = measure([score], all_metrics())
    found: dict[str, Any] = {}
    with contextlib.suppress(BadInput):  # there is none
        found["critic"] = ("chance of being real", float(load_judge().chances([score])[0]))
    for metric in all_metrics():
        value = float(values[metric.name][0])
        found[metric.name] = (metric.unit, round(value, 4) if math.isfinite(value) else None)
    write_atomically(folder / MEASURES, json.dumps(found).encode())
    return found


def archive(rows: Iterable[Row]) -> bytes:
    """A zip of pieces: music files, prompts, and a text with the line that makes each again."""
    out = io.BytesIO()
    lines = ["Made with etude. `etude rerun FILE` makes the same bytes from the line below it.\n"]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, row in enumerate(rows, 1):
            folder, facts = Path(row["folder"]), facts_of(row)
            stem = f"{number:02d}-{row['id']}"
            for name in (f"{STEM}.mid", NOTATION_FILE, *sorted(path.name for path in folder.glob("prompt-*"))):
                if (folder / name).is_file():
                    target = name if name.startswith("prompt-") else f"{stem}{Path(name).suffix}"
                    _add(packed, f"etude/{target}", (folder / name).read_bytes())
            note = f"\n  {facts['note']}" if facts["note"] else ""
            lines.append(f"{stem}  {facts['title']}{note}\n  {facts['reproduce']}\n")
        _add(packed, "etude/README.txt", "\n".join(lines).encode())
    return out.getvalue()


def _add(packed: zipfile.ZipFile, name: str, data: bytes) -> None:
    """One file; a name that is there already is left as it is: two pieces may have one prompt."""
    if name not in packed.namelist():
        packed.writestr(zipfile.ZipInfo(name, STAMP), data)

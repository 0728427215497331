"""Ingest: any files into a collection on disk, every one of them accounted for."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from etude.data.archives import is_archive
from etude.data.build import Settings, Tune, build_collection
from etude.data.choose import check_tracks
from etude.data.known import plan_path
from etude.data.ledger import Row
from etude.data.plans import Plan
from etude.data.reading import Named, Progress, find_all, no_progress, read_tunes
from etude.data.sources import of_the_user
from etude.errors import BadInput, Reason, UsageError


@dataclass(frozen=True)
class IngestReport:
    """What became of the files; `rows` are the lines of the ledger as dicts. kept + repaired + refused = rows."""

    out: Path
    files: int
    kept: int
    repaired: int
    refused: int
    seconds: float
    rows: list[dict[str, Any]] = field(repr=False)

    def answer(self) -> dict[str, Any]:
        """The keys that `etude ingest --json` promises."""
        keys = ("files", "kept", "repaired", "refused", "seconds")
        duplicates = sum(row["duplicate_of"] is not None for row in self.rows)
        answer = {key: getattr(self, key) for key in keys}
        return {
            **answer,
            "rows": len(self.rows),
            "duplicates": duplicates,
            "ledger": str(self.out / "ledger.jsonl"),
        }


def ingest(
    paths: Iterable[str | Path],
    out: str | Path,
    *,
    jobs: int | None = None,
    tracks: str = "all",
    strict: bool = False,
    progress: Progress = no_progress,
) -> IngestReport:
    """What became of every tune in `paths` (files, folders, data archives), read into the collection `out`.

    `out` appears whole or not at all; an older collection there is replaced. After it is written, raises BadInput
    when no tune is kept, or with `strict` when one is refused.
    """
    check_tracks(tracks)
    target = Path(out)
    roots = [Path(path) for path in paths]
    if not roots:
        raise UsageError("There is nothing to read. Give files or folders.")
    _check_target(target)
    began = time.perf_counter()
    files, archives = _sources(roots, target)
    tunes, settings = _stream(files, archives, tracks, jobs, progress)
    rows = build_collection(tunes, target, settings)
    report = _report(target, rows, time.perf_counter() - began)
    _complain(report, strict)
    return report


def _check_target(out: Path) -> None:
    """Raises UsageError when `out` holds something that is no collection."""
    if out.exists() and not (out / "collection.json").is_file() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} exists and is no collection. Choose another folder with --out.")


def _sources(roots: Sequence[Path], out: Path) -> tuple[list[Named], list[Plan]]:
    """The plain files, without those under `out`, and the plans of data archives."""
    archives = [path for path in roots if path.is_file() and is_archive(path)]
    plain = [path for path in roots if path not in archives]
    own = Path(os.path.realpath(out))  # unlike resolve(), it takes links that lead in a circle
    files = find_all(plain, several=len(roots) > 1) if plain else []
    return [(n, p) for n, p in files if own not in Path(os.path.realpath(p)).parents], [
        plan_path(path) for path in archives
    ]


def _stream(
    files: Sequence[Named], archives: Sequence[Plan], tracks: str, jobs: int | None, progress: Progress
) -> tuple[Iterator[Tune], Settings]:
    """The tunes of all sources, and the settings of their collection."""
    if len(archives) == 1 and not files:
        plan = archives[0]
        settings = Settings(plan.name, plan.source, tracks, official=plan.official_rule, note=plan.note)
        return plan.tunes(jobs, progress), settings
    if not files and not archives:
        return iter(()), Settings("empty", of_the_user(""), tracks)

    def tunes() -> Iterator[Tune]:
        yield from read_tunes(files, jobs=jobs, progress=progress)
        for plan in archives:
            for tune in plan.tunes(jobs, progress):
                yield replace(tune, file=f"{plan.name}/{tune.file}")

    where = str(Path(*files[0][1].parts[:-1])) if files else ""
    return tunes(), Settings("own files", of_the_user(where), tracks)


def _report(out: Path, rows: Sequence[Row], seconds: float) -> IngestReport:
    found = [row.status for row in rows]
    counts = {status: found.count(status) for status in ("kept", "repaired", "refused")}
    files = len({row.file for row in rows})
    return IngestReport(out, files, **counts, seconds=round(seconds, 3), rows=[vars(row) for row in rows])


def _complain(report: IngestReport, strict: bool) -> None:
    """Raises BadInput when nothing is kept, or when `strict` and something is refused."""
    first = next((row for row in report.rows if row["status"] == "refused"), None)
    if report.kept + report.repaired == 0:
        why = f" '{first['path']}': {first['detail']} ({first['reason']})." if first else ""
        reason = Reason(first["reason"]) if first else Reason.EMPTY
        raise BadInput(f"No tune is kept.{why} Every reason is in {report.out / 'ledger.jsonl'}.", reason)
    if strict and first is not None:
        raise BadInput(
            f"{report.refused} tunes were refused; the first is '{first['path']}': {first['detail']} "
            f"({first['reason']}). Every reason is in {report.out / 'ledger.jsonl'}.",
            Reason(first["reason"]),
        )

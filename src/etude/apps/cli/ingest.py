"""`etude ingest`: read a collection safely."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from etude.apps.cli.output import Answered, Output, answers, examples
from etude.errors import BadInput


@click.command(
    "ingest",
    epilog=examples(
        "etude ingest my-tunes --out my-collection", "etude ingest a.mid b.abc --out two --tracks melody"
    ),
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write.")
@click.option("--jobs", type=click.IntRange(1), help="Worker processes.  [default: one a core]")
@click.option(
    "--tracks", type=click.Choice(["all", "melody", "drums"]), default="all", show_default=True, help="Which."
)
@click.option("--strict", is_flag=True, help="Exit with 3 when anything was refused.")
@answers
def command(
    output: Output, paths: tuple[Path, ...], out: Path, jobs: int | None, tracks: str, strict: bool
) -> None:
    """Read files, folders and tune books; every file gets a row in OUT/ledger.jsonl."""
    from etude.data import ingest

    with output.progress() as display:
        task = display.add_task("reading", total=None)
        report = ingest(
            paths,
            out,
            jobs=jobs,
            tracks=tracks,
            progress=lambda done, total: display.update(task, completed=done, total=total),
        )
    rows = [row for row in report.rows if row["status"] != "kept"]
    reasons = Counter((row["status"], row["reason"]) for row in rows)
    text = f"{report.files} files: {report.kept} kept, {report.repaired} repaired, {report.refused} refused\n"
    if reasons:
        text += output.table(["status", "reason", "tunes"], [(*key, n) for key, n in reasons.most_common()]) + "\n"
    for row in rows[:10]:
        output.say(f"{row['status']} {row['path']}: {row['reason']}: {row['detail']}")
    if len(rows) > 10:
        output.say(f"... and {len(rows) - 10} more in {out / 'ledger.jsonl'}")
    output.result(report.answer(), text + f"ledger: {out / 'ledger.jsonl'}")
    if strict and report.refused:
        output.say(f"etude: --strict: {report.refused} refused; see {out / 'ledger.jsonl'}.")
        raise Answered(BadInput.exit_code)

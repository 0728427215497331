"""`etude measure`: measures of files."""

from __future__ import annotations

from pathlib import Path

import click

from etude.apps.cli.output import Output, answers, examples, page_option

KEYS = ("value", "low", "high")
BESIDE = ("reference", "reference_low", "reference_high")


@click.command(
    "measure",
    epilog=examples(
        "etude measure out/*.mid",
        "etude measure out --against folk --json",
        "etude measure out --against folk --html report",
    ),
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--against", metavar="COLLECTION", help="Hold them against the music of a collection.")
@page_option
@answers
def command(output: Output, files: tuple[Path, ...], against: str | None, html: Path | None) -> None:
    """Range, rhythm, repetition and bars of FILES (or folders), beside a collection if you name one."""
    from etude.lab.measuring import measure_files
    from etude.lab.standing import real_row

    found = measure_files(files, against)
    for line in found.refused:
        output.say(f"refused {line}")
    keys = (*KEYS, *(BESIDE if against else ()))
    rows = [(name, found.units[name], *(values[key] for key in keys)) for name, values in found.metrics.items()]
    answer, text = found.answer(), output.table(["measure", "unit", *keys], rows)
    if found.copied:
        copying = output.table(found.copied.HEADER, found.copied.rows())
        text = f"{text}\n\n{copying}\n{found.copied.sentence}"
        if found.heats:
            heats = [*(heat.row() for heat in found.heats), real_row(found.heats, found.copied)]
            text = f"{text}\n\n{output.table(found.heats[0].HEADER, heats)}"
    if html is not None:
        from etude.lab.report import measure_report

        answer["page"] = str(measure_report(found, html, output.command))
        output.say(f"The page: {answer['page']}")
    output.result(answer, f"{text}\n\n{output.findings(found.findings)}")

"""`etude evaluate`: likelihood on held-out pieces, beside the baselines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from etude.apps.cli.output import Output, answers, examples, page_option

if TYPE_CHECKING:
    from etude.lab.judgement import Judgement

HEADER = (
    *("protocol", "model", "nats/step", "bits/note", "+-95%", "bits/s", "bits/quarter", "perplexity"),
    *("pieces", "steps", "notes"),
)
PARTS = ("protocol", "model", "at", "share of values", "nats/value", "bits/note there", "bits/note in all")


@click.command(
    "evaluate",
    epilog=examples(
        "etude evaluate runs/mine",
        "etude evaluate mine.etude --data my-collection --protocol full,windows:256",
        "etude evaluate runs/mine --beside runs/other --html report",
    ),
)
@click.argument("model", required=False)
@click.option("--data", metavar="COLLECTION", help="[default: the collection the model was trained on]")
@click.option(
    "--protocol", "protocols", default="full", show_default=True, help="full,context:N,windows:L,infill:bars=N"
)
@click.option(
    "--split", type=click.Choice(["valid", "test"]), default="valid", show_default=True, help="Which side."
)
@click.option("--baselines/--no-baselines", default=True, show_default=True, help="Fit and show them.")
@click.option("--copying", is_flag=True, help="Show MODEL mixed with in-context copying too.")
@click.option("--memory", is_flag=True, help="Show what MODEL gains from what it has heard of a piece (slow).")
@click.option(
    "--told",
    type=click.IntRange(0),
    metavar="N",
    help="Show what conditions gain, and how many of N pieces a condition are as asked (slow).",
)
@click.option("--beside", multiple=True, metavar="MODEL", help="Another model on the same pieces, of any encoding.")
@click.option(
    "--samples",
    type=click.IntRange(0),
    default=8,
    show_default=True,
    help="Pieces it composes, to be held against real ones.",
)
@page_option
@answers
def command(output: Output, model: str | None, html: Path | None, **options: Any) -> None:
    """Likelihood of held-out pieces under MODEL, beside uniform, n-gram and n-gram with copying."""
    from etude.lab.judgement import Question, judge

    if options["split"] == "test":
        output.say("Looking at the test side: do this once per result, and choose by validation.")
    options["protocols"] = tuple(options["protocols"].split(","))
    found = judge(model, Question(**options))
    answer = found.answer()
    if html is not None:
        from etude.lab.report import evaluate_report

        answer["page"] = str(evaluate_report(found, html, output.command))
        output.say(f"The page: {answer['page']}")
    output.result(answer, "\n\n".join(_tables(output, found)))


def _tables(output: Output, found: Judgement) -> list[str]:
    """The tables, and the findings under them."""
    tables = [output.table(HEADER, [row for one in found.evaluations for row in one.rows()])]
    parts = [row for one in found.evaluations for row in one.part_rows()]
    if parts:
        tables.append(output.table(PARTS, parts))
    if found.comparison:
        tables.append(output.table(found.comparison.HEADER, [row.row() for row in found.comparison.rows]))
    if found.heard and (plugged := found.heard.plugged()):
        tables.append(output.table(found.heard.HEADER, plugged))
    if found.memory:
        tables.append(f"{output.table(found.memory.header, found.memory.rows)}\n{found.memory.sentence}")
    tables += [output.table(*one) for one in found.told.tables()] if found.told else []
    return [*tables, output.findings(found.findings)]

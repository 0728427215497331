"""`etude evaluate`: likelihood on held-out pieces, beside the baselines."""

from __future__ import annotations

import click

from etude.apps.cli.output import Output, answers, examples


@click.command(
    "evaluate",
    epilog=examples(
        "etude evaluate runs/mine", "etude evaluate mine.etude --data my-collection --protocol full,windows:256"
    ),
)
@click.argument("model", required=False)
@click.option("--data", metavar="COLLECTION", help="[default: the collection the model was trained on]")
@click.option("--protocol", "protocols", default="full", show_default=True, help="full,context:N,windows:L")
@click.option(
    "--split", type=click.Choice(["valid", "test"]), default="valid", show_default=True, help="Which side."
)
@click.option("--baselines/--no-baselines", default=True, show_default=True, help="Fit and show them.")
@click.option("--copying", is_flag=True, help="Show MODEL mixed with in-context copying too.")
@answers
def command(
    output: Output,
    model: str | None,
    data: str | None,
    protocols: str,
    split: str,
    baselines: bool,
    copying: bool,
) -> None:
    """Likelihood of held-out pieces under MODEL, beside uniform, n-gram and n-gram with copying."""
    from etude.lab.evaluating import evaluate

    if split == "test":
        output.say("Looking at the test side: do this once per result, and choose by validation.")
    found = evaluate(model, data, protocols=protocols.split(","), split=split, baselines=baselines, copying=copying)
    header = ["protocol", "model", "nats/step", "bits/note", "+-95%", "bits/s", "bits/quarter", "perplexity"]
    header += ["pieces", "steps", "notes"]
    tables = [output.table(header, [row for result in found for row in result.rows()])]
    parts = [row for result in found for row in result.part_rows()]
    if parts:
        names = ["protocol", "model", "at", "share of values", "nats/value", "bits/note there", "bits/note in all"]
        tables.append(output.table(names, parts))
    first = found[0].answer()
    if len(found) > 1:
        first["protocols"] = {result.protocol: result.answer() for result in found}
    output.result(first, "\n\n".join(tables))

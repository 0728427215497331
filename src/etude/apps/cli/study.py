"""`etude study`: which change did it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from etude.apps.cli.output import Output, answers, examples
from etude.apps.cli.train import tell_of_arms

if TYPE_CHECKING:
    from etude.lab.study.study import Study


@click.command(
    "study",
    epilog=examples(
        "etude study folk --vary training.learning_rate=1e-3,3e-3 --vary model.layers=1,2 --seeds 3 --steps 400",
        "etude study folk --data my-tunes --design factorial --vary model.dropout=0,0.2 --vary model.layers=2,4",
        "etude study folk --design search --trials 30 --vary training.learning_rate=1e-4..1e-2 --minutes 2",
        "etude study runs/folk --vary sampling.temperature=0.8,1.2 --seeds 5",
        "etude study folk --scaling --seeds 3 --minutes 10 --out studies/scaling",
        "etude study study.toml --out studies/depth",
    ),
)
@click.argument("recipe")
@click.option(
    "--vary", "factors", multiple=True, metavar="KEY=V1,V2", help="A setting and its values (repeatable)."
)
@click.option(
    "--design",
    type=click.Choice(["one-at-a-time", "ladder", "factorial", "search"]),
    help="ladder: each step keeps the last; factorial: every combination, with interactions; search: Optuna "
    "chooses from values and ranges (KEY=LOW..HIGH).  [one-at-a-time]",
)
@click.option("--scaling", is_flag=True, help="Vary width and amount of music, and say which to make larger.")
@click.option("--seeds", type=click.IntRange(1), metavar="N", help="Trainings of every arm, paired.  [3]")
@click.option("--steps", type=click.IntRange(1), help="Updates of each run.  [as the recipe says]")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Minutes of each run instead.")
@click.option("--budget", help="The same in words: '400 steps', '90 seconds', '1e14 flops'.")
@click.option("--data", metavar="COLLECTION", help="The music, as for train.  [the recipe's]")
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting of the baseline and all arms."
)
@click.option("--measure", "measures", multiple=True, metavar="NAME", help="Of composed pieces, too: see measure.")
@click.option("--samples", type=click.IntRange(0), help="Pieces to listen to, of each run.  [4]")
@click.option("--confirm", type=click.IntRange(0), metavar="N", help="Fresh seeds for what is kept.  [as --seeds]")
@click.option("--allow-multi", is_flag=True, help="Let an arm differ in more than one setting.")
@click.option("--trials", type=click.IntRange(1), metavar="N", help="Runs of a search.  [20]")
@click.option(
    "--storage", metavar="URL", help="Where a search keeps its trials: postgresql://... for many machines."
)
@click.option("--pack", type=click.Path(path_type=Path, dir_okay=False), help="A ZIP of it all, to hand on.")
@click.option("--retry", is_flag=True, help="Try crashed runs again.")
@click.option(
    "--workers", type=click.IntRange(1), default=1, show_default=True, help="Trainings at a time on this machine."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Where to.  [studies/RECIPE]")
@answers
def command(output: Output, recipe: str, out: Path | None, workers: int, retry: bool, **options: Any) -> None:
    """Train a baseline and arms that differ from it in one thing, and say which change did what.

    RECIPE is a recipe, a study.toml, or a trained MODEL whose sampling.* and prompt are varied. What OUT holds
    already is not trained again: give the same command to go on, or more seeds and more to vary.
    """
    from etude.lab.study.asking import ask

    means = {"workers": workers, "retry": retry, "watch": lambda event: tell_of_arms(output, event)}
    done = ask(recipe, options, out, means, output.command)
    output.result(done.answer(), summary(output, done))


def summary(output: Output, study: Study) -> str:
    """The answers in a table, and what they rest on."""
    from etude.lab.study.tables import effects_table, runs_table, side_effects_table, trials_table

    tables = [effects_table(study), side_effects_table(study)]
    if study.plan.design == "search":
        tables = [trials_table(study)]
    if any(row.state != "done" for row in study.rows):
        tables.append(runs_table(study))
    parts = [
        "\n".join([table.title, output.table(table.columns, table.cells()), table.note]).strip()
        for table in tables
        if table.rows
    ]
    return "\n\n".join([*parts, "\n".join([study.power, *study.notes, *_confirmed(study), *study.told])])


def _confirmed(study: Study) -> list[str]:
    return [study.confirmed["sentence"]] if study.confirmed else []

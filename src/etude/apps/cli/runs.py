"""`etude runs`: what was trained, with which settings, to which figures."""

from __future__ import annotations

from pathlib import Path

import click

from etude.apps.cli.output import Output, answers, examples


@click.group(
    "runs", invoke_without_command=True, epilog=examples("etude runs list", "etude runs diff runs/a runs/b")
)
@click.pass_context
def command(context: click.Context) -> None:
    """List, show and compare training runs."""
    if context.invoked_subcommand is None:
        context.invoke(list_runs)


@command.command("list", epilog=examples("etude runs list", "etude runs list --folder runs --json"))
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, help="Where to look."
)
@answers
def list_runs(output: Output, folder: Path = Path("runs")) -> None:
    """The runs in a folder, oldest first."""
    from etude.lab.history import summaries

    found = summaries(folder)
    if not found and not output.as_json:
        output.say(f"There is no run in {folder}. Make one with: etude train --data my-tunes --out {folder}/first")
    header = ["run", "started", "recipe", "steps", "valid nats/step", "bits/note", "state"]
    output.result(
        {"runs": [vars(item) for item in found]},
        output.table(header, [item.row() for item in found]) if found else "",
    )


@command.command("show", epilog=examples("etude runs show runs/first", "etude runs show runs/first --json"))
@click.argument("run", type=click.Path(path_type=Path))
@answers
def show(output: Output, run: Path) -> None:
    """Settings, figures and the course of one run."""
    from etude.lab.history import describe

    values, text = describe(run)
    output.result(values, text)


@command.command("diff", epilog=examples("etude runs diff runs/a runs/b", "etude runs diff runs/a runs/b --json"))
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@answers
def diff(output: Output, first: Path, second: Path) -> None:
    """The settings in which two runs differ, and their figures."""
    from etude.lab.history import differences

    found = differences(first, second)
    rows = [(key, mine, theirs) for key, (mine, theirs) in found.items()]
    text = output.table(["setting", first.name, second.name], rows) if rows else "The settings are the same."
    output.result({"differences": {key: list(pair) for key, pair in found.items()}}, text)


@command.command(
    "compare", epilog=examples("etude runs compare runs/a runs/b", "etude runs compare runs/a runs/b runs/c --json")
)
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@answers
def compare(output: Output, runs: tuple[Path, ...]) -> None:
    """What runs set and reach beside the first: held-out pieces priced by all, differences with intervals."""
    from etude.lab.comparing import compare_runs

    if len(runs) < 2:
        raise click.UsageError("Name two runs or more: the others are held against the first.")
    changed, found = compare_runs(runs)
    rows = [(key, name, *pair) for name, settings in changed.items() for key, pair in settings.items()]
    settings = output.table(["setting", "run", str(runs[0]), "there"], rows) if rows else "The settings agree."
    table = output.table(found.HEADER, [row.row() for row in found.rows])
    note = "The intervals are over pieces: whether another seed would say the same, only a study tells."
    answer = {"runs": [row.answer() for row in found.rows], "differences": changed, "pieces": found.pieces}
    output.result(answer, f"{settings}\n\n{table}\n{note}")


@command.command(
    "card",
    epilog=examples("etude runs card runs/b --parent runs/a", "etude runs card studies/folk/runs/layers=2-s0"),
)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--parent", type=click.Path(path_type=Path), help="What it is held against.  [its start or baseline]")
@answers
def card(output: Output, run: Path, parent: Path | None) -> None:
    """Writes the card of a run: what changed since its parent, strengths, weaknesses."""
    from etude.lab.study.card import card_of, write_card

    made = card_of(run, parent)
    told = {"card": write_card(made), "changed": made.changed}
    output.result({**told, "strengths": made.strengths, "weaknesses": made.weaknesses}, made.text().strip())


@command.command(
    "note", epilog=examples("etude runs note runs/a 'the endings got better'", "etude runs note runs/a ok")
)
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("text")
@answers
def note(output: Output, run: Path, text: str) -> None:
    """Adds a dated line to the notes of a run."""
    from etude.lab.history import add_note

    path = add_note(run, text)
    output.result({"notes": path}, f"noted in {path}")


@command.command(
    "rollback", epilog=examples("etude runs rollback runs/a 4000", "etude runs rollback runs/a 4000 --json")
)
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("step", type=int)
@answers
def rollback(output: Output, run: Path, step: int) -> None:
    """Goes back to an earlier checkpoint of a run; what it learned since is deleted."""
    from etude.lab.rollback import roll_back

    back = roll_back(run, step)
    output.result(
        {"run": back.folder, "step": step},
        f"{back.folder} stands at step {step} again. Go on with: etude train --resume {back.folder}",
    )

"""`etude critic`: a learned judge with its report card, and the test whether pieces can be told from real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from etude.apps.cli.output import Output, answers, examples

CRITIC = click.option(
    "--critic", metavar="FOLDER", help="A critic of `etude critic train`.  [default: the newest in ./critics]"
)


@click.group("critic", epilog=examples("etude critic train folk", "etude critic score out/*.mid"))
def command() -> None:
    """A learned judge of music, with its own report card."""


@command.command(
    "train",
    epilog=examples("etude critic train folk", "etude critic train my-tunes --unseen runs/mine --set minutes=5"),
)
@click.argument("collection")
@click.option("--out", type=click.Path(path_type=Path), help="Folder.  [default: critics/COLLECTION]")
@click.option("--tracks", type=click.Choice(["all", "melody", "drums"]), default="all", show_default=True)
@click.option("--unseen", multiple=True, metavar="MODEL", help="Examine it with this model's music too.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting: minutes=5, width=96, ...")
@answers
def train(
    output: Output,
    collection: str,
    out: Path | None,
    tracks: str,
    unseen: tuple[str, ...],
    settings: tuple[str, ...],
) -> None:
    """Train a critic on COLLECTION and examine it on pieces it has not heard."""
    from etude.lab.critic.asking import trained

    found = trained(collection, out, tracks, unseen, settings, say=output.say)
    output.result(found.answer, _card(output, found.answer["card"]) + f"\nwritten to {found.answer['critic']}")


@command.command("card", epilog=examples("etude critic card", "etude critic card --critic critics/folk --json"))
@CRITIC
@answers
def card(output: Output, critic: str | None) -> None:
    """The report card of a critic again."""
    from etude.lab.critic.asking import card_of

    found = card_of(critic)
    output.result(found, _card(output, found["card"]))


def _card(output: Output, found: dict[str, Any]) -> str:
    from etude.lab.critic.tables import sentences, tables

    parts = [f"{title}\n{output.table(header, rows)}" for title, header, rows in tables(found)]
    return "\n\n".join([*parts, "\n".join(sentences(found))])


@command.command(
    "score",
    epilog=examples("etude critic score out/*.mid", "etude critic score tune.abc --critic critics/folk --json"),
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@CRITIC
@answers
def score(output: Output, files: tuple[Path, ...], critic: str | None) -> None:
    """The chance that each tune of FILES (or folders) is real music, as a critic hears it."""
    from etude.lab.critic.asking import scored

    found = scored(files, critic)
    for line in found.refused:
        output.say(f"refused {line}")
    rows = [(one["path"], one["tune"], one["notes"], one["score"]) for one in found.scores]
    header = ["file", "tune", "notes", "chance of being real"]
    output.result({"scores": found.scores, "critic": found.critic}, output.table(header, rows))


@command.command(
    "compare",
    epilog=examples(
        "etude critic compare out --against folk", "etude critic compare out --against folk --critic critics/folk"
    ),
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--against", required=True, metavar="COLLECTION", help="Real music; its held-out pieces are compared."
)
@click.option("--tracks", type=click.Choice(["all", "melody", "drums"]), default="all", show_default=True)
@click.option(
    "--split", type=click.Choice(["valid", "test"]), default="test", show_default=True, help="Which side."
)
@click.option("--critic", metavar="FOLDER", help="A critic that lends its first weights.  [none: by chance]")
@answers
def compare(output: Output, files: tuple[Path, ...], **options: Any) -> None:
    """Train fresh critics to tell FILES from real music: 50 % means that they cannot."""
    from etude.lab.critic.asking import compared

    found = compared(files, say=output.say, **options)
    output.result(found.answer, found.text)


@command.command(
    "gain",
    epilog=examples("etude critic gain runs/mine --best-of 8", "etude critic gain runs/mine --against folk --json"),
)
@click.argument("model", required=False)
@click.option("--best-of", type=click.IntRange(2, 100), default=8, show_default=True, help="Pieces to choose from.")
@click.option("--count", type=click.IntRange(8, 10_000), default=40, show_default=True, help="Pieces chosen.")
@click.option("--against", metavar="COLLECTION", help="[default: the collection the critic was trained on]")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="The random number.")
@CRITIC
@answers
def gain(output: Output, model: str | None, **options: Any) -> None:
    """What choosing by a critic gains, on measures that it was not trained on."""
    from etude.lab.critic.asking import gained

    found = gained(model, **options)
    header = ["measure", "real", "spread", "first", "best", "nearer by", "low", "high"]
    output.result(found.answer, output.table(header, found.rows) + "\n" + found.text)

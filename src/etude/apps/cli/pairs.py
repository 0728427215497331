"""`etude pairs make` and `etude pairs read`: what people prefer, without their knowing what it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from etude.apps.cli.options import setting
from etude.apps.cli.output import Output, answers, examples

if TYPE_CHECKING:
    from etude.lab.listening import Results

AGAINST = ("baseline", "real")
UNRATED = "Hand out the folder 'page', and put what comes back into the folder 'answers' beside the key."


@click.group(
    "pairs", epilog=examples("etude pairs make runs/mine --out pairs", "etude pairs read pairs saved/*.json")
)
def command() -> None:
    """Make blind pairs for people to rate, and read what they said."""


def _against(context: click.Context, option: click.Parameter, text: str) -> tuple[str, ...]:
    kinds = tuple(dict.fromkeys(text.split(",")))
    if set(kinds) - set(AGAINST):
        raise click.BadParameter(f"'{text}' is none of {', '.join(AGAINST)}, or both with a comma between")
    return kinds


@command.command(
    "make",
    epilog=examples(
        "etude pairs make folk --out pairs",
        "etude pairs make runs/mine --against baseline --baseline runs/last-week --count 10 --seed 1",
    ),
)
@click.argument("model", required=False)
@setting("--count", click.IntRange(1, 200), 20, "Pairs, or single pieces.")
@click.option(
    "--against",
    default=",".join(AGAINST),
    show_default=True,
    callback=_against,
    metavar="KIND,...",
    help="What MODEL is held against, in equal parts: its baseline, real music that was held out.",
)
@click.option("--baseline", metavar="MODEL", help="Any other model.  [n-gram with copying, of the same music]")
@click.option("--data", metavar="COLLECTION", help="What MODEL learned from.  [as it says itself]")
@setting("--seconds", click.FloatRange(2, 300), 30.0, "Of each piece, at most.")
@setting(
    "--least",
    click.FloatRange(1, 300),
    6.0,
    "Of each piece; one too short for that is passed over, and the key says so.",
)
@click.option("--single", is_flag=True, help="Single pieces to mark, one by one, instead of pairs.")
@setting("--checks", click.IntRange(0, 50), 0, "Of them heard a second time, to see whether people listen.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="The random number.  [drawn, and kept in the key]")
@click.option("--soundfont", help="A .sf2 file, or 'none' for the built-in synthesiser.  [default: first found]")
@click.option("--private", is_flag=True, help="Use real music that may not be passed on: the pairs stay with you.")
@setting("--out", click.Path(path_type=Path, file_okay=False), Path("pairs"), "Folder.")
@answers
def make(output: Output, model: str | None, out: Path, **options: Any) -> None:
    """Pair pieces of MODEL with others, sides and order by chance, equally long and loud.

    OUT/page is for the raters: a page that opens from disk, names nobody, and saves their answers to a file.
    OUT/key.json says which was which: keep it.
    """
    from etude.lab.listening import Ask, make_pairs

    if options["least"] > options["seconds"]:
        raise click.UsageError("--least asks for more than --seconds allows.")
    made = make_pairs(model, out, Ask(**options), lambda event: output.say(event["text"]))
    answer = made.answer()
    for kind in dict.fromkeys(row["source"] for row in answer["passed_over"]):
        times = sum(row["source"] == kind for row in answer["passed_over"])
        output.say(f"{times} pieces of the {kind} were too short and passed over; the key lists them.")
    text = f"For the raters: {made.page}\nThe key, to keep: {made.key}\n\nThen: etude pairs read {out} ANSWERS..."
    output.result(answer, text)


@command.command(
    "read", epilog=examples("etude pairs read pairs", "etude pairs read pairs saved/answers-*.json --json")
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, metavar="[ANSWERS]...", type=click.Path(path_type=Path))
@answers
def read(output: Output, folder: Path, files: tuple[Path, ...]) -> None:
    """Say what people preferred: FOLDER holds the key, ANSWERS are the files they saved.

    Without ANSWERS it is all that lies in FOLDER/answers. Intervals are exact binomial ones, over answers and over
    pairs as most people chose; agreement is Krippendorff's alpha.
    """
    from etude.lab.listening import read_pairs

    found = read_pairs(folder, files)
    output.result(found.answer(), _tables(output, found))


def _tables(output: Output, found: Results) -> str:
    """The tables as text; where nobody has listened, that and what to do."""
    from etude.lab.listening.checks import Check
    from etude.lab.listening.results import Preferred, Rated

    if not found.answers:
        return f"{output.table(Preferred.HEADER, [])}\n\n{found.sentence} {UNRATED}"
    twice = [output.table(Check.HEADER, [row.row() for row in found.checks])] if found.checks else []
    return "\n\n".join(
        [
            output.table(Preferred.HEADER, [row.row() for row in found.preferred]),
            output.table(Rated.HEADER, [row.row() for row in found.rated]),
            output.table(["agreement on", "alpha"], list(found.agreement.items())),
            *twice,
            found.sentence,
        ]
    )

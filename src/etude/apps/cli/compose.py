"""`etude compose`: new pieces; and the options that `continue` shares with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from etude.apps.cli.options import Option, setting, together
from etude.apps.cli.output import Output, answers, examples
from etude.apps.cli.telling import telling_options, told
from etude.apps.cli.wanting import pitch_options, wanted, wanting_options

if TYPE_CHECKING:
    from etude.lab.composing import Wish
    from etude.lab.tasks import Task

SETTINGS = ("top_p", "top_k", "min_p", "typical", "repeat_rate", "repeat_penalty")  # of the sampling
WISHES = ("count", "bars", "seconds", "steps", "seed", "copying", "max_copied", "best_of", "critic", "strength")
UNKNOWN = "Originality: not known. What this model learned from is not at hand, nor an index of it."

_COUNT: tuple[Option, ...] = (
    setting("--count", click.IntRange(1, 10_000), 1, "Pieces a temperature."),
    click.option(
        "--temperature",
        metavar="T,...",
        help="0 safe .. 2 adventurous; several make a grid; 1:0.8:1 is one a field.  [model's own]",
    ),
)  # how many
_LENGTH: tuple[Option, ...] = (
    click.option("--bars", type=click.IntRange(1), help="So many bars, see --ending; with --form as they sound."),
    click.option("--seconds", type=click.FloatRange(0, min_open=True), help="Stop after this much music."),
    click.option("--steps", type=click.IntRange(1), help="Stop after this many drawn steps."),
)  # how long
_FILTERS: tuple[Option, ...] = (
    click.option("--top-p", type=float, help="Keep the likeliest values up to this probability."),
    click.option("--top-k", type=int, help="Keep this many of the likeliest values."),
    click.option("--min-p", type=float, help="Keep values at least this times as likely as the likeliest."),
    click.option("--typical", type=float, help="Keep values about as surprising as usual, up to this probability."),
)  # which values are drawn
_REPEATING: tuple[Option, ...] = (
    click.option("--repeat-rate", type=float, help="Share of 8-note passages that may come back in a piece."),
    click.option("--repeat-penalty", type=float, help="Nats against an immediate repetition."),
    click.option("--copying", is_flag=True, help="Mix MODEL with what the piece has said already."),
    click.option(
        "--max-copied",
        type=click.IntRange(1),
        metavar="NOTES",
        help="Draw again where more notes in a row stand in the music MODEL learned from.",
    ),
)  # how much of what was heard comes back
_CHOOSING: tuple[Option, ...] = (
    setting(
        "--best-of",
        click.IntRange(1, 1000),
        1,
        "Make N for each piece and keep the one that a critic prefers.",
        "N",
    ),
    click.option("--critic", metavar="FOLDER", help="That critic; it judges each piece.  [newest in ./critics]"),
)  # which of them are kept
_WRITING: tuple[Option, ...] = (
    click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="The random number.  [drawn and printed]"),
    click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path("out"),
        show_default=True,
        help="Folder.",
    ),
    click.option(
        "--format",
        "kinds",
        default="mid",
        show_default=True,
        help="mid,wav,png,svg,roll,sheet,abc,musicxml,letters,txt",
    ),
    click.option("--soundfont", help="A .sf2 file, or 'none' for the built-in synthesiser."),
)  # what becomes of them


def numbers(text: str | None) -> tuple[float | tuple[float, ...], ...]:
    """The numbers in `0.8,1.0:0.9:1.2`, those with colons as one for each field. Raises click.BadParameter."""
    if not text:
        return ()
    try:
        return tuple(tuple(map(float, part.split(":"))) if ":" in part else float(part) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"'{text}' is no list of numbers like 0.8,1.0,1.2") from error


# of every command that makes pieces
composing_options = together(
    *(*_COUNT, *_LENGTH, telling_options, wanting_options, *_FILTERS, *_REPEATING, *_CHOOSING, *_WRITING)
)
# of every command that makes other music of what it is handed, as long as that
reworking_options = together(*_COUNT, telling_options, pitch_options, *_FILTERS, *_CHOOSING, *_WRITING)


def make_pieces(
    output: Output, model: str | None, prompt: str | None, options: dict[str, Any], task: Task | None = None
) -> None:
    """Makes the pieces that the options ask for, one line each as they come."""
    from etude.lab.composing import pieces

    wish = _wish(options, task)
    made = []
    total = wish.count * max(1, len(wish.temperatures))
    with output.progress() as display:
        shown = display.add_task("composing", total=total)
        for piece in pieces(
            model,
            wish,
            prompt=prompt,
            out=options["out"],
            formats=options["kinds"].split(","),
            soundfont=options["soundfont"],
        ):
            made.append(piece.answer())
            display.advance(shown)
            if not output.as_json:
                click.echo(_line(made[-1]))
                if piece.originality is not None:
                    click.echo(f"  {piece.originality}")
                if piece.paid:
                    click.echo(f"  {_price(piece.paid)}")
                if piece.said:
                    click.echo(f"  {piece.said}")
            if len(made) == 1:
                for remark in piece.remarks:
                    output.say(remark)
    if made[0]["originality"] is None:
        output.say(UNKNOWN)
    output.result({"pieces": made}, reproduce=made[-1]["reproduce"])


def _wish(options: dict[str, Any], task: Task | None) -> Wish:
    from etude.lab.composing import Wish

    settings = {name: options.get(name) for name in SETTINGS}
    return Wish(
        **{name: options[name] for name in WISHES if name in options},
        temperatures=numbers(options["temperature"]),
        sampling={name: value for name, value in settings.items() if value is not None},
        told=told(options),
        constraints=wanted(options),
        ending=options["ending"] if options.get("bars") or options.get("ending") == "close" else "open",
        task=task,
    )


def _price(paid: Mapping[str, float]) -> str:
    """What the constraints cost, in nats of the model's own probability."""
    parts = ", ".join(f"{name} {nats:.1f}" for name, nats in paid.items())
    return f"nats that the model had given to what was not allowed: {parts}"


def _line(piece: dict[str, Any]) -> str:
    ending = "" if piece["ended"] else ", cut at its full length"
    if piece["critic"] is not None:
        ending += f", {piece['critic']:.0%} likely to be real says the critic"
    return (
        f"{' '.join(piece['paths'])}  {piece['notes']} notes, {piece['bars']} bars, "
        f"{piece['seconds_of_music']:.1f} s, seed {piece['seed']}, temperature {piece['temperature']}{ending}"
    )


@click.command(
    "compose",
    epilog=examples(
        "etude compose runs/mine --count 4 --temperature 0.8,1.0 --format mid,wav",
        "etude compose folk --bars 16 --format mid,abc",
        'etude compose runs/mine --prompt "C4 E4 G4" --bars 16 --seed 7',
        'etude compose runs/mine --bars 8 --scale "D dorian" --range G3-G5 --chords "Dm G Am Dm"',
    ),
)
@click.argument("model", required=False)
@click.option("--prompt", metavar="FILE/TEXT/random", help="A file, typed ABC, letters or note names, or 'random'.")
@composing_options
@answers
def command(output: Output, model: str | None, prompt: str | None, **options: Any) -> None:
    """Make new pieces with MODEL: a bundled name, a run folder, or an exported .etude file.

    Without MODEL it is the newest run in ./runs, else the first model that comes with etude.
    """
    make_pieces(output, model, prompt, options)

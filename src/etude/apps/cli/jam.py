"""`etude jam`: a model that listens and answers."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from typing import Any

import click

from etude.apps.cli.output import Answered, Output, answers, examples
from etude.apps.cli.play import path_option, sounding_line
from etude.errors import UsageError


@click.command(
    "jam",
    epilog=examples(
        "etude jam runs/mine --in Keyboard --out Synth --tempo 100 --record jam.mid",
        "etude jam runs/mine --virtual --mode accompany",
    ),
)
@click.argument("model", required=False)
@click.option("--in", "heard", metavar="PORT", help="Hear the port with this in its name, or socket:HOST:PORT.")
@click.option("--out", "port", metavar="PORT", help="Play to the port with this in its name, or socket:HOST:PORT.")
@click.option("--virtual", is_flag=True, help="Offer ports 'etude in' and 'etude' that other programs connect to.")
@click.option(
    "--mode", type=click.Choice(["call", "accompany"]), default="call", show_default=True, help="Who plays when."
)
@click.option(
    "--tempo", type=click.FloatRange(10, 480), default=100.0, show_default=True, help="Beats a minute of the pulse."
)
@click.option(
    "--rest",
    type=click.FloatRange(0.25, 16),
    default=1.0,
    show_default=True,
    help="Beats of rest that end a phrase.",
)
@click.option(
    "--end-controller", type=click.IntRange(0, 119), default=66, show_default=True, help="Pedal that ends a phrase."
)
@click.option("--end-key", type=click.IntRange(0, 127), help="Key that ends a phrase and does not sound.")
@click.option(
    "--takeover",
    type=click.IntRange(0, 119),
    default=80,
    show_default=True,
    help="Controller that gives the model the word, or takes it away.",
)
@click.option("--answer", type=click.FloatRange(1, 256), help="Beats of an answer.  [as long as the phrase]")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="The random number.  [drawn and printed]")
@click.option("--temperature", type=click.FloatRange(0, 10), help="0 safe .. 2 adventurous.  [model's own]")
@click.option("--clock", is_flag=True, help="Send MIDI clock.")
@path_option("--record", "Write both sides into a MIDI file, a track each.")
@path_option("--wav", "Write the sound of both sides.")
@answers
def command(output: Output, **options: Any) -> None:
    """Play with MODEL: it hears what you play, echoes it at once, and answers or accompanies on the beat."""
    from etude.lab.stage.wiring import outgoing

    if not options["virtual"] and not (options["heard"] and options["port"]):
        raise UsageError(
            "A jam needs a port to hear and one to play to: --in NAME --out NAME (`etude ports` lists them), "
            "or --virtual for ports that other programs connect to."
        )
    port = outgoing(options["port"], options["virtual"] and not options["port"])
    played, seed = _jam(output, options, port)
    answer = {**played.answer(), "seed": seed}
    output.result(answer, _lines(answer), reproduce=played.played.reproduce)
    if played.played.code:
        raise Answered(played.played.code)


def _jam(output: Output, options: dict[str, Any], port: Any) -> tuple[Any, int]:
    """What became of the jam, and its seed."""
    from etude.lab.stage.jam import Guest, jam
    from etude.lab.stage.playing import Setting
    from etude.live.jamming import Rules

    seed = secrets.randbits(31) if options["seed"] is None else options["seed"]
    rules = Rules(
        **{name: options[name] for name in ("mode", "rest", "end_controller", "end_key", "takeover", "answer")}
    )
    files = {name: options[name] for name in ("record", "wav")}
    setting = Setting(look_ahead=1.0, tempo=options["tempo"], clock_out=options["clock"], **files)
    with ExitStack() as opened:

        def prepare(player: Any, _: Any) -> None:
            from etude.lab.stage.wiring import incoming
            from etude.live.keys import keys

            name = options["heard"] or "etude in"
            opened.callback(incoming(name, player, virtual=not options["heard"]).close)
            if opened.enter_context(keys(player.inbox)):
                output.say("q quit  ! panic  up/down tempo  [ ] temperature")

        guest = Guest(options["model"], seed, options["temperature"])
        return jam(guest, rules, setting, port, prepare, output.say), seed


def _lines(answer: dict[str, Any]) -> str:
    echo, thought = answer["echo_ms"], answer["answer_ms"]
    parts = [f"{answer['phrases']} phrases answered"]
    if echo:
        parts.append(f"echo p50 {echo['p50']:.2f} p99 {echo['p99']:.2f} ms")
    if thought:
        parts.append(f"answer computed p50 {thought['p50']:.1f} p95 {thought['p95']:.1f} ms after a note")
    return ", ".join(parts) + "\n" + sounding_line(answer)

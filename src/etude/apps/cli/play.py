"""`etude play`: a model, live."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from etude.apps.cli.output import Answered, Output, answers, examples
from etude.errors import UsageError

Function = Callable[..., None]


def path_option(name: str, help_text: str) -> Callable[[Function], Function]:
    """An option that names a file to write."""
    return click.option(name, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help=help_text)


def sounding_line(answer: dict[str, Any]) -> str:
    """One line of what became of a session."""
    late = answer["late_ms"]
    punctual = f", late p50 {late['p50']:.2f} p99 {late['p99']:.2f} max {late['max']:.2f} ms" if late else ""
    files = "".join(f"\n{name}" for name in answer["files"])
    return (
        f"{answer['events']} events{punctual}, {answer['underruns']} underruns, "
        f"{answer['hanging_notes']} hanging notes{files}"
    )


@click.command(
    "play",
    epilog=examples(
        "etude play runs/mine --virtual --record session.mid",
        "etude play runs/mine --bars 16 --seed 7 --wav session.wav",
        "etude play --selftest 60",
    ),
)
@click.argument("model", required=False)
@click.option("--port", metavar="NAME", help="Send to the port with this in its name, or to socket:HOST:PORT.")
@click.option("--virtual", is_flag=True, help="Offer a port 'etude' that other programs connect to.")
@path_option("--record", "Write a MIDI file of what was played.")
@path_option("--wav", "Write the sound of what was played.")
@click.option("--soundfont", help="For --wav: a .sf2 file, or 'none' for the built-in synthesiser.")
@click.option("--bars", type=click.IntRange(1), help="Stop after so many bars.  [endless]")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="The random number.  [drawn and printed]")
@click.option("--temperature", type=click.FloatRange(0, 10), help="0 safe .. 2 adventurous.  [model's own]")
@click.option("--prompt", metavar="FILE/TEXT", help="Begin with this music.")
@click.option("--tempo", type=click.FloatRange(10, 480), help="Beats a minute.  [the music's own]")
@click.option(
    "--look-ahead",
    type=click.FloatRange(1, 256),
    default=8.0,
    show_default=True,
    help="Beats of music that lie ready.",
)
@click.option("--also", metavar="MODEL", multiple=True, help="Another model, which the key m changes to.")
@click.option("--in", "heard", metavar="NAME", help="Hear controllers (and with --follow a clock) from this port.")
@click.option("--control", metavar="NAME=CC,...", help="[temperature=1,density=74,register=71]")
@click.option("--clock", is_flag=True, help="Send MIDI clock.")
@click.option("--follow", is_flag=True, help="Let the clock that comes in through --in start, stop and lead.")
@click.option("--fast", is_flag=True, help="Wait for nothing: on the virtual clock, into files.  [without a port]")
@click.option("--selftest", type=click.FloatRange(2), metavar="SECONDS", help="Measure timing on this machine.")
@click.option("--panic", is_flag=True, help="Silence everything at --port, and end.")
@answers
def command(output: Output, **options: Any) -> None:
    """Play MODEL live: into a MIDI port, a file, or both; without any, into session.mid."""
    if options["panic"]:
        _panic(output, options)
    elif options["selftest"] is not None:
        from etude.lab.stage.selftest import report, selftest

        figures = selftest(options["model"], options["selftest"], say=output.say)
        output.result(figures, report(figures))
    else:
        _play(output, options)


def _panic(output: Output, options: dict[str, Any]) -> None:
    from etude.lab.stage.wiring import outgoing, panic
    from etude.live import MonotonicClock

    if options["port"] is None:
        raise UsageError("Which port is to be silenced? `etude ports` lists them: etude play --panic --port NAME")
    port = outgoing(options["port"])(MonotonicClock())
    try:
        sent = panic(port)
    finally:
        port.close()
    output.result({"events": sent, "port": port.name}, f"Silence sent to {port.name}: {sent} messages.")


def _play(output: Output, options: dict[str, Any]) -> None:
    import secrets

    from etude.lab.stage.playing import Setting, play
    from etude.lab.stage.wiring import outgoing
    from etude.lab.stage.wish import Wish

    to_port = options["port"] is not None or options["virtual"]
    fast = options["fast"] or not (to_port or options["heard"])
    if fast and to_port:
        raise UsageError("--fast plays into files, where nobody waits: leave out --port and --virtual.")
    if fast and options["bars"] is None:
        raise UsageError("Into a file plays so many bars: add --bars 16. To a port (--virtual) it plays on and on.")
    if options["follow"] and not options["heard"]:
        raise UsageError("--follow needs the port that the clock comes from: --in NAME (`etude ports` lists them).")
    record = options["record"] or (Path("session.mid") if fast and not options["wav"] else None)
    seed = secrets.randbits(31) if options["seed"] is None else options["seed"]
    wish = Wish(options["model"], seed, options["temperature"], options["bars"], options["prompt"])
    setting = Setting(
        look_ahead=options["look_ahead"],
        tempo=options["tempo"],
        virtual=fast,
        clock_out=options["clock"],
        start_stopped=options["follow"],
        record=record,
        wav=options["wav"],
        soundfont=options["soundfont"],
    )
    with ExitStack() as opened:

        def prepare(player: Any) -> None:
            _prepare(output, options, player, opened)

        played = play(wish, setting, outgoing(options["port"], options["virtual"]), prepare, output.say)
    output.result(
        {**played.answer(), "seed": seed}, f"{sounding_line(played.answer())}", reproduce=played.reproduce
    )
    if played.code:
        raise Answered(played.code)


def _prepare(output: Output, options: dict[str, Any], player: Any, opened: ExitStack) -> None:
    """Opens what the player listens to: keys of the terminal, controllers, a clock."""
    from etude.lab.loading import default_model
    from etude.lab.stage.wiring import incoming
    from etude.live.controllers import Knobs, controller_map
    from etude.live.following import Following
    from etude.live.keys import HELP, keys

    controllers = controller_map(options["control"])
    if options["also"]:
        player.models = [*options["also"], str(options["model"] or default_model())]
    if options["heard"]:
        player.listener = Knobs(controllers, Following() if options["follow"] else None)
        opened.callback(incoming(options["heard"], player).close)
    if not player.clock.virtual and opened.enter_context(keys(player.inbox)):
        output.say(HELP)

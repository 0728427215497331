"""The group of all commands, loaded one at a time, and the one place where a command ends."""

from __future__ import annotations

import signal
import sys
import warnings
from importlib import import_module
from typing import Any

import click

from etude.apps.cli.ending import end
from etude.errors import EtudeError, interruption
from etude.registry import PluginWarning, added

# name -> (module under etude.apps.cli, what it does). `etude --help` reads this table and imports nothing more.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "Train on built-in tunes, compose beside baselines, and write a page to open."),
    "ingest": ("ingest", "Read a collection safely; every file gets a row in the ledger."),
    "train": ("train", "Train a model of your music."),
    "compose": ("compose", "Make new pieces."),
    "continue": ("continue_", "Go on from a file or from typed music."),
    "harmonise": ("harmonise", "Write the missing voices of a tune."),
    "accompany": ("accompany", "Play drums to a tune."),
    "infill": ("infill", "Compose some bars of a piece anew, hearing both sides."),
    "bridge": ("bridge", "Compose bars that lead from one piece to another."),
    "vary": ("vary", "Variations on a tune: some of its bars composed anew."),
    "evaluate": ("evaluate", "Likelihood on held-out pieces, beside the baselines."),
    "calibrate": ("calibrate", "Find the sampling settings that match the collection; keep them with the run."),
    "measure": ("measure", "Measures of files: range, rhythm, repetition, bars."),
    "critic": ("critic", "Train a judge of music; score files; test whether they pass for real."),
    "gallery": ("gallery", "Show what models compose, none chosen and none left out, on a page each."),
    "pairs": ("pairs", "Make blind pairs for people to rate, and read what they said."),
    "play": ("play", "Play a model live: into a MIDI port, a file, or both."),
    "jam": ("jam", "Play with a model that listens, answers and accompanies."),
    "ports": ("ports", "List the MIDI ports of this machine."),
    "studio": ("studio", "Compose, listen and compare in a local web page."),
    "pieces": ("pieces", "List what you made in the studio; tag it."),
    "render": ("render", "Turn files into sound, piano rolls and sheet music."),
    "export": ("export", "Write a trained model into one file that needs no torch."),
    "bundle": ("bundle", "Make a run a model that is called by name, with its card."),
    "bench": ("bench", "Speed of etude beside a reference, timed in turn."),
    "study": ("study", "Say which change did what: arms that differ in one thing, over the same seeds."),
    "reproduce": ("reproduce", "Do a recorded experiment again, from data to its table."),
    "runs": ("runs", "List, show and compare training runs."),
    "models": ("models", "List the models you can compose with."),
    "plugins": ("plugins", "List what other packages add, and what is wrong with it."),
    "doctor": ("doctor", "Show what is installed, what is missing, and how to get it."),
    "config": ("config", "Show settings and where each comes from."),
    "rerun": ("rerun", "Make a file again from the line inside it, and say if it is the same."),
}

EXIT_CODES = (
    "Exit codes: 0 done, 1 failed, 2 usage, 3 bad input, 4 an optional part is missing, 130 Ctrl-C, 143 SIGTERM."
)


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS, *added("commands", COMMANDS)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in COMMANDS:
            command: click.Command = import_module(f"etude.apps.cli.{COMMANDS[name][0]}").command
            return command
        plugin = added("commands", COMMANDS).get(name)
        if plugin is None:
            return None
        found = plugin.load()
        if not isinstance(found, click.Command):
            raise EtudeError(f"{plugin} cannot be run: it is no click.Command but {type(found)}.")
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, purpose) for name, (_, purpose) in COMMANDS.items()])
        if plugins := added("commands", COMMANDS):
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(name, f"{one.package} {one.version}") for name, one in plugins.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        import difflib

        if args and args[0] not in COMMANDS and args[0] not in (known := self.list_commands(ctx)):
            near = difflib.get_close_matches(args[0], known, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"There is no command '{args[0]}'.{hint} See 'etude --help'.", ctx)
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        import etude

        click.echo(f"etude {etude.__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version."
)
def cli() -> None:
    """Learn symbolic music from your own tunes, compose, listen, and judge it by evidence.

    \b
    Start here:
      etude demo                                 the whole loop on built-in folk tunes
      etude train --data my-tunes --out my-run   learn from a folder of MIDI, ABC or MusicXML
      etude compose my-run --count 4             new pieces from what it learned
    """


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and leaves the process with its exit code."""
    heard = _listen()
    words = sys.argv[1:] if arguments is None else arguments
    _tell_plainly({"-q", "--quiet"} & set(words) != set())
    try:
        cli.main(args=words, prog_name="etude", standalone_mode=False)
        if sys.stdout is not None:  # None when it was closed before the start
            sys.stdout.flush()
        code = 0
    except BaseException as error:  # the one place where errors end
        if heard and isinstance(error, Exception):
            error = interruption(heard[0])  # a library took the signal for an error of its own
        code = end(error, "--json" in words)
    sys.exit(code)


def _tell_plainly(quiet: bool) -> None:
    """Shows what is said of plugins as a line of its own, without the place in etude that says it."""
    usual = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        if not issubclass(category, PluginWarning):
            usual(message, category, *place, **more)
        elif not quiet:
            click.echo(f"careful: {message}", err=True)

    warnings.showwarning = show


def _listen() -> list[int]:
    """Makes Ctrl-C and SIGTERM raise; returns the list that fills with their numbers."""
    heard: list[int] = []

    def stop(number: int, _: object) -> None:
        heard.append(number)
        raise interruption(number)

    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not ignored, as under nohup
        signal.signal(signal.SIGINT, stop)
    return heard

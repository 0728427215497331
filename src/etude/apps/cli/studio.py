"""`etude studio`: the local web page to compose, listen and compare."""

from __future__ import annotations

from pathlib import Path

import click

from etude.apps.cli.output import Output, answers, examples


@click.command("studio", epilog=examples("etude studio", "etude studio --port 0 --runs experiments"))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes one that is free."
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("studio"),
    show_default=True,
    help="Where it keeps what you make and say.",
)
@click.option(
    "--runs",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs"),
    show_default=True,
    help="Where your own models lie.",
)
@click.option(
    "--studies",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("studies"),
    show_default=True,
    help="Where the reports of your studies lie.",
)
@click.option("--open/--no-open", "show", default=True, show_default=True, help="Open it in your browser.")
@answers
def command(output: Output, port: int, folder: Path, runs: Path, studies: Path, show: bool) -> None:
    """Compose, listen and compare in a web page that only this machine can open. Ctrl-C ends it.

    The address it prints holds a token: whoever has it may use the studio.
    """
    from etude.errors import MissingPart

    try:
        from etude.apps.studio.server import serve
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn", "wsproto"):
            raise
        raise MissingPart("The studio", "studio") from error

    def opened(address: str) -> None:
        output.result({"address": address}, address)
        output.say("The studio is ready. Ctrl-C ends it; what you made stays.")
        if show:
            import webbrowser

            webbrowser.open(address)

    serve(folder, runs, studies, port, opened)

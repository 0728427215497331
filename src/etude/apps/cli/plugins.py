"""`etude plugins`: what other packages add."""

from __future__ import annotations

import click

from etude.apps.cli.output import Output, answers, examples


@click.command("plugins", epilog=examples("etude plugins", "etude plugins --json"))
@answers
def command(output: Output) -> None:
    """List the formats, encodings, models, metrics, trackers, renderers and commands that other packages add.

    Each is loaded to see whether it can be. A name that etude has itself is refused.
    """
    from etude.apps.cli.main import COMMANDS
    from etude.lab.plugged import installed

    found = installed(COMMANDS)
    if not found and not output.as_json:
        output.say("No plugin is installed. How to make one: docs/plugins.md")
    header = ["kind", "name", "package", "", "detail"]
    output.result({"plugins": [vars(one) for one in found]}, output.table(header, (one.row for one in found)))

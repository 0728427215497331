"""The text of docs/commands.md, from the commands themselves: `make docs` writes it, a test compares it."""

from __future__ import annotations

import click

from etude.apps.cli.main import COMMANDS, EXIT_CODES, cli

LEAD = """# Commands

Written by `make docs` from the commands' own help. The contract behind it: data goes to stdout, progress and
messages to stderr; `--json` prints exactly one JSON object; nothing is left half-written after an error.
"""


def reference() -> str:
    """Markdown with the help of every command and subcommand."""
    context = click.Context(cli, info_name="etude")
    parts = [LEAD, EXIT_CODES]
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if command is not None:
            parts += _section(command, context, f"etude {name}")
    return "\n\n".join(parts) + "\n"


def _section(command: click.Command, parent: click.Context, title: str) -> list[str]:
    context = click.Context(command, info_name=title, parent=None, terminal_width=88)
    lines = [line.rstrip() for line in command.get_help(context).splitlines()]
    parts = [f"## {title}", "```text\n" + "\n".join(lines) + "\n```"]
    if isinstance(command, click.Group):
        for name in command.list_commands(parent):
            child = command.get_command(parent, name)
            if child is not None:
                parts += _section(child, parent, f"{title} {name}")
    return parts


if __name__ == "__main__":
    click.echo(reference(), nl=False)

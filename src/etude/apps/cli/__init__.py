"""The `etude` command. One file a subcommand; none is imported before it is called."""

from etude.apps.cli.main import main

__all__ = ["main"]

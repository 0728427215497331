"""`python -m etude` is the command `etude`."""

from etude.apps.cli import main

main()

"""`etude doctor`: what is installed, what is missing, how to get it."""

from __future__ import annotations

import click

from etude.apps.cli.output import Output, answers, examples


@click.command("doctor", epilog=examples("etude doctor", "etude doctor --json"))
@answers
def command(output: Output) -> None:
    """Show what is installed, what is missing, and how to get it."""
    from etude.lab.inspect import doctor

    found = doctor()
    lines = [f"{name} {version}" for name, version in found["versions"].items()]
    machine = found["machine"]
    lines.append(f"{machine['system']} {machine['architecture']}, {machine['cores']} cores, {machine['processor']}")
    table = output.table(
        ["part", "", "detail"], [(part.name, "ok" if part.ready else "--", part.detail) for part in found["parts"]]
    )
    answer = {**found, "parts": [vars(part) for part in found["parts"]]}
    output.result(answer, ", ".join(lines) + "\n\n" + table)

"""`etude doctor`: what is installed, what is missing, how to get it."""

from __future__ import annotations

import click

from etude.apps.cli.output import Output, answers, examples


@click.command("doctor", epilog=examples("etude doctor", "etude doctor --json", "etude doctor --licences"))
@click.option("--licences", is_flag=True, help="List the terms of every package, built-in collection and model.")
@answers
def command(output: Output, licences: bool) -> None:
    """Show what is installed, what is missing, and how to get it."""
    if licences:
        _licences(output)
        return
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


def _licences(output: Output) -> None:
    """The terms of everything that etude stands on."""
    from etude.lab.licences import licences

    found = licences()
    table = output.table(
        ["kind", "name", "licence", "detail"], [(one.kind, one.name, one.licence, one.detail) for one in found]
    )
    output.result({"licences": [vars(one) for one in found]}, table)

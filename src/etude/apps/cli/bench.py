"""`etude bench`: speed beside a reference."""

from __future__ import annotations

from dataclasses import asdict

import click

from etude.apps.cli.output import Output, answers, examples


@click.command("bench", epilog=examples("etude bench", "etude bench decode render --quick"))
@click.argument("names", nargs=-1)
@click.option("--quick", is_flag=True, help="Fewer rounds: a first look, not a figure to quote.")
@answers
def command(output: Output, names: tuple[str, ...], quick: bool) -> None:
    """Speed of etude beside a reference, timed in turn."""
    from etude.lab import bench
    from etude.lab.environment import machine

    results = []
    for result in bench.run(names, quick=quick):
        output.say(f"{result.name}: done")
        results.append(result)
    rows = [
        (r.name, r.ratio, r.ours, r.reference if r.reference is not None else "not installed", r.unit)
        for r in results
    ]
    where = machine()
    text = output.table(["bench", "ratio", "ours", "reference", "unit"], rows)
    text += "\n\n" + "\n".join(f"{r.name}: {r.settings} {' '.join(r.notes)}".rstrip() for r in results)
    text += f"\n\nMedians of paired rounds on {where['cores']} cores, {where['processor']}."
    output.result({r.name: asdict(r) for r in results}, text)

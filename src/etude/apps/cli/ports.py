"""`etude ports`: the MIDI ports of this machine."""

from __future__ import annotations

import click

from etude.apps.cli.output import Output, answers, examples


@click.command("ports", epilog=examples("etude ports", "etude ports --json"))
@answers
def command(output: Output) -> None:
    """List the MIDI ports that `play` can send to and `jam` can hear."""
    from etude.live.drivers import drivers, listed

    found, answering = listed(), drivers()
    if found:
        text = output.table(["port", "driver", ""], [(port.name, port.driver, port.direction) for port in found])
    elif answering:
        text = f"No program offers a port ({', '.join(answering)} answers). `etude play --virtual` makes one."
    else:
        text = (
            "No MIDI system answers on this machine. Play into files instead: "
            "etude play MODEL --record session.mid --bars 16"
        )
    output.result({"ports": [vars(port) for port in found], "drivers": answering}, text)

"""`jam`: a session with a human on the other side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from etude.lab.stage.playing import Played, Say, Setting, finish, on_stage, perform
from etude.live import Clock, Player, Port
from etude.live.controllers import Knobs
from etude.live.jamming import Jam, Rules
from etude.live.timing import as_answer, spread

TEMPO = 100.0  # beats a minute, where nobody says another
BEATS_AHEAD = 1.0


@dataclass(frozen=True)
class Guest:
    """Who the partner is: model None is the newest run, temperature None the model's own."""

    model: str | None = None
    seed: int = 0
    temperature: float | None = None


@dataclass
class Jammed:
    """What became of a jam."""

    played: Played
    jam: Jam

    def answer(self) -> dict[str, Any]:
        """The keys of `etude jam --json`."""
        thought = np.array(self.jam.thought_ms)
        return {
            **self.played.answer(),
            "phrases": self.jam.phrases,
            "echo_ms": as_answer(spread(np.array(self.jam.echo_ms))),
            "answer_ms": None
            if not len(thought)
            else {
                "p50": round(float(np.percentile(thought, 50)), 3),
                "p95": round(float(np.percentile(thought, 95)), 3),
                "max": round(float(thought.max()), 3),
            },
        }


def jam(
    guest: Guest,
    rules: Rules,
    setting: Setting,
    port: Callable[[Clock], Port],
    prepare: Callable[[Player, Jam], Any],
    say: Say = lambda text: None,
) -> Jammed:
    """Plays with a human until it is stopped, then writes the files.

    `prepare` is called with the player before it starts, to open the port that is heard. Raises as `play` does.
    """
    session = Jam(rules, Knobs())
    with on_stage("jam", vars(guest), port, setting) as (player, facts):
        player.listener = session
        prepare(player, session)
        session.begin(player)
        played = perform(player, facts, setting, say)
    from etude.lab.provenance import Provenance

    line = Provenance(
        command="jam",
        model=str(facts["name"]),
        model_sha256=str(facts["sha256"]),
        seed=guest.seed,
        index=0,
        options={"tempo": setting.tempo, "mode": rules.mode},
    ).line()
    finish(played, setting, line)
    return Jammed(played, session)

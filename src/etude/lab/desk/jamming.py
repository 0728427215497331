"""A jam in the studio: the player of `etude jam` between a page's keys and its sound, kept as a piece."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from etude.files import write_atomically
from etude.lab.desk.growing import whole
from etude.lab.desk.making import FACTS, STEM
from etude.lab.stage.jam import Guest, Jammed, jam
from etude.lab.stage.playing import Setting
from etude.lab.stage.sinks import score_of
from etude.live import Clock, Heard, Order, Player, Port, PortError
from etude.live.jamming import HUMAN_CHANNEL, Jam, Rules
from etude.live.messages import control, note_off, note_on

Tell = Callable[[dict[str, Any]], None]
LONGEST = 3600.0  # seconds of a jam
TAKEOVER = 80  # the controller that gives the model the word


class PagePort:
    """A port whose messages a page hears, with milliseconds since it was opened; its human's own it has heard."""

    name = "the page"

    def __init__(self, clock: Clock, tell: Tell) -> None:
        self.clock, self.tell = clock, tell
        self.begun, self.closed = clock.now(), False

    def send(self, message: bytes) -> None:
        """Tells the page. Raises PortError when it has gone."""
        if self.closed:
            raise PortError("The page has gone.")
        if message[0] < 0xF0 and message[0] & 0x0F != HUMAN_CHANNEL:
            self.tell({"at": round((self.clock.now() - self.begun) / 1e6, 2), "message": list(message)})

    def close(self) -> None:
        """Nothing is told any more."""
        self.closed = True


class Room:
    """One jam. `play` holds its thread until the jam ends; everything else may be called from any other.

    asked: model, and seed, temperature, tempo, mode, rest, answer where they are not to be the usual ones.
    """

    def __init__(self, asked: Mapping[str, Any], tell: Tell) -> None:
        self.asked = {"seed": secrets.randbits(31), "tempo": 100.0, **asked}
        self.tell = tell
        self.player: Player | None = None
        self.port: PagePort | None = None
        self.over = False

    def play(self) -> Jammed:
        """Plays until `stop`. Raises EtudeError when the model cannot be played, or its process went."""
        guest = Guest(self.asked["model"], self.asked["seed"], self.asked.get("temperature"))
        named = {name: self.asked[name] for name in ("mode", "rest", "answer") if name in self.asked}
        setting = Setting(look_ahead=1.0, tempo=self.asked["tempo"], alone=False)
        limit = threading.Timer(LONGEST, self.stop)
        limit.daemon = True
        limit.start()
        try:
            return jam(guest, Rules(takeover=TAKEOVER, **named), setting, self._opened, self._begun)
        finally:
            limit.cancel()

    def hear(self, pitch: int, velocity: int) -> None:
        """A key went down; with velocity 0 it went up."""
        self._put(note_on(0, pitch, velocity) if velocity else note_off(0, pitch))

    def give(self, model: bool) -> None:
        """Gives the word to the model, or takes it away."""
        self._put(control(0, TAKEOVER, 127 if model else 0))

    def silence(self) -> None:
        """Ends whatever sounds and takes the word from the model."""
        self.give(model=False)
        if self.player is not None:
            self.player.inbox.put(Order("panic"))

    def stop(self) -> None:
        """Ends the jam, now or as soon as it has begun."""
        self.over = True
        if self.player is not None:
            self.player.inbox.put(Order("quit"))

    def leave(self) -> None:
        """The page has gone: nobody is told anything any more."""
        self.tell = lambda event: None
        self.stop()

    def _put(self, message: bytes) -> None:
        if self.player is not None:
            self.player.inbox.put(Heard(self.player.clock.now(), message))

    def _opened(self, clock: Clock) -> Port:
        self.port = PagePort(clock, lambda event: self.tell(event))
        return self.port

    def _begun(self, player: Player, _: Jam) -> None:
        self.player = player
        self.tell({"state": "playing", "seed": self.asked["seed"], "tempo": self.asked["tempo"]})
        if self.over:
            self.stop()


def kept(jammed: Jammed, folder: Path, asked: Mapping[str, Any]) -> bool:
    """Writes a jam into the folder of a piece, a track for either side; whether there was anything to keep."""
    from etude.formats.midi import FORMAT
    from etude.score import Metadata

    played = jammed.played
    name = Path(str(played.facts.get("name", asked["model"]))).stem
    licence = str(played.facts.get("licence") or "")
    meta = Metadata(title=f"Jam with {name}", composer="etude", licence=licence, reproduce=played.reproduce)
    score = score_of(played.player.outlet, meta)
    if not len(score):
        return False
    facts = {
        **{"title": meta.title, "model": name, "seed": asked["seed"], "temperature": asked.get("temperature")},
        **{"reproduce": played.reproduce, "kinds": ["mid"], "stopped": False, "copied": [], "jam": True},
        **whole(score),
    }
    facts |= {
        "note_count": len(facts["notes"]),
        "bar_count": max(0, len(facts["bars"]) - 1),
        "phrases": jammed.jam.phrases,
    }
    write_atomically(folder / f"{STEM}.mid", FORMAT.dump([score]))
    write_atomically(folder / FACTS, json.dumps(facts, default=str).encode())
    return True

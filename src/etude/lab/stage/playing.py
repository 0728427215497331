"""`play`: a session from its wishes to what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from etude.lab.stage.process import InProcess, Process
from etude.lab.stage.sinks import score_of, write_midi, write_wav
from etude.lab.stage.wish import Wish
from etude.live import (
    Clock,
    Inbox,
    MonotonicClock,
    Outlet,
    Plan,
    Player,
    Port,
    Pulse,
    Sent,
    Transport,
    VirtualClock,
    hanging,
    signals,
    undisturbed,
)
from etude.live.bars import Bars
from etude.live.timing import as_answer
from etude.score import Metadata

Say = Callable[[str], None]


@dataclass(frozen=True)
class Setting:
    """How a session is to be played, whatever it plays.

    tempo       beats a minute; None follows the music
    virtual     on the virtual clock: nothing waits, the same seed gives the same bytes
    clock_out   send MIDI clock
    alone       whether the process is the player's: it takes its signals, and asks for priority
    record      a MIDI file of what was sent
    wav         its sound
    """

    look_ahead: float = 8.0
    tempo: float | None = None
    virtual: bool = False
    clock_out: bool = False
    alone: bool = True
    start_stopped: bool = False  # wait for an external clock's start
    record: Path | None = None
    wav: Path | None = None
    soundfont: str | None = None


@dataclass
class Played:
    """What became of a session: the keys of `etude play --json`, and the player to look into."""

    player: Player
    facts: dict[str, Any]
    priority: str
    files: list[str] = field(default_factory=list)
    reproduce: str = ""

    @property
    def code(self) -> int:
        """The exit code: 0, or that of the signal which ended it (130 for Ctrl-C, 143 for SIGTERM)."""
        return 128 + self.player.signal if self.player.signal is not None else 0

    def answer(self) -> dict[str, Any]:
        """JSON values."""
        timing = self.player.outlet.timing
        drift = timing.drift()
        messages: Iterator[Sent] = iter(self.player.outlet.tape)
        return {
            "events": len(timing),
            "late_ms": as_answer(timing.lateness()),
            "chord_ms": as_answer(timing.chords()),
            "underruns": self.player.underruns,
            "missed": self.player.missed,
            "drift_ms": round(drift.ms, 3) if drift else None,
            "drift_interval_ms": [round(drift.low, 3), round(drift.high, 3)] if drift else None,
            "hanging_notes": len(hanging(sent.message for sent in messages)),
            "clock_ms": as_answer(self.player.ticker.timing.lateness()),
            "priority": self.priority,
            "model": self.facts.get("name"),
            "files": self.files,
        }


@contextmanager
def on_stage(
    kind: str, task: dict[str, Any], port: Callable[[Clock], Port], setting: Setting
) -> Iterator[tuple[Player, dict[str, Any]]]:
    """A Player with its music coming and its port open, and facts of its source; both are closed in the end.

    `port` is called while the generator's process starts.
    """
    clock: Clock = VirtualClock() if setting.virtual else MonotonicClock()
    inbox: Inbox = SimpleQueue()
    with ExitStack() as closing:
        source = InProcess(kind, task, inbox) if setting.virtual else Process(kind, task, inbox)
        closing.callback(source.close)
        opened = port(clock)
        closing.callback(opened.close)
        facts = source.facts if isinstance(source, InProcess) else source.ready()
        pulse = Pulse(clock.now(), 0.0, setting.tempo or 120.0)
        plan = Plan(look_ahead=setting.look_ahead, start_after=min(4.0, setting.look_ahead / 2))
        player = Player(source, Outlet(opened, clock), inbox, Transport(pulse, Bars()), plan)
        player.free_tempo = setting.tempo is None
        player.may_start = not setting.start_stopped
        player.ticker.on = setting.clock_out
        player.temperature = float(facts.get("temperature", 1.0))
        yield player, facts


def play(
    wish: Wish,
    setting: Setting,
    port: Callable[[Clock], Port],
    prepare: Callable[[Player], Any] | None = None,
    say: Say = lambda text: None,
    line: str | None = None,
) -> Played:
    """Plays the wished music until it ends or is stopped, then writes the files.

    `prepare` is called with the player before it starts, to give it a listener or keys; `line` stands in the files
    instead of one of its own. A signal ends it like the key q does: see `Played.code`. Raises EtudeError when
    generator or port went.
    """
    with on_stage("model", asdict(wish), port, setting) as (player, facts):
        if prepare is not None:
            prepare(player)
        played = perform(player, facts, setting, say)
    finish(played, setting, line or _line(wish, setting, facts))
    return played


def perform(player: Player, facts: dict[str, Any], setting: Setting, say: Say) -> Played:
    """Runs the player with nothing in its way, as far as the process is its own."""
    if not setting.alone:
        player.run()
        return Played(player, facts, "real-time priority: not asked for")
    with undisturbed(ask=not setting.virtual) as priority, signals(player.inbox, player.outlet):
        if not setting.virtual:
            say(priority)
        player.run()
    return Played(player, facts, priority)


def finish(played: Played, setting: Setting, line: str) -> None:
    """Writes what was recorded. Raises EtudeError when the music stopped because its generator went."""
    outlet = played.player.outlet
    meta = Metadata(title="Session", composer="etude", licence=played.facts.get("licence", ""), reproduce=line)
    played.reproduce = line
    if setting.record or setting.wav:
        score = score_of(outlet, meta)
        if setting.record:
            write_midi(score, setting.record)
            played.files.append(str(setting.record))
        if setting.wav:
            write_wav(score, setting.wav, setting.soundfont)
            played.files.append(str(setting.wav))
    played.player.check()


def _line(wish: Wish, setting: Setting, facts: dict[str, Any]) -> str:
    from etude.lab.provenance import Provenance

    options = {
        "bars": wish.bars,
        "temperature": wish.temperature,
        "tempo": setting.tempo,
        "look_ahead": setting.look_ahead,
        "prompt": wish.prompt,
        "virtual": setting.virtual or None,
        "soundfont": setting.soundfont,
    }
    return Provenance(
        command="play",
        model=str(facts.get("name")),
        model_sha256=str(facts.get("sha256")),
        seed=wish.seed,
        index=0,
        options={key: value for key, value in options.items() if value is not None},
    ).line()

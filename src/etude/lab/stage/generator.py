"""Pieces from a model, one after the other, as cues in beats: never further than a player asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.errors import UsageError
from etude.formats.midi.write import channels
from etude.lab.loading import Loaded, counted_folder, default_model, load
from etude.lab.run import Run
from etude.lab.stage.wish import Wish
from etude.live import Arrived, Cue, cue
from etude.live.bars import Bars
from etude.sampling import Length, piece_seed
from etude.sampling.compose import Growth
from etude.score import PROGRAM, Event, Track

if TYPE_CHECKING:
    from etude.encodings import Encoding, Reader

BATCH = 24  # events that are handed over together


def load_to_play(model: str | Path | None) -> Loaded:
    """The model, without torch. Raises UsageError for a run that was not exported, saying how to export it."""
    path = Path(model) if model is not None else default_model()
    if Run.is_run(path):
        run = Run.open(path)
        if not run.exported.is_file() and not counted_folder(run):
            raise UsageError(
                f"{path} has no exported model, and live playing does without torch. "
                f"Write it first: etude export {path} --out {path}/{run.exported.name}"
            )
    return load(path)


class Generator:
    """The music of a session. Each piece begins on the bar line after the one before."""

    def __init__(self, loaded: Loaded, wish: Wish) -> None:
        self.loaded, self.wish = loaded, wish
        self.temperature = wish.temperature
        self.bars = Bars()
        self.count = 0  # cues so far
        self.generation = 0
        self.horizon = 0.0
        self.ended = False
        self.stream = self._pieces(0.0, wish.seed)
        self.growth: Growth | None = None

    def ahead(self, beat: float) -> Iterator[Arrived]:
        """The music up to `beat`, in batches; the last one of the session says so."""
        while not self.ended and self.horizon < beat:
            batch: list[Cue] = []
            for one in self.stream:
                batch.append(one)
                self.horizon = max(self.horizon, one.beat)
                if len(batch) >= BATCH or self.horizon >= beat:
                    break
            else:
                self.ended = True
            yield Arrived(tuple(batch), self.horizon, self.generation, self.ended)

    def tell(self, name: str, value: Any) -> None:
        """Changes the temperature, or begins anew at a bar line with another seed or model."""
        if name == "temperature":
            self.temperature = float(value)
            self._warm()
        elif name == "restart":
            if value.get("model"):
                self.loaded = load_to_play(value["model"])
            self.wish = replace(self.wish, seed=int(value.get("seed", self.wish.seed + 1)), prompt=None)
            self.generation, self.horizon, self.ended = int(value["generation"]), float(value["beat"]), False
            self.bars.forget(self.horizon)
            self.stream = self._pieces(self.horizon, self.wish.seed)

    def _pieces(self, start: float, seed: int) -> Iterator[Cue]:
        """The cues of one piece after the other, the first of which begins at beat `start`."""
        index, left = 0, self.wish.bars
        while left is None or left > 0:
            end = start
            for one in self._piece(start, piece_seed(seed, index), left):
                end = max(end, one.beat)
                yield one
            end = self.bars.at_or_after(end) if end > start else self.bars.after(start)
            while left is not None and left > 0 and start < end - 0.01:
                left, start = left - 1, self.bars.after(start)
            index, start = index + 1, end

    def _piece(self, start: float, seed: int, bars: int | None) -> Iterator[Cue]:
        """The cues of the piece with `seed`, which begins at beat `start`."""
        sampling, encoding = self.loaded.sampling, self.loaded.encoding
        if self.temperature is not None:
            sampling = replace(sampling, temperature=self.temperature)
        growth = self.growth = Growth(self.loaded.stepper, encoding, self._prompt(), sampling, seed)
        steps = None if bars else self.loaded.metadata.get("longest_steps")
        seats = Seats(encoding)
        meter = (4, 4)
        for event in growth.events(Length(bars=bars, steps=steps)):
            beat = start + event.tick / encoding.tpq
            if event.kind == "meter":
                meter = (event.number, event.value)
            elif event.kind == "mark" and event.text.startswith("pickup:"):
                beat += int(event.text.partition(":")[2] or 0) / encoding.tpq
                event = Event(event.tick, "meter", 0, *meter)
            for one in seats.place(event, growth.walk.reader):
                yield self._cue(beat, one)

    def _cue(self, beat: float, event: Event) -> Cue:
        if event.kind == "meter":
            self.bars.change(beat, 4 * event.number / max(event.value, 1))
        self.count += 1
        return cue(beat, self.count, event)

    def _prompt(self) -> Any:
        from etude.lab.prompts import read_prompt

        return read_prompt(self.wish.prompt, self.loaded.encoding).music

    def _warm(self) -> None:
        """Lets the piece that is being made go on at the new temperature."""
        if self.growth is not None and self.temperature is not None:
            self.growth.walk.temperatures = (self.temperature,) * len(self.growth.walk.sizes)


class Seats:
    """MIDI channels for the tracks of a piece, and their programs the first time each is heard."""

    def __init__(self, encoding: Encoding, first: int = 0) -> None:
        """`first`: how many channels are left free for others."""
        self.encoding, self.first = encoding, first
        self.seats: dict[int, int] = {}

    def place(self, event: Event, reader: Reader) -> Iterator[Event]:
        """`event` with its channel as its track, after a change of program where one is due."""
        if event.kind not in ("on", "off", "control"):
            if event.kind in ("tempo", "meter"):
                yield event
            return
        if event.track not in self.seats:
            tracks = getattr(reader, "tracks", self.encoding.tracks)
            places = channels([Track()] * self.first + list(tracks))[self.first :]
            known = event.track < len(tracks)
            self.seats[event.track] = places[event.track][1] if known else event.track % 16
            if known:
                program = tracks[event.track].program
                yield Event(event.tick, "control", self.seats[event.track], PROGRAM, program)
        yield replace(event, track=self.seats[event.track])

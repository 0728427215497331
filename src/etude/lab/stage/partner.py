"""The model's side of a jam: it hears while the human plays, and has the beginning of an answer at hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from etude.errors import BadInput
from etude.lab.loading import Loaded
from etude.lab.stage.generator import Seats, load_to_play
from etude.lab.stage.prefill import Prefill
from etude.live import Arrived, Cue, cue
from etude.sampling.compose import prompt_steps
from etude.sampling.generate import Walk
from etude.score import Event, Mark, Score, quantise

TPQ = 480  # of what was heard
GRID = 120  # ticks: a sixteenth, to which notes are moved for a model of written music
CONTEXT = 64.0  # beats that are heard at most; older music is forgotten at the start of a phrase
OPENING = 64  # steps within which an answer's first note must come
LONGEST = 4096  # steps of one answer
FIRST_CHANNEL = 1  # of the model; the human has channel 0


@dataclass(frozen=True)
class Note:
    """One note of either side, in beats of the session."""

    beat: float
    length: float
    pitch: int
    velocity: int


class Answer:
    """Music that goes on from what was heard: events by beat, the first note at `start`."""

    def __init__(self, walk: Walk, seats: Seats, tpq: int) -> None:
        self.walk, self.seats, self.tpq = walk, seats, tpq
        self.waiting: list[Event] = []
        self.sounding: set[tuple[int, int]] = set()
        self.first: int | None = None  # tick of the first note
        for _ in range(OPENING):
            if self.first is not None or walk.done:
                break
            self._advance()

    def _advance(self) -> None:
        events = self.walk.advance()[1]
        if self.walk.done:
            events += self.walk.reader.finish()
        for event in events:
            place = (event.track, event.number)
            if event.kind == "on":
                self.first = event.tick if self.first is None else self.first
                self.sounding.add(place)
            elif event.kind == "off" and place in self.sounding:
                self.sounding.discard(place)
            else:
                continue  # the end of a note that the answer has not begun
            self.waiting.append(event)

    def events(self, ticks: float) -> Iterator[Event]:
        """The events of `ticks` ticks from the first note on; all notes end there."""
        if self.first is None:
            return
        end = self.first + ticks
        struck: set[tuple[int, int]] = set()
        for _ in range(LONGEST):
            while self.waiting:
                event = self.waiting.pop(0)
                place = (event.track, event.number)
                if event.tick >= end:
                    for track, number in sorted(struck):
                        yield Event(int(end), "off", track, number)
                    return
                (struck.add if event.kind == "on" else struck.discard)(place)
                yield event
            if self.walk.done:
                return
            self._advance()


class Partner:
    """A Maker that is told what the human plays. See `etude.live.jamming.Jam` for when it has the word."""

    def __init__(self, loaded: Loaded, seed: int, temperature: float | None) -> None:
        self.loaded, self.seed = loaded, seed
        sampling = loaded.sampling
        self.sampling = sampling if temperature is None else replace(sampling, temperature=temperature)
        performed = getattr(loaded.encoding, "time", "") == "performed" or loaded.encoding.name == "performance"
        self.grid = None if performed else GRID
        self.notes: list[Note] = []
        self.origin = 0.0  # beat at which what is heard begins
        self.prefill = Prefill(loaded.stepper)
        self.draft: Answer | None = None
        self.stream: Iterator[Cue] = iter(())
        self.horizon, self.generation, self.count, self.drawn = 0.0, 0, 0, 0
        self.active = False
        self.unheard = 0  # notes at which the model could not hear the phrase

    def tell(self, name: str, value: Any) -> dict[str, Any] | None:
        """Takes a note of the human, or the word; what it has thought of meanwhile."""
        if name == "heard":
            return self._heard(*value)
        if name == "answer":
            self._answer(value["beat"], value["beats"], value["generation"])
        elif name == "accompany":
            self._accompany(value)
        elif name == "hush":
            self._hush(float(value))
        elif name == "temperature":
            self.sampling = replace(self.sampling, temperature=float(value))
        return None

    def ahead(self, beat: float) -> Iterator[Arrived]:
        """The answer up to `beat`, while it has the word."""
        while self.active and self.horizon < beat:
            one = next(self.stream, None)
            if one is None:
                self.active = False
                yield Arrived((), self.horizon, self.generation, ended=self.bounded)
            else:
                self.horizon = max(self.horizon, one.beat)
                yield Arrived((one,), self.horizon, self.generation)

    bounded = True  # whether the end of the stream is the end of the answer

    def _heard(self, beat: float, length: float, pitch: int, velocity: int, count: int) -> dict[str, Any]:
        """Hears a note that has just ended, and drafts an answer in case the phrase ends with it."""
        self._forget(beat)
        self.notes.append(Note(beat, length, int(pitch), int(velocity)))
        self.draft = self._begun(None)
        return {"thought": count}

    def _forget(self, beat: float) -> None:
        """Begins the context anew at a bar when it has grown too long."""
        if not self.notes or beat - self.origin > CONTEXT:
            self.notes = [note for note in self.notes if note.beat >= beat - CONTEXT / 2]
            start = min([beat, *(note.beat for note in self.notes)])
            self.origin = float(int(start // 4) * 4)

    def _score(self, end: float | None) -> Score:
        """What was heard, up to beat `end`, as the model's encoding takes it."""
        rows = [
            (
                max(0, round((note.beat - self.origin) * TPQ)),
                max(1, round(note.length * TPQ)),
                note.pitch,
                min(max(note.velocity, 1), 127),
                0,
            )
            for note in self.notes
        ]
        marks = [Mark(round((end - self.origin) * TPQ), "end")] if end is not None else []
        score = Score.of(rows, tpq=TPQ, marks=marks)
        return quantise(score, self.grid) if self.grid else score

    def _begun(self, end: float | None) -> Answer:
        """An answer to what was heard, with its first note drawn."""
        stepper, encoding = self.loaded.stepper, self.loaded.encoding
        self.drawn += 1
        seed = np.random.SeedSequence(self.seed, spawn_key=(self.drawn,))
        try:
            steps = prompt_steps(stepper, encoding, self._score(end), self.sampling, seed)
        except BadInput:
            self.unheard += 1
            steps = prompt_steps(stepper, encoding, None, self.sampling, seed)
        walk = Walk(stepper, encoding.reader(), steps, self.sampling, seed)
        walk.state, walk.waiting = self.prefill.state_before_last(steps), steps[-1:]
        walk.may_end = False
        return Answer(walk, Seats(encoding, FIRST_CHANNEL), encoding.tpq)

    def _answer(self, start: float, beats: float, generation: int) -> None:
        """Takes the word: the draft, or a new answer, from beat `start` on."""
        self.generation, self.horizon, self.active, self.bounded = generation, start, True, True
        answer = self.draft or self._begun(None)
        self.draft = None
        self.stream = self._cues(answer, start, beats)

    def _cues(self, answer: Answer, start: float, beats: float) -> Iterator[Cue]:
        """The cues of an answer, which is also kept in mind."""
        if answer.first is None:
            return
        shift = start - answer.first / answer.tpq
        struck: dict[tuple[int, int], tuple[float, int]] = {}
        for event in answer.events(min(beats, 1e6) * answer.tpq):
            beat = event.tick / answer.tpq + shift
            self._remember(struck, event, beat)
            for one in answer.seats.place(event, answer.walk.reader):
                self.count += 1
                yield cue(beat, self.count, one)
        self.horizon = max(self.horizon, start + beats) if beats < 1e6 else self.horizon

    def _remember(self, struck: dict[tuple[int, int], tuple[float, int]], event: Event, beat: float) -> None:
        """Keeps the model's own notes, so that it hears them in what follows."""
        place = (event.track, event.number)
        if event.kind == "on":
            struck[place] = (beat, event.value)
        elif place in struck:
            begin, velocity = struck.pop(place)
            self.notes.append(Note(begin, beat - begin, event.number, velocity))

    def _hush(self, beat: float) -> None:
        """The human has the word again; what was to come after `beat` was not heard."""
        self.active, self.draft = False, None
        self.stream = iter(())
        self.notes = [note for note in self.notes if note.beat < beat]

    def _accompany(self, wish: dict[str, Any]) -> None:
        """Draws one beat of music under the human's line."""
        beat = float(wish["beat"])
        kept = self.notes
        self._forget(beat)
        self.notes = self.notes + [
            Note(begin, max(beat - begin, 0.1), int(key), int(velocity)) for begin, key, velocity in wish["held"]
        ]
        answer = self._begun(beat)
        self.notes = [note for note in kept if note.beat >= self.origin]
        below = wish["below"] if wish["below"] is not None else 128
        self.horizon, self.active, self.bounded = beat, True, False
        self.stream = iter(list(self._under(answer, beat, below)))

    def _under(self, answer: Answer, start: float, below: int) -> Iterator[Cue]:
        """The cues of one beat from `start` on, of notes below pitch `below`."""
        struck: dict[tuple[int, int], tuple[float, int]] = {}
        left_out: set[tuple[int, int]] = set()
        shift = max(0.0, start - (self.origin + (answer.first or 0) / answer.tpq)) + self.origin
        for event in answer.events(answer.tpq):
            beat = event.tick / answer.tpq + shift
            place = (event.track, event.number)
            if event.kind == "on" and event.number >= below:
                left_out.add(place)
            if place in left_out:
                if event.kind == "off":
                    left_out.discard(place)
                continue
            self._remember(struck, event, beat)
            for one in answer.seats.place(event, answer.walk.reader):
                self.count += 1
                yield cue(beat, self.count, one)


def partner(task: dict[str, Any]) -> tuple[Partner, dict[str, Any]]:
    """(the Partner that `task` asks for: model, seed, temperature; facts of its model)."""
    from etude.lab.stage.child import facts_of

    loaded = load_to_play(task.get("model"))
    made = Partner(loaded, int(task.get("seed", 0)), task.get("temperature"))
    return made, facts_of(loaded, task.get("temperature"))

"""One piece made by a worker: heard while it grows, stopped on request, written into its folder."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.errors import BadInput, EtudeError, Reason
from etude.files import write_atomically
from etude.lab.composing import Piece, Wish, drawing_of, make, settled
from etude.lab.desk.growing import Ear, whole
from etude.lab.desk.overheard import Overheard, Stopped
from etude.lab.desk.plain import plain
from etude.lab.loading import PASSAGES, Loaded, load
from etude.lab.prompts import Prompt
from etude.lab.tasks import keep_beside, task_of
from etude.lab.writing import write_piece

if TYPE_CHECKING:
    from etude.lab.originality import Known
    from etude.score import Score

Say = Callable[[dict[str, Any]], None]
EVERY = 0.04  # seconds between two messages about a growing piece
FACTS = "piece.json"  # in the folder of a piece
STEM = "piece"  # of its files
NOTATION_FILE = f"{STEM}.abc"
NOTATION = ("abc", "letters")  # encodings whose pieces are written down, not only played


def make_piece(task: Mapping[str, Any], say: Say, stopped: Callable[[], bool]) -> dict[str, Any]:
    """The facts of the piece that `task` asks for, written into its folder. Raises EtudeError as composing does.

    task: model, wish (of `Wish`), index, seed, prompt (see `prompt_of`), folder, command and asked of a task.
    """
    loaded, known = loaded_model(task["model"])
    prompt = prompt_of(task.get("prompt") or {})
    wish = Wish(**task["wish"], task=task_of(task.get("command", "compose"), task.get("asked", {})))
    every = settled(loaded, wish, int(task["seed"]), None)
    take = _take(loaded, every, int(task["index"]))
    watch = Watch(loaded, say, silent=wish.task is not None)
    overheard = Overheard(loaded.stepper, watch.hear, stopped, remembers=wish.task is None)
    cut = False
    try:
        piece = make(replace(loaded, stepper=overheard), take, every, prompt, known)
    except Stopped as stop:
        if not stop.drawn or wish.task is not None:
            raise EtudeError("It was stopped before there was any music.") from stop
        overheard.replay()
        cut, every = True, replace(every, steps=stop.drawn)
        piece = make(replace(loaded, stepper=overheard), take, every, prompt, known)
    keep_beside(Path(task["folder"]), prompt, wish.task)
    return keep(piece, loaded, Path(task["folder"]), cut)


def _take(loaded: Loaded, wish: Wish, index: int) -> Any:
    from etude.sampling import takes

    sampling = replace(loaded.sampling, **wish.sampling)
    return takes(sampling, wish.temperatures, wish.count, wish.seed or 0)[index]


@lru_cache(maxsize=3)
def loaded_model(name: str) -> tuple[Loaded, Known | None]:
    """The model and the passages it learned from, where they lie ready."""
    from etude.lab.originality import known_passages

    loaded = load(name)
    ready = loaded.run is None or (loaded.run.folder / PASSAGES).is_file()
    return loaded, known_passages(loaded) if ready else None


def prompt_of(given: Mapping[str, Any]) -> Prompt:
    """The prompt: `text` that was typed, or a `file` of strangers or our own, of it what stands `before` that bar.

    A file is read by a guarded worker. Raises BadInput saying what is wrong with it.
    """
    from etude.formats import parse_prompt

    if given.get("file"):
        path = Path(given["file"])
        score = guarded(path)
        if given.get("before") is not None:
            score = bars_before(score, int(given["before"]))
            from etude.formats.midi import FORMAT

            return Prompt(score, FORMAT.dump([score]), ".mid")
        return Prompt(score, path.read_bytes(), path.suffix)
    if given.get("text"):
        return Prompt(parse_prompt(given["text"]), given["text"].encode(), ".txt")
    return Prompt("random" if given.get("random") else None)


def guarded(path: Path) -> Score:
    """The first tune of a file, read by a worker that may die. Raises BadInput with its reason."""
    from etude.formats import read_safely

    found = next(iter(read_safely([path], jobs=1)))
    for reading in found.readings:
        if reading.score is not None:
            return reading.score
    first = found.readings[0]
    raise BadInput(f"This file cannot be read: {first.detail}", first.reason or Reason.UNREADABLE)


def bars_before(score: Score, number: int) -> Score:
    """What is written before the bar of that number. Raises BadInput when there is none, or nothing before it."""
    from etude.score import numbered_bars
    from etude.score.transforms import cut

    bars = numbered_bars(score)
    if number not in bars or not bars[number][0]:
        raise BadInput(
            f"There is nothing before bar {number} of bars {min(bars)} to {max(bars)}.", Reason.BAD_NUMBER
        )
    return cut(score, 0, bars[number][0])


class Watch:
    """Tells of a growing piece: at most one message every EVERY seconds."""

    def __init__(self, loaded: Loaded, say: Say, silent: bool) -> None:
        self.ear, self.say, self.silent = Ear(loaded.encoding), say, silent
        self.notes: list[Any] = []
        self.steps, self.told, self.again = 0, 0.0, False

    def hear(self, steps: Any, fresh: bool) -> None:
        """Takes steps that the model is fed."""
        if self.silent:
            return
        if fresh:
            self.ear.begin()
            self.notes, self.steps, self.again = [], 0, True
        self.notes += self.ear.hear(steps)
        self.steps += len(steps)
        if time.monotonic() - self.told >= EVERY and (self.notes or self.again):
            self.say({"notes": self.notes, "again": self.again, "steps": self.steps, "tracks": self.ear.tracks()})
            self.notes, self.again, self.told = [], False, time.monotonic()


def keep(piece: Piece, loaded: Loaded, folder: Path, cut: bool) -> dict[str, Any]:
    """Writes the piece into its folder; returns what FACTS says of it."""
    kinds = ("mid", "abc") if loaded.encoding.name in NOTATION else ("mid",)
    paths = write_piece(piece.score, folder / STEM, kinds, drawing_of(piece, None))
    facts = {
        **replace(piece, paths=paths).answer(),
        "title": piece.score.meta.title,
        "model": loaded.name,
        "index": piece.index,
        "kinds": list(kinds),
        "stopped": cut,
        "bar_count": piece.bars,
        "copied": _copied(piece),
        **whole(piece.score, piece.prompt_end),
    }
    facts["note_count"] = len(facts["notes"])
    for key in ("path", "paths"):  # a page has no use for them
        facts.pop(key)
    kept: dict[str, Any] = plain(facts)
    write_atomically(folder / FACTS, json.dumps(kept, default=str).encode())
    return kept


def _copied(piece: Piece) -> list[list[Any]]:
    """[first second, last second, words] of each passage that is worth pointing out."""
    seconds = piece.score.seconds
    return [
        [
            *(round(float(at), 3) for at in seconds([one.begin, one.end])),
            f"{one.notes} notes as in {one.places[0].piece}",
        ]
        for one in (piece.originality.telling if piece.originality else ())
    ]

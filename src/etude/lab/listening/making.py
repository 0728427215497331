"""`etude pairs make`: a page for people to rate blind pairs on, and the key that says what each of them was."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from etude.errors import UsageError
from etude.files import sha256, write_atomically
from etude.lab.events import Watcher, nobody
from etude.lab.listening.key import FORMAT, KEY
from etude.lab.listening.page import rating_page, sound_file
from etude.lab.listening.planning import (
    ALONE,
    BASELINE,
    KINDS,
    MODEL,
    REAL,
    SIDES,
    Plan,
    plans,
    singles,
    with_repeats,
)
from etude.lab.listening.sounding import WITHIN, common_length, excerpt, renderer, write_sounds
from etude.lab.listening.sources import Heard, baseline_of, check_may_be_shown, composed, held_out
from etude.lab.loading import Loaded, load
from etude.render.audio.loudness import Samples

PAGE = "page"  # the folder that raters get
SPARE = 20  # pieces composed for each that is needed, at most; those that are too short are passed over


@dataclass(frozen=True)
class Ask:
    """How pairs are made."""

    count: int = 20
    against: Sequence[str] = KINDS
    baseline: str | None = None  # a model; None: what counting the same music gives
    data: str | None = None  # the collection the model learned from, where it does not say so itself
    seconds: float = 30.0  # of each piece, at most
    least: float = 6.0  # of each piece; where a piece is too short for that, the next one is taken
    seed: int | None = None  # None: drawn, and kept in the key
    soundfont: str | None = None
    private: bool = False  # real music that may not be passed on may be used
    single: bool = False  # pieces by themselves, each of the model or of what it is held against
    checks: int = 0  # of them heard a second time, to see whether people listen


@dataclass(frozen=True)
class Pairs:
    """What was made: the page that raters get, and the key that they do not."""

    page: Path
    key: Path
    told: Mapping[str, Any]

    def answer(self) -> dict[str, Any]:
        """The keys of `etude pairs make --json`; which side is which stands in the key alone."""
        shown = ("set", "count", "against", "seed", "loudness", "renderer", "passed_over")
        return {"page": self.page, "key_file": self.key, **{name: self.told[name] for name in shown}}


@dataclass
class Queue:
    """Pieces of one source, one after the other; those that are too short are counted, not hidden."""

    name: str
    pieces: Iterator[Heard]
    shortest: float  # seconds
    passed_over: list[Mapping[str, Any]] = field(default_factory=list)

    def next(self) -> Heard:
        """The next piece that is long enough. Raises UsageError when there is none any more."""
        for piece in self.pieces:
            if len(piece.score) and piece.score.duration >= self.shortest:
                return piece
            self.passed_over.append({"source": self.name, "seconds": piece.score.duration, **piece.told})
        raise UsageError(
            f"There are not enough pieces of {self.shortest:.1f} s or more from the {self.name}: "
            f"{len(self.passed_over)} were shorter. Ask for fewer pairs (--count) or shorter ones (--least)."
        )


def make_pairs(model: str | None, out: Path, ask: Ask | None = None, watch: Watcher = nobody) -> Pairs:
    """The pairs of a model in the folder `out`: `page` to hand to people, `key.json` to keep.

    Raises UsageError where real music may not be shown, or too few pieces are long enough.
    """
    ask = ask or Ask()
    if (out / KEY).exists():
        raise UsageError(
            f"{out / KEY} is the key of other pairs: without it nobody can read what people said of them. Choose "
            "another --out."
        )
    seed = secrets.randbits(31) if ask.seed is None else ask.seed
    loaded = load(model)
    watch(
        {"event": "stage", "text": f"composing with {loaded.name}, and what it is held against: {ask.count} times"}
    )
    queues = _queues(loaded, ask, seed)
    rows, sounds = _items(ask, seed, queues, watch)
    level = write_sounds([(out / PAGE / path, samples) for path, samples in sounds])
    told = {
        "format": FORMAT,
        "set": sha256(b"".join((out / PAGE / path).read_bytes() for path, _ in sounds))[:16],
        "count": len(rows),
        "sides": list(ALONE if ask.single else SIDES),
        "against": list(ask.against),
        "seed": seed,
        "model": {"name": loaded.name, "sha256": loaded.sha256},
        "loudness": round(level, 2),
        "renderer": renderer(ask.soundfont),
        "passed_over": [row for queue in queues.values() for row in queue.passed_over],
        "pairs": rows,
    }
    return _written(out, told, ask.private)


Item = tuple[dict[str, Any], list[tuple[Path, Samples]]]  # a row of the key; the file and the sound of each side


def _items(
    ask: Ask, seed: int, queues: Mapping[str, Queue], watch: Watcher
) -> tuple[list[dict[str, Any]], list[tuple[Path, Samples]]]:
    """The rows of the key and all sounds, in the order in which they are heard."""
    planned = (singles if ask.single else plans)(ask.count, ask.against, seed)
    if ask.checks > len(planned) // 2:
        raise UsageError(f"No more than {len(planned) // 2} of {len(planned)} can be heard twice (--checks).")
    items: list[Item] = []
    for number, plan in enumerate(with_repeats(planned, ask.checks, seed), 1):
        watch({"event": "stage", "text": f"{number} of {ask.count + ask.checks}"})
        if plan.repeats:
            items.append(_again(number, plan, items[plan.repeats - 1]))
        else:
            items.append((_single if ask.single else _pair)(number, plan, queues, ask))
    return [row for row, _ in items], [sound for _, heard in items for sound in heard]


def _again(number: int, plan: Plan, first: Item) -> Item:
    """What was heard before, once more; a pair with its sides swapped."""
    row, heard = first
    sounds = [samples for _, samples in heard][::-1]
    files = [sound_file(number, side) for side in SIDES]
    swapped = dict(zip(SIDES, [row[side] for side in SIDES if side in row][::-1], strict=False))
    told = {**row, **swapped, "pair": number, "ours": plan.ours, "repeats": plan.repeats}
    return told, list(zip(files, sounds, strict=False))


def _single(number: int, plan: Plan, queues: Mapping[str, Queue], ask: Ask) -> Item:
    """One piece by itself."""
    piece = queues[plan.against].next()
    seconds = common_length(piece.score, piece.score, ask.seconds)
    heard = [(sound_file(number, ALONE[0]), excerpt(piece.score, seconds, ask.soundfont))]
    told = {"pair": number, "against": plan.against, "ours": plan.ours, "seconds": round(seconds, 3)}
    return {**told, ALONE[0]: dict(piece.told)}, heard


def _pair(number: int, plan: Plan, queues: Mapping[str, Queue], ask: Ask) -> Item:
    """One pair: the model's piece and another, equally long."""
    sides = {plan.ours: queues[MODEL].next(), plan.theirs: queues[plan.against].next()}
    seconds = common_length(sides["a"].score, sides["b"].score, ask.seconds)
    heard = [(sound_file(number, side), excerpt(sides[side].score, seconds, ask.soundfont)) for side in SIDES]
    told = {side: dict(sides[side].told) for side in SIDES}
    return {"pair": number, "against": plan.against, "ours": plan.ours, "seconds": round(seconds, 3), **told}, heard


def _queues(loaded: Loaded, ask: Ask, seed: int) -> dict[str, Queue]:
    """Source -> its pieces."""
    from etude.lab.gallery.exhibit import material_of

    known = REAL in ask.against or (BASELINE in ask.against and ask.baseline is None)
    material = material_of(loaded, ask.data) if known else None
    shortest = ask.least / WITHIN
    most = SPARE * ask.count
    queues = {MODEL: Queue(MODEL, composed(loaded, seed, most, ask.seconds / WITHIN), shortest)}
    if REAL in ask.against and material is not None:
        check_may_be_shown(material, ask.private)
        queues[REAL] = Queue(REAL, held_out(loaded, material, seed), shortest)
    if BASELINE in ask.against:
        counted = baseline_of(loaded, ask.baseline, material)
        queues[BASELINE] = Queue(BASELINE, composed(counted, seed, most, ask.seconds / WITHIN), shortest)
    return queues


def _written(out: Path, told: Mapping[str, Any], private: bool) -> Pairs:
    """The page and the key, in folders of their own so that one can be handed on without the other."""
    page, key = out / PAGE / "index.html", out / KEY
    write_atomically(page, rating_page(told["set"], told["count"], private, told["sides"]).encode())
    write_atomically(key, f"{json.dumps(told, indent=1, sort_keys=True)}\n".encode())
    return Pairs(page, key, told)

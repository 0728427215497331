"""New pieces from a model, written to files that say how they were made."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.errors import UsageError
from etude.lab.copying import with_copying
from etude.lab.loading import Loaded, load
from etude.lab.originality import Known, known_passages
from etude.lab.prompts import Prompt, read_prompt
from etude.lab.provenance import Provenance
from etude.lab.tasks import Task, keep_beside
from etude.lab.telling import Start, guided, start_told
from etude.lab.wanting import bars_to_close, constraints_of, split_wish, under
from etude.lab.writing import Drawing, check_kinds, write_piece
from etude.score import Metadata, Score, count_bars

if TYPE_CHECKING:
    from etude.evaluation import Originality
    from etude.sampling import Composition, Length, Take

EVER = 10**8  # steps: as many as an ending needs


@dataclass(frozen=True)
class Wish:
    """What is wanted of the pieces. `sampling` overrides single settings of the model's own sampling."""

    count: int = 1
    temperatures: tuple[float | tuple[float, ...], ...] = ()  # a tuple: one a field; none: the model's own
    seed: int | None = None  # None: drawn and told
    bars: int | None = None
    seconds: float | None = None
    steps: int | None = None
    sampling: Mapping[str, Any] = field(default_factory=dict)
    copying: bool = False  # draw from the model mixed with what the piece has said already
    soundfont: str | None = None  # of the sound: a .sf2 file, or "none" for the built-in synthesiser
    told: Mapping[str, str] = field(default_factory=dict)  # condition -> its value, for a model that was told such
    strength: float = 1.0  # how much what is told counts
    constraints: Mapping[str, Any] = field(default_factory=dict)  # what every piece obeys, see `Constraints`
    ending: str = "open"  # of `bars`: "close" on the tonic, "open" cuts them, "auto" closes where the encoding can
    compared: bool = True  # each piece is held against what the model learned from, which is read for it once
    max_copied: int | None = None  # notes of the longest passage of the training music that a piece may have
    best_of: int = 1  # pieces made for each that is kept: the one that a critic prefers
    critic: str | None = None  # its folder; None: the newest in ./critics where one is needed
    task: Task | None = None  # what is done with the prompt, other than going on from it


@dataclass(frozen=True)
class Piece:
    """One piece and what became of it."""

    score: Score
    paths: list[Path]
    seed: int
    index: int
    temperature: float | tuple[float, ...]
    prompt_end: int  # ticks
    log_likelihood: float  # nats of the drawn steps
    ended: bool  # by the model, not by the length asked for
    text: str = ""  # as it was drawn, by a model of raw text
    originality: Originality | None = None  # None where the music the model learned from is not at hand
    critic: float | None = None  # the chance of being real, where a critic was asked
    paid: Mapping[str, float] = field(
        default_factory=dict
    )  # constraint -> nats the model gave to what it took away
    figures: Mapping[str, Any] = field(default_factory=dict)  # what a task tells of it besides, for --json
    remarks: tuple[str, ...] = ()  # what a person should know of how it was made
    said: str = ""  # the figures, in words

    @property
    def bars(self) -> int:
        """How many bars a musician counts in it."""
        return count_bars(self.score)

    def answer(self) -> dict[str, Any]:
        """The keys of one piece in `etude compose --json`."""
        return {
            "path": str(self.paths[0]) if self.paths else None,
            "paths": [str(path) for path in self.paths],
            "seed": self.seed,
            "temperature": self.temperature,
            "notes": len(self.score),
            "seconds_of_music": self.score.duration,
            "bars": self.bars,
            "ended": self.ended,
            "paid": {name: round(nats, 4) if isfinite(nats) else None for name, nats in self.paid.items()},
            "critic": self.critic,
            "originality": self.originality.as_json() if self.originality else None,
            **self.figures,
            **({"remarks": list(self.remarks)} if self.remarks else {}),
            "reproduce": self.score.meta.reproduce,
            **({"text": self.text} if self.text else {}),
        }


def compose(
    model: str | Path | Loaded | None = None,
    *,
    prompt: str | Path | Score | None = None,
    out: str | Path | None = None,
    formats: Sequence[str] = ("mid",),
    soundfont: str | None = None,
    **wish: Any,
) -> list[Piece]:
    """New pieces: `count` at each of `temperatures`, written to `out` when it is given.

    The keywords of `Wish` say what is wanted; see also `pieces`, which yields them one by one.
    """
    return list(pieces(model, Wish(**wish), prompt=prompt, out=out, formats=formats, soundfont=soundfont))


def pieces(
    model: str | Path | Loaded | None,
    wish: Wish,
    *,
    prompt: str | Path | Score | None = None,
    out: str | Path | None = None,
    formats: Sequence[str] = ("mid",),
    soundfont: str | None = None,
) -> Iterator[Piece]:
    """The pieces of `compose`, each as soon as it is made and written."""
    check_kinds(formats)
    from etude.sampling import takes

    loaded = model if isinstance(model, Loaded) else load(model)
    loaded = with_copying(loaded) if wish.copying else loaded
    start = read_prompt(prompt, loaded.encoding)
    known = known_passages(loaded) if wish.compared else None
    seed = secrets.randbits(31) if wish.seed is None else wish.seed
    sampling = replace(loaded.sampling, **wish.sampling)
    folder = Path(out) if out is not None else None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        keep_beside(folder, start, wish.task)
    every = settled(loaded, wish, seed, soundfont)
    made = (
        make(loaded, take, every, start, known) for take in takes(sampling, wish.temperatures, every.count, seed)
    )
    for piece in _kept(made, wish):
        if folder is not None:
            stem = folder / _stem(loaded, piece)
            piece = replace(piece, paths=write_piece(piece.score, stem, formats, drawing_of(piece, soundfont)))
        yield piece


def settled(loaded: Loaded, wish: Wish, seed: int, soundfont: str | None) -> Wish:
    """What each piece is made of: as if all were wanted, so that a kept one can be made again without a critic."""
    sampling = {**loaded.calibrated, **wish.sampling}
    return replace(wish, seed=seed, soundfont=soundfont, count=wish.count * wish.best_of, sampling=sampling)


def _kept(made: Iterator[Piece], wish: Wish) -> Iterator[Piece]:
    """The pieces that a critic prefers, or all of them where none is asked."""
    if wish.best_of == 1 and wish.critic is None:
        return made
    from etude.lab.critic.choosing import best_of
    from etude.lab.critic.judge import load_judge

    return best_of(made, wish.best_of, load_judge(wish.critic))


def drawing_of(piece: Piece, soundfont: str | None) -> Drawing:
    """What the pictures and the sound of a piece need beside its score."""
    copied = piece.originality.telling if piece.originality else ()
    marks = tuple((one.begin, one.end, f"{one.notes} notes as in {one.places[0].piece}") for one in copied)
    return Drawing(piece.prompt_end or None, soundfont, piece.text, marks)


def make(loaded: Loaded, take: Take, wish: Wish, prompt: Prompt, known: Known | None = None) -> Piece:
    """One piece; the same arguments make the same one. `known` is the music it is held against."""
    if wish.task is not None:
        made = wish.task.draw(loaded, take, wish, prompt.music)
    else:
        made = _draw(loaded, take, wish, prompt.music, known)
    drawn = made.score if made.own is None else made.own
    line = _provenance(loaded, take, wish, prompt).line()
    meta = Metadata(
        title=made.score.meta.title or f"{_title(loaded)} {wish.seed}-{take.index + 1}",
        composer="etude",
        licence=str(loaded.metadata.get("licence", "")),
        reproduce=line,
    )
    return Piece(
        score=replace(made.score, meta=meta),
        paths=[],
        seed=wish.seed or 0,
        index=take.index,
        temperature=take.sampling.temperature,
        prompt_end=made.prompt_end,
        log_likelihood=made.log_likelihood,
        ended=made.ended,
        paid=made.paid,
        figures=made.figures,
        remarks=made.remarks,
        said=made.said,
        text=_text(loaded, made.steps),
        originality=known.of(drawn, made.prompt_end) if known else None,
    )


def _draw(loaded: Loaded, take: Take, wish: Wish, music: Start, known: Known | None) -> Composition:
    """The music. Raises UsageError when passages are to be refused and nothing is known to compare with."""
    from etude.sampling import Guard
    from etude.sampling import compose as draw

    told, forced = split_wish(loaded, wish.told)
    closing = bars_to_close(loaded, wish.bars, wish.ending)
    wanted = constraints_of(loaded, wish.constraints, forced, closing)
    stepper, encoding = guided(loaded, told, wish.strength), loaded.encoding
    start = start_told(loaded, told, music)
    if wanted:
        encoding, start = under(stepper, encoding, wanted, start, take)
    if wish.max_copied is not None:
        if known is None:
            raise UsageError(
                f"What {loaded.name} learned from is not at hand, so nothing can be refused: name its run folder."
            )
        guard = Guard(known.refuses(wish.max_copied), f"a copied passage of more than {wish.max_copied} notes")
        draw = guard.compose
    return draw(
        *(stepper, encoding),
        prompt=start,
        sampling=take.sampling,
        seed=take.seed,
        length=_length(loaded, wish, closing),
    )


def _length(loaded: Loaded, wish: Wish, closing: int) -> Length:
    """When a piece stops, at the latest; one that closes stops when it has."""
    from etude.sampling import Length

    if closing:
        return Length(seconds=wish.seconds, steps=wish.steps or EVER)
    steps = wish.steps
    if not (wish.bars or wish.seconds or wish.steps):
        # nobody asked for a length: no piece is longer than the longest its model has heard
        steps = loaded.metadata.get("longest_steps")
    return Length(bars=wish.bars, seconds=wish.seconds, steps=steps)


def _provenance(loaded: Loaded, take: Take, wish: Wish, prompt: Prompt) -> Provenance:
    if wish.seed is None:
        raise UsageError("A piece needs a seed before it is made.")
    options = {
        "count": wish.count,
        "temperatures": list(wish.temperatures),
        "bars": wish.bars,
        "seconds": wish.seconds,
        "steps": wish.steps,
        "sampling": dict(wish.sampling),
        "soundfont": wish.soundfont,
        "copying": wish.copying or None,
        "told": dict(wish.told),
        "constraints": dict(wish.constraints),
        "ending": None if wish.ending == "open" else wish.ending,
        "strength": None if wish.strength == 1 else wish.strength,
        "max_copied": wish.max_copied,
        "prompt": prompt.music if isinstance(prompt.music, str) else None,
        "prompt_suffix": prompt.suffix,
        "task": wish.task.asked() if wish.task else None,
    }
    return Provenance(
        command=wish.task.command if wish.task else "compose",
        model=loaded.name,
        model_sha256=loaded.sha256,
        seed=wish.seed,
        index=take.index,
        options={key: value for key, value in options.items() if value not in (None, [], {}, "")},
        prompt_sha256=prompt.sha256,
    )


def _text(loaded: Loaded, steps: Any) -> str:
    """The text that the steps of a raw encoding spell; "" for others."""
    encoding: Any = loaded.encoding
    return str(encoding.to_text(steps)) if getattr(encoding, "raw", False) else ""


def _title(loaded: Loaded) -> str:
    """What a piece is called: after the music its model learned from, else after the model's file."""
    return str(loaded.metadata.get("collection") or Path(loaded.name).stem).capitalize()


def _stem(loaded: Loaded, piece: Piece) -> str:
    """The name of a piece's files without suffix: model, random number, number in the batch, temperature."""
    heats = piece.temperature if isinstance(piece.temperature, tuple) else (piece.temperature,)
    heat = "-".join(f"{value:g}" for value in heats)
    return f"{Path(loaded.name).stem}-{piece.seed}-{piece.index + 1:03d}-t{heat}"

"""One model of ABC text at many temperatures: what is gained in variety, and what is lost in order.

At every temperature the same prompts are gone on from with the same random numbers. Each set of tunes is checked
(syntax, bars), priced by a judge that is not the model, and measured for variety and for copying, as real held-out
tunes are beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.errors import UsageError
from etude.formats.abc import check_tune
from etude.lab.composing import Piece, compose
from etude.lab.loading import Loaded
from etude.lab.writing import Drawing, write_piece

if TYPE_CHECKING:
    from etude.score import Score
    from etude.stepper import Scorer

TEMPERATURES = tuple(quarter / 4 for quarter in range(9))  # 0, 0.25, ... 2
PROMPTS = (
    "X",
    "X:1\nT:Little Study\nZ: id:dc-jig-1\nM:6/8\nL:1/8\nK:G Major\n",
    "X:2\nT:Long Night\nZ: id:dc-reel-2\nM:C\nL:1/8\nK:D Major\n",
    "X:3\nT:Two Cores\nZ: id:dc-hornpipe-3\nM:C|\nL:1/8\nK:A Dorian\nEG|A2",
    "X:4\nT:Hop\nZ: id:dc-slipjig-4\nM:9/8\nL:1/8\nK:E Minor\n",
)  # from one character to an opened bar, in the layout of irish.abc


@dataclass(frozen=True)
class Point:
    """The tunes of one temperature in figures; `temperature` None: real tunes.

    `nats` is what a drawn character costs the judge, prompts left out; `variety` 1 - self-similarity.
    """

    temperature: float | None
    tunes: int
    ended: float  # share that the model itself brought to an end
    syntax: float
    bars: float
    both: float
    each_bar: float
    nats: float
    measures: dict[str, float] = field(default_factory=dict)

    @property
    def variety(self) -> float:
        """1 minus the self-similarity of the set; higher is more diverse."""
        return 1.0 - self.measures["self_similarity"]

    def as_json(self) -> dict[str, Any]:
        """All figures by name."""
        flat = {key: value for key, value in asdict(self).items() if key != "measures"}
        return {**flat, **self.measures, "variety": self.variety}


@dataclass(frozen=True)
class Judges:
    """Who prices the tunes (a Scorer of the same text), and the music that the model learned from."""

    scorer: Scorer
    training: Sequence[Score]


def sweep(
    loaded: Loaded,
    judges: Judges,
    *,
    prompts: Sequence[str] = PROMPTS,
    temperatures: Sequence[float] = TEMPERATURES,
    count: int = 4,
    keep: Callable[[float, int, Piece], Any] | None = None,
) -> list[Point]:
    """A Point a temperature, of `count` tunes a prompt. `keep` is called with temperature, number and piece.

    Raises UsageError for a model that draws no text.
    """
    if not getattr(loaded.encoding, "raw", False):
        raise UsageError(f"{loaded.name} draws no raw ABC text: train one with encoding.raw = true.")
    out = []
    for temperature in temperatures:
        made = [
            (prompt, piece)
            for number, prompt in enumerate(prompts)
            for piece in compose(loaded, prompt=prompt, count=count, temperatures=(temperature,), seed=number)
        ]
        for number, (_, piece) in enumerate(made):
            if keep is not None:
                keep(temperature, number, piece)
        nats = [_drawn_nats(loaded, judges.scorer, piece, len(prompt)) for prompt, piece in made]
        pieces = [piece for _, piece in made]
        out.append(_point(temperature, pieces, judges, float(np.mean(np.concatenate(nats)))))
    return out


def real_point(texts: Sequence[str], scores: Sequence[Score], judges: Judges, encoding: Any) -> Point:
    """The Point of real tunes, through the same checks."""
    nats = [judges.scorer.nats(encoding.from_text(text))[:, 0] for text in texts]
    pieces = [
        Piece(score, [], 0, number, 0.0, 0, 0.0, True, text)
        for number, (score, text) in enumerate(zip(scores, texts, strict=True))
    ]
    return _point(None, pieces, judges, float(np.mean(np.concatenate(nats))))


def _point(temperature: float | None, pieces: Sequence[Piece], judges: Judges, nats: float) -> Point:
    from etude.evaluation import set_measures, validity

    found = validity(check_tune(piece.text) for piece in pieces)
    shares = {key: value for key, value in found.as_json().items() if key != "tunes"}
    return Point(
        temperature=temperature,
        tunes=len(pieces),
        ended=float(np.mean([piece.ended for piece in pieces])),
        nats=nats,
        measures=set_measures([piece.score for piece in pieces], judges.training),
        **shares,
    )


def _drawn_nats(loaded: Loaded, scorer: Scorer, piece: Piece, given: int) -> Any:
    """Float64[N]: what every drawn character costs the judge, the end counted if it was drawn."""
    encoding: Any = loaded.encoding
    steps = encoding.from_text(piece.text)
    return scorer.nats(steps if piece.ended else steps[:-1])[given:, 0]


def keeper(
    folder: Path, first: int, kinds: Sequence[str] = ("wav", "txt", "mid")
) -> Callable[[float, int, Piece], Any]:
    """What writes the tunes whose number divides by `first` into `folder`, each as sound, text and MIDI."""
    folder.mkdir(parents=True, exist_ok=True)

    def keep(temperature: float, number: int, piece: Piece) -> None:
        if number % first:
            return
        stem = folder / f"t{temperature:.2f}-prompt{number // first + 1}".replace(".", "_")
        readable = [kind for kind in kinds if len(piece.score) or kind == "txt"]
        write_piece(piece.score, stem, readable, Drawing(piece.prompt_end or None, None, piece.text))

    return keep

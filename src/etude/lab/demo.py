"""The whole loop on built-in tunes: train, compose beside baselines, evaluate, render, one page to open."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etude.errors import UsageError, interruption
from etude.files import write_atomically
from etude.lab.composing import Piece, Wish, pieces
from etude.lab.demo_page import Chapter, demo_page
from etude.lab.events import Watcher, nobody
from etude.lab.launch import train
from etude.lab.loading import Loaded, load
from etude.lab.material import Material
from etude.lab.run import Run
from etude.lab.weights import recipe_of
from etude.lab.writing import Drawing, write_piece
from etude.score import Metadata

if TYPE_CHECKING:
    from etude.evaluation import Likelihood

TEMPERATURES = (0.7, 0.85, 1.0, 1.15)
BASELINE_TEMPERATURE = 1.0
KINDS = ("mid", "abc", "wav", "png", "sheet")


@dataclass(frozen=True)
class Demo:
    """What the demo made: every file, how long training took, and bits per note on held-out tunes."""

    page: Path
    files: list[Path]
    train_seconds: float
    bits_per_note: Mapping[str, float]
    figures: Mapping[str, Any]

    def answer(self) -> dict[str, Any]:
        """The keys of `etude demo --json`."""
        return {
            "files": [str(path) for path in self.files],
            "train_seconds": self.train_seconds,
            "bits_per_note": dict(self.bits_per_note),
            "page": str(self.page),
            "parameters": self.figures.get("parameters"),
            "peak_memory_bytes": self.figures.get("peak_memory_bytes"),
        }


def demo(
    out: Path, *, minutes: float = 3.0, data: str | None = None, seed: int = 1, watch: Watcher = nobody
) -> Demo:
    """Trains for `minutes`, composes four tunes and two baselines, and writes `out`/index.html.

    A finished run in `out` is used again: its training is not repeated.
    """
    run, figures, seconds = _trained(out / "run", minutes, data, watch)
    loaded = load(run.folder)
    chapters = []
    for chapter in _chapters(run, loaded, seed):
        watch({"event": "stage", "text": f"composing and rendering: {chapter.title}"})
        chapters.append(_rendered(chapter, out / "pieces"))
    watch({"event": "stage", "text": "evaluating on held-out tunes"})
    evaluations = _evaluated(loaded)
    page = out / "index.html"
    write_atomically(page, demo_page(run, figures, evaluations, chapters, out).encode())
    files = [page, *(path for chapter in chapters for piece in chapter.pieces for path in piece.paths)]
    bits = {name: found.bits_per_note for name, found in evaluations.items()}
    return Demo(page, files, seconds, bits, figures)


def _trained(
    folder: Path, minutes: float, data: str | None, watch: Watcher
) -> tuple[Run, Mapping[str, Any], float]:
    if Run.is_run(folder):
        _check_collection(folder, data)
    if Run.is_run(folder) and Run.open(folder).exported.is_file():
        run = Run.open(folder)
        ends = [record for record in run.records() if record.get("event") == "end"]
        watch({"event": "stage", "text": f"using the finished training in {folder}"})
        return run, ends[-1] if ends else {}, float(ends[-1].get("seconds", 0.0)) if ends else 0.0
    started = time.perf_counter()
    if Run.is_run(folder):
        done = train(watch, resume=folder)
    else:
        done = train(watch, recipe="demo", data=data, out=folder, minutes=minutes)
    if done.interrupted:
        watch({"event": "stage", "text": f"Stopped and saved. Go on with: etude demo --out {folder.parent}"})
        raise interruption(done.stopped_by)
    return done.run, done.figures, time.perf_counter() - started


def _check_collection(folder: Path, data: str | None) -> None:
    """Raises UsageError when the training in `folder` learned from another collection than the one asked for."""
    learned = Run.open(folder).recipe()["data"]["collection"]
    if data is not None and learned not in (data, str(Path(data).resolve())):
        raise UsageError(f"The training in {folder} learned from {learned}, not from {data}. Choose another --out.")


def _chapters(run: Run, loaded: Loaded, seed: int) -> Iterator[Chapter]:
    """The model at several temperatures, the two baselines, and real held-out tunes, all unrendered."""
    wish = Wish(count=1, temperatures=TEMPERATURES, seed=seed)
    yield Chapter(
        "What the model composed",
        "One tune at each temperature, all from the same random number. Low is safe, high is adventurous.",
        list(pieces(loaded, wish)),
    )
    from etude.lab.baselines import baseline_models

    for name, text, baseline in baseline_models(run, loaded):
        wish = Wish(count=1, temperatures=(BASELINE_TEMPERATURE,), seed=seed, bars=16)
        yield Chapter(name, text, list(pieces(baseline, wish)))
    yield Chapter(
        "Real tunes the model never saw",
        "Two tunes from the held-out side of the split, through the same encoding and the same players.",
        list(_real(run, loaded)),
    )


def _real(run: Run, loaded: Loaded) -> Iterator[Piece]:
    """Two held-out tunes as the encoding holds them."""
    from etude.encodings import decode

    packed = Material.of(recipe_of(run).data, loaded.encoding).valid
    tunes = packed.pieces()
    for number in range(min(2, len(packed))):
        place = number * (len(packed) // 2)
        meta = Metadata(title=packed.ids[place], licence=str(loaded.metadata.get("licence", "")))
        yield Piece(decode(loaded.encoding, tunes[place], meta), [], 0, number, 1.0, 0, 0.0, True)


def _rendered(chapter: Chapter, folder: Path) -> Chapter:
    folder.mkdir(parents=True, exist_ok=True)
    done = []
    for number, piece in enumerate(chapter.pieces, start=1):
        stem = folder / f"{chapter.slug}-{number}"
        done.append(replace(piece, paths=write_piece(piece.score, stem, KINDS, Drawing(piece.prompt_end or None))))
    return replace(chapter, pieces=done)


def _evaluated(loaded: Loaded) -> Mapping[str, Likelihood]:
    """The model and its baselines on the held-out tunes, by name."""
    from etude.lab.evaluating import evaluate

    found = evaluate(loaded, None, protocols=["full"], split="valid", baselines=True)[0]
    return found.named

"""The notebook and its six improvements as trainings: what each one changes, and what it is held against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from etude.lab.reproduce.base import Arm

ALL = 967  # training files of the official split
NOTES_A_FILE = 5922  # on average; an epoch of so many files is measured by it
NOTES_AN_UPDATE = 8 * 256  # of the recipes seed4-notes, -chords and -roll
EPOCHS = 4

_COARSE = ("encoding.resolution=20", "encoding.velocities=1")  # 50 ms, as the roll's frames
_STACKED = ("model.layers=2",)
_HIGHER = ("data.transpose=[-6, 5]",)
_STRETCHED = ("data.stretch=[1.0, 0.9, 1.1]",)


@dataclass(frozen=True)
class Size:
    """How large the study is; the default is the real one."""

    seeds: tuple[int, ...] = (0, 1, 2)
    files: tuple[int, ...] = (5, 20, 100, 400, 0)  # 0: all
    few: int = 20  # files that augmentation is tried on
    some: int = 100  # files that ways of writing polyphony are tried on
    window_updates: int = 3350  # 10 epochs of 335, as in the notebook
    updates: int = 400
    most_updates: int = 1200  # of the trainings at equal epochs
    sample: int = 8  # validation pieces that everything is priced on
    excerpt: int = 1024  # steps of each of them that are priced in 12 keys
    takes: int = 6  # pieces composed by each training whose dynamics are measured
    notes: int = 200  # of each of them
    formats: tuple[str, ...] = ("mid", "wav")  # of the pieces to listen to


@dataclass(frozen=True)
class Variation:
    """One training, repeated with every seed. `beside` names the variation that it is one step away from."""

    key: str
    what: str
    recipe: str
    updates: int
    minutes: float
    settings: tuple[str, ...] = ()
    beside: str = ""

    def arm(self, seed: int) -> Arm:
        """The training with one seed, which also chooses the files."""
        settings = (*self.settings, f"data.seed={seed}", "tracking.samples=0")
        name = arm_name(self.key, seed)
        return Arm(name, self.recipe, self.what, self.minutes, steps=self.updates, settings=settings, seed=seed)


def arm_name(key: str, seed: int) -> str:
    """What the training of a variation with one seed is called."""
    return f"{key}-s{seed}"


def count_of(files: int) -> str:
    """A number of files in words."""
    return str(files or "all")


def notebook(size: Size) -> list[Variation]:
    """The notebook's network, with its loss and with the first improvement; on more files; with velocity."""
    updates = size.window_updates
    entropy, files = ("model.pitch_loss=likelihood",), (f"data.pieces={size.files[0]}",)
    every = (*entropy, "data.pieces=0")
    loud = (*every, "encoding.velocities=32")
    recipe, minutes = "seed4-notebook", updates * 0.026 / 60
    return [
        Variation("squared", "the notebook: squared error on pitch", recipe, updates, minutes, files),
        Variation("entropy", "cross-entropy on pitch", recipe, updates, minutes, (*entropy, *files), "squared"),
        Variation("window-all", "the same on all files", recipe, updates, minutes, every, "entropy"),
        Variation("loud-number", "velocity as a fourth number", recipe, updates, minutes, loud, "window-all"),
    ]


def more_files(size: Size) -> Iterator[Variation]:
    """Our network, one LSTM layer that learns at every position: 5 to 967 files, at equal updates and epochs."""
    first = count_of(size.files[0])
    for files in size.files:
        name, settings = count_of(files), (f"data.pieces={files}",)
        beside = "" if name == first else f"files-{first}"
        what = f"{name} files"
        yield Variation(
            f"files-{name}", what, "seed4-notes", size.updates, _minutes(size.updates), settings, beside
        )
    for files in size.files:
        name, settings = count_of(files), (f"data.pieces={files}",)
        wanted = round(EPOCHS * (files or ALL) * NOTES_A_FILE / NOTES_AN_UPDATE)
        updates = min(max(wanted, 1), size.most_updates)
        what = f"{name} files, {updates * NOTES_AN_UPDATE / ((files or ALL) * NOTES_A_FILE):.1f} epochs"
        beside = "" if name == first else f"epochs-{first}"
        yield Variation(f"epochs-{name}", what, "seed4-notes", updates, _minutes(updates), settings, beside)


def bodies(size: Size) -> list[Variation]:
    """Other networks on all files, with the parts that are to make training stable."""
    base, stacked = "files-all", "stacked"

    def body(key: str, what: str, beside: str, settings: Sequence[str], share: float = 1.2) -> Variation:
        return Variation(
            key, what, "seed4-notes", size.updates, share * _minutes(size.updates), tuple(settings), beside
        )

    transformer = ("model.kind=transformer", "model.layers=2", "model.history=2", "model.dropout=0.1")
    return [
        body("stacked", "two LSTM layers", base, _STACKED),
        body("dropout", "two LSTM layers, dropout 0.2", stacked, (*_STACKED, "model.dropout=0.2")),
        body("layer-norm", "two LSTM layers, layer normalisation", stacked, (*_STACKED, "model.norm=layer")),
        body("batch-norm", "two LSTM layers, batch normalisation", stacked, (*_STACKED, "model.norm=batch")),
        body("attention", "two LSTM layers, attention", stacked, (*_STACKED, "model.attention=true"), 1.5),
        body("transformer", "a transformer of two layers, dropout 0.1", base, transformer, 2.0),
    ]


def augmented(size: Size) -> list[Variation]:
    """One LSTM layer with music moved and stretched, where there are few files and where there are all."""
    minutes, few = _minutes(size.updates), (f"data.pieces={size.few}",)
    both = (*_HIGHER, *_STRETCHED)
    base = f"files-{size.few}"
    rows = (
        ("few-keys", f"{size.few} files in 12 keys", (*few, *_HIGHER), base),
        ("few-tempos", f"{size.few} files at 3 tempos", (*few, *_STRETCHED), base),
        ("few-both", f"{size.few} files in 12 keys at 3 tempos", (*few, *both), base),
        ("all-both", "all files in 12 keys at 3 tempos", both, "files-all"),
    )
    return [
        Variation(key, what, "seed4-notes", size.updates, minutes, settings, beside)
        for key, what, settings, beside in rows
    ]


def polyphony(size: Size) -> list[Variation]:
    """The same music written in other ways: as finely as `notes`, and as coarsely as a roll of 50 ms frames."""
    minutes, some = _minutes(size.updates), (f"data.pieces={size.some}",)
    coarse = (*some, *_COARSE)
    base = f"files-{size.some}"
    rows = (
        ("chords", "chords, 10 ms, 32 velocities", "seed4-chords", some, base, 2.3),
        ("notes-coarse", "notes, 50 ms, one velocity", "seed4-notes", coarse, "", 0.8),
        (
            "chords-coarse",
            "chords, 50 ms, one velocity",
            "seed4-chords",
            (*coarse, "training.length=158"),
            "notes-coarse",
            1.5,
        ),
        ("roll", "a roll of 50 ms frames, keys independent", "seed4-roll", some, "notes-coarse", 2.1),
    )
    return [
        Variation(key, what, recipe, size.updates, share * minutes, settings, beside)
        for key, what, recipe, settings, beside, share in rows
    ]


def variations(size: Size) -> list[Variation]:
    """All of them, in the order of the notebook's list."""
    return [*notebook(size), *more_files(size), *bodies(size), *augmented(size), *polyphony(size)]


def _minutes(updates: int) -> float:
    """What so many updates of our one-layer network take on one processor."""
    return updates * 0.08 / 60

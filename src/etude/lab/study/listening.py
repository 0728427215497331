"""Pieces of every run, drawn with the same random numbers, to be listened to side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from etude.errors import EtudeError
from etude.lab.run import Run
from etude.lab.study.running import Row
from etude.lab.study.study import Study

SECONDS = 20.0


@dataclass(frozen=True)
class Heard:
    """One piece of one run: its files, relative to the study, and what to know of it."""

    row: Row
    number: int
    midi: str
    sound: str
    caption: str


def listening(study: Study, count: int) -> list[Heard]:
    """`count` pieces of every finished run, composed once and kept in its `samples/`."""
    out: list[Heard] = []
    for row in study.rows:
        if row.state == "done" and count:
            out += _of_run(study.folder, row, count)
    return out


def _of_run(folder: Path, row: Row, count: int) -> list[Heard]:
    place = Run(folder / row.run).folder / "samples"
    found = sorted(place.glob("*.mid"))
    if len(found) < count:
        try:
            _compose(folder / row.run, place, count)
        except (EtudeError, ValueError, RuntimeError):
            return []  # an encoding or a model that composes nothing leaves figures, not music
        found = sorted(place.glob("*.mid"))
    return [_heard(folder, row, number, path) for number, path in enumerate(found[:count], 1)]


def _compose(run: Path, place: Path, count: int) -> None:
    from etude.lab.composing import Wish, pieces
    from etude.lab.loading import load
    from etude.lab.sampled import longest_sample

    loaded = load(run)
    list(pieces(loaded, Wish(count=count, seed=0, steps=longest_sample(loaded), compared=False), out=place))


def _heard(folder: Path, row: Row, number: int, path: Path) -> Heard:
    from etude import formats
    from etude.files import write_atomically
    from etude.render.inline import sound_file

    score = formats.read(path)
    sound = path.with_suffix(".wav")
    if not sound.is_file() and (made := sound_file(score, SECONDS)):
        write_atomically(sound, made)
    about = f"{len(score)} notes, {score.duration:.0f} s"
    more = f"; the first {SECONDS:.0f} s to hear" if score.duration > SECONDS else ""
    heard = sound.relative_to(folder).as_posix() if sound.is_file() else ""
    return Heard(row, number, path.relative_to(folder).as_posix(), heard, about + more)


def by_arm(heard: Sequence[Heard]) -> Mapping[str, list[Heard]]:
    """The pieces of each arm, in the order of the study."""
    out: dict[str, list[Heard]] = {}
    for one in heard:
        out.setdefault(one.row.arm, []).append(one)
    return out

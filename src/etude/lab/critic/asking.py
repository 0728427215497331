"""What `etude critic` asks for, from words to answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from etude.config import from_mapping, override
from etude.errors import BadInput, Reason, UsageError, nothing_read
from etude.lab.critic.judge import CRITICS, LEAST, load_judge
from etude.lab.critic.schooling import CriticSettings, Say
from etude.score import Score


@dataclass(frozen=True)
class Answer:
    """What a command answers: the keys of --json, rows of a table where there is one, and text."""

    answer: dict[str, Any]
    text: str = ""
    rows: Sequence[tuple[Any, ...]] = ()


@dataclass(frozen=True)
class Scored:
    """The chance of being real of every tune, and what could not be read."""

    scores: list[dict[str, Any]]
    refused: list[str]
    critic: str


def trained(
    name: str,
    out: Path | None,
    tracks: str,
    models: Sequence[str] = (),
    settings: Sequence[str] = (),
    *,
    say: Say,
) -> Answer:
    """A critic trained on the collection `name` and written to `out` or ./critics, with its report card."""
    from etude.data import Collection
    from etude.lab.critic.making import train_critic

    chosen = from_mapping(CriticSettings, override({}, settings))
    collection = Collection.open(name, tracks=tracks)
    folder = out or CRITICS / collection.name
    if (folder / "critic.json").is_file():
        raise UsageError(f"There is a critic in {folder} already. Name another folder with --out.")
    return Answer(train_critic(collection, folder, chosen, models=models, say=say))


def card_of(critic: str | None) -> dict[str, Any]:
    """The report card that a critic's folder holds. Raises BadInput where its examination was broken off."""
    from etude.lab.critic.making import answer

    judge = load_judge(critic)
    page: Any = judge.critic.manifest  # type: ignore[attr-defined]
    if "card" not in page:
        raise BadInput(f"The critic in {judge.name} was never examined to the end: train it again.", Reason.EMPTY)
    return {"critic": judge.name, "collection": page["collection"], **answer(page["card"]), "card": page["card"]}


def scored(files: Sequence[Path], critic: str | None) -> Scored:
    """The chance that each tune of `files` is real. Raises BadInput when none could be read."""
    judge = load_judge(critic)
    tunes, refused = read_tunes(files)
    chances = judge.chances([score for _, _, score in tunes])
    return Scored(
        [
            {
                "path": path,
                "tune": tune,
                "notes": len(score),
                "score": float(chance) if len(score) >= LEAST else None,
            }
            for (path, tune, score), chance in zip(tunes, chances)
        ],
        refused,
        judge.name,
    )


def compared(
    files: Sequence[Path],
    against: str,
    tracks: str,
    split: str,
    critic: str | None,
    *,
    say: Say,
) -> Answer:
    """How well fresh critics tell `files` from the held-out pieces of a collection."""
    from etude.data import Collection
    from etude.engine.critic import load_critic
    from etude.lab.critic.comparing import compare

    tunes, refused = read_tunes(files)
    for line in refused:
        say(f"refused {line}")
    start = load_critic(Path(critic)) if critic else None
    scores = [score for _, _, score in tunes]
    found = compare(scores, Collection.open(against, tracks=tracks), side=split, start=start, say=say)
    return Answer({**asdict(found), "against": against, "split": split}, found.sentence)


def gained(
    model: str | None, *, best_of: int, count: int, against: str | None, seed: int, critic: str | None
) -> Answer:
    """What choosing the best of several pieces gains on measures."""
    from etude.lab.critic.gain import gain

    return gain(model, load_judge(critic), best_of=best_of, count=count, against=against, seed=seed)


def read_tunes(paths: Sequence[Path]) -> tuple[list[tuple[str, int, Score]], list[str]]:
    """((file, number of the tune from 1, Score) of every tune, what was refused and why).

    Raises BadInput when nothing could be read.
    """
    from etude.formats import read_safely
    from etude.lab.measuring import given_files

    tunes, refused = [], []
    for found in read_safely(given_files(paths)):
        for number, reading in enumerate(found.readings, start=1):
            if reading.score is not None:
                tunes.append((str(found.path), number, reading.score))
            else:
                refused.append(f"{found.path}: {reading.reason}: {reading.detail}")
    if not tunes:
        raise nothing_read(refused)
    return tunes, refused

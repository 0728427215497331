"""Collection: a frozen view of pieces that were read, checked, compared and divided."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from etude.data.build import FORMAT, Settings, build_collection
from etude.data.cache import cache_folder, code_version
from etude.data.choose import check_tracks
from etude.data.known import plan_path
from etude.data.ledger import Row, read_ledger
from etude.data.plans import BUILT_IN, Plan, plan_built_in
from etude.data.reading import Progress, no_progress
from etude.data.splits import SPLITS, SplitRule
from etude.data.stats import CollectionSummary, summarise
from etude.data.store import ScoreStore
from etude.errors import BadInput, Reason, UsageError
from etude.score import Score, Table


@dataclass(frozen=True)
class Piece:
    """One tune of a collection; `score` is read when it is asked for."""

    id: str  # its path in the collection: "reels.abc#7"
    split: str | None
    sha256: str  # of the file it stood in
    notes: int
    title: str
    origin: str
    licence: str
    duplicate_of: str | None
    group: str | None
    index: int = field(repr=False)
    store: ScoreStore = field(repr=False, compare=False)
    official: bool = field(default=False, repr=False)  # whether the split is that of the source's authors
    composer: str = ""

    @property
    def score(self) -> Score:
        """The Score, its tables mapped from the file."""
        return self.store.score(self.index)

    @property
    def work(self) -> str:
        """Composer and title, by which performances of one work are known; "" for a piece without a title."""
        title = self.title.strip().casefold()
        return f"{self.composer.strip().casefold()}\t{title}" if title else ""

    @property
    def text(self) -> str:
        """The tune as it stood in its file; "" where the file was no text."""
        return self.store.written(self.index)


@dataclass(frozen=True)
class Collection:
    """Pieces in a folder that `ingest` wrote, or that lies in the cache. Open one with `Collection.open`."""

    folder: Path
    page: dict[str, Any] = field(repr=False)  # collection.json
    sides: Mapping[int, str] | None = field(default=None, repr=False)  # other sides than its own, by Piece.index

    @classmethod
    def open(
        cls,
        name_or_path: str | Path,
        *,
        tracks: str = "all",
        rule: SplitRule | None = None,
        jobs: int | None = None,
        progress: Progress = no_progress,
    ) -> Collection:
        """The collection called `name_or_path`: a built-in corpus, a folder of files, one file or tune book, a data
        archive (.tar.xz, .zip), or what `ingest` wrote.

        What has to be read is read once and kept in the cache folder. Raises BadInput when it cannot be used,
        MissingPart when a built-in one is not installed.
        """
        check_tracks(tracks)
        rule = rule or SplitRule()
        path = Path(name_or_path)
        if (path / "collection.json").is_file():
            return cls._ingested(path, tracks)
        plan = plan_built_in(str(name_or_path)) if str(name_or_path) in BUILT_IN else plan_path(path)
        versions = code_version("formats", "score", "data")
        key = f"{plan.name[:40]}-{tracks}-{plan.digest()}-{versions}-{rule.valid:g}-{rule.test:g}-{rule.seed}"
        folder = cache_folder() / "collections" / key
        if not (folder / "collection.json").is_file():
            build_plan(plan, folder, tracks=tracks, rule=rule, jobs=jobs, progress=progress)
        collection = cls._at(folder)
        collection._check_kept(str(name_or_path))
        return collection

    def _check_kept(self, asked: str) -> None:
        """Raises BadInput when not one tune is kept, naming why for the first."""
        if self.page["counts"]["kept"] + self.page["counts"]["repaired"]:
            return
        first = self.ledger[0]
        raise BadInput(
            f"None of the {len(self.ledger)} tunes of {asked} can be used; '{first.path}': {first.detail} "
            f"({first.reason}). `etude ingest` writes a ledger with the reason for each.",
            Reason(first.reason or Reason.EMPTY),
        )

    @classmethod
    def _ingested(cls, folder: Path, tracks: str) -> Collection:
        """A folder that `ingest` wrote. Raises UsageError when it holds other tracks than those asked for."""
        collection = cls._at(folder)
        if tracks not in ("all", collection.page["tracks"]):
            raise UsageError(
                f"{folder} was made with tracks '{collection.page['tracks']}', not '{tracks}'. "
                f"Run `etude ingest --tracks {tracks}` on the files."
            )
        return collection

    @classmethod
    def _at(cls, folder: Path) -> Collection:
        try:
            page = json.loads((folder / "collection.json").read_text("utf-8"))
            version = page["format"]
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"{folder / 'collection.json'} describes no collection: {error}. Run `etude ingest` again.",
                Reason.BAD_STRUCTURE,
            ) from error
        if version != FORMAT:
            raise BadInput(
                f"{folder} has format {version}, this version reads {FORMAT}. Run `etude ingest` again.",
                Reason.UNSUPPORTED,
            )
        return cls(folder, page)

    @property
    def name(self) -> str:
        """What the collection is called."""
        return str(self.page["name"])

    @property
    def licence(self) -> str:
        """What may be done with the pieces, in words; '' when it is not known."""
        return str(self.page["source"]["licence"])

    @property
    def may_ship(self) -> bool:
        """Whether the pieces, and models trained on them, may be passed on for any purpose."""
        return bool(self.page["source"]["may_ship"])

    @property
    def content(self) -> str:
        """64 hexadecimal digits that name the pieces and their split: the same collection has the same."""
        return str(self.page["content"])

    @cached_property
    def ledger(self) -> tuple[Row, ...]:
        """A row a tune, refused ones too, in the order they were read."""
        return tuple(read_ledger(self.folder / "ledger.jsonl"))

    @cached_property
    def _pieces(self) -> tuple[Piece, ...]:
        """All stored pieces, repeated ones too, by number."""
        store = ScoreStore(self.folder / "scores")
        names = (
            "split",
            "sha256",
            "notes",
            "title",
            "origin",
            "licence",
            "duplicate_of",
            "group",
            "index",
            "official",
            "composer",
        )
        rows = [row for row in self.ledger if row.index is not None]
        own = tuple(Piece(id=row.path, store=store, **{name: getattr(row, name) for name in names}) for row in rows)
        if self.sides is None:
            return own
        return tuple(replace(piece, split=self.sides.get(piece.index), official=True) for piece in own)

    def pieces(self, split: str | None = None, *, duplicates: bool = False) -> Sequence[Piece]:
        """The pieces of one split (or of all). A piece that repeats another one is left out unless `duplicates`.

        Where the source has an official split, or another one was asked for, all that is in the split is in.
        """
        if split not in (None, *SPLITS):
            raise UsageError(f"There is no split '{split}'. Take one of {', '.join(SPLITS)}.")
        return [
            piece
            for piece in self._pieces
            if (piece.split == split if split else piece.split is not None or duplicates)
            and (duplicates or piece.official or piece.duplicate_of is None)
        ]

    def __len__(self) -> int:
        """The number of pieces, repeated ones left out."""
        return len(self.pieces())

    def piece(self, identity: str) -> Piece:
        """The piece with that path. Raises BadInput when there is none."""
        for piece in self._pieces:
            if piece.id == identity:
                return piece
        raise BadInput(f"There is no piece '{identity}' in the collection {self.name}.", Reason.UNREADABLE)

    def summary(self, split: str | None = None) -> CollectionSummary:
        """The collection in figures."""
        stats: Table = np.load(self.folder / "figures" / "stats.npy", allow_pickle=False)
        chosen = [piece.index for piece in self.pieces(split)]
        return summarise(stats[chosen], int(self.page["counts"]["files"]))

    def split_record(self) -> dict[str, Any]:
        """What a run folder keeps as `split.json`: the rule, the pieces of each side, what repeats what."""
        return {
            "collection": self.name,
            "content": self.content,
            **self.page["split"],
            "duplicates": self.page["duplicates"],
            "pieces": {split: [piece.id for piece in self.pieces(split)] for split in SPLITS},
        }


def build_plan(
    plan: Plan,
    folder: Path,
    *,
    tracks: str = "all",
    rule: SplitRule | None = None,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> list[Row]:
    """The ledger of the collection that `plan` describes, written to the cache folder `folder`."""
    settings = Settings(plan.name, plan.source, tracks, rule or SplitRule(), plan.official_rule, plan.note)
    return build_collection(plan.tunes(jobs, progress), folder, settings, replace=False)

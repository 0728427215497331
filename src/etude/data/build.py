"""A collection written to a folder: scores, figures, fingerprints, ledger, and one page that says what it is.

collection.json   format version, name, sources, tracks, split rule, counts
ledger.jsonl      a row a tune
scores/*.npy      the scores (`etude.data.store`)
figures/*.npy     stats and fingerprints, a row a stored score
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from etude.data.beats import beat_confidence
from etude.data.cache import whole_folder
from etude.data.choose import choose_tracks
from etude.data.duplicates import Groups, find_duplicates
from etude.data.fingerprints import Fingerprint, fingerprint
from etude.data.ledger import Row, write_ledger
from etude.data.sources import Source
from etude.data.splits import SPLITS, SplitRule, split_groups
from etude.data.stats import SCORED, STATS, stats_of
from etude.data.store import ScoreWriter
from etude.errors import Reason
from etude.formats.base import Reading
from etude.score import Score

FORMAT = 1  # of the folder; raise it when the layout changes


@dataclass(frozen=True)
class Tune:
    """One tune on its way into a collection: the file it stands in, what was read, what the source says of it."""

    file: str  # its path in the collection
    reading: Reading
    sha256: str = ""  # of the file's bytes
    split: str | None = None  # an official one
    official: bool = False  # whether `split` is final, even when it is None: left out by the authors
    number: int | None = None  # in the tune book, from 1; None when the file holds one tune

    @property
    def path(self) -> str:
        """The tune's path in the collection: "reels.abc#7" in a tune book, else the file's."""
        return self.file if self.number is None else f"{self.file}#{self.number}"


@dataclass(frozen=True)
class Settings:
    """How a collection is made: its name and source, which tracks are taken, and how it is divided."""

    name: str
    source: Source
    tracks: str = "all"
    rule: SplitRule = field(default_factory=SplitRule)
    official: str = ""  # where the official split comes from; "" when there is none
    note: str = ""  # what of the source was left out on purpose


@dataclass
class _Kept:
    """What is remembered of the scores while they stream to disk."""

    rows: list[Row] = field(default_factory=list)
    stats: list[tuple[int | float | bool, ...]] = field(default_factory=list)
    prints: list[Fingerprint] = field(default_factory=list)
    content: str = ""  # names the scores as they were written


def build_collection(tunes: Iterable[Tune], out: Path, settings: Settings, *, replace: bool = True) -> list[Row]:
    """The ledger of the collection written to the folder `out`, which appears whole or not at all.

    A collection that stands at `out` by then is replaced or, when the folder is a cache, left.
    """
    with whole_folder(out, keep=None if replace else "collection.json") as folder:
        kept = _Kept()
        with ScoreWriter(folder / "scores") as writer:
            rows = [_take(tune, settings, writer, kept) for tune in tunes]
            kept.content = writer.content
        groups = find_duplicates(kept.prints)
        _mark_duplicates(kept, groups)
        _divide(kept, groups, settings)
        _write_figures(kept, folder / "figures")
        write_ledger(rows, folder / "ledger.jsonl")
        page = json.dumps(_page(rows, kept, groups, settings), indent=1)
        (folder / "collection.json").write_text(page + "\n", "utf-8")
    return rows


def _take(tune: Tune, settings: Settings, writer: ScoreWriter, kept: _Kept) -> Row:
    """The ledger row of one tune, its Score stored when there is one."""
    reading = tune.reading
    row = Row(tune.path, reading.status, reading.reason, reading.detail, 0, list(reading.warnings), tune.sha256)
    row.file, row.split, row.official = tune.file, tune.split, tune.official
    row.origin, row.licence = settings.source.origin, settings.source.licence
    if reading.score is None:
        return row
    score, chosen = choose_tracks(reading.score, settings.tracks)
    row.detail = "; ".join(part for part in (row.detail, chosen) if part)
    if not len(score):
        row.status, row.reason = "refused", Reason.EMPTY
        row.detail = row.detail or (f"no {settings.tracks} in it" if settings.tracks != "all" else "no notes")
        return row
    return _store(score, row, writer, kept, tune.reading.text)


def _store(score: Score, row: Row, writer: ScoreWriter, kept: _Kept, written: str) -> Row:
    """The row, filled with the figures of its Score, which is written."""
    stats = stats_of(score)
    row.index, row.notes = writer.add(score, written), len(score)
    row.seconds = round(score.duration, 3)
    row.title, row.composer = score.meta.title, score.meta.composer
    row.origin, row.licence = score.meta.origin or row.origin, score.meta.licence or row.licence
    on_grid = float(stats[list(STATS.names or ()).index("on_grid")])
    row.beats, confidence = beat_confidence(score, on_grid)
    row.beat_confidence = round(confidence, 3)
    kept.rows.append(row)
    kept.stats.append(stats)
    kept.prints.append(fingerprint(score, steady=on_grid >= SCORED))
    return row


def _mark_duplicates(kept: _Kept, groups: Groups) -> None:
    """Fills duplicate_of, duplicate_kind and group."""
    for pair in groups.pairs:
        row, first = kept.rows[pair.second], kept.rows[pair.first]
        if pair.kind == "near" or row.duplicate_of is not None:
            continue
        same_place = row.path.removeprefix(row.file) == first.path.removeprefix(first.file)
        same_file = row.sha256 == first.sha256 and same_place
        row.duplicate_of = first.path
        row.duplicate_kind = "file" if pair.kind == "notes" and same_file else pair.kind
    sizes = np.bincount(groups.group, minlength=len(kept.rows)) if kept.rows else np.zeros(0, np.int64)
    for row, first_of_group in zip(kept.rows, groups.group):
        if sizes[first_of_group] > 1:
            row.group = kept.rows[first_of_group].path


def _divide(kept: _Kept, groups: Groups, settings: Settings) -> None:
    """Fills split by group where there is no official one; a group with officially placed tunes follows them."""
    keys: dict[int, str] = {}
    placed: dict[int, str] = {}
    for row, one, first in zip(kept.rows, kept.prints, groups.group.tolist()):
        keys[first] = min(keys.get(first, "~"), one.shape)
        if row.official and row.split:
            placed[first] = max(placed.get(first, ""), row.split, key=("", *SPLITS).index)
    sides = split_groups(sorted({key for first, key in keys.items() if first not in placed}), settings.rule)
    for row, first in zip(kept.rows, groups.group.tolist()):
        if not row.official:
            row.split = placed.get(first) or sides[keys[first]]


def _write_figures(kept: _Kept, folder: Path) -> None:
    folder.mkdir()
    symbols = [one.symbols for one in kept.prints]
    columns = {
        "stats": np.array(kept.stats, STATS),
        "notes": np.array([one.notes for one in kept.prints], "S32"),
        "shape": np.array([one.shape for one in kept.prints], "S32"),
        "symbols": np.concatenate(symbols) if symbols else np.zeros(0, np.int32),
        "starts": np.cumsum([0, *map(len, symbols)], dtype=np.int64),
    }
    for name, column in columns.items():
        np.save(folder / f"{name}.npy", column, allow_pickle=False)


def read_prints(folder: Path) -> list[Fingerprint]:
    """The fingerprints of a built collection, one a stored score."""
    names = ("notes", "shape", "symbols", "starts")
    notes, shape, symbols, starts = (np.load(folder / f"{name}.npy", allow_pickle=False) for name in names)
    return [
        Fingerprint(notes[i].decode(), shape[i].decode(), symbols[starts[i] : starts[i + 1]])
        for i in range(len(notes))
    ]


def _page(rows: list[Row], kept: _Kept, groups: Groups, settings: Settings) -> dict[str, Any]:
    """What `collection.json` says."""
    content = hashlib.sha256(kept.content.encode())
    for row in kept.rows:
        content.update(f"{row.path}\t{row.split}\t{row.duplicate_of}\n".encode("utf-8", "surrogatepass"))
    statuses = Counter(row.status for row in rows)
    return {
        "format": FORMAT,
        "name": settings.name,
        "source": asdict(settings.source),
        "tracks": settings.tracks,
        "split": {
            "rule": settings.official or settings.rule.describe(),
            "official": bool(settings.official),
            **asdict(settings.rule),
        },
        "note": settings.note,
        "content": content.hexdigest(),
        "counts": {
            "files": len({row.file for row in rows}),
            "rows": len(rows),
            **{status: statuses[status] for status in ("kept", "repaired", "refused")},
            "splits": dict(Counter(row.split for row in kept.rows if row.split)),
        },
        "duplicates": dict(_duplicate_counts(kept, groups)),
    }


def _duplicate_counts(kept: _Kept, groups: Groups) -> Iterator[tuple[str, int]]:
    """What `collection.json` says of duplicates."""
    kinds = Counter(row.duplicate_kind for row in kept.rows if row.duplicate_kind)
    sides: dict[str, set[str]] = {}
    for row in kept.rows:
        if row.group and row.split:
            sides.setdefault(row.group, set()).add(row.split)
    sizes = Counter(row.group for row in kept.rows if row.group)
    yield from ((kind, kinds[kind]) for kind in ("file", "notes", "transposed"))
    yield "near_pairs", sum(pair.kind == "near" for pair in groups.pairs)
    yield "groups", len(sizes)
    yield "tunes_in_groups", sum(sizes.values())
    yield "largest_group", max(sizes.values(), default=0)
    yield "joins_refused", groups.refused_joins
    yield "groups_across_splits", sum(len(found) > 1 for found in sides.values())

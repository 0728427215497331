"""Encoded pieces end to end in one memory-mapped array, kept in the cache and made only once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.data.cache import cache_folder, code_version, whole_folder
from etude.data.collection import Collection, Piece
from etude.data.reading import Progress, no_progress
from etude.encodings.base import Encoding, Steps
from etude.errors import BadInput, Reason
from etude.score import Score, stretch

FORMAT = 1  # of the folder


@dataclass(frozen=True)
class Packed:
    """The pieces of one split as steps.

    A piece may be there in several variants (the same music at other tempos): variant v of piece p is sequence
    p * variants + v. Shapes: N steps in all, K fields, S = pieces * variants sequences.
    """

    steps: NDArray[Any] = field(repr=False)  # int8, int16 or int32 [N, K], mapped from the file
    offsets: NDArray[np.int64] = field(repr=False)  # [S + 1]: first step of each sequence
    notes: NDArray[np.int32] = field(repr=False)  # [S]: note_count of each sequence
    transposable: NDArray[np.int16] = field(repr=False)  # [S, 2]: lowest and highest number of semitones
    ids: tuple[str, ...] = field(repr=False)  # of the pieces
    not_encodable: tuple[tuple[str, str], ...] = field(repr=False)  # (id, why) of pieces left out
    encoding: Encoding = field(repr=False)
    variants: int = 1

    def __len__(self) -> int:
        """The number of pieces."""
        return len(self.ids)

    def sequence(self, number: int) -> NDArray[Any]:
        """Int[T, K]: one sequence, begin step first, end step last (a view of the file)."""
        return self.steps[self.offsets[number] : self.offsets[number + 1]]

    def pieces(self) -> list[Steps]:
        """Int32[T, K] of every piece, in its first variant."""
        return [np.asarray(self.sequence(i), np.int32) for i in range(0, len(self.notes), self.variants)]

    def without(self, ids: Container[str]) -> Packed:
        """The same without the pieces called `ids`, copied into memory where there is anything to leave out."""
        return self._taken([number for number, identity in enumerate(self.ids) if identity not in ids])

    def only(self, ids: Container[str]) -> Packed:
        """The pieces called `ids` alone, copied into memory where that leaves anything out."""
        return self._taken([number for number, identity in enumerate(self.ids) if identity in ids])

    def _taken(self, kept: Sequence[int]) -> Packed:
        """The pieces of these numbers."""
        if len(kept) == len(self.ids):
            return self
        rows = [number * self.variants + variant for number in kept for variant in range(self.variants)]
        parts = [self.sequence(row) for row in rows]
        lengths = np.array([len(part) for part in parts], np.int64)
        return replace(
            self,
            steps=np.concatenate([self.steps[:0], *parts]),
            offsets=np.append(0, np.cumsum(lengths)).astype(np.int64),
            notes=self.notes[rows],
            transposable=self.transposable[rows],
            ids=tuple(self.ids[number] for number in kept),
        )

    @property
    def note_counts(self) -> NDArray[np.int32]:
        """Int32[P]: the notes of every piece."""
        return self.notes[:: self.variants]


def pack(
    collection: Collection,
    encoding: Encoding,
    split: str | None = "train",
    *,
    tempos: Sequence[float] = (1.0,),
    only: Set[str] | None = None,
    progress: Progress = no_progress,
) -> Packed:
    """The pieces of one split, or those of them called `only`, encoded; `tempos` asks for variants so many times
    as long.

    Kept in the cache folder. Pieces that the encoding cannot hold are named, not passed over.
    Raises BadInput when not one piece of the collection can be encoded.
    """
    about = {
        "format": FORMAT,
        "content": collection.content,
        "split": split,
        "encoding": [encoding.name, encoding.settings],
        "tempos": list(tempos),
        "code": code_version("encodings", "formats", "score", "data"),  # some encodings read ABC
    }
    if only is not None:
        about["only"] = sorted(only)
    key = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:24]
    folder = cache_folder() / "packed" / key
    if not (folder / "packed.json").is_file():
        pieces = [piece for piece in collection.pieces(split) if only is None or piece.id in only]
        _write(folder, pieces, encoding, tempos, progress)
    packed = _read(folder, encoding, len(tempos))
    if not packed.ids and packed.not_encodable:
        raise _none_fits(packed, f"{collection.name} ({split})")
    return packed


def _none_fits(packed: Packed, where: str) -> BadInput:
    name, why = packed.not_encodable[0]
    return BadInput(
        f"The encoding '{packed.encoding.name}' can hold none of the {len(packed.not_encodable)} pieces of "
        f"{where}; '{name}': {why} Choose another encoding.",
        Reason.NOT_ENCODABLE,
    )


def _encoded(piece: Piece, encoding: Encoding, tempos: Sequence[float]) -> list[Steps]:
    """The steps of a piece at each tempo."""
    if getattr(encoding, "reads_text", False) and piece.text:
        steps: Steps = encoding.from_text(piece.text)  # type: ignore[attr-defined]
        return [steps] * len(tempos)
    score = _labelled(piece)
    return [encoding.encode(score if tempo == 1.0 else stretch(score, tempo)) for tempo in tempos]


def _labelled(piece: Piece) -> Score:
    """The Score with the first folder of its path as extra "label", for encodings that are told it."""
    score, folder = piece.score, piece.id.partition("/")
    if not folder[1]:
        return score
    return replace(score, meta=replace(score.meta, extra=(*score.meta.extra, ("label", folder[0]))))


def _write(
    folder: Path, pieces: Sequence[Piece], encoding: Encoding, tempos: Sequence[float], progress: Progress
) -> None:
    """Encodes the pieces into the folder, which appears whole or not at all."""
    dtype = np.min_scalar_type(-max(one.size for one in encoding.fields))  # a signed one
    ids: list[str] = []
    refused: list[tuple[str, str]] = []
    rows: list[tuple[int, int, int, int]] = []  # length, notes, lowest, highest
    with whole_folder(folder, keep="packed.json") as made:
        with open(made / "steps.raw", "wb") as out:
            for piece, sequences in _encode_all(pieces, encoding, tempos, refused, progress):
                ids.append(piece.id)
                for steps in sequences:
                    out.write(steps.astype(dtype).tobytes())
                    rows.append((len(steps), encoding.note_count(steps), *encoding.transposable(steps)))
        table = np.array(rows, np.int64).reshape(-1, 4)
        columns: dict[str, NDArray[Any]] = {
            "offsets": np.cumsum(np.append(0, table[:, 0]), dtype=np.int64),
            "notes": table[:, 1].astype(np.int32),
            "transposable": table[:, 2:].astype(np.int16),
        }
        for name, column in columns.items():
            np.save(made / f"{name}.npy", column, allow_pickle=False)
        about = {"ids": ids, "not_encodable": refused, "dtype": dtype.str, "fields": len(encoding.fields)}
        (made / "packed.json").write_text(json.dumps(about), "utf-8")


def _encode_all(
    pieces: Sequence[Piece],
    encoding: Encoding,
    tempos: Sequence[float],
    refused: list[tuple[str, str]],
    progress: Progress,
) -> Iterator[tuple[Piece, list[Steps]]]:
    """Each piece that the encoding can hold, with its steps; the others go into `refused`."""
    for done, piece in enumerate(pieces):
        progress(done, len(pieces))
        try:
            sequences = _encoded(piece, encoding, tempos)
        except BadInput as error:
            refused.append((piece.id, str(error)))
            continue
        yield piece, sequences
    progress(len(pieces), len(pieces))


def _read(folder: Path, encoding: Encoding, variants: int) -> Packed:
    about = json.loads((folder / "packed.json").read_text("utf-8"))
    offsets, notes, transposable = (
        np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("offsets", "notes", "transposable")
    )
    shape = (int(offsets[-1]), int(about["fields"]))
    dtype = np.dtype(about["dtype"])
    empty = shape[0] == 0  # an empty file cannot be mapped
    steps = np.zeros(shape, dtype) if empty else np.memmap(folder / "steps.raw", dtype, "r", shape=shape)
    return Packed(
        steps=np.asarray(steps),
        offsets=offsets,
        notes=notes,
        transposable=transposable,
        ids=tuple(about["ids"]),
        not_encodable=tuple((name, why) for name, why in about["not_encodable"]),
        encoding=encoding,
        variants=variants,
    )

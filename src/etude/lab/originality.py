"""The passages a model learned from: looked up when it composes, counted once and kept with the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from etude.errors import BadInput, UsageError
from etude.files import sha256
from etude.lab.loading import PASSAGES, Loaded
from etude.lab.weights import recipe_of

if TYPE_CHECKING:
    from etude.data import Collection
    from etude.encodings import Encoding
    from etude.evaluation.originality import Band, Originality, Passages
    from etude.lab.run import Run
    from etude.score import Score

REAL = 200  # held-out pieces that make the human band, at the most
_TRIED = 8  # pieces by which it is seen whether an encoding keeps every passage


@dataclass(frozen=True)
class Known:
    """The passages that a piece is held against, and what real pieces share with them."""

    passages: Passages
    band: Band | None

    def of(self, score: Score, begin: int = 0) -> Originality:
        """The Originality of what `score` does from tick `begin` on."""
        from etude.evaluation import measure_originality

        return measure_originality(score, self.passages, begin=begin, band=self.band)

    def refuses(self, notes: int) -> Callable[[Score, int], bool]:
        """Whether music has a passage of more than `notes` notes after its prompt: for `etude.sampling.Guard`.

        Raises UsageError for passages shorter than the index can see.
        """
        from etude.evaluation import longest_copied

        if notes < self.passages.span:
            raise UsageError(f"Passages of {notes} notes are everybody's; ask for {self.passages.span} or more.")
        return lambda score, begin: longest_copied(score, self.passages, begin) > notes


def known_passages(loaded: Loaded) -> Known | None:
    """What a model learned from; None where that is not at hand: an exported model without its index beside it.

    A run keeps what was found in PASSAGES; it is made again when it does not belong to the run's pieces any more.
    """
    from etude.evaluation.originality import load_passages, save_passages

    if loaded.run is None:
        index = loaded.index
        return Known(*load_passages(index)) if index is not None and index.is_file() else None
    path, source = loaded.run.folder / PASSAGES, _source(loaded.run)
    try:
        return Known(*load_passages(path, source=source))
    except BadInput:
        pass  # not made yet, or of other music
    try:
        found = _learned(loaded, loaded.run)
    except BadInput:  # the collection has been moved since
        return None
    save_passages(found.passages, path, found.band, source=source)
    return found


def collection_passages(collection: Collection) -> Known:
    """The passages of a collection's training side, and what its held-out sides share with them; repeats played."""
    from etude.score import unfold

    return _indexed(collection, [piece.id for piece in collection.pieces("train")], unfold)


def _source(run: Run) -> str:
    return sha256((run.folder / "split.json").read_bytes())


def _learned(loaded: Loaded, run: Run) -> Known:
    """The passages of the pieces a run learned from, as its encoding hears them."""
    from etude.lab.material import Material

    split = run.read_json("split.json")
    left_out = split.get("left_out", {})
    learned = split["learned"] if isinstance(split.get("learned"), list) else split["pieces"]["train"]
    collection = Material.of(replace(recipe_of(run).data, without=""), loaded.encoding).collection
    names = [name for name in learned if name not in left_out]
    some = [piece.score for piece in collection.pieces(duplicates=True)[:_TRIED]]
    return _indexed(collection, names, _as_heard(some, loaded.encoding))


def _indexed(collection: Collection, names: Sequence[str], heard: Callable[[Score], Score]) -> Known:
    """The passages of the pieces called `names`, each as `heard` makes of it, and the band of held-out ones."""
    from etude.evaluation.originality import SPAN, Passages, human_band

    pieces = {piece.id: piece for piece in collection.pieces(duplicates=True)}
    # data against data: no choice is made by it, so the test side may stand in it too
    real = [piece.score for side in ("valid", "test") for piece in collection.pieces(side)][:REAL]
    kept = [name for name in names if name in pieces]
    passages = Passages.of((heard(pieces[name].score) for name in kept), kept, span=SPAN)
    return Known(passages, human_band(map(heard, real), passages))


def _as_heard(scores: Sequence[Score], encoding: Encoding) -> Callable[[Score], Score]:
    """What a model hears of a Score: the Score itself where its encoding keeps every passage, as `scores` show."""
    from etude.encodings import decode
    from etude.evaluation.originality import lines

    def through(score: Score) -> Score:
        try:
            return decode(encoding, encoding.encode(score))
        except BadInput:  # left out of training too
            return score

    def passages(score: Score) -> list[list[int]]:
        return [line.steps.tolist() for line in lines(score)]

    same = all(passages(through(score)) == passages(score) for score in scores)
    return (lambda score: score) if same else through

"""Bars of a piece composed anew by a model, with both sides heard or, by search, with the rest weighed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.errors import BadInput, UsageError
from etude.lab.loading import Loaded
from etude.lab.telling import guided
from etude.lab.wanting import constraints_of, split_wish
from etude.score import NOTE, Score, fine_enough, patched

if TYPE_CHECKING:
    from etude.encodings import Encoding, Steps
    from etude.encodings.infill import Cutting, Gap, Sides
    from etude.lab.composing import Wish
    from etude.sampling import Composition, Take
    from etude.score import Table

WAYS = ("auto", "training", "search")
TRIES = 16  # fillings that a search weighs
ROWS = 512  # steps a model has heard at once, where it does not say
EVER = 10**8


@dataclass(frozen=True)
class Bars:
    """Bars of a piece that are to be filled: ticks [start, stop) of `score`, and the same for a model.

    own    int32[T, K]: the piece as the model writes it, without what it is told of it
    told   int32[C, K]: what it is told
    """

    score: Score
    start: int
    stop: int
    loaded: Loaded
    cuts: Cutting
    gap: Gap
    own: Steps
    told: Steps

    @property
    def sides(self) -> Sides:
        """The parts of the piece."""
        from etude.encodings.infill import sides

        return sides(self.cuts, self.own, self.gap)

    @property
    def before(self) -> Steps:
        """Int32[T, K]: begin, what is told, and the music up to the bars."""
        found = self.sides
        return np.concatenate([self.own[:1], self.told, found.head, found.before]).astype(np.int32)

    @property
    def parts(self) -> list[tuple[int, ...]]:
        """The tracks of the score that each track of the model stands for."""
        return self.cuts.parts(self.score)

    @property
    def rest(self) -> Score:
        """The score without what is replaced."""
        tracks = [track for part in self.parts for track in part]
        return patched(self.score, self.start, self.stop, np.zeros(0, NOTE), tracks)


def bars_of(loaded: Loaded, score: Score, start: int, stop: int, wish: Wish) -> Bars:
    """The Bars. Raises BadInput when the model cannot hold the piece, UsageError when it knows no bars."""
    from etude.encodings.infill import Gap, cutting

    cuts = cutting(bare(loaded.encoding))
    try:
        steps = loaded.encoding.encode(score)
        parts = cuts.parts(score)
    except BadInput as error:
        raise BadInput(f"The piece cannot be used with this model: {error}", error.reason) from error
    if len(parts) < len(loaded.encoding.tracks) or not any(parts):
        raise UsageError(
            f"The piece has {len(parts)} voices and {loaded.name} writes {len(loaded.encoding.tracks)}: take a "
            "model of such music, or let `etude harmonise` write the others first."
        )
    count = len(told_kinds(loaded))
    told = _told(loaded, score, wish, steps[1 : 1 + count])
    first, last = cuts.to_ticks(score, np.array([start, stop])).tolist()
    own = np.delete(steps, slice(1, 1 + count), axis=0)
    if cuts.ends:
        last = min(last, int(cuts.ticks(own)[-1]))
    return Bars(score, start, stop, loaded, cuts, Gap(first, last), own, told)


def bare(encoding: Encoding) -> Encoding:
    """The encoding without conditions and markers."""
    from etude.encodings.conditions import Told
    from etude.encodings.infill import Infilling

    while isinstance(encoding, (Told, Infilling)):
        encoding = encoding.inner
    return encoding


def told_kinds(loaded: Loaded) -> tuple[str, ...]:
    """The conditions that a model is told, in their order."""
    control = getattr(loaded.encoding, "control", None)
    return () if control is None else tuple(control.kinds)


def _told(loaded: Loaded, score: Score, wish: Wish, read: Steps) -> Steps:
    """What the piece is told to be: as it was `read`, but for what is asked for."""
    told, _ = split_wish(loaded, wish.told)
    if not told:
        return read
    encoding: Any = loaded.encoding
    steps: Steps = encoding.opening(told, score)
    return steps[1 : 1 + len(read)]


def trained(loaded: Loaded) -> bool:
    """Whether a model has learned to fill gaps."""
    from etude.encodings.infill import infilling_of

    return infilling_of(loaded.encoding) is not None


def chosen_way(loaded: Loaded, way: str) -> str:
    """ "training" or "search". Raises UsageError for a way that there is not, or not with this model."""
    if way not in WAYS:
        raise UsageError(f"There is no way '{way}' to infill. Possible: {', '.join(WAYS)}.")
    if way == "training" and not trained(loaded):
        raise UsageError(f"{untrained(loaded)} Or leave --by out: then fillings are searched for.")
    return way if way != "auto" else ("training" if trained(loaded) else "search")


def untrained(loaded: Loaded) -> str:
    """That a model was not trained to infill, and how one is."""
    return (
        f"{loaded.name} was not trained to infill. Train a model on pieces with gaps: "
        "etude train ... --set data.infill=0.3 --set training.whole=true."
    )


def fill(bars: Bars, take: Take, wish: Wish, way: str, tries: int) -> Composition:
    """The piece with other music in the bars; everything outside them as it was."""
    way = chosen_way(bars.loaded, way)
    if way == "training":
        made = _drawn(bars, take, wish, _heard(bars))
        return replace(_placed(bars, made), figures={"way": way})
    found = [_drawn(bars, _other(take, number), wish, None) for number in range(tries)]
    pieces = [_placed(bars, one) for one in found]
    rests = np.array([_price_of_rest(bars, piece.score) for piece in pieces])
    best = _weighed(rests, take)
    remarks = () if trained(bars.loaded) else (f"{untrained(bars.loaded)} {_searched(tries)}",)
    figures = {"way": way, "tries": tries, "log_probability_of_rest": round(float(rests[best]), 4)}
    return replace(pieces[best], figures=figures, remarks=remarks)


def _searched(tries: int) -> str:
    return f"Here it heard only what comes before; {tries} fillings were weighed by how well the rest follows them."


def _heard(bars: Bars) -> Steps:
    """Int32[T, K]: what a trained model hears before it fills the bars. Raises UsageError where it is too much."""
    from etude.encodings.infill import LONGEST, infilling_of, rearranged

    quarters = (bars.gap.stop - bars.gap.start) / bars.cuts.encoding.tpq
    most = row_steps(bars.loaded)
    if quarters > LONGEST or len(bars.sides.middle) > most // 2:
        raise UsageError(
            f"These bars last {quarters:g} quarters and hold {len(bars.sides.middle)} steps. {bars.loaded.name} "
            f"learned to fill up to {LONGEST} quarters and {most // 2} steps: ask for fewer bars, or --by search."
        )
    whole = np.concatenate([bars.own[:1], bars.told, bars.own[1:]])
    told = rearranged(bars.loaded.encoding, whole, bars.gap, most)
    infilling = infilling_of(bars.loaded.encoding)
    assert infilling is not None
    return told[: int(np.flatnonzero(infilling.is_marker(told))[-1]) + 1]


def row_steps(loaded: Loaded) -> int:
    """Steps of a row that the model was trained on, its begin step among them."""
    from etude.lab.weights import recipe_of

    known = loaded.metadata.get("row_steps")
    if known is None and loaded.run is not None:
        known = recipe_of(loaded.run).training_config().length
    return int(known or ROWS) + 1


def _drawn(bars: Bars, take: Take, wish: Wish, heard: Steps | None) -> Composition:
    """What comes before the bars, and their new music; the model hears `heard` instead of what comes before."""
    from etude.sampling import Filling, Length, Rehearsed, compose, constrained

    told, forced = split_wish(bars.loaded, wish.told)
    wanted = constraints_of(bars.loaded, wish.constraints, {k: v for k, v in forced.items() if k == "key"}, 0)
    filling = Filling(bars.sides.middle, bars.gap.start, bars.gap.stop)
    encoding = constrained(bars.loaded.encoding, wanted, bars.before, filling=filling)
    stepper = guided(bars.loaded, told, wish.strength)
    if heard is not None:
        stepper = Rehearsed(stepper, heard)
    length = Length(steps=EVER)
    return compose(stepper, encoding, prompt=bars.before, sampling=take.sampling, seed=take.seed, length=length)


def _placed(bars: Bars, made: Composition) -> Composition:
    """`made` with the whole piece as its score: the new notes in their bars, everything else as it was."""
    notes = made.score.notes[(made.score.notes["onset"] >= bars.gap.start)]
    notes = notes[notes["onset"] < bars.gap.stop]
    onsets = notes["onset"].astype(np.int64)
    times = bars.cuts.from_ticks(bars.score, np.concatenate([onsets, onsets + notes["duration"]]))
    score = fine_enough(bars.score, times.tolist())
    factor = score.tpq / bars.score.tpq
    start, stop = round(bars.start * factor), round(bars.stop * factor)
    places = np.clip(np.rint(times * factor).astype(np.int64), start, None)
    begins, ends = np.split(places, 2)
    fresh = notes.copy()
    fresh["onset"] = np.minimum(begins, stop - 1)
    fresh["duration"] = np.maximum(np.minimum(ends, stop) - fresh["onset"], 1)
    _assigned(bars, score, fresh, stop)
    tracks = [track for part in bars.parts for track in part]
    whole = patched(score, start, stop, fresh, tracks)
    there = whole.notes[(whole.notes["onset"] >= start) & (whole.notes["onset"] < stop)]
    own = whole.replace(notes=there[np.isin(there["track"], tracks)])
    return replace(made, score=whole, prompt_end=start, own=own)


def _assigned(bars: Bars, score: Score, fresh: Table, stop: int) -> None:
    """Gives new notes, in place, their track, their loudness and, where one is tied over, its length."""
    loud = any(field.unit == "velocity" and field.size > 1 for field in bars.loaded.encoding.fields)
    for number, tracks in enumerate(bars.parts):
        own = fresh["track"] == number
        old = score.notes[np.isin(score.notes["track"], tracks)]
        for row in np.flatnonzero(own):
            fresh["track"][row] = _nearest(old, tracks, int(fresh["pitch"][row]))
            if not loud:
                fresh["velocity"][row] = int(np.median(old["velocity"])) if len(old) else 80
        tail = old[(old["onset"] < stop) & (old["onset"] + old["duration"] > stop)]
        tail = tail[tail["onset"] >= round(bars.start * score.tpq / bars.score.tpq)]
        if bars.cuts.ties and len(tail):
            reaching = own & (fresh["onset"] + fresh["duration"] == stop)
            until = int((tail["onset"] + tail["duration"]).max())
            fresh["duration"][reaching] = until - fresh["onset"][reaching]


def _nearest(old: Table, tracks: tuple[int, ...], pitch: int) -> int:
    """Of several tracks the one whose notes lie nearest to `pitch`."""
    heights = {
        track: np.median(old["pitch"][old["track"] == track]) for track in tracks if (old["track"] == track).any()
    }
    return min(heights, key=lambda track: abs(float(heights[track]) - pitch), default=tracks[0] if tracks else 0)


def _other(take: Take, number: int) -> Take:
    """The same take with other random numbers, but for the first."""
    from etude.sampling import piece_seed

    return replace(take, seed=piece_seed(take.seed, number)) if number else take


def _price_of_rest(bars: Bars, score: Score) -> float:
    """Nats (<= 0) that the model gives to what follows the bars; -inf where it cannot hold the piece."""
    try:
        steps = bars.loaded.encoding.encode(score)
    except BadInput:
        return -np.inf
    count = len(bars.told)
    steps[1 : 1 + count] = bars.told
    own = np.delete(steps, slice(1, 1 + count), axis=0)
    place = bars.cuts.place(bars.cuts.ticks(own), bars.gap.stop) + count
    return -float(bars.loaded.stepper.nats(steps)[place - 1 :].sum())


def _weighed(nats: Any, take: Take) -> int:
    """The number of one candidate, each as likely as `nats` (float64[N], ln p) say.

    What was drawn from the left alone then follows the model's distribution given both sides, the better the more
    candidates there are (sampling importance resampling: Rubin, 1988).
    """
    if not np.isfinite(nats).any():
        return 0
    weights = np.exp(nats - nats.max())
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(take.seed, spawn_key=(2,))))
    return int(random.choice(len(weights), p=weights / weights.sum()))

"""`accompany`: drums to a tune. They follow its bars, tempo and meter; the tune stays as it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from etude.errors import BadInput, Reason, UsageError
from etude.lab.telling import Start, control_of, guided, start_told
from etude.score import Score, Track, bar_starts, on_drums, pickup_ticks, resample, unfold

if TYPE_CHECKING:
    from etude.encodings import Encoding
    from etude.lab.composing import Wish
    from etude.lab.loading import Loaded
    from etude.sampling import Composition, Take

Ticks = NDArray[np.int64]
FINE = 480  # ticks a quarter, at least: what is played freely needs them
FOLLOWED = ("tempo", "meter", "density")  # conditions that are read from the tune, of a model that was taught them
SPLITS = (4, 3)  # parts of a quarter that strokes can fall on
LOOSE = 0.02  # seconds from the grid at most: how freely the drums play
NEAR = 0.05  # seconds: a stroke that near an onset of the tune is heard with it


@dataclass(frozen=True)
class Accompany:
    """A Task.

    grid    parts of a quarter that strokes fall on; 0: 3 where the tune's notes fit that better, else 4
    loose   seconds that a stroke may be away from there
    """

    grid: int = 0
    loose: float = LOOSE

    command = "accompany"

    def asked(self) -> dict[str, Any]:
        """Its options as JSON values."""
        return asdict(self)

    def draw(self, loaded: Loaded, take: Take, wish: Wish, music: Start) -> Composition:
        """The tune, repeats played out, with drums from its first full bar to the end of its last."""
        from etude.sampling import Length, compose
        from etude.sampling.pulse import Pulse, pulsed

        _check(loaded, wish)
        tune, remarks = _tune(music)
        clock = Clock.of(tune, loaded.encoding)
        split = self.grid or split_of(tune)
        told = {**_followed(loaded, tune), **wish.told}
        pulse = Pulse(clock.points(split), clock.lines(), round(self.loose * clock.rate))
        made = compose(
            *(guided(loaded, told, wish.strength), pulsed(loaded.encoding, pulse)),
            prompt=start_told(loaded, told, None),
            sampling=take.sampling,
            seed=take.seed,
            length=Length(seconds=clock.length / clock.rate),
        )
        drums = clock.back(made.score)
        together = agreement(tune, drums)
        return replace(
            made,
            score=joined(tune, drums),
            own=drums,
            ended=True,
            figures={"bars_followed": clock.bars, "strokes": len(drums), "grid": split, "together": together},
            remarks=remarks,
            said=f"{len(drums)} strokes over {clock.bars} bars; {together:.0%} of the tune's onsets have one",
        )


@dataclass(frozen=True)
class Clock:
    """The time of a tune from its first full bar on, in the ticks of a drum encoding."""

    tune: Score
    begin: int  # ticks of the tune
    end: int
    bars: int
    performed: bool  # whether the encoding counts seconds, or quarters
    tpq: int  # of the encoding

    @classmethod
    def of(cls, tune: Score, encoding: Encoding) -> Clock:
        """The clock of a tune for an encoding of notes."""
        starts = bar_starts(tune)
        first = 1 if pickup_ticks(tune) and len(starts) > 2 else 0
        performed = encoding.settings.get("time", "performed") == "performed"
        return cls(tune, int(starts[first]), int(starts[-1]), len(starts) - 1 - first, performed, encoding.tpq)

    @property
    def rate(self) -> float:
        """Ticks of the encoding a second, as it decodes: 120 quarters a minute."""
        return 2.0 * self.tpq

    @property
    def length(self) -> int:
        """Ticks of the encoding from the first full bar to the end of the last."""
        return int(self.there(np.array([self.end]))[0])

    def there(self, ticks: Ticks) -> Ticks:
        """Int64: ticks of the tune as ticks of the encoding."""
        if self.performed:
            times = self.tune.seconds(ticks) - self.tune.seconds([self.begin])
            return np.rint(times * self.rate).astype(np.int64)
        return np.rint((ticks - self.begin) / self.tune.tpq * self.tpq).astype(np.int64)

    def points(self, split: int) -> Ticks:
        """Int64: every part of every beat up to two bars past the end, as ticks of the encoding."""
        starts = bar_starts(self.tune)
        step = self.tune.tpq / split
        inside = [np.arange(begin, end - step / 2, step) for begin, end in pairwise(starts)]
        past = self.end + np.arange(0, 2 * max(1, int(np.diff(starts).max())), step)
        ticks = np.concatenate([*inside, past])
        return np.unique(self.there(ticks[ticks >= self.begin]))

    def lines(self) -> Ticks:
        """Int64[bars + 1]: where each bar begins, and where the last one ends, as ticks of the encoding."""
        return self.there(bar_starts(self.tune)[-self.bars - 1 :])

    def back(self, drums: Score) -> Score:
        """Drums of the encoding, moved into the ticks of the tune; strokes of the same drum at once are one."""
        notes = drums.notes.copy()
        onsets, ends = (self._back(notes["onset"] + add) for add in (0, notes["duration"]))
        keep = onsets < self.end
        notes["onset"], notes["duration"] = onsets, np.maximum(np.minimum(ends, self.end) - onsets, 1)
        return self.tune.replace(notes=notes[keep], tracks=drums.tracks, controls=self.tune.controls[:0])

    def _back(self, ticks: NDArray[np.integer[Any]]) -> Ticks:
        """Int64: ticks of the encoding as ticks of the tune."""
        if self.performed:
            seconds = ticks / self.rate + self.tune.seconds([self.begin])
            return np.rint(self.tune.ticks(seconds)).astype(np.int64)
        return np.rint(ticks / self.tpq * self.tune.tpq).astype(np.int64) + self.begin


def split_of(tune: Score) -> int:
    """Into how many parts of a quarter most onsets fall: of SPLITS the one that they are nearer to."""
    places = (tune.notes["onset"].astype(np.float64) - pickup_ticks(tune)) / tune.tpq
    off = [float(np.abs(places * split - np.rint(places * split)).mean() / split) for split in SPLITS]
    return SPLITS[int(np.argmin(np.round(off, 6)))]


def agreement(tune: Score, drums: Score) -> float:
    """The share of the tune's onsets, from the first stroke on, that have a stroke at most NEAR seconds away."""
    if not len(drums) or not len(tune):
        return 0.0
    strokes = np.unique(drums.seconds(drums.notes["onset"]))
    onsets = np.unique(tune.seconds(tune.notes["onset"]))
    onsets = onsets[onsets >= strokes[0] - NEAR]
    if not len(onsets):
        return 0.0
    at = np.searchsorted(strokes, onsets).clip(1, max(1, len(strokes) - 1))
    away = np.abs(strokes[[at - 1, np.minimum(at, len(strokes) - 1)]] - onsets).min(axis=0)
    return round(float((away <= NEAR).mean()), 4)


def joined(tune: Score, drums: Score) -> Score:
    """The tune with the drums as a track behind its own."""
    notes = drums.notes.copy()
    notes["track"] = len(tune.tracks)
    return tune.replace(
        notes=np.concatenate([tune.notes, notes]), tracks=(*tune.tracks, Track("drums", 0, True)), marks=tune.marks
    )


def _check(loaded: Loaded, wish: Wish) -> None:
    """Raises UsageError for a model that does not play drums, and for constraints, which speak of pitches."""
    if asked := [f"--{name}" for name, value in wish.constraints.items() if value]:
        raise UsageError(f"Drums have no pitch: {', '.join(asked)} means nothing to them. Leave it out.")
    if getattr(loaded.encoding, "part", "") != "drums":
        raise UsageError(
            f"{loaded.name} does not play drums, and only drums accompany so far. Name a model of drums, such "
            "as one of `etude train drums`; voices to a melody are written by `etude harmonise`."
        )


def _tune(music: Start) -> tuple[Score, tuple[str, ...]]:
    """(the pitched tracks of what was handed in, played out and fine enough; what a person should know)."""
    if not isinstance(music, Score) or not len(music):
        raise BadInput("There is nothing to accompany: name a file with notes, or type some.", Reason.EMPTY)
    played = unfold(music)
    drums = on_drums(played)
    if drums.all():
        raise BadInput(
            "The file has drums only. To go on from them: etude continue FILE MODEL.", Reason.NOT_ENCODABLE
        )
    fine = resample(played, played.tpq * ceil(FINE / played.tpq))
    kept = [number for number, track in enumerate(fine.tracks) if not track.is_drum]
    notes, controls = (table[np.isin(table["track"], kept)] for table in (fine.notes, fine.controls))
    for table in (notes, controls):
        table["track"] = np.searchsorted(kept, table["track"])
    remarks = ("The drums of the file are left out: new ones are played.",) if drums.any() else ()
    return fine.replace(notes=notes, controls=controls, tracks=tuple(fine.tracks[one] for one in kept)), remarks


def _followed(loaded: Loaded, tune: Score) -> dict[str, str]:
    """The conditions that the tune itself states, as far as the model was taught them and heard such."""
    control = control_of(loaded)
    if control is None:
        return {}
    heard = loaded.metadata.get("told") or {}
    read = control.read(tune, None)
    return {
        kind: choice
        for kind, choice in read.items()
        if kind in FOLLOWED and choice != "open" and choice in heard.get(kind, [choice])
    }

"""How a critic of whole pieces hears: notes, not files.

Conventions
    A piece becomes int32[T, K], a step a note in order of onset and pitch, with a step where it begins and one
    where it ends. Nothing is heard of what a container or a model adds: loudness, tracks, marks, bar lines, repeat
    signs, and times finer than a unit. A unit is a 24th of a quarter of written music, whose tempo is not heard,
    and 20 ms of played music, whose beat is not heard. Pitches are heard relative to the piece: the same piece in
    another key sounds the same. Drums are heard as the keys that they are.

Fields
    register    semitones above the middle of the piece; 0 where it begins and ends
    degree      semitones above the tonic (12), and these in minor; 1 where a piece begins, 2 where it ends
    gap         units since the onset before; told apart by twelve beyond 48
    duration    the same of how long it lasts
    beat        units since the last quarter; 0 of played music
    count       eighths since the piece began, modulo 24 (bars of two, three and four), of its end too
    phrase      the same modulo 32 (four bars of four); both 0 of played music
    expected    how long the line up to here has stood in the piece before, and whether it now goes on as then
    ago         quarters (half seconds of played music) since then, at most 40
    recalled    the same as `expected`, seen from the end of the piece
    return      what stood, and what will stand, as long before and after as the piece most often takes to come
                back to itself: the same pitch, another, none; `return 2` the next such time
    common      how much of the piece lasts on this pitch class, this note left out
    before      how many of the 24 notes before have it
    after       how many of the 24 notes after have it
    chord       what sounds at its onset, in semitones above it: two fields of six classes each
    place       how many notes sound above it; `above`, `below`: semitones to the nearest ones
    move        semitones from the note that sounded at its place of the chord before

Source: tonic by the key profiles of Krumhansl and Kessler (1982).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etude.lab.critic.memory import LONGEST, remembered
from etude.lab.critic.returning import KINDS, returns
from etude.lab.critic.texture import APART, PLACES, texture
from etude.score import Score, unfold

Steps = NDArray[np.int32]
Whole = NDArray[np.int64]

GRID = 24  # units of a quarter of written music
TICKS, PER_UNIT = 100, 2  # played music: of a second, to which models round too; in a unit
MIDDLE = 64  # register of a note in the middle of the piece
DRUM_MIDDLE = 50  # the same of a kit: a fixed key
EXACT, COARSE = 2 * GRID, GRID // 2  # units up to which times are told apart, and how well beyond them
TIMES = EXACT + (8 * GRID - EXACT) // COARSE + 2
AROUND = 24  # notes before and after that are counted
COUNTED, PHRASE, FARTHEST = 24, 32, 40  # eighths, eighths, quarters that are told apart
SHARES = np.array([0.002, 0.01, 0.02, 0.04, 0.07, 0.1, 0.14, 0.2, 0.3])
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
OPENING, CLOSING = 1, 2

FIELDS = {
    "register": 128,
    "degree": 3 + 24,
    "gap": 1 + TIMES,
    "duration": 1 + TIMES,
    "beat": 1 + GRID,
    "count": 1 + COUNTED,
    "phrase": 1 + PHRASE,
    "expected": 2 + 2 * LONGEST,
    "ago": 2 + FARTHEST,
    "recalled": 2 + 2 * LONGEST,
    "return": 1 + KINDS,
    "return 2": 1 + KINDS,
    "common": 2 + len(SHARES),
    "before": 2 + len(SHARES),
    "after": 2 + len(SHARES),
    "chord": 64,
    "chord above": 64,
    "place": 1 + PLACES,
    "above": 2 + APART,
    "below": 2 + APART,
    "move": 3 + 2 * APART,
}
SIZES, NAMES = tuple(FIELDS.values()), tuple(FIELDS)
BEAT, COUNT, FOUR_BARS = (NAMES.index(name) for name in ("beat", "count", "phrase"))


@dataclass(frozen=True)
class Ears:
    """Pieces as a critic hears them, at most `longest` notes at a time; `played`: by the clock, not by the beat."""

    played: bool = False
    longest: int = 256

    def steps(self, score: Score) -> Steps:
        """Int32[N + 2, 21]: a whole piece of N notes as it is played, with the steps where it begins and ends."""
        score = unfold(score)
        steps = np.zeros((len(score) + 2, len(SIZES)), np.int32)
        steps[0, 1], steps[-1, 1] = OPENING, CLOSING
        if len(score):
            kits = np.array([track.is_drum for track in score.tracks], np.bool_)
            pitches = score.notes["pitch"].astype(np.int64)
            onsets, lengths = self._times(score)
            steps[1:-1] = _heard(pitches, onsets, lengths, bool(kits[score.notes["track"]].mean() > 0.5))
            if not self.played:
                steps[1:-1, BEAT] = 1 + onsets % GRID
                times = np.append(onsets, (onsets + lengths).max()) - onsets[0]
                steps[1:, COUNT] = 1 + times * 2 // GRID % COUNTED
                steps[1:, FOUR_BARS] = 1 + times * 2 // GRID % PHRASE
                steps[-1, BEAT] = 1 + times[-1] % GRID
        return steps

    def _times(self, score: Score) -> tuple[Whole, Whole]:
        """(onsets, lengths) of the notes in units, int64[N] each."""
        begin = score.notes["onset"].astype(np.float64)
        end = begin + score.notes["duration"]
        if self.played:
            first, last = (np.rint(score.seconds(ticks) * TICKS).astype(np.int64) for ticks in (begin, end))
            return first // PER_UNIT, (last - first) // PER_UNIT
        first, last = (np.rint(ticks * GRID / score.tpq).astype(np.int64) for ticks in (begin, end))
        return first, last - first

    def parts(self, steps: Steps) -> list[Steps]:
        """The piece in parts of about equal length, none longer than `longest` notes."""
        count = -(-len(steps) // (self.longest + 2))
        return [np.ascontiguousarray(part) for part in np.array_split(steps, count)]


def is_played(scores: Sequence[Score]) -> bool:
    """Whether these pieces were played rather than written: fewer than nine of ten onsets stand on the grid."""
    places = [score.notes["onset"].astype(np.float64) * GRID / score.tpq % 1 for score in scores]
    away = np.concatenate([np.zeros(0), *places])
    return bool(len(away)) and float((np.minimum(away, 1 - away) < 0.05).mean()) < 0.9


def _heard(pitches: Whole, onsets: Whole, lengths: Whole, drums: bool) -> Whole:
    """Int64[N, K]: the fields of every note."""
    gaps = np.diff(onsets, prepend=onsets[:1])
    tonic, minor = (0, False) if drums else tonic_of(pitches, lengths)
    middle = DRUM_MIDDLE if drums else int(np.median(pitches))
    back = returns(pitches, onsets, GRID)
    around = texture(pitches, onsets, lengths)
    expected, ago = remembered(np.diff(pitches), gaps[1:])
    recalled, _ = remembered(np.diff(pitches[::-1]), gaps[:0:-1])
    since = onsets - onsets[np.arange(len(onsets)) - ago]
    before, after = _around(pitches)
    columns = {
        "register": np.clip(pitches - middle + MIDDLE, 1, 127),
        "degree": 3 + (pitches - tonic) % 12 + 12 * minor,
        "gap": 1 + _time(gaps),
        "duration": 1 + _time(lengths),
        "expected": 1 + expected,
        "ago": 1 + np.where(ago > 0, np.minimum(1 + since // GRID, FARTHEST), 0),
        "recalled": 1 + recalled[::-1],
        "return": 1 + back[0],
        "return 2": 1 + back[1],
        "common": 1 + np.searchsorted(SHARES, _common(pitches, lengths)),
        "before": 1 + np.searchsorted(SHARES, before),
        "after": 1 + np.searchsorted(SHARES, after),
        "chord": around["chord"] & 63,
        "chord above": around["chord"] >> 6,
        **{name: 1 + around[name] for name in ("place", "above", "below", "move")},
    }
    return np.stack([columns.get(name, np.zeros_like(pitches)) for name in NAMES], axis=1)


def tonic_of(pitches: Whole, lengths: Whole) -> tuple[int, bool]:
    """(pitch class of the tonic, whether the key is minor) whose profile fits best what lasts how long."""
    held = np.bincount(pitches % 12, weights=lengths + 1.0, minlength=12)
    turned = np.stack([np.roll(held, -tonic) for tonic in range(12)])
    fits = np.stack([np.corrcoef(turned, profile)[-1, :-1] for profile in (MAJOR, MINOR)])
    fits = np.nan_to_num(fits, nan=-1.0)  # every class equally long
    mode, tonic = np.unravel_index(int(fits.argmax()), fits.shape)
    return int(tonic), bool(mode)


def _time(ticks: Whole) -> Whole:
    """Int64[N], 0 .. TIMES - 1: a time as the ear tells times apart."""
    coarse = EXACT + 1 + (ticks - EXACT - 1) // COARSE
    return np.clip(np.where(ticks <= EXACT, ticks, coarse), 0, TIMES - 1)


def _common(pitches: Whole, lengths: Whole) -> NDArray[np.float64]:
    """Float64[N]: the share of the piece on each note's pitch class, the note itself left out."""
    own = lengths + 1.0
    held = np.bincount(pitches % 12, weights=own, minlength=12)
    return np.asarray((held[pitches % 12] - own) / np.maximum(held.sum() - own, 1e-9))


def _around(pitches: Whole) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(float64[N], float64[N]): the share of the notes before, and after, with each note's pitch class."""
    count = len(pitches)
    is_class = np.zeros((count + 1, 12), np.int64)
    is_class[np.arange(1, count + 1), pitches % 12] = 1
    sums = np.cumsum(is_class, axis=0)
    here, rows = np.arange(count), pitches % 12
    low, high = np.maximum(here - AROUND, 0), np.minimum(here + 1 + AROUND, count)
    before = (sums[here, rows] - sums[low, rows]) / np.maximum(here - low, 1)
    after = (sums[high, rows] - sums[here + 1, rows]) / np.maximum(high - here - 1, 1)
    return before, after

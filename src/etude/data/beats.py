"""Where the beats are: from the tempo map when the music stands on it, else estimated from the onsets.

Source: Ellis, "Beat tracking by dynamic programming", Journal of New Music Research 36 (2007): an onset strength,
its autocorrelation weighted towards 120 beats a minute for the period, then the chain of beats that best joins
strong onsets and steady steps. Here the strength comes from notes, not from sound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from etude.data.grid import grid_pull, grid_share
from etude.data.stats import SCORED
from etude.score import CONTROL, Score, Table

RATE = 100  # frames of onset strength a second
_FASTEST, _SLOWEST = 0.25, 1.5  # seconds of a beat
_USUAL, _OCTAVES = 0.5, 1.0  # seconds of the likeliest beat, and the spread around it
_BLUR = 0.025  # seconds: how far apart two onsets still support each other
_STEADY = 120.0  # how much a beat of another length costs, against the strength it gains
_PULLED = 0.5  # grid_pull from here on: somebody played to the click of the tempo map
_LISTEN = 300.0  # seconds from the start that the period is taken from
TPQ = 480
_PLACES = np.array([0, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1])  # of a beat, where quantised notes may stand

Source = Literal["tempo map", "estimate"]


@dataclass(frozen=True)
class BeatGrid:
    """The beats of a recording, in seconds, how far to trust them (0 to 1), and where they come from.

    From a tempo map, `confidence` is the share of onsets on its grid beyond chance, or how strongly they gather
    around it; from an estimate, how strongly the onsets repeat after one beat (their autocorrelation there).
    """

    beats: NDArray[np.float64]  # seconds, rising
    confidence: float
    source: Source


def beat_grid(score: Score) -> BeatGrid:
    """The BeatGrid of a Score: quarters of its tempo map, or beats estimated from its onsets."""
    share, follows = _follows_map(score)
    if follows:
        quarters = np.arange(0, score.end + score.tpq, score.tpq)
        return BeatGrid(score.seconds(quarters), share, "tempo map")
    strength = onset_strength(score)
    period, confidence = _period(strength)
    return BeatGrid(_track(strength, period) / RATE, confidence, "estimate")


def beat_confidence(score: Score, share: float | None = None) -> tuple[Source, float]:
    """Source and confidence of `beat_grid`, without following the beats; `share`: its grid_share, if known."""
    share, follows = _follows_map(score, share)
    if follows:
        return "tempo map", share
    return "estimate", _period(onset_strength(score, _LISTEN))[1]


def _follows_map(score: Score, known: float | None = None) -> tuple[float, bool]:
    """The confidence in the tempo map, and whether it is to be believed."""
    share = grid_share(score) if known is None else known
    if share >= SCORED or len(score) < 2:
        return share, True
    pull = grid_pull(score)
    return max(share, pull), pull >= _PULLED


def onset_strength(score: Score, until: float | None = None) -> NDArray[np.float64]:
    """Float64[frames]: how much begins at each hundredth of a second; louder and lower notes weigh more."""
    notes = score.notes
    times = score.seconds(notes["onset"])
    if until is not None:
        notes, times = notes[times < until], times[times < until]
    weight = np.sqrt(notes["velocity"] / 127.0) * (1.0 + 0.5 * (notes["pitch"] < 48))
    frames = np.rint(times * RATE).astype(np.int64)
    raw = np.bincount(frames, weights=weight, minlength=int(frames.max(initial=0)) + RATE)
    raw = np.sqrt(raw)  # a chord is more than a note, but not as many times as it has notes
    width = int(3 * _BLUR * RATE)
    kernel = np.exp(-0.5 * (np.arange(-width, width + 1) / (_BLUR * RATE)) ** 2)
    return np.asarray(np.convolve(raw, kernel, "same"), np.float64)


def _period(strength: NDArray[np.float64]) -> tuple[float, float]:
    """The length of a beat in frames, and the confidence in it."""
    centred = strength - strength.mean()
    size = 2 ** int(np.ceil(np.log2(2 * len(centred))))
    spectrum = np.abs(np.fft.rfft(centred, size)) ** 2
    alike = np.fft.irfft(spectrum, size)[: len(centred)]
    lags = np.arange(int(_FASTEST * RATE), min(int(_SLOWEST * RATE), (len(alike) - 2) // 3))
    if len(lags) < 2 or alike[0] <= 0:
        return _USUAL * RATE, 0.0
    # a beat also repeats after two and three of itself; its halves do not weigh more than it does
    support = alike[lags] + 0.5 * alike[2 * lags] + 0.33 * alike[3 * lags]
    prior = np.exp(-0.5 * (np.log2(lags / RATE / _USUAL) / _OCTAVES) ** 2)
    best = int(np.argmax(support * prior))
    lag = lags[best]
    return _peak(alike, int(lag)), float(np.clip(alike[max(lag - 1, 1) : lag + 2].max() / alike[0], 0.0, 1.0))


def _peak(curve: NDArray[np.float64], at: int) -> float:
    """The place of the maximum near `at`, between frames, from a parabola through three points."""
    before, here, after = curve[at - 1], curve[at], curve[at + 1]
    bend = before - 2 * here + after
    return at + float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else float(at)


def _track(strength: NDArray[np.float64], period: float) -> NDArray[np.float64]:
    """Float64[beats], in frames: the chain of frames with the most strength and the steadiest steps."""
    scaled = strength / (strength.std() or 1.0)
    steps = np.arange(round(period / 2), round(period * 2) + 1)
    cost = -_STEADY * np.log(steps / period) ** 2
    total = scaled.copy()
    before = np.full(len(scaled), -1)
    for frame in range(int(steps[0]), len(scaled)):
        reach = steps[steps <= frame] if frame < steps[-1] else steps
        options = total[frame - reach] + cost[: len(reach)]
        best = int(np.argmax(options))
        if options[best] > 0:
            total[frame] += options[best]
            before[frame] = frame - reach[best]
    frame = int(np.argmax(total[-round(period) - RATE :])) + max(0, len(total) - round(period) - RATE)
    chain = []
    while frame >= 0:
        chain.append(frame)
        frame = int(before[frame])
    return np.array(chain[::-1], np.float64)


def quantise_performance(score: Score, grid: BeatGrid | None = None) -> Score:
    """The Score in written time: a beat is a quarter, notes stand on sixteenths or triplet eighths.

    The beats become the tempo map, so it sounds as before but for the rounding (and a lead-in of whole beats).
    Pedals move with the notes. Marks, and a meter that nobody wrote for this grid, are left out.
    """
    found = grid or beat_grid(score)
    if len(found.beats) < 2 or not len(score):
        return score
    beats, lead_in = _extended(found.beats, score.duration)
    position = np.arange(len(beats)) - float(lead_in)
    first = position[0]

    def place(ticks: NDArray[np.int32]) -> NDArray[np.float64]:
        return np.asarray(np.interp(score.seconds(ticks), beats, position) - first)

    notes = score.notes.copy()
    onsets = _to_grid(place(notes["onset"]))
    ends = _to_grid(place(notes["onset"] + notes["duration"]))
    notes["onset"] = onsets
    notes["duration"] = np.maximum(ends - onsets, TPQ // 12)
    return score.replace(
        notes=notes,
        tempos=_tempo_map(beats),
        meters=[(0, 4, 4)],
        keys=(),
        controls=_moved(score.controls, np.rint(place(score.controls["tick"]) * TPQ)),
        marks=(),
        tpq=TPQ,
        meta=replace(score.meta, extra=(*score.meta.extra, ("beats", f"{found.source} {found.confidence:.2f}"))),
    )


def _extended(beats: NDArray[np.float64], end: float) -> tuple[NDArray[np.float64], int]:
    """The beats continued at their edge tempo from 0 or before to `end` or after, and how many came in front."""
    first, last = np.diff(beats)[0], np.diff(beats)[-1]
    lead_in = max(0, int(np.ceil(beats[0] / first)))
    front = beats[0] - first * np.arange(lead_in, 0, -1)
    back = beats[-1] + last * np.arange(1, max(1, int(np.ceil((end - beats[-1]) / last))) + 1)
    return np.concatenate([front, beats, back]), lead_in


def _to_grid(position: NDArray[np.float64]) -> NDArray[np.int64]:
    """Int64, ticks: each position in beats moved to the nearest of the places a note may have."""
    whole = np.floor(position)
    nearest = np.abs((position - whole)[:, None] - _PLACES).argmin(axis=1)
    return np.asarray(np.rint((whole + _PLACES[nearest]) * TPQ), np.int64)


def _tempo_map(beats: NDArray[np.float64]) -> list[tuple[int, int]]:
    """One tempo a beat."""
    lengths = np.clip(np.rint(np.diff(beats) * 1e6), 1, 2**24 - 1).astype(int)
    return [(number * TPQ, int(length)) for number, length in enumerate(lengths)]


def _moved(controls: Table, ticks: NDArray[np.float64]) -> Table:
    moved = np.asarray(controls, CONTROL).copy()
    moved["tick"] = np.maximum(ticks, 0)
    return moved

"""Damage that touches bars: their order, their voices, their key, and whose they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.corruptions.parts import Damaged, Numbers, Parts
from etude.score import Table

TRIES = 4  # orders drawn before bars count as all alike


def shuffled(parts: Parts, share: float) -> Damaged | None:
    """Bars that exchange their places; those that go to the place of an equal bar do not count as touched."""
    for _ in range(TRIES):
        chosen = parts.chosen(parts.full, share, least=2)
        if len(chosen) < 2:
            return None
        target = np.arange(len(parts.starts) - 1)
        mixed = parts.random.permutation(chosen)
        target[mixed] = np.roll(mixed, 1)  # one cycle: no bar stays
        notes, bar = parts.sounding
        notes = notes.copy()
        notes["onset"] += (parts.starts[target[bar]] - parts.starts[bar]).astype(np.int32)
        moved = [one for one in chosen.tolist() if _content(parts, one) != _content(parts, int(target[one]))]
        found = parts.as_damaged(notes, np.isin(bar, moved))
        if found is not None:
            return found
    return None


def _content(parts: Parts, bar: int) -> bytes:
    """What sounds in a bar, wherever it stands."""
    own = _bar(parts, bar)
    own["onset"] -= parts.starts[bar]
    return bytes(own.tobytes())


def _bar(parts: Parts, bar: int) -> Table:
    """A copy of the notes that sound in a bar."""
    notes, bars = parts.sounding
    return np.asarray(notes[bars == bar])


def looped(parts: Parts, share: float) -> Damaged | None:
    """A bar that goes on in place of the bars after it."""
    full = parts.full
    count = max(1, min(round(share * len(full)), len(full) - 1))
    first = int(parts.random.integers(0, max(1, len(full) - count)))
    replaced = full[first + 1 : first + 1 + count]
    if all(_content(parts, int(bar)) == _content(parts, int(full[first])) for bar in replaced):
        return None
    own = _bar(parts, int(full[first]))
    new = [_moved(own, parts.starts[bar] - parts.starts[full[first]]) for bar in replaced]
    return _with_bars(parts, replaced, new)


def interleaved(parts: Parts, share: float) -> Damaged | None:
    """Bars of another piece in place of the bars that stand there, every second one at most."""
    other = Parts(parts.other, parts.score, parts.random)
    theirs = np.unique(other.sounding[1])
    if len(theirs) < 2 or len(parts.full) < 2:
        return None
    odd = int(parts.random.integers(0, 2))
    places = parts.full[odd::2] if share > 0.5 else parts.chosen(parts.full, share)
    new = []
    for number, place in enumerate(places.tolist()):
        taken = int(theirs[(int(parts.random.integers(0, 2)) + 2 * number + odd) % len(theirs)])
        begin, end = parts.starts[place], parts.starts[place + 1]
        notes = _bar(other, taken)
        notes["onset"] -= other.starts[taken]
        for name in ("onset", "duration"):
            notes[name] = np.rint(notes[name].astype(np.float64) * parts.score.tpq / other.score.tpq)
        notes["onset"] += begin
        notes = notes[notes["onset"] < end]
        notes["duration"] = np.minimum(notes["duration"], end - notes["onset"])
        notes["track"] = np.minimum(notes["track"], len(parts.score.tracks) - 1)
        new.append(notes)
    return _with_bars(parts, places, new)


def half_transposed(parts: Parts, share: float) -> Damaged | None:
    """The second half moved by one to six semitones up or down. Drums have no key."""
    del share  # a half is a half
    notes = parts.notes()
    touched = (parts.bar >= (len(parts.starts) - 1) // 2) & ~parts.drums
    if touched.all() or not touched.any():
        return None
    moved = notes["pitch"].astype(np.int64)
    by = int(parts.random.integers(1, 7)) * int(parts.random.choice([-1, 1]))
    notes["pitch"] = np.clip(moved + by * touched, 0, 127)
    return parts.as_damaged(notes, touched)


def voices_swapped(parts: Parts, share: float) -> Damaged | None:
    """Two voices of a share of the bars in each other's octave; of drums the two that are struck most.

    Voices are tracks; a single track with several notes at once has an upper and a lower voice.
    """
    notes = parts.notes()
    within = np.isin(parts.bar, parts.chosen(np.unique(parts.bar), share))
    pitches = notes["pitch"].astype(np.int64)
    if parts.drums.all():
        kit, counts = np.unique(pitches, return_counts=True)
        if len(kit) < 2:
            return None
        first, second = kit[np.argsort(-counts, kind="stable")[:2]].tolist()
        swapped = np.where(pitches == first, second, np.where(pitches == second, first, pitches))
    else:
        pair = _two_voices(parts)
        if pair is None:
            return None
        gap = np.median(pitches[pair[0]]) - np.median(pitches[pair[1]])
        octaves = 12 * max(1, round(abs(float(gap)) / 12)) * (1 if gap >= 0 else -1)
        swapped = np.where(pair[0], pitches - octaves, np.where(pair[1], pitches + octaves, pitches))
    touched = within & (swapped != pitches)
    notes["pitch"] = np.clip(np.where(touched, swapped, pitches), 0, 127)
    return parts.as_damaged(notes, touched)


def _two_voices(parts: Parts) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Which notes the one and the other voice have; None where there is one voice only."""
    notes = parts.score.notes
    tracks = np.unique(notes["track"][~parts.drums])
    if len(tracks) > 1:
        one, other = np.sort(parts.random.choice(tracks, 2, replace=False))
        return notes["track"] == one, notes["track"] == other
    together = np.r_[False, np.diff(notes["onset"]) == 0]
    if together.mean() < 0.1:
        return None
    upper = notes["pitch"] > np.median(notes["pitch"])
    return upper, ~upper


def _moved(notes: Table, ticks: int) -> Table:
    out = notes.copy()
    out["onset"] += ticks
    return out


def _with_bars(parts: Parts, replaced: Numbers, new: list[Table]) -> Damaged | None:
    """The piece with what sounds in the bars `replaced` exchanged for `new`."""
    notes, bar = parts.sounding
    kept = notes[~np.isin(bar, replaced)]
    notes = np.concatenate([kept, *new])
    return parts.as_damaged(notes, np.arange(len(notes)) >= len(kept))

"""A Score as a musician would write it down: on a grid, in a key, drum hits as long as the beat leaves room for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from etude.render.grid import NOTATED, moved, on_a_grid
from etude.score import KEY, Score, Table, heard_key, on_drums, resample


def as_written(score: Score) -> Score:
    """The Score for a picture: no time, key or length of it is meant to be played."""
    divisible = score if score.tpq % NOTATED == 0 else resample(score, NOTATED * score.tpq)
    return _keyed(_with_written_hits(on_a_grid(divisible)))


def _keyed(score: Score) -> Score:
    """In the key that is heard, where none is named anywhere: accidentals at every note are hard to read."""
    if len(score.keys) or (key := heard_key(score)) is None:
        return score
    return score.replace(keys=np.array([(0, *key)], KEY))


def _with_written_hits(score: Score) -> Score:
    """Every drum hit lasts until its track's next or the end of its beat: a drum's own length is no sign."""
    drums = on_drums(score)
    if not drums.any():
        return score
    kits = [_hits(score, int(number)) for number in np.unique(score.notes["track"][drums])]
    return score.replace(notes=np.concatenate([score.notes[~drums], *kits]))


def _hits(score: Score, track: int) -> Table:
    """The notes of one drum track; of a flam that falls on one place of the grid the loudest hit is left."""
    notes = moved(score.notes[score.notes["track"] == track], score.tpq)  # however fine a drummer plays
    loudest = notes[np.lexsort((notes["velocity"], notes["pitch"], notes["onset"]))]
    same = (loudest["onset"][:-1] == loudest["onset"][1:]) & (loudest["pitch"][:-1] == loudest["pitch"][1:])
    kept = loudest[np.append(~same, True)].copy()
    kept["duration"] = _room(kept["onset"].astype(np.int64), score.tpq)
    return np.asarray(kept)


def _room(onsets: NDArray[np.int64], tpq: int) -> NDArray[np.int64]:
    """Ticks from each onset to the next later one, at most to the end of its beat."""
    later = np.unique(onsets)
    following = np.append(later, np.iinfo(np.int64).max)[np.searchsorted(later, onsets, side="right")]
    return np.asarray(np.minimum(following, (onsets // tpq + 1) * tpq) - onsets)

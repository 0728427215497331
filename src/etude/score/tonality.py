"""Which key notes are in, as written or by how long each pitch class is held.

Source: Krumhansl, "Cognitive foundations of musical pitch" (1990), with the profiles of Krumhansl and Kessler.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from etude.score.score import Score
from etude.score.tables import MODES
from etude.score.transforms import nearest_fifths, pitched_notes

MINOR = MODES.index("minor")

# how well each pitch class fits after a key has been set up, C major and C minor
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_KEYS = np.array([np.roll(profile, tonic) for profile in (_MAJOR, _MINOR) for tonic in range(12)])
_CENTRED = _KEYS - _KEYS.mean(axis=1, keepdims=True)
_UNIT_KEYS = _CENTRED / np.linalg.norm(_CENTRED, axis=1, keepdims=True)


def key_fits(held: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Float64[24]: the correlation of `held` (float64[12], time on each pitch class) with C major .. B minor.

    None where all or no classes are held alike, so that no key is heard.
    """
    centred = held - held.mean()
    length = np.linalg.norm(centred)
    if length <= 1e-9 * max(1.0, float(held.sum())):
        return None
    return np.asarray(_UNIT_KEYS @ (centred / length), np.float64)


def key_of(score: Score) -> tuple[int, int] | None:
    """(fifths, mode) as written at the start, else as heard. None: neither."""
    if len(score.keys) and score.keys["tick"][0] == 0:
        return int(score.keys["fifths"][0]), int(score.keys["mode"][0])
    return heard_key(score)


def heard_key(score: Score) -> tuple[int, int] | None:
    """(fifths, mode) of the major or minor key that fits the pitched notes best. None where no key is heard."""
    notes = pitched_notes(score)
    if not len(notes):
        return None
    pitches = notes["pitch"].astype(np.int64)
    lowest = int(pitches.min())
    held = np.bincount((pitches - lowest) % 12, weights=notes["duration"], minlength=12).astype(np.float64)
    fits = key_fits(held)  # counted from the lowest note, so that equal fits are settled alike in every key
    if fits is None:
        return None
    best = int(fits.round(9).argmax())
    tonic, minor = lowest + best % 12, best >= 12
    return nearest_fifths(7 * (tonic + 3 * minor)), MINOR if minor else 0

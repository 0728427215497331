"""Damage that touches single notes: wrong pitches, jitter, an ending cut off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from etude.evaluation.corruptions.parts import Damaged, Parts
from etude.evaluation.corruptions.passages import SPREAD

REACH = 7  # semitones: how far a wrong note lies from the right one, at most
LEAST = 1 / 24  # of a quarter: jitter that is smaller cannot be heard


def in_key(parts: Parts, share: float) -> Damaged | None:
    """Another pitch of the seven that last longest; of drums another drum of the piece."""
    return _repitched(parts, share, parts.scale, np.unique(parts.score.notes["pitch"][parts.drums]))


def out_of_key(parts: Parts, share: float) -> Damaged | None:
    """A pitch that is none of the seven that last longest. Drums have none."""
    return None if parts.drums.all() else _repitched(parts, share, ~parts.scale, np.zeros(0, np.uint8))


def _repitched(parts: Parts, share: float, classes: NDArray[np.bool_], kit: NDArray[np.uint8]) -> Damaged | None:
    """A share of the notes on another pitch: of one of `classes`, of drums one of `kit`."""
    notes = parts.notes()
    touched = np.zeros(len(notes), np.bool_)
    near = np.r_[-REACH:0, 1 : REACH + 1]
    can = np.arange(len(notes)) if len(kit) > 1 else np.flatnonzero(~parts.drums)
    for number in parts.chosen(can, share):
        pitch = int(notes["pitch"][number])
        if parts.drums[number]:
            choice = kit[kit != pitch].astype(np.int64)
        else:
            choice = pitch + near
            choice = choice[classes[choice % 12] & (choice >= 0) & (choice < 128)]
        if len(choice):
            notes["pitch"][number] = parts.random.choice(choice)
            touched[number] = True
    return parts.as_damaged(notes, touched)


def jittered(parts: Parts, share: float) -> Damaged | None:
    """A share of the notes begins earlier or later; each keeps its length."""
    notes, tpq = parts.notes(), parts.score.tpq
    touched = np.zeros(len(notes), np.bool_)
    touched[parts.chosen(np.arange(len(notes)), share)] = True
    size = np.maximum(np.abs(parts.random.normal(0, SPREAD, len(notes))), LEAST) * tpq
    drift = np.rint(size * parts.random.choice([-1, 1], len(notes))).astype(np.int64)
    drift = np.where(notes["onset"] + drift < 0, -drift, drift)  # nothing begins before the piece does
    notes["onset"] += np.where(touched, drift, 0).astype(np.int32)
    return parts.as_damaged(notes, touched)


def cut_short(parts: Parts, share: float) -> Damaged | None:
    """Nothing after an onset of the last half that is not the last one of its bar."""
    del share  # an ending is cut or it is not
    notes = parts.notes()
    _, first_of_bar = np.unique(parts.bar, return_index=True)
    final = notes["onset"][np.r_[first_of_bar[1:], len(notes)] - 1]  # of each bar: there many tunes could end
    could = np.flatnonzero(~np.isin(notes["onset"], final) & (np.arange(len(notes)) >= max(1, len(notes) // 2)))
    if not len(could):
        return None
    end = int(parts.random.choice(could))
    notes = notes[notes["onset"] <= notes["onset"][end]]
    touched = np.zeros(len(notes), np.bool_)
    touched[-1] = True
    return parts.as_damaged(notes, touched)

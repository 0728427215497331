"""What encodings share whose steps are frames of time: when notes begin, and when anything changes at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import Steps


class Framewise:
    """A base class. In most frames most voices or keys merely go on; these are the others, by field."""

    def onsets(self, steps: Steps) -> NDArray[np.bool_]:
        """Bool[T, K]: where a note begins; False at begin and end."""
        state, changed = self._course(steps)
        return _in_place(changed & (state > 0), steps)

    def changes(self, steps: Steps) -> NDArray[np.bool_]:
        """Bool[T, K]: where a note begins or stops; False at begin and end."""
        return _in_place(self._course(steps)[1], steps)

    def note_count(self, steps: Steps) -> int:
        """How many notes begin."""
        return int(self.onsets(steps).sum())

    def _course(self, steps: Steps) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Int32[F, K] and bool[F, K] of the F frames between begin and end: what sounds, and where it is new."""
        state, struck = self._sounding(steps)
        before = np.zeros_like(state)
        before[1:] = state[:-1]
        return state, (state != before) | struck

    def _sounding(self, steps: Steps) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Int32[F, K]: what sounds in every frame, 0 for nothing; bool[F, K]: where it is struck anew."""
        raise NotImplementedError


def _in_place(frames: NDArray[np.bool_], steps: Steps) -> NDArray[np.bool_]:
    """Bool[T, K] of bool[F, K], False at the steps that are no frame."""
    out = np.zeros(np.shape(steps), np.bool_)
    out[np.asarray(steps)[:, 0] >= 2] = frames
    return out

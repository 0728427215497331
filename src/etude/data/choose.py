"""Which tracks of a Score a collection takes: all, the melody, or the drums."""

from __future__ import annotations

import re
from typing import Literal

import numpy as np

from etude.errors import UsageError
from etude.score import Score, Track, merge_tracks, skyline

Tracks = Literal["all", "melody", "drums"]
TRACKS: tuple[str, ...] = ("all", "melody", "drums")
_MELODY = re.compile(r"\b(melody|melodie|vocals?|voice|lead|solo|soprano|tune|singer)\b", re.IGNORECASE)


def check_tracks(tracks: str) -> None:
    """Raises UsageError when `tracks` is none of `TRACKS`."""
    if tracks not in TRACKS:
        raise UsageError(f"tracks='{tracks}' is not known. Take one of {', '.join(TRACKS)}.")


def choose_tracks(score: Score, tracks: str) -> tuple[Score, str]:
    """The Score with only the wanted tracks, and a sentence for the ledger ('' when nothing was left out).

    melody: the highest notes of the track whose name says so, else of all pitched tracks. drums: the drum tracks.
    """
    if tracks == "all":
        return score, ""
    if tracks == "drums":
        return _drums(score)
    named = [i for i, track in enumerate(score.tracks) if _MELODY.search(track.name) and not track.is_drum]
    held = [i for i in named if (score.notes["track"] == i).any()]
    if held:
        chosen = skyline(merge_tracks(score, held[:1]))
        return chosen, f"melody: track {held[0] + 1} '{score.tracks[held[0]].name}'"
    sounding = {int(track) for track in np.unique(score.notes["track"])}
    detail = "melody: the highest notes of all pitched tracks" if len(sounding) > 1 else ""
    return skyline(score), detail


def _drums(score: Score) -> tuple[Score, str]:
    """The drum tracks merged into one."""
    numbers = [i for i, track in enumerate(score.tracks) if track.is_drum]
    kit = merge_tracks(score, numbers)
    left_out = len(score.notes) - len(kit.notes)
    chosen = kit.replace(tracks=(score.tracks[numbers[0]] if numbers else Track(is_drum=True),))
    return chosen, f"drums: {left_out} notes of other tracks left out" if left_out else ""

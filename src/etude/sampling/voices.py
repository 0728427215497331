"""Voices of a Score that are given to a model of chorales: onto its grid, into its range, and back as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from etude.encodings.base import Encoding, Steps, decode
from etude.encodings.chorale import CELL, HIGHEST, LOWEST, RANGES, TPQ, VOICES
from etude.errors import BadInput, Reason
from etude.score import Mark, Score, Table, Track, bar_starts, resample

LONGEST = 2048  # sixteenths: 128 bars of 4/4
NAMED = 4  # tracks that a message lists


@dataclass(frozen=True)
class Sung:
    """What is given, as it is written and as the model hears it.

    score     the music handed in, its ticks a multiple of the sixteenths'
    tracks    voice (0 soprano .. 3 bass) -> the track of `score` that it is
    steps     int32[T, 4]: the given voices in the model's encoding, begin and end step included, the others silent
    moved     semitones the model hears it higher than it is written
    shifted   notes that begin or end off the sixteenths: the model hears them on the nearest
    unheard   notes too short for the grid: the model does not hear them
    """

    score: Score
    tracks: Mapping[int, int]
    steps: Steps
    moved: int
    shifted: int
    unheard: int

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should know of how it was heard, a sentence each."""
        said = []
        if self.moved:
            way = "lower" if self.moved < 0 else "higher"
            said.append(
                f"The model heard it {abs(self.moved)} semitones {way}, where its voices sing; everything was "
                "moved back."
            )
        if self.shifted:
            said.append(
                f"{self.shifted} notes do not lie on sixteenths: the model heard them on the nearest, they are "
                "written as they were."
            )
        if self.unheard:
            said.append(f"{self.unheard} notes are too short for the model to hear; they are written as they were.")
        return tuple(said)

    def blocks(self) -> list[tuple[int, int]]:
        """(first step, step after the last) of every bar: the begin step is step 0."""
        return bars_in_steps(self.score, len(self.steps) - 2)

    def written(self, steps: Steps, encoding: Encoding, wanted: Sequence[int]) -> Score:
        """The given voices note for note, and those `wanted` as in `steps`, back where the music was.

        Raises BadInput where a voice would then leave the range of MIDI.
        """
        drawn = decode(encoding, steps).notes
        added = drawn[np.isin(drawn["track"], wanted)].copy()
        pitches = added["pitch"].astype(np.int64) - self.moved
        if len(added) and not 0 <= pitches.min() <= pitches.max() <= 127:
            why = "So far from where voices sing, the others would leave the range of MIDI: transpose it."
            raise BadInput(why, Reason.NOT_ENCODABLE)
        added["pitch"] = pitches
        for name in ("onset", "duration"):
            added[name] = added[name] // CELL * (self.score.tpq // 4)
        return _assembled(self.score, self.tracks, added)


def bars_in_steps(score: Score, cells: int) -> list[tuple[int, int]]:
    """(first step, step after the last) of every bar of the first `cells` sixteenths: the begin step is step 0."""
    lines = (bar_starts(score).astype(np.int64) * 4 // score.tpq).tolist()
    return [(1 + a, 1 + min(b, cells)) for a, b in pairwise(lines) if a < min(b, cells)]


def sung(score: Score, encoding: Encoding, voices: Sequence[int]) -> Sung:
    """`voices` (0 soprano .. 3 bass) of `score`, ready to be given to a model in `encoding`.

    Raises BadInput when there are no such voices, when one of them sings several notes at once, or when they are
    too long or too far apart for the model.
    """
    fine = resample(score, score.tpq * (1 if score.tpq % 4 == 0 else 4))
    tracks = tracks_of(fine, voices)
    tables = {voice: fine.notes[fine.notes["track"] == track] for voice, track in tracks.items()}
    for voice, notes in tables.items():
        _check_alone(fine, notes, VOICES[voice])
    heard = {voice: _on_grid(notes, fine.tpq // 4) for voice, notes in tables.items()}
    cells = max(int((notes["onset"] + notes["duration"]).max()) for notes, _, _ in heard.values())
    if cells > LONGEST:
        raise BadInput(
            f"It lasts {cells:,} sixteenths; {LONGEST:,} are harmonised at once at the most. Cut it into parts.",
            Reason.TOO_LARGE,
        )
    moved = shift_into_range({voice: notes["pitch"] for voice, (notes, _, _) in heard.items()})
    steps = _encoded(encoding, {voice: notes for voice, (notes, _, _) in heard.items()}, moved)
    shifted = sum(off for _, off, _ in heard.values())
    return Sung(fine, tracks, steps, moved, shifted, sum(left_out for _, _, left_out in heard.values()))


def tracks_of(score: Score, voices: Sequence[int]) -> dict[int, int]:
    """Voice -> its track: the track of that name; else as many tracks as voices, or four, in their order.

    Raises BadInput when it cannot be told which track is which voice.
    """
    pitched = [index for index, track in enumerate(score.tracks) if not track.is_drum]
    sounding = [index for index in pitched if (score.notes["track"] == index).any()]
    if not sounding:
        raise BadInput("There is no pitched note in it.", Reason.EMPTY)
    named = {
        voice: [index for index in sounding if score.tracks[index].name.lower().startswith(VOICES[voice])]
        for voice in voices
    }
    if all(len(found) == 1 for found in named.values()):
        return {voice: found[0] for voice, found in named.items()}
    if len(sounding) == len(voices):
        return dict(zip(sorted(voices), sounding))
    if len(sounding) == len(VOICES):
        return {voice: sounding[voice] for voice in voices}
    names = [score.tracks[index].name or f"track {index + 1}" for index in sounding]
    listed = ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")
    asked = " and ".join(VOICES[voice] for voice in voices)
    raise BadInput(
        f"{len(sounding)} tracks have notes ({listed}), so it cannot be told which sings the {asked}. Call the "
        "tracks soprano, alto, tenor or bass, name as many voices with --voice as there are tracks, or take only "
        "the highest notes with --skyline.",
        Reason.NOT_ENCODABLE,
    )


def _check_alone(score: Score, notes: Table, voice: str) -> None:
    """Raises BadInput naming the first place where a voice sings two notes at once for longer than a sixteenth."""
    ends = notes["onset"].astype(np.int64) + notes["duration"]
    over = np.minimum(ends[:-1], ends[1:]) - notes["onset"][1:]
    together = np.flatnonzero(over > score.tpq // 4)
    together = np.union1d(together, np.flatnonzero(np.diff(notes["onset"]) == 0))
    if not len(together):
        return
    tick = int(notes["onset"][together[0] + 1])
    bar = int(np.searchsorted(bar_starts(score), tick, side="right"))
    raise BadInput(
        f"The {voice} has two notes at once, {len(together)} times, first in bar {bar}; a voice sings one. Hand in "
        "the melody alone, or take the highest notes of it with --skyline.",
        Reason.NOT_ENCODABLE,
    )


def _on_grid(notes: Table, cell: int) -> tuple[Table, int, int]:
    """(notes in sixteenths, how many were moved onto them, how many are left out as too short).

    `cell` is the length of a sixteenth in ticks. Of notes that would begin together the longest is heard.
    """
    begin = notes["onset"].astype(np.int64)
    end = begin + notes["duration"]
    first, last = ((times + cell // 2) // cell for times in (begin, end))
    kept = [max(np.flatnonzero(first == at), key=lambda row: end[row] - begin[row]) for at in np.unique(first)]
    out = notes[kept].copy()
    out["onset"], out["duration"] = first[kept], np.maximum(last[kept] - first[kept], 1)
    out["duration"] = np.minimum(out["duration"], np.append(np.diff(out["onset"]), out["duration"][-1:]))
    off = (begin % cell != 0) | (end % cell != 0)
    return out, int(off[kept].sum()), len(notes) - len(kept)


def shift_into_range(pitches: Mapping[int, NDArray[np.uint8]]) -> int:
    """By how many semitones `pitches` (voice -> those it sings) are moved to lie where these voices sing.

    Not at all where they do; else by octaves, else by as little as possible; where their usual ranges are too
    narrow the model's own range counts. Raises BadInput when that is too narrow as well.
    """
    for ranges in (RANGES, ((LOWEST, HIGHEST),) * len(VOICES)):
        lows = [ranges[voice][0] - int(sung.min()) for voice, sung in pitches.items()]
        highs = [ranges[voice][1] - int(sung.max()) for voice, sung in pitches.items()]
        moves = range(max(lows), min(highs) + 1)
        if moves:
            return min(moves, key=lambda move: (move % 12 != 0, abs(move)))
    low = min(int(sung.min()) for sung in pitches.values())
    high = max(int(sung.max()) for sung in pitches.values())
    raise BadInput(
        f"It spans {high - low} semitones, but the four voices of the model {HIGHEST - LOWEST} in all. Move the "
        "notes that lie apart into another octave.",
        Reason.NOT_ENCODABLE,
    )


def _encoded(encoding: Encoding, heard: Mapping[int, Table], moved: int) -> Steps:
    """Int32[T, 4]: notes in sixteenths as steps of four voices."""
    parts = []
    for voice, notes in heard.items():
        part = notes.copy()
        part["onset"], part["duration"] = part["onset"] * CELL, part["duration"] * CELL
        part["pitch"] = part["pitch"].astype(np.int64) + moved
        part["track"] = voice
        parts.append(part)
    tracks = [Track(voice) for voice in VOICES]
    return encoding.encode(Score.of(np.concatenate(parts), tracks=tracks, tpq=TPQ))


def _assembled(score: Score, tracks: Mapping[int, int], added: Table) -> Score:
    """`score` with the tracks that are voices, in their order, and the notes `added` (track: voice) beside them."""
    present = sorted({*tracks, *np.unique(added["track"]).tolist()})
    place = {voice: number for number, voice in enumerate(present)}
    rows: list[Table] = []
    controls: list[Table] = []
    for voice, track in tracks.items():
        for table, kept in ((score.notes, rows), (score.controls, controls)):
            part = table[table["track"] == track].copy()
            part["track"] = place[voice]
            kept.append(part)
    others = added.copy()
    others["track"] = [place[int(voice)] for voice in added["track"]]
    back = {track: place[voice] for voice, track in tracks.items()}
    marks = [replace(mark, track=back.get(mark.track, min(back.values()))) for mark in score.marks]
    names = tuple(Track(VOICES[voice].capitalize(), _program(score, tracks, voice)) for voice in present)
    return score.replace(
        notes=np.concatenate([*rows, others]),
        controls=np.concatenate(controls),
        marks=_without_doubles(marks),
        tracks=names,
    )


def _program(score: Score, tracks: Mapping[int, int], voice: int) -> int:
    """The General MIDI program of a voice: its own, or that of the first that was given."""
    return score.tracks[tracks.get(voice, next(iter(tracks.values())))].program


def _without_doubles(marks: Sequence[Mark]) -> list[Mark]:
    """`marks`, each once."""
    return list(dict.fromkeys(marks))

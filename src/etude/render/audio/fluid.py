"""Score -> sound through FluidSynth, in a child process: SoundFonts are strangers' files read by native code."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from etude.errors import BadInput, EtudeError, Reason
from etude.render.audio.sounding import sounding_notes, sounding_seconds
from etude.score import BEND, PROGRAM, Score

TAIL = 2.0  # seconds
CHILD = "etude.render.audio.fluid_child"


def fluid_sound(score: Score, soundfont: Path, library: str, rate: int) -> NDArray[np.float32]:
    """Float32[N, 2] with TAIL seconds of ringing. Raises BadInput when the SoundFont cannot be used."""
    if not soundfont.is_file():
        raise BadInput(f"There is no SoundFont at {soundfont}.", Reason.UNREADABLE)
    with tempfile.TemporaryDirectory(prefix="etude-") as folder:
        target = Path(folder) / "samples.f32"
        request = {
            "library": library,
            "soundfont": str(soundfont),
            "rate": rate,
            "target": str(target),
            "seconds": sounding_seconds(score) + TAIL,
            "channels": [[track.program, track.is_drum] for track in score.tracks],
            "events": _events(score),
        }
        seconds = 30 + score.duration
        try:
            child = subprocess.run(
                [sys.executable, "-m", CHILD],
                input=json.dumps(request).encode(),
                capture_output=True,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired as error:
            raise EtudeError(f"FluidSynth took more than {seconds:.0f} s; use --soundfont none.") from error
        if child.returncode or not target.is_file():
            reason = child.stderr.decode(errors="replace").strip().splitlines()
            raise BadInput(
                f"FluidSynth could not play with the SoundFont {soundfont}: "
                f"{reason[-1] if reason else f'it ended with code {child.returncode}'}. "
                "Try another --soundfont, or --soundfont none for the built-in synthesiser.",
                Reason.READER_DIED,
            )
        return np.fromfile(target, np.float32).reshape(-1, 2)


def _events(score: Score) -> list[list[float]]:
    """[seconds, order, channel, number, value] sorted; order 0 off, 1 control, 2 bend, 3 program, 4 on."""
    events: list[list[float]] = []
    for note in sounding_notes(score):
        # pedalled notes end at the pedal's release here too, so FluidSynth needs no controller 64
        events.append([note.start, 4, note.track, note.pitch, note.velocity])
        events.append([max(note.stop, note.start + 0.001), 0, note.track, note.pitch, 0])
    when = score.seconds(score.controls["tick"])
    for row, seconds in zip(score.controls, when):
        number, value = int(row["number"]), int(row["value"])
        order = {BEND: 2, PROGRAM: 3}.get(number, 1)
        if order > 1 or number in (1, 7, 10, 11):
            events.append([float(seconds), order, int(row["track"]), number, value])
    return sorted(events)

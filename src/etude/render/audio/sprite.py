"""The notes of one instrument in one sound file, so that a page can play any piece with what writes WAV files.

A pitched instrument sounds every third semitone; a page plays those between a semitone faster or slower. Drums
sound every stroke of the General MIDI kit. Each note lies in a slot of its own; MIDI velocity is VELOCITY.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from etude.render.audio.sound import Sound, sound
from etude.score import NOTE, Score, Track

RATE = 32_000  # samples per second: enough for a page, and a quarter less to send
VELOCITY = 100
HELD, SLOT = 3.0, 3.4  # seconds a pitched note is held, and from one to the next
STROKE = 1.4  # seconds from one drum stroke to the next
PITCHES = tuple(range(25, 104, 3))
STROKES = tuple(range(35, 82))
TPQ = 1000  # at 120 quarters a minute a tick is half a millisecond
LEVEL = 0.5  # of the loudest sample; a page mixes many notes


@dataclass(frozen=True)
class Sprite:
    """The sound of all notes, one channel, and where each begins (seconds)."""

    sound: Sound
    offsets: dict[int, float]
    slot: float  # seconds of each

    def about(self) -> dict[str, object]:
        """What a page needs beside the sound."""
        return {
            "offsets": self.offsets,
            "slot": self.slot,
            "held": HELD,
            "velocity": VELOCITY,
            "backend": self.sound.backend,
            "soundfont": self.sound.soundfont,
        }


def sprite(program: int, drums: bool = False, *, soundfont: str | Path | None = None) -> Sprite:
    """The sprite of a General MIDI program (0-127), or of the drum kit."""
    pitches, slot = (STROKES, STROKE) if drums else (PITCHES, SLOT)
    held = 0.3 if drums else HELD
    rows = [(_ticks(number * slot), _ticks(held), pitch, VELOCITY, 0) for number, pitch in enumerate(pitches)]
    made = sound(
        Score.of(np.array(rows, NOTE), tracks=(Track("", program, drums),), tpq=TPQ), soundfont=soundfont, rate=RATE
    )
    mono = made.samples.mean(axis=1, keepdims=True)
    mono = mono[: round(len(pitches) * slot * RATE)]
    peak = float(np.abs(mono).max()) or 1.0
    level = Sound((mono * np.float32(LEVEL / peak)).astype(np.float32), RATE, made.backend, made.soundfont)
    return Sprite(level, {pitch: round(number * slot, 4) for number, pitch in enumerate(pitches)}, slot)


def _ticks(seconds: float) -> int:
    return round(seconds * 2 * TPQ)

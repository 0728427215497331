"""The child process that talks to FluidSynth: a request as JSON on stdin, float samples into a file."""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

import numpy as np

DRUM_CHANNEL = 1  # FluidSynth's CHANNEL_TYPE_DRUM
GAIN = 1.7


def main() -> None:
    """Plays the request and leaves; any failure is a message on stderr and a non-zero exit code."""
    request = json.load(sys.stdin)
    library = ctypes.CDLL(request["library"])
    for name in ("new_fluid_settings", "new_fluid_synth"):
        getattr(library, name).restype = ctypes.c_void_p
    settings = ctypes.c_void_p(library.new_fluid_settings())
    _set(library, settings, request)
    synth = ctypes.c_void_p(library.new_fluid_synth(settings))
    if library.fluid_synth_sfload(synth, request["soundfont"].encode(), 1) < 0:
        sys.exit("it is not a SoundFont that can be read")
    for channel, (program, is_drum) in enumerate(request["channels"]):
        library.fluid_synth_set_channel_type(synth, channel, DRUM_CHANNEL if is_drum else 0)
        library.fluid_synth_program_change(synth, channel, 0 if is_drum else program)
    samples = _play(library, synth, request)
    peak = float(np.abs(samples).max()) if len(samples) else 0.0
    if peak > 0.95:
        samples *= 0.95 / peak
    samples.tofile(request["target"])


def _set(library: Any, settings: ctypes.c_void_p, request: dict[str, Any]) -> None:
    channels = max(16, -(-len(request["channels"]) // 16) * 16)
    library.fluid_settings_setnum(settings, b"synth.sample-rate", ctypes.c_double(request["rate"]))
    library.fluid_settings_setnum(settings, b"synth.gain", ctypes.c_double(GAIN))
    library.fluid_settings_setint(settings, b"synth.midi-channels", min(256, channels))
    library.fluid_settings_setint(settings, b"synth.chorus.active", 0)


def _play(library: Any, synth: ctypes.c_void_p, request: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Float32[N, 2]: samples are drawn up to each event, then the event is given."""
    out = np.zeros((int(request["seconds"] * request["rate"]) + 1, 2), np.float32)
    base = out.ctypes.data
    done = 0

    def draw(until: int) -> None:
        nonlocal done
        count = min(until, len(out)) - done
        if count > 0:
            place = ctypes.c_void_p(base + 8 * done)
            library.fluid_synth_write_float(synth, count, place, 0, 2, place, 1, 2)
            done += count

    for seconds, order, channel, number, value in request["events"]:
        draw(round(seconds * request["rate"]))
        if order == 4:
            library.fluid_synth_noteon(synth, channel, number, value)
        elif order == 0:
            library.fluid_synth_noteoff(synth, channel, number)
        elif order == 1:
            library.fluid_synth_cc(synth, channel, number, value)
        elif order == 2:
            library.fluid_synth_pitch_bend(synth, channel, min(16383, value + 8192))
        else:
            library.fluid_synth_program_change(synth, channel, value)
    draw(len(out))
    return out


if __name__ == "__main__":
    main()

"""Score -> sound: FluidSynth where it can be found, else a built-in synthesiser on NumPy."""

from etude.render.audio.sound import Sound, sound
from etude.render.audio.wav import wav_bytes

__all__ = ["Sound", "sound", "wav_bytes"]

"""Sound is measured, not assumed: the frequency of held notes, the pedal, bends, loudness, onsets, determinism."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from etude.errors import BadInput
from etude.render.audio import Sound, sound, wav_bytes
from etude.render.audio.soundfonts import find_fluidsynth, find_soundfont
from etude.render.audio.sounding import sounding_notes
from etude.render.audio.wav import wav_comment
from etude.score import BEND, SUSTAIN, Score, Track

HAS_FLUID = bool(find_fluidsynth() and find_soundfont())
BACKENDS = [
    pytest.param("none", id="built-in"),
    pytest.param(
        None,
        id="fluidsynth",
        marks=pytest.mark.skipif(not HAS_FLUID, reason="no FluidSynth with a SoundFont: pip install '.[sound]'"),
    ),
]


def held(pitch: int, program: int = 0, quarters: int = 6, velocity: int = 100) -> Score:
    return Score.of([(0, 480 * quarters, pitch, velocity, 0)], tracks=[Track("", program)])


def strongest(made: Sound, start: float, stop: float) -> float:
    """Hz of the strongest partial between two times, by a parabola through the peak of the log spectrum."""
    part = made.samples[int(start * made.rate) : int(stop * made.rate)].mean(axis=1)
    size = len(part) * 8
    spectrum = np.log(np.abs(np.fft.rfft(part * np.hanning(len(part)), size)) + 1e-9)
    peak = int(np.argmax(spectrum))
    low, mid, high = spectrum[peak - 1 : peak + 2]
    return float((peak + 0.5 * (low - high) / (low - 2 * mid + high)) * made.rate / size)


def cents_off(measured: float, wanted: float) -> float:
    """Cents between a measured frequency and the nearest harmonic of the wanted one."""
    return float(1200 * np.log2(measured / (wanted * max(1, round(measured / wanted)))))


def loudness(made: Sound, start: float, stop: float) -> float:
    part = made.samples[int(start * made.rate) : int(stop * made.rate)]
    return float(np.sqrt((part.astype(np.float64) ** 2).mean()))


@pytest.mark.parametrize("soundfont", BACKENDS)
@pytest.mark.parametrize("pitch", [45, 60, 69, 81])
def test_a_held_note_has_its_pitch_to_five_cents(soundfont: str | None, pitch: int) -> None:
    made = sound(held(pitch), soundfont=soundfont)
    assert abs(cents_off(strongest(made, 0.2, 2.5), 440 * 2 ** ((pitch - 69) / 12))) <= 5


@pytest.mark.parametrize("program", [0, 11, 16, 24, 33, 48, 56, 73])
def test_every_built_in_instrument_is_in_tune(program: int) -> None:
    made = sound(held(69, program), soundfont="none")
    assert abs(cents_off(strongest(made, 0.3, 2.8), 440.0)) <= 5


@pytest.mark.parametrize("soundfont", BACKENDS)
def test_the_pedal_holds_and_its_release_ends(soundfont: str | None) -> None:
    notes = [(0, 240, 60, 100, 0)]
    dry = sound(Score.of(notes), soundfont=soundfont)
    wet = sound(Score.of(notes, controls=[(0, 0, SUSTAIN, 127), (960, 0, SUSTAIN, 0)]), soundfont=soundfont)
    assert loudness(wet, 0.6, 0.9) > 5 * loudness(dry, 0.6, 0.9)
    assert loudness(wet, 1.8, 2.2) < 0.2 * loudness(wet, 0.6, 0.9)


@pytest.mark.parametrize("soundfont", BACKENDS)
def test_a_full_bend_is_two_semitones(soundfont: str | None) -> None:
    score = Score.of([(0, 1920, 60, 100, 0)], controls=[(0, 0, BEND, 8191)])
    assert abs(cents_off(strongest(sound(score, soundfont=soundfont), 0.2, 1.5), 293.665)) <= 6


@pytest.mark.parametrize("soundfont", BACKENDS)
def test_louder_velocity_is_louder(soundfont: str | None) -> None:
    levels = [loudness(sound(held(60, velocity=v), soundfont=soundfont), 0.05, 0.5) for v in (30, 70, 110)]
    assert levels[0] * 1.5 < levels[1] < levels[2] / 1.5


@pytest.mark.parametrize("soundfont", BACKENDS)
def test_onsets_fall_where_they_are_written(soundfont: str | None) -> None:
    made = sound(Score.of([(480 * k, 200, 60, 100, 0) for k in range(4)]), soundfont=soundfont)
    energy = np.abs(made.samples).max(axis=1)
    for k in range(4):
        start = int(made.rate * 0.5 * k)
        before = energy[max(0, start - 400) : start].max(initial=0.0)
        after = energy[start : start + 1500].max()
        assert after > 3 * before


def test_the_built_in_synthesiser_is_deterministic_and_clean() -> None:
    rng = np.random.default_rng(3)
    rows = [(int(t) * 60, 240, int(p), 127, int(k)) for t, p, k in rng.integers((0, 35, 0), (64, 90, 3), (200, 3))]
    score = Score.of(rows, tracks=[Track("a", 0), Track("b", 48), Track("drums", 0, True)])
    first, second = sound(score, soundfont="none"), sound(score, soundfont="none")
    assert np.array_equal(first.samples, second.samples)
    assert np.isfinite(first.samples).all()
    assert np.abs(first.samples).max() <= 0.951
    assert loudness(first, 0, score.duration) > 0.02
    assert abs(float(first.samples.mean())) < 0.01  # no offset


def test_no_notes_give_silence() -> None:
    assert not sound(Score.of([]), soundfont="none").samples.any()


def test_the_wav_header_is_right_and_the_comment_comes_back() -> None:
    data = wav_bytes(np.zeros((100, 2), np.float32), 44_100, "a line ♪")
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    assert struct.unpack_from("<HHI", data, 20) == (1, 2, 44_100)
    assert wav_comment(data) == "a line ♪"
    assert wav_comment(b"nothing") == ""


@pytest.mark.skipif(not HAS_FLUID, reason="no FluidSynth with a SoundFont: pip install '.[sound]'")
def test_a_broken_soundfont_is_refused_by_name(tmp_path: Path) -> None:
    broken = tmp_path / "broken.sf2"
    broken.write_bytes(b"RIFF\x04\x00\x00\x00sfbk")
    with pytest.raises(BadInput, match=r"broken\.sf2"):
        sound(held(60), soundfont=broken)
    with pytest.raises(BadInput, match=r"no SoundFont"):
        sound(held(60), soundfont=tmp_path / "missing.sf2")


def test_every_note_sounds_as_long_as_it_is_written_unless_its_key_is_struck_again() -> None:
    tune = [(0, 240, 67, 80, 0), (240, 240, 69, 80, 0), (480, 960, 71, 80, 0), (960, 480, 71, 80, 0)]
    found = {(note.start, note.pitch): note.stop for note in sounding_notes(Score.of(tune))}
    assert found == {(0.0, 67): 0.25, (0.25, 69): 0.5, (0.5, 71): 1.0, (1.0, 71): 1.5}

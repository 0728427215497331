"""Generation never lies: whatever steps there are, the file that comes of them is whole and says the same again."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from etude import registry
from etude.encodings import BEGIN, END, build, decode
from etude.errors import EtudeError, UsageError
from etude.formats.abc import FORMAT as ABC
from etude.formats.midi import FORMAT
from etude.sampling import Length, Sampling, compose
from etude.score import Score
from etude.testing.encoding_laws import random_steps, walk
from etude.testing.fakes import UniformStepper
from etude.testing.format_laws import as_midi, the_score
from etude.testing.fuzz import strict_midi
from etude.testing.scores import abc_tune

# An encoding that an optional package makes is held by its own tests.
ENCODINGS = sorted(set(registry.names("encodings")) - {"miditok"})


def check_file(score: Score) -> bytes:
    """The MIDI file of a Score, which both readers find whole, note for note; b"" without notes."""
    if not len(score):
        return b""
    written = as_midi(score)
    data = FORMAT.dump([score])
    assert (the_score(FORMAT.parse(data)).notes == written.notes).all()
    judged = strict_midi.judge(data)
    assert judged.flaws == []
    ours = [(onset, duration, pitch, velocity) for onset, duration, pitch, velocity, _ in written.notes.tolist()]
    assert Counter(judged.notes) == Counter(ours)
    return data


def odd_steps(name: str, seed: int) -> np.ndarray:
    """Steps that no model would write: of any length, or good ones with odd values in the middle."""
    encoding, rng = build(name), np.random.default_rng(seed)
    if seed % 2:
        tune = the_score(ABC.parse(abc_tune(seed).encode()))  # no random letters make a tune
        steps = encoding.encode(tune) if name == "abc-characters" else walk(encoding, seed, 60)
        steps = steps.copy()
        steps[rng.integers(0, len(steps), 2)] = random_steps(encoding, seed, 2)
    else:
        steps = random_steps(encoding, seed, int(rng.choice((0, 1, 2, 7, 60, 300))))
    if len(steps):
        steps[rng.integers(0, len(steps)), 0] = rng.choice((BEGIN, END, 2))
    return steps * 1000 - 500 if seed % 10 == 9 else steps


@pytest.mark.parametrize("name", ENCODINGS)
def test_any_steps_become_a_file_that_is_read_again(name: str) -> None:
    files = [check_file(decode(build(name), odd_steps(name, seed))) for seed in range(20)]
    assert sum(map(bool, files)) >= 2, "most of the Scores were empty"


@pytest.mark.slow
@pytest.mark.parametrize("name", ENCODINGS)
def test_ten_thousand_times(name: str) -> None:
    for seed in range(10_000):
        check_file(decode(build(name), odd_steps(name, seed)))


@pytest.mark.parametrize("name", ["abc", "notes", "events"])
@pytest.mark.parametrize("temperature", [0.0, 1e-6, 1e6])
def test_any_temperature_gives_a_whole_file(name: str, temperature: float) -> None:
    encoding = build(name)
    model = UniformStepper(tuple(field.size for field in encoding.fields))
    piece = compose(model, encoding, sampling=Sampling(temperature), seed=3, length=Length(steps=25))
    check_file(piece.score)


class Broken(UniformStepper):
    """A model whose every logit is the same odd value."""

    value = np.nan

    def logits(self, state, chosen=()):  # type: ignore[no-untyped-def]
        return np.full_like(super().logits(state, chosen), self.value)


@pytest.mark.parametrize("value", [np.nan, -np.inf, np.inf])
def test_a_model_of_odd_numbers_is_named_or_its_music_is_whole(value: float) -> None:
    encoding = build("notes")
    model = Broken(tuple(field.size for field in encoding.fields))
    model.value = value
    said, score = "", Score.of([])
    try:
        score = compose(model, encoding, seed=1, length=Length(steps=20)).score
    except EtudeError as error:
        said = str(error)
    check_file(score)
    assert len(score) or "model" in said or "logit" in said


def test_what_asks_for_nothing_is_refused_or_empty() -> None:
    with pytest.raises(UsageError, match="temperature"):
        Sampling(float("nan"))
    encoding = build("letters")
    with pytest.raises(UsageError):
        compose(UniformStepper((15,)), encoding, seed=1, length=Length(steps=0))


def generated(count: int) -> list[Score]:
    """Scores drawn under the masks of all encodings in turn."""
    out: list[Score] = []
    for seed in range(10 * count):
        encoding = build(ENCODINGS[seed % len(ENCODINGS)])
        score = decode(encoding, walk(encoding, seed, 60))
        if len(score):
            out.append(score)
        if len(out) == count:
            break
    return out


def read_by_peers(data: bytes, path: Path, music21: bool) -> dict[str, list[tuple[int, int]]]:
    """Who -> (onset in ticks, pitch) of every note, sorted."""
    import mido
    import symusic

    theirs = symusic.Score.from_midi(data)
    out = {"symusic": [(n.time, n.pitch) for track in theirs.tracks for n in track.notes], "mido": []}
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                out["mido"].append((now, message.note))
    if music21:
        from music21 import converter

        path.write_bytes(data)
        stream = converter.parse(path, quantizePost=False, forceSource=True).flatten()
        first = [n for n in stream.notes if n.tie is None or n.tie.type == "start"]  # it cuts notes at bar lines
        tpq = int.from_bytes(data[12:14], "big")
        out["music21"] = [
            (round(tpq * float(n.offset)), _midi(p)) for n in first for p in getattr(n, "pitches", [n])
        ]
    return {who: sorted(notes) for who, notes in out.items()}


def _midi(pitch: object) -> int:
    """The number of a pitch, or of the drum that music21 hears on channel 10."""
    return int(getattr(pitch, "midi", -1))


def check_peers(count: int, folder: Path, music21: bool) -> int:
    """How many generated files all readers found the same notes in."""
    for number, score in enumerate(generated(count)):
        written = as_midi(score)
        ours = sorted(written.notes[["onset", "pitch"]].tolist())
        drums = any(track.is_drum for track in score.tracks)
        for who, theirs in read_by_peers(FORMAT.dump([score]), folder / "a.mid", music21 and not drums).items():
            assert theirs == ours, f"{who}, file {number}"
    return count


def test_other_programs_read_what_was_generated(tmp_path: Path) -> None:
    assert check_peers(40, tmp_path, music21=False) == 40


@pytest.mark.slow
def test_a_thousand_files_are_read_equal_by_three_programs(tmp_path: Path) -> None:
    pytest.importorskip("music21")
    assert check_peers(1000, tmp_path, music21=True) == 1000

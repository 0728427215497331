"""Harmonising from the command line to the bytes: voices given and wanted, and what cannot be done."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from etude import formats
from etude.apps.cli.main import cli
from etude.encodings import build
from etude.errors import EtudeError, UsageError
from etude.lab.composing import compose
from etude.lab.harmonising import Harmonise
from etude.lab.launch import train
from etude.lab.loading import Loaded, load
from etude.lab.originality import known_passages
from etude.lab.rerunning import rerun
from etude.lab.run import Run
from etude.sampling import Sampling
from etude.score import Score, Track
from etude.testing.fakes import UniformStepper

VOICES = ("soprano", "alto", "tenor", "bass")
ABC = "X:1\nT:A tune\nM:3/8\nL:1/16\nK:G\nD2|G4 A2|B3 c d2|A4:|\n"


def chorale(seed: int) -> Score:
    """Four voices that move by step, a note a sixteenth."""
    random = np.random.default_rng(seed)
    rows = []
    for voice, middle in enumerate((72, 65, 60, 50)):
        pitches = middle + np.clip(np.cumsum(random.integers(-2, 3, 16)), -6, 6)
        rows += [(120 * at, 120, int(pitch), 80, voice) for at, pitch in enumerate(pitches)]
    return Score.of(rows, tracks=[Track(voice) for voice in VOICES])


@pytest.fixture(scope="module")
def counted(cache: None, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A counted model of thirty small chorales."""
    folder = tmp_path_factory.mktemp("chorales")
    for seed in range(30):
        formats.write(chorale(seed), folder / f"{seed}.mid")
    return train(recipe="ngram", data=folder, out=folder / "run", settings=["encoding.name=chorale"]).run


@pytest.fixture(scope="module")
def ignorant() -> Loaded:
    """A model to which all notes are equally likely."""
    encoding = build("chorale")
    return Loaded("x", "", UniformStepper([field.size for field in encoding.fields]), encoding, Sampling(), {})


def asked(*words: object) -> Result:
    result = CliRunner().invoke(cli, ["harmonise", *map(str, words)])
    if isinstance(result.exception, EtudeError):
        result.exit_code = result.exception.exit_code
    return result


def harmonised(*words: object) -> dict[str, Any]:
    answer = asked(*words, "--json")
    assert answer.exception is None, answer.exception
    piece: dict[str, Any] = json.loads(answer.stdout)["pieces"][0]
    return piece


def sung(score: Score, track: int) -> list[tuple[int, ...]]:
    """(onset, duration, pitch) of the notes of a track, in sixteenths of a quarter."""
    notes = score.notes[score.notes["track"] == track]
    unit = score.tpq / 16
    return [(round(row["onset"] / unit), round(row["duration"] / unit), int(row["pitch"])) for row in notes]


def test_a_tune_keeps_its_notes_meter_key_and_repeats(counted: Run, tmp_path: Path) -> None:
    tune = tmp_path / "tune.abc"
    tune.write_text(ABC)
    out = tmp_path / "out"
    piece = harmonised(tune, counted.folder, "--seed", 4, "--particles", 2, "--out", out, "--format", "abc,mid")
    made = formats.read(Path(piece["path"]))
    before = formats.read(tune)
    assert sung(made, 0) == sung(before, 0)
    assert [track.name.lower() for track in made.tracks] == list(VOICES)
    assert made.meters.tolist() == before.meters.tolist()
    assert made.keys.tolist() == before.keys.tolist()
    assert any(mark.kind == "repeat_end" for mark in made.marks)
    assert made.meta.title == "A tune, harmonised"
    assert all(len(sung(made, voice)) for voice in range(4))
    assert piece["log_probability"] < piece["log_probability_of_given"] < 0
    assert all(rerun(Path(path)).same for path in piece["paths"])


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (given, wanted)
        for size in (1, 2, 3)
        for given in itertools.combinations(range(4), size)
        for wanted in ((), tuple(sorted(set(range(4)) - set(given)))[:1])
    ],
    ids=str,
)
def test_any_voices_are_kept_and_any_others_written(
    ignorant: Loaded, given: tuple[int, ...], wanted: tuple[int, ...]
) -> None:
    whole = chorale(99)
    notes = whole.notes[np.isin(whole.notes["track"], given)]
    task = Harmonise(
        voice=",".join(VOICES[voice] for voice in given),
        want=",".join(VOICES[voice] for voice in wanted),
        particles=2,
    )
    made = compose(ignorant, prompt=whole.replace(notes=notes), seed=1, task=task)[0].score
    present = sorted({*given, *(wanted or set(range(4)) - set(given))})
    assert [track.name for track in made.tracks] == [VOICES[voice].capitalize() for voice in present]
    for voice in given:
        assert sung(made, present.index(voice)) == sung(whole, voice)
    assert set(made.notes["track"].tolist()) >= {present.index(voice) for voice in given}
    assert made.end <= whole.end


def test_a_tune_out_of_range_is_moved_and_moved_back(ignorant: Loaded) -> None:
    piece = compose(ignorant, prompt="C7:1/16 D7:1/16 E7:1/8 C7:1/16", seed=1, task=Harmonise(particles=2))[0]
    assert piece.figures["moved"] == -24
    assert "24 semitones lower" in piece.remarks[0]
    assert sung(piece.score, 0)[0][2] == 96
    assert piece.score.notes["pitch"].min() >= 36 + 24


def test_notes_off_the_sixteenths_are_counted_and_stay(ignorant: Loaded) -> None:
    rows = [
        (0, 320, 67, 80, 0),
        (320, 320, 69, 80, 0),
        (640, 320, 71, 80, 0),
        (960, 20, 72, 80, 0),
        (980, 460, 71, 80, 0),
    ]
    tune = Score.of(rows)
    piece = compose(ignorant, prompt=tune, seed=1, task=Harmonise(particles=2))[0]
    melody = piece.score.notes[piece.score.notes["track"] == 0]
    assert melody.tolist() == tune.notes.tolist()
    assert any("4 notes do not lie on sixteenths" in remark for remark in piece.remarks)
    assert any("1 notes are too short" in remark for remark in piece.remarks)


def test_what_is_wanted_of_the_others_is_obeyed(counted: Run, tmp_path: Path) -> None:
    words = (
        "--notes",
        "C5:1/8 D5:1/8 E5:1/16 F5:1/16",
        counted.folder,
        "--seed",
        1,
        "--particles",
        3,
        "--out",
        tmp_path,
    )
    piece = harmonised(*words, "--scale", "C major", "--range", "C3-A4")
    notes = formats.read(Path(piece["path"])).notes
    others = notes[notes["track"] > 0]
    assert set((others["pitch"] % 12).tolist()) <= {0, 2, 4, 5, 7, 9, 11}
    assert 48 <= others["pitch"].min() <= others["pitch"].max() <= 69
    assert rerun(Path(piece["path"])).same


def test_sweeps_draw_again_and_can_be_made_again(counted: Run, tmp_path: Path) -> None:
    words = (
        "--notes",
        " ".join(f"{name}5:1/16" for name in "CDEFGEDC"),
        counted.folder,
        "--seed",
        1,
        "--particles",
        3,
        "--out",
    )
    plain = harmonised(*words, tmp_path / "plain")
    swept = harmonised(*words, tmp_path / "swept", "--sweeps", 2)
    assert formats.read(Path(plain["path"])).notes.tolist() != formats.read(Path(swept["path"])).notes.tolist()
    assert rerun(Path(swept["path"])).same


def test_the_tune_that_was_given_makes_no_copy(counted: Run) -> None:
    learned = chorale(0)
    tune = learned.replace(notes=learned.notes[learned.notes["track"] == 0])
    known = known_passages(load(counted.folder))
    assert known is not None
    assert known.of(tune).longest_copied == 16, "the run learned it"
    made = compose(counted.folder, prompt=tune, seed=1, task=Harmonise(particles=2))[0]
    drawn = made.score.replace(notes=made.score.notes[made.score.notes["track"] > 0])
    assert made.originality is not None
    assert made.originality.longest_copied == known.of(drawn).longest_copied < 16


def test_the_highest_notes_are_a_tune_where_that_is_asked_for(counted: Run, tmp_path: Path) -> None:
    chords = Score.of([(120 * at, 120, pitch, 80, 0) for at in range(4) for pitch in (60, 64, 67 + at)])
    formats.write(chords, tmp_path / "chords.mid")
    refused = asked(tmp_path / "chords.mid", counted.folder)
    assert refused.exit_code == 3
    assert "two notes at once" in str(refused.exception)
    assert "--skyline" in str(refused.exception)
    piece = harmonised(tmp_path / "chords.mid", counted.folder, "--skyline", "--particles", 2, "--out", tmp_path)
    made = formats.read(Path(piece["path"]))
    assert [pitch for _, _, pitch in sung(made, 0)] == [67, 68, 69, 70]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("missing.mid",), 3, "no file missing.mid to harmonise"),
        (("--notes", "R R"), 3, "holds no note"),
        (("--notes", "C4", "--voice", "cello"), 2, "'cello' is no voice"),
        (("--notes", "C4", "--voice", "soprano", "--want", "soprano,alto"), 2, "either given or wanted"),
        (("--notes", "C4", "--voice", "soprano,alto,tenor,bass"), 2, "either given or wanted"),
        (("--notes", "C4 D4", "--voice", "soprano,bass"), 3, "which sings the soprano and bass"),
        (("--notes", "C0 C9"), 3, "spans 108 semitones"),
        (("--notes", " ".join(["C5:4/1"] * 40)), 3, "2,560 sixteenths"),
        ((), 2, "Say what to harmonise"),
    ],
)
def test_what_cannot_be_harmonised_is_said(counted: Run, words: tuple[str, ...], code: int, message: str) -> None:
    answer = asked(*words, *([counted.folder] if words else []))
    assert answer.exit_code == code
    assert message in (answer.output + str(answer.exception))


def test_no_model_but_one_of_chorales_harmonises(ignorant: Loaded) -> None:
    tunes = replace(ignorant, encoding=build("abc"))
    with pytest.raises(UsageError, match="no voices"):
        compose(tunes, prompt="C D E", seed=1, task=Harmonise())

"""Variations: what is kept stays, the tune itself is amount 0, and more amount is farther away."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from etude import formats
from etude.apps.cli.main import cli
from etude.data import Collection
from etude.encodings import build
from etude.errors import BadInput, EtudeError, UsageError
from etude.lab.composing import Piece, Wish, compose
from etude.lab.launch import train
from etude.lab.loading import Loaded, load
from etude.lab.originality import known_passages
from etude.lab.rerunning import rerun
from etude.lab.run import Run
from etude.lab.varying import Vary
from etude.sampling import Sampling, Take
from etude.sampling.variations import distance
from etude.score import Score, Track, bar_starts
from etude.testing.fakes import UniformStepper
from etude.testing.scores import abc_tune

REEL = (
    "X:1\nT:A reel\nR:reel\nM:4/4\nL:1/8\nQ:1/4=90\nK:D\n"
    "dfed B2AF|d2fd e>dBz|AFDF EDCD|(3EFG FE D4|dfed BAFA|d2fd efdB|AFDF EDB,C|D8|\n"
)
ENCODINGS = (
    *(("abc", {}), ("chorale", {}), ("chorale", {"holds": False})),
    *(("abc", {"conditions": "meter,key"}), ("chorale", {"conditions": "density,mode"})),
)


def model(name: str, settings: dict[str, Any]) -> Loaded:
    """One to which everything is equally likely, so that what stays stays for no other reason."""
    encoding = build(name, **settings)
    return Loaded("x", "", UniformStepper([field.size for field in encoding.fields]), encoding, Sampling(), {})


def reel(folder: Path) -> Score:
    (folder / "reel.abc").write_text(REEL)
    return formats.read(folder / "reel.abc")


def chorale() -> Score:
    """Four voices, four bars: no note repeats, so that every model can tell them apart."""
    rows = []
    for voice, middle in enumerate((72, 65, 60, 50)):
        rows += [(480 * at, 480, middle + (0, 2, 4, 2, 5)[at % 5], 80, voice) for at in range(16)]
    return Score.of(rows, tracks=[Track(voice) for voice in ("soprano", "alto", "tenor", "bass")])


def tune_for(name: str, folder: Path) -> Score:
    return reel(folder) if name == "abc" else chorale()


def varied(loaded: Loaded, tune: Score, seed: int = 1, **task: Any) -> Piece:
    return compose(loaded, prompt=tune, seed=seed, task=Vary(particles=2, **task))[0]


def melody(score: Score, track: int) -> np.ndarray:
    return score.notes[score.notes["track"] == track]


@pytest.mark.parametrize(("name", "settings"), ENCODINGS, ids=str)
def test_nothing_anew_is_the_tune_itself(name: str, settings: dict[str, Any], tmp_path: Path) -> None:
    tune = tune_for(name, tmp_path)
    piece = varied(model(name, settings), tune, amount=0.0)
    assert piece.score.notes.tolist() == tune.notes.tolist()
    assert piece.score.tempos.tolist() == tune.tempos.tolist()
    assert piece.figures["distance"] == piece.figures["bars_anew"] == 0


@pytest.mark.parametrize(("name", "settings"), ENCODINGS, ids=str)
def test_the_more_is_anew_the_farther_away_it_is(name: str, settings: dict[str, Any], tmp_path: Path) -> None:
    tune, loaded = tune_for(name, tmp_path), model(name, settings)
    away = [
        np.mean([varied(loaded, tune, seed, amount=amount).figures["distance"] for seed in range(3)])
        for amount in (0, 0.25, 0.5, 1.0)
    ]
    assert away == sorted(away)
    assert away[0] == 0 < away[1] < away[2] < away[3]
    assert away[3] > 0.8


@pytest.mark.parametrize("keep", ["rhythm", "contour"])
@pytest.mark.parametrize(("name", "settings"), ENCODINGS, ids=str)
def test_rhythm_and_contour_stay(name: str, settings: dict[str, Any], keep: str, tmp_path: Path) -> None:
    tune = tune_for(name, tmp_path)
    made = varied(model(name, settings), tune, amount=1.0, kept=keep).score
    tracks = 1 if name == "abc" else 4
    straight = 0
    for track in range(tracks):
        before, after = melody(tune, track), melody(made, track)
        units = [table["onset"] * (960 // score.tpq) for table, score in ((before, tune), (after, made))]
        assert units[0].tolist() == units[1].tolist()
        assert (before["duration"] * (960 // tune.tpq)).tolist() == (after["duration"] * (960 // made.tpq)).tolist()
        ways = [np.sign(np.diff(table["pitch"].astype(int))) for table in (before, after)]
        straight += int((ways[0] == ways[1]).sum() - len(ways[0]))
    assert straight == 0 if keep == "contour" else straight < -3 * tracks


@pytest.mark.parametrize(("name", "settings"), ENCODINGS, ids=str)
def test_bars_that_are_not_chosen_stay(name: str, settings: dict[str, Any], tmp_path: Path) -> None:
    tune = tune_for(name, tmp_path)
    piece = varied(model(name, settings), tune, amount=0.25)
    lines = bar_starts(tune)
    other = 0
    for start, stop in itertools.pairwise(lines):
        bars = []
        for score in (tune, piece.score):
            notes = score.notes
            begin = notes["onset"] * tune.tpq // score.tpq
            inside = (begin >= start) & (begin < stop)
            bars.append(sorted(zip(begin[inside].tolist(), notes["pitch"][inside].tolist())))
        other += bars[0] != bars[1]
    assert 0 < other <= piece.figures["bars_anew"]


@pytest.mark.parametrize("amount", [0.25, 0.5, 1.0])
def test_bars_of_a_tune_are_composed_anew_with_a_rhythm_of_their_own(amount: float, tmp_path: Path) -> None:
    tune = reel(tmp_path)
    take, wish = Take(0, 5, Sampling()), Wish(seed=5)
    made = Vary(amount, "bars", particles=2).draw(model("abc", {}), take, wish, tune)
    assert made.own is not None
    assert made.figures["bars_anew"] == round(8 * amount)
    assert made.score.end == tune.end
    assert bar_starts(made.score).tolist() == [
        start * made.score.tpq // tune.tpq for start in bar_starts(tune).tolist()
    ]
    unit = tune.tpq / made.score.tpq

    def rows(score: Score, factor: float) -> set[tuple[float, ...]]:
        columns = zip(score.notes["onset"], score.notes["duration"], score.notes["pitch"], score.notes["velocity"])
        return {(begin * factor, long * factor, pitch, loud) for begin, long, pitch, loud in columns}

    stayed, own, before = rows(made.score, unit) - rows(made.own, unit), rows(made.own, unit), rows(tune, 1)
    anew = {begin // 1920 for begin, *_ in own}
    assert len(anew) <= made.figures["bars_anew"]
    assert stayed <= before, "what is not drawn stood there, to the tick"
    assert {row for row in before if row[0] // 1920 not in anew} >= stayed
    assert len({row[0] // 1920 for row in stayed}) == 8 - made.figures["bars_anew"]
    assert {row[:2] for row in own} != {row[:2] for row in before if row[0] // 1920 in anew}, (
        "the rhythm is another"
    )
    formats.write(made.score, tmp_path / "varied.abc")
    again = formats.read(tmp_path / "varied.abc")
    assert rows(again, tune.tpq / again.tpq) == rows(made.score, unit), "and it is read as it was written"


def test_voices_that_are_not_named_stay() -> None:
    tune = chorale()
    made = varied(model("chorale", {}), tune, amount=1.0, kept="bars", voice="alto,tenor").score
    for track in (0, 3):
        assert melody(made, track).tolist() == melody(tune, track).tolist()
    assert melody(made, 1).tolist() != melody(tune, 1).tolist()


def test_distance_counts_notes_that_are_not_there() -> None:
    first = Score.of([(480 * at, 480, 60 + at, 80, 0) for at in range(4)])
    other = Score.of([(96 * at, 96, (60, 61, 70, 63)[at], 80, 0) for at in range(4)], tpq=96)
    assert distance(first, first) == 0
    assert distance(first, other) == pytest.approx(0.25)
    assert distance(first, first.replace(notes=first.notes[:2])) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("task", "name", "message"),
    [
        ({"amount": 2.0}, "abc", r"0 .* to 1"),
        ({"kept": "tempo"}, "abc", "no 'tempo' to keep"),
        ({"voice": "alto"}, "abc", "single melody"),
        ({"voice": "cello"}, "chorale", "no voice"),
        ({}, "letters", "neither"),
    ],
)
def test_what_cannot_be_varied_is_said(task: dict[str, Any], name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        varied(model(name, {}), Score.of([(480 * at, 480, 60 + at, 80, 0) for at in range(4)]), **task)


def test_music_that_a_model_cannot_hold_is_refused_with_the_reason() -> None:
    chords = Score.of([(0, 480, pitch, 80, 0) for pitch in (60, 64)])
    with pytest.raises(BadInput, match=r"cannot hold this tune.*two notes"):
        varied(model("chorale", {}), chords)
    with pytest.raises(BadInput, match="no tune to vary"):
        compose(model("abc", {}), seed=1, task=Vary())


@pytest.fixture(scope="module")
def counted(cache: None, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A counted model of forty tunes in ABC."""
    folder = tmp_path_factory.mktemp("tunes")
    (folder / "book.abc").write_text("\n".join(abc_tune(number) for number in range(1, 41)))
    return train(recipe="ngram", data=folder, out=folder / "run", settings=["encoding.name=abc"]).run


def test_from_the_command_line_to_the_same_bytes(counted: Run, tmp_path: Path) -> None:
    reel(tmp_path)
    words = ["vary", str(tmp_path / "reel.abc"), str(counted.folder), "--seed", "3", "--particles", "2", "--json"]
    asked = [*words, "--amount", "0.3", "--out", str(tmp_path / "out"), "--format", "abc", "--scale", "D major"]
    answer = CliRunner().invoke(cli, asked, catch_exceptions=False)
    piece = json.loads(answer.stdout)["pieces"][0]
    assert piece["bars_anew"] == 2
    assert 0 < piece["distance"] < 0.5
    made = formats.read(Path(piece["path"]))
    assert made.meta.title == "A reel, varied"
    assert made.tempos.tolist() == reel(tmp_path).tempos.tolist()
    assert set((made.notes["pitch"] % 12).tolist()) <= {2, 4, 6, 7, 9, 11, 1}
    assert rerun(Path(piece["path"])).same


def test_what_stays_of_a_tune_makes_no_copy(counted: Run, tmp_path: Path) -> None:
    learned = next(
        piece.text for piece in Collection.open(str(counted.recipe()["data"]["collection"])).pieces("train")
    )
    (tmp_path / "learned.abc").write_text(learned)
    known = known_passages(load(counted.folder))
    assert known is not None
    tune = formats.read(tmp_path / "learned.abc")
    assert known.of(tune).longest_copied > 12, "the run learned it"
    itself = compose(counted.folder, prompt=tune, seed=1, task=Vary(amount=0.0))[0].originality
    assert itself is not None
    assert itself.longest_copied == 0, "nothing was drawn"
    varied = compose(counted.folder, prompt=tune, seed=1, task=Vary(amount=0.25, particles=2))[0].originality
    assert varied is not None
    assert 1 <= varied.longest_copied <= 8, "one bar has eight notes"


@pytest.mark.parametrize(("name", "settings"), ENCODINGS, ids=str)
def test_what_was_drawn_is_told_apart(name: str, settings: dict[str, Any], tmp_path: Path) -> None:
    tune, loaded = tune_for(name, tmp_path), model(name, settings)
    voice = {"voice": "alto"} if name == "chorale" else {}
    take, wish = Take(0, 1, Sampling()), Wish(seed=1)
    made = Vary(amount=0.5, particles=2, **voice).draw(loaded, take, wish, tune)
    assert made.own is not None
    unit = tune.tpq / made.score.tpq
    stay = {(round(row["onset"] * unit), int(row["pitch"]), int(row["track"])) for row in made.score.notes}
    drawn = {(round(row["onset"] * unit), int(row["pitch"]), int(row["track"])) for row in made.own.notes}
    before = {(int(row["onset"]), int(row["pitch"]), int(row["track"])) for row in tune.notes}
    assert stay - drawn < before, "all that is not its own stood there"
    assert drawn - before, "and it has some of its own"
    assert {track for _, _, track in drawn} == ({1} if voice else {0})


def test_a_missing_file_is_named() -> None:
    answer = CliRunner().invoke(cli, ["vary", "missing.abc"])
    assert isinstance(answer.exception, EtudeError)
    assert "no file missing.abc to vary" in str(answer.exception)

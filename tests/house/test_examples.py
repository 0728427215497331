"""Every example runs, on a small book of tunes and models that are counted in seconds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from etude import formats
from etude.lab.launch import train
from etude.score import Score, Track
from etude.testing.scores import abc_tune as tune

VOICES = tuple(enumerate((72, 65, 58, 48)))
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LONGEST = 40  # lines
ALONE = "onnx_alone.py"  # is run in tests/engine/test_alone.py, by a process that cannot import etude


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two books of tunes, one with half the tunes of the other, and a cache of its own."""
    home = tmp_path_factory.mktemp("examples")
    for name, count in (("all", 30), ("half", 15)):
        (home / name).mkdir()
        (home / name / "book.abc").write_text("\n".join(tune(number) for number in range(1, count + 1)))
    (home / "two.abc").write_text(tune(1) + "\n" + tune(2) + "\nX:3\nT:No notes\nK:C\n")
    return home


def example(home: Path, name: str, *words: str) -> str:
    """What the example says; it must end well."""
    environment = {**os.environ, "ETUDE_CACHE": str(home / "cache")}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name), *words],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def said_of_training(home: Path) -> str:
    """What training on all tunes said; the run is in `all-out/run`."""
    return example(home, "train_and_compose.py", "all", "all-out", "ngram")


def test_train_and_compose(home: Path, said_of_training: str) -> None:
    assert "bits per note" in said_of_training
    assert "uniform" in said_of_training
    assert len(list((home / "all-out" / "pieces").glob("*.mid"))) == 4


def test_own_metric(home: Path, said_of_training: str) -> None:
    pieces = sorted(str(path) for path in (home / "all-out" / "pieces").glob("*.mid"))
    last = example(home, "own_metric.py", *pieces, "two.abc").splitlines()[-1]
    assert last.split()[0] == "marked_downbeats:"
    assert float(last.split()[-1]) == 1.0  # every bar of the tunes is full of notes


def test_note_by_note(home: Path, said_of_training: str) -> None:
    said = example(home, "note_by_note.py", "all-out/run", "3")
    assert "on " in said
    assert said.count("quarters: key") >= 4
    assert said == example(home, "note_by_note.py", "all-out/run", "3")


def test_compare_models(home: Path, said_of_training: str) -> None:
    example(home, "train_and_compose.py", "half", "half-out", "ngram")
    said = example(home, "compare_models.py", "all-out/run", "half-out/run", "all")
    assert "all-out/run is " in said
    assert said.count("bits per note on") == 2


def test_convert_book(home: Path) -> None:
    said = example(home, "convert_book.py", "two.abc", "book")
    assert "tune 3 is refused (empty)" in said
    assert sorted(path.name for path in (home / "book").iterdir()) == [
        *("001.musicxml", "001.wav", "002.musicxml", "002.wav")
    ]
    assert (home / "book" / "001.wav").read_bytes()[:4] == b"RIFF"


def test_harmonise_heldout(home: Path) -> None:
    (home / "chorales").mkdir()
    for number in range(12):
        rows = [
            (120 * at, 120, top + (number + at * voice) % 5, 80, voice) for at in range(3) for voice, top in VOICES
        ]
        tracks = [Track(name) for name in ("soprano", "alto", "tenor", "bass")]
        formats.write(Score.of(rows, tracks=tracks), home / "chorales" / f"{number}.mid")
    settings = ("encoding.name=chorale",)
    train(recipe="ngram", data=home / "chorales", out=home / "chorales-run", settings=settings)
    said = example(home, "harmonise_heldout.py", "chorales-run", "3", "1")
    assert said.count("particles") == 3
    assert said.splitlines()[0].endswith("1.000")
    guarded = example(home, "guard_leading.py", "chorales-run", "1").splitlines()
    assert guarded[0] == "nats, as written, parallels, voice_crossing, wide_spacing, out_of_range"
    assert [line.partition(":")[0] for line in guarded[1:]] == [
        "the composer",
        *(f"{nats} nats a fault" for nats in (0, 1, 3)),
    ]
    assert " 1.0000 (1.0000 to 1.0000)" in guarded[1]


def test_examples_are_short_say_what_they_show_and_are_all_run() -> None:
    tested = Path(__file__).read_text()
    for path in sorted(EXAMPLES.glob("*.py")):
        text = path.read_text()
        assert len(text.splitlines()) <= LONGEST, path.name
        first, _, rest = text.partition("\n")
        assert first.startswith('"""'), path.name
        assert f"python examples/{path.name}" in first, path.name
        assert rest.startswith("\nShows: "), path.name
        assert f'"{path.name}"' in tested, f"{path.name} is run by no test"

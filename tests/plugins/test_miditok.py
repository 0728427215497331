"""The encoding around MidiTok: its laws, MidiTok's own decoder as witness, and a model that is trained on it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.plugins.conftest import install, run

from etude import registry
from etude.encodings import build, decode
from etude.errors import MissingPart
from etude.score import Score
from etude.testing import abc_tune, check_encoding, few_bars, random_score
from etude.testing.encoding_laws import walk

GROUP = {"etude.encodings": {"miditok": "etude.encodings.miditok:MidiTok"}}  # as in etude's own package
MUSIC = [*(few_bars(seed, 2) for seed in range(4)), *(random_score(seed, notes=40) for seed in range(4))]
FORTISSIMO = Score.of(
    [(0, 480, 127, 127, 0), (0, 480, 0, 1, 0), (240, 40 * 480, 0, 64, 0), (30 * 480, 1, 60, 1, 0)]
)


@pytest.fixture
def known(installed: Path) -> Path:
    """A folder on the path; the encoding is known, whether or not etude was installed since it is there."""
    if "miditok" not in registry.names("encodings"):
        install(installed, GROUP)
        registry.plugins.cache_clear()
    return installed


@pytest.mark.parametrize("tokenizer", ["TSD", "REMI"])
def test_it_keeps_every_law_of_encodings(known: Path, tokenizer: str) -> None:
    pytest.importorskip("miditok", reason="needs the extra 'miditok'")
    encoding = build("miditok", tokenizer=tokenizer)
    assert check_encoding(encoding, [*MUSIC, FORTISSIMO], seeds=range(20)) == len(MUSIC) + 1


@pytest.mark.parametrize("tokenizer", ["TSD", "REMI"])
def test_tokens_mean_what_miditok_itself_makes_of_them(known: Path, tokenizer: str) -> None:
    pytest.importorskip("miditok", reason="needs the extra 'miditok'")
    encoding = build("miditok", tokenizer=tokenizer)
    walks = [walk(encoding, seed) for seed in range(10)]
    for steps in [*(encoding.encode(score) for score in MUSIC), *walks]:
        ids = [int(value) + 2 for value in steps[1:, 0] if value > 1]
        theirs = encoding.theirs.decode([ids])
        ours = decode(encoding, steps)
        notes = sorted((note.time * 8 // theirs.tpq, note.pitch, note.velocity) for note in theirs.tracks[0].notes)
        assert notes == sorted(zip(*(ours.notes[name].tolist() for name in ("onset", "pitch", "velocity"))))


def test_without_the_package_it_says_what_installs_it(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "miditok", None)
    with pytest.raises(MissingPart, match=r"pip install 'etude\[miditok\]'"):
        build("miditok").encode(MUSIC[0])


@pytest.mark.slow
def test_a_network_is_trained_on_it_and_composes(known: Path) -> None:
    pytest.importorskip("miditok", reason="needs the extra 'miditok'")
    folder = known.parent
    (folder / "tunes.abc").write_text("\n".join(map(abc_tune, range(1, 25))))
    small = ("model.kind=rnn", "model.width=32", "model.layers=1", "training.steps=60", "training.minutes=1")
    settings = ("encoding.name=miditok", "encoding.tokenizer=REMI", "tracking.tracker=none", *small)
    given = [word for setting in settings for word in ("--set", setting)]
    said = run(
        known, "-m", "etude", "train", "scores", "--data", "tunes.abc", *given, "--out", "run", "--json"
    ).stdout
    figures = json.loads(said)
    assert figures["valid_bits_per_note"] < figures["floors"]["uniform"]
    run(known, "-m", "etude", "compose", "run", "--count", "2", "--steps", "200", "--seed", "1", "--out", "new")
    import etude

    pieces = [etude.read(path) for path in sorted((folder / "new").glob("*.mid"))]
    assert len(pieces) == 2
    assert all(np.asarray(piece.notes["pitch"]).size for piece in pieces)

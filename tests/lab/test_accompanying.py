"""Drums to a tune: its notes stay, its bars are filled, its time is kept, whatever model plays."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from etude.encodings import build
from etude.errors import BadInput, UsageError
from etude.formats import read
from etude.lab import compose
from etude.lab.accompanying import Accompany, agreement, split_of
from etude.lab.loading import Loaded
from etude.lab.rerunning import rerun
from etude.sampling import Sampling
from etude.score import Score, Track, bar_starts, on_drums, pitched_notes, unfold
from etude.testing.fakes import UniformStepper

JIG = "X:1\nT:Jig\nM:6/8\nL:1/8\nQ:3/8=110\nK:G\nD|:GAB dBd|edB dBA|1GAG G2D:|2GAG G3||\n"
REEL = "X:1\nT:Reel\nM:4/4\nL:1/8\nQ:1/4=90\nK:D\nDEFG ABcd|e2d2 A4|[Q:1/4=140]d2d2 B4|A8|\n"


def drummer(**settings: object) -> Loaded:
    """A model that plays drums at random."""
    encoding = build("notes", part="drums", **settings)
    sizes = tuple(field.size for field in encoding.fields)
    return Loaded("drummer", "0" * 64, UniformStepper(sizes), encoding, Sampling(), {"licence": "test"})


@pytest.fixture
def tune(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "tune.abc"
    path.write_text(request.param)
    return path


ENCODINGS = ({"time": "performed"}, {"time": "scored"}, {"time": "performed", "conditions": "tempo,meter"})


@pytest.mark.parametrize("settings", ENCODINGS, ids=lambda settings: "-".join(settings.values()))
@pytest.mark.parametrize("tune", [JIG, REEL], indirect=True, ids=["jig", "reel"])
def test_the_tune_stays_and_the_drums_keep_its_time(tune: Path, settings: dict[str, str]) -> None:
    given = unfold(read(tune))
    for piece in compose(drummer(**settings), prompt=tune, task=Accompany(loose=0.02), seed=1, count=3):
        score = piece.score
        pitched = pitched_notes(score)
        assert pitched["pitch"].tolist() == given.notes["pitch"].tolist()
        assert np.allclose(pitched["onset"] / score.tpq, given.notes["onset"] / given.tpq)
        assert score.tempos.tolist() == [(int(t) * score.tpq // given.tpq, us) for t, us in given.tempos.tolist()]
        drums = score.notes[on_drums(score)]
        assert len(drums) == piece.figures["strokes"] >= piece.figures["bars_followed"]
        bars = bar_starts(score)
        first = 1 if len(bars) - 1 > piece.figures["bars_followed"] else 0
        assert bars[first] <= drums["onset"].min() + 0.03 * score.tpq * 3
        assert drums["onset"].max() < bars[-1]
        assert (drums["onset"] + drums["duration"]).max() <= bars[-1]
        heard = score.seconds(drums["onset"]) + 0.03  # a stroke may be a little early
        counts = np.histogram(heard, score.seconds(bars[first:]))[0]
        assert (counts > 0).all()  # every bar of the tune is played to
        points = np.concatenate([np.arange(a, b, score.tpq / piece.figures["grid"]) for a, b in pairwise(bars)])
        points = np.append(points, bars[-1])
        away = np.abs(score.seconds(drums["onset"])[:, None] - score.seconds(points)[None]).min(axis=1)
        assert away.max() <= 0.02 + 0.006 + 0.5 / 100  # loose, a tick of either side


@pytest.mark.parametrize("tune", [JIG], indirect=True)
def test_the_same_bytes_again_on_channel_ten(tune: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (piece,) = compose(drummer(), prompt=tune, task=Accompany(grid=3), seed=5, out=tmp_path / "out")
    data = piece.paths[0].read_bytes()
    assert b"\x99" in data  # note on, channel 10
    assert '"command":"accompany"' in piece.score.meta.reproduce
    monkeypatch.setattr("etude.lab.rerunning.load", lambda name: drummer())
    assert rerun(piece.paths[0]).same
    assert read(piece.paths[0]).tracks[-1].is_drum


@pytest.mark.parametrize("tune", [JIG], indirect=True)
def test_what_cannot_be_accompanied_is_named(tune: Path) -> None:
    melody = build("notes")
    sizes = tuple(field.size for field in melody.fields)
    pianist = Loaded("pianist", "", UniformStepper(sizes), melody, Sampling(), {})
    with pytest.raises(UsageError, match="pianist does not play drums"):
        compose(pianist, prompt=tune, task=Accompany(), seed=1)
    with pytest.raises(UsageError, match="--scale"):
        compose(drummer(), prompt=tune, task=Accompany(), seed=1, constraints={"scale": "D dorian"})
    only_drums = Score.of([(0, 10, 36, 90, 0)], tracks=[Track("drums", 0, True)], tpq=24)
    with pytest.raises(BadInput, match="drums only"):
        compose(drummer(), prompt=only_drums, task=Accompany(), seed=1)
    with pytest.raises(BadInput, match="nothing to accompany"):
        compose(drummer(), task=Accompany(), seed=1)


def test_drums_of_the_file_are_replaced_and_that_is_said() -> None:
    both = Score.of(
        [(0, 24, 60, 80, 0), (24, 24, 62, 80, 0), (0, 6, 36, 90, 1), (48, 24, 64, 80, 0)],
        tracks=[Track("flute"), Track("drums", 0, True)],
        tpq=24,
    )
    (piece,) = compose(drummer(), prompt=both, task=Accompany(), seed=1)
    assert [track.is_drum for track in piece.score.tracks] == [False, True]
    assert "left out" in piece.remarks[0]


def test_the_grid_is_that_of_the_notes() -> None:
    def played(*onsets: int) -> Score:
        return Score.of([(at, 2, 60, 80, 0) for at in onsets], tpq=12)

    assert split_of(played(0, 3, 6, 9, 12, 18)) == 4
    assert split_of(played(0, 4, 8, 12, 20, 24)) == 3
    assert split_of(played(0, 12, 24)) == 4


def test_agreement_counts_onsets_that_are_struck() -> None:
    tune = Score.of([(at, 4, 60, 80, 0) for at in (0, 12, 24, 36)], tpq=12)
    drums = Score.of([(at, 4, 36, 80, 0) for at in (0, 24)], tpq=12)
    assert agreement(tune, drums) == 0.5
    assert agreement(tune, tune) == 1.0
    assert agreement(tune, drums.replace(notes=drums.notes[:0])) == 0.0

"""The piano reproduction in miniature: a handful of made-up performances, two updates a training."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from etude.encodings import build
from etude.evaluation.intervals import over_seeds
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.running import train_arms
from etude.lab.reproduce.seed2 import REPRODUCTION, TRACKER, Piano, counting, shapes
from etude.lab.reproduce.seed2.experiments import EXPERIMENTS, NETWORKS, OPTIONS, Claim
from etude.lab.reproduce.seed2.figures import by_piece, foretold, found, passages
from etude.lab.reproduce.seed2.tracker import Finding
from etude.lab.reproduce.writing import write_report
from etude.score import Score, notes_from
from etude.testing.performances import write_performances

pytest.importorskip("torch", reason="training needs the extra 'train'")


@pytest.fixture(scope="module")
def small() -> Piano:
    return Piano(seeds=(0,), options=OPTIONS[:1], networks=False, goal=False, formats=("mid",), pieces=1)


@pytest.fixture(scope="module")
def bench(cache: None, small: Piano, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    data = write_performances(tmp_path_factory.mktemp("walks"), train=5, notes=70)
    arms = {arm.name: arm for arm in small.arms()}
    made = Bench(tmp_path_factory.mktemp("seed2"), {"maestro-v2-notes": data}, arms, factor=0.001)
    train_arms(made, list(arms.values()), jobs=2)
    return made


def test_every_row_of_the_plan_is_a_training() -> None:
    arms = REPRODUCTION.arms()
    names = [arm.name for arm in arms]
    assert len(set(names)) == len(names) == 3 * (len(EXPERIMENTS) + len(NETWORKS)) + len(OPTIONS) + 1
    assert {option.beside for option in OPTIONS} - {""} <= {option.name for option in OPTIONS}


def test_the_report_fills_the_tracker(bench: Bench, small: Piano, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "PROMPT", 4)
    monkeypatch.setattr(shapes, "NOTES", 8)
    report = small.report(bench)
    paths = write_report(bench.folder, small, report, "etude reproduce seed2-piano")
    text = (bench.folder / TRACKER).read_text()
    assert text.count("**Status**: Completed") == 4
    assert text.count("<- CHANGED") == 3
    assert "TBD" not in text
    assert "Parameters: 84,358 (measured)" in text
    assert "no evidence" in text  # one seed proves nothing
    assert [path for path, _ in report.files if path.suffix == ".mid"]
    figures = json.loads(paths[2].read_text())
    assert figures["figures"]["1-baseline"]["pitch_nats"]["mean"] > 0
    assert figures["baselines"]["valid"]["uniform"] == pytest.approx(math.log(128))


def test_passages_are_priced_with_all_that_stands_before_them(bench: Bench) -> None:
    from etude.lab.weights import torch_model
    from etude.models import TorchStepper

    arm = "3-length-s0"
    material = bench.material(arm)
    pieces = material.packed("valid").pieces()
    where = passages(pieces, 10)
    for one, piece in zip(where, pieces, strict=True):
        assert one.last - one.first == 10
        assert abs((one.first + one.last) / 2 - len(piece) / 2) <= 1
    model, _ = torch_model(bench.run(arm))
    said = foretold(model, pieces, where, [field.values for field in material.encoding.fields])
    for one, place in zip(said, where, strict=True):
        whole = TorchStepper(model).nats(pieces[place.piece])
        assert np.allclose(one.nats, whole[place.first - 1 : place.last - 1], atol=1e-4)


def test_control_steps_do_not_move_a_passage() -> None:
    encoding = build("notes")
    plain = np.zeros((300, 4), np.int32)
    plain[1:-1, 0] = 60
    plain[-1, 0] = 1
    told = np.insert(plain, 1, [[130, 0, 0, 0], [150, 0, 0, 0]], axis=0)
    (one,), (other,) = passages([plain], 128), passages([told], 128)
    assert (one.first + 2, one.last + 2) == (other.first, other.last)
    assert encoding.note_count(plain[one.first : one.last]) == 128


def test_figures_belong_to_the_passages(bench: Bench) -> None:
    figures = found(bench, "1-baseline-s0")
    sums = by_piece(bench, "1-baseline-s0")
    assert sums[:, 1].tolist() == [len(piece) - 2 for piece in bench.material("option-base").valid.pieces()]
    assert figures["pitch_nats"] == pytest.approx(sums[:, 0].sum() / sums[:, 1].sum())
    assert figures["bits_per_note"] == pytest.approx(figures["nats_per_note"] / math.log(2))
    assert figures["parameters"] == 84_358


def test_a_claim_holds_where_the_interval_says_so() -> None:
    lower = Claim("better", "pitch_nats", "lower")
    assert Finding("2", lower, 4.0, over_seeds([-0.2, -0.21, -0.19])).verdict == "held"
    assert Finding("2", lower, 4.0, over_seeds([0.2, 0.21, 0.19])).verdict == "not"
    assert Finding("2", lower, 4.0, over_seeds([0.2, -0.3, 0.1])).verdict == "no evidence"
    assert "-5.0 %" in str(Finding("2", lower, 4.0, over_seeds([-0.2, -0.21, -0.19])))


def test_counted_references_know_what_follows_what() -> None:
    line = np.tile([10, 20, 30, 20], 50)
    found = counting.pitch_references([line], [line])
    assert found["uniform"] > found["unigram"] > found["bigram"] > found["trigram"]
    assert found["trigram"] < 0.1  # what follows two pitches is certain
    assert found["bigram"] == pytest.approx(math.log(2) / 2, abs=0.05)  # after 20 it is 10 or 30
    assert counting.repeated_share([line], [line + 5], length=8) == 1.0
    assert counting.repeated_share([line], [np.arange(40)], length=8) == 0.0


def test_constants_score_the_variance() -> None:
    fields = build("notes", velocities=1).fields
    steps = np.array([[62, 10, 9, 0], [64, 30, 9, 0]], np.int32)  # waits .1 and .3 s
    said = counting.constants([steps], [steps], fields)
    pitch = counting.histogram_nats([steps], [steps], fields)["pitch"]
    assert said["weighted_loss"] == pytest.approx(0.05 * pitch + 0.01)
    assert said["step_mae_seconds"] == pytest.approx(0.1)
    assert said["pitch_accuracy"] == 0.5


def test_measures_of_a_piece() -> None:
    notes = notes_from(
        {
            "onset": np.array([0, 0, 480, 960]),
            "duration": np.full(4, 100),
            "pitch": np.array([60, 64, 77, 60]),
            "velocity": np.full(4, 64),
        }
    )
    found = shapes.measures(Score.of(notes, tpq=480))
    assert (found["pitches"], found["range"], found["leaps"]) == (3, 17, pytest.approx(2 / 3))
    assert found["interval"] == pytest.approx((4 + 13 + 17) / 3)
    assert found["entropy"] == pytest.approx(1.5)
    assert found["chords"] == pytest.approx(1 / 3)
    assert found["notes_per_second"] == pytest.approx(3.0)

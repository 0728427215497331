"""The reproduction of the notebook in miniature: made-up performances, two updates a training."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra 'train'")

from etude.lab import trainer  # noqa: E402
from etude.lab.launch import prepare  # noqa: E402
from etude.lab.reproduce.bench import Bench  # noqa: E402
from etude.lab.reproduce.running import order_of  # noqa: E402
from etude.lab.reproduce.seed4 import REPRODUCTION, Muse, collapse, playing, pricing, tables  # noqa: E402
from etude.lab.reproduce.seed4.variations import Size, Variation, arm_name, variations  # noqa: E402
from etude.lab.reproduce.writing import write_report  # noqa: E402
from etude.testing.performances import write_performances  # noqa: E402

TINY = Size(
    **{"seeds": (0,), "files": (2, 3, 0), "few": 2, "some": 3},
    **{"window_updates": 2, "updates": 2, "most_updates": 3, "sample": 2, "excerpt": 20},
    **{"takes": 1, "notes": 20, "formats": ("mid",)},
)
SMALL = (
    "training.rows=2",
    "training.length=16",
    "training.warmup=0",
    "model.width=32",
    "model.head_width=16",
    "model.heads=2",
)


@pytest.fixture(scope="module")
def bench(cache: None, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Every variation trained, in this process: a trainer of its own for each would take minutes to start."""
    data = write_performances(tmp_path_factory.mktemp("walks"))
    made = Bench(
        tmp_path_factory.mktemp("seed4"),
        {"maestro-v2-notes": data},
        {arm.name: arm for arm in Muse(TINY).arms()},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("etude.engine.never_exported", lambda config: "Exports have tests of their own.")
        for arm in made.arms.values():
            trainer.train(prepare(order_with(order_of(made, arm, 1))))
    return made


def order_with(order: object) -> object:
    """The same training with a smaller network and batch."""
    import dataclasses

    window = order.recipe == "seed4-notebook"
    settings = ("training.rows=8", "model.sizes=[16]") if window else SMALL
    return dataclasses.replace(order, settings=(*order.settings, *settings))


def test_every_improvement_is_there_and_stands_beside_a_step_before() -> None:
    size = Size()
    found = variations(size)
    names = [one.key for one in found]
    assert len(set(names)) == len(names)
    assert {one.beside for one in found} - {""} <= set(names)
    assert {one.key for step in tables.steps(size) for one in step.rows} == set(names)
    assert len(REPRODUCTION.arms()) == 3 * len(names)
    assert sum(arm.minutes for arm in REPRODUCTION.arms()) < 120


def test_all_changes_but_one_are_named_in_the_settings() -> None:
    first, second = (one for one in variations(Size()) if one.key in ("squared", "entropy"))
    assert set(second.settings) - set(first.settings) == {"model.pitch_loss=likelihood"}


def test_the_report_answers_every_step(bench: Bench) -> None:
    report = Muse(TINY).report(bench)
    paths = write_report(bench.folder, Muse(TINY), report, "etude reproduce seed4-muse")
    text = paths[1].read_text()
    for number in range(1, 7):
        assert f"### {number} " in text
    assert "no evidence" in text  # one seed proves nothing
    assert "collapsed" in text or "did not collapse" in text
    assert len([path for path, _ in report.files if path.suffix == ".mid"]) == len(playing.TO_HEAR)
    figures = json.loads(paths[2].read_text())
    assert figures["figures"]["6 Polyphony"]["chords"]["mean"] > 0
    assert figures["baselines"]["pitch nats"]["uniform"] == pytest.approx(math.log(128))


def test_encodings_are_priced_on_the_same_notes(bench: Bench) -> None:
    played = sum(piece.notes for piece in pricing.sample(bench, "chords-s0", TINY))
    assert played == 2 * 60
    assert pricing.kept_share(bench, "chords-s0", TINY) == pricing.kept_share(bench, "files-3-s0", TINY) <= 1
    share = pricing.kept_share(bench, "roll-s0", TINY)
    assert pricing.played_bits(bench, "roll-s0", TINY) == pytest.approx(
        share * pricing.held_bits(bench, "roll-s0", TINY)
    )


def test_keys_are_twelve_and_the_own_is_one_of_them(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    found = pricing.moved_nats(bench, "files-2-s0", TINY)
    monkeypatch.setattr(pricing, "KEYS", range(1))
    (bench.folder / "kept" / "files-2-s0-moved.json").unlink()
    again = pricing.moved_nats(bench, "files-2-s0", TINY)
    assert again["keys"] == pytest.approx(again["own"]) == pytest.approx(found["own"])
    assert len(set(found.values())) == 3


def test_histograms_price_what_they_should(bench: Bench) -> None:
    """By hand: each field of the held-out steps under the add-one counts of training."""
    material = bench.material("notes-coarse-s0")
    train, held = material.train.pieces(), material.packed("valid").pieces()
    nats = 0.0
    for field, size in enumerate(material.sizes):
        counts = np.ones(size)
        for piece in train:
            np.add.at(counts, piece[:, field], 1)
        nats -= sum(np.log(counts[piece[1:, field]] / counts.sum()).sum() for piece in held)
    notes = material.packed("valid").note_counts.sum()
    assert pricing.histogram_bits(bench, "notes-coarse", TINY) == pytest.approx(nats / math.log(2) / notes)


def test_a_collapsed_head_is_called_so() -> None:
    labels = torch.randint(40, 90, (500,))
    mean = labels.double().mean()
    flat = collapse._figures(mean + 0.01 * torch.randn(500, 128).double(), labels)
    assert flat["loss"] == pytest.approx(flat["variance"], rel=1e-3)
    assert flat["explained"] == pytest.approx(0, abs=1e-3)
    assert flat["entropy"] > collapse.BLIND * collapse.UNIFORM
    sharp = collapse._figures(10.0 * torch.nn.functional.one_hot(labels, 128).double(), labels)
    assert sharp["accuracy"] == 1
    assert sharp["entropy"] < 0.1


def test_a_variation_carries_its_seed_to_the_choice_of_files() -> None:
    arm = Variation("x", "x", "seed4-notes", 10, 1.0, ("data.pieces=2",)).arm(2)
    assert arm.name == arm_name("x", 2)
    assert (arm.seed, arm.steps) == (2, 10)
    assert "data.seed=2" in arm.settings


def test_recipes_are_one_step_apart(tmp_path: Path) -> None:
    from etude.lab.recipe import load_recipe

    notes, chords, roll = (load_recipe(f"seed4-{name}") for name in ("notes", "chords", "roll"))
    for other in (chords, roll):
        assert {**other.model, "head": "chain"} == {**notes.model, "head": "chain"}
        assert {**other.training, "length": 0} == {**notes.training, "length": 0}
        assert other.data == notes.data

"""Findings in words: planted troubles are named, with the option that answers them, and healthy runs are not."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etude.evaluation import HeldOut, Likelihood, Part, Uniform, two_fold
from etude.lab.findings import Facts, Finding, of_evaluation, of_music, of_training
from etude.lab.history import evaluations_of
from etude.lab.launch import Order, prepare
from etude.lab.loading import Loaded, load
from etude.lab.material import Material
from etude.lab.run import Run
from etude.lab.sampled import sampled
from etude.lab.weights import build_model, recipe_of, torch_model
from etude.testing.fakes import TableStepper
from etude.testing.scores import abc_tune

from .conftest import SMALL

RATE = 0.003  # of the recipe `folk`


def kinds(said: list[Finding]) -> list[str]:
    """What is said, in short."""
    return [one.kind for one in said]


def train_here(data: Path, out: Path, *settings: str) -> Run:
    """A training of 200 updates in this process."""
    pytest.importorskip("torch", reason="training needs the extra 'train'")
    from etude.lab.trainer import train

    mine = [one for one in SMALL if not one.startswith(("training.steps", "training.eval_every"))]
    chosen = (*mine, "training.steps=200", "training.eval_every=20", "training.minutes=none")
    run = prepare(Order("folk", str(data), out, settings=(*chosen, "tracking.tracker=none", *settings)))
    train(run)
    return run


def course(run: Run) -> list[Finding]:
    """The findings about a run's loss."""
    records = evaluations_of(run)
    return of_training(records, records[-1]["floors"], Facts(2000, 20_000, RATE))


def test_a_learning_rate_a_hundred_times_too_high_is_named(cache: None, book: Path, tmp_path: Path) -> None:
    fast = f"training.learning_rate={100 * RATE}"  # Muon bears it: the steps of its matrices have a set size
    said = course(train_here(book, tmp_path / "fast", fast, "training.optimiser=adamw"))
    assert "learning rate too high" in kinds(said)
    assert "training.learning_rate=" in str(said[-1])


def test_tiny_data_learned_by_heart_is_named(cache: None, tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "book.abc").write_text("\n".join(abc_tune(number) for number in range(1, 9)))
    run = train_here(
        *(tmp_path / "tiny", tmp_path / "run", "model.dropout=0.0", "data.transpose=[0,0]"),
        f"training.learning_rate={2 * RATE}",
    )
    assert "learning rate too high" not in kinds(course(run)), "twice the usual one is none"
    ending = next(record for record in run.records() if record.get("event") == "end")
    words = " ".join(ending["findings"])
    assert "by heart" in words
    assert "notes are little to learn" in words
    assert "model.dropout" in words


def records(valid: list[float], train: list[float] | None = None, uniform: float = 12.0) -> list[dict[str, Any]]:
    """A log of these losses in nats a step; a note costs two bits a nat."""
    return [
        {
            "step": 10 * number,
            "valid_nats_per_step": loss,
            "train_nats_per_step": own,
            "valid_bits_per_note": 2 * loss,
        }
        for number, (loss, own) in enumerate(zip(valid, train or valid), 1)
    ]


FLOORS = {"uniform": 12.0, "ngram": 3.0, "ngram+copy": 2.6}


@pytest.mark.parametrize(
    ("valid", "train", "expected"),
    [
        ([4.0, 3.0, 2.0, 1.5, 1.2, 1.1], None, ["below every floor", "still falling"]),
        ([4.0, 3.0, 2.0, 1.2, 1.101, 1.1, 1.1, 1.1], None, ["below every floor", "level"]),
        ([4.0, 3.0, 2.0, 1.8, 1.7, 1.6], None, ["above a floor", "still falling"]),
        ([4.0, 2.0, 1.2, 1.4, 1.6], [4.0, 1.5, 0.9, 0.5, 0.2], ["below every floor", "rose again"]),
        ([4.0, 2.0, 1.2, 1.2, 1.2], [4.0, 1.5, 0.9, 0.7, 0.6], ["below every floor", "learned by heart"]),
        ([6.0, 5.9, 5.9, 5.9, 5.9], None, ["above a floor", "hardly learned"]),
        ([3.0, 2.0, 1.5, 9.0], [3.0, 2.0, 1.5, 9.0], ["above a floor", "learning rate too high"]),
        ([8.0, 7.5, 9.0, 7.0], None, ["above a floor", "learning rate too high"]),
        (
            [3.0, 2.6, 2.7, 2.4, 2.3, 2.2, 2.1],
            [3.2, 2.7, 2.8, 2.5, 2.4, 2.3, 2.2],
            ["above a floor", "learning rate too high"],
        ),
        ([3.0, 2.6, 2.7, 2.4, 2.3, 2.2, 2.1], None, ["above a floor", "learning rate too high"]),
        (
            [3.0, 2.6, 2.7, 2.4, 2.3, 2.2, 2.1],
            [3.2, 2.7, 2.65, 2.5, 2.4, 2.3, 2.2],
            ["above a floor", "still falling"],
        ),
        (
            [2.0, 1.8, math.nan, math.nan],
            [2.0, 1.8, math.nan, math.nan],
            ["above a floor", "learning rate too high"],
        ),
        ([math.nan, math.nan], None, ["learning rate too high"]),
    ],
)
def test_every_course_of_a_loss_has_its_words(
    valid: list[float], train: list[float] | None, expected: list[str]
) -> None:
    assert kinds(of_training(records(valid, train), FLOORS, Facts())) == expected


def test_without_held_out_pieces_nothing_is_claimed() -> None:
    assert kinds(of_training([{"step": 1, "valid_nats_per_step": None}], {})) == ["nothing held out"]


def hear(loaded: Loaded, stepper: Any) -> list[Finding]:
    """What is said of the pieces that `stepper` composes in place of the model."""
    assert loaded.run is not None
    material = Material.of(recipe_of(loaded.run).data, loaded.encoding)
    heard = sampled(replace(loaded, stepper=stepper), material, count=5)
    return of_music(heard.measured, heard.band)


def test_a_random_checkpoint_is_too_random(run: Run) -> None:
    import torch

    from etude.models import TorchStepper

    loaded = load(run.folder)
    torch.manual_seed(0)
    fresh = build_model(recipe_of(run), loaded.encoding).eval()
    said = hear(loaded, TorchStepper(fresh))
    assert kinds(said) == ["too random"]
    assert "--temperature 0.8" in str(said[0])


def test_a_looping_checkpoint_is_too_repetitive(run: Run) -> None:
    import torch

    from etude.models import TorchStepper

    loaded = load(run.folder)
    model, _ = torch_model(run)
    heard = Material.of(recipe_of(run).data, loaded.encoding).packed("valid").pieces()[0][:, 0]
    with torch.no_grad():  # weights that say one note over and over, whatever came before
        model.head.out[0].weight.zero_()
        model.head.out[0].bias.zero_()
        model.head.out[0].bias[int(np.bincount(heard).argmax())] = 12.0
    said = hear(loaded, TorchStepper(model))
    assert "too repetitive" in kinds(said)
    assert "--temperature 1.1" in str(said[0])


def columns(rng: np.random.Generator, count: int, **shift: float) -> dict[str, np.ndarray]:
    """Measures of pieces, each about 1 with a spread of 0.1, moved by `shift`."""
    names = (
        *("pitch_entropy", "interval_entropy", "transition_entropy", "scale_consistency", "mean_interval"),
        *("pitch_class_entropy", "onset_interval_entropy", "repeated_bars", "structureness_middle"),
        "structureness_long",
    )
    return {name: rng.normal(1 + shift.get(name, 0.0), 0.1, count) for name in names}


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        ({}, "like real pieces"),
        ({"pitch_entropy": 1.0}, "like real pieces, off on average"),  # one measure alone says nothing of why
        ({"pitch_entropy": 1.0, "transition_entropy": 1.0}, "too random"),
        ({"pitch_entropy": -1.0, "transition_entropy": -1.0}, "too repetitive"),
        ({"pitch_entropy": -1.0, "transition_entropy": -1.0, "mean_interval": 1.0}, "too repetitive"),
        ({"pitch_entropy": -1.0, "transition_entropy": 1.0}, "like real pieces, off on average"),  # contradictory
        ({"structureness_middle": -1.0, "structureness_long": -1.0}, "incoherent"),
    ],
)
def test_music_is_placed_in_the_band_of_real_pieces(shift: dict[str, float], expected: str) -> None:
    rng = np.random.default_rng(0)
    assert kinds(of_music(columns(rng, 8, **shift), columns(rng, 40))) == expected.split(", ")


def test_a_share_that_real_pieces_have_twice_as_often_is_told() -> None:
    """Each piece ends on the tonic or not, so no single one lies outside the band of real pieces."""
    rng = np.random.default_rng(0)
    ours, real = columns(rng, 20), columns(rng, 200)
    ours["ends_on_tonic"], real["ends_on_tonic"] = (
        np.arange(n) % 5 < often * 5 for n, often in ((20, 0.2), (200, 0.8))
    )
    ours, real = ({name: np.asarray(column, float) for name, column in one.items()} for one in (ours, real))
    inside, off = of_music(ours, real)
    assert (inside.kind, off.kind) == ("like real pieces", "off on average")
    assert "ends on tonic 0.2 (real pieces 0.8)" in off.text


def test_too_few_pieces_is_an_answer() -> None:
    rng = np.random.default_rng(0)
    assert kinds(of_music(columns(rng, 2), columns(rng, 40))) == ["too few pieces"]
    assert kinds(of_music(columns(rng, 8), columns(rng, 5))) == ["too few pieces"]


def priced(scorer: Any, seed: int = 0, protocol: str = "full", parts: dict[str, Part] | None = None) -> Likelihood:
    """What twenty pieces cost under `scorer`."""
    rng = np.random.default_rng(seed)
    pieces = [np.vstack([[0], rng.integers(2, 6, (30, 1)), [1]]).astype(np.int32) for _ in range(20)]
    found = HeldOut.of(pieces, [30] * 20, ("x",)).price(scorer, protocol)
    return replace(found, parts=parts or {})


@pytest.fixture
def floors() -> dict[str, Likelihood]:
    """A uniform floor, and one that knows which values occur."""
    table = TableStepper([np.tile([-9.0, -3.0, 0, 0, 0, 0, -9, -9], (8, 1)).astype(np.float32)])
    return {"uniform": priced(Uniform((8,))), "ngram": priced(table), "ngram+copy": priced(table)}


def test_a_price_is_told_beside_the_floors(floors: dict[str, Likelihood]) -> None:
    better = replace(floors["ngram"], totals=floors["ngram"].totals * 0.8, bits_per_note=1.7, nats_per_step=1.1)
    assert kinds(of_evaluation(better, floors)) == ["below every floor"]
    assert kinds(of_evaluation(priced(TableStepper.random((8,))), floors)) == ["above a floor"]
    noise = np.random.default_rng(1).normal(0, 3, 20)
    same = replace(floors["ngram"], totals=floors["ngram"].totals + noise - noise.mean(), nats_per_step=1.4001)
    assert kinds(of_evaluation(same, floors)) == ["at the floor"]
    assert kinds(of_evaluation(floors["ngram+copy"], floors)) == ["counted"]


def test_a_price_says_what_memory_and_copying_are_worth(floors: dict[str, Likelihood]) -> None:
    better = replace(floors["ngram"], totals=floors["ngram"].totals * 0.8, bits_per_note=1.7, nats_per_step=1.1)
    near = replace(better, protocol="context:16", bits_per_note=1.71)
    far = replace(better, protocol="context:16", bits_per_note=2.0)
    assert "short memory" in kinds(of_evaluation(better, floors, others=[near]))
    assert "long memory" in kinds(of_evaluation(better, floors, others=[far]))
    mixed = {"model+copy": replace(better, bits_per_note=1.5)}
    assert "forgets" in kinds(of_evaluation(better, floors, mixed))
    assert "remembers" in kinds(of_evaluation(better, floors, {"model+copy": better}))


def test_where_holds_dominate_the_onsets_are_spoken_of(floors: dict[str, Likelihood]) -> None:
    better = replace(floors["ngram"], totals=floors["ngram"].totals * 0.8, bits_per_note=1.7, nats_per_step=1.1)
    counted = {name: replace(one, parts={"onsets": Part(1.0, 10, 0.1, 1.0, 600)}) for name, one in floors.items()}
    worse = replace(better, parts={"onsets": Part(1.2, 10, 0.1, 1.2, 600)})
    right = replace(better, parts={"onsets": Part(0.9, 10, 0.1, 0.9, 600)})
    assert "only holds" in kinds(of_evaluation(worse, counted))
    assert "onsets" in kinds(of_evaluation(right, counted))


def test_two_fold_figures_can_be_paired_with_the_model(floors: dict[str, Likelihood]) -> None:
    held = HeldOut.of([np.array([[0], [2], [1]], np.int32)] * 9, [1] * 9, ("x",))
    found = two_fold({"uniform": Uniform((8,))}, held)
    assert kinds(of_evaluation(held.price(TableStepper.random((8,))), found))[0] in (
        "above a floor",
        "at the floor",
    )

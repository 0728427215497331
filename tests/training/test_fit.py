"""The training loop: it learns, it says what it sees, it stops when told, and it goes on exactly."""

from __future__ import annotations

import json
import math
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from etude.errors import EtudeError, UsageError
from etude.models import ModelConfig, build
from etude.models.model import Model, weights_of
from etude.testing.toys import SIZES, Recorder, ToyBatch, ToyBatches, toy_piece
from etude.training import Checkpoint, CheckpointFolder, TrainingConfig, Validation, fit
from etude.training.orthogonal import is_hidden_matrix

CONFIG = TrainingConfig(steps=40, eval_every=10, warmup=5, learning_rate=5e-3, threads=1, precision="fp32")


def model(**settings: Any) -> Model:
    torch.manual_seed(3)
    config = {"width": 32, "heads": 2, "layers": 1, "dropout": 0.1, "context": 32, "history": 2, **settings}
    return build(ModelConfig(**config), SIZES)


def validation() -> Validation:
    random = np.random.default_rng(99)
    return Validation([toy_piece(random, length) for length in (20, 33, 9)], notes=62, floors={"ngram": 6.5})


def digest(weights: dict[str, Any]) -> bytes:
    return b"".join(name.encode() + np.asarray(weights[name]).tobytes() for name in sorted(weights))


def test_it_learns_and_reports_every_figure() -> None:
    reporter = Recorder()
    outcome = fit(model(), ToyBatches(rows=8), validation(), replace(CONFIG, steps=200, eval_every=50), reporter)
    first, last = reporter.records[0], reporter.records[-1]
    assert [record["step"] for record in reporter.records] == [50, 100, 150, 200]
    assert last["valid_loss"] < 0.85 * first["valid_loss"]
    assert last["train_loss"] < 0.6 * math.log(100)
    assert last["perplexity"] == pytest.approx(math.exp(last["valid_loss"]))
    assert last["bits_per_note"] == pytest.approx(last["valid_loss"] * (19 + 32 + 8) / math.log(2) / 62)
    assert last["valid_loss"] == pytest.approx(sum(last["valid_nats_per_field"]))
    assert last["floors"] == {"ngram": 6.5}
    assert last["tokens"] == 200 * 8 * 32
    assert last["tokens_per_second"] > 0
    assert last["gradient_norm"] > 0
    assert 10 * 2**20 < last["peak_memory_bytes"] < 8 * 2**30
    assert last["learning_rate"] < 1e-4 < first["learning_rate"]
    assert outcome.valid_loss == pytest.approx(min(record["valid_loss"] for record in reporter.records), abs=1e-5)
    assert [one.step for one in reporter.checkpoints] == [50, 100, 150, 200]
    assert not outcome.interrupted


def test_the_train_loss_is_that_of_the_likelihood_and_of_targets_that_count() -> None:
    class Constant(ToyBatches):
        def at(self, step: int) -> ToyBatch:
            return super().at(0)

    reporter = Recorder()
    one = model(dropout=0.0, field_weights=(0.5, 0.1))
    config = replace(CONFIG, steps=1, eval_every=1, smoothing=0.1)
    batch = Constant().at(0)
    with torch.no_grad():
        nats = one.nats(torch.from_numpy(batch.steps.astype(np.int64)))[:, :-1]
    fit(one, Constant(), validation(), config, reporter)
    assert reporter.records[0]["train_loss"] == pytest.approx(float(nats.sum(-1).mean()), abs=1e-5)


@pytest.mark.parametrize("optimiser", ["adamw", "adam", "rmsprop", "muon"])
@pytest.mark.parametrize("settings", [{}, {"kind": "rnn", "norm": "batch"}], ids=["transformer", "rnn"])
def test_stopped_and_gone_on_equals_never_stopped(optimiser: str, settings: dict[str, Any]) -> None:
    average = 0.9 if optimiser == "muon" else 0.0
    config = replace(CONFIG, optimiser=optimiser, learning_rate=2e-3, average=average)  # type: ignore[arg-type]
    whole, parts = Recorder(), Recorder()
    fit(model(**settings), ToyBatches(), validation(), config, whole)

    def stop_at(number: int, reporter: Recorder) -> Recorder:
        class Stopping(ToyBatches):
            def at(self, step: int) -> ToyBatch:
                if step == number:
                    os.kill(os.getpid(), signal.SIGTERM)
                return super().at(step)

        start = reporter.checkpoints[-1] if reporter.checkpoints else None
        outcome = fit(model(**settings), Stopping(), validation(), config, reporter, start=start)
        assert outcome.signal == signal.SIGTERM
        assert outcome.step == number + 1
        return reporter

    for number in (6, 9, 22):  # inside an interval, just before an evaluation, later
        stop_at(number, parts)
    fit(model(**settings), ToyBatches(), validation(), config, parts, start=parts.checkpoints[-1])
    assert digest(parts.checkpoints[-1].model) == digest(whole.checkpoints[-1].model)
    assert digest(parts.checkpoints[-1].optimiser) == digest(whole.checkpoints[-1].optimiser)
    assert digest(parts.checkpoints[-1].best) == digest(whole.checkpoints[-1].best)
    for one, other in zip(parts.records, whole.records, strict=True):
        assert {k: v for k, v in one.items() if k not in TIMES} == {
            k: v for k, v in other.items() if k not in TIMES
        }


def test_the_average_of_the_weights_is_judged_and_kept() -> None:
    config = replace(CONFIG, steps=12, eval_every=1, average=0.75, schedule="constant")
    reporter = Recorder()
    trained = model()
    outcome = fit(trained, ToyBatches(), validation(), config, reporter)
    fresh, name = weights_of(model()), "body.input.embed.0.weight"
    expected = fresh[name].astype(np.float64)
    for number, one in enumerate(reporter.checkpoints, 1):
        kept = min(0.75, (1 + number) / (10 + number))
        expected = kept * expected + (1 - kept) * one.model[name]
        assert np.abs(one.optimiser[f"average/{name}"] - expected).max() < 1e-5
        if number == outcome.best_step:
            assert np.abs(weights_of(trained)[name] - expected).max() < 1e-5
    best = reporter.records[outcome.best_step - 1]
    assert outcome.valid_loss == pytest.approx(best["valid_loss"], abs=1e-5)
    assert np.abs(reporter.checkpoints[-1].model[name] - expected).max() > 1e-3  # it learns on from its own weights


TIMES = {"seconds", "tokens_per_second", "peak_memory_bytes"}


@pytest.mark.parametrize("schedule", ["exponential", "plateau"])
def test_every_schedule_goes_on_exactly(schedule: str) -> None:
    config = replace(CONFIG, schedule=schedule, decay=0.3, decay_every=1, learning_rate=5e-2, warmup=0)  # type: ignore[arg-type]
    whole, parts = Recorder(), Recorder()
    fit(model(), ToyBatches(), validation(), config, whole)
    rates = [record["learning_rate"] for record in whole.records]
    assert rates[-1] < 0.5 * rates[0]
    second = whole.checkpoints[1]
    fit(model(), ToyBatches(), validation(), config, parts, start=second)
    assert [record["learning_rate"] for record in parts.records] == rates[2:]
    assert digest(parts.checkpoints[-1].model) == digest(whole.checkpoints[-1].model)


def test_kept_checkpoints_stay_and_a_training_rolled_back_to_one_ends_the_same(tmp_path: Path) -> None:
    config = replace(CONFIG, keep_every="15 updates")
    whole = Recorder(tmp_path)
    fit(model(), ToyBatches(), validation(), config, whole)
    folder = CheckpointFolder(tmp_path)
    assert [(one.step, one.kept) for one in whole.checkpoints] == [
        *((10, False), (15, True), (20, False), (30, True), (40, False))
    ]
    assert folder.steps() == [15, 20, 30, 40]  # the kept ones and the newest two of the others
    with pytest.raises(UsageError, match="15, 20, 30, 40"):
        folder.roll_back(25)
    folder.roll_back(15)
    assert folder.steps() == [15]
    start = folder.latest()
    assert start is not None
    assert (start.step, start.kept) == (15, True)
    again = Recorder(tmp_path)
    fit(model(), ToyBatches(), validation(), config, again, start=start)
    assert digest(again.checkpoints[-1].model) == digest(whole.checkpoints[-1].model)
    assert digest(again.checkpoints[-1].best) == digest(whole.checkpoints[-1].best)
    assert folder.steps() == [15, 20, 30, 40]


def test_going_on_with_other_settings_is_refused_by_name() -> None:
    reporter = Recorder()
    fit(model(), ToyBatches(), validation(), CONFIG, reporter)
    last = reporter.checkpoints[-1]
    with pytest.raises(UsageError, match=r"training\.learning_rate"):
        fit(model(), ToyBatches(), validation(), replace(CONFIG, learning_rate=1.0), reporter, start=last)
    with pytest.raises(UsageError, match=r"model\.layers"):
        fit(model(layers=2), ToyBatches(), validation(), CONFIG, reporter, start=last)


def test_a_finished_training_has_nothing_left_to_do() -> None:
    reporter = Recorder()
    first = fit(model(), ToyBatches(), validation(), CONFIG, reporter)
    again = fit(model(), ToyBatches(), validation(), CONFIG, reporter, start=reporter.checkpoints[-1])
    assert again.step == first.step
    assert again.valid_loss == first.valid_loss
    assert len(reporter.records) == 4


def test_a_loss_that_is_no_number_is_an_error_that_names_step_and_rate() -> None:
    reporter = Recorder()
    config = replace(CONFIG, learning_rate=1e20, clip=0.0, warmup=0, schedule="constant", optimiser="rmsprop")
    with pytest.raises(EtudeError, match=r"step \d+, at learning rate 1e\+20"):
        fit(model(), ToyBatches(), validation(), config, reporter)
    assert all(np.isfinite(array).all() for one in reporter.checkpoints for array in one.model.values())


def test_patience_ends_a_training_that_gets_no_better_and_the_best_weights_stay() -> None:
    reporter = Recorder()
    config = replace(CONFIG, steps=5000, eval_every=20, patience=2, learning_rate=1e-2, schedule="constant")

    class Few(ToyBatches):
        def at(self, step: int) -> ToyBatch:
            return super().at(step % 2)  # two batches only: it must overfit

    one = model(dropout=0.0)
    outcome = fit(one, Few(), validation(), config, reporter)
    losses = [record["valid_loss"] for record in reporter.records]
    assert outcome.stopped_early
    assert losses.index(min(losses)) == len(losses) - 3
    assert outcome.best_step == reporter.records[-3]["step"]
    assert outcome.valid_loss == pytest.approx(min(losses), abs=1e-5)
    assert (
        digest(weights_of(one)) == digest(reporter.checkpoints[-3].model) == digest(reporter.checkpoints[-1].best)
    )


def test_without_validation_the_training_loss_decides() -> None:
    reporter = Recorder()
    outcome = fit(model(), ToyBatches(), Validation([]), CONFIG, reporter)
    assert outcome.valid_loss is None
    assert outcome.perplexity is None
    assert reporter.records[-1]["valid_loss"] is None
    assert reporter.records[-1]["bits_per_note"] is None
    assert outcome.best_step == 40


def test_tensors_serve_as_batches() -> None:
    class Tensors:
        def at(self, step: int) -> Any:
            batch = ToyBatches().at(step)
            return type(
                "", (), {"steps": torch.from_numpy(batch.steps), "weights": torch.from_numpy(batch.weights)}
            )

    arrays, tensors = Recorder(), Recorder()
    fit(model(), ToyBatches(), validation(), CONFIG, arrays)
    fit(model(), Tensors(), validation(), CONFIG, tensors)
    assert digest(arrays.checkpoints[-1].model) == digest(tensors.checkpoints[-1].model)


def test_a_budget_of_minutes_is_kept_and_a_stop_in_it_is_exact() -> None:
    reporter = Recorder()
    config = replace(CONFIG, minutes=2 / 60, eval_every=0)
    outcome = fit(model(), ToyBatches(), validation(), config, reporter)
    assert 1.0 < outcome.seconds < 4.0
    assert outcome.step > 8
    total = reporter.checkpoints[0].state["progress"]["plan"]["total"]
    assert total > 8, "the plan is on record as soon as it is known"
    assert reporter.records[-1]["learning_rate"] < 0.3 * config.learning_rate


def test_a_reporter_may_be_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    from etude.training import loop

    monkeypatch.setattr(loop, "TICK", 0.0)

    class Ticking(Recorder):
        def tick(self, record: dict[str, Any]) -> None:
            ticks.append(record)

    ticks: list[dict[str, Any]] = []
    fit(model(), ToyBatches(), validation(), CONFIG, Ticking())
    assert [record["step"] for record in ticks] == list(range(1, 41))
    assert all(record["total_steps"] == 40 and record["train_loss"] > 0 for record in ticks)


def test_threads_and_random_numbers_outside_are_left_alone() -> None:
    before = torch.get_num_threads()
    fit(model(), ToyBatches(), validation(), replace(CONFIG, threads=0, steps=3), Recorder())
    assert torch.get_num_threads() == before


def test_bfloat16_learns_as_well() -> None:
    losses = {}
    for precision in ("fp32", "bf16"):
        config = replace(CONFIG, steps=150, eval_every=150, precision=precision)  # type: ignore[arg-type]
        losses[precision] = fit(model(), ToyBatches(rows=8), validation(), config, Recorder()).valid_loss
    assert losses["bf16"] == pytest.approx(losses["fp32"], abs=0.15)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"rows": 0}, "training.rows"),
        ({"learning_rate": 0.0}, "training.learning_rate"),
        ({"minutes": 0.0}, "training.minutes"),
        ({"smoothing": 1.0}, "training.smoothing"),
    ],
)
def test_settings_that_cannot_be_are_named(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        TrainingConfig(**settings)


def test_a_device_that_is_not_there_is_named() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has the device")
    with pytest.raises(UsageError, match="cuda"):
        fit(model(), ToyBatches(), validation(), replace(CONFIG, device="cuda"), Recorder())
    with pytest.raises(UsageError, match="quantum"):
        fit(model(), ToyBatches(), validation(), replace(CONFIG, device="quantum"), Recorder())


def test_a_checkpoint_on_disk_is_as_good_as_one_in_memory(tmp_path: Path) -> None:
    reporter = Recorder(tmp_path)
    fit(model(), ToyBatches(), validation(), CONFIG, reporter)
    kept, found = reporter.checkpoints[-1], CheckpointFolder(tmp_path).latest()
    assert isinstance(found, Checkpoint)
    assert found.state == json.loads(json.dumps(kept.state))
    assert digest(found.model) == digest(kept.model)


def test_muon_takes_the_matrices_between_hidden_layers() -> None:
    names = {name for name, p in model().named_parameters() if is_hidden_matrix(name, p)}
    assert "body.layers.0.attention.qkv.weight" in names
    assert not [name for name in names if "embed" in name or name.startswith("head.out")]

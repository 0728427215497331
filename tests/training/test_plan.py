"""The schedule: how long, and how fast it learns at every update."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest

from etude.errors import UsageError
from etude.training import TrainingConfig, tuned_environment
from etude.training.environment import fastest, thread_counts
from etude.training.keeping import Cadence
from etude.training.plan import Plan, late, learning_rate, planned
from etude.training.progress import Progress


def test_the_rate_rises_in_a_line_and_falls_in_half_a_cosine() -> None:
    config = TrainingConfig(steps=1000, warmup=50, learning_rate=1.0)
    rates = [learning_rate(config, Plan(1000), step) for step in range(1001)]
    assert rates[0] == pytest.approx(1 / 51, rel=1e-3)
    assert max(rates) == pytest.approx(rates[50], abs=0.01)
    assert rates[:51] == sorted(rates[:51])
    assert rates[51:] == sorted(rates[51:], reverse=True)
    assert rates[500] == pytest.approx(0.5)
    assert rates[1000] == 0.0


def test_a_constant_rate_stays() -> None:
    config = TrainingConfig(steps=1000, warmup=10, learning_rate=0.5, schedule="constant")
    assert {learning_rate(config, Plan(1000), step) for step in range(10, 1000)} == {0.5}


def test_an_exponential_rate_falls_by_the_same_share_at_every_update() -> None:
    config = TrainingConfig(
        steps=1000, warmup=0, learning_rate=0.5, schedule="exponential", decay=0.9, decay_every=100
    )
    rates = [learning_rate(config, Plan(1000), step) for step in range(0, 1000, 50)]
    assert rates[0] == 0.5
    assert rates[2] == pytest.approx(0.45)
    assert [late / early for early, late in itertools.pairwise(rates)] == pytest.approx([0.9**0.5] * 19)
    assert learning_rate(TrainingConfig(warmup=0, schedule="exponential"), Plan(2000), 1000) == pytest.approx(1e-3)


def test_a_plateau_lowers_the_rate_and_only_after_patience() -> None:
    config = TrainingConfig(steps=1000, warmup=0, learning_rate=0.5, schedule="plateau", decay=0.1)
    at = Progress(Plan(1000), 10)
    rates = []
    for loss in (3.0, 2.0, 2.5, 2.5, 2.5, 2.5, 1.0, 1.5, 1.5):
        at.judge(loss, 0)
        at.reduce(2)
        rates.append(learning_rate(config, at.plan, 10, at.reductions))
    assert rates == pytest.approx([0.5] * 3 + [0.05] * 2 + [0.005] * 3 + [0.0005])
    assert Progress.of(json.loads(json.dumps(at.state()))) == replace(at, train_loss=0.0)


@pytest.mark.parametrize(
    ("text", "updates"),
    [("", 0), ("5 epochs", 62), ("1 epoch", 12), ("1000 updates", 1000), ("2 evaluations", 80), ("0.01 epochs", 1)],
)
def test_how_often_checkpoints_are_kept_is_said_in_words(text: str, updates: int) -> None:
    assert Cadence.parse(text).updates(12.4, 40) == updates


@pytest.mark.parametrize("text", ["5", "often", "-1 epochs", "3 weeks", "epochs 5"])
def test_words_that_say_no_cadence_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="keep_every"):
        TrainingConfig(keep_every=text)


def test_epochs_need_batches_that_know_them() -> None:
    with pytest.raises(UsageError, match="epochs"):
        Cadence.parse("5 epochs").updates(None, 40)


def test_a_short_training_is_not_all_warm_up() -> None:
    assert learning_rate(TrainingConfig(steps=20, warmup=500, learning_rate=1.0), Plan(20), 2) > 0.9


def test_moving_the_end_does_not_make_the_rate_jump() -> None:
    config = TrainingConfig(minutes=1.0, warmup=0, learning_rate=1.0)
    plan = Plan(1000)
    moved = plan.until(700, 400)
    assert learning_rate(config, moved, 400) == learning_rate(config, plan, 400)
    assert learning_rate(config, moved, 550) < learning_rate(config, plan, 550)
    assert learning_rate(config, moved, 700) == 0.0


def test_a_plan_waits_for_a_measurement_and_then_keeps_to_the_budget() -> None:
    assert planned(Plan(), 100, seconds=1.0, speed=100.0, minutes=1.0) == Plan()
    assert planned(Plan(), 3, seconds=30.0, speed=0.1, minutes=1.0) == Plan()
    plan = planned(Plan(), 500, seconds=5.0, speed=100.0, minutes=1.0)
    assert plan.total == pytest.approx(500 + 0.9 * 55 * 100)
    assert planned(plan, 600, seconds=6.0, speed=100.0, minutes=1.0) is plan
    slower = planned(plan, 3000, seconds=45.0, speed=66.0, minutes=1.0)
    assert slower.total == pytest.approx(3000 + 15 * 66)
    assert planned(plan, 3000, seconds=61.0, speed=50.0, minutes=1.0).total == 3001
    assert late(70.0, 1.0)
    assert not late(65.0, 1.0)


def test_the_fastest_is_found() -> None:
    import time

    assert fastest([1, 2, 3], lambda n: time.sleep({1: 0.02, 2: 0.001, 3: 0.03}[n])) == 2
    assert thread_counts()[0] == 1


def test_the_user_s_own_environment_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_TOP_PAD_", "1")
    assert "MALLOC_TOP_PAD_" not in tuned_environment()
    monkeypatch.setattr("platform.libc_ver", lambda: ("", ""))
    assert tuned_environment() == {}

"""Arms are trained once, in the order they need each other; reports are kept, written and answered."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from etude.errors import EtudeError, UsageError
from etude.evaluation.intervals import over_seeds, paired_over_seeds
from etude.lab.reproduce.base import Arm, Report, Table
from etude.lab.reproduce.bench import Bench, evenly
from etude.lab.reproduce.running import Processors, order_of, train_arms
from etude.lab.reproduce.writing import markdown_table, write_report

pytest.importorskip("torch", reason="training needs the extra 'train'")

SMALL = (
    *("model.width=32", "model.heads=2", "model.layers=1", "model.head_width=32", "training.minutes=none"),
    *("training.rows=2", "training.length=32", "training.eval_every=10", "data.floors=false"),
)


class Toy:
    name = "toy"
    purpose = "Two trainings, one from the other."
    data = ("tunes",)

    def arms(self) -> list[Arm]:
        first = Arm("first", "folk", "from nothing", minutes=1, steps=10, settings=SMALL)
        return [first, Arm("second", "folk", "from the first", minutes=1, steps=10, settings=SMALL, start="first")]

    def report(self, bench: Bench) -> Report:
        found = {arm: bench.likelihood(arm, "full", pieces=3) for arm in bench.arms}
        rows = [(arm, likelihood.nats_per_step, None) for arm, likelihood in found.items()]
        figures = {arm: likelihood.as_json() for arm, likelihood in found.items()}
        return Report(figures, {}, "full", [Table("All", ("arm", "nats | step", "claimed"), rows)], ["It ran."])


@pytest.fixture(scope="module")
def bench(cache: None, book: Path, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    arms = {arm.name: arm for arm in Toy().arms()}
    bench = Bench(tmp_path_factory.mktemp("toy"), {"tunes": book}, arms)
    train_arms(bench, [arms["second"]], jobs=2)  # needs the first
    return bench


def test_arms_are_trained_once(bench: Bench) -> None:
    before = (bench.run("second").folder / "log.jsonl").stat().st_mtime_ns
    train_arms(bench, list(bench.arms.values()), jobs=2)
    assert (bench.run("second").folder / "log.jsonl").stat().st_mtime_ns == before
    assert "start" in bench.run("second").recipe()
    assert bench.ending("first")["steps"] == 10


def test_another_budget_is_refused(bench: Bench) -> None:
    other = Bench(bench.folder, bench.data, bench.arms, factor=0.5)
    with pytest.raises(UsageError, match="other settings or another budget"):
        train_arms(other, [bench.arms["first"]], jobs=1)


def test_an_untrained_arm_is_named(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(EtudeError, match="'first' is not trained"):
        Bench(tmp_path, bench.data, bench.arms).run("first")


def test_figures_are_kept(bench: Bench) -> None:
    made = []
    for _ in range(2):
        assert bench.once("sum", lambda: made.append(1) or len(made), arms=["first"]) == 1
    assert bench.once("sum", lambda: 7, arms=["first", "second"]) == 7  # of other runs: made anew
    first, again = (bench.likelihood("first", "full") for _ in range(2))
    assert first.nats_per_step == again.nats_per_step
    assert first.totals.tolist() == again.totals.tolist()
    assert bench.likelihood("first", "full", pieces=2).pieces == 2


def test_the_report_is_written(bench: Bench) -> None:
    toy = Toy()
    paths = write_report(bench.folder, toy, toy.report(bench), "etude reproduce toy")
    page, text, figures = (path.read_text() for path in paths)
    assert "nats | step" in page
    assert "nats \\| step" in text
    assert "It ran." in text
    assert json.loads(figures)["figures"]["first"]["nats_per_step"] > 0


def test_cells_say_what_is_missing() -> None:
    table = Table("T", ("a", "b", "c"), [(1234, 0.12345, None), (float("nan"), "x", True)], note="why")
    assert table.cells() == [["1,234", "0.123", "-"], ["-", "x", "True"]]
    assert markdown_table(table).endswith("why")


def test_processors_are_shared() -> None:
    processors = Processors(2)
    assert processors.take(5) == 2  # no more than there are
    waiting = threading.Thread(target=lambda: processors.give_back(processors.take(1)))
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    processors.give_back(2)
    waiting.join(5)
    assert not waiting.is_alive()
    assert processors.free == 2


def test_an_arm_of_two_threads_learns_twice_as_long_on_one(bench: Bench) -> None:
    arm = Arm("long", "letters", "two threads", minutes=3.0, threads=2)
    assert [order_of(bench, arm, threads).minutes for threads in (2, 1)] == [3 * bench.factor, 6 * bench.factor]
    assert order_of(bench, replace(arm, steps=5), 1).minutes is None


def test_pieces_are_spread_evenly() -> None:
    assert evenly(10, 3) == [0, 4, 9]
    assert evenly(3, 0) == [0, 1, 2] == evenly(3, 9)


def test_intervals_over_seeds() -> None:
    found = over_seeds([1.0, 2.0, 3.0])
    assert found.mean == 2.0
    assert found.high - 2.0 == pytest.approx(4.303 / 3**0.5, abs=1e-3)
    assert str(over_seeds([1.5])) == "1.500"
    assert over_seeds([1.5]).verdict == "no evidence"
    assert paired_over_seeds([1.0, 2.0, 3.1], [2.0, 3.0, 4.0]).verdict == "lower"
    assert paired_over_seeds([1.0, 5.0], [2.0, 3.0]).verdict == "no evidence"

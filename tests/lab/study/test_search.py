"""A search in small, of counted models: kept in SQLite, a lost trial taken up again, a crash as a row."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from etude.errors import EtudeError, UsageError
from etude.lab.study import trials
from etude.lab.study.asking import ask
from etude.lab.study.plan import Factor, Plan
from etude.lab.study.space import Range, check_space, own_point
from etude.lab.study.study import begun
from etude.lab.study.worker import Worker

optuna = pytest.importorskip("optuna", reason="a search needs the extra 'study'")


@pytest.mark.parametrize(
    ("text", "whole", "by_ratio"),
    [
        ("training.learning_rate=1e-4..1e-2", False, True),
        ("model.layers=1..6", True, False),
        ("model.width=32..512", True, True),
        ("model.dropout=0.0..0.5", False, False),
    ],
)
def test_ranges_are_searched_as_they_are_meant(text: str, whole: bool, by_ratio: bool) -> None:
    found = Range.parse(Factor.parse(text))
    assert found is not None
    assert (found.whole, found.by_ratio) == (whole, by_ratio)
    key = text.partition("=")[0]
    trial = optuna.create_study().ask()
    told = float(found.asked(trial, key))
    assert found.low <= told <= found.high
    assert told == round(told) or not whole


def test_a_space_must_leave_a_choice() -> None:
    for wrong in ("model.layers=6..2", "model.layers=1..", "model.layers=3"):
        with pytest.raises(UsageError, match=r"range|choose from"):
            check_space([Factor.parse(wrong)])
    factors = [Factor.parse("model.layers=1..6"), Factor.parse("model.kind=rnn,transformer")]
    assert own_point(factors, {"model.layers": 4, "model.kind": "rnn"}) == {"model.layers": 4, "model.kind": "rnn"}
    assert own_point(factors, {"model.layers": 8, "model.kind": "rnn"}) is None


ASKED: dict[str, Any] = {
    **{"factors": ["data.pieces=12..53"], "design": "search", "trials": 3, "samples": 0, "confirm": 1},
    "settings": ["data.pieces=12"],
}


@pytest.mark.filterwarnings("ignore:Heartbeat of storage")
def test_a_search_goes_on_where_it_was_left(
    cache: None, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "HEARTBEAT", 1)
    folder = tmp_path / "search"
    plan = Plan("ngram", (Factor.parse("data.pieces=12..90"),), "search", data=str(book), trials=3,
                settings=("data.pieces=12",))  # fmt: skip
    begun(plan, folder)
    search = trials.opened(plan, folder, None)
    for pieces in (40, 80):  # two workers take one each and are never heard of again; 80 pieces there are not
        search.enqueue_trial({"data.pieces": pieces})
        lost = search.ask({"data.pieces": optuna.distributions.IntDistribution(12, 90)})
        lost.set_user_attr(trials.CHANGES, {"data.pieces": str(pieces)})
        search._storage.record_heartbeat(lost._trial_id)
    time.sleep(3)
    Worker(plan, folder, search).work()
    rows = trials.rows_of(search)
    told = [(row.state, row.message) for row in rows]
    assert told[:2] == [("crashed", "its worker was lost; taken up again")] * 2
    assert trials.counted(search) == (3, 0, 0)
    crashed = next(row for row in rows[2:] if "pieces=80" in row.arm)
    assert crashed.state == "crashed"
    assert "the training side holds" in crashed.message
    assert (folder / "runs" / "trial-0000").is_dir()  # the lost worker's own run was gone on with
    again = next(row for row in rows[2:] if "pieces=40" in row.arm)
    assert (again.state, again.run) == ("done", "runs/trial-0000")
    trials.close(search)


def test_the_best_trial_is_confirmed_with_a_fresh_seed(cache: None, book: Path, tmp_path: Path) -> None:
    study = ask("ngram", {**ASKED, "data": str(book), "trials": 2}, tmp_path / "best", {})
    assert [row.state for row in study.rows] == ["done", "done"]
    assert study.rows[0].arm == "trial 0: pieces=12"  # the baseline's own point first
    assert study.confirmed["changes"] == study.best
    report = (tmp_path / "best" / "report.md").read_text()
    assert "The best trials" in report
    assert study.confirmed["sentence"] in report


def test_no_password_is_shown_and_a_missing_storage_is_named(tmp_path: Path) -> None:
    assert trials.without_password("x --storage postgresql://me:secret@host/db") == (
        "x --storage postgresql://me:***@host/db"
    )
    with pytest.raises(EtudeError, match="cannot be used"):
        trials.opened(Plan("folk"), tmp_path, f"sqlite:///{tmp_path}/no/such/folder.db")

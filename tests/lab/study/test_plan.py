"""What is asked of a study: factors, budgets, designs, and the refusal of arms that change two things at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from etude.errors import UsageError
from etude.lab.study.checking import checked
from etude.lab.study.designs import contrasts_of, variants_of
from etude.lab.study.file import is_study, plan_text, read_plan
from etude.lab.study.plan import Budget, Factor, Plan, Variant, folder_name

BASE = {"training.learning_rate": 0.004, "model.layers": 4, "model.dropout": 0.1}
RATE = Factor.parse("training.lr=1e-3,4e-3")
LAYERS = Factor.parse("model.layers=2,4,6")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("model.layers=1,2", ("1", "2")),
        ("data.transpose=[0, 0],[-5, 6]", ("[0, 0]", "[-5, 6]")),
        ('prompt="a,b",c', ('"a,b"', "c")),
    ],
)
def test_values_stand_between_commas(text: str, values: tuple[str, ...]) -> None:
    assert Factor.parse(text).values == values


@pytest.mark.parametrize("text", ["model.layers", "=1,2", "model.layers=1,,2", "model.layers=2,2"])
def test_a_factor_without_values_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--vary"):
        Factor.parse(text)


def test_budgets_are_words() -> None:
    assert Budget.parse("400 steps").settings() == ("training.steps=400", "training.minutes=none")
    assert Budget.parse("90 seconds").settings() == ("training.minutes=1.5",)
    assert Budget.parse("1e14 flops").amount == 1e14
    for wrong in ("many", "0 steps", "-1 minutes", "5"):
        with pytest.raises(UsageError, match="budget"):
            Budget.parse(wrong)


def test_one_at_a_time_leaves_the_baselines_own_value_out() -> None:
    found = variants_of(Plan("folk", (RATE, LAYERS)), BASE)
    assert [one.name for one in found] == ["baseline", "learning_rate=1e-3", "layers=2", "layers=6"]
    assert all(len(one.changes) == 1 for one in found[1:])
    with pytest.raises(UsageError, match="already"):
        variants_of(Plan("folk", (Factor.parse("model.layers=4"),)), BASE)


def test_a_ladder_keeps_every_step() -> None:
    found = variants_of(Plan("folk", (RATE, LAYERS), "ladder"), BASE)
    assert [dict(one.changes) for one in found[1:]] == [
        {"training.learning_rate": "1e-3"},
        {"training.learning_rate": "1e-3", "model.layers": "2"},
        {"training.learning_rate": "1e-3", "model.layers": "6"},
    ]
    assert [one.beside for one in found[1:]] == [found[0].name, found[1].name, found[2].name]


def test_a_factorial_asks_for_effects_and_interactions() -> None:
    plan = Plan("folk", (RATE, Factor.parse("model.dropout=0.3")), "factorial")
    arms = variants_of(plan, BASE)
    assert len(arms) == 4
    rate, dropout, both = contrasts_of(plan, arms)
    assert rate.weights == {
        "learning_rate=1e-3": 0.5,
        "baseline": -0.5,
        "learning_rate=1e-3, dropout=0.3": 0.5,
        "dropout=0.3": -0.5,
    }
    assert dropout.factor == "model.dropout"
    assert both.kind == "interaction"
    assert both.weights == {
        "learning_rate=1e-3, dropout=0.3": 1.0,
        "learning_rate=1e-3": -1.0,
        "dropout=0.3": -1.0,
        "baseline": 1.0,
    }
    for one in (rate, dropout, both):
        assert sum(one.weights.values()) == 0


def test_arms_that_change_two_things_are_refused() -> None:
    two = Variant("wide and wet", {"model.width": "64", "model.dropout": "0.3"})
    arms = [Variant("baseline"), two]
    with pytest.raises(UsageError, match=r"model\.width.*--allow-multi"):
        checked(Plan("folk", own=(two,)), arms, "folk")
    found = checked(Plan("folk", own=(two,), allow_multi=True), arms, "folk")
    assert set(found.differences(two)) == {"model.width", "model.dropout"}


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("data.split", "by-file:0.9", "other held-out pieces"),
        ("training.seed", "3", "seeds"),
        ("model.wdith", "64", "model.width"),
    ],
)
def test_what_cannot_be_compared_is_refused(key: str, value: str, why: str) -> None:
    arms = [Variant("baseline"), Variant("odd", {key: value}, factor=key)]
    with pytest.raises(UsageError, match=why):
        checked(Plan("folk"), arms, "folk")


def test_a_study_file_says_all_that_a_command_can(tmp_path: Path) -> None:
    planned = Variant("later", {"model.layers": "8"}, planned="2026-12-01", status="waits", factor="model.layers")
    plan = Plan(
        "folk",
        (Factor("training.learning_rate", ("0.001",), "too high", "lower"),),
        seeds=2,
        budget=Budget.parse("40 steps"),
        settings=("model.width=64",),
        own=(Variant("deep", {"model.layers": "6"}, factor="model.layers"), planned),
    )
    path = tmp_path / "study.toml"
    path.write_text(plan_text(plan))
    assert is_study(path)
    assert read_plan(path) == plan
    path.write_text("recipe = 'folk'\nseeds = 'two'\n[vary]\n")
    with pytest.raises(UsageError, match="seeds"):
        read_plan(path)
    path.write_text("recipe = 'folk'\nsteps = 3\n[vary]\n")
    with pytest.raises(UsageError, match="no key 'steps'"):
        read_plan(path)


def test_folders_are_safe_names() -> None:
    assert folder_name("rate=1e-3, x/y", 2) == "rate=1e-3_x_y-s2"
    with pytest.raises(UsageError, match="name them apart"):
        variants_of(Plan("folk", own=(Variant("a b"), Variant("a/b"))), BASE)

"""Plugins that take a name, cannot be imported or fail at work are named with their package; the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.plugins.conftest import install, run

from etude import registry
from etude.data.cache import code_version
from etude.encodings import build
from etude.errors import BadInput, EtudeError, UsageError
from etude.evaluation import METRICS, all_metrics, measure
from etude.evaluation.metrics import plugged
from etude.formats.paths import suffixes
from etude.lab import trainer
from etude.lab.plugged import installed as listed
from etude.lab.recipe import load_recipe, recipe_from
from etude.lab.trackers import TrackingConfig
from etude.lab.writing import write_piece
from etude.models import learner
from etude.registry import PluginWarning
from etude.testing import few_bars

MODULE = """
import click, sys
from dataclasses import dataclass
from etude.evaluation import Metric
failing = Metric("failing", "rhythm", "share", "high", "nobody", lambda music: 1 / 0)
fine = Metric("fine", "rhythm", "share", "high", "nobody", lambda music: 2)
three = 3
@click.command("hello")
def hello():
    "Say hello."
    raise KeyError("nobody")
class Form:
    name, suffixes = "form", (".form", ".mid")
    def parse(self, data): return []
    def dump(self, scores): return b""
class Renderer:
    suffix = "nothing"
    def render(self, score): return [][0]
@dataclass(frozen=True)
class Words:
    weight: float = 1.0
    def learn(self, pieces, sizes): return {"words": "no array"}
    def model(self, arrays, sizes): return None
form, renderer = Form(), Renderer()
"""


@pytest.fixture
def odd(installed: Path) -> Iterator[Path]:
    """A module of odd plugins on the path, and nothing remembered of metrics."""
    (installed / "etude_odd.py").write_text(MODULE)
    (installed / "etude_leaving.py").write_text("raise SystemExit(3)")
    plugged.all_metrics.cache_clear()
    yield installed
    plugged.all_metrics.cache_clear()


def test_metrics_that_fail_are_named_and_the_others_measured(odd: Path) -> None:
    wrong = {
        "pitches": "etude_odd:fine",
        "gone": "etude_gone:x",
        "leaving": "etude_leaving:x",
        "three": "etude_odd:three",
    }
    install(
        odd, {"etude.metrics": {**wrong, "failing": "etude_odd:failing", "fine": "etude_odd:fine"}}, "etude-odd"
    )
    with pytest.warns(PluginWarning) as told:
        values = measure([few_bars(1, 2)] * 2, all_metrics())
    assert list(values) == [*(metric.name for metric in METRICS), "failing", "fine"]
    assert values["fine"].tolist() == [2, 2]
    assert np.isnan(values["failing"]).all()
    said = sorted(str(one.message) for one in told)
    assert len(said) == 5  # the failing one is named once, not for every piece
    assert all("of etude-odd 1.0" in line for line in said)
    for words in (
        "refused: etude has one of its own",
        "No module named 'etude_gone'",
        "SystemExit: 3",
        "ZeroDivision",
    ):
        assert sum(words in line for line in said) == 1, words


def test_the_second_of_one_name_is_refused(odd: Path) -> None:
    for package in ("etude-a", "etude-b"):
        install(odd, {"etude.encodings": {"mine": "etude.encodings.letters:Letters"}}, package)
    with pytest.warns(PluginWarning, match=r"of etude-b 1\.0 is refused: etude-a 1\.0 has one"):
        assert build("mine").fields[0].name == "letter"


def test_a_built_in_name_stays_etudes_own(odd: Path) -> None:
    install(odd, {"etude.encodings": {"notes": "etude_gone:X"}, "etude.trackers": {"comet": "etude_gone:X"}})
    assert type(build("notes")).__module__ == "etude.encodings.notes"
    assert TrackingConfig("comet").names == ("comet",)
    with pytest.warns(PluginWarning, match=r"The encoding 'notes' of etude-plugin 1\.0 is refused"):
        assert registry.names("encodings").count("notes") == 1


def test_a_suffix_that_is_taken_stays_where_it_was(odd: Path) -> None:
    install(odd, {"etude.formats": {"form": "etude_odd:form"}})
    with pytest.warns(PluginWarning, match=r"does not get the suffix \.mid: 'midi' has it"):
        assert suffixes() | {".form": "form", ".mid": "midi"} == suffixes()


def test_what_was_asked_for_by_name_and_cannot_be_had_is_an_error(odd: Path, tmp_path: Path) -> None:
    install(odd, {"etude.encodings": {"gone": "etude_gone:X"}, "etude.renderers": {"empty": "etude_odd:renderer"}})
    with pytest.raises(
        EtudeError, match=r"'gone' of etude-plugin 1\.0 cannot be loaded.*pip uninstall etude-plugin"
    ):
        build("gone")
    with pytest.raises(EtudeError, match=r"The renderer 'empty' of etude-plugin 1\.0 failed: IndexError"):
        write_piece(few_bars(1, 1), tmp_path / "piece", ["empty"])
    with pytest.raises(UsageError, match=r"There is no format 'emtpy'.*png, empty"):
        write_piece(few_bars(1, 1), tmp_path / "piece", ["emtpy"])


def test_settings_of_a_recipe_are_those_of_the_model_that_was_asked_for(odd: Path) -> None:
    install(odd, {"etude.models": {"words": "etude_odd:Words"}})
    recipe = load_recipe("folk", ["model.kind=words", "model.weight=2"])
    assert dict(recipe.model) == {"kind": "words", "weight": 2}  # nothing of the network that folk would train
    assert recipe.is_counted
    with pytest.raises(UsageError, match=r"no setting 'model\.wieght'.*'model\.weight'"):
        load_recipe("folk", ["model.kind=words", "model.wieght=2"])
    with pytest.raises(UsageError):
        load_recipe("folk", ["model=words"])
    with pytest.raises(UsageError, match="Did you mean 'words'"):
        load_recipe("folk", ["model.kind=wrods"])
    with pytest.raises(EtudeError, match=r"of etude-plugin 1\.0 learned something other than an array"):
        learner.learn("words", recipe.learner(), [], (2,))


def test_settings_of_an_encoding_that_is_plugged_in_are_its_own(odd: Path) -> None:
    install(odd, {"etude.encodings": {"mine": "etude.encodings.letters:Letters"}})
    assert dict(load_recipe("folk", ["encoding.name=mine"]).encoding) == {"name": "mine"}
    assert "conditions" in load_recipe("folk", ["encoding.name=abc"]).encoding


def test_a_run_outlives_the_tracker_it_was_told_to(odd: Path) -> None:
    with pytest.raises(UsageError, match="no tracker called 'lines'"):
        load_recipe("folk", ["tracking.tracker=lines"])
    assert recipe_from({"tracking": {"tracker": "lines"}}).tracking.names == ("lines",)


def test_a_trainer_names_the_plugin_that_failed(odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def train(run: object) -> None:
        registry.get("renderers", "empty").render(None)

    install(odd, {"etude.renderers": {"empty": "etude_odd:renderer"}})
    said: list[dict[str, object]] = []
    monkeypatch.setattr(trainer, "train", train)
    monkeypatch.setattr(trainer.Run, "open", lambda folder: None)
    monkeypatch.setattr(trainer, "announce", lambda event, **facts: said.append({"event": event, **facts}))
    with pytest.raises(IndexError):
        trainer.main("run")
    message = "The renderer 'empty' of etude-plugin 1.0 failed: IndexError: list index out of range."
    assert said == [{"event": "error", "message": message, "exit_code": 1}]


def test_what_was_learned_says_who_must_be_there_and_notices_damage(odd: Path, tmp_path: Path) -> None:
    install(odd, {"etude.models": {"words": "etude_odd:Words"}})
    made = load_recipe("folk", ["model.kind=words"]).learner()
    learner.save(tmp_path / "model", "words", made, {"counts": np.zeros(3)}, (2,))
    data = (tmp_path / "model" / learner.ARRAYS).read_bytes()
    (tmp_path / "model" / learner.ARRAYS).write_bytes(data[:-1])
    with pytest.raises(BadInput, match="is not the file"):
        learner.load(tmp_path / "model")
    (tmp_path / "model" / learner.ARRAYS).write_bytes(data)
    install(odd, {})
    registry.plugins.cache_clear()
    with pytest.raises(UsageError, match=r"of etude-plugin 1\.0, which is not installed.*pip install etude-plugin"):
        learner.load(tmp_path / "model")


def test_a_new_version_of_a_plugin_is_a_new_cache_key(odd: Path) -> None:
    keys = []
    for version in ("1.0", "1.0", "1.1"):
        install(odd, {"etude.formats": {"form": "etude_odd:form"}}, version=version)
        registry.plugins.cache_clear()
        code_version.cache_clear()
        keys.append(code_version("formats"))
    code_version.cache_clear()
    assert keys[0] == keys[1] != keys[2]


def test_the_command_line_lists_commands_unloaded_and_names_what_fails(odd: Path) -> None:
    names = {
        "hello": "etude_odd:hello",
        "train": "etude_odd:hello",
        "gone": "etude_gone:x",
        "three": "etude_odd:three",
    }
    install(odd, {"etude.commands": names, "etude.metric": {"x": "y:z"}}, "etude-odd")
    code = (
        "import sys; from etude.apps.cli import main\ntry: main(['-h'])\nfinally: print('etude_odd' in sys.modules)"
    )
    shown = run(odd, "-c", code)
    assert "hello" in shown.stdout.partition("Commands of plugins:")[2]
    assert shown.stdout.endswith("False\n")
    assert "careful: The command 'train' of etude-odd 1.0 is refused" in shown.stderr
    said = run(odd, "-m", "etude", "hello", "--json", "-q", code=2)  # it has no --json
    assert "careful" not in said.stderr
    assert (
        "A plugin of etude-odd 1.0 failed: KeyError: 'nobody' in etude_odd.py"
        in run(odd, "-m", "etude", "hello", code=1).stderr
    )
    states = {one.name: one.state for one in listed(["train"]) if one.package == "etude-odd"}
    assert states == {"hello": "ok", "train": "refused", "gone": "broken", "three": "broken", "x": "broken"}
    answer = json.loads(run(odd, "-m", "etude", "plugins", "--json").stdout)
    assert {one["name"]: one["state"] for one in answer["plugins"] if one["package"] == "etude-odd"} == states

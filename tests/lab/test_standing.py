"""Sets of composed pieces: what they copy, how temperature changes them, and what a model remembers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from etude.apps.cli.main import cli
from etude.data import Collection
from etude.evaluation import Features
from etude.evaluation.sets.estimates import Estimate
from etude.lab import compose, train
from etude.lab.measuring import measure_files
from etude.lab.originality import collection_passages
from etude.lab.remembering import COPYING, MODEL, WHOLE, Memory, memory
from etude.lab.run import Run
from etude.lab.standing import by_temperature, copied, temperature_of
from etude.score import Score


def letters_book(random: np.random.Generator, tunes: int) -> str:
    """ABC tunes, each of one strain of its own that is heard twice."""
    names = np.array(list("CDEFGAB"))
    out = []
    for number in range(1, tunes + 1):
        strain = "|".join("".join(random.choice(names, 8)) for _ in range(6))
        out.append(f"X:{number}\nT:Tune {number}\nM:4/4\nL:1/8\nK:C\n{strain}||{strain}|]\n")
    return "\n".join(out)


@pytest.fixture(scope="module")
def counted(cache: None, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A counted model of tunes that repeat themselves."""
    folder = tmp_path_factory.mktemp("twice")
    (folder / "book.abc").write_text(letters_book(np.random.default_rng(2), 120))
    return train(recipe="ngram", data=folder, out=folder / "run").run


def book_of(run: Run) -> str:
    return str(run.folder.parent / "book.abc")


def test_measure_holds_files_against_the_training_side_and_by_temperature(counted: Run, tmp_path: Path) -> None:
    made = compose(counted.folder, seed=1, count=10, temperatures=(0.2, 1.0), bars=6, out=tmp_path)
    assert [temperature_of(piece.score) for piece in made] == [0.2] * 10 + [1.0] * 10
    assert temperature_of(Score.of([(0, 480, 60, 80, 0)])) is None
    found = measure_files([tmp_path], book_of(counted))
    assert found.copied is not None
    longest = {name: one.longest_copied for name, one in zip(found.copied.names, found.copied.each)}
    assert len(longest) == 20
    assert found.copied.longest.value == pytest.approx(np.mean(list(longest.values())))
    assert found.copied.rows(3)[0][1] == max(longest.values())
    cold, warm = found.heats
    assert (cold.temperature, warm.temperature) == (0.2, 1.0)
    assert cold.copied.longest.value > warm.copied.longest.value
    assert cold.variety.figures["distinct_ngrams"].value < warm.variety.figures["distinct_ngrams"].value
    answer = found.answer()
    assert answer["originality"]["over_band"] == found.copied.over
    assert [heat["temperature"] for heat in answer["by_temperature"]] == [0.2, 1.0]
    assert answer["originality"]["longest_copied"]["value"] == found.copied.longest.value
    shown = CliRunner().invoke(cli, ["measure", str(tmp_path), "--against", book_of(counted)]).stdout
    assert found.copied.sentence in shown
    assert "real pieces" in shown


def test_files_of_one_temperature_make_no_table(counted: Run) -> None:
    made = [piece.score for piece in compose(counted.folder, seed=1, count=2, bars=2, temperatures=(0.5,))]
    features = Features.of(made)
    known = collection_passages(Collection.open(book_of(counted)))
    assert by_temperature(made, features, made, features, copied(made, ["a", "b"], known)) == []


@pytest.fixture(scope="module")
def remembered(counted: Run) -> Memory:
    return memory(counted.folder)


def test_evaluate_tells_what_a_model_remembers(counted: Run, remembered: Memory) -> None:
    found = remembered
    assert set(found.models) == {MODEL, "ngram", COPYING}
    copying, plain = found.models[COPYING], found.models["ngram"]
    assert found.models[MODEL].strain_gain == copying.strain_gain  # the model is that n-gram
    assert copying.strain_gain.low > 0.5
    assert abs(plain.strain_gain.value) < 0.3
    assert copying.context_gain > plain.context_gain + 0.1
    assert found.rows[-1][1] == "2nd strain over 1st"
    asked = ["evaluate", str(counted.folder), "--memory", "--no-baselines", "--samples", "0", "--json"]
    answer = json.loads(CliRunner().invoke(cli, asked).stdout)
    assert answer["memory"]["model"]["strain_gain"]["value"] == pytest.approx(copying.strain_gain.value)


def test_a_model_that_forgets_is_told_to_copy(remembered: Memory) -> None:
    found = remembered.models
    worse = Memory({MODEL: found["ngram"], COPYING: found[COPYING]}, "valid")
    assert "--copying" in worse.sentence
    assert "--copying" not in Memory({MODEL: found[COPYING], COPYING: found[COPYING]}, "valid").sentence
    assert Memory({MODEL: found["ngram"]}, "valid").sentence.endswith(".")


def test_a_model_that_is_lost_in_whole_pieces_is_told_to_learn_on_them(remembered: Memory) -> None:
    ours = remembered.models[COPYING]
    assert "whole" not in Memory({MODEL: ours}, "valid").sentence.partition(". ")[2]
    short = replace(ours.by_context[WHOLE], value=1.0)
    lost = replace(ours, by_context={**ours.by_context, "16": short}, overlong=Estimate(0.3, 0.2, 0.4))
    sentence = Memory({MODEL: lost}, "valid").sentence
    assert "best with 16 steps" in sentence
    assert "0.30 nats a step more" in sentence
    assert "training.whole=true" in sentence
    unsure = replace(lost, overlong=Estimate(0.3, -0.1, 0.7))
    assert "training.whole" not in Memory({MODEL: unsure}, "valid").sentence

"""The folk recipe in miniature: told, refused, made again; and what conditions gain and whether they are obeyed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from etude.apps.cli.main import cli
from etude.encodings import build
from etude.errors import UsageError
from etude.lab.composing import compose
from etude.lab.loading import Loaded, load
from etude.lab.material import Material
from etude.lab.recipe import DataConfig, load_recipe
from etude.lab.rerunning import rerun
from etude.lab.run import Run
from etude.lab.told import ToldTables, gains, obeyed
from etude.lab.told.classifier import Classifier
from etude.sampling import Sampling
from etude.score import Score


def test_the_folk_recipe_tells_and_leaves_open() -> None:
    recipe = load_recipe("folk")
    assert recipe.data.left_open == 0.5
    encoding: Any = recipe.build_encoding()
    assert {"type", "meter", "key", "form", "density", "register"} <= set(encoding.control.kinds)


def test_a_miniature_knows_what_it_heard_and_makes_it_again(run: Run, tmp_path: Path) -> None:
    known = load(run.folder).metadata["told"]
    assert set(known["type"]) == {"reel"}
    assert set(known["meter"]) == {"4/4"}
    assert len(known["key"]) > 6, "the tunes are learned in other keys than C, too"
    wishes = ["--type", "reel", "--key", "D", "--strength", "1.5", "--seed", "3"]
    made = CliRunner().invoke(cli, ["compose", str(run.folder), *wishes, "--out", str(tmp_path)])
    assert made.exit_code == 0, made.output
    (path,) = tmp_path.glob("*.mid")
    assert rerun(path).same
    plain, strong = (compose(run.folder, seed=3, told={"key": "D"}, strength=s)[0] for s in (1.0, 3.0))
    assert plain.log_likelihood != strong.log_likelihood


@pytest.mark.parametrize(
    ("wish", "answer"),
    [
        ({"type": "jig"}, r"heard no piece with type 'jig'. Known: reel\."),
        ({"type": "tango"}, "no type 'tango'. Known: reel"),
        ({"composer": "Bach"}, "was not taught the composer"),
        ({"label": "airdsAirs"}, "no label 'airdsAirs'|Known: no label at all"),
    ],
)
def test_what_a_miniature_was_not_told_is_refused(run: Run, wish: dict[str, str], answer: str) -> None:
    with pytest.raises(UsageError, match=answer):
        compose(run.folder, seed=1, told=wish)


BACH, CHOPIN = 60, 72  # the pitch that each plays


class _Knowing:
    """Prices a step at nothing where the composer told is right, at 1 where it is open, at 2 where it is wrong."""

    def __init__(self, encoding: Any) -> None:
        self.field_sizes = tuple(field.size for field in encoding.fields)
        self.first = encoding.control.first

    def nats(self, steps: np.ndarray) -> np.ndarray:
        told = int(steps[1, 0]) - self.first
        true = 1 if steps[2, 0] - 2 == BACH else 2
        price = 1 if told == 0 else 0 if told == true else 2
        out = np.zeros((len(steps) - 1, len(self.field_sizes)))
        out[1:, 0] = price
        return out


def _loaded(stepper: Any, encoding: Any, told: dict[str, dict[str, int]] | None = None) -> Loaded:
    return Loaded("fake", "", stepper, encoding, Sampling(), {"told": told or {}, "longest_steps": 40})


def test_gains_are_the_nats_of_the_truth() -> None:
    encoding: Any = build("notes", conditions="composer", composers=["Bach", "Chopin"])
    steps = []
    for number in range(12):
        pitch, name = ((BACH, 1), (CHOPIN, 2))[number % 2]
        piece = encoding.encode(Score.of([(480 * at, 480, pitch, 80, 0) for at in range(9)]))
        piece[1, 0] += name
        steps.append(piece)
    found = gains(_loaded(_Knowing(encoding), encoding), steps, [9] * 12)
    assert [one.kind for one in found] == ["composer", "all of them"]
    for one in found:
        assert one.over_open == 10, "nine notes and the end, a nat each"
        assert 0 < one.over_shuffled < 20
        wrong = one.over_shuffled * 12 / 20  # pieces that were told the other one
        assert wrong == pytest.approx(round(wrong))
        assert one.bits_per_note(one.open) == pytest.approx(10 / 9 / np.log(2))
        assert one.bits_per_note(one.true) == 0
    assert gains(_loaded(_Knowing(encoding), build("notes")), steps, [9] * 12) == []


class _Playing:
    """Plays eight times the pitch it is told as the register (or 60), then ends."""

    def __init__(self, encoding: Any, deaf: bool) -> None:
        self.field_sizes = tuple(field.size for field in encoding.fields)
        self.values = encoding.control.values("register")
        self.deaf = deaf

    def start(self) -> tuple[int, int]:
        return 60, 0

    def fork(self, state: tuple[int, int]) -> tuple[int, int]:
        return state

    def feed(self, state: tuple[int, int], steps: np.ndarray) -> tuple[int, int]:
        pitch, notes = state
        for value in steps[:, 0].tolist():
            if value in self.values[1:] and not self.deaf:
                pitch = 36 + value - self.values.start - 1
            notes += 2 <= value < 130
        return pitch, notes

    def logits(self, state: tuple[int, int], chosen: tuple[int, ...] = ()) -> np.ndarray:
        scores = np.zeros(self.field_sizes[len(chosen)], np.float32)
        if not chosen:
            scores[1 if state[1] >= 8 else 2 + state[0]] = 50
        return scores


def test_who_does_as_told_is_told_from_who_does_not(book: Path, cache: None) -> None:
    encoding: Any = build("notes", time="scored", velocities=1, conditions="register,type")
    material = Material.of(DataConfig(str(book)), encoding)
    heard = {"register": {"C4": 5, "G4": 4, "D5": 1}, "type": {"reel": 9}}
    for deaf in (False, True):
        rows = obeyed(_loaded(_Playing(encoding, deaf), encoding, heard), material, count=30)
        (row,) = rows  # the notes say nothing of a type, and one type is nothing to tell apart
        assert (row.kind, row.by, row.pieces, row.real) == ("register", "reader", 30, 1.0)
        assert row.chance == pytest.approx(0.5, abs=0.25), "who is told nothing plays C4, half of what is asked"
        assert row.found == (row.chance if deaf else 1.0)


def test_a_model_without_conditions_has_no_tables(book: Path, cache: None) -> None:
    encoding = build("notes")
    material = Material.of(DataConfig(str(book)), encoding)
    with pytest.raises(UsageError, match="taught no conditions"):
        ToldTables.of(_loaded(None, encoding), material, 0)


def test_evaluate_shows_both_tables(run: Run) -> None:
    asked = ["evaluate", str(run.folder), "--told", "2", "--samples", "0", "--no-baselines"]
    shown = CliRunner().invoke(cli, asked, catch_exceptions=False)
    assert shown.exit_code == 0
    told = json.loads(CliRunner().invoke(cli, [*asked, "--json"], catch_exceptions=False).stdout)["told"]
    assert {"key", "register", "all of them"} <= set(told["gains"])
    assert told["gains"]["key"]["pieces"] > 1
    assert {"key", "form"} <= {row["kind"] for row in told["obeyed"]}
    assert "beyond the header" in shown.output
    assert "real pieces" in shown.output


def test_a_classifier_learns_what_can_be_heard_and_names_no_rare_class() -> None:
    random = np.random.default_rng(0)
    labels = ["a"] * 40 + ["b"] * 40 + ["c"] * 3
    columns = random.normal(size=(83, 3))
    columns[40:80, 1] += 4
    found = Classifier.fit(columns, labels)
    assert found is not None
    assert found.classes == ("a", "b")
    assert np.mean([one == other for one, other in zip(found.of(columns[:80]), labels)]) > 0.9
    assert Classifier.fit(columns[:40], labels[:40]) is None

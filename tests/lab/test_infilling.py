"""Bars composed anew and bridges, from the command line to the bytes; and what true bars cost, both sides heard."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from etude import formats
from etude.apps.cli import bridge as bridge_command
from etude.apps.cli import infill as infill_command
from etude.data import Collection
from etude.encodings import build
from etude.encodings.infill import Gap, rearranged
from etude.errors import BadInput, UsageError
from etude.evaluation import Gapped, Protocol
from etude.lab import train
from etude.lab.bridging import bridged
from etude.lab.composing import Wish, pieces
from etude.lab.evaluating import evaluate
from etude.lab.infilling import Infill, check_beats, parse_bars, span_of
from etude.lab.loading import load
from etude.lab.originality import known_passages
from etude.lab.rerunning import rerun
from etude.lab.run import Run
from etude.lab.varying import Vary
from etude.score import Score, numbered_bars, patched
from etude.testing.fakes import TableStepper, UniformStepper

from .conftest import SMALL

TUNE = "X:1\nT:Kept\nM:4/4\nL:1/8\nK:C\nC2|:CDEF GABc|cBAG F4-|F2ED C2DE|FGAB c4:|\n|:e4 d4|cdcB A4|GFED C2:|\n"
OTHER = "X:1\nT:Other\nM:3/4\nL:1/4\nK:G\nD|GAB|dcB|AFD|G2:|\n"


@pytest.fixture(scope="module")
def learned(cache: None, book: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Thirty updates on pieces half of which have gaps."""
    pytest.importorskip("torch", reason="training needs the extra 'train'")
    settings = (
        *SMALL,
        "training.minutes=none",
        "training.steps=8",
        "data.infill=0.5",
        "encoding.conditions=none",
        "data.left_open=0",
    )
    return train(recipe="folk", data=book, out=tmp_path_factory.mktemp("runs") / "gaps", settings=settings).run


@pytest.fixture
def tune(tmp_path: Path) -> Path:
    path = tmp_path / "tune.abc"
    path.write_text(TUNE)
    return path


def outside(score: Score, start: int, stop: int) -> list[tuple[int, ...]]:
    notes = score.notes
    return sorted(notes[(notes["onset"] < start) | (notes["onset"] >= stop)].tolist())


@pytest.mark.parametrize("way", ["training", "search"])
def test_all_outside_the_bars_is_untouched(learned: Run, run: Run, tune: Path, way: str) -> None:
    before = formats.read(tune)
    model = learned if way == "training" else run
    for bars in ("2-3", "0", "7"):
        start, stop = span_of(before, *parse_bars(bars))
        wish = Wish(seed=5, task=Infill(bars, tries=2))
        after = next(iter(pieces(model.folder, wish, prompt=tune))).score
        assert after.tpq == before.tpq
        assert outside(after, start, stop) == outside(before, start, stop)
        assert (after.meters == before.meters).all()
        assert (after.keys == before.keys).all()
        assert after.marks == before.marks
        assert after.end == before.end
        assert after.meta.title == "Kept"
        assert after.notes.tolist() != before.notes.tolist()


def test_a_model_that_did_not_learn_it_says_how_and_searches_openly(run: Run, tune: Path) -> None:
    with pytest.raises(UsageError, match=r"data\.infill=0\.3"):
        list(pieces(run.folder, Wish(seed=1, task=Infill("2", by="training")), prompt=tune))
    made = next(iter(pieces(run.folder, Wish(seed=1, task=Infill("2", tries=3)), prompt=tune)))
    assert made.figures["way"] == "search"
    assert made.figures["tries"] == 3
    assert "was not trained" in made.remarks[0]


def test_what_was_handed_in_is_not_held_against_the_filling(run: Run, tmp_path: Path) -> None:
    learned_from = tmp_path / "known.abc"
    collection = Collection.open(str(run.recipe()["data"]["collection"]))
    learned_from.write_text(collection.pieces("train")[0].text)
    whole = known_passages(load(run.folder))
    assert whole is not None
    assert whole.of(formats.read(learned_from)).longest_copied > 12, "all of it stands in the collection"
    made = next(iter(pieces(run.folder, Wish(seed=1, task=Infill("1", tries=2)), prompt=learned_from)))
    assert made.originality is not None
    assert made.originality.longest_copied <= 9, "one bar has not more notes"


def test_bars_that_vary_are_filled_by_a_model_that_learned_it(learned: Run, tune: Path) -> None:
    before = formats.read(tune)
    task = Vary(amount=0.4, kept="bars", particles=2)
    made = next(iter(pieces(learned.folder, Wish(seed=3, task=task), prompt=tune)))
    assert made.figures["bars_anew"] == 3
    assert made.remarks == (), "it hears both sides"
    anew = {
        number
        for number, (start, stop) in numbered_bars(before).items()
        if inside(made.score, start, stop) != inside(before, start, stop)
    }
    assert 0 < len(anew) <= 3, "every other bar is as it was"
    assert made.score.end == before.end


def inside(score: Score, start: int, stop: int) -> list[tuple[int, ...]]:
    notes = score.notes
    return sorted(notes[(notes["onset"] >= start) & (notes["onset"] < stop)].tolist())


def asked(command: object, *words: object) -> Result:
    return CliRunner().invoke(command, list(map(str, words)))  # type: ignore[arg-type]


def test_infill_and_bridge_write_what_rerun_makes_again(learned: Run, tune: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.abc"
    other.write_text(OTHER)
    out, more = tmp_path / "out", tmp_path / "more"
    options = ("--seed", 3, "--count", 2, "--format", "abc,mid", "--json")
    made = asked(infill_command.command, tune, learned.folder, "--bars", "2-3", "--out", out, *options)
    assert made.exit_code == 0, made.output
    assert len(json.loads(made.stdout)["pieces"]) == 2
    joined = asked(
        bridge_command.command, tune, other, learned.folder, "--bars", 2, "--out", more, *options[:2], *options[4:]
    )
    assert joined.exit_code == 0, joined.output
    files = [
        path for folder in (out, more) for path in sorted(folder.iterdir()) if not path.name.startswith("prompt-")
    ]
    assert len(files) == 6
    for path in files:
        assert rerun(path).same, path
    next(more.glob("prompt-*")).unlink()
    next(more.glob("prompt-*")).unlink()
    with pytest.raises(BadInput, match="not beside"):
        rerun(files[-1])


def test_bars_that_cannot_be_are_refused_in_words(tune: Path) -> None:
    score = formats.read(tune)
    for text in ("", "x", "3-", "-2", "2-1", "1.5"):
        with pytest.raises(UsageError, match="bars"):
            parse_bars(text)
    for first, last in ((1, 99), (8, 8)):
        with pytest.raises(UsageError, match=f"no bar {last}"):
            span_of(score, first, last)
    assert min(numbered_bars(score)) == 0
    full = score.replace(marks=[mark for mark in score.marks if mark.kind != "pickup"])
    with pytest.raises(UsageError, match="no upbeat"):
        span_of(full, 0, 1)
    with pytest.raises(BadInput, match="no note"):
        span_of(patched(score, 0, score.end, score.notes[:0], [0]), 1, 1)
    random = np.random.default_rng(0)
    free = [(int(at), 200, 60, 80, 0) for at in np.cumsum(random.integers(37, 700, 80))]
    with pytest.raises(BadInput, match="played freely"):
        check_beats(Score.of(free))


def test_a_bridge_leads_from_the_last_bar_to_the_upbeat(tmp_path: Path) -> None:
    first, second = (formats.parse_prompt(text.split("\n", 2)[2]) for text in (TUNE, OTHER))
    whole, start, stop = bridged(first, second, 2)
    assert start == first.end
    assert stop - start == 2 * 1920 - 480  # the upbeat fills the last bar
    assert len(whole) == len(first) + len(second)
    assert whole.meters.tolist() == [(0, 4, 4), (stop + 480, 3, 4)]
    with pytest.raises(UsageError, match="one bar or more"):
        bridged(first, second, 0)


def test_true_bars_are_priced_step_for_step_whatever_is_heard() -> None:
    encoding = build("abc", infill=True)
    sizes = tuple(field.size for field in encoding.fields)
    steps = encoding.encode(formats.parse_prompt(TUNE.split("\n", 2)[2]))
    gap = Gap(480 + 1920, 480 + 3 * 1920)
    told = rearranged(encoding, steps, gap)
    missing = int(np.flatnonzero(told[:, 0] > encoding.fields[0].size - 65)[-1])
    count = len(told) - 2 - missing
    first = next(at for at in range(len(steps)) if np.array_equal(steps[at : at + count], told[missing + 1 : -1]))
    both = Gapped([steps], [(first, first + count)], np.array([14]), ["token"], [told])
    assert both.price(UniformStepper(sizes), "infill:bars=2").nats_per_step == pytest.approx(np.log(sizes[0]))
    table = TableStepper.random(sizes, 3)
    one, other = both.price(table, "infill:bars=2"), both.taken([0]).price(table, "infill:bars=2:left")
    # a model that sees one step back gives the same to all but the first step behind the marker
    changed = table.nats(told)[missing] - table.nats(steps)[first - 1]
    assert one.totals[0] - other.totals[0] == pytest.approx(float(changed.sum()))
    assert one.steps == other.steps == count


def test_the_protocol_is_read_and_written() -> None:
    for text in ("infill:bars=4", "infill:bars=12:left"):
        assert str(Protocol.parse(text)) == text
    for text in ("infill", "infill:4", "infill:bars=0", "infill:bars=4:right", "full:bars=4"):
        with pytest.raises(UsageError):
            Protocol.parse(text)


def test_evaluate_prices_gaps_beside_the_baselines(learned: Run, run: Run) -> None:
    both, left = evaluate(learned.folder, protocols=("infill:bars=1", "infill:bars=1:left"))
    assert both.model.steps == left.model.steps == both.baselines["ngram"].steps
    assert both.model.nats_per_step != left.model.nats_per_step
    assert both.baselines["ngram"].nats_per_step == left.baselines["ngram"].nats_per_step
    with pytest.raises(UsageError, match="was not trained to infill"):
        evaluate(load(run.folder), protocols=("infill:bars=1",), baselines=False)

"""The whole loop in small: train, compose, continue, rerun, evaluate, measure, export, look back."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import etude
from etude.errors import BadInput, UsageError
from etude.lab.composing import compose
from etude.lab.evaluating import evaluate
from etude.lab.exporting import export
from etude.lab.history import differences, evaluations_of, summary
from etude.lab.launch import train
from etude.lab.loading import load
from etude.lab.material import Material
from etude.lab.measuring import measure_files
from etude.lab.rerunning import rerun
from etude.lab.rollback import roll_back
from etude.lab.run import Run
from etude.lab.weights import best_weights, recipe_of, torch_model
from etude.lab.writing import write_piece
from etude.models import TorchStepper
from etude.score import Score

from .conftest import SMALL


def test_a_run_holds_everything(run: Run) -> None:
    for name in ("recipe.toml", "encoding.json", "split.json", "environment.json", "log.jsonl", "model.etude"):
        assert (run.folder / name).is_file(), name
    records = evaluations_of(run)
    assert [record["step"] for record in records] == [10, 20, 30]
    assert records[-1]["valid_nats_per_step"] < records[0]["valid_nats_per_step"]
    assert set(records[0]["floors"]) == {"uniform", "ngram", "ngram+copy"}
    assert summary(run).state == "done"
    split = run.read_json("split.json")
    sides = [set(split["pieces"][side]) for side in ("train", "valid", "test")]
    assert all(sides)
    assert sum(map(len, sides)) == len(set.union(*sides))


def test_no_path_of_the_machine_stands_in_the_environment(run: Run) -> None:
    assert "/" not in json.dumps(run.read_json("environment.json")["versions"])


def test_compose_gives_valid_music_and_the_same_again(run: Run, tmp_path: Path) -> None:
    made = compose(
        run.folder, count=2, temperatures=(0.8, 1.1), seed=5, out=tmp_path, formats=("mid", "abc", "wav")
    )
    assert len(made) == 4
    assert len({piece.paths[0] for piece in made}) == 4
    assert all(len(piece.score) for piece in made)
    for path in made[1].paths:
        again = rerun(path)
        assert again.same, (path, again.differences)


@pytest.mark.parametrize("kind", ["musicxml", "mxl", "roll", "png", "sheet"])
def test_every_kind_of_file_can_be_made_again(run: Run, tmp_path: Path, kind: str) -> None:
    piece = compose(run.folder, seed=2, out=tmp_path, formats=(kind,))[0]
    assert rerun(piece.paths[0]).same


def test_a_prompt_is_kept_and_needed(run: Run, tmp_path: Path) -> None:
    piece = compose(run.folder, prompt="C D E F", seed=1, bars=4, out=tmp_path)[0]
    kept = next(tmp_path.glob("prompt-*"))
    assert piece.prompt_end > 0
    begun = {(int(note["onset"]) // piece.score.tpq, int(note["pitch"])) for note in piece.score.notes}
    assert {(0, 60), (1, 62), (2, 64), (3, 65)} <= begun
    assert rerun(piece.paths[0]).same
    kept.write_text("G A B c")
    with pytest.raises(BadInput, match="bytes have changed"):
        rerun(piece.paths[0])
    kept.unlink()
    with pytest.raises(BadInput, match="prompt is not beside"):
        rerun(piece.paths[0])


def test_a_file_without_the_line_cannot_be_made_again(tmp_path: Path) -> None:
    path = write_piece(Score.of([(0, 480, 60, 80, 0)]), tmp_path / "plain", ["mid"])[0]
    with pytest.raises(BadInput, match="no reproducibility line"):
        rerun(path)


def test_evaluation_stands_beside_baselines_under_each_protocol(run: Run) -> None:
    full, context = evaluate(run.folder, protocols=("full", "context:16"))
    answer = full.answer()
    assert set(answer["baselines"]) == {"uniform", "ngram", "ngram+copy"}
    assert answer["nats_per_step"] == pytest.approx(sum(answer["nats_per_field"].values()))
    assert answer["baselines"]["uniform"]["nats_per_step"] == pytest.approx(
        np.log(load(run.folder).encoding.fields[0].size)
    )
    assert answer["steps"] == context.answer()["steps"]
    assert full.answer()["protocol"] == "full"


def test_copying_stands_beside_the_model_and_composes_with_it(run: Run, tmp_path: Path) -> None:
    found = evaluate(run.folder, protocols=("full", "context:16"), copying=True)
    for one in found:
        mixed = one.answer()["mixtures"]
        assert set(mixed) == {"model+copy", "model+ngram+copy"}
        assert mixed["model+copy"]["nats_per_step"] < one.model.nats_per_step
        assert mixed["model+copy"]["steps"] == one.model.steps
    plain = evaluate(run.folder, baselines=False)[0].model
    assert found[0].model.nats_per_step == pytest.approx(plain.nats_per_step, abs=1e-4)
    on_test = evaluate(run.folder, split="test", baselines=False, copying=True)[0]
    assert set(on_test.mixtures) == {"model+copy"}
    assert not (run.folder / "copying").exists(), "evaluating leaves no trace in a run"
    with pytest.raises(UsageError, match="run folder"):
        compose(run.exported, seed=1, copying=True)
    made = compose(run.folder, seed=1, copying=True, out=tmp_path)[0]
    assert (run.folder / "copying" / "over.json").is_file()
    assert rerun(made.paths[0]).same
    assert made.score.meta.reproduce != compose(run.folder, seed=1)[0].score.meta.reproduce


def test_the_exported_model_says_what_the_weights_say(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    exact = export(run.folder, tmp_path / "exact.etude", precision="fp32")
    small = export(run.folder, tmp_path / "small.etude", precision="int8")
    assert exact.max_logit_error < 1e-3
    assert small.nats_per_step["int8"] == pytest.approx(small.nats_per_step["fp32"], rel=0.02)
    loaded = load(tmp_path / "exact.etude")
    assert loaded.encoding.name == "abc"
    assert compose(loaded, seed=3)[0].score.notes.tolist()
    with pytest.raises(BadInput, match="no run folder"):
        export(tmp_path / "exact.etude", tmp_path / "x.etude")


def test_measures_of_files(run: Run, book: Path, tmp_path: Path) -> None:
    compose(run.folder, count=2, seed=1, out=tmp_path)
    found = measure_files([tmp_path], str(book))
    assert found.pieces == 2
    for values in found.metrics.values():
        assert {"value", "low", "high", "reference", "reference_low", "reference_high"} == set(values)
    with pytest.raises(BadInput, match="There is no file"):
        measure_files([tmp_path / "missing.mid"])


def test_an_interrupted_training_ends_at_the_same_weights(book: Path, cache: None, tmp_path: Path) -> None:
    settings = (*SMALL, "training.minutes=none", "data.floors=false", "training.threads=1")
    whole = train(recipe="folk", data=book, out=tmp_path / "whole", settings=settings)

    def stop_once(event: Mapping[str, Any]) -> None:
        if event["event"] == "evaluation":
            os.kill(os.getpid(), signal.SIGINT)

    cut = train(stop_once, recipe="folk", data=book, out=tmp_path / "cut", settings=settings)
    assert cut.interrupted
    assert cut.figures["steps"] < 30
    assert not cut.run.exported.exists()
    assert load(cut.run.folder).encoding.name == "abc"  # playable through torch before it is finished
    done = train(resume=cut.run.folder)
    assert not done.interrupted
    assert done.figures["steps"] == 30
    mine, theirs = best_weights(whole.run), best_weights(cut.run)
    assert all(np.array_equal(mine[name], theirs[name]) for name in mine)
    losses = [[r["valid_nats_per_step"] for r in evaluations_of(run)] for run in (whole.run, cut.run)]
    assert losses[0] == losses[1]


def test_a_run_goes_back_to_a_kept_checkpoint_and_learns_on_from_there(
    book: Path, cache: None, tmp_path: Path
) -> None:
    settings = (*SMALL, "training.minutes=none", "data.floors=false", "training.keep_every=10 updates")
    done = train(recipe="folk", data=book, out=tmp_path / "run", settings=settings)
    ended = best_weights(done.run)
    with pytest.raises(UsageError, match="Steps there are: 10, 20, 30"):
        roll_back(done.run.folder, 11)
    assert done.run.exported.is_file()
    roll_back(done.run.folder, 10)
    assert not done.run.exported.exists()
    assert [record["step"] for record in evaluations_of(done.run)] == [10]
    assert summary(done.run).state == "unfinished"
    again = train(resume=done.run.folder, rollback=10)
    assert again.figures["steps"] == 30
    assert summary(done.run).state == "done"
    mine = best_weights(done.run)
    assert all(np.array_equal(mine[name], ended[name]) for name in mine)


def test_another_collection_starts_from_trained_weights(run: Run, book: Path, cache: None, tmp_path: Path) -> None:
    settings = ("training.steps=10", "data.floors=false")
    tuned = train(start=run.folder, data=book, out=tmp_path / "tuned", settings=settings)
    first = evaluations_of(tuned.run)[0]["valid_nats_per_step"]
    assert first < evaluations_of(run)[0]["valid_nats_per_step"]
    assert "training.steps" in differences(run.folder, tuned.run.folder)


def test_held_out_pieces_of_another_collection_stay_unlearned(book: Path, cache: None, tmp_path: Path) -> None:
    from etude.data import Collection
    from etude.encodings import build
    from etude.lab.material import Material
    from etude.lab.recipe import DataConfig

    copies = tmp_path / "copies"
    copies.mkdir()
    tunes = (book / "book.abc").read_text().replace("K:C", "K:C transpose=2")
    (copies / "copies.abc").write_text(tunes)
    guarded = Material.of(DataConfig(str(copies), without=str(book)), build("abc"))
    held_out = [p for p in Collection.open(book).pieces() if p.split in ("valid", "test")]
    assert len(guarded.left_out) == len(held_out)
    assert not set(guarded.train.ids) & set(guarded.left_out)
    plain = Material.of(DataConfig(str(copies)), build("abc"))
    assert len(plain.train) - len(guarded.train) == len(set(plain.train.ids) & set(guarded.left_out))
    assert len(guarded.train.pieces()) == len(guarded.train)


def test_no_piece_outgrows_what_its_model_has_heard(run: Run) -> None:
    longest = run.read_json("split.json")["longest_steps"]
    loaded = load(run.folder)
    assert loaded.metadata["longest_steps"] == longest
    short = replace(loaded, metadata={**loaded.metadata, "longest_steps": 24})
    made = compose(short, count=3, seed=1)
    assert not any(piece.ended for piece in made)
    assert max(len(loaded.encoding.encode(piece.score)) for piece in made) < 52
    assert any(len(a.score) > len(b.score) for a, b in zip(compose(loaded, count=3, seed=1), made))


def test_pieces_of_two_seeds_do_not_overwrite_each_other(run: Run, tmp_path: Path) -> None:
    for seed in (1, 2):
        compose(run.folder, seed=seed, out=tmp_path)
    assert len(list(tmp_path.glob("*.mid"))) == 2


def test_a_counted_model_is_judged_by_the_half_it_was_not_tuned_on(book: Path, cache: None, tmp_path: Path) -> None:
    counted = train(recipe="ngram", data=book, out=tmp_path / "counted")
    found = evaluate(counted.run.folder)[0]
    assert found.model.nats_per_step == pytest.approx(counted.figures["valid_nats_per_step"])
    assert found.model.nats_per_step == found.baselines["ngram+copy"].nats_per_step


def test_the_front_door_has_the_verbs(run: Run) -> None:
    for name in etude.__all__:
        assert getattr(etude, name) is not None
    made: list[Any] = etude.compose(run.folder, seed=1)
    assert set(etude.measure([made[0].score]))


def test_what_is_no_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="There is no model"):
        load(tmp_path / "nothing")
    with pytest.raises(BadInput, match="is no model"):
        load(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="Train one first"):
        load()
    (tmp_path / "broken.etude").write_bytes(b"not a model")
    with pytest.raises(BadInput, match=r"broken\.etude"):
        load(tmp_path / "broken.etude")


def test_judging_by_the_beginnings_of_pieces_prices_no_more(book: Path, cache: None, tmp_path: Path) -> None:
    settings = (*SMALL, "training.minutes=none", "data.floors=false", "training.eval_every=30")
    judged = ("data.valid_pieces=2", "data.valid_steps=20")
    done = train(recipe="folk", data=book, out=tmp_path / "run", settings=(*settings, *judged))
    material = Material.of(recipe_of(done.run).data, load(done.run.folder).encoding)
    (record,) = evaluations_of(done.run)
    model, _ = torch_model(done.run)
    beginnings = [piece[:21] for piece in material.valid.pieces()]
    assert len(beginnings) == 2
    nats = np.concatenate(TorchStepper(model).nats_many(beginnings)).sum() / 40
    assert record["valid_nats_per_step"] == pytest.approx(nats, abs=0.05)  # one of them in bfloat16
    notes = sum(material.encoding.note_count(piece) for piece in beginnings)
    assert record["valid_bits_per_note"] == pytest.approx(nats * 40 / notes / np.log(2), rel=0.02)

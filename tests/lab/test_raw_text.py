"""Models of raw ABC text: seed strings of any length, every temperature, and the text as it was drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from etude.errors import BadInput, UsageError
from etude.lab.composing import compose
from etude.lab.rerunning import rerun
from etude.lab.run import Run

RAW = (
    *(
        "encoding.raw=true",
        "model.kind=rnn",
        "model.width=48",
        "model.layers=1",
        "model.dropout=0",
        "model.history=0",
    ),
    *("training.rows=4", "training.length=64", "training.steps=60", "training.minutes=none", "training.threads=1"),
    *("training.learning_rate=1e-2", "training.warmup=5", "training.eval_every=30", "sampling.masked=false"),
)
TUNE = "X:1\nT:Café Reel\nM:4/4\nK:G\nGABc dedB|".replace("é", "e")


@pytest.fixture(scope="session")
def raw_run(cache: None, book: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A character model of the book's own text, sixty updates old."""
    pytest.importorskip("torch", reason="training needs the extra 'train'")
    from etude.lab import train

    out = tmp_path_factory.mktemp("runs") / "raw"
    settings = ("encoding.name=abc-characters", "encoding.conditions=none", *RAW)
    return train(recipe="folk", data=book, out=out, settings=settings).run


@pytest.mark.parametrize("prompt", ["X", "X:1\n", TUNE, TUNE * 20])
def test_a_seed_string_may_have_any_length(raw_run: Run, tmp_path: Path, prompt: str) -> None:
    piece = compose(raw_run.folder, prompt=prompt, seed=1, steps=40, out=tmp_path, formats=("txt", "abc"))[0]
    assert piece.text.startswith(prompt)
    assert len(prompt) < len(piece.text) <= len(prompt) + 40
    assert (tmp_path / f"{piece.paths[0].stem}.txt").read_text() == piece.text
    assert piece.answer()["text"] == piece.text
    assert rerun(next(path for path in piece.paths if path.suffix == ".abc")).same


def test_typed_line_ends_and_files_are_the_same_prompt(raw_run: Run, tmp_path: Path) -> None:
    (tmp_path / "start.abc").write_text(TUNE)
    prompts = [TUNE, TUNE.replace("\n", "\\n"), tmp_path / "start.abc", str(tmp_path / "start.abc")]
    texts = {compose(raw_run.folder, prompt=prompt, seed=3, steps=30)[0].text for prompt in prompts}
    assert len(texts) == 1


def test_temperatures_from_nothing_to_two(raw_run: Run) -> None:
    made = compose(raw_run.folder, prompt="X:1", count=2, temperatures=(0, 0.5, 2), seed=1, steps=60)
    greedy, _, wild = (made[at : at + 2] for at in (0, 2, 4))
    assert greedy[0].text == greedy[1].text
    assert wild[0].text != wild[1].text
    likely = [made[at].log_likelihood / len(made[at].text) for at in (0, 4)]
    assert likely[0] > likely[1]


def test_what_is_no_text_is_refused(raw_run: Run, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="printable ASCII"):
        compose(raw_run.folder, prompt="naïve", steps=5)
    with pytest.raises(BadInput, match="no file"):
        compose(raw_run.folder, prompt=tmp_path / "missing.abc", steps=5)


def test_other_models_draw_no_text(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="draws no text"):
        compose(run.folder, seed=1, out=tmp_path, formats=("txt",))
    assert "text" not in compose(run.folder, seed=1)[0].answer()

"""The critic of whole pieces from a book of tunes to its card, its scores and its comparisons, in miniature."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from etude.config import from_mapping, override
from etude.data import Collection
from etude.data.splits import SplitRule
from etude.errors import BadInput, UsageError
from etude.evaluation import judging
from etude.lab.critic import asking, comparing
from etude.lab.critic.judge import load_judge
from etude.lab.critic.making import train_critic
from etude.lab.critic.schooling import CriticSettings
from etude.score import Score
from etude.testing.scores import abc_tune, random_score

TINY = (
    *("width=24", "layers=3", "lags=3", "epochs=16", "per_epoch=100", "composed=8", "learning_rate=0.01"),
    *("dropout=0.0", "valid=4", "held_out=4", "examined=4"),
)


def nothing(text: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="session")
def collection(cache: None, book: Path) -> Collection:
    """Sixty tunes, a fifth of them on each held-out side."""
    return Collection.open(book, rule=SplitRule(valid=0.2, test=0.2))


@pytest.fixture(scope="session")
def folder(collection: Collection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch = pytest.importorskip("torch", reason="training needs the extra 'train'")
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("critics") / "book"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "DRAWS", 40)  # intervals are held to their law elsewhere
        train_critic(collection, out, from_mapping(CriticSettings, override({}, TINY)))
    return out


@pytest.fixture
def tunes(tmp_path: Path) -> Path:
    (tmp_path / "tunes.abc").write_text("\n".join(abc_tune(number) for number in range(100, 104)))
    return tmp_path / "tunes.abc"


def test_the_card_has_what_it_promises(folder: Path) -> None:
    found = asking.card_of(str(folder))
    assert set(found["auc"]) >= {"wrong notes out of key 5%", "cut ending 100%", "n-gram of 1", "grammar alone"}
    assert "swapped voices 100%" not in found["auc"], "tunes have one voice"
    assert found["majority"] == 0.5
    assert 0 <= found["calibration_error"] <= 1
    assert found["auc"]["wrong notes out of key 100%"] > 0.8
    card = found["card"]
    assert set(card["generators"]["unseen"]).isdisjoint(card["generators"]["seen"])
    assert card["leaks"]["velocity"] == {"area": 0.5, "most": 0.0, "pieces": card["pieces"]}
    assert card["leaks"]["encoding"]["most"] == 0
    assert json.loads((folder / "critic.json").read_text())["card"] == card


def test_real_tunes_get_more_than_noise_and_short_ones_nothing(folder: Path, tunes: Path, tmp_path: Path) -> None:
    real = asking.scored([tunes], str(folder))
    assert [one["tune"] for one in real.scores] == [1, 2, 3, 4]
    noise = tmp_path / "noise"
    noise.mkdir()
    random = np.random.default_rng(0)
    letters = random.choice(["^C", "^D", "F,", "^G", "a", "^f", "B", "c", "^a'", "E"], (3, 4, 8))
    for number, bars in enumerate(letters):
        text = "|".join(" ".join(bar) for bar in bars)
        (noise / f"{number}.abc").write_text(f"X:1\nM:4/4\nL:1/8\nK:C\n{text}|\n")
    (noise / "short.abc").write_text("X:1\nM:4/4\nL:1/8\nK:C\nCD|\n")
    (noise / "broken.mid").write_bytes(b"MThd")
    wrong = asking.scored([noise], str(folder))
    chances = [one["score"] for one in wrong.scores if one["notes"] > 4]
    assert min(one["score"] for one in real.scores) > max(chances)
    assert [one["score"] for one in wrong.scores if one["notes"] < 4] == [None]
    assert len(wrong.refused) == 1


def test_fresh_critics_tell_noise_and_not_tunes_of_the_same_kind(
    folder: Path, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "FEWEST", 2)
    monkeypatch.setattr(comparing, "FOLDS", 2)
    settings = CriticSettings(width=16, layers=2, lags=2, epochs=8, per_epoch=40, learning_rate=0.01)
    alike = [piece.score for piece in collection.pieces("valid")]
    noise = [random_score(seed, notes=32, tracks=1, grid=240) for seed in range(12)]

    def accuracy(scores: list[Score]) -> float:
        return comparing.compare(scores, collection, settings=settings).accuracy.value

    assert accuracy(noise) > 0.9
    assert accuracy(alike) < 0.9


def test_what_cannot_be_asked(folder: Path, book: Path, tunes: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no critic in"):
        load_judge(tmp_path)
    with pytest.raises(UsageError, match="already"):
        asking.trained(str(book), folder, "all", say=nothing)
    with pytest.raises(UsageError, match="widht"):
        asking.trained(str(book), tmp_path / "c", "all", settings=["widht=3"], say=nothing)
    with pytest.raises(UsageError, match="too few"):
        asking.compared([tunes], str(book), "all", "test", None, say=nothing)

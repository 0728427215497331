"""Blind pairs: sides in balance, equal length and loudness, nobody named anywhere but in the key."""

from __future__ import annotations

import json
import wave
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from etude.apps.cli.main import cli
from etude.errors import UsageError
from etude.lab.listening import Ask, make_pairs
from etude.lab.listening.making import Queue
from etude.lab.listening.planning import KINDS, SIDES, plans, singles, with_repeats
from etude.lab.listening.sounding import FADE, RATE, WITHIN, common_length, excerpt
from etude.lab.listening.sources import Heard, check_may_be_shown
from etude.lab.material import Material
from etude.lab.recipe import DataConfig
from etude.lab.run import Run
from etude.render.audio.loudness import TARGET, loudness
from etude.score import Score
from etude.testing.scores import random_score

ASK = Ask(count=4, seed=5, seconds=4.0, least=1.0, soundfont="none", private=True)


@pytest.fixture(scope="module")
def folder(counted: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four pairs of a counted model."""
    out = tmp_path_factory.mktemp("pairs") / "one"
    make_pairs(str(counted.folder), out, ASK)
    return out


@pytest.fixture(scope="module")
def key(folder: Path) -> dict[str, Any]:
    page: dict[str, Any] = json.loads((folder / "key.json").read_text())
    return page


@pytest.mark.parametrize("count", [1, 4, 7, 20, 21])
@pytest.mark.parametrize("kinds", [KINDS, ("real",)])
def test_kinds_and_sides_are_in_balance(count: int, kinds: tuple[str, ...]) -> None:
    for seed in range(30):
        found = plans(count, kinds, seed)
        assert len(found) == count
        shares = Counter(plan.against for plan in found)
        assert max(shares.values()) - min(shares.get(kind, 0) for kind in kinds) <= 1
        for kind in kinds:
            sides = Counter(plan.ours for plan in found if plan.against == kind)
            assert abs(sides["a"] - sides["b"]) <= 1
        assert all({plan.ours, plan.theirs} == set(SIDES) for plan in found)


def test_order_and_sides_hang_on_the_seed_alone() -> None:
    assert plans(20, KINDS, 3) == plans(20, KINDS, 3)
    found = [plans(20, KINDS, seed) for seed in range(40)]
    for place in range(20):  # at every place each kind and each side comes now and then
        assert {plans_of[place].against for plans_of in found} == set(KINDS)
        assert {plans_of[place].ours for plans_of in found} == set(SIDES)


def test_what_comes_twice_comes_later_and_the_other_way_round() -> None:
    for seed in range(30):
        once = plans(10, KINDS, seed)
        found = with_repeats(once, 3, seed)
        assert [plan for plan in found if not plan.repeats] == once
        again = {number: plan for number, plan in enumerate(found, 1) if plan.repeats}
        assert len({plan.repeats for plan in again.values()}) == len(again) == 3
        for number, plan in again.items():
            first = found[plan.repeats - 1]
            assert number > plan.repeats + 1
            assert (plan.against, plan.ours) == (first.against, first.theirs)
        sources = Counter(plan.against for plan in singles(10, KINDS, seed))
        assert sources == {"model": 4, "baseline": 3, "real": 3}


def test_single_pieces_and_one_of_them_again(counted: Run, tmp_path: Path) -> None:
    made = make_pairs(str(counted.folder), tmp_path, replace(ASK, single=True, checks=1, count=3))
    rows = made.told["pairs"]
    assert [sorted({"a", "b"} & row.keys()) for row in rows] == [["a"]] * 4
    (again,) = [row for row in rows if row.get("repeats")]
    sound = made.page.parent / "sound"
    first, second = (sound / f"{number:02d}-a.wav" for number in (again["repeats"], again["pair"]))
    assert first.read_bytes() == second.read_bytes()
    assert sorted(path.name for path in sound.iterdir()) == [f"{number:02d}-a.wav" for number in range(1, 5)]
    page = made.page.read_text()
    assert "Piece 4 of 4" in page
    assert "preference-1" not in page
    with pytest.raises(UsageError, match="heard twice"):
        make_pairs(str(counted.folder), tmp_path / "x", replace(ASK, checks=3))


def test_the_same_seed_makes_the_same_pairs(counted: Run, folder: Path, tmp_path: Path) -> None:
    make_pairs(str(counted.folder), tmp_path / "two", replace(ASK, count=4))
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            assert (tmp_path / "two" / path.relative_to(folder)).read_bytes() == path.read_bytes(), path.name


def test_the_two_of_a_pair_are_equally_long_and_loud(folder: Path, key: dict[str, Any]) -> None:
    for row in key["pairs"]:
        levels = []
        for side in SIDES:
            with wave.open(str(folder / "page" / "sound" / f"{row['pair']:02d}-{side}.wav")) as file:
                assert file.getparams()[:3] == (1, 2, RATE)
                assert abs(file.getnframes() - row["seconds"] * RATE) <= RATE / 1000 + 1
                data = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
            levels.append(loudness(data[:, None].astype(np.float32), RATE))
        lengths = {(folder / "page" / "sound" / f"{row['pair']:02d}-{side}.wav").stat().st_size for side in SIDES}
        assert len(lengths) == 1
        assert levels == pytest.approx([key["loudness"]] * 2, abs=0.1)
    assert key["loudness"] <= TARGET


def test_nothing_that_raters_get_says_what_is_what(folder: Path, key: dict[str, Any], counted: Run) -> None:
    """No model, piece, collection, seed, kind or reproducibility line in any name or byte of the page's folder."""
    secrets = {"etude-rerun", "ngram", "baseline", "counted", "held-out", "real music", key["model"]["sha256"]}
    for row in key["pairs"]:
        for side in SIDES:
            secrets |= {str(value) for value in row[side].values() if len(str(value)) > 3}
    page = folder / "page"
    files = [path for path in page.rglob("*") if path.is_file()]
    assert sorted(path.relative_to(page).as_posix() for path in files) == [
        "index.html",
        *(f"sound/{number:02d}-{side}.wav" for number in range(1, 5) for side in SIDES),
    ]
    for path in files:
        data = path.read_bytes()
        for secret in secrets:
            assert secret.encode() not in data, (path.name, secret)
        if path.suffix == ".wav":
            assert data[12:16] == b"fmt "
            assert data[36:40] == b"data"  # and no chunk of words
            assert len(data) == 44 + int.from_bytes(data[40:44], "little")


def test_neither_piece_of_a_pair_reaches_its_end() -> None:
    long, short = random_score(1, notes=80, tracks=1), random_score(2, notes=40, tracks=1)
    shorter = min(long.duration, short.duration)
    assert common_length(long, short, 1e9) == pytest.approx(WITHIN * shorter)
    assert common_length(long, short, 1.5) == 1.5
    samples = excerpt(long, 2.0, "none")
    assert samples.shape == (2 * RATE, 1)
    assert samples[-1] == 0
    assert np.abs(samples[: round((2 - FADE) * RATE)]).max() > 0


def piece(seconds: float) -> Heard:
    """A note of that length, as a model may make it."""
    score = Score.of(notes=[(0, round(seconds * 960), 60, 80, 0)] if seconds else [], tpq=480)
    return Heard(score, {"made": seconds})


def test_short_pieces_are_passed_over_and_counted() -> None:
    queue = Queue("model", iter([piece(1), piece(0), piece(9), piece(2)]), 5.0)
    assert queue.next().told == {"made": 9}
    assert [row["made"] for row in queue.passed_over] == [1, 0]
    with pytest.raises(UsageError, match="3 were shorter"):
        queue.next()


def test_real_music_that_may_not_be_passed_on_is_refused(book: Path, counted: Run, tmp_path: Path) -> None:
    from etude.lab.gallery.exhibit import material_of
    from etude.lab.loading import load

    material = material_of(load(counted.folder))
    assert isinstance(material, Material)
    assert material.data == DataConfig(collection=material.data.collection, transpose=(0, 0))
    with pytest.raises(UsageError, match="may not be passed on"):
        check_may_be_shown(material, private=False)
    check_may_be_shown(material, private=True)


def test_a_key_is_never_written_over(counted: Run, folder: Path) -> None:
    before = (folder / "key.json").read_bytes()
    with pytest.raises(UsageError, match="key of other pairs"):
        make_pairs(str(counted.folder), folder, ASK)
    assert (folder / "key.json").read_bytes() == before


@pytest.mark.parametrize("words", [("--against", "nobody"), ("--seconds", "3", "--least", "4"), ("--count", "0")])
def test_wishes_that_cannot_be(words: tuple[str, ...], tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["pairs", "make", "nothing", "--out", str(tmp_path / "x"), *words])
    assert done.exit_code == 2
    assert not (tmp_path / "x").exists()

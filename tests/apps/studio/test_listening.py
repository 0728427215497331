"""Blind pairs in the studio: nobody is told which is which, nonsense is refused, the terminal reads the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from etude.lab.listening import read_pairs
from etude.lab.listening.scales import SCALES

Studio = Any  # see conftest


@pytest.fixture
def pairs(studio: Studio) -> Path:
    """A set of two pairs, as `etude pairs make` leaves it."""
    folder = studio.desk.supplies.pairs("ab" * 8)
    sound = folder / "page" / "sound"
    sound.mkdir(parents=True, exist_ok=True)
    for number in (1, 2):
        for side in ("a", "b"):
            (sound / f"{number:02d}-{side}.wav").write_bytes(b"RIFF" + side.encode())
    rows = [{"pair": 1, "against": "real", "ours": "b"}, {"pair": 2, "against": "real", "ours": "a"}]
    key = {
        "format": 1,
        "set": "x",
        "count": 2,
        "seed": 1,
        "against": ["real"],
        "model": {"name": "tiny"},
        "pairs": rows,
    }
    (folder / "key.json").write_text(json.dumps(key))
    for path in (folder / "answers").glob("*"):
        path.unlink()
    return folder  # type: ignore[no-any-return]


def answered(**more: Any) -> dict[str, Any]:
    """One whole answer."""
    marks = {f"{name}_{side}": 4 if side == "a" else 2 for name in SCALES for side in "ab"}
    return {"rater": "Anna", "pair": 1, "heard": True, "preference": "b", **marks, **more}


def test_answers_are_kept_at_once_and_read_by_the_terminal(studio: Studio, pairs: Path) -> None:
    path = f"/api/listening/{pairs.name}"
    assert studio.client.put(path, json=answered()).json()["answered"] == 1
    assert studio.client.put(path, json=answered(pair=2, preference="a")).json()["answered"] == 2
    assert studio.client.put(path, json=answered(pair=2, preference="equal", comment="hm")).json()["answered"] == 2
    assert studio.client.put(path, json=answered(rater="Bo", preference="a")).json()["answered"] == 1
    found = read_pairs(pairs)
    assert found.raters == 2
    assert [one.preference for one in found.answers] == ["b", "equal", "a"]
    shown = studio.client.get(f"{path}/results").json()["results"]
    assert shown["preferred"][0]["answers"]["wins"] == 1
    assert shown["preferred"][0]["answers"]["choices"] == 2
    again = studio.client.get(path, params={"rater": "Anna"}).json()
    assert [one["preference"] for one in again["answers"]] == ["b", "equal"]


def test_nobody_is_told_which_side_is_whose(studio: Studio, pairs: Path) -> None:
    for path in ("/api/listening", f"/api/listening/{pairs.name}", f"/api/listening/{pairs.name}/results"):
        assert "ours" not in studio.client.get(path).text
    assert studio.client.get(f"/api/listening/{pairs.name}/sounds/2-b").content == b"RIFFb"


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            {"heard": False},
            {"pair": 3},
            {"pair": 0},
            {"preference": "c"},
            {"musicality_a": 6},
            {"musicality_a": 0},
        ),
        *({"rater": "../x"}, {"rater": ""}, {"rater": "x" * 61}, {"variety_c": 1}, {"musicality_b": 2.5}),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(studio: Studio, pairs: Path, wrong: dict[str, Any]) -> None:
    answer = studio.client.put(f"/api/listening/{pairs.name}", json=answered(**wrong))
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert not (pairs / "answers").is_dir() or not list((pairs / "answers").iterdir())


def test_sounds_of_other_places_are_not_served(studio: Studio, pairs: Path) -> None:
    for side in ("3-a", "1-c", "..%2f..%2fkey.json", "1-..%2f..%2f..%2fkey.json", "1-a.wav", "-1-a", "٣-a"):
        assert studio.client.get(f"/api/listening/{pairs.name}/sounds/{side}").status_code in (400, 404, 422)
    assert studio.client.get(f"/api/listening/{'0' * 16}/results").status_code == 404

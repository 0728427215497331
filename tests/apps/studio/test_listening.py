"""Blind sets in the studio: nobody is told which is which, nonsense is refused, the terminal reads the same."""

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


def test_what_everybody_said_is_saved_as_the_terminal_reads_it(studio: Studio, pairs: Path, tmp_path: Path) -> None:
    path = f"/api/listening/{pairs.name}"
    for rater, number in (("Anna", 1), ("Anna", 2), ("Bo", 1)):
        studio.client.put(path, json=answered(rater=rater, pair=number, comment='"so", so'))
    before = read_pairs(pairs).answer()
    for kind in ("csv", "json"):
        saved = studio.client.get(f"{path}/answers.{kind}")
        assert saved.headers["content-disposition"] == f'attachment; filename="answers-{pairs.name}.{kind}"'
        (tmp_path / kind).write_bytes(saved.content)
        assert json.dumps(read_pairs(pairs, [tmp_path / kind]).answer()) == json.dumps(before)
    assert studio.client.get(f"{path}/answers.key").status_code == 400


def test_single_pieces_have_marks_and_no_preference(studio: Studio, pairs: Path) -> None:
    key = json.loads((pairs / "key.json").read_text())
    rows = [
        {"pair": 1, "against": "model", "ours": "a"},
        {"pair": 2, "against": "model", "ours": "a", "repeats": 1},
    ]
    (pairs / "key.json").write_text(json.dumps({**key, "sides": ["a"], "pairs": rows}))
    path = f"/api/listening/{pairs.name}"
    assert studio.client.get(path).json()["sides"] == ["a"]
    marks = {f"{name}_a": 4 for name in SCALES}
    for number in (1, 2):
        said = {"rater": "Anna", "pair": number, "heard": True}
        assert studio.client.put(path, json={**said, **marks}).status_code == 200
        assert studio.client.put(path, json={**said, **marks, "preference": "a"}).status_code == 400
        assert studio.client.put(path, json={**said, "variety_b": 3}).status_code == 400
    shown = studio.client.get(f"{path}/results").json()["results"]
    assert shown["checks"] == [{"rater": "Anna", "asked": 1, "same": 1}]
    assert shown["preferred"] == []


def test_more_than_half_is_never_heard_twice(studio: Studio) -> None:
    body = {"model": studio.model, "count": 4, "checks": 3}
    assert studio.client.post("/api/listening", json=body).status_code == 400

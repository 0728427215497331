"""Pieces are found again: by word and by tag, the same from the page and from the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from etude.apps.cli.main import cli
from etude.errors import UsageError
from etude.lab.desk.book import DONE, Book
from etude.lab.desk.making import FACTS
from etude.lab.desk.shelf import TAGS, library, tags_in

Studio = Any  # see conftest


def test_tags_are_read_as_they_are_meant() -> None:
    assert tags_in(" Slow,#d  Minor, slow,,") == ["slow", "d minor"]
    assert tags_in("") == []
    for wrong in ("a" * 31, "a;b", "<b>", ",".join(f"tag {at}" for at in range(TAGS + 1))):
        with pytest.raises(UsageError):
            tags_in(wrong)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A studio's folder with three finished pieces: 0, 1 and 2 at the end of their ids."""
    book = Book(tmp_path / "studio" / "studio.sqlite")
    ids = [f"{'ab' * 7}{number:02d}" for number in range(3)]
    folders = {one: tmp_path / one for one in ids}
    book.add_batch("c" * 16, {"model": "folk"}, None, folders)
    for number, folder in enumerate(folders.values()):
        folder.mkdir()
        facts = {"title": f"Tune {number}", "model": "folk", "seed": 70 + number, "seconds": 3.0}
        (folder / FACTS).write_text(json.dumps(facts))
    for one in ids:
        book.set_state(one, DONE)
    book.close()
    return tmp_path / "studio"


def test_the_page_and_the_terminal_find_the_same(shelf: Path) -> None:
    def told(*words: str) -> list[dict[str, Any]]:
        done = CliRunner().invoke(cli, ["pieces", *words, "--folder", str(shelf), "--json"])
        assert done.exit_code == 0, done.output
        return list(json.loads(done.stdout)["pieces"])

    ids = [one["id"] for one in told()]
    assert len(ids) == 3
    assert told("--id", ids[0], "--tags", "Slow, D minor")[0]["tags"] == ["d minor", "slow"]
    told("--id", ids[1], "--tags", "slowly")
    book = Book(shelf / "studio.sqlite")
    for words, found in (("#slow", ids[:1]), ("slow", ids[:2]), ("#d-minor tune", ids[:1]), ("#tune", [])):
        assert [one["id"] for one in library(book, words)] == found, words
        assert [one["id"] for one in told(*words.split())] == found, words
    book.say(ids[2], True, None)
    assert [one["id"] for one in told("--kept")] == ids[2:]
    told("--id", ids[0], "--tags", "")
    assert library(book, "#slow") == []
    book.close()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--tags", "x"], 2),
        (["--id", "ab", "--tags", "x"], 3),
        (["--id", "zz", "--tags", "x"], 3),
        (["--id", "abababababababab00", "--tags", "<b>"], 3),
        (["--id", "ab" * 7 + "00", "--tags", "<b>"], 2),
    ],
)
def test_what_cannot_be_tagged_is_said(shelf: Path, words: list[str], code: int) -> None:
    done = CliRunner().invoke(cli, ["pieces", *words, "--folder", str(shelf)])
    assert getattr(done.exception, "exit_code", done.exit_code) == code, done.output


def test_tags_are_kept_and_told_to_every_page(studio: Studio) -> None:
    made = studio.client.post("/api/batches", json={"model": studio.model, "count": 1, "bars": 2, "seed": 3}).json()
    (one,) = studio.wait(made["id"])
    path = f"/api/pieces/{one['id']}"
    assert studio.client.patch(path, json={"tags": "A tag of its own"}).json()["tags"] == ["a tag of its own"]
    assert studio.client.patch(path, json={"favourite": True}).json()["tags"] == ["a tag of its own"]
    assert json.loads(studio.hub.past[-1][1])["tags"] == ["a tag of its own"]
    assert studio.client.patch(path, json={"tags": "<b>"}).status_code == 400
    found = studio.client.get("/api/library", params={"words": "#a-tag-of-its-own"}).json()
    assert [piece["id"] for piece in found["pieces"]] == [one["id"]]
    assert {"tag": "a tag of its own", "pieces": 1} in found["tags"]

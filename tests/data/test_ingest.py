"""Ingest: every file has its row, nothing is half-written, and what was written opens."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from etude.data import Collection, SplitRule, ingest
from etude.data import build as building
from etude.errors import BadInput, Reason, UsageError
from etude.formats import write
from etude.score import Score, Track, transpose

from .conftest import melody

KEYS = {"path", "status", "reason", "detail", "notes", "warnings", "sha256", "duplicate_of", "split"}
BOOK = "X:1\nT:one\nK:G\nGABc|\n\nX:2\nT:no key\nGABc|\n\nX:3\nT:three\nK:D\nDFAd|\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Good, odd and broken files."""
    music = tmp_path / "music"
    (music / "sub").mkdir(parents=True)
    write(melody(1), music / "a.mid")
    write(transpose(melody(1), 3), music / "sub" / "b.mid")
    (music / "sub" / "copy of a.mid").write_bytes((music / "a.mid").read_bytes())
    write(melody(2), music / "c.abc")
    (music / "book.abc").write_text(BOOK)
    (music / "cut.mid").write_bytes((music / "a.mid").read_bytes()[:100])
    (music / "empty.mid").write_bytes(b"")
    (music / "notes.doc").write_bytes(b"\0\1\2")
    write(melody(6), music / "in C#.mid")
    (music / "dangling.mid").symlink_to("nowhere")
    os.mkfifo(music / "pipe.mid")
    return music


def rows_of(out: Path) -> dict[str, dict[str, object]]:
    lines = (out / "ledger.jsonl").read_text().splitlines()
    return {row["path"]: row for row in map(json.loads, lines)}


def test_every_file_has_a_row_and_every_refusal_a_reason(folder: Path, tmp_path: Path) -> None:
    done: list[tuple[int, int]] = []
    report = ingest([folder], tmp_path / "out", jobs=1, progress=lambda *at: done.append(at))
    rows = rows_of(tmp_path / "out")
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    assert {row["file"] for row in rows.values()} == names
    assert rows["in C#.mid"]["notes"] == 60
    assert report.files == len(names) == 11
    assert report.kept + report.repaired + report.refused == len(rows) == len(report.rows)
    assert all(set(row) >= KEYS for row in rows.values())
    assert all((row["reason"] in set(Reason)) == (row["status"] != "kept") for row in rows.values())
    refused = {path: row["reason"] for path, row in rows.items() if row["status"] == "refused"}
    assert refused["notes.doc"] == "unknown_format"
    assert refused["book.abc#2"] == "no_key"
    assert refused["dangling.mid"] == refused["pipe.mid"] == "unreadable"
    assert all(rows[path]["detail"] for path in refused)
    assert done[-1] == (11, 11)
    assert set(report.answer()) >= {"files", "kept", "repaired", "refused", "seconds"}


def test_copies_are_named_and_stand_on_one_side(folder: Path, tmp_path: Path) -> None:
    ingest([folder], tmp_path / "out", jobs=1)
    rows = rows_of(tmp_path / "out")
    first, copy, moved = rows["a.mid"], rows["sub/copy of a.mid"], rows["sub/b.mid"]
    assert (copy["duplicate_of"], copy["duplicate_kind"]) == ("a.mid", "file")
    assert (moved["duplicate_of"], moved["duplicate_kind"]) == ("a.mid", "transposed")
    assert first["split"] == copy["split"] == moved["split"]
    assert copy["sha256"] == first["sha256"] != moved["sha256"]


def test_what_ingest_wrote_opens_as_a_collection(folder: Path, tmp_path: Path) -> None:
    ingest([folder], tmp_path / "out", jobs=1)
    found = Collection.open(tmp_path / "out")
    assert {piece.id for piece in found.pieces()} >= {"a.mid", "c.abc", "book.abc#1", "book.abc#3"}
    assert len(found) == len(found.pieces())
    assert [note["pitch"] for note in found.piece("a.mid").score.notes] == melody(1).notes["pitch"].tolist()
    read = Collection.open(folder, jobs=1)
    assert read.content == found.content
    assert found.summary().pieces == len(found)
    assert json.dumps(found.split_record())


def test_a_folder_is_read_again_only_when_it_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Collection.open(folder, jobs=1)
    with monkeypatch.context() as closed:
        closed.setattr("etude.data.collection.build_plan", lambda *a, **k: pytest.fail("read again"))
        assert Collection.open(folder).content == first.content
    write(melody(7), folder / "new.mid")
    again = Collection.open(folder, jobs=1)
    assert "new.mid" in {row.path for row in again.ledger}
    other = Collection.open(folder, jobs=1, rule=SplitRule(0.3, 0.3, seed=1))
    assert other.page["split"]["seed"] == 1


def test_nothing_is_left_of_an_ingest_that_fails(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(building, "write_ledger", fail)
    with pytest.raises(OSError, match="no space left"):
        ingest([folder], tmp_path / "out", jobs=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["music"]


def test_a_failed_ingest_leaves_the_older_one(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest([folder], tmp_path / "out", jobs=1)
    before = (tmp_path / "out" / "ledger.jsonl").read_bytes()
    monkeypatch.setattr(building, "find_duplicates", lambda prints: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ingest([folder / "a.mid"], tmp_path / "out", jobs=1)
    assert (tmp_path / "out" / "ledger.jsonl").read_bytes() == before


def test_no_tune_kept_is_an_error_with_a_ledger(tmp_path: Path) -> None:
    (tmp_path / "bad.mid").write_bytes(b"nothing")
    with pytest.raises(BadInput, match=r"No tune is kept\. 'bad\.mid'"):
        ingest([tmp_path / "bad.mid"], tmp_path / "out", jobs=1)
    assert len(rows_of(tmp_path / "out")) == 1
    with pytest.raises(BadInput, match="None of the 1 tunes"):
        Collection.open(tmp_path / "bad.mid", jobs=1)


def test_strict_refuses_any_refusal(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="tunes were refused; the first is"):
        ingest([folder], tmp_path / "out", jobs=1, strict=True)
    assert rows_of(tmp_path / "out")


def test_a_folder_of_other_things_is_not_overwritten(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no collection"):
        ingest([folder], folder, jobs=1)
    assert (folder / "a.mid").exists()


def test_the_output_inside_the_input_is_not_read(folder: Path) -> None:
    out = folder / "collection"
    first = ingest([folder], out, jobs=1)
    assert ingest([folder], out, jobs=1).files == first.files


def test_several_paths_keep_their_names_apart(folder: Path, tmp_path: Path) -> None:
    report = ingest([folder / "sub", folder / "a.mid"], tmp_path / "out", jobs=1)
    paths = [row["path"] for row in report.rows]
    assert paths == [f"{folder}/sub/b.mid", f"{folder}/sub/copy of a.mid", f"{folder}/a.mid"]


def test_what_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no file or folder"):
        ingest([tmp_path / "nowhere"], tmp_path / "out")
    with pytest.raises(BadInput, match=r"There is no collection 'nowhere'.*folk, chorales"):
        Collection.open("nowhere")
    with pytest.raises(UsageError, match="tracks='bass'"):
        Collection.open("folk", tracks="bass")


def band() -> Score:
    lead = melody(3, 20)
    rows = [tuple(row) for row in lead.notes.tolist()]
    rows += [(tick, 200, 43, 90, 1) for tick in range(0, lead.end, 960)]
    rows += [(tick, 60, 36, 90, 2) for tick in range(0, lead.end, 480)]
    return Score.of(rows, tracks=[Track("Lead vocal", 53), Track("Bass", 33), Track("Drums", 0, True)])


def test_tracks_are_chosen_and_the_ledger_says_which(tmp_path: Path) -> None:
    write(band(), tmp_path / "band.mid")
    write(melody(5), tmp_path / "flute.mid")
    drums = ingest([tmp_path / "band.mid", tmp_path / "flute.mid"], tmp_path / "drums", jobs=1, tracks="drums")
    kept, refused = drums.rows
    assert (kept["status"], "left out" in kept["detail"]) == ("kept", True)
    assert (refused["status"], refused["reason"]) == ("refused", "empty")
    kit = Collection.open(tmp_path / "drums", tracks="drums").pieces(duplicates=True)[0].score
    assert [track.is_drum for track in kit.tracks] == [True]
    assert set(kit.notes["pitch"]) == {36}
    tune = ingest([tmp_path / "band.mid"], tmp_path / "melody", jobs=1, tracks="melody")
    assert "Lead vocal" in tune.rows[0]["detail"]
    assert Collection.open(tmp_path / "melody").pieces()[0].notes == 20
    with pytest.raises(UsageError, match="was made with tracks 'melody'"):
        Collection.open(tmp_path / "melody", tracks="drums")


def test_another_version_of_the_folder_is_named(folder: Path, tmp_path: Path) -> None:
    ingest([folder], tmp_path / "out", jobs=1)
    page = tmp_path / "out" / "collection.json"
    page.write_text(page.read_text().replace('"format": 1', '"format": 99'))
    with pytest.raises(BadInput, match="has format 99, this version reads 1"):
        Collection.open(tmp_path / "out")
    page.write_text("{")
    with pytest.raises(BadInput, match="describes no collection"):
        Collection.open(tmp_path / "out")


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes on POSIX systems only")
def test_a_file_name_that_is_no_text_is_no_obstacle(tmp_path: Path) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    name = os.fsdecode(b"caf\xe9.mid")
    try:
        write(melody(1), folder / name)
    except OSError:
        pytest.skip("the file system wants UTF-8 names")
    ingest([folder], tmp_path / "out", jobs=1)
    found = Collection.open(tmp_path / "out")
    assert [piece.id for piece in found.pieces()] == [name]

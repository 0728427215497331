"""Collections: built-in ones, figures, copies between two of them, and where the cache lies."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from etude.data import Collection, cache_folder, duplicates_between
from etude.data.cache import whole_folder
from etude.data.choose import choose_tracks
from etude.data.grid import grid_share
from etude.data.sources import SOURCES
from etude.errors import BadInput, MissingPart, UsageError
from etude.score import Mark, Score, Track, concatenate, transpose

from .conftest import collection, melody


def quartet(seed: int) -> Score:
    parts = [melody(seed + voice, 24, shift=-12 * voice).notes.tolist() for voice in range(4)]
    rows = [(*row[:4], voice) for voice, part in enumerate(parts) for row in part]
    return Score.of(rows, tracks=[Track(name) for name in "SATB"])


def performed(seed: int) -> Score:
    random = np.random.default_rng(seed)
    onsets = np.sort(random.integers(0, 50_000, 200))
    return Score.of(
        [(int(at), 300, int(random.integers(40, 80)), int(random.integers(1, 128)), 0) for at in onsets]
    )


def test_the_summary_tells_kinds_of_music_apart(tmp_path: Path) -> None:
    tunes = collection(tmp_path / "tunes", [melody(seed) for seed in range(5)]).summary()
    assert (tunes.monophonic, tunes.performed, tunes.voices, tunes.drums) == (1.0, 0.0, 1.0, 0.0)
    assert (tunes.pieces, tunes.notes, tunes.meters) == (5, 300, {"4/4": 5})
    assert not tunes.is_performed
    voices = collection(tmp_path / "voices", [quartet(10 * seed) for seed in range(3)]).summary()
    assert (voices.four_voices, voices.voices, voices.monophonic) == (1.0, 4.0, 0.0)
    played = collection(tmp_path / "played", [performed(seed) for seed in range(3)]).summary()
    assert played.is_performed
    assert played.velocities > 50
    kit = melody(1).replace(tracks=[Track("kit", 0, True)])
    chords = melody(2).replace(marks=[Mark(0, "chord", "Am")])
    mixed = collection(tmp_path / "mixed", [kit, chords]).summary()
    assert (mixed.drums, mixed.chord_symbols) == (0.5, 0.5)


def test_the_grid_is_told_from_chance() -> None:
    assert grid_share(melody(1)) == 1.0
    assert grid_share(melody(1, tpq=96)) == 1.0
    assert grid_share(performed(1)) < 0.2


def test_copies_between_collections_are_found_before_training(tmp_path: Path) -> None:
    held = [melody(seed) for seed in range(40)]
    target = collection(tmp_path / "target", held)
    sides = {row.path: row.split for row in target.ledger}
    tested = [number for number in range(40) if sides[f"book.abc#{number + 1}"] in ("valid", "test")]
    trained = [number for number in range(40) if number not in tested]
    exact, moved, partly = held[tested[0]], transpose(held[tested[1]], 4), concatenate(held[tested[0]], melody(900))
    other = collection(tmp_path / "other", [melody(901), exact, moved, partly, held[trained[0]]])
    found = duplicates_between(other, target)
    names = [f"book.abc#{number + 1}" for number in tested]
    assert found == {"book.abc#2": names[0], "book.abc#3": names[1], "book.abc#4": names[0]}
    everything = duplicates_between(other, target, held_out=False)
    assert everything["book.abc#5"] == f"book.abc#{trained[0] + 1}"


def test_pieces_leave_out_what_repeats(tmp_path: Path) -> None:
    found = collection(tmp_path / "c", [melody(1), melody(1), melody(2)])
    assert [piece.id for piece in found.pieces()] == ["book.abc#1", "book.abc#3"]
    assert len(found.pieces(duplicates=True)) == 3
    assert found.piece("book.abc#2").duplicate_of == "book.abc#1"
    with pytest.raises(UsageError, match="There is no split 'dev'"):
        found.pieces("dev")
    with pytest.raises(BadInput, match="There is no piece 'x'"):
        found.piece("x")


def test_a_ledger_line_that_is_none_is_named(tmp_path: Path) -> None:
    found = collection(tmp_path / "c", [melody(1)])
    with open(found.folder / "ledger.jsonl", "a") as out:
        out.write('{"path": 1}\n')
    with pytest.raises(BadInput, match="line 2, is no row"):
        len(found)


def test_the_cache_lies_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ETUDE_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("ETUDE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "etude"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "etude"


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def failing() -> None:
        with whole_folder(tmp_path / "out") as made:
            (made / "new").write_text("half")
            raise RuntimeError("stopped")

    with whole_folder(tmp_path / "out") as made:
        (made / "old").write_text("whole")
        assert not (tmp_path / "out").exists()
    with pytest.raises(RuntimeError, match="stopped"):
        failing()
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "old"]
    with whole_folder(tmp_path / "out") as made:
        (made / "new").write_text("whole")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "new"]
    with whole_folder(tmp_path / "out", keep="new") as made:
        (made / "late").write_text("another process was faster")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "new"]


def test_the_melody_is_the_named_track_or_the_highest_notes() -> None:
    low, high = melody(1, 20, shift=-24), melody(2, 20)
    rows = [*low.notes.tolist(), *[(*row[:4], 1) for row in high.notes.tolist()]]
    named, why = choose_tracks(Score.of(rows, tracks=[Track("Melody"), Track("Strings")]), "melody")
    assert named.notes["pitch"].tolist() == low.notes["pitch"].tolist()
    assert why == "melody: track 1 'Melody'"
    highest, why = choose_tracks(Score.of(rows, tracks=[Track("a"), Track("b")]), "melody")
    assert len(np.unique(highest.notes["onset"])) == len(highest)
    assert "highest notes" in why
    assert choose_tracks(high, "melody")[1] == ""


def test_built_in_collections_need_music21_but_do_not_import_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPart, match=r"etude\[corpora\]"):
        Collection.open("folk")


def test_every_source_says_origin_and_licence() -> None:
    assert all(source.origin and source.licence for source in SOURCES.values())
    closed = {name for name, source in SOURCES.items() if not source.may_ship}
    assert {"maestro-v2", "maestro-v2-notes", "seed-melodies", "poly-music-bl2012", "nottingham"} <= closed
    assert {"folk", "groove"} <= SOURCES.keys() - closed


@pytest.mark.slow
def test_the_built_in_folk_tunes() -> None:
    if importlib.util.find_spec("music21") is None:
        pytest.skip("music21 is not installed")
    found = Collection.open("folk")
    counts = found.page["counts"]
    assert counts["rows"] == 4248
    assert counts["kept"] + counts["repaired"] >= 0.995 * 4248
    sizes = [len(found.pieces(split)) for split in ("train", "valid", "test")]
    assert sizes[0] > 3500
    assert min(sizes[1:]) > 150
    assert found.page["duplicates"]["groups_across_splits"] == 0

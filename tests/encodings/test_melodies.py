"""Letters, notes, chorale and roll: what they keep of the music, and in which numbers."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from etude.encodings import build, decode
from etude.encodings.chorale import Chorale
from etude.encodings.letters import Letters
from etude.encodings.roll import Roll
from etude.errors import BadInput, Reason
from etude.score import Score, Track

QUARTERS = [(0, 480, 60, 80, 0), (480, 480, 62, 80, 0), (960, 480, 67, 80, 0)]


def test_letters_spell_the_seed_alphabet() -> None:
    letters = Letters()
    score = Score.of([*QUARTERS, (2400, 480, 73, 80, 0)])  # a half note of silence, then C sharp
    assert letters.to_text(letters.encode(score)) == "CDGRc"
    again = decode(letters, letters.from_text("CDGRc"))
    assert again.notes["pitch"].tolist() == [60, 62, 67, 61]
    assert again.notes["onset"].tolist() == [0, 480, 960, 1920]


def test_letters_write_a_short_silence_not_at_all() -> None:
    letters = Letters()
    assert letters.to_text(letters.encode(Score.of([(0, 240, 60, 80, 0), (600, 240, 60, 80, 0)]))) == "CC"


def test_letters_refuse_other_characters() -> None:
    with pytest.raises(BadInput, match="'x'"):
        Letters().from_text("CDx")


def test_seed_melodies_survive_letter_by_letter(benchmark_data: Path) -> None:
    letters = Letters()
    with tarfile.open(benchmark_data / "seed-melodies.tar.xz") as archive:
        name = next(n for n in archive.getnames() if n.endswith("melodies365_key0_collapsedR.txt"))
        extracted = archive.extractfile(name)
        assert extracted is not None
        melodies = extracted.read().decode().split()
    for melody in melodies[:40]:
        steps = letters.from_text(melody)
        np.testing.assert_array_equal(letters.encode(decode(letters, steps)), steps)
        assert letters.to_text(steps) == melody


def test_notes_hold_seconds_whatever_the_tempo() -> None:
    encoding = build("notes")
    slow = Score.of(QUARTERS, tempos=[(0, 1_000_000), (480, 250_000)])  # 1 s, then a quarter of a second each
    fields = encoding.fields
    values = [[fields[k].values[v] for k, v in enumerate(step)] for step in encoding.encode(slow)[1:-1].tolist()]  # type: ignore[index]
    assert [value[0] for value in values] == [60, 62, 67]
    assert [value[1] for value in values] == [0, 1.0, 0.25]
    assert [value[2] for value in values] == [1.0, 0.25, 0.25]


def test_long_pauses_do_not_shift_the_grid() -> None:
    encoding = build("notes", time="scored")
    score = Score.of([(0, 480, 60, 80, 0), (480 * 40 + 37, 480, 60, 80, 0), (480 * 41, 480, 62, 80, 0)])
    steps = encoding.encode(score)
    np.testing.assert_array_equal(encoding.encode(decode(encoding, steps)), steps)


def test_notes_choose_their_part() -> None:
    score = Score.of(
        [(0, 480, 60, 80, 0), (0, 480, 72, 80, 1), (0, 120, 36, 80, 2)],
        tracks=[Track("bass"), Track("lead"), Track("kit", 0, True)],
    )
    chosen = {
        part: (build("notes", part=part).encode(score)[1:-1, 0] - 2).tolist()
        for part in ("merged", "first", "skyline", "drums", "lead")
    }
    assert chosen == {"merged": [60, 72], "first": [60], "skyline": [72], "drums": [36], "lead": [72]}
    with pytest.raises(BadInput, match="bass, kit, lead"):
        build("notes", part="viola").encode(score)


def test_a_key_struck_again_ends_the_note_before() -> None:
    encoding = build("notes", time="scored")
    score = Score.of([(0, 960, 60, 80, 0), (480, 480, 60, 80, 0), (480, 240, 60, 90, 0)])
    again = decode(encoding, encoding.encode(score))
    assert again.notes[["onset", "duration"]].tolist() == [(0, 12), (12, 12)]


def test_a_chorale_without_holds_is_the_published_grid(benchmark_data: Path) -> None:
    with tarfile.open(benchmark_data / "jsb-chorales.tar.xz") as archive:
        name = next(n for n in archive.getnames() if n.endswith("Jsb16thSeparated.json"))
        extracted = archive.extractfile(name)
        assert extracted is not None
        pieces = json.load(extracted)
    assert [len(pieces[part]) for part in ("train", "valid", "test")] == [229, 76, 77]
    encoding = Chorale(holds=False)
    cells = sum(encoding.from_grid(piece)[1:-1].size for piece in pieces["valid"])
    assert cells == 73_632
    for piece in pieces["test"][:8]:
        steps = encoding.from_grid(piece)
        np.testing.assert_array_equal(encoding.to_grid(steps), piece)
        np.testing.assert_array_equal(encoding.encode(decode(encoding, steps)), steps)


def test_a_chorale_with_holds_tells_repeated_notes() -> None:
    rows = [(0, 480, 60 + 3 * voice, 80, voice) for voice in range(4)]
    score = Score.of([*rows, (480, 480, 60, 80, 0)])
    with_holds, without = Chorale(), Chorale(holds=False)
    assert with_holds.note_count(with_holds.encode(score)) == 5
    assert without.note_count(without.encode(score)) == 4
    np.testing.assert_array_equal(
        with_holds.to_grid(with_holds.encode(score)), without.to_grid(without.encode(score))
    )


def test_a_chorale_takes_its_voices_by_name_and_refuses_five() -> None:
    names = ["Horn", "Bass", "Soprano", "Alto", "Tenor"]
    rows = [(0, 480, 60 + track, 80, track) for track in range(5)]
    encoding = Chorale()
    grid = encoding.to_grid(encoding.encode(Score.of(rows, tracks=[Track(name) for name in names])))
    assert grid[0].tolist() == [62, 63, 64, 61]
    with pytest.raises(BadInput, match="5 tracks") as caught:
        encoding.encode(Score.of(rows))
    assert caught.value.reason is Reason.NOT_ENCODABLE


def test_a_roll_is_a_matrix_of_keys() -> None:
    roll = Roll(frames=2)
    steps = roll.encode(Score.of([(0, 480, 21, 80, 0), (240, 240, 108, 80, 0)]))
    frames = roll.to_frames(steps)
    assert frames.shape == (2, 88)
    assert np.argwhere(frames).tolist() == [[0, 0], [1, 0], [1, 87]]
    np.testing.assert_array_equal(roll.from_frames(frames), steps)
    with pytest.raises(BadInput, match="88 keys"):
        roll.encode(Score.of([(0, 480, 20, 80, 0)]))

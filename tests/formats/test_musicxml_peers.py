"""Our MusicXML beside music21's and verovio's: the 371 chorales of music21's corpus, and files that we write."""

from __future__ import annotations

import warnings
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etude.formats.musicxml import FORMAT
from etude.formats.musicxml.voices import unison_layers
from etude.score import Mark, Score, Track
from etude.testing.scores import random_score

Note = tuple[Fraction, Fraction, int]  # onset and length in quarters, pitch
SAMPLE = 15


@pytest.fixture(scope="module")
def music21() -> Any:
    """The package, silent."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("music21")


@pytest.fixture(scope="module")
def chorales(music21: Any) -> list[Path]:
    """The MusicXML file of each of the 371 chorales."""
    names = list(music21.corpus.chorales.Iterator(returnType="filename"))
    assert len(names) == 371
    folder = Path(music21.__file__).parent / "corpus"
    endings = (".mxl", ".xml", "z.mxl")  # one name is cut short in the list: bwv18.5-l for bwv18.5-lz
    paths = [next(p for end in endings if (p := folder / f"{name}{end}").is_file()) for name in names]
    return paths


def joined(part: Any) -> Counter[Note]:
    """The notes of a music21 part, tied ones joined pitch by pitch.

    Part.stripTies() is not used: it joins a chord only when every one of its notes is tied (in bwv248.9-1 and
    bwv248.23-2 it leaves tied notes of chords apart).
    """
    heads = []
    for element in part.flatten().notes:
        if element.duration.isGrace or {"Harmony", "Unpitched", "PercussionChord"} & set(element.classes):
            continue
        onset, length = Fraction(element.offset), Fraction(element.quarterLength)
        for head in element.notes if "Chord" in element.classes else [element]:
            tie = head.tie.type if head.tie is not None else ""
            heads.append((onset, length, head.pitch.midi, tie))
    out: list[list[Any]] = []
    waiting: dict[tuple[int, Fraction], list[Any]] = {}
    for onset, length, pitch, tie in sorted(heads):
        row = waiting.pop((pitch, onset), None) if tie in ("stop", "continue") else None
        if row is None:
            row = [onset, length, pitch]
            out.append(row)
        else:
            row[1] += length
        if tie in ("start", "continue"):
            waiting[pitch, onset + length] = row
    return Counter((onset, length, pitch) for onset, length, pitch in out)


def ours(score: Score, track: int) -> Counter[Note]:
    rows = score.notes[score.notes["track"] == track].tolist()
    return Counter((Fraction(o, score.tpq), Fraction(d, score.tpq), pitch) for o, d, pitch, _, _ in rows)


def compare(music21: Any, path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed = music21.converter.parse(str(path), forceSource=True)
        theirs = [joined(part) for part in parsed.parts]
    (reading,) = FORMAT.parse(path.read_bytes())
    assert reading.score is not None
    assert len(reading.score.tracks) == len(theirs), path.name
    for track, expected in enumerate(theirs):
        assert ours(reading.score, track) == expected, f"{path.name}, part {track}"


def test_a_sample_of_the_chorales_reads_as_music21_reads_it(music21: Any, chorales: list[Path]) -> None:
    odd = [path for path in chorales if path.stem in ("bwv248.9-1", "bwv299", "bwv248.23-2")]
    for path in [*chorales[:: 371 // SAMPLE], *odd]:
        compare(music21, path)


@pytest.mark.slow
def test_all_371_chorales_read_as_music21_reads_them(music21: Any, chorales: list[Path]) -> None:
    for path in chorales:
        compare(music21, path)


def test_chorales_come_back_from_our_own_files(chorales: list[Path]) -> None:
    for path in chorales[::12]:
        (first,) = FORMAT.parse(path.read_bytes())
        assert first.score is not None
        (second,) = FORMAT.parse(FORMAT.dump([first.score]))
        assert second.score is not None
        assert second.score.notes.tolist() == first.score.notes.tolist(), path.name
        assert second.score.meters.tolist() == first.score.meters.tolist(), path.name
        assert second.score.keys.tolist() == first.score.keys.tolist(), path.name
        assert _structure(second.score) == _structure(first.score), path.name


def _structure(score: Score) -> list[Mark]:
    return [mark for mark in score.marks if mark.kind not in ("tie", "words")]


def written() -> list[Score]:
    """Scores with chords, voices, triplets, fives and drums."""
    plain = [random_score(seed, notes=80, tracks=3, drums=seed % 2 == 1) for seed in range(3)]
    grids = [random_score(9, notes=60, tracks=1, grid=grid) for grid in (80, 96, 160)]
    pickup = Score.of(
        [(0, 240, 67, 80, 0), *((240 + i * 480, 480, 60 + i, 80, 0) for i in range(9))],
        marks=[
            Mark(0, "pickup", "240"),
            Mark(2160, "repeat_end"),
            Mark(240, "grace", "74"),
            Mark(720, "chord", "Am7"),
        ],
        keys=[(0, -3, 1)],
        tracks=[Track("Fiddle", 40)],
    )
    return [without_unisons(score) for score in (*plain, *grids, pickup)]


def without_unisons(score: Score) -> Score:
    """The Score without notes that begin while their own pitch sounds, whose ties a second reader may mix up."""
    keep = []
    for track in range(len(score.tracks)):
        rows = score.notes[score.notes["track"] == track]
        keep += [row for row, layer in zip(rows.tolist(), unison_layers(rows)) if layer == 0]
    return score.replace(notes=np.array(keep, score.notes.dtype))


@pytest.mark.parametrize("score", written())
def test_music21_reads_the_notes_we_wrote(music21: Any, score: Score) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed = music21.converter.parseData(FORMAT.dump([score]).decode(), format="musicxml")
    for track, row in enumerate(score.tracks):
        staves = [part for part in parsed.parts if part.partName == row.name]
        found = sum((joined(part) for part in staves), Counter())
        if not row.is_drum:
            assert found.total() > 0
            assert found == ours(score, track)


@pytest.mark.parametrize("score", written())
def test_verovio_draws_what_we_wrote(score: Score) -> None:
    from etude.render.sheet import sheet_svg

    pages = sheet_svg(score)
    assert pages
    drawn = sum(page.count('class="notehead"') for page in pages)
    assert drawn >= len(score)

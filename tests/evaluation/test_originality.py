"""Passages that stand in the training music are found: known answers, planted quotations, and the file."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from etude.errors import BadInput
from etude.evaluation import Passages, copied_share, longest_copied, measure_originality
from etude.evaluation.originality import SPAN, Band, Originality, human_band, lines, load_passages, save_passages
from etude.evaluation.originality.order import longest_matches, suffix_order
from etude.score import Mark, Score, Track


def melody(pitches: list[int], step: int = 240, low: list[int] | None = None) -> Score:
    """Notes of `step` ticks one after the other; `low` on a track of its own."""
    notes = [(step * at, step, pitch, 80, 0) for at, pitch in enumerate(pitches)]
    notes += [(step * at, step, pitch, 80, 1) for at, pitch in enumerate(low or [])]
    return Score.of(notes)


def wandering(seed: int, notes: int, low: int = 50) -> list[int]:
    return np.random.default_rng(seed).integers(low, low + 40, notes).tolist()


def tunes(count: int, notes: int = 60) -> list[Score]:
    """Stepwise tunes that share much by chance."""
    random = np.random.default_rng(7)
    return [melody((60 + np.cumsum(random.choice([-2, -1, 1, 2], notes)) % 24).tolist()) for _ in range(count)]


def beats(seed: int, strokes: int, late: int = 0, step: int = 120) -> Score:
    random = np.random.default_rng(seed)
    at = step * np.cumsum(random.choice([1, 2, 3], strokes))
    notes = [
        (int(tick), 60, pitch, 80, 0) for tick in at for pitch in random.choice([36, 38, 42, 46, 49], 2, False)
    ]
    notes = [(tick + late * (pitch % 3), length, pitch, v, t) for tick, length, pitch, v, t in notes]
    return Score.of(notes, tracks=[Track("drums", 0, True)])


@pytest.mark.parametrize("span", [2, SPAN])
def test_every_planted_quotation_is_found_where_it_stands(span: int) -> None:
    sources = tunes(40)
    passages = Passages.of(sources, [f"tune {number}" for number in range(40)], span=span)
    random = np.random.default_rng(1)
    for trial in range(300):
        number, notes = int(random.integers(40)), int(random.integers(SPAN, 30))
        begin, key, step = (int(random.integers(*ends)) for ends in ((0, 60 - notes), (-12, 12), (60, 900)))
        quoted = (sources[number].notes["pitch"][begin : begin + notes].astype(int) + key).tolist()
        head = int(random.integers(0, 20))
        piece = melody([*wandering(trial, head, 20), *quoted, *wandering(-trial % 97, 20, 90 - 20)], step)
        found = measure_originality(piece, passages)
        assert found.longest_copied >= notes
        hits = [
            one for one in found.quotations if one.begin <= head * step and one.end >= (head + notes - 1) * step
        ]
        assert hits, (trial, found)


def test_where_a_quotation_stands_is_told_in_both_pieces() -> None:
    source = melody(wandering(1, 80), 480)  # four notes a bar
    passages = Passages.of([melody(wandering(3, 50)), source], ["first", "second"])
    piece = melody([*wandering(2, 20), *wandering(1, 80)[30:50], *wandering(5, 9)], 240)
    found = measure_originality(piece, passages).quotations[0]
    assert (found.notes, found.voice, found.begin, found.end, found.bar) == (20, "melody", 4800, 39 * 240, 3)
    (place,) = found.places
    assert (place.piece, place.voice, place.note, place.bar) == ("second", "melody", 31, 8)


def test_a_passage_in_several_pieces_names_them_all() -> None:
    tune = wandering(1, 40)
    passages = Passages.of([melody(tune), melody(wandering(2, 40)), melody([p + 3 for p in tune])], ["a", "b", "c"])
    first = measure_originality(melody(tune), passages).quotations[0]
    assert [place.piece for place in first.places] == ["a", "c"]


def test_inner_voices_and_drums_are_looked_up_too() -> None:
    bass = wandering(1, 40, 20)
    passages = Passages.of([melody(wandering(2, 40, 70), low=bass), beats(3, 60)])
    found = measure_originality(melody(wandering(4, 40, 70), low=[pitch + 2 for pitch in bass]), passages)
    assert (found.longest_copied, found.quotations[0].voice, found.copied_share) == (40, "track 2", 0.0)
    assert measure_originality(beats(3, 60), passages).longest_copied == 60
    assert (
        measure_originality(beats(3, 60, late=9, step=240), passages).longest_copied == 60
    )  # slower, and not together
    assert measure_originality(beats(5, 60), passages).longest_copied < 20
    assert [line.voice for line in lines(beats(3, 60))] == ["drums"]


def test_drones_and_chromatic_runs_are_no_quotations() -> None:
    common = [60] * 30 + list(range(62, 78))
    passages = Passages.of([melody(common)])
    for pitches in ([70] * 30, list(range(70, 82))):
        assert longest_copied(melody(pitches), passages) == 1
    assert longest_copied(melody(common), passages) == len(common)


def test_what_the_prompt_quotes_is_not_held_against_the_piece() -> None:
    tune = wandering(1, 60)
    passages = Passages.of([melody(tune)])
    piece = melody([*tune[:40], *wandering(2, 30)])
    assert measure_originality(piece, passages, begin=40 * 240).longest_copied < 8
    assert measure_originality(piece, passages, begin=25 * 240).longest_copied == 15
    assert longest_copied(piece, passages, 25 * 240) == 15
    assert measure_originality(piece, passages, begin=40 * 240).copied_share == 0.0


def test_the_human_band_and_the_verdict() -> None:
    sources, real = tunes(40)[:30], tunes(40)[30:]
    passages = Passages.of(sources)
    band = human_band(real, passages)
    assert band is not None
    assert band.pieces == 10
    values = [longest_copied(score, passages) for score in real]
    assert band.longest == pytest.approx(tuple(np.quantile(values, [0.05, 0.5, 0.95])))
    assert measure_originality(sources[0], passages, band=band).verdict == "copies more than real pieces do"
    assert (
        measure_originality(real[0], passages, band=Band(9, (1, 50, 60), (0, 0, 0))).verdict
        == "as original as real pieces"
    )
    assert human_band(real[:3], passages) is None
    assert "stand in" in str(measure_originality(sources[0], passages, band=band))
    assert str(measure_originality(melody([60]), passages)) == "shares no passage with the training music"


def test_the_hashed_index_survives_its_file(tmp_path: Path) -> None:
    sources = tunes(30)
    hashed, plain = Passages.of(sources, span=SPAN), Passages.of(sources)
    path = tmp_path / "passages.npz"
    save_passages(hashed, path, Band(9, (1.0, 2.0, 3.0), (0.0, 0.1, 0.2)), source="folk")
    again, band = load_passages(path, source="folk")
    assert band == Band(9, (1.0, 2.0, 3.0), (0.0, 0.1, 0.2))
    for piece in tunes(36)[28:]:
        longest = longest_copied(piece, plain)
        assert longest_copied(piece, again) == (longest if longest >= SPAN else 1)
    assert measure_originality(sources[3], again).quotations[0].places[0].piece == "4"
    with pytest.raises(ValueError, match="hashed"):
        save_passages(plain, path)
    with pytest.raises(BadInput, match="other music"):
        load_passages(path, source="chorales")


def test_a_damaged_index_is_refused(tmp_path: Path) -> None:
    hashed = Passages.of(tunes(3), span=SPAN)
    path = tmp_path / "passages.npz"
    for name, change in (("order", 5_000_000), ("starts", 5_000_000), ("owners", 77), ("symbols", 9)):
        values = getattr(hashed, name).copy()
        values[-1] = change
        save_passages(Passages(**{**vars(hashed), name: values}), path)
        with pytest.raises(BadInput, match="hold together"):
            load_passages(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BadInput, match="no index"):
        load_passages(path)


def test_pieces_without_notes() -> None:
    passages = Passages.of([melody([]), melody(wandering(1, 30))], ["empty", "full"])
    assert measure_originality(melody(wandering(1, 30)), passages).quotations[0].places[0].piece == "full"
    found = measure_originality(melody([]), passages)
    assert (found.longest_copied, found.quotations) == (0, ())
    assert math.isnan(found.copied_share)
    assert math.isnan(copied_share(melody([]), Passages.of([])))
    assert isinstance(found, Originality)
    assert found.as_json()["band"] is None


def test_bars_count_from_one_and_a_pickup_is_bar_zero() -> None:
    tune = wandering(1, 30)
    passages = Passages.of([melody(tune).replace(marks=[Mark(0, "pickup", "480")])])
    at = [measure_originality(melody(tune[first:]), passages).quotations[0].places[0].bar for first in (0, 2, 10)]
    assert at == [0, 1, 2]


def test_suffixes_and_matches_are_those_of_a_plain_search() -> None:
    random = np.random.default_rng(0)
    for _ in range(60):
        symbols = np.append(random.integers(2, 5, random.integers(1, 40)), 0).astype(np.uint32)
        order = suffix_order(symbols)
        assert order.tolist() == sorted(range(len(symbols)), key=lambda at: symbols[at:].tolist())
        wanted = np.append(random.integers(2, 5, random.integers(0, 30)), 1).astype(np.uint32)
        found, where = longest_matches(symbols, order, wanted)
        for at, (length, place) in enumerate(zip(found, order[where])):
            assert (symbols[place : place + length] == wanted[at : at + length]).all()
            longer = wanted[at : at + length + 1].tolist()
            windows = [symbols[i : i + length + 1].tolist() for i in range(len(symbols) - length)]
            assert longer not in windows

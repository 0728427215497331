"""Known answers of the measures of sets of pieces, and copies that are found in any key."""

from __future__ import annotations

import math

import numpy as np
import pytest

from etude.evaluation import SET_METRICS, Passages, copied_share, longest_copied, set_measures
from etude.evaluation.diversity import distance, distinct_ngrams, ngrams, self_similarity
from etude.score import Score, Track


def melody(pitches: list[int]) -> Score:
    return Score.of([(240 * at, 240, pitch, 80, 0) for at, pitch in enumerate(pitches)])


def wandering(seed: int, notes: int) -> list[int]:
    return np.random.default_rng(seed).integers(50, 90, notes).tolist()


def test_a_passage_is_found_in_another_key_and_counted_in_notes() -> None:
    source, new = wandering(1, 80), wandering(2, 60)
    training = Passages.of([melody(wandering(3, 50)), melody(source), melody([])])
    piece = melody(new[:20] + [pitch + 5 for pitch in source[30:50]] + new[20:])
    assert longest_copied(piece, training) == 20
    assert copied_share(piece, training) == 20 / 80
    assert training.lengths(piece)[20:32].tolist() == list(range(20, 8, -1))
    assert longest_copied(melody(source), training) == 80
    assert copied_share(melody(source), training) == 1.0


def test_passages_shorter_than_twelve_notes_are_no_copies() -> None:
    source = wandering(1, 80)
    training = Passages.of([melody(source)])
    for notes, share in ((11, 0.0), (12, 12 / 52)):
        piece = melody([*wandering(2, 20), *source[30 : 30 + notes], *wandering(4, 52 - 20 - notes)])
        assert longest_copied(piece, training) == notes
        assert copied_share(piece, training) == share


def test_a_passage_does_not_cross_two_pieces() -> None:
    source = wandering(1, 40)
    training = Passages.of([melody(source[:20]), melody(source[20:])])
    assert longest_copied(melody(source), training) == 20


def test_pieces_without_melody() -> None:
    training = Passages.of([melody(wandering(1, 30))])
    drums = Score.of([(0, 240, 36, 80, 0)], tracks=[Track("drums", 0, True)])
    assert longest_copied(melody([]), training) == 0
    assert longest_copied(melody([60]), training) == longest_copied(drums, training) == 1
    assert math.isnan(copied_share(melody([]), training))
    assert longest_copied(melody(wandering(1, 30)), Passages.of([])) == 1


def test_distinct_and_similar() -> None:
    scale = melody([60, 62, 64, 66, 68, 70, 72])  # six equal intervals: three 4-grams, all alike
    assert ngrams(scale, 4) == [(2, 2, 2, 2)] * 3
    assert distinct_ngrams([scale]) == 1 / 3
    assert self_similarity([scale, scale]) == 1.0
    other = melody([60, 61, 62, 63, 64])
    assert self_similarity([scale, other]) == 0.0
    assert self_similarity([scale, scale, other]) == 1 / 3
    assert math.isnan(self_similarity([scale]))
    assert math.isnan(distinct_ngrams([melody([60])]))


def test_distance_in_bits() -> None:
    up, down = melody([60, 62, 64, 66]), melody([66, 64, 62, 60])
    assert distance([up], [up]) == pytest.approx(0.0)
    assert distance([up], [down]) == pytest.approx(1.0)
    assert distance([up], [up, down]) == pytest.approx(0.311278, abs=1e-6)  # (1, 0) against (1/2, 1/2)
    assert math.isnan(distance([melody([])], [up]))


def test_all_measures_of_a_set_have_a_name_and_a_source() -> None:
    found = set_measures([melody(wandering(1, 40)), melody([])], [melody(wandering(1, 40))])
    assert list(found) == [metric.name for metric in SET_METRICS]
    assert found["copied_share"] == 1.0
    assert found["longest_copied"] == 40
    assert all(metric.source and metric.unit and metric.better for metric in SET_METRICS)

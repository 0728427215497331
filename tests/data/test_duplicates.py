"""What counts as a duplicate, and how groups form."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from etude.data import duplicates
from etude.data.duplicates import find_duplicates, near_pairs
from etude.data.fingerprints import Fingerprint, fingerprint, passages
from etude.formats.letters import SYMBOLS, parse_line
from etude.score import Score, concatenate, cut, resample, stretch, transpose

from .conftest import melody


def prints(*scores: Score) -> list[Fingerprint]:
    return [fingerprint(score) for score in scores]


def kinds(*scores: Score) -> list[tuple[int, int, str]]:
    return [(pair.first, pair.second, pair.kind) for pair in find_duplicates(prints(*scores)).pairs]


def test_the_same_notes_are_found_in_other_ticks_and_another_tempo() -> None:
    tune = melody(1)
    assert kinds(tune, stretch(resample(tune, 96), 2.0), melody(2)) == [(0, 1, "notes")]


def test_another_key_is_found_but_is_not_the_same() -> None:
    assert kinds(melody(1), melody(2), transpose(melody(1), 5)) == [(0, 2, "transposed")]


def test_letters_in_another_key_are_found_though_their_octave_turns_over() -> None:
    random = np.random.default_rng(1)
    codes = random.integers(0, 12, 40)

    def line(shift: int, *, rest: int = 13) -> Score:
        symbols = [SYMBOLS[(code + shift) % 12] for code in codes.tolist()]
        symbols[rest] = "R"
        score = parse_line("".join(symbols)).score
        assert score is not None
        return score

    lines = [line(shift) for shift in range(12)]
    assert np.abs(np.diff(lines[0].notes["pitch"].astype(int)) - np.diff(lines[7].notes["pitch"].astype(int))).any()
    found = [pair for pair in kinds(*lines) if pair[2] != "near"]
    assert found == [(0, number, "transposed") for number in range(1, 12)]
    assert kinds(lines[0], line(7, rest=14)) == [(0, 1, "near")]


def test_a_long_shared_passage_is_near_and_a_short_one_is_not() -> None:
    first = melody(1)
    half = first.notes["onset"][30]
    variant = concatenate(cut(first, 0, int(half)), transpose(melody(3, 30), 2))
    assert kinds(first, variant) == [(0, 1, "near")]
    eighth = concatenate(cut(first, 0, int(first.notes["onset"][10])), melody(3))
    assert kinds(first, eighth) == []


def test_other_tunes_are_left_alone() -> None:
    assert kinds(*(melody(seed) for seed in range(60))) == []


def test_a_passage_that_everybody_plays_is_no_evidence() -> None:
    figure = melody(99, 24)
    many = [concatenate(figure, melody(seed, 20)) for seed in range(duplicates.COMMON + 1)]
    assert near_pairs(prints(*many)) == []
    assert len(near_pairs(prints(*many[:2]))) == 1


def test_groups_do_not_chain_into_one() -> None:
    pieces = [melody(seed, 30) for seed in range(60)]
    chain = [concatenate(a, b) for a, b in pairwise(pieces)]  # each shares half with the next
    found = find_duplicates(prints(*chain))
    assert len([pair for pair in found.pairs if pair.kind == "near"]) == len(chain) - 1
    assert np.bincount(found.group).max() <= duplicates.GROUP_LEAST
    assert found.refused_joins > 0


def test_the_same_notes_join_however_many_there_are() -> None:
    found = find_duplicates(prints(*[melody(1)] * 40))
    assert set(found.group.tolist()) == {0}


def test_drums_are_compared_as_struck() -> None:
    beats = Score.of([(i * 240, 60, 36 if i % 3 else 38, 90, 0) for i in range(40)]).replace(
        tracks=[melody(1).tracks[0].__class__("kit", 0, True)]
    )
    higher = beats.replace(notes=[(*row.tolist()[:2], row["pitch"] + 1, 90, 0) for row in beats.notes])
    assert kinds(beats, higher) == []
    assert kinds(beats, beats) == [(0, 1, "notes")]


def test_each_passage_of_a_tune_counts_once() -> None:
    tune = fingerprint(melody(1, 40))
    twice = fingerprint(concatenate(melody(1, 40), melody(1, 40)))
    hashes, owners = passages([tune.symbols, twice.symbols])
    assert np.bincount(owners)[0] == len(tune.symbols) - 11
    assert len(np.unique(hashes[owners == 1])) == (owners == 1).sum()


@pytest.mark.parametrize("notes", [0, 1, 5])
def test_tunes_too_short_to_compare_are_only_compared_whole(notes: int) -> None:
    tiny = Score.of([(i * 480, 480, 60 + i, 80, 0) for i in range(notes)])
    assert kinds(tiny, melody(1), tiny) == [(0, 2, "notes")]


def test_a_drone_is_no_evidence() -> None:
    lengths = [960 if i % 13 == 0 else 480 for i in range(60)]
    onsets = [sum(lengths[:i]) for i in range(60)]
    drone = Score.of([(at, length, 60, 80, 0) for at, length in zip(onsets, lengths)])
    assert kinds(concatenate(drone, melody(1, 20)), concatenate(melody(2, 20), drone)) == []


def test_one_shared_phrase_of_a_short_tune_is_not_enough() -> None:
    phrase = melody(5, 14)
    first, second = (concatenate(phrase, melody(seed, 10)) for seed in (6, 7))
    assert kinds(first, second) == []


def test_another_harmony_and_held_notes_hide_no_tune() -> None:
    tune = melody(1)
    rows = tune.notes.tolist()
    under = [(onset + 120, 60, 43 + onset % 7, 80, 1) for onset, *_ in rows if onset % 480 == 0]
    other = [(onset + 240, 60, 40 + onset % 5, 80, 1) for onset, *_ in rows if onset % 960 == 0]
    joined = []
    for onset, duration, pitch, *_ in rows:
        if joined and joined[-1][2] == pitch:
            joined[-1] = (joined[-1][0], joined[-1][1] + duration, *joined[-1][2:])
        else:
            joined.append((onset, duration, pitch, 80, 0))
    pair = find_duplicates(prints(Score.of(rows + under), Score.of(joined + other))).pairs[0]
    assert pair.kind == "near"
    assert pair.share > 0.8

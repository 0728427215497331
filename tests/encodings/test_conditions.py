"""Composer and era as control steps: what they say, what they leave alone, and how a piece is begun with them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from etude.encodings import build, decode
from etude.encodings.conditions import ERA_OF, ERAS, KNOWN, era_of
from etude.errors import UsageError
from etude.evaluation.protocols import Protocol
from etude.sampling import Length, compose
from etude.score import Metadata, Score
from etude.stepper import Stepper
from etude.testing.encoding_laws import check_encoding

FIRST = 130  # the values of `notes` end below
TUNE = Score.of([(0, 480, 60, 80, 0), (480, 480, 64, 80, 0)])


def by(composer: str, era: str = "") -> Score:
    return dataclasses.replace(TUNE, meta=Metadata(composer=composer, extra=(("era", era),) if era else ()))


def test_without_conditions_steps_are_what_they_were() -> None:
    plain, told = build("notes"), build("notes", conditions="composer,era")
    assert plain.fields[0].size == 130
    assert told.fields[0].size == 130 + 1 + len(KNOWN) + 1 + len(ERAS)
    steps = told.encode(by("Frédéric Chopin"))
    np.testing.assert_array_equal(steps[[0, *range(3, len(steps))]], plain.encode(TUNE))
    assert plain.note_count(plain.encode(TUNE)) == told.note_count(steps) == 2


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("Frédéric Chopin", "Chopin"),
        ("chopin", "Chopin"),
        ("Franz Schubert / Franz Liszt", "Schubert"),
        ("Isaac Albéniz", "Albéniz"),
        ("Nikolai Rimsky-Korsakov", "Rimsky-Korsakov"),
        ("Somebody Else", ""),
        ("", ""),
    ],
)
def test_composers_are_known_by_surname(written: str, known: str) -> None:
    told = build("notes", conditions="composer")
    assert decode(told, told.encode(by(written))).meta.composer == known


def test_an_era_comes_from_the_composer_unless_it_is_stated() -> None:
    assert era_of(Metadata(composer="Johann Sebastian Bach")) == "baroque"
    assert era_of(Metadata(composer="Claude Debussy")) == "modern"
    assert era_of(Metadata(composer="Claude Debussy", extra=(("era", "baroque"),))) == "baroque"
    assert era_of(Metadata(composer="Nobody")) == ""
    assert set(ERA_OF.values()) == set(ERAS)
    assert len(KNOWN) == len(ERA_OF), "two composers of one surname"


@pytest.mark.parametrize("kinds", ["composer", "era", "composer,era", "era, composer"])
def test_laws_on_music_with_composers(kinds: str) -> None:
    scores = [by("Johann Sebastian Bach"), by("Chopin"), by("Chopin", "modern"), by("Nobody"), TUNE]
    assert check_encoding(build("notes", conditions=kinds), scores) == len(scores)


def test_the_mask_asks_for_the_conditions_first_and_never_again() -> None:
    told = build("notes", conditions="composer,era", composers=["Bach", "Field"])
    reader = told.reader()
    assert np.flatnonzero(reader.allowed()).tolist() == [FIRST, FIRST + 1, FIRST + 2]
    assert np.flatnonzero(reader.allowed([FIRST])).tolist() == [0]
    assert reader.feed([FIRST + 1, 0, 0, 0]) == ()
    assert np.flatnonzero(reader.allowed()).tolist() == list(range(FIRST + 3, FIRST + 8))
    reader.feed([FIRST + 3, 0, 0, 0])
    assert not reader.allowed()[FIRST:].any()
    assert not reader.allowed()[1], "a piece has a note at least"
    reader.feed([62, 0, 5, 16])
    assert reader.allowed()[1]


def test_an_opening_tells_what_is_asked_for() -> None:
    told: Any = build("notes", conditions="composer,era")
    meta = decode(told, told.opening({"composer": "Chopin"})).meta
    assert (meta.composer, meta.get("era")) == ("Chopin", "")
    meta = decode(told, told.opening({"era": "MODERN"})).meta
    assert (meta.composer, meta.get("era")) == ("", "modern")
    for asked in ({"composer": "Nobody"}, {"era": "rococo"}, {"key": "D"}):
        with pytest.raises(UsageError):
            told.opening(asked)


@pytest.mark.parametrize(
    "settings",
    [
        {"conditions": "mood"},
        {"conditions": "era,era"},
        {"conditions": "composer", "composers": ["A B", "b"]},
        {"conditions": "composer", "composers": "Bach"},
        {"conditions": "label"},
    ],
)
def test_conditions_that_make_no_sense_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        build("notes", **settings)


class _Louder:
    """Prefers pitch 60 in pieces by the first composer, 72 in all others: what it hears decides what it draws."""

    def __init__(self, sizes: tuple[int, ...]) -> None:
        self.field_sizes = sizes

    def start(self) -> int:
        return 72

    def fork(self, state: int) -> int:
        return state

    def feed(self, state: int, steps: np.ndarray) -> int:
        return 60 if FIRST + 1 in steps[:, 0] else state

    def logits(self, state: int, chosen: tuple[int, ...] = ()) -> np.ndarray:
        scores = np.zeros(self.field_sizes[len(chosen)], np.float32)
        scores[2 + state if not chosen else 1] = 50
        return scores


def test_a_composition_hears_its_composer() -> None:
    told: Any = build("notes", conditions="composer", composers=["Bach", "Chopin"])
    stepper: Stepper = _Louder(tuple(field.size for field in told.fields))  # type: ignore[assignment]
    heard = {}
    for name in ("Bach", "Chopin"):
        made = compose(stepper, told, prompt=told.opening({"composer": name}), length=Length(steps=3))
        heard[name] = set(made.score.notes["pitch"].tolist())
        assert len(made.score) == 3
    assert heard == {"Bach": {60}, "Chopin": {72}}


def test_a_protocol_can_take_conditions_as_given() -> None:
    told = build("notes", conditions="composer,era")
    steps = told.encode(by("Chopin"))
    assert Protocol.parse("full").counted(steps).tolist() == [True, True, True, True, True]
    assert Protocol.parse("full:given=2").counted(steps).tolist() == [False, False, True, True, True]
    two = np.concatenate([steps, steps])
    counted = Protocol.parse("windows:11:given=2:no-end").counted(two)
    assert counted.tolist() == [False, False, True, True, False, False, False, False, True, True, False]
    assert str(Protocol.parse("windows:11:given=2:no-end")) == "windows:11:no-end:given=2"
    for text in ("full:given", "full:given=x", "given=2"):
        with pytest.raises(UsageError):
            Protocol.parse(text)

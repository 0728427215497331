"""Models of known memory: what they gain from hearing more, and where."""

from __future__ import annotations

import math

import numpy as np
import pytest

from etude.encodings import build
from etude.evaluation import Uniform
from etude.evaluation.remembering import (
    WHOLE,
    by_place,
    mean_of,
    prices,
    remembered,
    second_strain,
    strain_gain,
    strains,
)
from etude.models.ngram import NGram
from etude.score import Mark, Score

ENCODING = build("letters")
SIZES = tuple(field.size for field in ENCODING.fields)


class Copies:
    """Knows a symbol at `sure` nats when the same stood `lag` steps before, and it sees that far; else `unsure`."""

    field_sizes = SIZES

    def __init__(self, lag: int, unsure: float = 2.0, sure: float = 0.5) -> None:
        self.lag, self.unsure, self.sure = lag, unsure, sure

    def nats(self, steps):
        symbols = steps[:, 0]
        targets = np.arange(1, len(symbols))
        before = targets - self.lag
        known = (before >= 0) & (symbols[np.maximum(before, 0)] == symbols[targets])
        return np.where(known, self.sure, self.unsure)[:, None]


class Bewildered:
    """Dear in proportion to what is in view beyond `enough` steps, as a network past the lengths it learned on."""

    field_sizes = SIZES

    def __init__(self, enough: int) -> None:
        self.enough = enough

    def nats(self, steps):
        return 1.0 + 0.01 * np.maximum(np.arange(len(steps) - 1) - self.enough, 0.0)[:, None]


def pieces(count: int, strain: int = 40) -> list[np.ndarray]:
    """A strain of random notes, heard twice."""
    random = np.random.default_rng(1)
    out = []
    for _ in range(count):
        pitches = random.integers(60, 72, strain).tolist() * 2
        score = Score.of([(480 * at, 480, pitch, 80, 0) for at, pitch in enumerate(pitches)])
        out.append(ENCODING.encode(score))
    return out


def test_places_double_in_length_and_each_is_the_mean_of_its_steps() -> None:
    nats = [np.arange(40.0), np.full(20, 3.0)]
    found = by_place(nats)
    assert list(found) == ["1-16", "17-32", "33-64"]
    assert found["1-16"].value == pytest.approx((np.arange(16).sum() + 48) / 32)
    assert found["17-32"].value == pytest.approx((np.arange(16, 32).sum() + 12) / 20)
    assert found["33-64"].value == pytest.approx(np.arange(32, 40).mean())
    assert math.isnan(found["33-64"].low)  # of one piece
    assert found["1-16"].low < found["1-16"].value < found["1-16"].high
    assert by_place([]) == {"1-16": mean_of([])}


def test_memory_shows_at_the_context_that_reaches_back_and_in_the_second_strain() -> None:
    held = pieces(8)
    found = remembered({"copies": Copies(40), "uniform": Uniform(SIZES)}, held, ENCODING)
    chance = 39 / 480  # of a note being that of forty steps before by luck: about 1 / 12
    mine = found["copies"]
    assert list(mine.by_context) == ["16", "32", "64", WHOLE]
    assert mine.by_context["16"].value == mine.by_context["32"].value == 2.0
    assert mine.by_context["64"].value == mine.by_context[WHOLE].value == pytest.approx(1.25, abs=0.02)
    assert mine.context_gain == pytest.approx(0.75, abs=0.02)
    assert mine.strain_gain.value == pytest.approx(1.5, abs=1.5 * chance)
    assert mine.strain_gain.low > 1.3
    none = found["uniform"]
    assert none.context_gain == pytest.approx(0.0)
    assert none.strain_gain.value == pytest.approx(0.0)
    assert none.by_place["1-16"].value == pytest.approx(math.log(SIZES[0]))
    assert mine.as_json()["by_context"][WHOLE]["value"] == mine.by_context[WHOLE].value


def test_a_model_that_loses_its_way_in_whole_pieces_is_found_out() -> None:
    found = remembered({"lost": Bewildered(40), "copies": Copies(40)}, pieces(8), ENCODING)
    lost = found["lost"]
    assert lost.best_context in ("16", "32")
    assert lost.overlong.value == pytest.approx(np.maximum(np.arange(80) - 40, 0).mean() / 100)
    assert lost.overlong.low > 0
    assert lost.as_json()["overlong"]["value"] == lost.overlong.value
    assert found["copies"].best_context in ("64", WHOLE)
    assert found["copies"].overlong.value == 0


def test_the_end_step_is_left_out() -> None:
    held = pieces(1)
    assert [len(one) for one in prices(Uniform(SIZES), held)] == [len(held[0]) - 2]
    assert [len(one) for one in prices(Uniform(SIZES), held, 16)] == [len(held[0]) - 2]


def test_the_ngram_remembers_only_with_copying_and_is_fitted_on_other_pieces() -> None:
    train, held = pieces(30)[10:], pieces(10)
    copying = NGram.fit(train, SIZES)
    found = remembered({"ngram": copying.without_copying(), "ngram+copy": copying}, held, ENCODING)
    assert found["ngram+copy"].strain_gain.low > 0.8
    assert abs(found["ngram"].strain_gain.value) < 0.2
    assert found["ngram+copy"].context_gain > 0.4 > found["ngram"].context_gain + 0.2
    whole = found["ngram+copy"].by_context[WHOLE].value
    other = remembered({"m": copying}, held, ENCODING, fitted_on=held)["m"].by_context[WHOLE].value
    assert other < whole  # weights fitted on the very pieces look better than they are


class Fitted(Uniform):
    """Prices only what it was not fitted on, each piece by its own length."""

    def tuned(self, sequences, visible=None):
        fitted = Fitted(self.field_sizes)
        object.__setattr__(fitted, "known", {piece.tobytes() for piece in sequences})
        return fitted

    def nats(self, steps):
        assert steps.tobytes() not in self.known
        return np.full((len(steps) - 1, 1), float(len(steps)))


def test_no_piece_is_priced_by_weights_fitted_on_it() -> None:
    held = [piece[: 20 + 2 * number] for number, piece in enumerate(pieces(5))]
    expected = np.concatenate([np.full(len(piece) - 1, len(piece)) for piece in held]).mean()
    found = remembered({"fitted": Fitted(SIZES)}, held, ENCODING, contexts=())
    assert found["fitted"].by_context[WHOLE].value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([], 480 * 16),
        ([Mark(480 * 12, "repeat_end", "")], 480 * 12),
        (
            [Mark(0, "repeat_start", ""), Mark(480 * 12, "repeat_end", ""), Mark(480 * 20, "repeat_start", "")],
            480 * 20,
        ),
        ([Mark(480 * 4, "repeat_end", ""), Mark(480 * 24, "barline", "||")], 480 * 24),
        ([Mark(480 * 12, "barline", "|"), Mark(480 * 30, "repeat_end", "")], 480 * 16),
    ],
)
def test_where_the_second_strain_begins(marks: list[Mark], expected: int) -> None:
    score = Score.of([(480 * at, 480, 60, 80, 0) for at in range(32)], marks=marks)
    assert second_strain(score) == expected


def test_steps_of_the_strains() -> None:
    held = pieces(1)[0]
    begin, middle = strains(ENCODING, held)
    assert begin in (0, 1)  # letters are certain once the next one is read
    assert middle - begin == 40
    assert strains(ENCODING, held[:1]) == (0, 0)
    gain = strain_gain([np.r_[np.full(10, 9.0), np.full(5, 3.0), np.full(5, 1.0)]], [(10, 15)])
    assert gain.value == 2.0
    assert math.isnan(strain_gain([np.ones(4)], [(0, 0)]).value)


def test_strains_of_raw_text_are_found_too() -> None:
    encoding = build("abc-characters", raw=True)
    head, strain = "X:1\nT:One\nM:4/4\nL:1/8\nK:C\n", "CDEF GABc|cBAG FEDC"
    steps = encoding.from_text(f"{head}|:{strain}:|:{strain}:|\n")
    begin, middle = strains(encoding, steps)
    text = head + "|:" + strain + ":|:" + strain
    assert abs(begin - text.index("CDEF")) <= 1
    assert abs(middle - (len(head) + 2 + len(strain) + 3)) <= 1
    assert strains(encoding, encoding.from_text(head)) == (0, 0)

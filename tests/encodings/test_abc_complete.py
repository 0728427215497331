"""Under the mask of complete tunes every bar is right by the checker that real tunes go through."""

from __future__ import annotations

import numpy as np
import pytest

from etude.encodings import decode
from etude.encodings.abc.characters import ALPHABET, AbcCharacters
from etude.encodings.abc.tokens import AbcTokens
from etude.encodings.abc.vocabulary import values_of
from etude.errors import BadInput, Reason
from etude.formats.abc import FORMAT, bar_check, check_tune
from etude.score import Score

HEAD = "X:1\nR:jig\nM:6/8\nL:1/8\nK:G\n"


def read(text: str) -> Score:
    (reading,) = FORMAT.parse(text.encode())
    assert reading.score is not None
    return reading.score


def eager(encoding: AbcTokens | AbcCharacters, seed: int, liked: list[int], cap: int = 600) -> np.ndarray:
    """Steps drawn under the mask, ending as soon as they may and taking one of `liked` wherever a coin says so."""
    random, reader, steps = np.random.default_rng(seed), encoding.reader(), [[0]]
    while steps[-1][0] != 1 and len(steps) < cap:
        allowed = np.flatnonzero(reader.allowed())
        wanted = [value for value in liked if value in allowed]
        coin = wanted and random.random() < 0.4
        steps.append([1 if 1 in allowed else int(random.choice(wanted if coin else allowed))])
        reader.feed(steps[-1])
    return np.array(steps, np.int32)


def test_drawn_characters_are_right_tunes() -> None:
    encoding = AbcCharacters(complete=True)
    liked = [2 + ALPHABET.index(character) for character in "|:2"]
    ended = 0
    for seed in range(30):
        steps = eager(encoding, seed, liked)
        if steps[-1, 0] == 1:
            ended += 1
            found = check_tune(encoding.to_text(steps))
            assert found.right, (seed, found.problems)
    assert ended >= 8


def test_drawn_tokens_are_right_tunes() -> None:
    encoding = AbcTokens(complete=True)
    ended = 0
    for seed in range(60):
        steps = eager(encoding, seed, values_of("line", "ending"))
        if steps[-1, 0] == 1:
            ended += 1
            score = decode(encoding, steps)
            assert len(score)
            assert not bar_check(score), seed
    assert ended >= 15


@pytest.mark.parametrize(
    "body",
    [
        "GAB c2d|edc BAG|]",
        "D|GAB c2d|edc BA:|",
        "D|GAB c2d|edc BA:|G|GAB c2d|edc BA:|",
        "D|GAB c2d|edc BAG|GAB c2d|edc BA|]",
        "D|GAB c2d|1 edc BA:|2 edc BAG|]",
        "GAB c2d|edc:|BAG|GAB c2d|]",
    ],
)
def test_complete_tunes_are_held(body: str) -> None:
    score = read(HEAD + body + "\n")
    for encoding in (AbcTokens(complete=True), AbcCharacters(complete=True)):
        steps = encoding.encode(score)
        reader = encoding.reader()
        for step in steps[1:].tolist():
            assert reader.allowed()[step[0]]
            reader.feed(step)
        assert len(decode(encoding, steps)) == len(score)


@pytest.mark.parametrize("body", ["D|GAB c2d|edc BAG:|", "D|GAB c2d|edc BAG|]", "D|GAB c2d|edc BAG|\nM:9/8\nG9|]"])
def test_incomplete_tunes_are_refused(body: str) -> None:
    score = read(HEAD + body + "\n")
    AbcTokens().encode(score)
    for encoding in (AbcTokens(complete=True), AbcCharacters(complete=True)):
        with pytest.raises(BadInput, match="not completed") as caught:
            encoding.encode(score)
        assert caught.value.reason is Reason.NOT_ENCODABLE

"""Known answers of the checker of ABC text: each wrong tune is wrong in one way; real ways of writing are right."""

from __future__ import annotations

import pytest

from etude.formats.abc import check_tune

HEAD = "X:1\nT:t\nM:6/8\nL:1/8\nK:G\n"
PLAIN = HEAD + "GAB c2d|edc BAG|AGA BGE|D3 G3|]!\n"

RIGHT = {
    "plain": PLAIN,
    "pickup, and a last bar that completes it": HEAD + "D|GAB c2d|edc BA:|!\n",
    "pickup of a tune without repeats, ended in a full bar": HEAD + "D|GAB c2d|edc BAG|]\n",
    "two parts, each with its own pickup": HEAD + "D|GAB c2d|edc BA:|!\nG|GAB c2d|edc BA:|!\n",
    "a repeat inside a bar": HEAD + "GAB c2d|edc:|BAG|GAB c2d|]\n",
    "endings that each complete the pickup": HEAD + "D|GAB c2d|1 edc BA:|2 edc GA|]\n",
    "a tuplet and broken rhythm": HEAD + "(3GAB c2 d2|e>d c3 B|A6|]\n",
    "a change of meter": HEAD + "GAB c2d|edc BAG|\nM:9/8\nGAB cBA G3|]\n",
}
WRONG = {
    "a long bar": (HEAD + "GAB c2d|edc BAGG|A6|]\n", "bar 2 is long: 1680 of 1440 ticks", 1),
    "a short bar": (HEAD + "GAB c2d|edc BA|A6|]\n", "bar 2 is short: 1200 of 1440 ticks", 1),
    "a last bar that completes no pickup": (HEAD + "GAB c2d|edc BAG:|\nGAB c2d|edc B2:|\n", "bar 4 is join", 1),
    "a pickup that nothing completes": (HEAD + "D|GAB c2d|edc BAG:|!\n", "bar 1 is join", 1),
    "a tune cut off inside a bar": (HEAD + "GAB c2d|edc BAG:|\nGAB c2d|edc BAG|GA", "bar 5 is join", 1),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_tunes_are_right(name: str) -> None:
    found = check_tune(RIGHT[name])
    assert found.right, found.problems


@pytest.mark.parametrize("name", WRONG)
def test_wrong_bars_are_found_and_counted(name: str) -> None:
    text, problem, count = WRONG[name]
    found = check_tune(text)
    assert found.syntax
    assert not found.bars_right
    assert found.wrong_bars == count
    assert found.problems[0].startswith(problem)
    assert found.bars > count


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no line starts with 'X:'"),
        ("GABc dedB", "no line starts with 'X:'"),
        ("X:1\nM:6/8\nGAB c2d|]\n", "K: field"),
        ("X:1\nM:6/8\nK:G\n", "no notes"),
        (PLAIN + "\n" + PLAIN, "2 tunes"),
        (PLAIN.replace("K:G", "K:Gxyz"), "is not understood"),
        (PLAIN.replace("M:6/8", "M:six"), "is not understood"),
        (PLAIN.replace("c2d", "c2§d"), "signs left out"),
        (PLAIN + "\nwords that are no music at all\n", "outside the tune"),
        ("some words\n" + PLAIN, "outside the tune"),
    ],
)
def test_wrong_syntax_is_wrong_and_says_why(text: str, problem: str) -> None:
    found = check_tune(text)
    assert not found.syntax
    assert not found.right
    assert problem in found.problems[0]

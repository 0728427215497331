"""What people say of pairs: read as it was saved, counted against known figures, never invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from etude.apps.cli.main import cli
from etude.errors import BadInput
from etude.lab.listening.answers import Answer, as_csv, as_json, read_answers
from etude.lab.listening.results import NOBODY, read_pairs, results
from etude.lab.listening.scales import SCALES

KEY = {
    number: {"pair": number, "against": "real" if number % 2 else "baseline", "ours": "ab"[number // 2 % 2]}
    for number in range(1, 9)
}


def said(rater: str, pair: int, ours: bool | None, mark: int = 4, other: int = 2, at: str = "") -> Answer:
    """An answer that prefers the model, the other, or neither, with one mark for either on every scale."""
    side = str(KEY[pair]["ours"])
    theirs = "b" if side == "a" else "a"
    chosen = "equal" if ours is None else side if ours else theirs
    marks = {(side, scale): mark for scale in SCALES} | {(theirs, scale): other for scale in SCALES}
    return Answer(rater, pair, chosen, marks, at=at)


def exported(pair: int = 1, **changed: Any) -> dict[str, Any]:
    """One answer as the page saves it."""
    marks = dict.fromkeys(SCALES, 3)
    whole = {"pair": pair, "preference": "a", "ratings": {"a": marks, "b": marks}, "comment": "", "at": "1"}
    return {**whole, "heard": True, **changed}


def folder_with(tmp_path: Path, *files: dict[str, Any]) -> Path:
    """A key of eight pairs, and files of answers where they are looked for."""
    page = {"format": 1, "set": "abc", "count": 8, "pairs": list(KEY.values())}
    (tmp_path / "key.json").write_text(json.dumps(page))
    (tmp_path / "answers").mkdir()
    for number, file in enumerate(files):
        (tmp_path / "answers" / f"{number}.json").write_text(json.dumps(file))
    return tmp_path


def sheet(rater: str, *answers: dict[str, Any], name: str = "abc") -> dict[str, Any]:
    return {"format": 1, "set": name, "rater": rater, "answers": list(answers)}


def test_nobody_has_listened_yet(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    found = read_pairs(folder)
    assert found.sentence == NOBODY
    told = found.answer()
    assert (told["answers"], told["raters"], told["preferred"], told["rated"], told["agreement"]) == (
        0,
        0,
        [],
        [],
        {},
    )
    done = CliRunner().invoke(cli, ["pairs", "read", str(folder)])
    assert done.exit_code == 0
    assert NOBODY in done.output
    assert not any(character.isdigit() for character in done.output.replace("95 %", "")), "a figure out of nothing"
    assert read_pairs(folder_with_empty(folder)).sentence == NOBODY


def folder_with_empty(folder: Path) -> Path:
    """The same with a file that somebody saved before saying anything."""
    (folder / "answers" / "empty.json").write_text(json.dumps(sheet("me")))
    return folder


def test_choices_are_counted_for_the_model_wherever_it_stood() -> None:
    """Three of four answers against real music prefer the model: 0.75, exactly 0.194 to 0.994."""
    answers = [said("x", 1, True), said("x", 3, True), said("x", 5, False), said("y", 7, True), said("y", 1, None)]
    (row,) = results(answers, KEY).preferred
    assert (row.against, row.raters, row.equal) == ("real", 2, 1)
    assert (row.answers.wins, row.answers.choices, row.answers.value) == (3, 4, 0.75)
    assert (row.answers.low, row.answers.high) == (pytest.approx(0.1941, abs=1e-4), pytest.approx(0.9937, abs=1e-4))
    assert row.answers.verdict == "no evidence"


def test_pairs_count_once_however_many_judged_them() -> None:
    answers = [said(rater, 2, True) for rater in "uvw"] + [said("u", 4, False)]
    answers += [said("u", 6, True), said("v", 6, False)]  # a draw
    (row,) = results(answers, KEY).preferred
    assert (row.answers.wins, row.answers.choices) == (4, 6)
    assert (row.pairs.wins, row.pairs.choices) == (1, 2)


def test_marks_are_means_over_pairs_with_the_models_first() -> None:
    rated = results([said("x", 1, True, 5, 2), said("y", 1, True, 3, 2), said("x", 3, False, 1, 4)], KEY).rated
    assert [row.scale for row in rated] == list(SCALES)
    assert all((row.ours, row.theirs, row.difference.value) == (2.5, 3.0, -0.5) for row in rated)


def test_agreement_is_one_where_all_agree_and_unknown_for_one() -> None:
    same = [said(rater, pair, pair < 5, 1 + pair % 5, 2) for rater in "xy" for pair in KEY]
    assert all(value == pytest.approx(1) for value in results(same, KEY).agreement.values())
    alone = results(same[:8], KEY).agreement
    assert all(value != value for value in alone.values())
    against = [said("x", pair, True, 5, 1) for pair in KEY] + [said("y", pair, False, 1, 5) for pair in KEY]
    assert all(value < 0 for value in results(against, KEY).agreement.values())


def test_the_later_answer_of_a_person_stands(tmp_path: Path) -> None:
    files = [sheet("me", exported(preference="b", at="2")), sheet("me", exported(preference="a", at="1"))]
    found = read_pairs(folder_with(tmp_path, *files, sheet("you", exported())))
    assert (found.replaced, len(found.answers), found.raters) == (1, 2, 2)
    assert found.answers[0].preference == "b"
    assert "1 given again" in found.sentence


WRONG = {
    "other pairs": sheet("me", exported(), name="xyz"),
    "no such pair": sheet("me", exported(pair=9)),
    "not heard": sheet("me", exported(heard=False)),
    "a mark too high": sheet("me", exported(ratings={"a": {"variety": 6}, "b": {}})),
    "a mark that is none": sheet("me", exported(ratings={"a": {"variety": True}, "b": {}})),
    "an unknown scale": sheet("me", exported(ratings={"a": {"loudness": 3}, "b": {}})),
    "a third side": sheet("me", exported(preference="c")),
    "nobody's": sheet(" ", exported()),
    "a key is missing": {"set": "abc", "rater": "me", "answers": [{"pair": 1}]},
    "no answers": {"set": "abc", "rater": "me"},
    "a list": {"set": "abc", "rater": "me", "answers": [3]},
}


@pytest.mark.parametrize("file", WRONG.values(), ids=WRONG)
def test_what_the_page_cannot_have_saved_is_refused_by_name(tmp_path: Path, file: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=r"0\.json"):
        read_pairs(folder_with(tmp_path, file))


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"{", b"PK\x03\x04", b"a,b\n1,2\n"])
def test_odd_files_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "odd"
    path.write_bytes(data)
    with pytest.raises(BadInput, match="odd"):
        read_answers([path], "abc", 8)
    with pytest.raises(BadInput, match="cannot be read"):
        read_answers([tmp_path / "missing"], "abc", 8)


def test_a_folder_without_a_key(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no key"):
        read_pairs(tmp_path)
    (tmp_path / "key.json").write_text("[1]")
    with pytest.raises(BadInput, match="is no key of pairs"):
        read_pairs(tmp_path)
    (tmp_path / "key.json").write_text('{"format": 99, "set": "x", "count": 0, "pairs": []}')
    with pytest.raises(BadInput, match="this version"):
        read_pairs(tmp_path)


def test_the_table_says_all_of_it(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, sheet("me", *(exported(pair, comment="hm") for pair in KEY)))
    done = CliRunner().invoke(cli, ["pairs", "read", str(folder), "--json"])
    told = json.loads(done.output)
    assert told["said"] == "8 answers by 1 person."
    assert [row["against"] for row in told["preferred"]] == ["baseline", "real"]
    assert told["agreement"] == {"preference": None, **dict.fromkeys(SCALES)}
    assert len(told["comments"]) == 8
    shown = CliRunner().invoke(cli, ["pairs", "read", str(folder)]).output
    assert all(title in shown for title, _ in SCALES.values())


def alone(rater: str, piece: int, mark: int) -> Answer:
    """An answer to a single piece, with one mark on every scale."""
    return Answer(rater, piece, None, {("a", scale): mark for scale in SCALES})


def test_single_pieces_are_held_against_each_other_without_pairs() -> None:
    key = {at: {"pair": at, "against": source} for at, source in enumerate(["model", "real", "model", "real"], 1)}
    found = results([alone("x", 1, 5), alone("y", 1, 3), alone("x", 2, 2), alone("x", 3, 2), alone("x", 4, 1)], key)
    assert found.preferred == []
    assert [row.scale for row in found.rated] == list(SCALES)
    assert all((row.ours, row.theirs, row.difference.value) == (3.0, 1.5, 1.5) for row in found.rated)
    assert all(0 <= row.difference.low < 1.5 < row.difference.high <= 3 for row in found.rated)


def test_what_is_heard_twice_is_counted_for_people_and_not_for_the_model() -> None:
    again = {"pair": 9, "against": "real", "ours": "a" if KEY[1]["ours"] == "b" else "b", "repeats": 1}
    key = {**KEY, 9: again}
    first = said("x", 1, True)
    turned = Answer("x", 9, str(again["ours"]), {})
    found = results([first, turned], key)
    assert [vars(one) for one in found.checks] == [{"rater": "x", "asked": 1, "same": 1}]
    assert found.preferred[0].answers.choices == 1
    same_side = Answer("x", 9, first.preference, {})
    assert results([first, same_side], key).checks[0].same == 0
    marked = {1: {"pair": 1, "against": "model"}, 2: {"pair": 2, "against": "model", "repeats": 1}}
    for mark, agreed in ((4, 1), (5, 1), (2, 0)):
        assert results([alone("x", 1, 4), alone("x", 2, mark)], marked).checks[0].same == agreed


def test_all_answers_in_one_file_are_read_as_they_were_given(tmp_path: Path) -> None:
    people = [sheet("me", exported(comment='so "so", eh')), sheet("you", exported(2), exported(3, preference=None))]
    apart = read_pairs(folder_with(tmp_path, *people)).answers
    for name, write in (("all.json", as_json), ("all.csv", as_csv)):
        (tmp_path / name).write_bytes(write("abc", people))
        assert read_answers([tmp_path / name], "abc", 8).each == apart

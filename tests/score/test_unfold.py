"""Repeats played out: known answers, written as short ABC tunes and the letters they must sound as."""

from __future__ import annotations

import pytest

from etude import limits
from etude.errors import BadInput, Reason
from etude.formats.abc import FORMAT
from etude.score import Mark, Score, bar_starts, unfold, unfolded_rows

HEADER = "X:1\nT:t\nM:4/4\nL:1/1\nK:C\n"


def read(body: str, header: str = HEADER) -> Score:
    reading = FORMAT.parse((header + body + "\n").encode())[0]
    assert reading.score is not None, reading.detail
    return reading.score


def letters(score: Score) -> str:
    return "".join("CcDdEFfGgAaB"[pitch % 12] for pitch in score.notes["pitch"])


@pytest.mark.parametrize(
    ("body", "sounds"),
    [
        ("C|D|E|", "CDE"),
        ("C|D:|E|F:|", "CDCDEFEF"),
        ("|:C|D:|:E|F:|", "CDCDEFEF"),
        ("|:C|D::E|F:|", "CDCDEFEF"),
        ("C|:D|E:|F|", "CDEDEF"),
        ("|:C|D|1E:|2F|]", "CDECDF"),
        ("|:C|1D:|2E:|F|", "CDCEF"),
        ("|:C|1D|2E||F|", "CDCEF"),
        ("|:C|1,3D:|2,4E:|F|]", "CDCECDCEF"),
        ("|:C|1-3D:|4E||", "CDCDCDCE"),
        ("|:C|1D:|2E:|3F|]", "CDCECF"),
        ("|::C|D::|E|", "CDCDCDE"),
        ("C!fine!|D|E!D.C.!|]", "CDEC"),
        ('C"^Fine"|D|E"_D.C. al Fine"|]', "CDEC"),
        ("|:C:|D!fine!|E!D.C.alfine!|]", "CCDECD"),
        ("C|!segno!D|E!fine!|F!D.S.!|]", "CDEFDE"),
        ("C|!segno!D!dacoda!|E|F!D.S.alcoda!|!coda!G|A|]", "CDEFDGA"),
        ("C|OD|E!D.C.alcoda!|OF|G|]", "CDECFG"),
        ("|:C|1D:|2E!fine!|]F!D.C.!|]", "CDCEFCE"),
        ("C|D!D.C.!|", "CDCD"),
        ("|:C:|:D|1E:|2F|]", "CCDEDF"),
        ("C|1D:|2E|]F|G:|", "CDCEFGFG"),
        ("C||D:|", "CDCD"),
        ("C:|D||E:|", "CCDEE"),
        ("C:|D|]E:|F||G:|", "CCDEEFGG"),
        ("|:C||D:|", "CDCD"),
    ],
)
def test_known_answers(body: str, sounds: str) -> None:
    score = read(body)
    played = unfold(score)
    assert letters(played) == sounds
    assert score.notes["pitch"][unfolded_rows(score)].tolist() == played.notes["pitch"].tolist()
    assert played.notes["onset"].tolist() == [1920 * bar for bar in range(len(sounds))]
    assert not {"repeat_start", "repeat_end", "ending", "da_capo", "fine"} & {mark.kind for mark in played.marks}


def test_a_score_without_repeats_is_returned_as_it_is() -> None:
    score = read("C|D|E|")
    assert unfold(score) is score
    assert unfolded_rows(score).tolist() == [0, 1, 2]


def test_key_meter_and_tempo_follow_the_music_back() -> None:
    played = unfold(read("|:C|[K:D][M:3/4][Q:1/4=60]F3/4:|"))
    assert [(int(r["tick"]), int(r["fifths"])) for r in played.keys] == [(0, 0), (1920, 2), (3360, 0), (5280, 2)]
    meters = [(int(r["tick"]), int(r["numerator"])) for r in played.meters]
    assert meters == [(0, 4), (1920, 3), (3360, 4), (5280, 3)]
    assert [int(r["tick"]) for r in played.tempos] == [0, 1920, 3360, 5280]
    assert bar_starts(played).tolist() == [0, 1920, 3360, 5280, 6720]


def test_pickups_complete_the_bar_before_them() -> None:
    played = unfold(read("G2|C4 D4|E6:|", "X:1\nM:4/4\nL:1/8\nK:C\n"))
    assert bar_starts(played).tolist() == [0, 480, 2400, 4320, 6240, 8160]
    assert [(m.tick, m.kind, m.text) for m in played.marks] == [(0, "pickup", "480")]


def test_a_full_last_bar_before_a_pickup_shifts_the_bars() -> None:
    played = unfold(read("G2|C8:|", "X:1\nM:4/4\nL:1/8\nK:C\n"))
    assert bar_starts(played).tolist() == [0, 480, 2400, 2880, 4800]


def test_notes_held_over_a_repeat_sign_stop_there() -> None:
    score = Score.of([(0, 960, 60, 80, 0), (480, 2400, 64, 80, 0)], marks=[Mark(1920, "repeat_end")])
    played = unfold(score)
    assert [(int(n["onset"]), int(n["duration"])) for n in played.notes] == [
        *((0, 960), (480, 1440), (1920, 960), (2400, 2400)),
    ]
    assert played.end == 1920 + 2880


def test_repeats_that_explode_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UNFOLDED_NOTES", 1000)
    score = Score.of([(0, 480, 60, 80, 0)], marks=[Mark(480, "repeat_end", "9999999")])
    with pytest.raises(BadInput) as caught:
        unfold(score)
    assert caught.value.reason is Reason.TOO_LARGE

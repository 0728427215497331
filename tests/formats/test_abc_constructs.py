"""The ABC reader on what books hold: every construct of the standard, old habits, and broken text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etude import limits
from etude.errors import BadInput, Reason
from etude.formats.abc import FORMAT, bar_check, tunes
from etude.formats.base import Reading
from etude.score import Score, bar_starts

HEADER = "X:1\nT:t\nM:4/4\nL:1/8\nK:C\n"


def reading(body: str, header: str = HEADER) -> Reading:
    return FORMAT.parse((header + body + "\n").encode())[0]


def read(body: str, header: str = HEADER) -> Score:
    score = reading(body, header).score
    assert score is not None
    return score


def rows(score: Score) -> list[tuple[int, int, int]]:
    return [(int(n["onset"]), int(n["duration"]), int(n["pitch"])) for n in score.notes]


def marks(score: Score, kind: str) -> list[tuple[int, str]]:
    return [(mark.tick, mark.text) for mark in score.marks if mark.kind == kind]


@pytest.mark.parametrize(
    ("body", "durations"),
    [
        ("c>d e<f", [360, 120, 120, 360]),
        ("c>>d e<<<f", [420, 60, 30, 450]),
        ("c2>d2 c/>d/", [720, 240, 180, 60]),
        ('c> "Am"{g}d', [360, 120]),
        ("(c>.d) [ce]>f", [360, 120, 360, 360, 120]),
        ("c>z d", [360, 240]),
        ("(3cde (3c2d2e2 f", [160, 160, 160, 320, 320, 320, 240]),
        ("(2cd (4cdef", [360, 360, 180, 180, 180, 180]),
        ("(5cdefg", [96, 96, 96, 96, 96]),
        ("(3:2:4c2def g", [320, 160, 160, 160, 240]),
        ("(3::2c2d e", [320, 160, 240]),
        ("(7cdefgab", [69, 68, 69, 68, 69, 68, 69]),
        ("(3A>BC d", [240, 80, 160, 240]),
        ("c// d/4 e7/2 f//", [60, 60, 840, 60]),
    ],
)
def test_rhythm(body: str, durations: list[int]) -> None:
    assert read(body).notes["duration"].tolist() == durations


def test_five_in_compound_time_takes_three() -> None:
    score = read("(5cdefg a", "X:1\nM:6/8\nL:1/8\nK:C\n")
    assert [row[0] for row in rows(score)] == [0, 144, 288, 432, 576, 720]


def test_ties_join_notes_and_slurs_do_not() -> None:
    assert rows(read("c2-c2 d-e|f4-|f4|")) == [(0, 960, 72), (960, 240, 74), (1200, 240, 76), (1440, 1920, 77)]
    assert [row[1] for row in rows(read("[c-e]2 [ce]2"))] == [960, 480, 480]
    assert rows(read("^c4-|c2 c2|"))[0] == (0, 1440, 73)  # the tie carries the sharp over the bar line
    assert [row[2] for row in rows(read("^c4-|c2 c2|"))] == [73, 72]
    assert marks(read("c2-c2 d4-|d2 e2-e|"), "tie") == [(480, "72"), (2880, "76")]  # d: at a bar line
    assert [row[1] for row in rows(read("c2-:|c2|"))] == [480, 480]


def test_chords_rests_and_spacers() -> None:
    score = read("[CEG]2 z2 x y [C2E2]/ Z|c")
    assert rows(score)[:3] == [(0, 480, 60), (0, 480, 64), (0, 480, 67)]
    assert rows(score)[3:] == [(1200, 240, 60), (1200, 240, 64), (1440 + 1920, 240, 72)]
    assert [row[2] for row in rows(read("+CEG+ c"))] == [60, 64, 67, 72]


def test_grace_notes_are_marks() -> None:
    score = read("{ga}c {/^f}d")
    assert len(score) == 2
    assert marks(score, "grace") == [(0, "79 81"), (240, "78")]


def test_texts_chord_symbols_and_words() -> None:
    score = read('"Am7"c "^slow"d "F#/C#"e !trill!f "D.C."g|\nw: one two- three * four')
    assert marks(score, "chord") == [(0, "Am7"), (480, "F#/C#")]
    assert marks(score, "words") == [(240, "slow")]
    assert marks(score, "lyric") == [(0, "one"), (240, "two-"), (480, "three"), (960, "four")]
    assert marks(score, "da_capo") == [(1200, "")]


def test_words_skip_to_the_next_bar() -> None:
    score = read("cdef|gabc'|\nw: a | b_c~d e\\-f")
    assert marks(score, "lyric") == [(0, "a"), (960, "b"), (1440, "c d"), (1680, "e-f")]


@pytest.mark.parametrize(
    ("text", "quarters"),
    [
        ("1/4=120", 120),
        ('"Allegro" 1/4=90', 90),
        ('3/8=60 "Slow"', 90),
        ("1/4 1/8=100", 150),
        ("120", 60),
        ("C=100", 50),
        ("C2=100", 100),
        ('"Andante"', 88),
        ("1/2 = 60.5", 121),
    ],
)
def test_tempos(text: str, quarters: float) -> None:
    score = read("c", f"X:1\nL:1/8\nQ:{text}\nK:C\n")
    assert int(score.tempos[0]["microseconds"]) == round(60e6 / quarters)


@pytest.mark.parametrize(
    ("meter", "expected", "unit"),
    [
        ("C", (4, 4), 240),
        ("C|", (2, 2), 240),
        ("2+3/8", (5, 8), 120),
        ("(2+2+3)/8", (7, 8), 240),
        ("2/4", (2, 4), 120),
        ("6/8", (6, 8), 240),
        ("none", (4, 4), 240),
    ],
)
def test_meters_and_the_unit_they_imply(meter: str, expected: tuple[int, int], unit: int) -> None:
    score = read("c", f"X:1\nM:{meter}\nK:C\n")
    assert (int(score.meters[0]["numerator"]), int(score.meters[0]["denominator"])) == expected
    assert int(score.notes[0]["duration"]) == unit


@pytest.mark.parametrize(
    ("key", "pitches"),
    [
        ("D =c", [65 + 1, 72]),
        ("D exp _b", [65, 72]),
        ("none", [65, 72]),
        ("HP", [66, 73]),
        ("C clef=treble-8", [53, 60]),
        ("C transpose=2", [67, 74]),
        ("C octave=1", [77, 84]),
    ],
)
def test_key_parameters(key: str, pitches: list[int]) -> None:
    assert read("Fc", f"X:1\nL:1/8\nK:{key}\n").notes["pitch"].tolist() == pitches


def test_inline_fields_change_what_follows() -> None:
    score = read("F[K:D]F[L:1/4]F[M:3/4][Q:1/4=60]F|")
    assert [(row[1], row[2]) for row in rows(score)] == [(240, 65), (240, 66), (480, 66), (480, 66)]
    assert score.meters["tick"].tolist() == [0, 960]
    assert score.tempos["tick"].tolist() == [0, 960]


def test_voices_start_together_and_keep_their_accidentals() -> None:
    header = 'X:1\nL:1/8\nV:1 name="Upper"\nV:2 clef=bass-8\nK:C\n'
    score = read("[V:1] ^cc|c4|\n[V:2] CC|C4|\n", header)
    assert score.notes[score.notes["track"] == 0]["pitch"].tolist() == [73, 73, 72]
    assert score.notes[score.notes["track"] == 1]["pitch"].tolist() == [48, 48, 48]
    assert [track.name for track in score.tracks] == ["Upper", ""]


def test_an_overlay_is_a_second_layer_of_the_bar() -> None:
    assert rows(read("c4 & C2 D2 | e"))[:3] == [(0, 480, 60), (0, 960, 72), (480, 480, 62)]
    assert rows(read("c4 & C2 D2 | e"))[3] == (960, 240, 76)


def test_metadata_and_credits_are_kept() -> None:
    header = (
        "X:7\nT:First\nT:Second\nC:Comp\\'er\nO:Ireland\nR:jig\nZ:A. Transcriber\nN:a note\n"
        "%%etude compose --seed 3\nK:C\n"
    )
    meta = read("c", header).meta
    assert (meta.title, meta.composer, meta.origin) == ("First", "Compér", "Ireland")
    assert meta.reproduce == "compose --seed 3"
    assert (meta.get("number"), meta.get("rhythm"), meta.get("transcriber")) == ("7", "jig", "A. Transcriber")
    assert meta.get("title") == "Second"


def test_old_habits() -> None:
    score = read("dcB|ABA AGF|!\nM:9/8 EDC DA,B, CDE|!\nM:6/8 Ddd e3|f3 d3:|!", "X:1\nM:6/8\nL:1/8\nK:D\n")
    assert [(int(r["tick"]), int(r["numerator"])) for r in score.meters] == [(0, 6), (2160, 9), (4320, 6)]
    assert len(score) == 3 + 6 + 9 + 4 + 2
    assert len(read("c>d!ef\\\n% a comment\n`g``a!fermata!b | % more\n%%staffsep 1\nc")) == 8


def test_irregular_bars_are_marked_so_that_bars_can_be_counted() -> None:
    score = read("c8|c8:|AB|c8|c4|c8|c12|c8|")
    starts = [0, 1920, 3840, 4320, 6240, 7200, 9120, 11040, 12000, 13920]
    assert bar_starts(score).tolist() == starts
    assert marks(score, "barline") == [(4320, "|"), (7200, "|"), (11040, "[|]"), (12000, "|")]


def test_bar_check_names_the_bars_that_do_not_fit() -> None:
    assert bar_check(read("G2|c8|c4 c2:|G2|c8|c6|]")) == []
    assert bar_check(read("|:G2|c8|1c6:|2c6|]")) == []
    found = bar_check(read("c8|c4|c8|c8c2|c8|"))
    assert [(e.bar, e.tick, e.length, e.problem) for e in found] == [
        (2, 1920, 960, "short"),
        (4, 4800, 2400, "long"),
    ]
    assert [e.problem for e in bar_check(read("|:G2|c8|c8:|"))] == ["join"]
    assert bar_check(read("G2|c8|c8|]")) == []


COURSE_FILE = "X:1\nT:one\nK:C\nCDE|\n\nwords between\n\nX:2\nT:two\nK:G\n\nGAB|\n\nDEF|GAB|\n\nmore words here"


def test_the_splitter() -> None:
    assert [tune.splitlines()[-1] for tune in tunes(COURSE_FILE)] == ["CDE|", "DEF|GAB|"]
    assert tunes("X:1\nT:a\nK:C\nCDE|") == ["X:1\nT:a\nK:C\nCDE|"]  # the course's pattern finds none here
    assert tunes("nothing") == []
    assert len(tunes("T:no number\nK:C\nCDE|")) == 1


@pytest.mark.parametrize("encode", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_character_sets_and_line_ends(encode: str, line_end: str) -> None:
    data = "X:1\nT:Café\nK:C\nCDE|\n".replace("\n", line_end).encode(encode)
    (found,) = FORMAT.parse(data)
    assert found.score is not None
    assert found.score.meta.title == "Café"
    assert len(found.score) == 3


def test_a_file_header_holds_for_every_tune() -> None:
    data = b"M:3/4\nL:1/4\nR:waltz\n\nX:1\nK:C\nCDE|\n\nX:2\nM:4/4\nK:C\nCDEF|\n"
    first, second = (found.score for found in FORMAT.parse(data))
    assert first is not None
    assert second is not None
    assert int(first.meters[0]["numerator"]) == 3
    assert int(second.meters[0]["numerator"]) == 4
    assert first.notes["duration"].tolist() == [480] * 3
    assert second.meta.get("rhythm") == "waltz"


def test_refusals_name_reason_and_line(monkeypatch: pytest.MonkeyPatch) -> None:
    long_number = reading("c" + "9" * 30)
    assert (long_number.status, long_number.reason) == ("refused", Reason.BAD_NUMBER)
    assert "line 6" in long_number.detail
    assert reading("c" + "'" * 9).reason is Reason.BAD_NUMBER
    assert reading("Z9999|" * 2000).reason is Reason.TOO_LARGE
    assert reading("C99999999999" * 200).reason is Reason.TOO_LARGE
    assert reading("c99999", "X:1\nM:1/128\nL:1/1\nK:C\n").reason is Reason.TOO_LARGE
    monkeypatch.setattr(limits, "NOTES", 10)
    assert reading("c" * 20).reason is Reason.TOO_LARGE


def test_what_is_mended_is_said() -> None:
    found = reading("c[M:9/9]d[K:Cxyz]e")
    assert (found.status, found.reason) == ("repaired", Reason.BAD_EVENT)
    assert "meter" in found.detail
    assert reading("c{{d").score is not None
    assert reading("cde???@@ 5 d").warnings == ("signs left out: 5",)


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"X:1\x00\nK:C\n"])
def test_no_text_is_bad_input(data: bytes) -> None:
    with pytest.raises(BadInput):
        FORMAT.parse(data)


@settings(deadline=None, max_examples=400)
@given(st.text("ABcdgz0123456789:/|[]^_=,'()<>{}~.-ZxyMKLQTVwPI \n\"!%&+\\S", max_size=120))
def test_any_text_is_read_or_refused(body: str) -> None:
    for found in FORMAT.parse(("X:1\nK:C\n" + body).encode()):
        assert (found.score is None) == (found.status == "refused")
        if found.score is not None:
            bar_check(found.score)
            FORMAT.parse(FORMAT.dump([found.score]))


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_bad_input(data: bytes) -> None:
    try:
        found = FORMAT.parse(data)
    except BadInput:
        return
    assert found


def test_time_grows_with_the_length_of_the_text() -> None:
    import time

    def seconds(count: int) -> float:
        data = (HEADER + ('(3ABc "Am"[CEG]2-[CEG]2 {ga}d>e|1 f4:|2 g4||\n' * count)).encode()
        start = time.process_time()
        assert len(FORMAT.parse(data)[0].score or ()) > 0
        return time.process_time() - start

    seconds(100)
    assert seconds(4000) < 9 * max(seconds(1000), 0.02)  # linear is 4, quadratic 16


def test_deep_or_endless_signs_do_no_harm() -> None:
    for body in (
        '["a' * 30_000,
        '["' * 40_000,
        "[a" * 50_000,
        "(3" * 40_000,
        "(" * 50_000,
        "[" * 50_000,
        "{" * 50_000,
        ":" * 50_000,
        "|:" * 20_000,
        "!" * 50_000,
        '"' * 49_999,
    ):
        assert reading("c" + body + "d").status in ("kept", "refused", "repaired")
    assert np.isfinite(read("c" + ":" * 5000 + "|d").duration)

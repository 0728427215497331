"""Reading MusicXML: every element that changes what sounds, from files small enough to check by eye."""

from __future__ import annotations

import pytest

from etude.errors import BadInput, Reason
from etude.formats.base import Reading
from etude.formats.musicxml import FORMAT, compress
from etude.score import Score


def xml(*parts: str, head: str = "", rows: str = "") -> bytes:
    """A partwise document of parts, each given as its measures."""
    listed = rows or "".join(
        f'<score-part id="P{n}"><part-name>Part {n}</part-name></score-part>' for n in range(1, len(parts) + 1)
    )
    body = "".join(f'<part id="P{n}">{measures}</part>' for n, measures in enumerate(parts, 1))
    return (
        f'<?xml version="1.0"?><score-partwise>{head}<part-list>{listed}</part-list>{body}</score-partwise>'
    ).encode()


def bar(content: str, number: int = 1, more: str = "") -> str:
    return f'<measure number="{number}"{more}>{content}</measure>'


def start(divisions: int = 2, time: str = "4/4", more: str = "") -> str:
    above, below = time.split("/")
    return (
        f"<attributes><divisions>{divisions}</divisions>{more}"
        f"<time><beats>{above}</beats><beat-type>{below}</beat-type></time></attributes>"
    )


def note(name: str, duration: int, more: str = "", before: str = "") -> str:
    """`name` is a letter, # or b, and an octave; "r" is a rest."""
    if name == "r":
        return f"<note><rest/><duration>{duration}</duration>{more}</note>"
    alter = {"#": "<alter>1</alter>", "b": "<alter>-1</alter>"}.get(name[1], "")
    pitch = f"<pitch><step>{name[0]}</step>{alter}<octave>{name[-1]}</octave></pitch>"
    return f"<note>{before}{pitch}<duration>{duration}</duration>{more}</note>"


def reading(data: bytes) -> Reading:
    (only,) = FORMAT.parse(data)
    return only


def score(data: bytes) -> Score:
    found = reading(data).score
    assert found is not None
    return found


def rows(found: Score) -> list[tuple[int, ...]]:
    """(onset, duration, pitch, track) of every note."""
    return [(onset, length, pitch, track) for onset, length, pitch, _, track in found.notes.tolist()]


def marks(found: Score) -> list[tuple[int, str, str]]:
    return [(mark.tick, mark.kind, mark.text) for mark in found.marks]


def test_a_bar_of_notes_and_rests_in_480_ticks() -> None:
    found = score(xml(bar(start() + note("C4", 2) + note("F#4", 3) + note("r", 1) + note("Bb3", 2))))
    assert found.tpq == 480
    assert rows(found) == [(0, 480, 60, 0), (480, 720, 66, 0), (1440, 480, 58, 0)]
    assert set(found.notes["velocity"]) == {80}
    assert found.meters.tolist() == [(0, 4, 4)]
    assert found.tracks[0].name == "Part 1"


def test_ticks_are_the_common_multiple_where_480_will_not_do() -> None:
    second = bar("<attributes><divisions>7</divisions></attributes>" + note("C4", 28), 2)
    found = score(xml(bar(start(4) + note("C4", 16)) + second))
    assert found.tpq == 28
    assert rows(found) == [(0, 112, 60, 0), (112, 112, 60, 0)]


def test_divisions_without_a_small_common_multiple_are_rounded_and_say_so() -> None:
    changes = [3001, 3011, 3019]
    measures = "".join(
        bar((start(d) if i == 0 else f"<attributes><divisions>{d}</divisions></attributes>") + note("C4", 4 * d))
        for i, d in enumerate(changes)
    )
    mended = reading(xml(measures))
    assert mended.status == "repaired"
    assert mended.reason == Reason.BAD_TIME
    assert mended.score is not None
    assert rows(mended.score) == [(i * 40320, 40320, 60, 0) for i in range(3)]


def test_backup_forward_chords_voices_and_staves_share_one_track() -> None:
    content = (
        start(1)
        + note("E5", 1)
        + note("G5", 1, before="<chord/>")
        + note("D5", 3)
        + "<backup><duration>4</duration></backup><forward><duration>2</duration></forward>"
        + note("C3", 2, "<voice>5</voice><staff>2</staff>")
    )
    assert rows(score(xml(bar(content)))) == [
        (0, 480, 76, 0),
        (0, 480, 79, 0),
        (480, 1440, 74, 0),
        (960, 960, 48, 0),
    ]


def test_tied_notes_are_one_and_only_the_tied_pitch_of_a_chord_goes_on() -> None:
    tie, tied = '<tie type="start"/>', '<tie type="stop"/>'
    first = bar(start(1) + note("r", 3) + note("C4", 1, tie) + note("E4", 1, before="<chord/>"))
    second = bar(note("C4", 2, tied) + note("E4", 2, before="<chord/>") + note("C4", 2), 2)
    assert rows(score(xml(first + second))) == [
        (1440, 1440, 60, 0),
        (1440, 480, 64, 0),
        (1920, 960, 64, 0),
        (2880, 960, 60, 0),
    ]


def test_a_tie_that_the_beat_does_not_explain_leaves_a_mark() -> None:
    content = start(1) + note("C4", 1, '<tie type="start"/>') + note("C4", 1, '<tie type="stop"/>') + note("r", 2)
    assert marks(score(xml(bar(content)))) == [(480, "tie", "60")]
    content = start(2) + note("C4", 4, '<tie type="start"/>') + note("C4", 1, '<tie type="stop"/>') + note("r", 3)
    assert marks(score(xml(bar(content)))) == []  # five eighths are written like that anyway


def test_tied_notes_stay_in_their_voices_when_two_voices_have_the_same_pitch() -> None:
    tie, tied = '<tie type="start"/><voice>{}</voice>', '<tie type="stop"/><voice>{}</voice>'
    back = "<backup><duration>4</duration></backup>"
    first = bar(start(1) + note("C4", 4, tie.format(1)) + back + note("r", 2) + note("C4", 2, tie.format(2)))
    second = bar(note("C4", 1, tied.format(1)) + note("r", 3) + back + note("C4", 4, tied.format(2)), 2)
    assert sorted(rows(score(xml(first + second)))) == [(0, 2400, 60, 0), (960, 2880, 60, 0)]


def test_grace_notes_are_marks_before_their_note() -> None:
    grace = "<note><grace/><pitch><step>{}</step><octave>5</octave></pitch></note>"
    content = start(1) + note("C4", 1) + grace.format("D") + grace.format("E") + note("C5", 3)
    found = score(xml(bar(content)))
    assert rows(found) == [(0, 480, 60, 0), (480, 1440, 72, 0)]
    assert marks(found) == [(480, "grace", "74 76")]


def test_tuplets_have_their_lengths_and_a_mark() -> None:
    ratio = (
        "<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>"
        "<notations>{}</notations>"
    )
    middle = ratio.replace("<notations>{}</notations>", "")
    content = (
        start(3)
        + note("C4", 2, ratio.format('<tuplet type="start"/>'))
        + note("D4", 2, middle)
        + note("E4", 2, ratio.format('<tuplet type="stop"/>'))
        + note("F4", 6)
    )
    found = score(xml(bar(content)))
    assert [row[:2] for row in rows(found)] == [(0, 320), (320, 320), (640, 320), (960, 960)]
    assert marks(found) == [(0, "tuplet", "3:2:3")]


@pytest.mark.parametrize("implicit", [' implicit="yes"', ""])
def test_a_short_first_measure_is_a_pickup(implicit: str) -> None:
    found = score(xml(bar(start(1) + note("G4", 1), 0, implicit) + bar(note("C5", 4)) + bar(note("D5", 4), 2)))
    assert marks(found) == [(0, "pickup", "480")]
    assert found.meters.tolist() == [(0, 4, 4)]
    assert [row[0] for row in rows(found)] == [0, 480, 2400]


def test_a_bar_split_by_a_repeat_stays_one_bar() -> None:
    ends = '<barline location="right"><repeat direction="backward"/></barline>'
    measures = (
        bar(start(1) + note("C4", 4)) + bar(note("D4", 3) + ends, 2) + bar(note("E4", 1), 3) + bar(note("F4", 4), 4)
    )
    found = score(xml(measures))
    assert found.meters.tolist() == [(0, 4, 4)]
    assert (1920 + 1440, "repeat_end", "") in marks(found)


def test_a_bar_that_is_too_short_starts_the_next_one_early() -> None:
    measures = bar(start(1) + note("C4", 4)) + bar(note("D4", 3), 2) + bar(note("E4", 4), 3) + bar(note("F4", 4), 4)
    assert score(xml(measures)).meters.tolist() == [(0, 4, 4), (1920 + 1440, 4, 4)]


def test_keys_modes_and_transposing_instruments() -> None:
    clarinet = "<key><fifths>2</fifths><mode>minor</mode></key>"
    shift = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
    content = f"<attributes><divisions>1</divisions>{clarinet}{shift}</attributes>" + note("D5", 4)
    found = score(xml(bar(content)))
    assert found.notes["pitch"].tolist() == [72]
    assert found.keys.tolist() == [(0, 0, 1)]
    octave = "<transpose><chromatic>0</chromatic><octave-change>-1</octave-change></transpose>"
    low = score(xml(bar(f"<attributes><divisions>1</divisions>{octave}</attributes>" + note("E3", 4))))
    assert low.notes["pitch"].tolist() == [40]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("<time><beats>3+2</beats><beat-type>8</beat-type></time>", (0, 5, 8)),
        (
            "<time><beats>3</beats><beat-type>8</beat-type><beats>2</beats><beat-type>4</beat-type></time>",
            (0, 7, 8),
        ),
        ("<time><senza-misura/></time>", (0, 5, 4)),
    ],
)
def test_composite_and_free_times(time: str, expected: tuple[int, int, int]) -> None:
    found = score(xml(bar(f"<attributes><divisions>1</divisions>{time}</attributes>" + note("C4", 5))))
    assert found.meters.tolist()[0] == expected


def test_tempos_from_sounds_and_metronomes() -> None:
    shown = (
        "<direction><direction-type><metronome><beat-unit>quarter</beat-unit><beat-unit-dot/>"
        "<per-minute>c. 40</per-minute></metronome></direction-type></direction>"
    )
    late = '<direction><direction-type><words/></direction-type><offset>2</offset><sound tempo="100"/></direction>'
    found = score(xml(bar(start(1) + shown + late + note("C4", 4)) + bar('<sound tempo="50"/>' + note("C4", 4), 2)))
    assert found.tempos.tolist() == [(0, 1_000_000), (960, 600_000), (1920, 1_200_000)]


def test_repeats_endings_and_jumps() -> None:
    def line(where: str, content: str) -> str:
        return f'<barline location="{where}">{content}</barline>'

    jump = (
        '<direction><direction-type><words>D.C. al Fine</words></direction-type><sound dacapo="yes"/></direction>'
    )
    fine = "<direction><direction-type><words>Fine</words></direction-type></direction>"
    segno = '<direction><direction-type><segno/></direction-type><sound segno="s"/></direction>'
    measures = (
        bar(start(1) + line("left", '<repeat direction="forward"/>') + segno + note("C4", 4))
        + bar(
            line("left", '<ending number="1, 2" type="start"/>')
            + note("D4", 4)
            + line("right", '<ending number="1, 2" type="stop"/><repeat direction="backward" times="3"/>'),
            2,
        )
        + bar(
            line("left", '<ending number="3" type="start"/>')
            + note("E4", 4)
            + fine
            + line("right", '<bar-style>light-light</bar-style><ending number="3" type="discontinue"/>'),
            3,
        )
        + bar(note("F4", 4) + jump + line("right", "<bar-style>light-heavy</bar-style>"), 4)
    )
    for data in (xml(measures), xml(measures, measures)):  # what every part repeats stands once
        assert marks(score(data)) == [
            (0, "repeat_start", ""),
            (0, "segno", ""),
            (1920, "ending", "1,2"),
            (3840, "ending", "3"),
            (3840, "ending_end", ""),
            (3840, "repeat_end", "3"),
            (5760, "barline", "||"),
            (5760, "ending_end", ""),
            (5760, "fine", ""),
            (7680, "da_capo", "fine"),
        ]


def test_chord_symbols_lyrics_and_words() -> None:
    named = (
        "<harmony><root><root-step>F</root-step><root-alter>1</root-alter></root><kind>minor-seventh</kind>"
        "<bass><bass-step>C</bass-step><bass-alter>1</bass-alter></bass></harmony>"
    )
    printed = (
        '<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root><kind text="sus9">other</kind>'
        "<offset>2</offset></harmony>"
    )
    sung = (
        '<lyric number="1"><syllabic>begin</syllabic><text>A</text></lyric><lyric number="2"><text>x</text></lyric>'
    )
    words = "<direction><direction-type><words>dolce</words></direction-type></direction>"
    found = reading(xml(bar(start(1) + named + printed + words + note("C4", 4, sung))))
    assert found.score is not None
    assert marks(found.score) == [
        (0, "chord", "F#m7/C#"),
        (0, "lyric", "A-"),
        (0, "words", "dolce"),
        (960, "chord", "Bbsus9"),
    ]
    assert found.warnings == ("only the first verse is kept",)


def test_dynamics_become_velocities() -> None:
    def said(content: str, sound: str = "") -> str:
        return f"<direction><direction-type><dynamics>{content}</dynamics></direction-type>{sound}</direction>"

    loud = note("E4", 1).replace("<note>", '<note dynamics="50">')
    content = (
        start(1)
        + note("C4", 1)
        + said("<p/>")
        + note("D4", 1)
        + loud
        + said("<ff/>", '<sound dynamics="100"/>')
        + note("F4", 1)
    )
    assert score(xml(bar(content))).notes["velocity"].tolist() == [80, 49, 45, 90]


def test_instruments_and_drums() -> None:
    listed = (
        '<score-part id="P1"><part-name>Flute</part-name><score-instrument id="a"/>'
        '<midi-instrument id="a"><midi-channel>1</midi-channel><midi-program>74</midi-program></midi-instrument>'
        "</score-part>"
        '<score-part id="P2"><part-name>Kit</part-name>'
        '<midi-instrument id="k"><midi-unpitched>37</midi-unpitched></midi-instrument>'
        '<midi-instrument id="s"><midi-unpitched>39</midi-unpitched></midi-instrument>'
        "</score-part>"
    )

    def stroke(place: str, instrument: str) -> str:
        where = f"<display-step>{place[0]}</display-step><display-octave>{place[1]}</display-octave>"
        return f"<note><unpitched>{where}</unpitched><duration>1</duration>{instrument}</note>"

    strokes = stroke("F4", '<instrument id="k"/>') + stroke("C5", '<instrument id="s"/>') + stroke("G5", "")
    found = score(xml(bar(start(1) + note("C5", 4)), bar(start(1) + strokes + note("r", 1)), rows=listed))
    assert [(t.name, t.program, t.is_drum) for t in found.tracks] == [("Flute", 73, False), ("Kit", 0, True)]
    assert [row[2] for row in rows(found) if row[3] == 1] == [36, 38, 42]


def test_titles_people_rights_and_the_reproducibility_line() -> None:
    head = (
        "<work><work-title>A\n  Song</work-title></work><movement-title>Second</movement-title><identification>"
        '<creator type="lyricist">L</creator><creator type="composer">C &amp; D</creator><rights>CC0</rights>'
        '<source>there</source><miscellaneous><miscellaneous-field name="etude-reproduce">etude compose --seed 1'
        '</miscellaneous-field><miscellaneous-field name="mood">blue</miscellaneous-field></miscellaneous>'
        "</identification>"
    )
    meta = score(xml(bar(start(1) + note("C4", 4)), head=head)).meta
    assert (meta.title, meta.composer, meta.licence, meta.origin) == ("A Song", "C & D", "CC0", "there")
    assert meta.reproduce == "etude compose --seed 1"
    assert meta.extra == (("movement", "Second"), ("lyricist", "L"), ("mood", "blue"))


def test_cues_are_silent_and_empty_bars_count() -> None:
    cue = "<note><cue/><pitch><step>C</step><octave>4</octave></pitch><duration>4</duration></note>"
    measures = bar(start(1) + cue) + bar("", 2) + bar(note("C4", 4), 3) + bar("", 4) + bar(note("r", 4), 5)
    found = score(xml(measures))
    assert rows(found) == [(3840, 1920, 60, 0)]
    assert marks(found) == [(9600, "end", "")]


def test_microtones_are_rounded_and_said() -> None:
    quarter_tone = (
        "<note><pitch><step>C</step><alter>0.5</alter><octave>4</octave></pitch><duration>4</duration></note>"
    )
    found = reading(xml(bar(start(1) + quarter_tone)))
    assert found.score is not None
    assert found.score.notes["pitch"].tolist() == [61]
    assert found.warnings == ("microtones are rounded to the nearest semitone",)


def test_the_package_holds_the_same_music() -> None:
    data = xml(bar(start(1) + note("C4", 4)))
    assert score(compress(data)) == score(data)
    assert compress(data) == compress(data)


@pytest.mark.parametrize(
    ("data", "reason", "says"),
    [
        (b"<score-timewise/>", Reason.UNSUPPORTED, "timewise"),
        (b"<opus/>", Reason.UNSUPPORTED, "opus"),
        (b"<html/>", Reason.BAD_STRUCTURE, "html"),
        (b"<score-partwise/>", Reason.EMPTY, "no part"),
        (b"", Reason.TRUNCATED, "line 1"),
        (xml(bar(start(1) + note("C4", 4)))[:-30], Reason.TRUNCATED, "line 1"),
        (b"<a>\n<b></a>", Reason.BAD_STRUCTURE, "line 2"),
        (b'<?xml version="1.0" encoding="shift-klingon"?><a/>', Reason.BAD_TEXT, "shift-klingon"),
        (xml("\n\n" + bar(start(0) + note("C4", 4), 7)), Reason.BAD_NUMBER, "measure 7 (line 3)"),
        (xml(bar(start(1) + note("C4", 4).replace(">4<", ">four<", 1))), Reason.BAD_NUMBER, "pitch"),
        (xml(bar(start(1) + note("C4", 5).replace(">5<", ">-5<"))), Reason.BAD_NUMBER, "duration of '-5'"),
        (xml(bar(start(1) + "<note><duration>4</duration></note>")), Reason.BAD_EVENT, "without pitch"),
        (xml(bar(start(1) + note("C9", 4).replace(">9<", ">12<"))), Reason.BAD_NUMBER, "C12"),
        (xml(bar(start(1) + note("C4", 9_999_999_999))), Reason.BAD_TIME, "duration"),
        (xml("".join(bar(start(1) + note("C4", 1_000_000), n) for n in range(9))), Reason.BAD_TIME, "longer"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(data: bytes, reason: Reason, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        FORMAT.parse(data)
    assert refused.value.reason == reason
    assert says in str(refused.value)


def test_a_score_of_rests_is_refused_as_empty() -> None:
    found = reading(xml(bar(start(1) + note("r", 4))))
    assert (found.status, found.reason) == ("refused", Reason.EMPTY)

"""Note elements: heads, rests and grace notes, their children in the order of the schema."""

from __future__ import annotations

from dataclasses import dataclass

from etude.formats.musicxml.drums import ELSEWHERE, PLACES
from etude.formats.musicxml.spelling import Spelled, spell
from etude.formats.musicxml.text import escape
from etude.formats.musicxml.voices import Head, Sign
from etude.score import Mark

USUAL_VELOCITY = 80  # of notated music; only other ones are written
FORTE = 90  # the velocity that MusicXML counts as 100 % (MusicXML 4.0, `dynamics` of note)
Spelling = dict[int, tuple[Spelled, str]]  # pitch -> (spelling, printed accidental)


@dataclass(frozen=True)
class Place:
    """The voice (from 1) and the staff (from 1; 0 where the part has only one)."""

    voice: int
    staff: int


def gap(sign: Sign, place: Place) -> str:
    """A stretch of a second voice in which nothing is printed."""
    length = sign.value.stop - sign.value.start
    return f"<forward><duration>{length}</duration>{_voice(place)}{_staff(place)}</forward>\n"


@dataclass(frozen=True)
class Context:
    """What the signs around a sign, and the part it stands in, say about it."""

    before: Sign | None
    after: Sign | None
    marks: list[Mark]  # grace notes and syllables are taken out as they are written, so that each is written once
    drums: str  # the id of a percussion part, "" for a pitched one


def note_signs(sign: Sign, spelled: Spelling, place: Place, around: Context) -> str:
    """The elements of one sign: its grace notes, then each head of the chord, or a rest."""
    starts = not sign.heads or any(not head.before for head in sign.heads)
    graces = _take(around.marks, "grace", sign.value.start) if starts else []
    lyrics = _take(around.marks, "lyric", sign.value.start, 1) if sign.heads else []
    out = "".join(_graces(mark, place) for mark in graces)
    brackets = _brackets(sign, around)
    if not sign.heads:
        return out + _note("<rest/>", sign, place, around, tail=_notations(brackets))
    for index, head in enumerate(sign.heads):
        first = index == 0
        out += _note(
            ("" if first else "<chord/>") + _pitch(head, spelled, bool(around.drums)),
            sign,
            place,
            around,
            head=(head, spelled[head.pitch][1] if head.pitch in spelled else ""),
            tail=_notations(_ties(head, "tied") + (brackets if first else ""))
            + ("".join(_lyric(mark) for mark in lyrics) if first else ""),
        )
    return out


def _take(marks: list[Mark], kind: str, tick: int, most: int | None = None) -> list[Mark]:
    """At most so many marks of a kind at `tick`, taken out of `marks`; others are left for other voices."""
    found = [mark for mark in marks if mark.kind == kind and mark.tick == tick][:most]
    for mark in found:
        marks.remove(mark)
    return found


def _note(
    what: str,
    sign: Sign,
    place: Place,
    around: Context,
    *,
    head: tuple[Head, str] | None = None,
    tail: str = "",
) -> str:
    """One `note` element around `what` (a pitch or a rest); `tail` is what stands at its end."""
    value, span = sign.value, sign.value.span
    one, accidental = head or (None, "")
    loudness = f' dynamics="{one.velocity * 100 / FORTE:.2f}"' if one and one.velocity != USUAL_VELOCITY else ""
    ties = _ties(one, "tie") if one else ""
    drum = around.drums and one
    instrument = f'<instrument id="{around.drums}-I{one.pitch + 1}"/>' if drum and one else ""
    shape = f"<type>{value.type}</type>{'<dot/>' * value.dots}"
    shape += f"<accidental>{accidental}</accidental>" if accidental else ""
    if span:
        shape += (
            f"<time-modification><actual-notes>{span.actual}</actual-notes>"
            f"<normal-notes>{span.normal}</normal-notes></time-modification>"
        )
    cross = PLACES.get(one.pitch, ELSEWHERE)[2] if drum and one else ""
    shape += f"<notehead>{cross}</notehead>" if cross else ""
    beams = "".join(f'<beam number="{level}">{name}</beam>' for level, name in enumerate(sign.beams, 1))
    return (
        f"<note{loudness}>{what}<duration>{value.stop - value.start}</duration>{ties}{instrument}{_voice(place)}"
        f"{shape}{_staff(place)}{beams if not what.startswith('<chord/>') else ''}{tail}</note>\n"
    )


def _notations(content: str) -> str:
    return f"<notations>{content}</notations>" if content else ""


def _pitch(head: Head, spelled: Spelling, drums: bool) -> str:
    if drums:
        step, octave, _ = PLACES.get(head.pitch, ELSEWHERE)
        return (
            f"<unpitched><display-step>{step}</display-step><display-octave>{octave}</display-octave></unpitched>"
        )
    return _letter(spelled[head.pitch][0])


def _letter(name: Spelled) -> str:
    step, alter, octave = name
    moved = f"<alter>{alter}</alter>" if alter else ""
    return f"<pitch><step>{step}</step>{moved}<octave>{octave}</octave></pitch>"


def _ties(head: Head, element: str) -> str:
    stop = f'<{element} type="stop"/>' if head.before else ""
    return stop + (f'<{element} type="start"/>' if head.after else "")


def _brackets(sign: Sign, around: Context) -> str:
    """Where a tuplet bracket begins and ends."""
    span = sign.value.span
    if not span:
        return ""
    opens = not around.before or around.before.value.span != span
    closes = not around.after or around.after.value.span != span
    return ('<tuplet type="start"/>' if opens else "") + ('<tuplet type="stop"/>' if closes else "")


def _graces(mark: Mark, place: Place) -> str:
    pitches = [int(word) for word in mark.text.split() if word.isdecimal() and int(word) < 128]
    kind, slash = ("eighth", ' slash="yes"') if len(pitches) == 1 else ("16th", "")
    return "".join(
        f"<note><grace{slash}/>{_letter(spell(pitch, 0))}{_voice(place)}<type>{kind}</type>{_staff(place)}</note>\n"
        for pitch in pitches
    )


def _lyric(mark: Mark) -> str:
    """A syllable; one that ends in a hyphen goes on in the next."""
    syllable = mark.text
    joined = len(syllable) > 1 and syllable.endswith("-")
    kind, text = ("begin", syllable[:-1]) if joined else ("single", syllable)
    return f'<lyric number="1"><syllabic>{kind}</syllabic><text>{escape(text)}</text></lyric>'


def _voice(place: Place) -> str:
    return f"<voice>{place.voice}</voice>"


def _staff(place: Place) -> str:
    return f"<staff>{place.staff}</staff>" if place.staff else ""

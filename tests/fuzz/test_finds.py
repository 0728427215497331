"""What the campaigns found, made small: one entry a find, with what was wrong before it was mended."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from etude import registry
from etude.errors import BadInput, Reason
from etude.formats import paths
from etude.testing.fuzz import midi, musicxml
from etude.testing.fuzz.judging import complaints

PART = musicxml.originals()[3]  # twelve quarters
ABC = "X:1\nM:4/4\nL:1/8\n"


@dataclass(frozen=True)
class Find:
    """A file, the campaign's mutant it was made from, and what must be said of it."""

    mutant: str
    kind: str
    data: bytes
    status: str
    said: str


FINDS = [
    # A channel prefix is one byte; one of any other length was passed over without a word.
    Find(
        "midi-11-013764",
        "midi",
        midi.file_of([b"\x00\xff\x20\x00\x00\x90\x3c\x50\x10\x80\x3c\x00" + midi.END]),
        "repaired",
        "a meta event 20 of 0 bytes",
    ),
    # Expat skips an entity that a document type read elsewhere might define: the text was lost in silence.
    Find(
        "musicxml-1-000475",
        "musicxml",
        PART.replace(b"<measure", b"&x;<measure", 1),
        "refused",
        "an entity that is defined elsewhere at line",
    ),
    # Python takes any script's digits for a number; MusicXML has those of ASCII only.
    Find(
        "musicxml-11-003052",
        "musicxml",
        PART.replace(b"<octave>3<", "<octave>\u0663<".encode(), 1),
        "refused",
        "a pitch of",
    ),
    # A note of no length was left out without a word.
    Find(
        "musicxml-11-003736",
        "musicxml",
        PART.replace(b"<duration>480<", b"<duration>0<", 1),
        "kept",
        "lasts no time",
    ),
    # An octave that the schema does not have was taken for good.
    Find(
        "musicxml-11-001597",
        "musicxml",
        PART.replace(b"<octave>3<", b"<octave>-1<", 1),
        "kept",
        "outside 0 to 9",
    ),
    # An alteration by nothing was taken for a natural.
    Find(
        "musicxml-11-004354",
        "musicxml",
        PART.replace(b"<octave>3<", b"<alter/><octave>3<", 1),
        "kept",
        "alteration without a number",
    ),
    # 4,096 chunks of 16 channels each made more tracks than a collection can count, and ended the command.
    Find(
        "midi-bomb-4096-tracks-of-16-channels",
        "midi",
        midi.bombs()["4096-tracks-of-16-channels"],
        "refused",
        "65536 channels",
    ),
    # A tempo of 24,000 beats was searched for its equals sign from every one of them: minutes for 96 kB.
    Find(
        "abc-bomb-spaces-before-a-tempo",
        "abc",
        ("X:1\nQ:" + "1/4 " * 24_000 + "\nL:1/8\nK:C\nC\n").encode(),
        "kept",
        "left out",
    ),
    # Only MIDI files were held to the limit of 24 hours.
    Find(
        "abc-11-004605",
        "abc",
        (ABC + "Q:1/4=4\nK:C\n" + "Z9999|" * 2 + "C8|\n").encode(),
        "refused",
        "the limit is 86400",
    ),
]


@pytest.mark.parametrize("find", FINDS, ids=lambda find: find.mutant)
def test_what_was_found_is_mended(find: Find) -> None:
    try:
        (reading,) = paths.parse(registry.get("formats", find.kind), find.data)
        status, said = reading.status, " ".join((reading.detail, *reading.warnings))
        assert complaints(find.kind, find.data, [reading]) == []
    except BadInput as error:
        status, said = "refused", str(error)
        status = f"refused as {error.reason}" if error.reason == Reason.READER_FAILED else status
    assert status == find.status
    assert find.said in said

"""A Score as a MusicXML 4.0 partwise document. Elements stand in the order the schema asks for.

Source: W3C Music Notation Community Group, "MusicXML 4.0" (2021), element reference.
"""

from __future__ import annotations

import numpy as np

from etude.formats.musicxml.bars import written_bars
from etude.formats.musicxml.measures import PartWriter
from etude.formats.musicxml.text import escape
from etude.score import Metadata, Score

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN"'
    ' "http://www.musicxml.org/dtds/partwise.dtd">\n'
)
REPRODUCE = "etude-reproduce"  # the miscellaneous field that holds the reproducibility line


def document(score: Score) -> str:
    """The whole file as text."""
    bars = written_bars(score)
    writers = [PartWriter(score, number, bars) for number in range(len(score.tracks))]
    parts = "".join(
        f'<part id="P{writer.number + 1}">\n{"".join(writer.measures())}</part>\n' for writer in writers
    )
    listed = "".join(_score_part(writer) for writer in writers)
    return (
        f'{HEAD}<score-partwise version="4.0">\n{_titles(score.meta)}{_credits(score.meta)}'
        f"<part-list>\n{listed}</part-list>\n{parts}</score-partwise>\n"
    )


def _titles(meta: Metadata) -> str:
    """Work and identification."""
    title = f"<work><work-title>{escape(meta.title)}</work-title></work>\n" if meta.title else ""
    composer = f'<creator type="composer">{escape(meta.composer)}</creator>\n' if meta.composer else ""
    rights = f"<rights>{escape(meta.licence)}</rights>\n" if meta.licence else ""
    source = f"<source>{escape(meta.origin)}</source>\n" if meta.origin else ""
    fields = [(REPRODUCE, meta.reproduce)] if meta.reproduce else []
    listed = "".join(
        f'<miscellaneous-field name="{escape(name)}">{escape(value)}</miscellaneous-field>\n'
        for name, value in [*fields, *meta.extra]
    )
    other = f"<miscellaneous>\n{listed}</miscellaneous>\n" if listed else ""
    return (
        f"{title}<identification>\n{composer}{rights}"
        f"<encoding><software>etude</software></encoding>\n{source}{other}</identification>\n"
    )


def _credits(meta: Metadata) -> str:
    """Title and composer as they are printed on the first page."""
    words = [("title", "center", 22, meta.title), ("composer", "right", 12, meta.composer)]
    return "".join(
        f'<credit page="1"><credit-type>{kind}</credit-type><credit-words justify="{side}" halign="{side}"'
        f' valign="top" font-size="{size}">{escape(text)}</credit-words></credit>\n'
        for kind, side, size, text in words
        if text
    )


def _score_part(writer: PartWriter) -> str:
    """The row of one part in the part list: name, instruments, MIDI channel and program."""
    track, part = writer.track, f"P{writer.number + 1}"
    channel = 10 if track.is_drum else _channel(writer)
    name = escape(track.name)
    sounds: list[tuple[str, str, int | None]]
    if track.is_drum:
        pitches = [int(pitch) for pitch in np.unique(writer.notes["pitch"])]
        sounds = [(f"{part}-I{pitch + 1}", f"Drum {pitch}", pitch) for pitch in pitches] or [
            (f"{part}-I1", "Drums", None)
        ]
    else:
        sounds = [(f"{part}-I1", track.name or "Instrument", None)]
    instruments = "".join(
        f'<score-instrument id="{ident}"><instrument-name>{escape(label)}</instrument-name></score-instrument>\n'
        for ident, label, _ in sounds
    )
    midi = "".join(
        f'<midi-instrument id="{ident}"><midi-channel>{channel}</midi-channel>'
        f"<midi-program>{track.program + 1}</midi-program>"
        + (f"<midi-unpitched>{pitch + 1}</midi-unpitched>" if pitch is not None else "")
        + "</midi-instrument>\n"
        for ident, _, pitch in sounds
    )
    return f'<score-part id="{part}">\n<part-name>{name}</part-name>\n{instruments}{midi}</score-part>\n'


def _channel(writer: PartWriter) -> int:
    """A MIDI channel 1..16 that is not the drums'."""
    return writer.number % 15 + (1 if writer.number % 15 < 9 else 2)

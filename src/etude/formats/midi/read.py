"""A MIDI file's bytes -> Scores: every event is read by etude itself, and all that was odd is said."""

from __future__ import annotations

import numpy as np

from etude import limits
from etude.errors import BadInput, Reason
from etude.formats.base import Reading, refusal, refuse_endless
from etude.formats.midi.chunks import Header, find_tracks, read_header, unwrap
from etude.formats.midi.columns import Events, Notes, columns, pair
from etude.formats.midi.flaws import Flaws, refuse
from etude.formats.midi.metas import Metas, read_metas
from etude.formats.midi.parts import Parts, control_table, map_table, note_table
from etude.formats.midi.scan import END_OF_TRACK, Extra, scan
from etude.score import DEFAULT_TEMPO, KEY, METER, TEMPO, Mark, Score


def parse(data: bytes) -> list[Reading]:
    """One Reading; one a track for a file of format 2, whose tracks are pieces of their own."""
    flaws = Flaws()
    start, end = unwrap(data)
    header, at = read_header(data, start, end, flaws)
    tracks = find_tracks(data, at, end, header, flaws)
    if header.kind != 2:
        return [_reading(data, tracks, header, flaws)]
    out = []
    for track in tracks:
        own = Flaws(dict(flaws.found))
        try:
            out.append(_reading(data, [track], header, own))
        except BadInput as error:
            out.append(refusal(error.reason, str(error)))
    return out


def _reading(data: bytes, tracks: list[tuple[int, int]], header: Header, flaws: Flaws) -> Reading:
    """The piece that the chunks at `tracks` make. Raises BadInput when they make none."""
    found = scan(data, tracks, flaws)
    closes = np.array([extra.kind == END_OF_TRACK for extra in found.extras], bool)
    events = columns(b"".join(found.parts), closes)
    at = (events.status == 0xFF).nonzero()[0]
    chunk_ends = events.tick[at[closes]]
    if chunk_ends.max() > limits.TICKS:
        refuse(f"the file lasts {chunk_ends.max()} ticks; the limit is {limits.TICKS}", Reason.BAD_TIME)
    notes = pair(events, chunk_ends)
    if len(notes.start) == 0:
        return Reading(None, Reason.EMPTY, _empty(notes), flaws.warnings)
    if len(notes.start) > limits.NOTES:
        refuse(f"the file has {len(notes.start)} notes; the limit is {limits.NOTES}", Reason.TOO_LARGE)
    metas = read_metas(_placed(events, at, found.extras), flaws)
    score = _score(events, notes, metas, header, flaws)
    return Reading(score, flaws.reason, flaws.detail, flaws.warnings)


def _empty(notes: Notes) -> str:
    return "there is no note in the file" + (f", only {notes.orphans} ends of notes" if notes.orphans else "")


def _placed(events: Events, at: np.ndarray, extras: list[Extra]) -> list[tuple[int, int, Extra]]:
    """(tick, chunk, extra) rows of the events at `at`."""
    return list(zip(events.tick[at].tolist(), events.chunk[at].tolist(), extras))


def _score(events: Events, notes: Notes, metas: Metas, header: Header, flaws: Flaws) -> Score:
    """The Score of paired notes and understood metas. Raises BadInput when it lasts longer than the limit."""
    _tell(notes, flaws)
    parts = Parts.of(events, notes)
    if len(parts.codes) > limits.TRACKS:
        text = f"the file has {len(parts.codes)} channels in all its tracks; the limit is {limits.TRACKS}"
        refuse(text, Reason.TOO_LARGE)
    if header.fixed_tempo is not None:
        if metas.tempos:
            flaws.odd("tempos mean nothing in a file of SMPTE times; they are ignored", Reason.UNSUPPORTED)
        metas.tempos = [(0, header.fixed_tempo)]
    # Score.of would sort and check again what is in order by construction, at a sixth of the time for a file;
    # `check_reading` in the tests holds the two equal
    score = Score(
        notes=note_table(events, notes, parts, flaws),
        tempos=map_table(metas.tempos, TEMPO, (0, DEFAULT_TEMPO)),
        meters=map_table(metas.meters, METER, (0, 4, 4)),
        keys=map_table(metas.keys, KEY, None),
        controls=control_table(events, parts),
        marks=tuple(sorted(Mark(tick, kind, text, parts.first_of(at)) for tick, at, kind, text in metas.marks)),
        tracks=tuple(parts.tracks(metas.names)),
        tpq=header.tpq,
        meta=metas.metadata(metas.names.get(0, "")),
    )
    refuse_endless(score)
    return score


def _tell(notes: Notes, flaws: Flaws) -> None:
    """Puts what pairing found into `flaws`."""
    if notes.hanging:
        text = "a note has no end; it lasts to the end of its track"
        flaws.mended(text, Reason.BAD_EVENT, count=notes.hanging)
    if notes.orphans:
        flaws.odd("an end of a note without its start is ignored", Reason.BAD_EVENT, count=notes.orphans)
    if notes.overlaps:
        text = "a note starts while its pitch is sounding; the first to start is the first to end"
        flaws.odd(text, Reason.BAD_EVENT, count=notes.overlaps)

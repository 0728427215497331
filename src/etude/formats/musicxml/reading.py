"""MusicXML bytes -> one Reading. Partwise only; the timewise form is refused by that name.

Ticks: 480 a quarter where the file's divisions divide it, else their least common multiple. A part is a track,
whatever staves and voices it has. Notes sound as they would be heard: transposing instruments are transposed.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from etude import limits
from etude.errors import BadInput, Reason
from etude.formats.base import Reading, refusal, refuse_endless
from etude.formats.musicxml.bars import frame_at
from etude.formats.musicxml.header import Listed, listed_parts, metadata
from etude.formats.musicxml.package import MAGIC, unpack
from etude.formats.musicxml.part import AT_END, PartReader
from etude.formats.musicxml.raw import Measure, Warnings, decimal
from etude.formats.musicxml.ties import Whole, join, surprising
from etude.formats.musicxml.timeline import Timeline, lay_out, ticks_per_quarter
from etude.formats.musicxml.tree import parse_tree, quick_tree
from etude.score import Mark, Metadata, Score, Track, bar_starts


def read_document(data: bytes) -> Reading:
    """The piece in a MusicXML or .mxl file. Raises BadInput when the file cannot be read at all."""
    if len(data) > limits.FILE_BYTES:
        raise BadInput(f"the file has {len(data)} bytes; at most {limits.FILE_BYTES} are read", Reason.TOO_LARGE)
    document = unpack(data) if data.startswith(MAGIC) else data
    try:
        root = quick_tree(document)
        if root is not None:
            return _read(root)
    except BadInput:
        pass  # read again with the lines counted, so that the refusal can name one
    return _read(parse_tree(document))


def _read(root: Element) -> Reading:
    _check_root(root)
    warnings = Warnings()
    tpq, exact = ticks_per_quarter(_divisions(root))
    listed = listed_parts(root, warnings)
    readers = [
        PartReader(number, tpq, listed.get(part.get("id", ""), Listed()).sounds, warnings)
        for number, part in enumerate(root.findall("part"))
    ]
    parts = [reader.read(part) for reader, part in zip(readers, root.findall("part"))]
    if not any(measure.notes for measures in parts for measure in measures):
        return refusal(Reason.EMPTY, "there is no note in any part")
    tracks = [
        listed.get(part.get("id", ""), Listed()).track(reader.pitched, reader.drums)
        for reader, part in zip(readers, root.findall("part"))
    ]
    score = _score(parts, tracks, tpq, metadata(root))
    refuse_endless(score)
    said = tuple(warnings.said)
    if exact:
        return Reading(score, warnings=said)
    detail = "the divisions have no common multiple below 32768; times are rounded to 10080 ticks a quarter"
    return Reading(score, Reason.BAD_TIME, detail, said)


def _check_root(root: Element) -> None:
    if root.tag == "score-timewise":
        raise BadInput(
            "the file is in the timewise form (score-timewise), which etude does not read; "
            "save it as score-partwise, the form every notation program writes",
            Reason.UNSUPPORTED,
        )
    if root.tag == "opus":
        raise BadInput("the file is an opus, a list of other files; give those", Reason.UNSUPPORTED)
    if root.tag != "score-partwise":
        raise BadInput(f"the XML is no MusicXML: its root is <{root.tag[:40]}>", Reason.BAD_STRUCTURE)
    parts = len(root.findall("part"))
    if not parts:
        raise BadInput("the score has no part", Reason.EMPTY)
    if parts > limits.TRACKS:
        raise BadInput(f"the score has {parts} parts; at most {limits.TRACKS} are read", Reason.TOO_LARGE)


def _divisions(root: Element) -> list[int]:
    """All values of `divisions`; strange ones are refused later, where their line is known."""
    found = {decimal(element.text or "") for element in root.iterfind("part/measure/attributes/divisions")}
    return sorted(int(value) for value in found if value is not None and value >= 1)


def _score(parts: list[list[Measure]], tracks: list[Track], tpq: int, meta: Metadata) -> Score:
    """The parts on one time line."""
    timeline = lay_out(parts, tpq)
    wholes = [join(measures, timeline.starts) for measures in parts]
    if sum(map(len, wholes)) > limits.NOTES:
        raise BadInput(f"the score has more than {limits.NOTES} notes", Reason.TOO_LARGE)
    score = Score.of(
        [(w.onset, w.end - w.onset, w.pitch, w.velocity, t) for t, part in enumerate(wholes) for w in part],
        tempos=_rows(parts[::-1], timeline, "tempos"),  # of two at one tick the last holds: the first part's
        meters=timeline.meters,
        keys=_rows(_keyed(parts, tracks), timeline, "keys"),
        marks=_marks(parts, timeline),
        tracks=tracks,
        tpq=tpq,
        meta=meta,
    )
    more = _ends_and_ties(score, timeline, wholes)
    return score.replace(marks=[*score.marks, *more]) if more else score


def _rows(parts: list[list[Measure]], timeline: Timeline, name: str) -> list[tuple[int, ...]]:
    """Rows of a map, moved to where their measures stand."""
    return [
        (start + row[0], *row[1:])
        for measures in parts
        for measure, start in zip(measures, timeline.starts)
        for row in getattr(measure, name)
    ]


def _keyed(parts: list[list[Measure]], tracks: list[Track]) -> list[list[Measure]]:
    """The part whose keys count: the first pitched one that has any."""
    order = sorted(range(len(parts)), key=lambda number: tracks[number].is_drum)
    return next(([parts[n]] for n in order if any(measure.keys for measure in parts[n])), [])


def _marks(parts: list[list[Measure]], timeline: Timeline) -> list[Mark]:
    """The marks of all parts; what says how the whole piece runs stands once."""
    end = timeline.starts[-1]
    out = [Mark(0, "pickup", str(timeline.pickup))] if timeline.pickup else []
    structure = set()
    for measures in parts:
        for measure, start, stop in zip(measures, timeline.starts, timeline.starts[1:]):
            out += [Mark(start + m.tick, m.kind, m.text, m.track) for m in measure.marks]
            for mark in measure.structure:
                tick = stop if mark.tick == AT_END else start + mark.tick
                if not (mark.kind == "barline" and tick == end):  # a piece ends with a final bar line anyway
                    structure.add(Mark(tick, mark.kind, mark.text))
    return out + sorted(structure)


def _ends_and_ties(score: Score, timeline: Timeline, wholes: list[list[Whole]]) -> list[Mark]:
    """An "end" mark when empty bars follow the last note; "tie" marks where a tie would not be guessed."""
    out = []
    end = timeline.starts[-1]
    if score.end <= timeline.starts[-2] and end > int(bar_starts(score)[-1]):
        out.append(Mark(end, "end"))
    lines = set(timeline.starts)
    tied = [
        (track, whole)
        for track, part in enumerate(wholes)
        for whole in part
        if whole.joins and not lines.issuperset(whole.joins)
    ]
    if tied:
        full = [int(tick) for tick in bar_starts(score)]
        frames = [frame_at(score, tick, full, timeline.pickup) for tick in timeline.starts[:-1]]
        for track, whole in tied:
            ticks = surprising(whole, timeline.starts, frames)
            out += [Mark(tick, "tie", str(whole.pitch), track) for tick in ticks]
    return sorted(set(out))

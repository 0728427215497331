"""The automaton that reads the steps of `events`: parts, bars, tempo and notes.

Kind or position   BEGIN, END, part, tempo, bar, then a note at a position in the bar
What               part: its program; tempo, bar: its tempo, its meter; note: its track
Pitch, duration, velocity   of a note; the duration of the first bar if it is an upbeat; else 0
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from etude.encodings.base import END
from etude.encodings.reading import Mask, Sounding, StepReader, mask_of, only
from etude.score import PROGRAM, Event, Track

PART, TEMPO, BAR, FIRST_POSITION = 2, 3, 4, 5
DRUMS = 128  # as a program
TRACKS = 16
METERS = (
    *(
        (4, 4),
        (2, 2),
        (3, 4),
        (6, 8),
        (2, 4),
        (9, 8),
        (12, 8),
        (3, 8),
        (5, 4),
        (6, 4),
        (3, 2),
        (7, 8),
        (5, 8),
        (1, 4),
    ),
    *((7, 4), (8, 4), (4, 8), (2, 8), (1, 8), (8, 8), (10, 8), (11, 8), (13, 8), (15, 8)),
    *((count, 16) for count in range(1, 32, 2)),
)
TEMPOS = tuple(30 * 2 ** (step / 12) for step in range(40))  # quarters a minute, 30 to 285
FIRST_PROGRAM = 1
FIRST_TRACK = FIRST_PROGRAM + 129
FIRST_METER = FIRST_TRACK + TRACKS
FIRST_TEMPO = FIRST_METER + len(METERS)
WHATS = FIRST_TEMPO + len(TEMPOS)


@lru_cache(maxsize=32)
def meters_of(resolution: int) -> dict[tuple[int, int], int]:
    """The meters whose bars are whole numbers of positions and at most 8 quarters, and how many positions."""
    sizes = {meter: 4 * resolution * meter[0] / meter[1] for meter in METERS}
    return {meter: int(size) for meter, size in sizes.items() if size == int(size) <= 8 * resolution}


@lru_cache(maxsize=4096)
def between(size: int, start: int, stop: int) -> Mask:
    """Bool[size], read-only: True in [start, stop)."""
    return mask_of(size, range(start, stop))


class EventsReader(StepReader):
    """Parts, bars, tempo and notes, read one by one. Notes come by position, part and pitch, each once."""

    def __init__(self, sizes: Sequence[int], resolution: int, durations: list[int], velocities: list[int]) -> None:
        super().__init__(sizes)
        self.durations, self.velocities = durations, velocities
        self.meters = meters_of(resolution)
        self.meter_mask = mask_of(WHATS, [FIRST_METER + METERS.index(meter) for meter in self.meters])
        self.tracks: tuple[Track, ...] = ()
        self.meter: tuple[int, int] | None = None
        self.bar, self.length = 0, 0  # first tick and length of the bar that is read
        self.last = (-1, -1, -1)  # position, part and pitch of the last note in this bar
        self.tempo_due, self.heard = False, False
        self.sounding = Sounding()

    def _allowed(self, chosen: Sequence[int]) -> Mask:
        field = len(chosen)
        if not field:
            return self._kinds()
        kind = max(chosen[0], PART)
        if kind >= FIRST_POSITION:
            return self._of_note(chosen)
        if field == 1:
            names = {PART: between(WHATS, FIRST_PROGRAM, FIRST_TRACK), BAR: self.meter_mask}
            return names.get(kind, between(WHATS, FIRST_TEMPO, WHATS))
        if field == 3 and kind == BAR and self.meter is None:
            return between(self.sizes[3], 0, max(1, self._upbeats(chosen[1])))
        return only(self.sizes[field], 0)

    def _upbeats(self, what: int) -> int:
        """How many duration values (none counted) are shorter than a bar of the meter `what`."""
        length = self.meters.get(_meter(what), 1)
        return 1 + sum(ticks < length for ticks in self.durations)

    def _kinds(self) -> Mask:
        if not self.tracks:
            return only(self.sizes[0], PART)
        position, part, pitch = self.last
        full = part == len(self.tracks) - 1 and pitch == 127
        first = max(0, position + full)
        return _kinds(
            self.sizes[0],
            (self.meter is None and len(self.tracks) < TRACKS, self.tempo_due, True, self.heard),
            first if self.meter else 0,
            self.length,
        )

    def _of_note(self, chosen: Sequence[int]) -> Mask:
        """What the fields of a note after its position may be."""
        field, (position, part, pitch) = len(chosen), self.last
        again = chosen[0] - FIRST_POSITION == position
        if field == 1:
            lowest = part + (pitch == 127) if again else 0
            return between(
                WHATS,
                FIRST_TRACK + min(lowest, max(0, len(self.tracks) - 1)),
                FIRST_TRACK + max(1, len(self.tracks)),
            )
        if field == 2:
            again = again and chosen[1] - FIRST_TRACK == part and pitch < 127
            return between(self.sizes[2], 2 + pitch if again else 1, self.sizes[2])
        return between(self.sizes[field], 1, self.sizes[field])

    def _read(self, step: list[int]) -> Iterable[Event]:
        kind, what, pitch, duration, velocity = step
        if kind == PART:
            return self._part(min(max(what - FIRST_PROGRAM, 0), DRUMS))
        if kind == BAR:
            return self._bar(_meter(what), duration)
        if kind == TEMPO:
            self.tempo_due = False
            index = min(max(what - FIRST_TEMPO, 0), len(TEMPOS) - 1)
            return (Event(self.bar, "tempo", number=round(60e6 / TEMPOS[index])),) if self.last[0] < 0 else ()
        return self._note(kind - FIRST_POSITION, what - FIRST_TRACK, max(pitch - 1, 0), duration, velocity)

    def _part(self, program: int) -> Iterator[Event]:
        if self.meter is not None or len(self.tracks) == TRACKS:
            return
        drums = program == DRUMS
        name = "drums" if drums else f"part {len(self.tracks) + 1}"
        self.tracks += (Track(name, 0 if drums else program, drums),)
        if not drums:
            yield Event(0, "control", len(self.tracks) - 1, PROGRAM, program)

    def _bar(self, meter: tuple[int, int], upbeat: int) -> Iterator[Event]:
        if not self.tracks:
            yield from self._part(0)
        meter = meter if meter in self.meters else (4, 4)
        self.bar += self.length
        yield from self.sounding.until(self.bar)
        if meter != self.meter:
            yield Event(self.bar, "meter", number=meter[0], value=meter[1])
        self.length = self.meters[meter]
        if self.meter is None and upbeat and self.durations[upbeat - 1] < self.length:
            self.length = self.durations[upbeat - 1]
            yield Event(0, "mark", text=f"pickup:{self.length}")
        self.meter, self.last, self.tempo_due = meter, (-1, -1, -1), True

    def _note(self, position: int, part: int, pitch: int, duration: int, velocity: int) -> Iterator[Event]:
        if self.meter is None:
            yield from self._bar((4, 4), 0)
        position = min(max(position, self.last[0]), self.length - 1)
        part = min(max(part, 0), len(self.tracks) - 1)
        tick = self.bar + position
        if position == self.last[0] and (part, pitch) <= self.last[1:]:
            return  # out of order or struck twice: the mask lets none of these pass
        self.last, self.tempo_due, self.heard = (position, part, pitch), False, True
        yield from self.sounding.until(tick)
        on = Event(tick, "on", part, pitch, self.velocities[max(velocity - 1, 0)])
        yield from self.sounding.start(on, tick + self.durations[max(duration - 1, 0)])

    def _close(self) -> Iterator[Event]:
        end = self.bar + self.length
        yield from self.sounding.until(end)
        yield Event(end, "end")
        yield from self.sounding.until(2**62)


def _meter(what: int) -> tuple[int, int]:
    """The meter that a value of the field "what" names; 4/4 for one that names none."""
    index = what - FIRST_METER
    return METERS[index] if 0 <= index < len(METERS) else (4, 4)


@lru_cache(maxsize=8192)
def _kinds(size: int, extra: tuple[bool, bool, bool, bool], first: int, stop: int) -> Mask:
    """Bool[size], read-only: part, tempo, bar and end as `extra` says, and positions in [first, stop)."""
    part, tempo, bar, end = extra
    chosen = [value for value, here in ((PART, part), (TEMPO, tempo), (BAR, bar), (END, end)) if here]
    return mask_of(size, [*chosen, *range(FIRST_POSITION + first, FIRST_POSITION + stop)])

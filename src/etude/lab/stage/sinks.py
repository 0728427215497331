"""What was played, as a Score: for MIDI files and for sound."""

from __future__ import annotations

from pathlib import Path

from etude.files import write_atomically
from etude.live import HUMAN, MODEL, Outlet
from etude.live.messages import is_control, is_off, is_on
from etude.score import BEND, PROGRAM, Event, Metadata, Score, Track, score_from_events

TPQ = 960  # a tick is half a millisecond at 120 beats a minute
NAMES = {MODEL: "Model", HUMAN: "Human"}
DRUMS = 9  # the channel


def score_of(outlet: Outlet, meta: Metadata | None = None) -> Score:
    """The Score of what is on the outlet's tape: a track for each channel of each side that played."""
    played = {(sent.who, sent.message[0] & 0x0F) for sent in outlet.tape if is_on(sent.message)}
    seats: dict[tuple[int, int], int] = {}
    programs: dict[tuple[int, int], int] = {}
    events = [Event(round(beat * TPQ), "tempo", 0, max(1, round(60e6 / tempo))) for beat, tempo in outlet.tempos]
    events += [Event(round(beat * TPQ), "meter", 0, top, bottom) for beat, top, bottom in outlet.meters]
    for sent in outlet.tape:
        place = (sent.who, sent.message[0] & 0x0F)
        if place not in played:
            continue  # the last silence is said to every channel
        tick = round(sent.beat * TPQ)
        if sent.message[0] & 0xF0 == 0xC0 and place not in seats:
            programs[place] = sent.message[1]
            continue
        if sent.message[0] & 0xF0 not in (0xA0, 0xD0):
            track = seats.setdefault(place, len(seats))
            events.append(_event(tick, track, sent.message))
    sides = {who for who, _ in seats}
    tracks = [
        Track(NAMES[who] if len(sides) > 1 else "", programs.get((who, channel), 0), channel == DRUMS)
        for who, channel in seats
    ]
    events.sort(key=lambda event: event.tick)
    return score_from_events(events, tpq=TPQ, tracks=tracks, meta=meta)


def _event(tick: int, track: int, message: bytes) -> Event:
    kind = message[0] & 0xF0
    if is_on(message):
        return Event(tick, "on", track, message[1], message[2])
    if is_off(message):
        return Event(tick, "off", track, message[1])
    if is_control(message):
        return Event(tick, "control", track, message[1], message[2])
    if kind == 0xC0:
        return Event(tick, "control", track, PROGRAM, message[1])
    return Event(tick, "control", track, BEND, (message[1] | message[2] << 7) - 8192)


def write_midi(score: Score, path: Path) -> None:
    """Writes a MIDI file."""
    from etude.formats.midi import FORMAT

    write_atomically(path, FORMAT.dump([score]))


def write_wav(score: Score, path: Path, soundfont: str | None = None) -> str:
    """Writes a WAV file, its silence at the start included; what made the sound."""
    from etude.render.audio import sound, wav_bytes

    made = sound(score, soundfont=soundfont)
    write_atomically(path, wav_bytes(made.samples, made.rate, score.meta.reproduce))
    return made.backend

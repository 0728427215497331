"""A Score as canonical ABC: four bars a line, beams by beat, accidentals by key and bar.

Source: the ABC music standard 2.1. What ABC has no sign for is left out: velocities, controllers, and the
difference between notes that share a pitch and overlap in one voice.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from etude.formats.abc.bars import bar_lines
from etude.formats.abc.layout import Bar, VoiceLayout, meter_text, tempo_beat
from etude.formats.abc.rhythm import tempo_text
from etude.formats.abc.spelling import key_name
from etude.formats.abc.text import escaped
from etude.score import DEFAULT_TEMPO, Score, Track, resample

BARS_A_LINE = 4
TPQ = 480
_HEADER_ORDER = (
    *(("composer", "C"), ("area", "A"), ("origin", "O"), ("source", "S"), ("rhythm", "R"), ("book", "B")),
    *(("discography", "D"), ("file", "F"), ("group", "G"), ("history", "H"), ("notes", "N"), ("transcriber", "Z")),
    *(("parts", "P"),),
)


def write_tune(score: Score, number: int) -> str:
    """The text of one tune, ending in a line end; `number` is its X: unless the score brings one."""
    score = resample(score, TPQ)
    unit = unit_ticks(score)
    edges = [0, *bar_lines(score).tolist(), max(score.end, 1)]
    voices = [VoiceLayout(score, track, edges, unit).bars() for track in range(len(score.tracks))]
    signs = BarSigns(score)
    lines = _header(score, number, unit)
    for track, bars in enumerate(voices):
        lines += _voice_lines(score.tracks[track], track + 1) if _has_voices(score) else []
        for first in range(0, len(edges) - 1, BARS_A_LINE):
            last = min(first + BARS_A_LINE, len(edges) - 1)
            lines.append(_line(bars, edges, (first, last), signs))
            words = [syllable for bar in bars[first:last] for syllable in bar.syllables]
            if any(word != "*" for word in words):
                lines.append("w:" + " ".join(words))
    lines += [f"W:{escaped(text)}" for name, text in score.meta.extra if name == "words"]
    return "\n".join(lines) + "\n"


def unit_ticks(score: Score) -> int:
    """The unit note length in ticks: an eighth, or a sixteenth where notes are that short on average."""
    durations = score.notes["duration"]
    return 120 if len(durations) and float(np.mean(durations)) < 170 else 240


def _has_voices(score: Score) -> bool:
    track = score.tracks[0]
    return len(score.tracks) > 1 or bool(track.name or track.program or track.is_drum)


def _header(score: Score, number: int, unit: int) -> list[str]:
    meta, meter = score.meta, score.meters[0]
    own = meta.get("number")
    titles = [meta.title, *(text for name, text in meta.extra if name == "title")]
    lines = [f"X:{own if own.isdigit() else number}", *(f"T:{escaped(title)}" for title in titles)]
    values = (("composer", meta.composer), ("origin", meta.origin), *meta.extra)
    for name, letter in _HEADER_ORDER:
        lines += [f"{letter}:{escaped(text)}" for key, text in values if key == name and text]
    free = meta.get("meter") == "none"
    lines.append("M:none" if free else f"M:{meter_text(int(meter['numerator']), int(meter['denominator']))}")
    lines.append(f"L:1/{1920 // unit}")
    if int(score.tempos[0]["microseconds"]) != DEFAULT_TEMPO:
        lines.append(f"Q:{tempo_text(int(score.tempos[0]['microseconds']), tempo_beat(score, 0))}")
    if meta.reproduce:
        lines.append("%%etude " + " ".join(meta.reproduce.split()))
    first = score.keys[0] if len(score.keys) and score.keys[0]["tick"] == 0 else None
    lines.append("K:none" if first is None else f"K:{key_name(int(first['fifths']), int(first['mode']))}")
    return lines


def _voice_lines(track: Track, number: int) -> list[str]:
    """What opens a voice. Each voice is written whole, one after the other: so music21 keeps it together."""
    name = " ".join(track.name.split()).replace('"', "'").replace("%", "")
    lines = [f'V:{number} name="{name}"' if name else f"V:{number}"]
    lines += [f"%%MIDI program {track.program}"] * bool(track.program)
    lines += ["%%MIDI channel 10"] * track.is_drum
    return lines


def _line(bars: list[Bar], edges: list[int], span: tuple[int, int], signs: BarSigns) -> str:
    """The bars span[0]..span[1]-1 with their bar lines; a repeat that starts at a line end opens the next line."""
    first, last = span
    out = signs.opening(edges[first])
    for index in range(first, last):
        is_end_of_line = index == last - 1
        tick = edges[index + 1]
        out += bars[index].text + " " + (signs.closing(tick) if is_end_of_line else signs.inner(tick))
        out += "" if is_end_of_line else " "
    return out


class BarSigns:
    """The bar lines, repeat signs and ending numbers at each tick."""

    def __init__(self, score: Score) -> None:
        self.end = score.end
        self.at: dict[int, dict[str, str]] = defaultdict(dict)
        for mark in score.marks:
            if mark.kind in ("repeat_start", "repeat_end", "ending", "ending_end"):
                self.at[mark.tick][mark.kind] = mark.text
            elif mark.kind == "barline" and mark.text in ("||", "|]", "[|"):
                self.at[mark.tick]["barline"] = mark.text

    def opening(self, tick: int) -> str:
        """What stands at the head of a line: a repeat that starts here, the number of an ending."""
        here = self.at.get(tick, {})
        number = f"[{here['ending']} " if "ending" in here else ""
        return ("|: " if "repeat_start" in here else "") + number

    def closing(self, tick: int) -> str:
        """The bar line at the end of a line; what starts here is left to the next line."""
        here = self.at.get(tick, {})
        if "repeat_end" in here:
            times = here["repeat_end"]
            return ":" * (min(max(2, int(times)), 100) - 1 if times.isdigit() else 1) + "|"
        if "barline" in here:
            return here["barline"]
        if tick >= self.end:
            return "|]"
        return "||" if "ending_end" in here and not {"ending", "repeat_start"} & here.keys() else "|"

    def inner(self, tick: int) -> str:
        """The bar line between two bars of a line."""
        here, closed = self.at.get(tick, {}), self.closing(tick)
        if "repeat_start" in here:
            closed = "::" if closed == ":|" else closed + " |:" if closed != "|" else "|:"
        if "ending" in here:
            closed += here["ending"] if closed[-1] == "|" else f" [{here['ending']}"
        return closed

"""Beams: which flags of one voice are joined, beat by beat."""

from __future__ import annotations

from dataclasses import replace

from etude.formats.musicxml.values import WHOLE, Frame
from etude.formats.musicxml.voices import Sign

FLAGS = {"eighth": 1, "16th": 2, "32nd": 3, "64th": 4, "128th": 5, "256th": 6}


def beamed(signs: list[Sign], frame: Frame) -> list[Sign]:
    """The same signs, with the beam of each level told: begin, continue, end or a hook."""
    beat = max(1, 4 * frame.tpq * max(frame.beat, WHOLE // 4) // WHOLE)  # ticks
    groups: list[list[int]] = []
    last = None
    for index, sign in enumerate(signs):
        place = (sign.value.start - frame.anchor) // beat if sign.heads and sign.value.type in FLAGS else None
        if place is not None and place == last:
            groups[-1].append(index)
        elif place is not None:
            groups.append([index])
        last = place
    out = list(signs)
    for group in groups:
        if len(group) > 1:
            counts = [FLAGS[signs[index].value.type] for index in group]
            for index, names in zip(group, _levels(counts)):
                out[index] = replace(signs[index], beams=names)
    return out


def _levels(counts: list[int]) -> list[tuple[str, ...]]:
    """For each note of a group, given how many flags each has, what happens at each level from 1 on."""
    return [tuple(_at(counts, index, level) for level in range(1, count + 1)) for index, count in enumerate(counts)]


def _at(counts: list[int], index: int, level: int) -> str:
    before = index > 0 and counts[index - 1] >= level
    after = index + 1 < len(counts) and counts[index + 1] >= level
    if before and after:
        return "continue"
    if before:
        return "end"
    if after:
        return "begin"
    return "backward hook" if index else "forward hook"

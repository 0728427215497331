"""Words under the notes (`w:` lines). Source: the ABC music standard 2.1, section 5.1."""

from __future__ import annotations

import re

from etude.formats.abc.text import plain
from etude.formats.abc.voice import Voice

_SYLLABLE = re.compile(r"\s*(?:(\|)|(\*)|(_)|(-)|((?:\\-|[^\s|*_-])+)(-?))")


def lyric_marks(voice: Voice, line: str, warnings: dict[str, None]) -> None:
    """Sets a lyric mark for every syllable of a `w:` line on the notes read since the last such line."""
    if not voice.sung:
        if line.strip():
            warnings["further lines of words to the same notes left out"] = None
        return
    at, onsets = 0, voice.sung
    for bar, skip, hold, hyphen, syllable, more in _SYLLABLE.findall(line):
        if bar:
            at = next((count for count in voice.sung_bars if count >= at), at)
        elif at >= len(onsets):
            warnings["more syllables than notes; the rest left out"] = None
            break
        elif skip or hold or hyphen:
            at += 1
        elif syllable:
            text = plain(syllable.replace("\\-", "-").replace("~", " ")) + more
            voice.marks.append((onsets[at], "lyric", text))
            at += 1
    voice.sung, voice.sung_bars = [], []

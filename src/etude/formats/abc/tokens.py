"""The signs of a line of music, as one pattern. The last group takes any character, so no text is skipped unseen.

Source: the ABC music standard 2.1, section 4, and the older habits found in books (`!` line ends, `+chords+`).
"""

from __future__ import annotations

import re

_LENGTH = r"\d*/*\d*"
_ONE_NOTE = r"(?:\^\^?(?:\d?/\d?)?|__?(?:\d?/\d?)?|=)?[A-Ga-g][,']*"
TOKEN = re.compile(
    rf"""
      (?P<note>{_ONE_NOTE}{_LENGTH})
    | (?P<skip>[\s`\\)\]$]+|y\d*/*\d*|\((?!\d))
    | (?P<hidden>\[\|\])
    | (?P<bar>(?::*\[?\|+\]?:*|::+)(?:\s?(?P<ending>\[?\d{{1,2}}(?:[,.-]\d{{1,2}})*))?)
    | (?P<broken>>+|<+)
    | (?P<rest>[zx]{_LENGTH})
    | (?P<tie>-)
    | (?P<quoted>"[^"]*"?)
    | (?P<field>\[[A-Za-z]:[^\]]*\]?)
    | (?P<numbered>\[\s?\d{{1,2}}(?:[,.-]\d{{1,2}})*)
    | (?P<chord>\[(?:"[^"]*"|![^!\]]*!|[^\]\[|"])*\]{_LENGTH})
    | (?P<grace>\{{[^}}]*\}}?)
    | (?P<tuplet>\(\d{{1,2}}(?::\d{{0,2}}){{0,2}})
    | (?P<decoration>![A-Za-z0-9<>()+.,/^'-]{{1,24}}!|\+[a-z][a-z.]{{1,24}}\+)
    | (?P<plus>\+(?:{_ONE_NOTE}{_LENGTH}){{1,12}}\+{_LENGTH})
    | (?P<naked>[LM]:\s*(?:\d{{1,3}}/\d{{1,3}}|C\|?))
    | (?P<measures>[ZX]\d*)
    | (?P<letter>[.~H-WYh-w])
    | (?P<overlay>&+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
CHORD_PART = re.compile(rf"({_ONE_NOTE}{_LENGTH})(\s*-)?|\"[^\"]*\"|!([^!]*)!|([.~H-Wh-w])")
GRACE_NOTE = re.compile(rf"{_ONE_NOTE}{_LENGTH}")
_JUMPS = {
    **{"dc": ("da_capo", ""), "dacapo": ("da_capo", ""), "ds": ("dal_segno", ""), "dalsegno": ("dal_segno", "")},
    **{"dcalfine": ("da_capo", "fine"), "dacapoalfine": ("da_capo", "fine"), "dcalcoda": ("da_capo", "coda")},
    **{"dacapoalcoda": ("da_capo", "coda"), "dsalfine": ("dal_segno", "fine"), "dsalcoda": ("dal_segno", "coda")},
    **{"dalsegnoalfine": ("dal_segno", "fine"), "dalsegnoalcoda": ("dal_segno", "coda")},
    **{"segno": ("segno", ""), "coda": ("coda", ""), "fine": ("fine", "")},
    **{"tocoda": ("to_coda", ""), "dacoda": ("to_coda", "")},
}
AT_BAR_LINE = ("da_capo", "dal_segno", "fine", "to_coda")  # take effect where the bar ends


def jump(text: str) -> tuple[str, str] | None:
    """The (kind, text) of the mark that a decoration or annotation such as `D.C. al Fine` stands for."""
    return _JUMPS.get(re.sub(r"[^a-z]", "", text.lower())) if len(text) < 30 else None


def ending_numbers(text: str) -> str:
    """'1-3' as '1,2,3'; '' when the numbers make no sense."""
    out: list[int] = []
    for part in re.sub(r"[\[\s]", "", text).replace(".", ",").split(","):
        first, _, last = part.partition("-")
        if first.isdigit():
            out += range(int(first), min(int(last) if last.isdigit() else int(first), 99) + 1)
    return ",".join(str(number) for number in sorted(set(out)) if number > 0)

"""Sentences that a study draws by itself and a person may write anew: theirs stay when the report is made again.

In report.md each stands between two comments. Whoever edits what is between them has written it: a later report
takes it as it is. Emptied, it is drawn by the study again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from etude.files import write_atomically

DRAWN = "conclusions.json"  # the sentences as the study drew them last, to know the edited ones by
_BLOCK = re.compile(r"<!-- conclusion: (.*?) -->\n(.*?)\n?<!-- end -->", re.DOTALL)


@dataclass(frozen=True)
class Conclusion:
    """One sentence or more under a name, and whether a person wrote it."""

    name: str
    text: str
    edited: bool = False

    def block(self) -> str:
        """It as it stands in report.md."""
        return f"<!-- conclusion: {self.name} -->\n{self.text}\n<!-- end -->"


def conclusions(folder: Path, drawn: Mapping[str, str], page: str = "report.md") -> list[Conclusion]:
    """The conclusions for the sentences `drawn` now: those a person changed in the last report are theirs.

    What was drawn is kept, so that the next call knows which were changed.
    """
    written, before = _written(folder / page), _before(folder)
    out = []
    for name, text in drawn.items():
        theirs = written.get(name, "").strip()
        edited = bool(theirs) and name in written and theirs != before.get(name, "").strip()
        out.append(Conclusion(name, theirs if edited else text, edited))
    kept = dict(drawn)
    write_atomically(folder / DRAWN, (json.dumps(kept, indent=1, ensure_ascii=False) + "\n").encode())
    return out


def _written(path: Path) -> dict[str, str]:
    return dict(_BLOCK.findall(path.read_text("utf-8"))) if path.is_file() else {}


def _before(folder: Path) -> dict[str, str]:
    path = folder / DRAWN
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}

"""The reproducibility line: one line that says how a file was made, read back by `etude rerun`.

It is `etude-rerun ` and a JSON object: the command, every option that matters, the random number, the model by
name and SHA-256, the prompt by SHA-256, the versions and the kind of machine.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from etude.errors import BadInput, Reason
from etude.lab.environment import versions

PREFIX = "etude-rerun "


@dataclass(frozen=True)
class Provenance:
    """Everything needed to make one piece again."""

    command: str
    model: str  # as the person wrote it
    model_sha256: str
    seed: int  # of the call; with `index` it fixes the piece
    index: int
    options: dict[str, Any] = field(default_factory=dict)
    prompt_sha256: str = ""
    versions: dict[str, str] = field(default_factory=versions)

    def line(self) -> str:
        """The line, without a line break."""
        return PREFIX + json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    def differences(self) -> list[str]:
        """What differs between the versions it was made with and those installed here."""
        here = versions()
        names = sorted({*here, *self.versions})
        return [
            f"{name}: made with {self.versions.get(name, 'none')}, here {here.get(name, 'none')}"
            for name in names
            if name not in {"torch", "music21", "verovio"} and here.get(name) != self.versions.get(name)
        ]


def parse_line(text: str) -> Provenance:
    """The Provenance in `text`. Raises BadInput when there is no such line in it."""
    begin = text.find(PREFIX + "{")
    if begin < 0:
        raise BadInput(
            "There is no reproducibility line in it: the file was not made by etude, or the line was removed.",
            Reason.BAD_STRUCTURE,
        )
    try:
        # other bytes may follow on the same line, in a PNG for one
        values, _ = json.JSONDecoder().raw_decode(text, begin + len(PREFIX))
        return Provenance(**values)
    except (ValueError, TypeError) as error:
        raise BadInput(f"The reproducibility line is damaged: {error}.", Reason.BAD_STRUCTURE) from error

"""Playing a session again from the reproducibility line in its file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from etude.errors import BadInput, Reason
from etude.lab.provenance import Provenance
from etude.lab.stage.playing import Setting, play
from etude.lab.stage.wish import Wish
from etude.live import NoPort


def session_again(file: Path, made_by: Provenance, model: str | None = None) -> tuple[bytes, list[str]]:
    """(the bytes of `file` when its session is played again on the virtual clock, what could make them differ).

    Raises BadInput for a jam: the human's side stands in no line.
    """
    if made_by.command != "play":
        raise BadInput(
            f"{file} is a recorded {made_by.command}: what the human played stands in the file, not in the line, "
            "so it cannot be made again.",
            Reason.UNSUPPORTED,
        )
    if made_by.options.get("bars") is None:
        raise BadInput(
            f"{file} is of an endless session: nobody wrote down when it was stopped.", Reason.UNSUPPORTED
        )
    differences = []
    if not made_by.options.get("virtual"):
        differences.append("the session was played in real time: keys, controllers and clocks are not in its line")
    with tempfile.TemporaryDirectory(prefix="etude-") as folder:
        target = Path(folder) / file.name
        wish, setting = _asked(made_by, model, target)
        played = play(wish, setting, lambda clock: NoPort(), line=made_by.line())
        if played.facts["sha256"] != made_by.model_sha256:
            differences.append(f"model: made with {made_by.model_sha256[:12]}, here {played.facts['sha256'][:12]}")
        return target.read_bytes(), differences


def _asked(made_by: Provenance, model: str | None, target: Path) -> tuple[Wish, Setting]:
    """What the line asks for, played into `target`."""
    options: dict[str, Any] = made_by.options
    wav = target.suffix.lower() == ".wav"
    setting = Setting(
        look_ahead=options.get("look_ahead", 8.0),
        tempo=options.get("tempo"),
        virtual=True,
        record=None if wav else target,
        wav=target if wav else None,
        soundfont=options.get("soundfont"),
    )
    name, heat = model or made_by.model, options.get("temperature")
    return Wish(name, made_by.seed, heat, options["bars"], options.get("prompt")), setting

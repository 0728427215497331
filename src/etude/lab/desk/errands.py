"""What a worker does beside composing: reads a prompt, draws a sheet, renders sound."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from etude.files import write_atomically
from etude.lab.desk.growing import whole
from etude.lab.desk.listening import make_set
from etude.lab.desk.making import STEM, make_piece, prompt_of

Say = Callable[[dict[str, Any]], None]
Stopped = Callable[[], bool]
PROGRAMS = 128  # and one more: the drums


def describe_prompt(task: Mapping[str, Any], say: Say, stopped: Stopped) -> dict[str, Any]:
    """How a prompt looks and sounds. Raises BadInput saying why it cannot be read."""
    from etude.score import Score, bar_starts

    music = prompt_of(task["prompt"]).music
    if not isinstance(music, Score):
        return {"notes": [], "tracks": [], "bars": [], "seconds": 0.0}
    return {**whole(music), "written_bars": len(bar_starts(music)) - 1, "title": music.meta.title}


def write_kind(task: Mapping[str, Any], say: Say, stopped: Stopped) -> dict[str, Any]:
    """The piece in `folder` as one more `kind` of file; the names of the files, which lie beside it."""
    from etude import formats
    from etude.lab.writing import write_piece

    folder, kind = Path(task["folder"]), str(task["kind"])
    source = next(path for path in (folder / f"{STEM}.abc", folder / f"{STEM}.mid") if path.is_file())
    if kind == "wav":
        source = folder / f"{STEM}.mid"
    paths = write_piece(formats.read(source), folder / STEM, (kind,))
    return {"files": [path.name for path in paths]}


def make_sprite(task: Mapping[str, Any], say: Say, stopped: Stopped) -> dict[str, Any]:
    """The notes of an instrument: `target`.wav and `target`.json, a description."""
    from etude.render.audio import wav_bytes
    from etude.render.audio.sprite import sprite

    made = sprite(int(task["program"]) % PROGRAMS, int(task["program"]) == PROGRAMS)
    target = Path(task["target"])
    write_atomically(target.with_suffix(".wav"), wav_bytes(made.sound.samples, made.sound.rate))
    write_atomically(target.with_suffix(".json"), json.dumps(made.about()).encode())
    return made.about()


def warm(task: Mapping[str, Any], say: Say, stopped: Stopped) -> dict[str, Any]:
    """Loads a model, so that its first note does not wait for that."""
    from etude.lab.desk.making import loaded_model

    loaded, known = loaded_model(task["model"])
    heat = loaded.sampling.temperature
    return {
        "temperature": heat if isinstance(heat, float) else None,
        "encoding": loaded.encoding.name,
        "originality": known is not None,
        "told": {
            kind: sorted(counts, key=lambda value: -counts[value])
            for kind, counts in (loaded.metadata.get("told") or {}).items()
        },
    }


def measures(task: Mapping[str, Any], say: Say, stopped: Stopped) -> dict[str, Any]:
    """The measures of the piece in `folder`, written beside it."""
    from etude.lab.desk.looking import write_measures

    return write_measures(Path(task["folder"]))


ERRANDS: dict[str, Callable[[Mapping[str, Any], Say, Stopped], dict[str, Any]]] = {
    "piece": make_piece,
    "prompt": describe_prompt,
    "kind": write_kind,
    "sprite": make_sprite,
    "warm": warm,
    "measures": measures,
    "pairs": make_set,
}

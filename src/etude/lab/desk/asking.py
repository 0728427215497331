"""What a page asks for, turned into what composing understands: a wish, a prompt, and a task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from etude.errors import UsageError

LENGTHS = ("bars", "seconds", "steps")
SETTINGS = ("top_p", "top_k", "min_p", "repeat_rate", "repeat_penalty")  # of the sampling
WANTED = ("scale", "range", "chords", "meter", "form", "polyphony")  # constraints, see `Constraints`
TOLD = ("key", "mode", "tempo", "type", "role", "density", "register", "composer", "era", "label")  # conditions
EITHER = ("meter", "form")  # told to a model that was taught such, else seen to: see `split_wish`
REWORKED = ("scale", "range")  # of them, where bars of a piece are composed anew
HOW = ("continue", "from-bar", "infill", "vary")  # what is done with another piece


def wish_of(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `Wish`. Raises UsageError for settings that cannot be."""
    from etude.sampling import Constraints
    from etude.sampling.settings import Sampling

    settings = {name: asked[name] for name in SETTINGS if asked.get(name) is not None}
    Sampling(**settings)
    reworked = asked.get("how") in ("infill", "vary")
    wanted = {name: asked[name] for name in (REWORKED if reworked else WANTED) if asked.get(name)}
    Constraints(**{**wanted, "bars": asked.get("bars") or 0})
    told = {} if reworked else {name: asked[name] for name in (*TOLD, *EITHER) if asked.get(name)}
    heat = asked.get("temperature")
    return {
        "count": int(asked["count"]),
        "temperatures": () if heat is None else (float(heat),),
        "sampling": settings,
        "ending": "auto" if asked.get("bars") and not reworked else "open",
        "constraints": {name: value for name, value in wanted.items() if name not in EITHER},
        "told": told,
        **{name: asked[name] for name in LENGTHS if asked.get(name) is not None},
        **({"max_copied": asked["max_copied"]} if asked.get("max_copied") else {}),
    }


def task_for(asked: Mapping[str, Any], file_of: Callable[[str, str], Path]) -> dict[str, Any]:
    """What a worker is told of `asked`, but for the number and the folder of its piece.

    `file_of(kind, id)` is where a "prompt" or a "piece" lies. Raises UsageError for what makes no sense.
    """
    how = asked.get("how") or "continue"
    if how not in HOW:
        raise UsageError(f"Nothing is called '{how}'. Possible: {', '.join(HOW)}.")
    task = {"do": "piece", "model": asked["model"], "wish": wish_of(asked), "seed": asked["seed"]}
    prompt: dict[str, Any] = {}
    if asked.get("piece"):
        prompt = {"file": str(file_of("piece", asked["piece"]))}
    elif asked.get("prompt"):
        prompt = {"file": str(file_of("prompt", asked["prompt"]))}
    elif asked.get("text"):
        prompt = {"text": asked["text"]}
    elif asked.get("random"):
        prompt = {"random": True}
    if how == "from-bar":
        prompt["before"] = int(_first(asked))
    elif how == "infill":
        task |= {"command": "infill", "asked": {"bars": str(asked.get("selection") or "")}}
    elif how == "vary":
        task |= {"command": "vary", "asked": {}}
    return {**task, "prompt": prompt}


def _first(asked: Mapping[str, Any]) -> str:
    """The first bar of the selection "5-8". Raises UsageError when there is none."""
    first = str(asked.get("selection") or "").partition("-")[0].strip()
    if not first.isdecimal() or int(first) < 1:
        raise UsageError("Say from which bar: a number, 1 or more.")
    return first

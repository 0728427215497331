"""What a person asks of a piece, told to a model that was taught such conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Union

from etude.errors import BadInput, UsageError
from etude.lab.loading import Loaded
from etude.score import Score

if TYPE_CHECKING:
    from etude.encodings import Steps
    from etude.encodings.conditions import Conditions
    from etude.stepper import Stepper

Start = Union[Score, "Steps", Literal["random"], None]


def control_of(loaded: Loaded) -> Conditions | None:
    """The conditions that the model was taught; None for none."""
    return getattr(loaded.encoding, "control", None)


def start_told(loaded: Loaded, told: Mapping[str, str], music: Start) -> Start:
    """The prompt, told what `told` asks for (kind -> what a person writes); unchanged where nothing is asked.

    Raises UsageError when that means nothing to the model, naming what does.
    """
    if not told:
        return music
    check_known(loaded, told)
    if music is not None and not isinstance(music, Score):
        asked = ", ".join(f"--{kind}" for kind in told)
        raise UsageError(
            f"A random start or raw steps say themselves what they are: leave out --prompt or {asked}."
        )
    encoding: Any = loaded.encoding
    try:
        steps: Steps = encoding.opening(told, music)
        return steps
    except BadInput as error:
        raise BadInput(f"The prompt cannot be used with this model: {error}", error.reason) from error


def check_known(loaded: Loaded, told: Mapping[str, str]) -> dict[str, str]:
    """Kind -> choice of what is asked for. Raises UsageError for a kind or a value the model never heard of."""
    control = control_of(loaded)
    found = {}
    for kind, text in told.items():
        if control is None:
            raise UsageError(
                f"This model was not taught the {kind} of pieces, so '{text}' means nothing to it. "
                f"Train one with --set encoding.conditions={kind} --set data.left_open=0.5."
            )
        heard = (loaded.metadata.get("told") or {}).get(kind)
        found[kind] = control.parse(kind, text, heard)
    return found


def guided(loaded: Loaded, told: Mapping[str, str], strength: float) -> Stepper:
    """The model with what it is `told` counting `strength` times; the model itself at 1.

    Raises UsageError when nothing is told that could count for more.
    """
    from etude.sampling import Guided

    stepper: Stepper = loaded.stepper
    if strength == 1:
        return stepper
    if not told:
        raise UsageError(
            "--strength says how much what is told counts, but nothing is told: add --key, --type, ..."
        )
    encoding: Any = loaded.encoding
    return Guided(stepper, encoding.without(tuple(told)), strength)

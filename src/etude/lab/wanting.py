"""What every piece has to obey: the constraints of a Wish, seen with the model that is to obey them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from etude.errors import UsageError
from etude.lab.loading import Loaded
from etude.lab.telling import control_of

if TYPE_CHECKING:
    from etude.encodings import Encoding
    from etude.lab.telling import Start
    from etude.sampling import Constraints, Take
    from etude.stepper import Stepper

SHARED = ("key", "meter", "form")  # told to a model that was taught them, else obeyed by its masks
ENDINGS = ("close", "open", "auto")


def split_wish(loaded: Loaded, told: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """(what is told to the model, what its masks see to) of the conditions that were asked for.

    A key that a model was taught is told and not forced, so that accidentals stay possible; a meter and a form are
    written by the encoding itself where it can, and then forced as well.
    """
    control = control_of(loaded)
    taught = control.kinds if control is not None else ()
    writes = loaded.encoding.name in ("abc", "abc-characters", "events")
    forced = {
        kind: text
        for kind, text in told.items()
        if kind in SHARED and (kind not in taught or (kind != "key" and writes))
    }
    return {kind: text for kind, text in told.items() if kind in taught or kind not in SHARED}, forced


def constraints_of(loaded: Loaded, asked: Mapping[str, Any], forced: Mapping[str, str], bars: int) -> Constraints:
    """The Constraints asked for; `bars` (0: none) is the number of bars that are to close.

    Raises UsageError for a name that is no constraint.
    """
    from etude.config import from_mapping
    from etude.sampling import Constraints

    taught = control_of(loaded)
    wanted = {**asked, **forced, **({"bars": bars} if bars else {})}
    if taught is not None and "form" in taught.kinds and not bars:
        wanted.pop("form", None)  # the model knows what was asked for; without a length nothing can be planned
    return from_mapping(Constraints, wanted, "constraints.")


def bars_to_close(loaded: Loaded, bars: int | None, ending: str) -> int:
    """How many bars are to be full and to close: 0 where the piece is cut, or ends when the model likes.

    "auto" closes where the encoding lets it. Raises UsageError for an ending that is none.
    """
    from etude.sampling import can_close

    if ending not in ENDINGS:
        raise UsageError(f"There is no ending '{ending}'. Possible: {', '.join(ENDINGS)}.")
    if ending == "close" and not bars:
        raise UsageError("An ending is planned for a number of bars: give --bars as well.")
    if not bars or ending == "open" or (ending == "auto" and not can_close(loaded.encoding)):
        return 0
    return bars


def under(
    stepper: Stepper, encoding: Encoding, wanted: Constraints, start: Start, take: Take
) -> tuple[Encoding, Start]:
    """The encoding that obeys `wanted`, and the steps of what a piece begins with. A random start obeys as well."""
    from etude.sampling import constrained
    from etude.sampling.compose import prompt_steps

    free = encoding
    if isinstance(start, str):
        nothing = prompt_steps(stepper, encoding, None, take.sampling, take.seed)
        free = constrained(encoding, replace(wanted, bars=0, form=""), nothing)
    steps = prompt_steps(stepper, free, start, take.sampling, take.seed)
    return constrained(encoding, wanted, steps), steps

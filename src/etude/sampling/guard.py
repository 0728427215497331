"""Pieces that keep away from something, such as a passage somebody else wrote: drawn, looked at, drawn again.

While a piece grows it is looked at every few steps. Where it has become what is refused, it is cut before the first
step that made it so, that value is forbidden there, and it goes on with other random numbers; where many values led
to the same, a step earlier. What was drawn before stays, so a refusal costs a few steps and not the piece.

Source of the idea: Papadopoulos, Roy and Pachet, "Avoiding plagiarism in Markov sequence generation" (AAAI 2014).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from etude.encodings.base import Encoding, Steps, decode
from etude.errors import UsageError
from etude.sampling.compose import Composition, Growth, Prompt, Resumed, another, prompt_steps
from etude.sampling.generate import Seed, Walk
from etude.sampling.length import Length
from etude.sampling.settings import Sampling
from etude.score import Event, Score
from etude.stepper import Stepper

EVERY = 32  # steps between two looks
BRANCHES = 4  # values that are tried at one place before going back further
TRIES = 500  # refusals of one piece before giving up


@dataclass(frozen=True)
class Guard:
    """Composes as `etude.sampling.compose` does, but nothing that `refuse` says yes to.

    refuse   (music so far, tick at which the prompt ends) -> whether that is refused; a piece that is refused
             must stay so when it goes on
    what     what is refused, for the error when there is no way round it
    """

    refuse: Callable[[Score, int], bool]
    what: str = "what is refused"

    def compose(
        self,
        stepper: Stepper,
        encoding: Encoding,
        *,
        prompt: Prompt = None,
        sampling: Sampling | None = None,
        seed: Seed = 0,
        length: Length | None = None,
    ) -> Composition:
        """The piece that `compose` makes of the same arguments, unless that is refused: then the first that is not.

        Raises UsageError when TRIES were refused.
        """
        sampling, length = sampling or Sampling(), length or Length()
        start = prompt_steps(stepper, encoding, prompt, sampling, seed)
        path = _Path(start)
        for number in range(TRIES):
            own = another(seed, number) if number else seed
            growth = Growth(stepper, encoding, start, sampling, own, path.resumed)
            piece = self._grown(growth, length)
            if piece is not None:
                return piece
            if len(growth.walk.steps) == len(start):
                break  # what was given is refused already
            path.cut(growth.walk, self._first(growth, len(start)))
        raise UsageError(
            f"No piece without {self.what} was found in {TRIES} tries. Ask for less, raise the temperature, "
            "or take a model that has learned less of its music by heart."
        )

    def _grown(self, growth: Growth, length: Length) -> Composition | None:
        """The piece, or None as soon as it is seen to be refused."""
        events: list[Event] = []
        looked = len(growth.walk.steps)
        for event in growth.events(length):
            events.append(event)
            if len(growth.walk.steps) >= looked + EVERY:
                looked = len(growth.walk.steps)
                if self._refused(growth, looked):
                    return None
        piece = growth.composition(events)
        return None if self.refuse(piece.score, piece.prompt_end) else piece

    def _refused(self, growth: Growth, steps: int) -> bool:
        """Whether the first `steps` of a piece, ended there, are refused."""
        return self.refuse(decode(growth.encoding, growth.walk.steps[:steps]), growth.prompt_end)

    def _first(self, growth: Growth, start: int) -> int:
        """The number of the drawn step that makes the piece be refused; at the least that of the first drawn."""
        fine, refused = start, len(growth.walk.steps)
        while refused - fine > 1:
            middle = (fine + refused) // 2
            if self._refused(growth, middle):
                refused = middle
            else:
                fine = middle
        return refused - 1


class _Path:
    """What was drawn and is kept, and which values led to a refusal from where."""

    def __init__(self, start: Steps) -> None:
        self.first = len(start)
        self.resumed: Resumed | None = None
        self.forbidden: dict[int, set[int]] = {}

    def cut(self, walk: Walk, at: int) -> None:
        """Keeps what was drawn up to step `at`, or further back where enough was tried."""
        steps = np.array(walk.steps, np.int32)
        while at > self.first and len(self.forbidden.get(at, ())) >= BRANCHES:
            at -= 1
        self.forbidden = {place: values for place, values in self.forbidden.items() if place <= at}
        self.forbidden.setdefault(at, set()).add(int(steps[at, 0]))
        kept = at - self.first
        self.resumed = Resumed(
            *(steps[:at], tuple(walk.prices[:kept])), frozenset(self.forbidden[at]), tuple(walk.paid[:kept])
        )

"""Several mirrors of one training, each in a thread of its own: one that fails or hangs is named and left out.

A training never waits for a mirror while it learns, and at its end no longer than PATIENCE for each.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.lab.tracking import Tracker

PATIENCE = 60.0  # seconds to finish in when the training is over
HELD = 1000  # calls that a mirror may be behind

Told = Callable[[str, str], None]  # called once with the name of a mirror that was lost, and why


class Mirror:
    """One tracker, made and called in its own thread."""

    def __init__(self, name: str, make: Callable[[], Tracker], lost: Told) -> None:
        self.name, self.make, self.lost = name, make, lost
        self.why = ""
        self.over = False
        self.calls: queue.Queue[tuple[str, tuple[Any, ...]]] = queue.Queue(HELD)
        self.thread = threading.Thread(target=self._work, name=f"mirror {name}", daemon=True)
        self.thread.start()

    def tell(self, method: str, *given: Any) -> None:
        """Hands on one call; returns at once."""
        if self.why and not self.over:
            self._leave_out(self.why)
        if self.over:
            return
        try:
            self.calls.put_nowait((method, given))
        except queue.Full:
            self._leave_out("it does not keep up")

    def close(self, patience: float = PATIENCE) -> None:
        """Waits until everything is written, or no longer than `patience` seconds."""
        self.tell("close")
        if self.over:
            return
        self.thread.join(patience)
        if self.thread.is_alive():
            self._leave_out(f"it did not finish within {patience:.0f} s")
        elif self.why:
            self._leave_out(self.why)

    def _leave_out(self, why: str) -> None:
        self.over = True
        self.lost(self.name, why)

    def _work(self) -> None:
        try:
            tracker = self.make()
            while True:
                method, given = self.calls.get()
                getattr(tracker, method)(*given)
                if method == "close":
                    return
        except Exception as error:  # whatever a tracker of others does
            self.why = f"{type(error).__name__}: {error}".splitlines()[0]


class Mirrors:
    """A Tracker that hands everything on to several."""

    def __init__(self, made: Mapping[str, Callable[[], Tracker]], lost: Told) -> None:
        self.mirrors: Sequence[Mirror] = [Mirror(name, make, lost) for name, make in made.items()]

    def settings(self, values: Mapping[str, Any]) -> None:
        """Hands on a copy of the settings."""
        self._tell("settings", dict(values))

    def figures(self, values: Mapping[str, Any], step: int) -> None:
        """Hands on a copy of the figures."""
        self._tell("figures", dict(values), step)

    def text(self, name: str, text: str, step: int) -> None:
        """Hands on a text."""
        self._tell("text", name, text, step)

    def sound(self, name: str, samples: NDArray[np.float32], rate: int, step: int) -> None:
        """Hands on a sound."""
        self._tell("sound", name, samples, rate, step)

    def close(self) -> None:
        """Waits for each in turn."""
        for mirror in self.mirrors:
            mirror.close()

    def _tell(self, method: str, *given: Any) -> None:
        for mirror in self.mirrors:
            mirror.tell(method, *given)

"""What a running model remembers: NumPy arrays that ONNX Runtime reads and writes in place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude.engine.hearing import Hearing, Layout

ROTARY_BASE = 10_000.0
FARTHEST = 512  # distances from here on share one relative bias, as in etude.models.attention
SLACK = 256  # slots beyond the reach of attention, so that old steps are dropped seldom

Arrays = dict[str, NDArray[np.float32]]


@lru_cache(maxsize=16)
def rotary_tables(position: int, slots: int, size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cosine and sine, float32[slots, size / 2] each and read-only: `position` stands for the first slot.

    Every state whose caches begin there reads the same ones.
    """
    frequency = ROTARY_BASE ** (-np.arange(0, size, 2) / size)
    angles = np.outer(np.arange(position, position + slots), frequency)
    tables = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    for table in tables:
        table.setflags(write=False)
    return tables


class Plan:
    """What a session wants and gives: read once from the session, shared by all states of a model.

    recurrent   names and widths of the vectors carried from step to step
    caches      names and (H, E) of the attention caches
    outputs     names and widths of what is read after a step
    """

    def __init__(self, session: Any, sizes: Sequence[int], reach: int, layout: Layout, hidden: int) -> None:
        inputs = {item.name: item.shape for item in session.get_inputs()}
        self.session, self.sizes, self.layout = session, tuple(sizes), layout
        self.recurrent = {name: int(shape[1]) for name, shape in inputs.items() if name.startswith("state.")}
        self.caches = {
            name: (int(shape[1]), int(shape[3]))
            for name, shape in inputs.items()
            if name.startswith(("keys.", "values."))
        }
        self.sequential = len(session.get_outputs()[-1].shape) == 2  # one step a call
        self.rotary, self.relative = "cosine" in inputs, "distance" in inputs
        self.reach, self.slots = reach, reach + min(SLACK, reach)
        self.outputs = {item.name: int(item.shape[-1]) for item in session.get_outputs() if "next" not in item.name}
        for name, width in self.outputs.items():
            if width != (hidden if name == "hidden" else self.sizes[int(name.removeprefix("logits."))]):
                raise ValueError(f"{name} has {width} values")
        columns = layout.columns
        given = inputs["rows"][1 if self.sequential else 2 :]
        if given != [columns] * (columns > 1):
            raise ValueError(f"the graph takes {inputs['rows']} rows, not {columns}")


def _zeros(widths: dict[str, int], batch: int) -> Arrays:
    return {name: np.zeros((batch, width), np.float32) for name, width in widths.items()}


class State:
    """Everything after some steps, for `batch` rows of which each is a sequence of its own.

    used      steps in the caches
    dropped   steps that were there before and are gone: the rotary tables begin at this position
    last      float32[batch, width] of every output after the last step
    chosen    the earlier fields for which `chain` holds the chain head's vectors
    """

    def __init__(self, plan: Plan, batch: int = 1, dropped: int = 0) -> None:
        self.plan, self.batch = plan, batch
        self.heard = False
        self.used, self.dropped = 0, dropped
        self.hearing = Hearing(plan.layout)
        self.recurrent = _zeros(plan.recurrent, batch)
        self.caches: Arrays = {
            name: np.zeros((batch, heads, plan.slots, size), np.float32)
            for name, (heads, size) in plan.caches.items()
        }
        self.seen, self.total = np.zeros(batch, np.int32), np.zeros((), np.int32)
        self.last = _zeros(plan.outputs, batch)
        self.wide: Arrays = {}  # the outputs of several steps at once
        self.chosen: list[int] = []
        self.chain: dict[int, Any] = {}
        self.binding = plan.session.io_binding()
        self.bound = 0  # steps a call the binding stands for
        self._bind_memory()
        self._turn_from(dropped)

    def copy(self) -> State:
        """A state of its own that goes on from here."""
        other = State(self.plan, self.batch, self.dropped)
        other.heard, other.used = self.heard, self.used
        other.hearing = self.hearing.copy()
        for mine, theirs in ((self.recurrent, other.recurrent), (self.last, other.last)):
            for name, values in mine.items():
                theirs[name][...] = values
        for name, values in self.caches.items():
            other.caches[name][:, :, : self.used] = values[:, :, : self.used]
        return other

    def run(self, rows: NDArray[np.int64]) -> None:
        """Hears `rows` (int64[batch, C] where a call is one step, else [1, T, C]); T must fit beside `used`."""
        steps = 1 if self.plan.sequential else rows.shape[1]
        if steps != self.bound:
            self._bind_steps(rows, steps)
        self.rows[...] = rows.reshape(self.rows.shape)
        if self.caches:
            self.used += steps
            self.seen[...] = self.used - 1
            self.total[...] = self.used
            if self.plan.relative:
                self._bind_distances(steps)
        self.plan.session.run_with_iobinding(self.binding)
        if steps > 1:
            for name, values in self.wide.items():
                self.last[name][...] = values[:, -1]
        self.heard = True
        self.chosen = []

    def make_room(self) -> int:
        """How many steps fit into the caches, at least one: when they are full the steps out of reach go."""
        if self.used >= self.plan.slots:
            kept = self.plan.reach - 1
            for cache in self.caches.values():
                cache[:, :, :kept] = cache[:, :, self.used - kept : self.used].copy()
            self._turn_from(self.dropped + self.used - kept)
            self.used = kept
        return self.plan.slots - self.used

    def _bind(self, name: str, values: NDArray[Any], output: bool = False) -> None:
        bind = self.binding.bind_output if output else self.binding.bind_input
        bind(name, "cpu", 0, values.dtype.type, list(values.shape), values.ctypes.data)

    def _bind_memory(self) -> None:
        """Binds what is read and written in place, step after step."""
        for group in (self.recurrent, self.caches):
            for name, values in group.items():
                self._bind(name, values)
                part, _, number = name.partition(".")
                after = f"next.{number}" if part == "state" else f"{part}_next.{number}"
                self._bind(after, values, output=True)
        if self.caches:
            self._bind("seen", self.seen)
            self._bind("total", self.total)

    def _bind_steps(self, rows: NDArray[np.int64], steps: int) -> None:
        """Binds inputs and outputs for `steps` steps a call."""
        shape = rows.shape if rows.shape[-1] > 1 else rows.shape[:-1]
        self.rows = np.zeros(shape, np.int64)
        self._bind("rows", self.rows)
        self.wide = {}
        for name, values in self.last.items():
            if steps > 1:
                self.wide[name] = np.zeros((self.batch, steps, values.shape[1]), np.float32)
                self._bind(name, self.wide[name], output=True)
            else:
                self._bind(name, values if self.plan.sequential else values[:, None], output=True)
        self.bound = steps

    def _turn_from(self, position: int) -> None:
        """Begins the rotary tables at `position` of the sequence."""
        self.dropped = position
        if self.plan.rotary:
            size = next(iter(self.plan.caches.values()))[1]
            self.cosine, self.sine = rotary_tables(position, self.plan.slots, size)
            self._bind("cosine", self.cosine)
            self._bind("sine", self.sine)

    def _bind_distances(self, steps: int) -> None:
        """Binds how far each of the last `steps` steps is from every step in the cache."""
        queries = np.arange(self.used - steps, self.used)[:, None]
        farthest = min(self.plan.reach, FARTHEST) - 1
        self.distance = np.clip(queries - np.arange(self.used), 0, farthest).astype(np.int64)
        self._bind("distance", self.distance)

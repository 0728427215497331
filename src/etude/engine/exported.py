"""An `.etude` file, loaded: a Stepper and a Scorer without torch, one thread, arrays updated in place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etude import limits
from etude.engine.hearing import Layout
from etude.engine.pricing import nats_many
from etude.engine.state import Plan, State
from etude.engine.wire import OWN, Contents, read_contents
from etude.errors import BadInput, EtudeError, Reason, UsageError

FORMATS = (1,)  # versions of the file that are read


class Exported:
    """A model from an `.etude` file, for one thread at a time.

    A transformer sees the last `reach` steps, the present one included, and no more: a piece may be of any length
    and a step never costs more than one at full reach.
    """

    def __init__(self, data: bytes, name: str = "the file") -> None:
        try:
            contents = read_contents(data)
            self._read_settings(contents)
            self._session = session_of(data)
            self._heads = {field: session_of(head) for field, head in sorted(contents.heads.items())}
            self._check_heads()
            self.plan = Plan(self._session, self._sizes, self.reach, self._layout, self._hidden_width())
            self._try_out()
        except BadInput as error:
            raise BadInput(f"{name} cannot be loaded. {error}", error.reason, error.offset) from error
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
            message = f"{name} cannot be loaded. Its settings do not fit its graph ({error!r}). Export it again."
            raise BadInput(message, Reason.BAD_STRUCTURE) from error

    def _read_settings(self, contents: Contents) -> None:
        own = {key.removeprefix(OWN): text for key, text in contents.metadata.items() if key.startswith(OWN)}
        if own["format"] not in map(str, FORMATS):
            raise BadInput(
                f"It has version {own['format']} of the format, this etude reads {', '.join(map(str, FORMATS))}. "
                "If it is newer, update etude; if it is older, `etude export` its run again.",
                Reason.UNSUPPORTED,
            )
        self.metadata = {key: text for key, text in contents.metadata.items() if not key.startswith(OWN)}
        self.config: dict[str, Any] = json.loads(own["config"])
        self.precision, self.reach = own["precision"], int(own["reach"])
        self._sizes = tuple(map(int, json.loads(own["field_sizes"])))
        self._layout = Layout.of(
            self.config, self._sizes, json.loads(own.get("numbers", "[]")), json.loads(own.get("timing", "[]"))
        )
        if not 0 < self.reach <= 2**20:
            raise BadInput(f"It claims a reach of {self.reach} steps.", Reason.BAD_NUMBER)

    def _check_heads(self) -> None:
        """Raises ValueError when a field has no head, or one of another size."""
        found = {item.name for item in self._session.get_outputs()}
        for field, size in enumerate(self._sizes):
            if f"logits.{field}" in found:
                continue
            shapes = {item.name: item.shape[-1] for item in self._heads[field].get_outputs()}
            if shapes != {"z_next": self._hidden_width(), "logits": size}:
                raise ValueError(f"the head of field {field} gives {shapes}")

    def _try_out(self) -> None:
        """Hears a step and asks for every field. Raises BadInput when the graph cannot be run."""
        try:
            state = self.feed(self.start(), np.zeros((1, len(self._sizes)), np.int32))
            for field in range(len(self._sizes)):
                self.logits(state, [0] * field)
        except Exception as error:  # ONNX Runtime has a dozen kinds; all mean that the graph cannot run
            message = f"ONNX Runtime cannot run the graph: {str(error)[:300]}"
            raise BadInput(message, Reason.BAD_STRUCTURE) from error

    def _hidden_width(self) -> int:
        return int(self.config["dense"] or self.config["width"])

    @property
    def field_sizes(self) -> tuple[int, ...]:
        """The vocabulary size of each field, in order."""
        return self._sizes

    def start(self) -> State:
        """The state before anything was heard."""
        return State(self.plan)

    def fork(self, state: State) -> State:
        """A copy that stays good when the original is fed."""
        return state.copy()

    def feed(self, state: State, steps: NDArray[np.int32]) -> State:
        """`state` itself, after `steps` (int32[T, K]) more."""
        steps = self.checked(steps)
        rows = state.hearing.rows(steps)
        at = 0
        while at < len(rows):
            room = state.make_room() if state.caches else 1
            count = 1 if self.plan.sequential else min(room, len(rows) - at)
            chunk = rows[at : at + count]
            state.run(chunk if self.plan.sequential else chunk[None])
            at += count
        return state

    def checked(self, steps: NDArray[np.int32]) -> NDArray[np.int32]:
        """`steps` as int32[T, K]. Raises UsageError when a value is outside its field."""
        steps = np.ascontiguousarray(steps, np.int32)
        if steps.ndim != 2 or steps.shape[1] != len(self._sizes):
            raise UsageError(f"Steps must be int32[T, {len(self._sizes)}] for this model, not {steps.shape}.")
        if (steps.view(np.uint32) >= np.array(self._sizes, np.uint32)).any():
            raise UsageError(f"A step holds a value outside its field; the fields have {self._sizes} values.")
        return steps

    def logits(self, state: State, chosen: Sequence[int] = ()) -> NDArray[np.float32]:
        """Float32[V_k]: scores of field k = len(chosen) of the next step, given its earlier fields."""
        if not state.heard:
            raise UsageError(
                "The model has heard nothing yet, so it has no expectation. Feed the begin step first."
            )
        field = len(chosen)
        direct = state.last.get(f"logits.{field}")
        if direct is not None:
            return np.array(direct[0])
        for number, value in enumerate(chosen, 1):
            if number > len(state.chosen) or state.chosen[number - 1] != value:
                state.chosen = state.chosen[: number - 1]
                self._choose(state, number, int(value))
        scores: NDArray[np.float32] = state.chain[field][3][0].copy()
        return scores

    def _choose(self, state: State, field: int, value: int) -> None:
        """Runs the head of `field` > 0, now that the field before it is `value`."""
        if not 0 <= value < self._sizes[field - 1]:
            raise UsageError(f"Field {field - 1} holds 0 to {self._sizes[field - 1] - 1}, not {value}.")
        if field not in state.chain:
            state.chain[field] = self._bound_head(state, field)
        binding, number, _, _ = state.chain[field]
        number[0] = value
        self._heads[field].run_with_iobinding(binding)
        state.chosen.append(value)

    def _bound_head(self, state: State, field: int) -> tuple[Any, ...]:
        """(binding, int64[1] value, float32[1, I] z, float32[1, V_k] logits) of one chain head."""
        before = state.last["hidden"] if field == 1 else state.chain[field - 1][2]
        number, after = np.zeros(1, np.int64), np.zeros_like(before)
        scores = np.zeros((1, self._sizes[field]), np.float32)
        binding = self._heads[field].io_binding()
        for name, array in (("z", before), ("value", number)):
            binding.bind_input(name, "cpu", 0, array.dtype.type, list(array.shape), array.ctypes.data)
        for name, array in (("z_next", after), ("logits", scores)):
            binding.bind_output(name, "cpu", 0, np.float32, list(array.shape), array.ctypes.data)
        return binding, number, after, scores

    def nats(self, steps: NDArray[np.int32]) -> NDArray[np.float64]:
        """Float64[T - 1, K]: -ln p of every field of steps[1:], each given all that stands before it."""
        return self.nats_many([steps])[0]

    def nats_many(self, sequences: Sequence[NDArray[np.int32]]) -> list[NDArray[np.float64]]:
        """`nats` of every sequence (int32[T, K] each); recurrent models price many at once."""
        return nats_many(self.plan, self._heads, [self.checked(steps) for steps in sequences])


def session_of(data: bytes) -> Any:
    """An ONNX Runtime session with one thread. Raises BadInput when the graph is not sound."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"], enable_fallback=0)
    except Exception as error:  # ONNX Runtime has a dozen kinds; all mean that the graph cannot run
        raise BadInput(f"ONNX Runtime refuses the graph: {str(error)[:300]}", Reason.BAD_STRUCTURE) from error


def load(path: str | Path) -> Exported:
    """The model in the `.etude` file at `path`. Raises BadInput when there is none, or a damaged or strange one."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > limits.MODEL_BYTES:
            raise BadInput(
                f"{path} has {size / 2**20:.0f} MiB; a model may have {limits.MODEL_BYTES / 2**20:.0f}.",
                Reason.TOO_LARGE,
            )
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror}. Give an .etude file.", Reason.UNREADABLE
        ) from error
    try:
        return Exported(data, str(path))
    except MemoryError as error:
        raise EtudeError(f"There is not enough memory to load {path}. Close other programs.") from error

"""Coverage-guided search in this process: what reaches a new step from line to line is damaged further.

The idea is AFL's (M. Zalewski, 2013): keep an input when it takes a branch that none before it took. Python's own
tracing tells the branches, so nothing has to be compiled; it slows the readers down about tenfold.
"""

from __future__ import annotations

import random
import signal
import sys
import time
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from etude.errors import BadInput, Reason
from etude.formats import paths
from etude.formats.base import Format, Reading, refusal
from etude.registry import get
from etude.testing.fuzz.campaign import Tally
from etude.testing.fuzz.families import ANY
from etude.testing.fuzz.judging import complaints
from etude.testing.fuzz.kinds import KINDS

LARGEST = 20_000  # bytes of an input that is worth damaging further
SECONDS = 5  # of the clock for one input, traced
READERS = str(Path(paths.__file__).parent)


class Branches:
    """While it is entered, remembers which line of the readers followed which."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, int, int]] = set()
        self.last: dict[int, int] = {}

    def __enter__(self) -> Branches:
        self.last.clear()
        sys.settrace(self._call)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._line if frame.f_code.co_filename.startswith(READERS) else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        frame.f_trace_lines = True
        key, line = id(frame), frame.f_lineno
        self.seen.add((frame.f_code.co_filename, self.last.get(key, 0), line))
        self.last[key] = line
        if event == "return":
            self.last.pop(key, None)
        return self._line


def explore(kind: str, seed: int, seconds: float, out: Path) -> Tally:
    """What came of damaging, for `seconds` of a processor, inputs that reach something new; finds lie in `out`."""
    tally, branches, random_ = Tally(kind, seed), Branches(), random.Random(f"guided {kind} {seed}")
    reader: Format = get("formats", "musicxml" if kind == "mxl" else kind)
    inputs = [data for data in KINDS[kind].originals() if len(data) < LARGEST]
    for data in inputs:
        _read(reader, data, branches)
    until = time.process_time() + seconds
    while time.process_time() < until:
        data = _damaged(kind, random_, random_.choice(inputs[-50:] if random_.random() < 0.5 else inputs))
        before = len(branches.seen)
        readings = _read(reader, data, branches)
        if len(branches.seen) > before and len(data) < LARGEST:
            inputs.append(data)
        tally.files += 1
        _count(tally, data, readings, out)
    tally.seconds = seconds
    tally.reasons["branches"] = len(branches.seen)
    tally.reasons["inputs"] = len(inputs)
    return tally


def _damaged(kind: str, random_: random.Random, data: bytes) -> bytes:
    """`data` after one to three families; one that no longer finds its way gives way to one that always does."""
    for _ in range(random_.choice((1, 1, 2, 3))):
        try:
            data = random_.choice(KINDS[kind].families)(random_, data) or b"\0"
        except (ValueError, IndexError, KeyError, OSError, EOFError, NotImplementedError, RuntimeError):
            data = ANY[0](random_, data)
        except Exception as error:  # zipfile and zlib have errors of their own
            if type(error).__module__ not in ("zipfile", "zlib", "struct"):
                raise
            data = ANY[0](random_, data)
    return data


def _read(reader: Format, data: bytes, branches: Branches) -> list[Reading]:
    """The readings; one refusal where the reader raises, or takes more than SECONDS."""

    def late(number: int, frame: FrameType | None) -> None:
        raise BadInput(f"more than {SECONDS} s", Reason.TOO_SLOW)

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        with branches:
            return paths.parse(reader, data)
    except BadInput as error:
        return [refusal(error.reason, str(error))]
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _count(tally: Tally, data: bytes, readings: list[Reading], out: Path) -> None:
    for reading in readings:
        tally.tunes += 1
        setattr(tally, reading.status, getattr(tally, reading.status) + 1)
    for complaint in complaints(tally.kind, data, readings):
        tally.faults[complaint.partition(":")[0]] += 1
        name = f"guided-{tally.files:07}{KINDS[tally.kind].suffix}"
        tally.finds[name] = complaint[:600]
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{tally.kind}-{tally.seed}-{name}").write_bytes(data)

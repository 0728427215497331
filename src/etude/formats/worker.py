"""What runs in a worker process: files named on one pipe are read, their Readings sent back on another.

The parent (`guard`) starts it as `python -m etude.formats.worker MEMORY`. Nothing a reader prints reaches anybody,
and the process dies rather than pass its limits: memory by RLIMIT_AS, time by an alarm that also works when the
parent is gone.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import signal
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, cast

from etude import registry
from etude.errors import BadInput
from etude.files import sha256
from etude.formats import paths, wire
from etude.formats.base import Format, Reading, refusal

LONGER = 12  # times its seconds that a file may take at the most; the parent ends it before
PROMPTLY = 0.2  # seconds that an answer may wait for the next


def frame(payload: bytes) -> bytes:
    """`payload` behind its length in four bytes."""
    return len(payload).to_bytes(4, "big") + payload


def request(files: Sequence[tuple[str, str]], seconds: float) -> bytes:
    """What asks a worker to read `files`, each a reader and a path, one after the other."""
    parts = [part for reader, path in files for part in (reader.encode(), os.fsencode(path))]
    return frame(b"\0".join([str(seconds).encode(), *parts]))


def main() -> None:
    """Serves requests until the pipe closes."""
    requests, answers = _take_pipes()
    memory = int(sys.argv[1])
    with contextlib.suppress(ValueError, OSError):  # not every system can limit it
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    for alarm in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(alarm, signal.SIG_DFL)
    _send(answers, frame(b""))
    while head := requests.read(4):
        seconds, *parts = requests.read(int.from_bytes(head, "big")).split(b"\0")
        _serve(answers, list(zip(parts[::2], parts[1::2])), float(seconds))


def _serve(answers: BinaryIO, files: list[tuple[bytes, bytes]], seconds: float) -> None:
    """Sends an answer for each file; several at once, because waking the parent costs as much as a small file."""
    ready: list[bytes] = []
    sent = time.monotonic()
    for reader, path in files:
        _limit(seconds)
        ready.append(frame(answer(Path(os.fsdecode(path)), reader.decode())))
        if time.monotonic() - sent > PROMPTLY:
            _send(answers, b"".join(ready))
            ready, sent = [], time.monotonic()
    signal.alarm(0)
    signal.setitimer(signal.ITIMER_PROF, 0)
    _send(answers, b"".join(ready))


def _limit(seconds: float) -> None:
    """Ends this process soon after the parent would have ended it, in time of a processor or of the clock."""
    signal.setitimer(signal.ITIMER_PROF, 2 * seconds + 2)
    signal.alarm(LONGER * math.ceil(seconds) + 2)


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the parent, moved away from the descriptors that a reader may read or print to."""
    pipes = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    return os.fdopen(pipes[0], "rb"), os.fdopen(pipes[1], "wb", buffering=0)


def _send(answers: BinaryIO, frames: bytes) -> None:
    left = memoryview(frames)
    while left:
        left = left[answers.write(left) :]


def answer(path: Path, reader: str) -> bytes:
    """The packed Readings of the file at `path`, read by the format called `reader` (or 'module:attribute')."""
    start = time.perf_counter()
    facts: dict[str, object] = {"sha256": "", "size": 0}
    try:
        data = paths.load(path)
        facts |= {"sha256": sha256(data), "size": len(data)}
        readings: list[Reading] = paths.parse(_format(reader), data)
    except BadInput as error:
        readings = [refusal(error.reason, str(error))]
    return wire.pack(readings, facts | {"seconds": time.perf_counter() - start})


def _format(name: str) -> Format:
    module, colon, attribute = name.partition(":")
    return cast(Format, getattr(import_module(module), attribute) if colon else registry.get("formats", name))


if __name__ == "__main__":
    main()

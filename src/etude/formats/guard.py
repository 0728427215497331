"""Strangers' files read by workers that may die: one file is lost, never the batch.

A worker is a fresh Python process (no fork, so it shares neither torch nor locks with the parent) with a limit on
memory. It works through a short queue; when it dies, loops or answers nonsense, the file at the head of its queue
is refused by name, the rest goes to the worker that takes its place. Idle workers are kept for the next call.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from etude import limits
from etude.errors import BadInput, EtudeError, Reason
from etude.formats.base import Reading, refusal
from etude.formats.paths import format_name
from etude.formats.wire import unpack
from etude.formats.worker import request

QUEUE = 8  # files a worker has before it; their names fit into a pipe, so that sending never blocks
WINDOW = 32  # files a worker may be ahead of the one that is waited for
START_SECONDS = 60.0  # a worker imports NumPy first; a busy machine may take its time
ANSWER_BYTES = 2**30


@dataclass(frozen=True)
class FileReadings:
    """What became of one file: its fingerprint and size (empty and 0 if it was not opened), and its tunes."""

    path: Path
    sha256: str
    size: int  # bytes
    readings: tuple[Reading, ...]  # at least one
    seconds: float  # that reading took


def read_safely(
    paths: Iterable[str | Path],
    *,
    jobs: int | None = None,
    seconds: float = limits.WORKER_SECONDS,
    memory: int = limits.WORKER_BYTES,
    reader: str | None = None,
) -> Iterator[FileReadings]:
    """The readings of each file, in the order of `paths`; a file that cannot be read has one refused Reading.

    `jobs` workers (one a core unless told), `seconds` for each file, `memory` bytes of address space for a worker.
    `reader` names the format of all files, or 'module:attribute'; unless told, each file's suffix says it.
    """
    files = [Path(path) for path in paths]
    workers = min(jobs or _cores(), len(files))
    batch = _Batch(files, reader, seconds, memory)
    try:
        batch.start(workers)
        for index in range(len(files)):
            yield batch.result(index)
    finally:
        batch.close()


def _cores() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Worker:
    """One process, what it was asked, and what it has answered so far."""

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self.queue: deque[int] = deque()
        self.received = bytearray()
        self.ready = False
        self.since = time.monotonic()  # when it began what it is doing
        threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # their stacks count as memory
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "etude.formats.worker",
                str(memory),
            ],  # -P: nothing from the working folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=os.environ | threads | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        assert self.process.stdin
        assert self.process.stdout
        self.requests, self.answers = self.process.stdin, self.process.stdout

    def ask(self, index: int, message: bytes) -> None:
        """Puts a file at the end of the queue."""
        if not self.queue:
            self.since = time.monotonic()
        self.queue.append(index)
        self.requests.write(message)

    def answers_now(self) -> list[bytes] | None:
        """The answers that have arrived whole; None when the process has ended or talks nonsense."""
        chunk = os.read(self.answers.fileno(), 2**20)
        self.received += chunk
        out = []
        while len(self.received) >= 4:
            size = int.from_bytes(self.received[:4], "big")
            if size > ANSWER_BYTES:
                return None
            if len(self.received) < 4 + size:
                break
            out.append(bytes(self.received[4 : 4 + size]))
            del self.received[: 4 + size]
        return out if chunk else None

    def end(self, patience: float = 0.0) -> str:
        """Kills the process; how it had ended if it does so by itself within `patience` seconds, else ''."""
        try:
            code = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            code = None
        self.process.kill()
        self.process.wait()
        self.requests.close()
        self.answers.close()
        if code is None:
            return ""
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"


class _Batch:
    """One call of `read_safely`."""

    def __init__(self, files: list[Path], reader: str | None, seconds: float, memory: int) -> None:
        self.files, self.reader, self.seconds, self.memory = files, reader, seconds, memory
        self.todo: deque[int] = deque(range(len(files)))
        self.done: dict[int, FileReadings] = {}
        self.workers: list[_Worker] = []
        self.selector = selectors.DefaultSelector()
        self.failed_starts = 0

    def start(self, workers: int) -> None:
        """Takes as many workers from those at rest, or starts them."""
        for _ in range(workers):
            self.add(_borrow(self.memory))

    def add(self, worker: _Worker) -> None:
        self.workers.append(worker)
        self.selector.register(worker.answers, selectors.EVENT_READ, worker)

    def result(self, index: int) -> FileReadings:
        """The readings of file `index`, as soon as they are there."""
        while index not in self.done:
            self.feed(index)
            if index not in self.done:
                self.listen()
        return self.done.pop(index)

    def feed(self, wanted: int) -> None:
        """Fills the queues evenly, but not far beyond the file that is waited for."""
        for length in range(QUEUE):
            for worker in self.workers:
                while len(worker.queue) <= length and self.todo:
                    if self.todo[0] > wanted + WINDOW * len(self.workers):
                        return
                    self.hand_out(worker, self.todo.popleft())

    def hand_out(self, worker: _Worker, index: int) -> None:
        """Asks `worker` for file `index`, unless it is refused for its name."""
        path = self.files[index]
        try:
            reader = self.reader or format_name(path)
        except BadInput as error:
            self.refuse(index, error.reason, str(error))
            return
        with contextlib.suppress(BrokenPipeError):  # it has died; `listen` will find out
            worker.ask(index, request(os.path.abspath(path), reader, self.seconds))

    def listen(self) -> None:
        """Takes the answers that come before the next worker is overdue, then ends those that are."""
        due = min(worker.since + self.allowed(worker) for worker in self.workers)
        heard = [key.data for key, _ in self.selector.select(min(max(0.0, due - time.monotonic()), 3600.0))]
        silent = [worker for worker in self.workers if worker not in heard]
        for worker in heard:
            self.take(worker)
        for worker in silent:
            if time.monotonic() > worker.since + self.allowed(worker):
                self.replace(worker, overdue=True)

    def allowed(self, worker: _Worker) -> float:
        """Seconds that `worker` may take for what it is doing."""
        if not worker.ready:
            return START_SECONDS
        return self.seconds if worker.queue else float("inf")

    def take(self, worker: _Worker) -> None:
        """Takes what `worker` has answered."""
        answers = worker.answers_now()
        for answer in answers or ():
            worker.since = time.monotonic()
            if not worker.ready:
                worker.ready = True
                continue
            try:
                readings, facts = unpack(answer)
                index = worker.queue[0]
                file = FileReadings(self.files[index], readings=tuple(readings), **facts)
            except (ValueError, TypeError, KeyError, IndexError):
                answers = None
                break
            worker.queue.popleft()
            self.done[index] = file
        if answers is None:
            self.replace(worker, overdue=False)

    def replace(self, worker: _Worker, *, overdue: bool) -> None:
        """Ends `worker`, refuses the file it was at, and starts another for the rest of its queue."""
        self.selector.unregister(worker.answers)
        self.workers.remove(worker)
        how = worker.end(0.0 if overdue else 1.0)
        self.todo.extendleft(reversed(worker.queue))
        if not worker.ready:
            self.failed_starts += 1
            if self.failed_starts > 3:
                raise EtudeError(f"Reading processes do not start ({how or 'no answer'}). Try `etude doctor`.")
        elif worker.queue:
            culprit = self.todo.popleft()
            if overdue:
                self.refuse(
                    culprit, Reason.TOO_SLOW, f"reading it took more than {self.seconds:g} s.", self.seconds
                )
            else:
                self.refuse(culprit, Reason.READER_DIED, f"the process that read it ended ({how or 'killed'}).")
        self.add(_Worker(self.memory))

    def refuse(self, index: int, reason: Reason, detail: str, seconds: float = 0.0) -> None:
        readings = (refusal(reason, detail),)
        self.done[index] = FileReadings(self.files[index], "", 0, readings, seconds)

    def close(self) -> None:
        """Puts workers that have nothing to do to rest, and ends the others."""
        self.selector.close()
        for worker in self.workers:
            _give_back(worker)


_resting: list[_Worker] = []
_lock = threading.Lock()
_owner = os.getpid()


def _borrow(memory: int) -> _Worker:
    """A worker at rest with this limit, or a new one."""
    with _lock:
        if os.getpid() == _owner:  # a forked child must not talk to its parent's workers
            for worker in _resting:
                if worker.memory == memory:
                    _resting.remove(worker)
                    worker.since = time.monotonic()
                    return worker
    return _Worker(memory)


def _give_back(worker: _Worker) -> None:
    if worker.queue or worker.process.poll() is not None or os.getpid() != _owner:
        worker.end()
        return
    with _lock:
        _resting.append(worker)


@atexit.register
def close_workers() -> None:
    """Ends the workers at rest; the next call starts new ones."""
    with _lock:
        while _resting and os.getpid() == _owner:
            _resting.pop().end()

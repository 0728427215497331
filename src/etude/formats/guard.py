"""Strangers' files read by workers that may die: one file is lost, never the batch.

A worker is a fresh Python process (no fork, so it shares neither torch nor locks with the parent) with a limit on
memory. It is given small groups of files; when it dies, loops or answers nonsense, the files of its group that are
still open are read again one by one, and the one that does it again is refused by name. Idle workers are kept for
the next call.
"""

from __future__ import annotations

import os
import selectors
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from etude import limits
from etude.errors import BadInput, EtudeError, Reason
from etude.formats.base import Reading, refusal
from etude.formats.paths import format_name
from etude.formats.pool import Worker, borrow, give_back
from etude.formats.wire import unpack
from etude.formats.worker import request

GROUPS = 2  # a worker has before it
GROUP_FILES, GROUP_BYTES = 16, 16_384  # the names of all groups fit into a pipe, so that sending never blocks
WINDOW = 64  # files a worker may be ahead of the one that is waited for
PATIENCE = 10  # times its seconds that a file may take whose worker waits for a processor
START_SECONDS = 60.0  # a worker imports NumPy first; a busy machine may take its time


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

    `jobs` workers (one a core unless told); `seconds` of a processor for each file, `memory` bytes of address space
    for a worker.
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


class _Batch:
    """One call of `read_safely`."""

    def __init__(self, files: list[Path], reader: str | None, seconds: float, memory: int) -> None:
        self.files, self.reader, self.seconds, self.memory = files, reader, seconds, memory
        self.todo: deque[int] = deque(range(len(files)))
        self.alone: set[int] = set()  # files whose group went wrong; each is a group of its own now
        self.done: dict[int, FileReadings] = {}
        self.workers: list[Worker] = []
        self.selector = selectors.DefaultSelector()
        self.failed_starts = 0

    def start(self, workers: int) -> None:
        """Takes as many workers from those at rest, or starts them."""
        for _ in range(workers):
            self.add(borrow(self.memory))

    def add(self, worker: Worker) -> None:
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
        for length in range(GROUPS):
            for worker in self.workers:
                if (
                    len(worker.queue) <= length
                    and self.todo
                    and self.todo[0] <= wanted + WINDOW * len(self.workers)
                ):
                    self.hand_out(worker)

    def hand_out(self, worker: Worker) -> None:
        """Asks `worker` for the next few files; those with a name that stands for no format are refused."""
        most = min(GROUP_FILES, 1 + len(self.todo) // (GROUPS * len(self.workers)))
        group: list[int] = []
        files: list[tuple[str, str]] = []
        size = 0
        while self.todo and len(group) < most and size < GROUP_BYTES:
            if group and (self.todo[0] in self.alone or group[0] in self.alone):
                break
            index = self.todo.popleft()
            try:
                reader = self.reader or format_name(self.files[index])
                files.append((reader, named(self.files[index])))
            except BadInput as error:
                self.refuse(index, error.reason, str(error))
                continue
            group.append(index)
            size += 4 * len(files[-1][1])  # bytes of a character at most
        if group:
            worker.ask(group, request(files, self.seconds))

    def listen(self) -> None:
        """Takes the answers that come before the next worker is overdue, then ends those that are."""
        due = min(worker.since + self.allowed(worker) for worker in self.workers)
        heard = [key.data for key, _ in self.selector.select(min(max(0.0, due - time.monotonic()), 3600.0))]
        silent = [worker for worker in self.workers if worker not in heard]
        for worker in heard:
            self.take(worker)
        for worker in silent:
            if time.monotonic() > worker.since + self.allowed(worker):
                if worker.ready and worker.grace < PATIENCE * self.seconds and worker.starves(self.seconds):
                    worker.grace += self.seconds
                else:
                    self.replace(worker, overdue=True)

    def allowed(self, worker: Worker) -> float:
        """Seconds that `worker` may take for what it is doing."""
        if not worker.ready:
            return START_SECONDS
        return self.seconds + worker.grace if worker.queue else float("inf")

    def take(self, worker: Worker) -> None:
        """Takes what `worker` has answered."""
        answers = worker.answers_now()
        for answer in answers or ():
            worker.begin()
            if not worker.ready:
                worker.ready = True
                continue
            try:
                readings, facts = unpack(answer)
                index = worker.queue[0][0]
                self.done[index] = FileReadings(self.files[index], readings=tuple(readings), **facts)
                worker.next()
            except (ValueError, TypeError, KeyError, IndexError):
                answers = None
                break
        if answers is None:
            self.replace(worker, overdue=False)

    def replace(self, worker: Worker, *, overdue: bool) -> None:
        """Ends `worker`, refuses the file it was at, and starts another for the rest of its queue."""
        self.selector.unregister(worker.answers)
        self.workers.remove(worker)
        how = worker.end(0.0 if overdue else 1.0)
        left = [list(group) for group in worker.queue]
        self.todo.extendleft(index for group in reversed(left) for index in reversed(group))
        if not worker.ready:
            self.failed_starts += 1
            if self.failed_starts > 3:
                raise EtudeError(f"Reading processes do not start ({how or 'no answer'}). Try `etude doctor`.")
        elif left and len(left[0]) == 1:  # all before it are answered
            self.blame(self.todo.popleft(), overdue, how)
        elif left:
            self.alone.update(left[0])
        self.add(Worker(self.memory))

    def blame(self, index: int, overdue: bool, how: str) -> None:
        """Refuses the file that a worker was at, and at nothing else, when it ended."""
        if overdue:
            self.refuse(index, Reason.TOO_SLOW, f"reading it took more than {self.seconds:g} s.", self.seconds)
        else:
            self.refuse(index, Reason.READER_DIED, f"the process that read it ended ({how or 'killed'}).")

    def refuse(self, index: int, reason: Reason, detail: str, seconds: float = 0.0) -> None:
        readings = (refusal(reason, detail),)
        self.done[index] = FileReadings(self.files[index], "", 0, readings, seconds)

    def close(self) -> None:
        """Puts workers that have nothing to do to rest, and ends the others."""
        self.selector.close()
        for worker in self.workers:
            give_back(worker)


def named(path: Path) -> str:
    """The absolute path as text. Raises BadInput when no file can have that name."""
    if "\0" in str(path):
        raise BadInput(f"{path!s} is no name of a file: it has a zero byte.", Reason.UNREADABLE)
    return os.path.abspath(path)

"""Worker processes as `guard` uses them: started, asked, heard, ended, and kept at rest between calls."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

ANSWER_BYTES = 2**30


class Worker:
    """One process, what it was asked, and what it has answered so far."""

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self.queue: deque[deque[int]] = deque()  # groups of files
        self.received = bytearray()
        self.ready = False
        self.since = time.monotonic()  # when it began what it is doing
        self.had = 0.0  # seconds of a processor until then
        self.grace = 0.0  # seconds that it may take longer, because it had to wait for a processor
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

    def ask(self, group: list[int], message: bytes) -> None:
        """Puts a group of files at the end of the queue."""
        if not self.queue:
            self.begin()
        self.queue.append(deque(group))
        with contextlib.suppress(BrokenPipeError):  # it has died; its user will find out
            self.requests.write(message)

    def begin(self) -> None:
        """Notes that it begins something now."""
        self.since, self.grace = time.monotonic(), 0.0
        self.had = _processor(self.process.pid)[1]

    def starves(self, seconds: float) -> bool:
        """Whether it waits for a processor, having had less than `seconds` of one. False where nobody can tell."""
        state, had = _processor(self.process.pid)
        return state == "R" and had - self.had < seconds

    def next(self) -> int:
        """The file whose answer comes next, taken from the queue. Raises IndexError when there is none."""
        index = self.queue[0].popleft()
        if not self.queue[0]:
            self.queue.popleft()
        return index

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


resting: list[Worker] = []
_lock = threading.Lock()
_owner = os.getpid()


def borrow(memory: int) -> Worker:
    """A worker at rest with this limit, or a new one."""
    with _lock:
        if os.getpid() == _owner:  # a forked child must not talk to its parent's workers
            for worker in resting:
                if worker.memory == memory:
                    resting.remove(worker)
                    worker.since = time.monotonic()
                    return worker
    return Worker(memory)


def give_back(worker: Worker) -> None:
    """Puts a worker that has nothing to do to rest, and ends any other."""
    if worker.queue or worker.process.poll() is not None or os.getpid() != _owner:
        worker.end()
        return
    with _lock:
        resting.append(worker)


@atexit.register
def close_workers() -> None:
    """Ends the workers at rest; the next call starts new ones."""
    with _lock:
        while resting and os.getpid() == _owner:
            resting.pop().end()


def _processor(process: int) -> tuple[str, float]:
    """(what a process does, "R" if it runs or could; seconds of a processor it has had); ("", 0) if unknown."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:  # another system, or gone
        return "", 0.0
    fields = text.rpartition(")")[2].split()
    return fields[0], (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

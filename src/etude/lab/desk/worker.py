"""The handle of a worker's process: asked for tasks, it says what becomes of them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

Hear = Callable[[dict[str, Any]], None]
GONE = {"failed": "Its process ended before it was done.", "code": 1}


class Handle:
    """One process of `etude.lab.desk.child`. `hear` is called in a thread of its own, for every line it answers."""

    def __init__(self, hear: Hear) -> None:
        self.hear = hear
        self.task: str | None = None  # what it is doing
        self.ended = False  # whether its answers have
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "etude.lab.desk.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is its owner's to handle
            env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    @property
    def alive(self) -> bool:
        """Whether it may be asked: one whose answers have ended is as good as gone, though it may not be so yet."""
        return not self.ended and self.process.poll() is None

    def ask(self, task: dict[str, Any]) -> None:
        """Sends a task: its `id`, what to `do`, and what that needs."""
        with self.lock:
            self.task, ended = task["id"], self.ended
        if ended:
            self.hear({"id": task["id"], **GONE})
        else:
            self._write(task)

    def stop(self, number: str) -> None:
        """Says that a task is not wanted any more; what exists of it is kept."""
        self._write({"stop": number})

    def close(self) -> None:
        """Ends the process at once."""
        self.process.kill()
        self.process.wait()
        if threading.current_thread() is not self.listener:
            self.listener.join(2)
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _write(self, words: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        with self.lock, contextlib.suppress(BrokenPipeError, ValueError):  # the listener says that it has gone
            self.process.stdin.write(json.dumps(words) + "\n")
            self.process.stdin.flush()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(ValueError, OSError):  # closed from this side
            for line in self.process.stdout:
                self.hear(json.loads(line))
        with self.lock:
            self.ended, task = True, self.task
        if task is not None:
            self.hear({"id": task, **GONE})

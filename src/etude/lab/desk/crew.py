"""Tasks that wait for a worker: in the order they came, each told when it ends."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from etude.errors import EtudeError
from etude.lab.desk.worker import Handle

Told = Callable[[dict[str, Any]], None]
WAITING = 500  # tasks at the most
ENDED = "The studio has ended."


class Crew:
    """Up to `size` workers of one kind, started when they are needed and again when they die."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.lock = threading.RLock()
        self.waiting: deque[dict[str, Any]] = deque()
        self.told: dict[str, Told] = {}  # task -> who hears of it
        self.calls: set[Future[dict[str, Any]]] = set()  # that somebody waits for
        self.handles: list[Handle] = []
        self.closed = False

    def ask(self, task: dict[str, Any], told: Told) -> None:
        """Queues a task with its `id`. `told` hears each answer; the last has "done" or "failed" in it.

        Raises EtudeError when too many are waiting already.
        """
        with self.lock:
            if len(self.waiting) >= WAITING:
                raise EtudeError(f"{WAITING} tasks are waiting already; wait for some of them, or stop them.")
            self.told[task["id"]] = told
            self.waiting.append(task)
            self._hand_out()

    def call(self, do: str, seconds: float = 120.0, **task: Any) -> dict[str, Any]:
        """The result of one task, waited for. Raises EtudeError when it fails or takes too long."""
        result: Future[dict[str, Any]] = Future()
        with self.lock:
            self.calls.add(result)
            if self.closed:
                raise EtudeError(ENDED)

        def told(words: dict[str, Any]) -> None:
            if "done" in words:
                result.set_result(words["done"])
            elif "failed" in words:
                error = EtudeError(words["failed"])
                error.exit_code = words["code"]
                result.set_exception(error)

        number = secrets.token_hex(6)
        self.ask({"id": number, "do": do, **task}, told)
        try:
            return result.result(seconds)
        except TimeoutError as error:
            self.stop(number)
            raise EtudeError(f"It took more than {seconds:.0f} s and was left alone.") from error
        finally:
            with self.lock:
                self.calls.discard(result)

    def stop(self, number: str) -> None:
        """Stops a task, or takes it out of those that wait."""
        with self.lock:
            for task in self.waiting:
                if task["id"] == number:
                    self.waiting.remove(task)
                    self._end({"id": number, "failed": "It was stopped before there was any music.", "code": 1})
                    return
            for handle in self.handles:
                if handle.task == number:
                    handle.stop(number)

    def close(self) -> None:
        """Ends every worker; nothing is told any more, but that those who wait for a result wait in vain."""
        with self.lock:
            self.closed = True
            self.waiting.clear()
            self.told.clear()
            for result in self.calls:
                if not result.done():
                    result.set_exception(EtudeError(ENDED))
            handles, self.handles = self.handles, []
        for handle in handles:
            handle.close()

    def _hand_out(self) -> None:
        """Gives waiting tasks to workers that have none."""
        for handle in [one for one in self.handles if one.task is None and not one.alive]:
            self.handles.remove(handle)
            handle.close()
        while self.waiting and not self.closed:
            free = next((handle for handle in self.handles if handle.task is None), None)
            if free is None:
                if len(self.handles) >= self.size:
                    return
                free = Handle(self._hear)
                self.handles.append(free)
            free.ask(self.waiting.popleft())

    def _hear(self, words: dict[str, Any]) -> None:
        with self.lock:
            if "news" in words:
                told = self.told.get(words["id"])
                if told is not None:
                    told(words)
                return
            for handle in self.handles:
                if handle.task == words["id"]:
                    handle.task = None
            self._end(words)
            self._hand_out()

    def _end(self, words: dict[str, Any]) -> None:
        told = self.told.pop(words["id"], None)
        if told is not None:
            told(words)

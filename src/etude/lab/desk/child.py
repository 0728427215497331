"""A worker's process: `python -m etude.lab.desk.child`, one task after the other, each told of and stopped.

It reads lines of JSON, {"id", "do", ...} or {"stop": id}, and answers {"id", "news"}, then {"id", "done"} or
{"id", "failed", "code"}. It ends when its owner does.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from queue import SimpleQueue
from typing import Any, TextIO

from etude.errors import EtudeError
from etude.lab.desk.errands import ERRANDS


class Worker:
    """The tasks that were asked for, and which of them are not wanted any more."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.tasks: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self.unwanted: set[str] = set()

    def listen(self) -> None:
        """Takes requests until the owner has gone; then nobody wants anything any more."""
        for line in sys.stdin:
            request = json.loads(line)
            if "stop" in request:
                self.unwanted.add(request["stop"])
            else:
                self.tasks.put(request)
        os._exit(0)

    def work(self) -> None:
        """Does one task after the other."""
        while True:
            task = self.tasks.get()
            number = task["id"]

            def say(news: dict[str, Any], number: str = number) -> None:
                self.answer({"id": number, "news": news})

            def stopped(number: str = number) -> bool:
                return number in self.unwanted

            try:
                self.answer({"id": number, "done": ERRANDS[task["do"]](task, say, stopped)})
            except Exception as error:  # a failed task is told, and the next one done
                known = isinstance(error, EtudeError)
                said = str(error) if known else f"{type(error).__name__}: {error}"
                code = error.exit_code if isinstance(error, EtudeError) else 1
                self.answer({"id": number, "failed": said, "code": code})
            self.unwanted.discard(number)

    def answer(self, words: dict[str, Any]) -> None:
        """Writes one line."""
        print(json.dumps(words, default=float), file=self.out, flush=True)


def main() -> None:
    """Works until stdin ends."""
    worker = Worker(sys.stdout)
    sys.stdout = sys.stderr  # whatever else prints must not come between the lines
    threading.Thread(target=worker.listen, daemon=True).start()
    try:
        worker.work()
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()

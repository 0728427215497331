"""The two ways a player gets its music: from a process of its own, or made at once in this one."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from typing import Any, Protocol

from etude.errors import EtudeError
from etude.lab.stage.child import MAKERS
from etude.lab.stage.wire import unpack
from etude.live import Inbox, Lost
from etude.live.news import Thought


class InProcess:
    """A Source that makes music the moment it is asked for: on the virtual clock nothing is ever late."""

    def __init__(self, kind: str, task: dict[str, Any], inbox: Inbox) -> None:
        self.maker, self.facts = MAKERS[kind](task)
        self.inbox, self.wanted = inbox, 0.0

    def ahead(self, beat: float) -> None:
        """Puts all music before `beat` into the inbox."""
        self.wanted = max(self.wanted, beat)
        for music in self.maker.ahead(self.wanted):
            self.inbox.put(music)

    def tell(self, name: str, value: Any) -> None:
        """Changes how the music is made from now on."""
        said = self.maker.tell(name, value)
        if said is not None:
            self.inbox.put(Thought(said["thought"]))
        if name in ("restart", "answer"):
            self.wanted = 0.0

    def close(self) -> None:
        """Nothing."""


class Sink(Protocol):
    """What takes news."""

    def put(self, item: Any) -> None:
        """Takes one."""


class Process:
    """A Source in another process, which no signal from the terminal reaches: it ends when its player does."""

    def __init__(self, kind: str, task: dict[str, Any], inbox: Sink) -> None:
        self.inbox, self.closing = inbox, False
        self.listener: threading.Thread | None = None
        options: dict[str, Any] = {"start_new_session": True}
        if os.name == "nt":
            options = {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
        self.child = subprocess.Popen(
            [sys.executable, "-P", "-m", "etude.lab.stage.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            **options,
        )
        self._write([kind, task])

    def ready(self) -> dict[str, Any]:
        """What it plays, once it can. Raises EtudeError, with the child's exit code, when it cannot."""
        assert self.child.stdout is not None
        line = self.child.stdout.readline()
        words: dict[str, Any] = (
            json.loads(line) if line else {"lost": "its process ended before it could play", "code": 1}
        )
        if "ready" not in words:
            self.close()
            error = EtudeError(words["lost"])
            error.exit_code = words["code"]
            raise error
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()
        facts: dict[str, Any] = words["ready"]
        return facts

    def ahead(self, beat: float) -> None:
        """Asks for all music before `beat`."""
        self._write(["ahead", beat])

    def tell(self, name: str, value: Any) -> None:
        """Changes how the music is made from now on."""
        self._write([name, value])

    def close(self) -> None:
        """Ends the process; a second time does nothing."""
        self.closing = True
        self.child.kill()
        self.child.wait()
        if self.listener is not None:
            self.listener.join()  # it has come to the end of the answers
        for pipe in (self.child.stdin, self.child.stdout):
            with contextlib.suppress(OSError):  # what was not written yet is not wanted any more
                if pipe is not None:
                    pipe.close()

    def _write(self, words: list[Any]) -> None:
        assert self.child.stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError):  # it has gone; the listener says so
            self.child.stdin.write(json.dumps(words) + "\n")
            self.child.stdin.flush()

    def _listen(self) -> None:
        """Puts what it answers into the inbox; the end of its answers is the end of it."""
        assert self.child.stdout is not None
        reason = ""
        with contextlib.suppress(ValueError, OSError):  # closed from this side
            for line in self.child.stdout:
                words = json.loads(line)
                if isinstance(words, list):
                    self.inbox.put(unpack(words))
                elif "thought" in words:
                    self.inbox.put(Thought(words["thought"]))
                else:
                    reason = words["lost"]
                    break
        if not self.closing:
            code = self.child.wait()
            self.inbox.put(Lost(reason or f"its process ended with code {code}"))

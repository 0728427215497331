"""The generator's process: `python -m etude.lab.stage.child`, asked through stdin, answering through stdout.

The first line it reads is its task, the first it answers says what it plays or why it cannot.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any, Protocol

from etude.errors import EtudeError
from etude.lab.stage.wire import pack
from etude.live import Arrived


class Maker(Protocol):
    """What makes music on request."""

    def ahead(self, beat: float) -> Iterator[Arrived]:
        """The music up to `beat`, in batches."""

    def tell(self, name: str, value: Any) -> None:
        """Changes how it is made."""


Made = tuple[Maker, dict[str, Any]]  # and the facts that its user is told


def from_model(task: dict[str, Any]) -> Made:
    """The Generator that `task` (the fields of a Wish) asks for."""
    from etude.lab.stage.generator import Generator, Wish, load_to_play

    loaded = load_to_play(task.get("model"))
    heat = task.get("temperature")
    own = loaded.sampling.temperature
    facts = {
        "name": loaded.name,
        "sha256": loaded.sha256,
        "temperature": heat if heat is not None else own if isinstance(own, float) else 1.0,
        "licence": str(loaded.metadata.get("licence", "")),
    }
    return Generator(loaded, Wish(**task)), facts


def from_pattern(task: dict[str, Any]) -> Made:
    """A steady pattern instead of a model: what `play --selftest` without a model plays."""
    from etude.lab.stage.pattern import Pattern

    return Pattern(**task), {"name": "pattern", "sha256": "", "temperature": 1.0, "licence": ""}


MAKERS: dict[str, Callable[[dict[str, Any]], Made]] = {
    "model": from_model,
    "pattern": from_pattern,
}


def main() -> None:
    """Answers requests until stdin ends."""
    out = sys.stdout
    sys.stdout = sys.stderr  # whatever else prints must not come between the lines
    requests: SimpleQueue[list[Any] | None] = SimpleQueue()
    kind, task = json.loads(sys.stdin.readline())
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    try:
        maker, facts = MAKERS[kind](task)
        _say(out, json.dumps({"ready": facts}))
        _serve(maker, requests, out)
    except BrokenPipeError:
        sys.exit(0)  # the player has gone
    except Exception as error:
        code = error.exit_code if isinstance(error, EtudeError) else 1
        said = str(error) if isinstance(error, EtudeError) else f"{type(error).__name__}: {error}"
        _say(out, json.dumps({"lost": said, "code": code}))
        sys.exit(code)


def _listen(requests: SimpleQueue[list[Any] | None]) -> None:
    for line in sys.stdin:
        requests.put(json.loads(line))
    requests.put(None)


def _serve(maker: Maker, requests: SimpleQueue[list[Any] | None], out: Any) -> None:
    """Makes music as far as was asked; between two batches it looks for what else is wanted."""
    wanted = 0.0
    while True:
        request = requests.get()
        if request is None:
            return
        name, value = request
        if name == "ahead":
            wanted = max(wanted, value)
        else:
            maker.tell(name, value)
            wanted = value["beat"] if name == "restart" else wanted
        for batch in maker.ahead(wanted):
            _say(out, pack(batch))
            if not requests.empty():
                break  # it may change what is made; then `ahead` goes on from here


def _say(out: Any, line: str) -> None:
    out.write(line + "\n")
    out.flush()


if __name__ == "__main__":
    main()

"""The generator's process: `python -m etude.lab.stage.child`, asked through stdin, answering through stdout.

The first line it reads is its task, the first it answers says what it plays or why it cannot.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

from etude.errors import EtudeError
from etude.lab.stage.wire import pack
from etude.live import Arrived

if TYPE_CHECKING:
    from etude.lab.loading import Loaded


class Maker(Protocol):
    """What makes music on request."""

    def ahead(self, beat: float) -> Iterator[Arrived]:
        """The music up to `beat`, in batches."""

    def tell(self, name: str, value: Any) -> dict[str, Any] | None:
        """Changes how it is made; what the player is to be told at once."""


Made = tuple[Maker, dict[str, Any]]  # and the facts that its user is told


def from_model(task: dict[str, Any]) -> Made:
    """The Generator that `task` (the fields of a Wish) asks for."""
    from etude.lab.stage.generator import Generator, load_to_play
    from etude.lab.stage.wish import Wish

    loaded = load_to_play(task.get("model"))
    return Generator(loaded, Wish(**task)), facts_of(loaded, task.get("temperature"))


def facts_of(loaded: Loaded, temperature: float | None) -> dict[str, Any]:
    """What the player is told of a model."""
    own = loaded.sampling.temperature
    return {
        "name": loaded.name,
        "sha256": loaded.sha256,
        "temperature": temperature if temperature is not None else own if isinstance(own, float) else 1.0,
        "licence": str(loaded.metadata.get("licence", "")),
    }


def from_pattern(task: dict[str, Any]) -> Made:
    """A steady pattern instead of a model: what `play --selftest` without a model plays."""
    from etude.lab.stage.pattern import Pattern

    return Pattern(**task), {"name": "pattern", "sha256": "", "temperature": 1.0, "licence": ""}


def from_jam(task: dict[str, Any]) -> Made:
    """A partner that hears and answers."""
    from etude.lab.stage.partner import partner

    return partner(task)


MAKERS: dict[str, Callable[[dict[str, Any]], Made]] = {
    "model": from_model,
    "pattern": from_pattern,
    "jam": from_jam,
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
            said = maker.tell(name, value)
            if said is not None:
                _say(out, json.dumps(said))
            wanted = value["beat"] if name in ("restart", "answer") else wanted
        for batch in maker.ahead(wanted):
            _say(out, pack(batch))
            if not requests.empty():
                break  # it may change what is made; then `ahead` goes on from here


def _say(out: Any, line: str) -> None:
    out.write(line + "\n")
    out.flush()


if __name__ == "__main__":
    main()

"""`etude bundle`: a run becomes a model that can be called by name, with a card of what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etude.errors import BadInput, Reason
from etude.files import write_atomically
from etude.lab.bundled import FACTS, INDEX, MODEL, WEIGHTS, Bundled
from etude.lab.bundling.card import card_page
from etude.lab.bundling.figures import Ask, of_likelihood, of_music, of_training, of_two_samples, opened
from etude.lab.bundling.packing import Packed, pack_files
from etude.lab.bundling.shipping import checked_material
from etude.lab.environment import machine
from etude.lab.events import Watcher, nobody
from etude.lab.material import Material
from etude.lab.run import Run


@dataclass(frozen=True)
class Made:
    """A bundled model, and where its card was written."""

    model: Bundled
    card: Path | None = None

    def answer(self) -> dict[str, Any]:
        """The keys of `etude bundle --json`."""
        paths = [self.model.file(suffix) for suffix in (MODEL, WEIGHTS, INDEX, FACTS)]
        return {
            "name": self.model.name,
            "files": {str(path): path.stat().st_size for path in paths},
            "card": str(self.card) if self.card else None,
            "figures": dict(self.model.facts["figures"]),
        }


def bundle(
    run: Path, name: str, out: Path, *, card: Path | None = None, ask: Ask | None = None, watch: Watcher = nobody
) -> Made:
    """The run in folder `run` as the bundled model `name` in the folder `out`; with `ask`, it is measured.

    Raises UsageError for a run that may not be passed on, or whose files are too large.
    """
    if not Run.is_run(run):
        raise BadInput(f"{run} is no run folder; only a run can be bundled.", Reason.UNREADABLE)
    source = Run.open(run)
    watch({"event": "stage", "text": f"reading what {run} learned from"})
    material = checked_material(source)
    watch({"event": "stage", "text": "writing model, weights and passage index"})
    packed = pack_files(source, material, name, out)
    packed.keep(_figures(source, packed, material, ask, watch))
    model = Bundled(name, out)  # with the facts as they are now
    if card is not None:
        page = card_page(model, _command(name, ask), _in_words(machine()))
        write_atomically(card, page.encode())
    return Made(model, card)


def _figures(source: Run, packed: Packed, material: Material, ask: Ask | None, watch: Watcher) -> dict[str, Any]:
    found: dict[str, Any] = of_training(source, packed.exported)
    if ask is None:
        return found
    loaded = opened(packed.model)
    if ask.likelihood:
        found |= of_likelihood(loaded, material.data.collection, watch)
    if ask.count:
        heard, scores = of_music(loaded, material, ask, watch)
        found |= heard
        if ask.two_sample:
            found |= of_two_samples(scores, material, ask, watch)
    return found


def _command(name: str, ask: Ask | None) -> str:
    """The command that measured, without places of this machine."""
    words = ["etude bundle RUN", f"--name {name}"]
    if ask is not None:
        words += [f"--count {ask.count}", f"--seed {ask.seed}"]
        words += ["--no-likelihood"] * (not ask.likelihood) + ["--two-sample"] * ask.two_sample
        words += ["--critic FOLDER"] * (ask.critic is not None)
    return " ".join(words)


def _in_words(kind: Mapping[str, Any]) -> str:
    return f"{kind['processor'] or kind['architecture']}, {kind['cores']} cores"

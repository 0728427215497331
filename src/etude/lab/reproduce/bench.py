"""The Bench of a reproduction: its folder, its data, its trained runs, and what held-out music costs them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.config import to_mapping
from etude.errors import EtudeError
from etude.files import write_atomically
from etude.lab.events import Watcher, nobody
from etude.lab.loading import Loaded, checkpointed, load
from etude.lab.material import Material
from etude.lab.reproduce.base import Arm
from etude.lab.run import Run
from etude.lab.weights import recipe_of

if TYPE_CHECKING:
    from etude.evaluation import Likelihood
    from etude.stepper import Scorer


@dataclass(frozen=True)
class Bench:
    """Everything a report needs. `factor` is the share of the full budget that was asked for."""

    folder: Path
    data: Mapping[str, Path]
    arms: Mapping[str, Arm]
    factor: float = 1.0
    watch: Watcher = nobody
    _materials: dict[str, Material] = field(default_factory=dict, repr=False)

    def say(self, text: str) -> None:
        """Tells whoever watches what is being done."""
        self.watch({"event": "stage", "text": text})

    def run(self, arm: str) -> Run:
        """The finished run of an arm. Raises EtudeError when it was not trained."""
        run = Run(self.folder / "runs" / arm)
        if not is_done(run):
            raise EtudeError(f"The arm '{arm}' is not trained. Give the command again, without --only.")
        return run

    def trained(self, arm: str) -> bool:
        """Whether the arm is trained: with --only, some are not."""
        return is_done(Run(self.folder / "runs" / arm))

    def load(self, arm: str) -> Loaded:
        """The trained model of an arm as it is played: exported, where it can be."""
        return load(self.run(arm).folder)

    def exact(self, arm: str) -> Loaded:
        """The trained model of an arm as it is priced: its weights, not what an export rounded them to."""
        run = self.run(arm)
        return self.load(arm) if recipe_of(run).is_counted else checkpointed(run, str(run.folder))

    def ending(self, arm: str) -> dict[str, Any]:
        """The last figures of an arm's training: parameters, seconds, peak memory, ..."""
        return next(record for record in self.run(arm).records() if record.get("event") == "end")

    def material(self, arm: str) -> Material:
        """What an arm was trained on, and what it is judged by."""
        recipe = recipe_of(self.run(arm))
        key = json.dumps([to_mapping(recipe.data), dict(recipe.encoding)], sort_keys=True, default=str)
        if key not in self._materials:
            self._materials[key] = Material.of(recipe.data, recipe.build_encoding())
        return self._materials[key]

    def once(self, key: str, make: Callable[[], Any], *, arms: Sequence[str] = (), sizes: Any = None) -> Any:
        """What `make` returns (anything JSON holds), made only once for these arms and `sizes`, and kept."""
        identity = [_identity(self.run(arm)) for arm in arms]
        told = identity if sizes is None else [identity, asdict(sizes)]
        signature = hashlib.sha256(json.dumps(told).encode()).hexdigest()
        path = self.folder / "kept" / f"{key}.json"
        if path.is_file():
            kept = json.loads(path.read_text("utf-8"))
            if kept["signature"] == signature:
                return kept["value"]
        self.say(f"working out {key}")
        value = make()
        text = json.dumps({"signature": signature, "value": value}, default=_plain)
        write_atomically(path, text.encode())
        return json.loads(text)["value"]

    def likelihood(
        self,
        arm: str,
        protocol: str = "full",
        split: str = "valid",
        *,
        pieces: int = 0,
        scorer: Callable[[Loaded], Scorer] | None = None,
        called: str = "",
    ) -> Likelihood:
        """What the model of `arm` costs on the held-out side of its own collection; kept.

        `pieces` limits it to that many pieces, evenly chosen. `scorer` makes another scorer of the model, whose
        figures are kept under the name `called`.
        """
        return self.priced(
            arm,
            lambda: (scorer or _stepper)(self.exact(arm)),
            *(protocol, split, called),
            pieces=pieces,
        )

    def priced(
        self, arm: str, scorer: Callable[[], Scorer], protocol: str, split: str, called: str, *, pieces: int = 0
    ) -> Likelihood:
        """What any scorer costs on the held-out side of an arm's collection, kept under the name `called`."""
        from etude.evaluation import likelihood

        def price() -> dict[str, Any]:
            material = self.material(arm)
            packed = material.packed(split)
            chosen = evenly(len(packed), pieces)
            whole = packed.pieces()
            found = likelihood(
                scorer(),
                [whole[number] for number in chosen],
                protocol,
                notes=int(packed.note_counts[chosen].sum()),
                field_names=material.field_names,
            )
            return asdict(found)

        parts = [arm, called, protocol.replace(":", "-"), split, str(pieces or "")]
        return _likelihood_of(self.once("-".join(filter(None, parts)), price, arms=[arm]))


def evenly(total: int, wanted: int) -> list[int]:
    """`wanted` of the numbers 0 .. total - 1, evenly spread; all of them for 0."""
    if not wanted or wanted >= total:
        return list(range(total))
    return [int(number) for number in np.linspace(0, total - 1, wanted).round()]


def is_done(run: Run) -> bool:
    """Whether a run came to its end."""
    return any(record.get("event") == "end" for record in run.records())


def _stepper(loaded: Loaded) -> Scorer:
    scorer: Scorer = loaded.stepper
    return scorer


def _identity(run: Run) -> list[Any]:
    """What makes a trained run this one: its recipe and its last record."""
    return [run.recipe(), list(run.records())[-1]]


def _likelihood_of(values: Mapping[str, Any]) -> Likelihood:
    from etude.evaluation import Likelihood

    known = Likelihood.__dataclass_fields__
    kept: dict[str, Any] = {
        name: np.nan if value is None else value for name, value in values.items() if name in known
    }
    kept["totals"] = np.array(values["totals"], np.float64)
    kept["counts"] = np.array(values["counts"], np.int64)
    return Likelihood(**kept)


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)

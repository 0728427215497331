"""Recipes: everything a training needs to know, as TOML with names, overridden by `--set KEY=VALUE`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from etude import registry
from etude.config import from_mapping, override, read_toml, to_mapping
from etude.errors import UsageError
from etude.lab.trackers import TrackingConfig

if TYPE_CHECKING:
    from etude.encodings import Encoding
    from etude.models.config import ModelConfig
    from etude.sampling import Sampling
    from etude.training import TrainingConfig

NGRAM = "ngram"


@dataclass(frozen=True)
class DataConfig:
    """Which music, and how it is varied while it is learned."""

    collection: str = "folk"  # a folder, a tune book, an archive, folk, chorales, or what ingest wrote
    tracks: Literal["all", "melody", "drums"] = "all"  # of each piece
    transpose: tuple[int, ...] = (-5, 6)  # semitones, lowest and highest
    without: str = ""  # a collection whose held-out pieces are not to be learned, nor anything like them
    passages: int = 0  # nor what shares that many notes in a row with one of them, in any key; 0: whole pieces only
    split: str = ""  # in-order:0.9, by-file:0.9 or by-work:0.9 instead of the collection's own; the first two leak
    pieces: int = 0  # learn from so many training pieces only, fewer of them always among more; 0: all
    valid_pieces: int = 0  # judge by so many validation pieces while training; 0: all
    valid_steps: int = 0  # and only by the first so many steps of each; 0: all
    seed: int = 0  # of by-file, by-work and the choice of `pieces`
    stretch: tuple[float, ...] = (1.0,)  # tempos to learn at: each piece lasts so many times as long
    left_open: float = 0.0  # share of the conditions that a piece is not told, at random; up to 0.5
    infill: float = 0.0  # share of the pieces that are told with a gap, which comes last: the model can then infill
    floors: bool = True  # fit the n-gram baselines before training, to print beside the loss


@dataclass(frozen=True)
class Recipe:
    """A named set of settings. The tables of a room are checked by that room's own dataclass."""

    name: str
    purpose: str = ""
    data: DataConfig = field(default_factory=DataConfig)
    encoding: Mapping[str, Any] = field(default_factory=lambda: {"name": "notes"})
    model: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    sampling: Mapping[str, Any] = field(default_factory=dict)
    tracking: TrackingConfig = field(default_factory=TrackingConfig)

    def mapping(self) -> dict[str, Any]:
        """The nested settings, ready for TOML."""
        return to_mapping(self)

    @property
    def is_ngram(self) -> bool:
        """Whether its model is the n-gram with copying."""
        return self.model.get("kind") == NGRAM

    @property
    def is_counted(self) -> bool:
        """Whether its model learns all at once, without torch: the n-gram, or a plugin's Learner."""
        return _is_counted(self.model.get("kind"))

    def build_encoding(self) -> Encoding:
        """The encoding it names."""
        markers = {"infill": True} if self.data.infill else {}
        return encoding_from({"name": "notes", **self.encoding, **markers})

    def model_config(self) -> ModelConfig:
        """The checked settings of the model."""
        from etude.models.config import ModelConfig

        return from_mapping(ModelConfig, self.model, "model.")

    def learner(self) -> Any:
        """The plugin's Learner with its settings checked, of a counted model that is no n-gram."""
        from etude.models.learner import learner_of

        return learner_of(self.model)

    def training_config(self) -> TrainingConfig:
        """The checked settings of the training."""
        from etude.training.config import TrainingConfig

        return from_mapping(TrainingConfig, self.training, "training.")

    def sampling_config(self) -> Sampling:
        """The checked settings of the sampling."""
        return sampling_from(self.sampling)


def encoding_from(values: Mapping[str, Any]) -> Encoding:
    """The encoding of a name and its settings, as in a recipe and in encoding.json."""
    from etude import encodings

    settings = dict(values)
    return encodings.build(settings.pop("name"), **settings)


def sampling_from(values: Mapping[str, Any]) -> Sampling:
    """The Sampling of a recipe's table, checked."""
    from etude.sampling import Sampling

    return from_mapping(Sampling, values, "sampling.")


def recipe_names() -> list[str]:
    """The recipes that come with etude."""
    folder = files("etude.lab") / "recipes"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_recipe(name: str, assignments: Sequence[str] = (), extra: Mapping[str, Any] | None = None) -> Recipe:
    """The recipe called `name` (a built-in one or a TOML file), with `extra` values and then `assignments` set.

    Raises UsageError naming the key, the file or the nearest recipe.
    """
    values = _values(name)
    values.pop("format_version", None)
    for table, settings in (extra or {}).items():
        values[table] = {**values.get(table, {}), **settings}
    kind, encoding = counted_kind(assignments), _asked(assignments, "encoding", "name")
    if kind and kind != values.get("model", {}).get("kind"):
        values["model"] = {}  # what a recipe sets of its own model means nothing to that one
    if encoding is not None and not registry.is_built_in("encodings", encoding):
        values["encoding"] = {}  # nor does what it sets of its own encoding, to that of a plugin
    recipe = recipe_from(override(values, assignments))
    recipe.tracking.check_known()
    return recipe


def counted_kind(assignments: Sequence[str]) -> str:
    """The kind of model that `assignments` ask for if it learns all at once; "" if not."""
    asked = _asked(assignments, "model", "kind")
    return str(asked) if _is_counted(asked) else ""


def _asked(assignments: Sequence[str], table: str, key: str) -> Any:
    """What `assignments` ask for under table.key; None where they say nothing of it."""
    values = override({}, assignments).get(table)
    return values.get(key) if isinstance(values, Mapping) else None


def _is_counted(kind: object) -> bool:
    if not isinstance(kind, str) or registry.is_built_in("models", kind):
        return kind == NGRAM
    from etude.models.learner import is_learner

    return is_learner(kind)


def recipe_from(values: Mapping[str, Any]) -> Recipe:
    """The Recipe of nested `values`, checked by every room it speaks of."""
    recipe = from_mapping(Recipe, {"name": "unnamed", **values})
    _check_data(recipe.data)
    recipe.build_encoding()
    if recipe.is_counted:
        _check_counted(recipe)
    else:
        from etude.engine import check_exportable

        check_exportable(vars(recipe.model_config()))
    recipe.training_config()
    recipe.sampling_config()
    return recipe


def _check_data(data: DataConfig) -> None:
    """Raises UsageError for settings of the data that nothing can be done with."""
    low_high = data.transpose
    if len(low_high) != 2 or low_high[0] > low_high[1]:
        raise UsageError(f"'data.transpose' must be [lowest, highest] semitones, not {list(low_high)}.")
    for name in ("passages", "pieces", "valid_pieces", "valid_steps", "seed"):
        if getattr(data, name) < 0:
            raise UsageError(f"'data.{name}' must not be negative.")
    if not 0 <= data.left_open <= 0.5:
        raise UsageError(f"'data.left_open' must be 0 (all is told) to 0.5, not {data.left_open}.")
    if not 0 <= data.infill <= 1:
        raise UsageError(f"'data.infill' must be 0 (no piece is told with a gap) to 1, not {data.infill}.")
    if not data.stretch or min(data.stretch) <= 0:
        raise UsageError(
            f"'data.stretch' must be factors above 0, such as [1.0, 0.9, 1.1], not {list(data.stretch)}."
        )
    if data.passages and not data.without:
        raise UsageError("'data.passages' needs 'data.without': the collection whose held-out pieces are guarded.")
    if data.split:
        from etude.data import Division

        Division.parse(data.split)


def _check_counted(recipe: Recipe) -> None:
    """Raises UsageError for settings that mean nothing to a model that learns all at once."""
    if recipe.data.infill:
        raise UsageError("A counted model hears no gaps and cannot learn to infill: leave data.infill out.")
    if not recipe.is_ngram:
        recipe.learner()
        return
    for key in recipe.model:
        if key != "kind":
            raise UsageError(f"'model.{key}' means nothing to an n-gram; with model.kind = 'ngram' leave it out.")


def _values(name: str) -> dict[str, Any]:
    path = Path(name)
    if path.suffix == ".toml":
        if not path.is_file():
            raise UsageError(f"There is no recipe file {path}. Recipes that come with etude: {_listed()}.")
        return {"name": path.stem, **read_toml(path)}
    if name not in recipe_names():
        raise UsageError(f"There is no recipe '{name}'. Recipes that come with etude: {_listed()}.")
    return {"name": name, **read_toml(Path(str(files("etude.lab") / "recipes" / f"{name}.toml")))}


def _listed() -> str:
    return ", ".join(recipe_names())

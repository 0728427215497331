"""The baselines of a run: counted once, kept in the run folder, shown beside every figure and every piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from etude.lab.loading import Loaded
from etude.lab.material import Material
from etude.lab.run import Run

if TYPE_CHECKING:
    from etude.data import Packed
    from etude.evaluation import Baselines, Likelihood

FOLDER = "baselines"  # of a run; the n-gram counted on its training side, tuned on its validation side


def fit(material: Material) -> Baselines:
    """The baselines counted on the training side of `material`."""
    from etude.evaluation import Baselines

    return Baselines.fit(material.train.pieces(), material.sizes)


def on_validation(
    material: Material, fitted: Baselines, protocol: str = "full", valid: Packed | None = None
) -> dict[str, Likelihood]:
    """Name -> two-fold likelihood on `valid` (default: the pieces by which choices are made while training)."""
    valid = valid or material.valid
    return fitted.on_validation(
        valid.pieces(), protocol, notes=valid.note_counts.tolist(), field_names=material.field_names
    )


def keep(run: Run, fitted: Baselines, valid: Packed) -> None:
    """Writes the n-gram with copying into the run, its weights fitted on validation, for composing beside it."""
    from etude.models.ngram import save

    save(fitted.ngrams["ngram+copy"].tuned(valid.pieces()), run.folder / FOLDER)


def baseline_models(run: Run, like: Loaded) -> Iterator[tuple[str, str, Loaded]]:
    """(title, sentence, model) of the n-gram and the uniform baseline, playing through the same encoding."""
    from etude.evaluation import Uniform
    from etude.models.ngram import load

    sizes = tuple(field.size for field in like.encoding.fields)
    if (run.folder / FOLDER / "ngram.json").is_file():
        yield (
            "Baseline: n-gram with copying",
            "Counts of short contexts, mixed with counts of the piece so far. It knows no longer line.",
            _as_loaded(like, "ngram", load(run.folder / FOLDER)),
        )
    yield (
        "Baseline: uniform",
        "Every symbol the grammar allows is equally likely: valid music by rule, and nothing more.",
        _as_loaded(like, "uniform", Uniform(sizes)),
    )


def counted_baseline(like: Loaded, material: Material) -> Loaded:
    """The n-gram with copying of `material`, playing through the encoding of `like`; that of its run if kept."""
    if like.run is not None and (like.run.folder / FOLDER / "ngram.json").is_file():
        return next(model for _, _, model in baseline_models(like.run, like))
    counted = fit(material).ngrams["ngram+copy"].tuned(material.valid.pieces())
    return _as_loaded(like, "ngram", counted)


def _as_loaded(like: Loaded, name: str, stepper: Any) -> Loaded:
    from etude.sampling import Sampling

    metadata: Mapping[str, Any] = {"licence": like.metadata.get("licence", "")}
    return replace(like, name=name, sha256="", stepper=stepper, sampling=Sampling(), metadata=metadata)

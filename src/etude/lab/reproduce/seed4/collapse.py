"""What squared error makes of a pitch head: 128 outputs, each trained to be the mean pitch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from etude.evaluation.intervals import over_seeds
from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed4.variations import Size, arm_name

if TYPE_CHECKING:
    from torch import Tensor

UNIFORM = math.log(128)  # nats of a pitch drawn blindly
ALIKE = 1.0  # outputs that differ by less than a semitone say the same
BLIND = 0.98  # share of UNIFORM from which drawing from the outputs is as good as blind

FIGURES = {
    "loss": "mean squared error on pitch",
    "variance": "variance of the labels",
    "explained": "share of the variance explained",
    "mean_output": "mean of the 128 outputs, semitones",
    "mean_label": "mean of the labels, semitones",
    "across": "standard deviation across the 128 outputs of a step",
    "along": "standard deviation of their mean along the music",
    "entropy": "entropy of what pitches are drawn from, nats (blind: 4.852)",
    "accuracy": "share of labels that are the largest output",
}
NOTEBOOK = {"loss": "158.3-168.7 (epochs 2-10)", "mean_output": "about 63", "accuracy": "at most 0.011"}


def found(bench: Bench, arm: str) -> dict[str, float]:
    """The FIGURES of a network of the recipe seed4-notebook on the very notes it was trained on."""
    kept: dict[str, float] = bench.once(f"{arm}-collapse", lambda: _measured(bench, arm), arms=[arm])
    return kept


def _measured(bench: Bench, arm: str) -> dict[str, float]:
    import torch

    from etude.lab.weights import torch_model

    model, _ = torch_model(bench.run(arm))
    outputs, labels = [], []
    with torch.no_grad():
        for piece in bench.material(arm).train.pieces():
            steps = torch.from_numpy(piece.astype("int64"))[None]
            hidden, _ = model.body(steps[:, :-1])
            pitch = steps[0, 1:, 0]
            notes = (pitch >= 2) & (pitch < 130)  # what follows are conditions
            outputs.append(_outputs(model, hidden)[0][notes])
            labels.append(pitch[notes] - 2)
    return _figures(torch.cat(outputs).double(), torch.cat(labels))


def _outputs(model: Any, hidden: Tensor) -> Tensor:
    """Float[B, T, 128]: the pitch head's outputs, without the two values that begin and end a piece."""
    scores: Tensor = model.head.out["0"](hidden)
    return scores


def _figures(outputs: Tensor, labels: Tensor) -> dict[str, float]:
    """FIGURES from outputs float64[N, 128] and labels int64[N]."""
    pitches = labels.double()
    variance = float(pitches.var(unbiased=False))
    loss = float(((outputs - pitches[:, None]) ** 2).mean())
    log_p = outputs.log_softmax(-1)
    return {
        "loss": loss,
        "variance": variance,
        "explained": 1 - loss / variance,
        "mean_output": float(outputs.mean()),
        "mean_label": float(pitches.mean()),
        "across": float(outputs.std(dim=-1, unbiased=False).mean()),
        "along": float(outputs.mean(-1).std(unbiased=False)),
        "entropy": float(-(log_p.exp() * log_p).sum(-1).mean()),
        "accuracy": float((outputs.argmax(-1) == labels).double().mean()),
    }


def table(bench: Bench, size: Size) -> Table:
    """The squared error and the cross-entropy beside the notebook."""
    rows = []
    for figure, what in FIGURES.items():
        sides = [
            str(over_seeds([found(bench, arm_name(key, seed))[figure] for seed in size.seeds]))
            for key in ("squared", "entropy")
        ]
        rows.append((what, NOTEBOOK.get(figure, "-"), *sides))
    return Table(
        "Squared error on pitch, on the notes it was trained on",
        ("", "the notebook", "our reproduction", "cross-entropy instead"),
        rows,
        "Which five files the notebook read hangs on its file system; ours are drawn, other ones with each seed. "
        "It printed a loss and an accuracy on training notes only: the loss is the variance of pitch, whose unit "
        "is semitones squared, and nothing stands beside it.",
    )


def sentence(bench: Bench, size: Size) -> str:
    """Whether the squared error collapses, worked out."""
    figures = [found(bench, arm_name("squared", seed)) for seed in size.seeds]
    loss, variance, across, entropy = (
        over_seeds([one[name] for one in figures]) for name in ("loss", "variance", "across", "entropy")
    )
    explained = over_seeds([one["explained"] for one in figures])
    alike, blind = across.mean < ALIKE, entropy.mean > BLIND * UNIFORM
    verdict = "collapsed" if alike and blind else "did not collapse wholly"
    explains, spread = round(100 * explained.mean), "are alike" if alike else "differ"
    return (
        f"Squared error on pitch {verdict}: its loss is {loss} where the variance of its labels is {variance} "
        f"({explains} % explained); the 128 outputs of a step {spread} (they spread by {across} semitones), and "
        f"pitches drawn from them have {entropy} of {UNIFORM:.3f} nats: {'blind' if blind else 'not blind'}."
    )

"""What trained networks pay for held-out pieces: per field, per note played, in twelve keys, at other tempos."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from etude.evaluation.intervals import Interval, over_seeds, paired_over_seeds
from etude.lab.reproduce.bench import Bench, evenly
from etude.lab.reproduce.seed4.variations import Size, arm_name

if TYPE_CHECKING:
    from etude.data.collection import Piece
    from etude.encodings import Steps
    from etude.evaluation import Likelihood
    from etude.models import TorchStepper

KEYS = range(-6, 6)  # semitones
TEMPOS = (0.9, 1.1)  # how long a piece lasts, of its own length

Figure = Callable[[Bench, str, Size], float]  # of one arm


def stepper(bench: Bench, arm: str) -> TorchStepper:
    """The network of an arm at full precision; an exported one has rounded weights."""
    from etude.lab.weights import torch_model
    from etude.models import TorchStepper

    return TorchStepper(torch_model(bench.run(arm))[0])


def priced(bench: Bench, arm: str, size: Size) -> Likelihood:
    """The likelihood of the sample of validation pieces, seen whole."""
    return bench.priced(arm, lambda: stepper(bench, arm), "full", "valid", "torch", pieces=size.sample)


def pitch_nats(bench: Bench, arm: str, size: Size) -> float:
    """Nats for the pitch of a note (or the end of a piece)."""
    return priced(bench, arm, size).nats_per_field["pitch"]


def note_nats(bench: Bench, arm: str, size: Size) -> float:
    """Nats for all that is told of a note."""
    return priced(bench, arm, size).nats_per_step


def unstressed_nats(bench: Bench, arm: str, size: Size) -> float:
    """Nats for pitch, step and duration: what networks with and without velocity have in common."""
    found = priced(bench, arm, size).nats_per_field
    return sum(found[name] for name in ("pitch", "step", "duration"))


def held_bits(bench: Bench, arm: str, size: Size) -> float:
    """Bits for each note that the encoding holds."""
    return priced(bench, arm, size).bits_per_note


def played_bits(bench: Bench, arm: str, size: Size) -> float:
    """Bits for each note that was played, whether or not the encoding holds it."""
    return priced(bench, arm, size).bits_per_note * kept_share(bench, arm, size)


def kept_share(bench: Bench, arm: str, size: Size) -> float:
    """The share of the notes played in the sample that are still there when its steps are decoded."""
    return priced(bench, arm, size).notes / sum(piece.notes for piece in sample(bench, arm, size))


def sample(bench: Bench, arm: str, size: Size) -> list[Piece]:
    """The validation pieces that everything is priced on."""
    pieces = bench.material(arm).collection.pieces("valid")
    return [pieces[number] for number in evenly(len(pieces), size.sample)]


def moved_nats(bench: Bench, arm: str, size: Size) -> dict[str, float]:
    """Nats a note of the beginnings of the sample: as they are ("own"), in 12 keys ("keys"), at other tempos."""

    def make() -> dict[str, float]:
        from etude.score import stretch

        model, encoding = stepper(bench, arm), bench.material(arm).encoding
        scores = [piece.score for piece in sample(bench, arm, size)]
        plain = [encoding.encode(score) for score in scores]
        keys = [
            moved for steps in plain for shift in KEYS if (moved := encoding.transpose(steps, shift)) is not None
        ]
        tempos = [encoding.encode(stretch(score, factor)) for score in scores for factor in TEMPOS]
        return {
            name: _mean_nats(model, [steps[: size.excerpt + 1] for steps in sequences])
            for name, sequences in (("own", plain), ("keys", keys), ("tempos", tempos))
        }

    found: dict[str, float] = bench.once(f"{arm}-moved", make, arms=[arm])
    return found


def _mean_nats(model: TorchStepper, sequences: Sequence[Steps]) -> float:
    """Nats a step over all sequences."""
    nats = model.nats_many(list(sequences))
    return float(sum(part.sum() for part in nats) / sum(len(part) for part in nats))


def moved(name: str) -> Figure:
    """The figure of `moved_nats` called `name`."""
    return lambda bench, arm, size: moved_nats(bench, arm, size)[name]


def histogram_bits(bench: Bench, key: str, size: Size) -> float:
    """Bits a note held if every field is drawn from its own histogram on the training side: the least a network
    should beat."""
    arm = arm_name(key, size.seeds[0])

    def make() -> dict[str, float]:
        material = bench.material(arm)
        train, valid = material.train, material.packed("valid")
        chosen = evenly(len(valid), size.sample)
        pieces = valid.pieces()
        held = np.concatenate([pieces[number][1:] for number in chosen])
        nats = 0.0
        for field, many in enumerate(material.sizes):
            counts = np.bincount(train.steps[:, field], minlength=many) + 1.0
            nats -= float(np.log(counts / counts.sum())[held[:, field]].sum())
        return {"bits": nats / math.log(2) / int(valid.note_counts[chosen].sum())}

    found: dict[str, float] = bench.once(f"{arm}-histogram", make, arms=[arm])
    return found["bits"]


def pitch_references(bench: Bench, key: str, size: Size) -> dict[str, float]:
    """Nats a pitch of the sample by counting one, two and three notes of all training files."""
    from etude.lab.reproduce.seed2.counting import pitch_lines
    from etude.lab.reproduce.seed2.counting import pitch_references as counted

    arm = arm_name(key, size.seeds[0])

    def make() -> dict[str, float]:
        material = bench.material(arm)
        pieces = material.packed("valid").pieces()
        held = [pieces[number] for number in evenly(len(pieces), size.sample)]
        return counted(pitch_lines(material.train.pieces()), pitch_lines(held))

    found: dict[str, float] = bench.once(f"{arm}-counted", make, arms=[arm])
    return found


def over(bench: Bench, key: str, size: Size, figure: Figure) -> Interval:
    """The Interval over seeds of a figure of a variation."""
    return over_seeds([figure(bench, arm_name(key, seed), size) for seed in size.seeds])


def change(bench: Bench, key: str, beside: str, size: Size, figure: Figure) -> Interval:
    """The Interval of what a variation has more of a figure than another, paired by seed."""
    mine, theirs = ([figure(bench, arm_name(one, seed), size) for seed in size.seeds] for one in (key, beside))
    return paired_over_seeds(mine, theirs)


def ending(bench: Bench, key: str, size: Size, name: str) -> Any:
    """A last figure of the training with the first seed: parameters, ..."""
    return bench.ending(arm_name(key, size.seeds[0]))[name]


def seconds(bench: Bench, key: str, size: Size) -> float:
    """The mean seconds of a training of a variation."""
    return float(np.mean([bench.ending(arm_name(key, seed))["seconds"] for seed in size.seeds]))

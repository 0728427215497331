"""The trainings of the optimisation plan: its four experiments, its matrix of networks, its single options.

All of them are the tutorial's network on MAESTRO with one thing changed at a time. What the plan claims stands
beside each, to be held against what is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from etude.lab.reproduce.base import Arm

UPDATES = 2000  # of 64 windows each, of an experiment and of a network of the matrix
OPTION_UPDATES = 800  # of an option of the last experiment, and of that experiment beside them
WEIGHTS = "model.field_weights=[0.5, 1.0, 1.0, 1.0]"
STACKED = ("model.sizes=[256, 128]", "model.dropout=0.3")


@dataclass(frozen=True)
class Claim:
    """What the plan expects of an experiment, as a figure that should be lower or higher than one step before."""

    text: str
    figure: str
    direction: str  # "lower" or "higher"


@dataclass(frozen=True)
class Experiment:
    """One experiment of the plan's tracker. `configuration` is (what, value, whether it changed)."""

    name: str
    title: str
    settings: tuple[str, ...]  # on top of the recipe, those of the experiments before included
    configuration: tuple[tuple[str, str, bool], ...]
    minutes: float
    hypothesis: str = ""
    claims: tuple[Claim, ...] = ()


def _configuration(network: str, length: int, weight: float, changed: str) -> tuple[tuple[str, str, bool], ...]:
    told = {
        "Architecture": network,
        "Sequence Length": str(length),
        "Loss Weights": f"{{pitch: {weight:g}, step: 1.0, duration: 1.0}}",
        "Learning Rate": "0.005",
    }
    return tuple((name, value, name == changed) for name, value in told.items())


_BETTER_PITCH = (
    Claim("better pitch selection (pitch nats)", "pitch_nats", "lower"),
    Claim("better pitch selection (pitch accuracy)", "pitch_accuracy", "higher"),
)
EXPERIMENTS = (
    Experiment("1-baseline", "Baseline", (), _configuration("Single LSTM(128)", 25, 0.05, ""), 0.4),
    Experiment(
        "2-weights",
        "Loss Weight Rebalancing",
        (WEIGHTS,),
        _configuration("Single LSTM(128)", 25, 0.5, "Loss Weights"),
        0.4,
        "ten times the weight on pitch improves the melody without sacrificing timing",
        (
            *_BETTER_PITCH,
            Claim("slightly worse timing (step)", "step_mae_seconds", "higher"),
            Claim("slightly worse timing (duration)", "duration_mae_seconds", "higher"),
            Claim("more musical melodies (leaps over an octave)", "leaps", "lower"),
        ),
    ),
    Experiment(
        "3-length",
        "Increased Sequence Length",
        (WEIGHTS, "model.window=50"),
        _configuration("Single LSTM(128)", 50, 0.5, "Sequence Length"),
        0.6,
        "more notes to look back on give better structure and more coherent pieces",
        (
            *_BETTER_PITCH,
            Claim("slower training (said: 20-30 %)", "windows_per_second", "lower"),
            Claim("more memory (said: 2-4 times)", "peak_mib", "higher"),
        ),
    ),
    Experiment(
        "4-stacked",
        "New Architecture",
        (WEIGHTS, "model.window=50", *STACKED),
        _configuration("LSTM(256), Dropout(0.3), LSTM(128): option A", 50, 0.5, "Architecture"),
        3.0,
        "two layers catch small patterns and large ones",
        (
            *_BETTER_PITCH,
            Claim("slower training (said: 30 %)", "windows_per_second", "lower"),
            Claim("more memory (said: 2.6 times)", "peak_mib", "higher"),
        ),
    ),
)


@dataclass(frozen=True)
class Network:
    """One row of the plan's matrix: its recipe, and what the plan says of it."""

    name: str
    recipe: str
    title: str
    parameters: str
    speed: float  # claimed, of the baseline's
    quality: str
    minutes: float


NETWORKS = (
    Network("A-stacked", "seed2-stacked", "A: stacked LSTM", "528K", 0.70, "+50-80 %", 1.5),
    Network("B-both-ways", "seed2-both-ways", "B: bidirectional", "398K", 0.65, "cannot generate", 0.7),
    Network("C-dense", "seed2-dense", "C: LSTM + dense", "223K", 0.95, "+20-30 %", 0.4),
    Network("D-hybrid", "seed2-hybrid", "D: hybrid (A + C)", "552K", 0.50, "+50-90 %", 1.5),
)


@dataclass(frozen=True)
class Option:
    """One more row of the plan, trained once beside `beside`, the arm it changes one thing of.

    Those with `minutes` and no updates are other kinds of network, which learn from every note at once: they get
    the same time instead of the same windows.
    """

    name: str
    what: str
    settings: tuple[str, ...]
    beside: str = "option-base"
    recipe: str = "seed2-original"
    timed: bool = False
    minutes: float = 1.3


OPTIONS = (
    Option("option-base", "experiment 4, as long as the options", ()),
    Option("length-100", "length 100", ("model.window=100",), minutes=2.6),
    Option("dropout-0.2", "dropout 0.2", ("model.dropout=0.2",)),
    Option("dropout-0", "no dropout", ("model.dropout=0.0",)),
    Option(
        "exponential",
        "ExponentialDecay: halved every quarter",
        ("training.schedule=exponential", "training.decay=0.5", f"training.decay_every={OPTION_UPDATES // 4}"),
    ),
    Option(
        "plateau",
        "ReduceLROnPlateau: times 0.3 after an evaluation without a better loss",
        (
            *("training.schedule=plateau", "training.decay=0.3", "training.decay_every=1"),
            *("training.eval_every=100", "training.patience=0"),
        ),
    ),
    Option("rate-0.001", "learning rate 0.001", ("training.learning_rate=0.001",)),
    Option("transposed", "transposition by -5 to 6 semitones", ("data.transpose=[-5, 6]",)),
    Option("stretched", "time stretch by 0.9 and 1.1", ("data.stretch=[1.0, 0.9, 1.1]",)),
    Option("velocity", "velocity as a fourth feature (32 values)", ("encoding.velocities=32",)),
    Option("by-file", "90/10 by file", ("data.split=by-file:0.9",), beside=""),
    Option("by-work", "90/10 by work", ("data.split=by-work:0.9",), beside="by-file"),
    Option("likelihoods", "a likelihood for every field", ("model.head=chain", "model.field_weights=[]")),
    Option("whole-pieces", "an LSTM that is never cut off: whole pieces", (), recipe="seed2-whole", timed=True),
    Option(
        "attention",
        "the same with attention over the past",
        ("model.attention=true",),
        beside="whole-pieces",
        recipe="seed2-whole",
        timed=True,
    ),
    Option(
        "transformer",
        "a transformer instead",
        (
            *("model.kind=transformer", "model.layers=3", "model.dropout=0.0", "model.history=2"),
            "training.learning_rate=0.002",
        ),
        beside="whole-pieces",
        recipe="seed2-whole",
        timed=True,
    ),
    Option(
        "transformer-likelihoods",
        "the transformer with a likelihood for every field",
        (),
        beside="transformer",
        recipe="seed2-transformer",
        timed=True,
    ),
    Option(
        "conditions",
        "told composer and era",
        ("encoding.conditions=composer,era",),
        beside="transformer-likelihoods",
        recipe="seed2-transformer",
        timed=True,
    ),
    Option(
        "chords",
        "polyphony: notes that begin together as one step",
        (),
        beside="transformer-likelihoods",
        recipe="seed2-chords",
        timed=True,
    ),
)
GOAL = Arm("performance", "seed2-performance", "the goal: 10 ms, 32 velocities", minutes=60.0, threads=2)


def arms(seeds: Sequence[int], options: Sequence[Option], goal: bool) -> list[Arm]:
    """Every training: the experiments and the matrix once a seed, each option once, the goal."""
    out = [
        Arm(arm_of(one.name, seed), "seed2-original", one.title, one.minutes, UPDATES, one.settings, seed=seed)
        for one in EXPERIMENTS
        for seed in seeds
    ]
    out += [
        Arm(arm_of(one.name, seed), one.recipe, one.title, one.minutes, UPDATES, seed=seed)
        for one in NETWORKS
        for seed in seeds
    ]
    return out + [_option(one) for one in options] + [GOAL] * goal


def arm_of(name: str, seed: int) -> str:
    """The name of an experiment's or network's training with one seed."""
    return f"{name}-s{seed}"


def _option(one: Option) -> Arm:
    base = EXPERIMENTS[-1].settings if one.recipe == "seed2-original" else ()
    steps = None if one.timed else OPTION_UPDATES
    return Arm(one.name, one.recipe, one.what, one.minutes, steps, (*base, *one.settings))

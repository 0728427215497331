"""The other tables of the report: networks, options, temperatures, counted references."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed2 import counting, shapes
from etude.lab.reproduce.seed2.experiments import EXPERIMENTS, NETWORKS, Option, arm_of
from etude.lab.reproduce.seed2.figures import change, found, over, passages, pitch_difference

TEMPERATURES = (0.8, 1.0, 1.5, 2.0)
BESIDE = EXPERIMENTS[1].name  # the network that those of the matrix are held against
SAMPLE = 12  # pieces, where encodings of unlike steps are compared


def matrix(bench: Bench, seeds: Sequence[int]) -> Table:
    """The networks of the plan: what it claims and what was measured."""
    names = [(BESIDE, "baseline, pitch at 0.5", "199K", 1.0, "")]
    names += [(one.name, one.title, one.parameters, one.speed, one.quality) for one in NETWORKS]
    base = over(bench, BESIDE, seeds, "windows_per_second").mean
    rows = []
    for name, title, parameters, speed, quality in names:
        nats = over(bench, name, seeds, "pitch_nats")
        fell = "" if name == BESIDE else str(change(bench, name, BESIDE, seeds, "pitch_nats"))
        rows.append(
            (
                *(title, parameters, int(found(bench, arm_of(name, seeds[0]))["parameters"]) - 4),
                *(f"{speed:.0%}", f"{over(bench, name, seeds, 'windows_per_second').mean / base:.0%}"),
                *(str(over(bench, name, seeds, "peak_mib")), quality or "-", str(nats), fell or "-"),
                *(str(over(bench, name, seeds, figure)) for figure in ("weighted_loss", "bits_per_note")),
            )
        )
    columns = (
        *("network", "parameters claimed", "true", "speed claimed", "measured", "peak memory, MiB"),
        *("quality claimed", "pitch nats", "against the baseline", "weighted loss", "bits/note"),
    )
    note = "Length 25. Beside the network stand 4 trained numbers that make it a likelihood; they are not counted."
    return Table("The plan's matrix of networks, validation", columns, rows, note)


def options(bench: Bench, wanted: Sequence[Option]) -> Table:
    """Every option, trained once, beside what it changes one thing of."""
    rows = []
    for one in wanted:
        if one.recipe == "seed2-chords":
            continue
        figures = found(bench, one.name)
        comparable = bool(one.beside) and one.name != one.beside and not one.name.startswith("by-")
        difference = str(pitch_difference(bench, one.name, one.beside)) if comparable else "-"
        rows.append(
            (
                *(one.what, one.beside if comparable else "-", figures["pitch_nats"], difference),
                *(figures[name] for name in ("pitch_accuracy", "step_mae_seconds", "duration_mae_seconds")),
                *(figures["weighted_loss"], figures["bits_per_note"]),
                *(round(figures["peak_mib"]), round(figures["seconds"]), int(figures["parameters"])),
            )
        )
    columns = (
        *("option", "beside", "pitch nats", "difference", "pitch accuracy", "step MAE, s", "duration MAE, s"),
        *("weighted loss", "bits/note", "peak memory, MiB", "seconds", "parameters"),
    )
    note = (
        "One seed each; intervals are over held-out pieces and say nothing of other seeds. Velocity adds a field: "
        "its bits are not those of the others."
    )
    return Table("Options, one thing changed at a time, validation", columns, rows, note)


def chords(bench: Bench) -> Table:
    """Notes one by one and chords as one step: bits per note of the same pieces, and how many notes form chords."""
    rows = []
    for arm, what in (("transformer-likelihoods", "notes one by one"), ("chords", "chords as one step")):
        likelihood = bench.likelihood(arm, "full", pieces=SAMPLE)
        seconds = bench.ending(arm)["seconds"]
        rows.append((what, likelihood.steps, likelihood.notes, likelihood.bits_per_note, round(seconds)))
    together = shapes.real(bench, "transformer-likelihoods")["chords"]
    note = f"{together:.1%} of the notes of real passages begin within 10 ms of the one before."
    return Table("Polyphony", ("encoding", "steps", "notes", "bits/note", "seconds"), rows, note)


def temperatures(bench: Bench, arm: str, count: int) -> Table:
    """`count` pieces of one checkpoint at each of several temperatures, beside real music."""
    rows = [(f"temperature {heat:g}", *shapes.composed(bench, arm, heat, count).values()) for heat in TEMPERATURES]
    rows.append(("real", *shapes.real(bench, arm).values()))
    return Table(f"Temperatures, {arm}", ("", *shapes.MEASURES.values()), rows)


def splits(bench: Bench) -> Table:
    """What the sides of the splits share."""
    rows = []
    for arm, what in (("by-file", "90/10 by file"), ("by-work", "90/10 by work"), ("option-base", "official")):

        def share(arm: str = arm) -> float:
            material = bench.material(arm)
            train, held = (counting.pitch_lines(material.packed(side).pieces()) for side in ("train", "valid"))
            return counting.repeated_share(train, held, length=12)

        shared = bench.run(arm).read_json("split.json")["shared"]["valid in train"]
        repeated = bench.once(f"{arm}-repeated", share, arms=[arm])
        rows.append(
            (what, shared["pieces"], shared["works"], shared["alike"], repeated, found(bench, arm)["pitch_nats"])
        )
    columns = (
        "split",
        "held-out pieces",
        "works also learned",
        "near-duplicates learned",
        "12-note passages learned",
    )
    return Table("Splits: what is held out, and what of it is learned too", (*columns, "pitch nats"), rows)


def references(bench: Bench, arm: str, sides: Sequence[str] = ("valid", "test")) -> dict[str, dict[str, float]]:
    """Side -> figure -> value of everything that counting gives, on whole sides and on the passages."""

    def count(side: str) -> dict[str, float]:
        material = bench.material(arm)
        fields = material.encoding.fields
        train, held = (material.packed(one).pieces() for one in ("train", side))
        cut = [held[one.piece][one.first : one.last] for one in passages(held)]
        pitch = counting.pitch_references(counting.pitch_lines(train), counting.pitch_lines(held))
        sampled = counting.pitch_references(counting.pitch_lines(train), counting.pitch_lines(cut))
        nats = sum(counting.histogram_nats(train, held, fields).values())
        sampled |= counting.constants(train, cut, fields)
        return {
            **pitch,
            **counting.constants(train, held, fields),
            "histograms of all fields, bits/note": nats / math.log(2),
            **{f"{name} on the passages": value for name, value in sampled.items()},
        }

    return {side: bench.once(f"references-{side}", partial(count, side), arms=[arm]) for side in sides}

"""Every improvement as a table: what was changed, what it cost and brought, and if that is more than chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from etude.evaluation.intervals import Interval
from etude.lab.reproduce.base import Table
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.seed4 import pricing
from etude.lab.reproduce.seed4.pricing import Figure, change, over
from etude.lab.reproduce.seed4.variations import (
    Size,
    Variation,
    augmented,
    bodies,
    count_of,
    more_files,
    notebook,
    polyphony,
    variations,
)

WORDS = {"lower": "better", "higher": "worse", "no evidence": "no evidence"}  # all figures here are costs


@dataclass(frozen=True)
class Step:
    """One improvement: the variations it shows, in the figure that it is judged by."""

    title: str
    rows: Sequence[Variation]
    unit: str
    figure: Figure
    note: str = ""

    def changes(self, bench: Bench, size: Size) -> Iterator[tuple[Variation, Interval]]:
        """(a variation, its figure less that of the one it is a step from), where there is one."""
        for row in self.rows:
            if row.beside:
                yield row, change(bench, row.key, row.beside, size, self.figure)

    def table(self, bench: Bench, size: Size) -> Table:
        """The rows with intervals over seeds."""
        changed = {row.key: difference for row, difference in self.changes(bench, size)}
        rows = [
            (
                row.what,
                int(pricing.ending(bench, row.key, size, "parameters")),
                row.updates,
                round(pricing.seconds(bench, row.key, size)),
                str(over(bench, row.key, size, self.figure)),
                _beside(row, changed.get(row.key)),
            )
            for row in self.rows
        ]
        columns = ("", "parameters", "updates", "seconds", self.unit, "change, paired by seed")
        return Table(self.title, columns, rows, self.note)

    def sentences(self, bench: Bench, size: Size) -> Iterator[str]:
        """What each variation did, in words."""
        named = {one.key: one.what for one in variations(size)}
        for row, difference in self.changes(bench, size):
            yield (
                f"{self.title}: {row.what} against {named[row.beside]}: {difference} {self.unit}, "
                f"{WORDS[difference.verdict]}."
            )


def _beside(row: Variation, difference: Interval | None) -> str:
    if difference is None:
        return "-"
    return f"{difference} to {row.beside}: {WORDS[difference.verdict]}"


def steps(size: Size) -> list[Step]:
    """The six improvements."""
    known = {one.key: one for one in variations(size)}
    first, some = count_of(size.files[0]), known[f"files-{size.some}"]
    note, all_files = "nats/note", known["files-all"]
    counted = list(more_files(size))
    few = known[f"files-{size.few}"]
    stretched = [few, *augmented(size)[:3], all_files, augmented(size)[3]]
    loud = [known["window-all"], known["loud-number"]]
    return [
        Step("1 Cross-entropy", notebook(size)[:3], "pitch nats", pricing.pitch_nats, _FIRST),
        Step(
            "2 More files, equal updates",
            counted[: len(size.files)],
            note,
            pricing.note_nats,
            f"Beside {first} files.",
        ),
        Step("2 More files, equal epochs", counted[len(size.files) :], note, pricing.note_nats, _epochs(size)),
        Step("3 Velocity", loud, "nats/note without velocity", pricing.unstressed_nats, _LOUD),
        Step("4 Networks", [all_files, *bodies(size)], note, pricing.note_nats, _EQUAL),
        Step("5 Augmentation, as it is", stretched, note, pricing.moved("own"), _moved(size)),
        Step("5 Augmentation, in 12 keys", stretched, note, pricing.moved("keys"), _moved(size)),
        Step("5 Augmentation, at other tempos", stretched, note, pricing.moved("tempos"), _moved(size)),
        Step("6 Polyphony", [some, *polyphony(size)], "bits/note played", pricing.played_bits, _WRITTEN),
    ]


_FIRST = (
    "The notebook measured nothing on music it had not learned. Ours: held-out pieces, last weights, no stopping."
)
_LOUD = "Whether hearing loudness helps to foretell the rest; how it sounds is in the table of dynamics."
_EQUAL = (
    "Equal updates, so equal music heard; the seconds differ. A transformer hears the two notes before besides."
)
_WRITTEN = (
    "Equal notes heard. Bits of what an encoding tells, over the notes played: the first two tell 10 ms and 32 "
    "velocities, the others 50 ms and no velocity, so compare within each group. The next table says what is lost."
)


def _epochs(size: Size) -> str:
    return f"Four epochs, at most {size.most_updates} updates: where the row says fewer epochs, that cap was met."


def _moved(size: Size) -> str:
    return (
        f"The first {size.excerpt} notes of each of {size.sample} pieces; keys -6 to +5; 0.9 and 1.1 times as long."
    )


def losses(bench: Bench, size: Size) -> Table:
    """What each way of writing polyphony keeps of the notes, and what it has to beat."""
    rows = []
    for row in (next(one for one in more_files(size) if one.key == f"files-{size.some}"), *polyphony(size)):
        rows.append(
            (
                row.what,
                100 * (1 - over(bench, row.key, size, pricing.kept_share).mean),
                str(over(bench, row.key, size, pricing.held_bits)),
                pricing.histogram_bits(bench, row.key, size),
                LOST[row.key.removesuffix(f"-{size.some}")],
            )
        )
    return Table(
        "6 What the ways of writing polyphony lose",
        ("", "notes lost, %", "bits/note held", "histograms, bits/note held", "what is lost"),
        rows,
        digits=2,
    )


LOST = {
    "files": "time below 10 ms, velocity below 1 in 32, pedal",
    "chords": "the same and nothing more",
    "notes-coarse": "time below 50 ms, velocity, pedal",
    "chords-coarse": "the same and nothing more",
    "roll": "the same; a key struck again at once is held on",
}

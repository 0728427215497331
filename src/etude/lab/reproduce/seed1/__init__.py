"""A character LSTM on Irish tunes in ABC: as the course trains it, honestly priced, and better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from etude.lab.reproduce.base import Arm, Report
from etude.lab.reproduce.bench import Bench
from etude.lab.reproduce.costs import COUNTED, effort
from etude.lab.reproduce.seed1 import costs, course, rightness, songs
from etude.lab.reproduce.seed1.arms import CHANGES, COUNTING_BARS, IRISH, LAB, LEAKY, MASKED, NETWORK, OURS, TUNED
from etude.lab.sweep import Point

OTHER_TEXT = (
    f"Loss in nats a character, of the tokens' in nats a token. '{MASKED}' and the folk tunes have other text: no "
    "figure to compare."
)


@dataclass(frozen=True)
class FolkTunes:
    """The reproduction; smaller counts make it small."""

    counts: songs.Counts = field(default_factory=songs.Counts)

    name = "seed1-folk"
    purpose = (
        "The LSTM of MIT's course on Irish tunes in raw ABC text, which holds no tune out, on an honest split; one "
        "word changed at a time; ours, alone and after the built-in folk tunes; and whether the tunes they make "
        "are right, varied and their own."
    )
    data = (IRISH,)

    def arms(self) -> Sequence[Arm]:
        """The original, its changes, ours, the one that counts bars, and the pretraining that leaks."""
        return [LAB, *CHANGES, *OURS, *COUNTING_BARS, *LEAKY]

    def report(self, bench: Bench) -> Report:
        """Every figure beside its baselines."""
        singer = TUNED if bench.trained(TUNED) else NETWORK
        swept = songs.points(bench, singer, self.counts)
        right = rightness.rightness(bench, singer, self.counts)
        tables = [
            costs.table(bench),
            course.course_table(bench),
            course.changes_table(bench),
            rightness.table(right),
            songs.sweep_table(swept),
            effort(bench, bench.arms, OTHER_TEXT),
        ]
        plot = songs.plot(bench, singer, swept)
        beside = costs.both(bench, NETWORK, costs.FULL)[0]
        return Report(
            figures={**costs.figures(bench), "right": right.shares, "sweep": [point.as_json() for point in swept]},
            baselines={name: beside[name].nats for name in ("uniform", "ngram", COUNTED)},
            protocol=f"{costs.WINDOWS}, {costs.CONTEXT} and {costs.FULL} on split_by_tune.json",
            tables=tables,
            sentences=list(self._sentences(bench, right, swept)),
            files=[(plot, "Quality against variety at each temperature."), *_heard(bench)],
        )

    def _sentences(self, bench: Bench, right: rightness.Rightness, swept: Sequence[Point]) -> Iterator[str]:
        yield from costs.sentences(bench)
        yield from course.sentences(bench, course.book(bench.data[IRISH]))
        yield from rightness.sentences(right)
        yield from songs.sentences(swept)


def _heard(bench: Bench) -> list[tuple[Path, str]]:
    """Every song of the sweep as sound."""
    return [(path, path.stem.replace("_", ".")) for path in sorted(songs.folder(bench).glob("*.wav"))]


REPRODUCTION = FolkTunes()

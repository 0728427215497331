"""A campaign: mutants written to a folder, read by the guarded workers into a collection as `etude ingest` does it.

What is counted is what `docs/reliability.md` asks for: deaths of the command or a worker, files past the time or
memory of a worker, refusals without a code, readings that break an invariant, malformed files read without a word,
well-formed ones that lost notes, and the most memory a worker took.
"""

from __future__ import annotations

import resource
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from etude.data.build import Settings, Tune, build_collection
from etude.data.reading import read_tunes
from etude.data.sources import of_the_user
from etude.errors import EtudeError
from etude.formats import pool
from etude.formats.base import Reading
from etude.testing.fuzz.judging import complaints, well_formed
from etude.testing.fuzz.kinds import KINDS, Kind
from etude.testing.fuzz.playing import play

BATCH = 250  # mutants on disk at a time


@dataclass
class Tally:
    """What came of the mutants of one kind; `finds` holds name -> complaint for each file that was read wrongly."""

    kind: str
    seed: int
    files: int = 0
    tunes: int = 0
    kept: int = 0
    repaired: int = 0
    refused: int = 0
    well_formed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    finds: dict[str, str] = field(default_factory=dict)
    slowest: float = 0.0  # seconds of a processor that storing one tune took in the command itself
    worker_bytes: int = 0  # the most memory that a worker held
    seconds: float = 0.0

    def answer(self) -> dict[str, Any]:
        """As JSON."""
        return vars(self) | {"reasons": dict(self.reasons), "faults": dict(self.faults)}


class Campaign:
    """Mutants of one kind under one seed; what is wrong is kept in the folder `out` under the mutant's name."""

    def __init__(self, kind: str, seed: int, out: Path) -> None:
        self.kind: Kind = KINDS[kind]
        self.out = out
        self.tally = Tally(kind, seed)

    def bombs(self) -> None:
        """Reads the files that were built to do harm."""
        self._batch({f"bomb-{name}": data for name, data in self.kind.bombs().items()})

    def mutants(self, first: int, stop: int, until: float = float("inf")) -> None:
        """Reads the mutants [first, stop), or as many as can be read until `time.monotonic()` is `until`."""
        for start in range(first, stop, BATCH):
            if time.monotonic() > until:
                return
            numbers = range(start, min(start + BATCH, stop))
            self._batch({f"{n:06}": self.kind.mutant(self.tally.seed, n) for n in numbers})

    def _batch(self, files: dict[str, bytes]) -> None:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="etude-fuzz-") as name:
            folder = Path(name) / "mutants"
            folder.mkdir()
            for stem, data in files.items():
                (folder / f"{stem}{self.kind.suffix}").write_bytes(data)
            if self.kind.name == "soundfont":
                self._play(folder, files)
            else:
                self._ingest(folder, files, Path(name) / "collection")
        self.tally.files += len(files)
        self.tally.seconds += time.monotonic() - began
        self.tally.worker_bytes = max(self.tally.worker_bytes, _worker_bytes())

    def _ingest(self, folder: Path, files: dict[str, bytes], out: Path) -> None:
        """What `etude ingest FOLDER --out OUT` does, with a look at every tune on its way."""
        paths = [(path.name, path) for path in sorted(folder.iterdir())]
        answered: dict[str, list[Reading]] = {name: [] for name, _ in paths}
        at = [""]

        def watched() -> Iterator[Tune]:
            for tune in read_tunes(paths, jobs=1):
                answered[tune.file].append(tune.reading)
                at[0], began = tune.file, time.process_time()
                yield tune
                self.tally.slowest = max(self.tally.slowest, time.process_time() - began)

        try:
            rows = build_collection(watched(), out, Settings("fuzz", of_the_user("")))
            uncoded = [row.path for row in rows if row.status == "refused" and not (row.reason and row.detail)]
        except Exception:  # whatever it is would have ended the command
            self._find(at[0], files, f"command: {traceback.format_exc(limit=-3)}")
            return
        for name in uncoded:
            self._find(name.partition("#")[0], files, "uncoded: a refusal without reason or detail")
        for name, readings in answered.items():
            self._judge(name, files, readings)

    def _judge(self, name: str, files: dict[str, bytes], readings: list[Reading]) -> None:
        tally, data = self.tally, files[Path(name).stem]
        for reading in readings:
            setattr(tally, reading.status, getattr(tally, reading.status) + 1)
            tally.tunes += 1
            if reading.reason:
                tally.reasons[str(reading.reason)] += 1
        bomb = name.startswith("bomb-")
        tally.well_formed += not bomb and well_formed(tally.kind, data)
        for complaint in complaints("" if bomb else tally.kind, data, readings):
            if not (bomb and complaint.startswith("slow")):  # a million notes may take more than a worker's time
                self._find(name, files, complaint)

    def _play(self, folder: Path, files: dict[str, bytes]) -> None:
        """Through the synthesiser, as `etude render --soundfont` does it."""
        for path in sorted(folder.iterdir()):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            try:
                status, complaint = play(path)
            except EtudeError as error:
                status, complaint = "refused", f"uncoded: {error}"
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
            self.tally.slowest = max(self.tally.slowest, seconds)
            self.tally.worker_bytes = max(self.tally.worker_bytes, used.ru_maxrss * 1024)
            setattr(self.tally, status, getattr(self.tally, status) + 1)
            self.tally.tunes += 1
            if seconds > 5.0:
                complaint = complaint or f"slow: {seconds:.1f} s of a processor"
            if complaint:
                self._find(path.name, files, complaint)

    def _find(self, name: str, files: dict[str, bytes], complaint: str) -> None:
        """Keeps the file and what was wrong with it."""
        self.tally.faults[complaint.partition(":")[0]] += 1
        self.tally.finds[name] = complaint[:600]
        self.out.mkdir(parents=True, exist_ok=True)
        data = files.get(Path(name).stem, b"")
        if len(data) < 2**20:
            (self.out / f"{self.tally.kind}-{self.tally.seed}-{name}").write_bytes(data)


def _worker_bytes() -> int:
    """The most memory that any worker at rest has held; 0 where nobody can tell."""
    most = 0
    for worker in pool.resting:
        try:
            lines = Path(f"/proc/{worker.process.pid}/status").read_text().splitlines()
        except OSError:
            continue
        most = max([most, *(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))])
    return most

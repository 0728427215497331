"""The n-gram on the benchmark archives, beside the figures that count models reached there before.

Reference figures and their protocols: seed notes, sections 1.5 and 2.3 (letters, Irish ABC), anchors 3.2
(chorales). The n-gram must come within 0.03 nats on validation; being better is welcome. With `pytest -s` the
figures are printed.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from etude.evaluation import Baselines, Likelihood, likelihood

MARGIN = 0.03
LETTERS = "CcDdEFfGgAaB"  # semitones 0 to 11 above C, lower case for sharps
Pieces = list[np.ndarray]


def member(data: Path, archive: str, name: str) -> str:
    """The text of one file in an archive of benchmark data."""
    path = data / archive
    if not path.exists():
        pytest.skip(f"{archive} is not here")
    with tarfile.open(path) as packed:
        found = packed.extractfile(name)
        assert found is not None
        return io.TextIOWrapper(found, "utf-8").read()


def framed(values: list[int]) -> np.ndarray:
    """Int32[T + 2, 1]: begin, the values moved up by two, end."""
    return np.array([0, *(value + 2 for value in values), 1], np.int32)[:, None]


@pytest.fixture(scope="module")
def letters(benchmark_data: Path) -> tuple[Pieces, Pieces, Pieces, int]:
    folder, archive = "seed-melodies", "seed-melodies.tar.xz"
    songs = member(benchmark_data, archive, f"{folder}/melodies365_key0_collapsedR.txt").split("\n")
    split = json.loads(member(benchmark_data, archive, f"{folder}/split_by_song.json"))["split"]

    def encode(song: str, shift: int = 0) -> np.ndarray:
        return framed([12 if letter == "R" else (LETTERS.index(letter) + shift) % 12 for letter in song])

    train = [encode(songs[i], shift) for shift in range(12) for i in split["train"]]
    return train, [encode(songs[i]) for i in split["val"]], [encode(songs[i]) for i in split["test"]], 15


@pytest.fixture(scope="module")
def irish(benchmark_data: Path) -> tuple[Pieces, Pieces, Pieces, int]:
    folder, archive = "irish-abc", "irish-abc.tar.xz"
    text = member(benchmark_data, archive, f"{folder}/irish.abc")
    split = json.loads(member(benchmark_data, archive, f"{folder}/split_by_tune.json"))["split"]
    tunes = ["X:" + body.rstrip("\n") + "\n" for body in text.split("X:")[1:]]
    assert len(tunes) == 804
    number = {character: i for i, character in enumerate(sorted(set(text)))}
    parts = [[framed([number[c] for c in tunes[i]]) for i in split[name]] for name in ("train", "val", "test")]
    return parts[0], parts[1], parts[2], len(number) + 2


@pytest.fixture(scope="module")
def chorales(benchmark_data: Path) -> tuple[Pieces, Pieces, Pieces]:
    """Jsb16thSeparated: four voices a sixteenth, silence and 46 pitches; the soprano makes room for two marks."""
    rows = json.loads(member(benchmark_data, "jsb-chorales.tar.xz", "jsb-chorales/Jsb16thSeparated.json"))
    parts = []
    for name in ("train", "valid", "test"):
        pieces = []
        for piece in rows[name]:
            cells = np.maximum(np.array(piece) - 35, 0) + np.array([2, 0, 0, 0])
            end = np.array([[1, 0, 0, 0]])
            pieces.append(np.concatenate([np.zeros((1, 4)), cells, end]).astype(np.int32))
        parts.append(pieces)
    return parts[0], parts[1], parts[2]


def check(data: tuple[Pieces, Pieces, Pieces, int], protocol: str, valid: float, test: float) -> dict[str, float]:
    """Holds n-gram with copying against the references; the two-fold nats per step of every baseline."""
    train, valid_pieces, test_pieces, size = data
    fitted = Baselines.fit(train, (size,))
    notes = [len(piece) for piece in valid_pieces]
    found = fitted.on_validation(valid_pieces, protocol, notes=notes, field_names=("symbol",))
    assert found["ngram+copy"].nats_per_step < valid + MARGIN
    scorer = fitted.tuned(valid_pieces, protocol)["ngram+copy"]
    on_test = likelihood(scorer, test_pieces, protocol, notes=1, field_names=("symbol",))
    show(protocol, {f"valid {name}": one for name, one in found.items()} | {"test ngram+copy": on_test})
    assert on_test.nats_per_step < test + MARGIN
    return {name: one.nats_per_step for name, one in found.items()}


def show(protocol: str, found: dict[str, Likelihood], share: int = 1) -> None:
    """Prints nats per step (or per cell, of which a step has `share`) with standard errors."""
    for name, one in found.items():
        nats, error = one.nats_per_step / share, one.standard_error / share
        print(f"\n  {protocol} {name}: {nats:.4f} +- {error:.4f}", end="")


@pytest.mark.parametrize(
    ("protocol", "valid", "test"),
    [pytest.param("windows:256", 1.3104, 1.3381, marks=pytest.mark.slow), ("context:256", 1.0446, 1.0564)],
)
def test_letters(letters: tuple[Pieces, Pieces, Pieces, int], protocol: str, valid: float, test: float) -> None:
    found = check(letters, protocol, valid, test)
    assert found["uniform"] == pytest.approx(np.log(15))
    # without copying the reference has 1.9248 in windows: the same counts, so about the same price
    assert found["ngram"] == pytest.approx(1.9248, abs=0.05)


@pytest.mark.parametrize(
    ("protocol", "valid", "test"), [("windows:100", 1.2037, 1.2960), ("context:256", 1.0914, 1.1641)]
)
def test_irish_characters(
    irish: tuple[Pieces, Pieces, Pieces, int], protocol: str, valid: float, test: float
) -> None:
    check(irish, protocol, valid, test)


@pytest.mark.slow
def test_chorales_are_below_the_counting_floors(chorales: tuple[Pieces, Pieces, Pieces]) -> None:
    train, valid, test = chorales
    names = ("soprano", "alto", "tenor", "bass")
    fitted = Baselines.fit(train, (49, 47, 47, 47))
    cells = [4 * (len(piece) - 2) for piece in valid]
    assert sum(cells) == 73_632
    on_valid = fitted.on_validation(valid, "full:no-end", notes=cells, field_names=names)
    scorers = fitted.tuned(valid, "full:no-end")
    on_tests = {
        f"test {name}": likelihood(scorers[name], test, "full:no-end", notes=75_600, field_names=names)
        for name in ("ngram", "ngram+copy")
    }
    on_test = on_tests["test ngram"]
    show("full:no-end", {f"valid {name}": one for name, one in on_valid.items()} | on_tests, share=4)
    assert on_valid["ngram"].steps == 18_408
    assert on_valid["ngram"].nats_per_step / 4 < 0.647
    assert on_test.steps == 18_900
    assert on_test.nats_per_step / 4 < 0.683
    assert on_valid["ngram+copy"].nats_per_step < on_valid["ngram"].nats_per_step


class WittenBell:
    """The floors' own model, the slow way: one dictionary a context, p = (count + types * lower) / (n + types)."""

    field_sizes = (49, 47, 47, 47)

    def __init__(self, pieces: Pieces, levels: int) -> None:
        self.levels = levels
        self.counts: dict[tuple[object, ...], Counter[int]] = {}
        for piece in pieces:
            for t in range(1, len(piece) - 1):
                for voice in range(4):
                    for context in self.contexts(piece, t, voice):
                        self.counts.setdefault(context, Counter())[self.cell(piece, t, voice)] += 1

    @staticmethod
    def cell(piece: np.ndarray, t: int, voice: int) -> int:
        """0 for silence (and before the start), 1.. for pitches, in every voice."""
        value = int(piece[t, voice])
        return value if voice else max(0, value - 2)

    def contexts(self, piece: np.ndarray, t: int, voice: int) -> list[tuple[object, ...]]:
        before = self.cell(piece, t - 1, voice) if t > 1 else -1
        return [(voice,), (voice, before), (voice, before, (t - 1) % 4)][: self.levels]

    def nats(self, steps: np.ndarray) -> np.ndarray:
        out = np.zeros((len(steps) - 1, 4))
        for t in range(1, len(steps) - 1):
            for voice in range(4):
                p = 1 / 47
                for context in self.contexts(steps, t, voice):
                    seen = self.counts.get(context)
                    if seen:
                        p = (seen[self.cell(steps, t, voice)] + len(seen) * p) / (seen.total() + len(seen))
                out[t - 1, voice] = -np.log(p)
        return out


@pytest.mark.parametrize(("levels", "floor"), [(1, 2.611), (2, 0.934), (3, 0.708)])
def test_the_floors_come_out_of_our_protocol(
    chorales: tuple[Pieces, Pieces, Pieces], levels: int, floor: float
) -> None:
    """Unigram, previous cell, and beat: the same cells in the same unit give the floors of anchors 3.2."""
    train, valid, _ = chorales
    names = ("soprano", "alto", "tenor", "bass")
    found = likelihood(WittenBell(train, levels), valid, "full:no-end", notes=1, field_names=names)
    assert found.nats_per_step / 4 == pytest.approx(floor, abs=0.0006)

"""Every measure climbs the ladder: real music damaged more moves it further. `pytest -s` prints the table."""

from __future__ import annotations

import io
import tarfile
import tempfile
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from etude.evaluation import METRICS
from etude.evaluation.corruptions import DAMAGES
from etude.evaluation.metrics.ladder import LADDER, Climb, Music, Rung, climb
from etude.evaluation.metrics.wear import WEAR
from etude.formats import read, read_all
from etude.score import SUSTAIN, Score, bar_starts, bar_ticks, cut, pedal_spans, quantise

PIECES = {"folk": 80, "chorales": 32, "drums": 20, "piano": 10}
LONGEST = 64  # quarters of a performance


def corpus() -> Path:
    """The folder of the public-domain music that the extra `corpora` brings."""
    found = find_spec("music21")
    if found is None or found.origin is None:
        pytest.skip("needs the extra 'corpora'")
    return Path(found.origin).parent / "corpus"


def performances(archive: Path, count: int) -> list[Score]:
    """The beginnings of the first performances of an archive that are long enough."""
    if not archive.exists():
        pytest.skip(f"{archive.name} is not here")
    kept: list[Score] = []
    with tarfile.open(archive) as packed, tempfile.TemporaryDirectory() as folder:
        for info in packed:
            if not info.name.endswith((".mid", ".midi")) or len(kept) == count:
                continue
            found = packed.extractfile(info)
            assert found is not None
            path = Path(folder) / "one.mid"
            path.write_bytes(io.BytesIO(found.read()).getvalue())
            score = read(path)
            if score.end > LONGEST * score.tpq // 2:
                kept.append(cut(score, 0, LONGEST * score.tpq))
    return kept


def music(kind: Music, benchmark_data: Path) -> list[Score]:
    if kind == "folk":
        tunes = read_all(corpus() / "oneills1850" / "0101-0200.abc")
        return [tune.score for tune in tunes if tune.score is not None][: PIECES[kind]]
    if kind == "chorales":
        scores = map(read, sorted((corpus() / "bach").glob("bwv2*.mxl")))
        return list(islice((score for score in scores if len(score.tracks) == 4), PIECES[kind]))
    if kind == "piano":
        return performances(benchmark_data / "maestro-v2-midi-sample.tar.xz", PIECES[kind])
    drums = performances(benchmark_data / "groove.tar.xz", PIECES[kind])
    return [quantise(score, score.tpq // 4) for score in drums]  # as machines play: jitter must show


@pytest.mark.parametrize("kind", PIECES)
def test_every_measure_climbs(kind: Music, request: pytest.FixtureRequest) -> None:
    data = request.getfixturevalue("benchmark_data") if kind in ("drums", "piano") else Path()
    climbs = list(climb(music(kind, data), [rung for rung in LADDER if rung.music == kind]))
    for one in climbs:
        print(row(one))
        assert one.pieces > 5, one
    assert not [row(one) for one in climbs if not one.passed]


def row(one: Climb) -> str:
    rung = one.rung
    means = " | ".join(f"{value:.3f}" for value in one.means)
    return f"| {rung.metric} | {rung.music} ({one.pieces}) | {rung.damage} | {rung.moves} | {means} |"


def test_every_measure_has_a_rung() -> None:
    assert {rung.metric for rung in LADDER} == {metric.name for metric in METRICS}
    assert {rung.damage for rung in LADDER} <= set(DAMAGES) | set(WEAR)


def test_damage_makes_worse_what_says_which_way_is_better() -> None:
    better = {metric.name: metric.better for metric in METRICS}
    assert {rung.moves for rung in LADDER if better[rung.metric] == "high"} == {"down"}
    assert {rung.moves for rung in LADDER if better[rung.metric] == "low"} == {"up"}


def scale(notes: int = 64, **parts: object) -> Score:
    return Score.of([(480 * at, 480, 48 + at % 24, 40 + at, 0) for at in range(notes)], **parts)


def test_a_measure_that_goes_the_wrong_way_does_not_pass() -> None:
    right, wrong = (Rung("folk", "notes missing", "notes", moves) for moves in ("down", "up"))
    found = list(climb([scale(), scale(48)], [right, wrong]))
    assert [one.passed for one in found] == [True, False]
    assert found[0].means == (56, 53.5, 50.5, 45, 34.5)
    still = Rung("folk", "one loudness", "notes", "down")
    assert not next(climb([scale()], [still])).passed, "standing still is not moving"
    assert not next(climb([], [right])).passed, "nothing measured is nothing shown"


@pytest.mark.parametrize("kind", WEAR)
def test_wear_touches_a_share_and_no_more(kind: str) -> None:
    pedal = [(tick, 0, SUSTAIN, 127 * (tick % 960 == 0)) for tick in range(0, 480 * 64, 480)]
    score = scale(controls=pedal, tempos=[(0, 400_000)])
    same = WEAR[kind](score, 0.0, np.random.default_rng(0))
    assert same.notes.tobytes() == score.notes.tobytes()
    assert same.controls.tobytes() == score.controls.tobytes()
    worn = WEAR[kind](score, 0.25, np.random.default_rng(0))
    assert worn != score
    assert worn == WEAR[kind](score, 0.25, np.random.default_rng(0))
    if kind == "no pedal":
        assert len(pedal_spans(worn, 0)) == 24
    elif kind == "beats missing":
        assert (np.diff(bar_starts(worn)) == bar_ticks(score) - 480).sum() == 4
        assert worn.end == score.end - 4 * 480
    elif kind == "unsteady tempo":
        assert (worn.tempos["microseconds"] != 400_000).sum() == 16
    elif kind == "notes missing":
        assert 48 <= len(worn) <= 50
    else:
        changed = np.sort(worn.notes, order="pitch") != np.sort(score.notes, order="pitch")
        assert 8 <= changed.sum() <= 16

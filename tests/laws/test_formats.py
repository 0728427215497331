"""The laws of `etude.testing.format_laws`, run over every format that is registered."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from etude import formats, registry
from etude.errors import BadInput, Reason, UsageError
from etude.formats.base import Format
from etude.formats.paths import suffixes
from etude.score import Score
from etude.testing.format_laws import check_junk, check_reading

FORMATS = registry.names("formats")
SCALE = Score.of([(480 * i, 480, pitch, 80, 0) for i, pitch in enumerate((60, 62, 64, 65, 67, 69, 71))])


@pytest.fixture(params=FORMATS)
def form(request: pytest.FixtureRequest) -> Format:
    return registry.get("formats", request.param)  # type: ignore[no-any-return]


def test_suffixes_stand_in_the_table_of_paths(form: Format) -> None:
    assert dict.fromkeys(form.suffixes, form.name).items() <= suffixes().items()
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in form.suffixes)


def test_a_scale_comes_back_from_a_file(form: Format, tmp_path: Path) -> None:
    path = tmp_path / f"scale{form.suffixes[0]}"
    formats.write(SCALE, path)
    back = formats.read(path)
    assert [note["pitch"] for note in back.notes] == [note["pitch"] for note in SCALE.notes]
    lengths = [note["duration"] / back.tpq for note in back.notes]
    assert len(set(lengths)) == 1
    for reading in formats.read_all(path):
        check_reading(reading)


def test_what_is_written_twice_is_the_same(form: Format) -> None:
    assert form.dump([SCALE]) == form.dump([SCALE])


def test_junk_is_refused_and_nothing_else_is_raised(form: Format) -> None:
    rng = random.Random(5)
    good = form.dump([SCALE])
    junk = [b"", b"\0", b"\xff\xfe", rng.randbytes(500), good[: len(good) // 2], good + rng.randbytes(9)]
    for _ in range(150):
        damaged = bytearray(good)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        junk.append(bytes(damaged))
    check_junk(form, junk)


def test_the_pool_reads_every_format(tmp_path: Path) -> None:
    paths = []
    for name in FORMATS:
        paths.append(tmp_path / f"scale{registry.get('formats', name).suffixes[0]}")
        formats.write(SCALE, paths[-1])
    assert [len(file.readings[0].score or ()) for file in formats.read_safely(paths)] == [len(SCALE)] * len(FORMATS)


def test_an_unknown_suffix_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"'\.tiff'.*\.mid") as refused:
        formats.format_of("a.tiff")
    assert refused.value.reason == Reason.UNKNOWN_FORMAT
    with pytest.raises(UsageError, match="Choose a name"):
        formats.write(SCALE, tmp_path / "a.tiff")

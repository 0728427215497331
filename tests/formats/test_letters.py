"""The thirteen letters: known melodies, exact round trips, refusals."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etude.errors import BadInput, Reason, UsageError
from etude.formats.letters import FORMAT, SYMBOLS
from etude.score import Score


def test_letters_are_pitch_classes_and_r_is_a_quarter_rest() -> None:
    (reading,) = FORMAT.parse(b"CcRB\r\n")
    assert reading.score is not None
    assert reading.score.notes["pitch"].tolist() == [60, 61, 71]
    assert reading.score.notes["onset"].tolist() == [0, 480, 1440]
    assert reading.score.notes["duration"].tolist() == [480, 480, 480]


melody = st.text(SYMBOLS, min_size=1, max_size=60).filter(lambda line: set(line) != {"R"})


@settings(deadline=None, max_examples=50)
@given(st.lists(melody, min_size=1, max_size=5))
def test_dump_of_parse_is_the_text(lines: list[str]) -> None:
    text = "".join(line + "\n" for line in lines).encode()
    assert FORMAT.dump([reading.score for reading in FORMAT.parse(text) if reading.score]) == text


def test_refusals_name_the_symbol() -> None:
    good, bad, silent = FORMAT.parse(b"CDE\nCDX\nRRR\n")
    assert good.status == "kept"
    assert (bad.reason, silent.reason) == (Reason.BAD_EVENT, Reason.EMPTY)
    assert "'X' at symbol 3" in bad.detail


@pytest.mark.parametrize("data", [b"", b"\n\n", b"hello world\n", b"\xff\xfe\x00"])
def test_other_files_are_bad_input(data: bytes) -> None:
    with pytest.raises(BadInput):
        FORMAT.parse(data)


def test_music_that_letters_cannot_hold_is_a_usage_error() -> None:
    for rows in ([(0, 240, 60, 80, 0)], [(0, 480, 60, 80, 0), (0, 480, 64, 80, 0)], [(240, 480, 60, 80, 0)]):
        with pytest.raises(UsageError):
            FORMAT.dump([Score.of(rows)])


def test_the_seed_corpus_round_trips(benchmark_data) -> None:  # type: ignore[no-untyped-def]
    import tarfile

    with tarfile.open(benchmark_data / "seed-melodies.tar.xz") as archive:
        name = next(n for n in archive.getnames() if n.endswith("inputMelodiesAugmented.txt"))
        data = archive.extractfile(name).read()  # type: ignore[union-attr]
    readings = FORMAT.parse(data)
    assert len(readings) == 1825
    assert FORMAT.dump([r.score for r in readings if r.score]) == data.replace(b"\r\n", b"\n")

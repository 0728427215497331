"""The worker pool: a file that kills its reader is lost and named, all others are read, in order."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from etude import formats, limits
from etude.errors import BadInput, Reason
from etude.formats import pool, wire
from etude.formats.base import Reading, refusal
from etude.formats.midi import FORMAT as MIDI
from etude.score import Mark, Metadata
from etude.testing.format_laws import difference
from etude.testing.scores import random_score

HOSTILE = "hostile:HOSTILE"


@pytest.fixture(autouse=True)
def _hostile_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    pool.close_workers()  # workers learn where modules lie when they start
    monkeypatch.syspath_prepend(Path(__file__).parent)


def folder_of(tmp_path: Path, contents: list[bytes]) -> list[Path]:
    paths = [tmp_path / f"{number:03}.mid" for number in range(len(contents))]
    for path, data in zip(paths, contents):
        path.write_bytes(data)
    return paths


DEADLY = {
    b"die": (Reason.READER_DIED, "SIGSEGV"),
    b"leave": (Reason.READER_DIED, "exit code 0"),
    b"loop": (Reason.TOO_SLOW, "more than 1 s"),
    b"sleep deaf": (Reason.TOO_SLOW, "more than 1 s"),
    b"allocate": (Reason.OUT_OF_MEMORY, "too much memory"),
    b"raise": (Reason.READER_FAILED, "ZeroDivisionError: by zero"),
    b"nothing": (Reason.EMPTY, "no tune"),
    b"rubbish": (Reason.BAD_STRUCTURE, "no MIDI file"),
}


@pytest.mark.parametrize("jobs", [1, 3])
def test_bad_files_are_lost_and_named_and_all_others_read_in_order(tmp_path: Path, jobs: int) -> None:
    good = [random_score(seed, notes=20) for seed in range(120)]
    contents = [MIDI.dump([score]) for score in good]
    bad = {10 * i + 5: data for i, data in enumerate(DEADLY)}
    for index, data in bad.items():
        contents[index] = data
    paths = folder_of(tmp_path, contents)
    results = list(formats.read_safely(paths, jobs=jobs, seconds=1.0, reader=HOSTILE))
    assert [result.path for result in results] == paths
    for index, result in enumerate(results):
        (reading,) = result.readings
        if index in bad:
            reason, words = DEADLY[bad[index]]
            assert reading.reason == reason, reading
            assert words in reading.detail
        else:
            assert reading.score is not None
            assert difference(reading.score, MIDI.parse(contents[index])[0].score or good[0]) == ""
            assert result.sha256 == hashlib.sha256(contents[index]).hexdigest()
            assert result.size == len(contents[index])
            assert 0 < result.seconds < 1


def test_a_chatty_reader_disturbs_nobody(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    results = list(formats.read_safely(folder_of(tmp_path, [b"print"] * 3), reader=HOSTILE))
    assert [len(result.readings[0].score or ()) for result in results] == [1, 1, 1]
    assert capfd.readouterr() == ("", "")


def test_every_reader_dies_and_the_batch_still_ends(tmp_path: Path) -> None:
    results = list(formats.read_safely(folder_of(tmp_path, [b"die"] * 6), jobs=2, reader=HOSTILE))
    assert {result.readings[0].reason for result in results} == {Reason.READER_DIED}


def test_the_time_limit_is_for_a_file_not_for_the_reader_of_the_results(tmp_path: Path) -> None:
    contents = [MIDI.dump([random_score(seed, notes=20)]) for seed in range(100)]
    for result in formats.read_safely(folder_of(tmp_path, contents), jobs=2, seconds=0.3):
        time.sleep(0.02)  # two seconds in all
        assert result.readings[0].status == "kept"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs a way to crowd one processor, as on Linux")
def test_a_file_is_not_refused_because_the_machine_is_busy(tmp_path: Path) -> None:
    paths = folder_of(tmp_path, [b"work half a second", b"sleep deaf"])
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})  # for the worker and all who crowd it
    crowd = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
    try:
        found = [one.readings[0] for one in formats.read_safely(paths, jobs=1, seconds=0.6, reader=HOSTILE)]
    finally:
        os.sched_setaffinity(0, before)
        for process in crowd:
            process.kill()
            process.wait()
    assert [one.status for one in found] == ["kept", "refused"], "as it would be alone"
    assert found[1].reason == Reason.TOO_SLOW


def test_names_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    large = tmp_path / "large.mid"
    with large.open("wb") as file:
        file.truncate(limits.FILE_BYTES + 1)
    paths = [large, tmp_path / "none.mid", tmp_path / "a.tiff", tmp_path, Path("a\0b.mid")]
    reasons = [result.readings[0].reason for result in formats.read_safely(paths)]
    expected = [Reason.TOO_LARGE, Reason.UNREADABLE, Reason.UNKNOWN_FORMAT, Reason.UNKNOWN_FORMAT]
    assert reasons == [*expected, Reason.UNREADABLE]


def test_an_odd_name_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"a\nb \xff\xe4.mid")
    path.write_bytes(MIDI.dump([random_score(1)]))
    assert next(iter(formats.read_safely([path]))).readings[0].status == "kept"


def test_no_files_need_no_workers() -> None:
    assert list(formats.read_safely([])) == []
    assert not pool.resting


def test_stopping_early_leaves_no_process_behind(tmp_path: Path) -> None:
    contents = [MIDI.dump([random_score(seed)]) for seed in range(50)]
    results = formats.read_safely(folder_of(tmp_path, contents), jobs=2)
    next(results)
    results.close()  # type: ignore[attr-defined]
    pool.close_workers()
    assert not pool.resting


def test_a_worker_whose_parent_is_gone_ends_even_in_a_loop(tmp_path: Path) -> None:
    (path,) = folder_of(tmp_path, [b"loop"])
    code = (
        "import sys, os, threading; sys.path.insert(0, sys.argv[1])\n"
        "from etude.formats import guard\n"
        "batch = guard._Batch([guard.Path(sys.argv[2])], 'hostile:HOSTILE', 0.5, 2**31)\n"
        "batch.start(1); batch.feed(0)\n"
        "while not batch.workers[0].ready: batch.listen()\n"
        "print(batch.workers[0].process.pid, flush=True); os._exit(0)"
    )
    here = str(Path(__file__).parent)
    out = subprocess.run([sys.executable, "-c", code, here, str(path)], capture_output=True, text=True, check=True)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and running(int(out.stdout)):
        time.sleep(0.1)
    assert not running(int(out.stdout))


def running(pid: int) -> bool:
    """Whether the process is there and no zombie that only waits for init to see it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_one_midi_file_is_read_in_a_worker_and_refusals_name_it(tmp_path: Path) -> None:
    score = random_score(1)
    formats.write(score, tmp_path / "a.mid")
    first, second = formats.read(tmp_path / "a.mid"), formats.read(tmp_path / "a.mid")
    assert difference(first, second) == ""
    assert len(pool.resting) == 1
    (tmp_path / "b.mid").write_bytes(b"no")
    with pytest.raises(BadInput, match=r"b\.mid: this is no MIDI file") as refused:
        formats.read(tmp_path / "b.mid")
    assert refused.value.reason == Reason.BAD_STRUCTURE


def test_readings_cross_the_pipe_unchanged() -> None:
    meta = Metadata("t\udcff", extra=(("a", "b"),))
    score = random_score(1, drums=True).replace(marks=[Mark(3, "lyric", "é", 1)], meta=meta)
    readings = [Reading(score, Reason.BAD_TIME, "x", ("w", "v")), refusal(Reason.EMPTY, "none"), Reading(score)]
    back, facts = wire.unpack(wire.pack(readings, {"size": 3}))
    assert back == readings
    assert facts == {"size": 3}
    assert not back[0].score.notes.flags.writeable  # type: ignore[union-attr]


def test_importing_formats_is_cheap() -> None:
    code = "import sys, etude.formats; print([m for m in ('numpy', 'symusic', 'subprocess') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"

"""Public files of broken, odd and old MIDI, and seeded mutants: each is read or refused by name."""

from __future__ import annotations

import json
import random
import tarfile
from collections import Counter
from pathlib import Path

import pytest
import symusic

from etude import formats
from etude.errors import BadInput, Reason
from etude.formats.midi import FORMAT
from etude.formats.midi.write import meta
from etude.score import BEND
from etude.testing.format_laws import check_junk, check_reading
from etude.testing.scores import random_score

ARCHIVE = "midi-robustness.tar.xz"
RECORD = "midi-robustness/expected-mido-1.3.3-symusic-0.6.0.json"
JAZZ, MUSPY, MIDICOMP = "jazz-soft_test-midi-files/midi/test-", "muspy/midi/", "markc_midicomp/"

# where etude and the record disagree on whether a file can be understood, and why etude is right
NO_TIME = "0 ticks per quarter: no time can be told (symusic gives nan seconds, mido divides by zero later)"
AGAINST_SYMUSIC = {
    JAZZ + "running-status-sysex.mid": "symusic reads half of the notes; the rest have a running status after a "
    "system-exclusive event, which the standard cancels and most files mean: all are read, with a warning",
    MIDICOMP + "header-division0.mid": NO_TIME,
    MUSPY + "zero-ticks-per-beat.mid": NO_TIME,
    "midly/test-asset/Beethoven.rmi": "a RIFF container, which etude opens",
}
AGAINST_MIDO = {
    JAZZ + "non-midi-track.mid": "the standard says that chunks of unknown kind are passed over",
    JAZZ + "running-status-sysex.mid": "as above; mido ends in the middle",
    MIDICOMP + "ex1.mid": "a meter of two bytes: mido raises IndexError; its numbers are there",
    "midly/test-asset/Levels.mid": "a meter of two bytes, as above",
    MIDICOMP + "meta-smpte-len0.mid": "an SMPTE offset without contents is ignored with a warning",
    MIDICOMP + "meta-tempo-len0.mid": "a tempo without contents is ignored with a warning",
    MIDICOMP + "header-division0.mid": NO_TIME,
    MUSPY + "zero-ticks-per-beat.mid": NO_TIME,
    MIDICOMP + "huge-varlen.mid": "a number of more than four bytes, which the standard forbids",
    MUSPY + "negative-ticks-per-beat.mid": "SMPTE times of one frame a second, which do not exist",
    "midly/test-asset/Beethoven.rmi": "a RIFF container, which etude opens",
}


@pytest.fixture(scope="module")
def folder(benchmark_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the archive of odd files is unpacked."""
    if not (benchmark_data / ARCHIVE).is_file():
        pytest.skip(f"no {ARCHIVE} among the benchmark data")
    out = tmp_path_factory.mktemp("robustness")
    with tarfile.open(benchmark_data / ARCHIVE) as archive:
        archive.extractall(out, filter="data")
    return out


def test_every_public_oddity_is_read_or_refused_by_name(folder: Path) -> None:
    record = dict(json.loads((folder / RECORD).read_text()))
    assert len(record) == 189
    statuses = Counter[str]()
    against_symusic, against_mido = set(), set()
    paths = [folder / "midi-robustness" / name for name in record]
    for (name, others), result in zip(record.items(), formats.read_safely(paths)):
        for reading in result.readings:
            check_reading(reading)
            assert reading.reason not in (Reason.READER_DIED, Reason.READER_FAILED, Reason.TOO_SLOW), reading
        statuses[result.readings[0].status] += 1
        notes = sum(len(reading.score or ()) for reading in result.readings)
        without = all(reading.reason == Reason.EMPTY for reading in result.readings) and result.size > 0
        ours = f"ok n={notes}" if notes or without else "refused"
        if ours != (others["symusic"] if others["symusic"].startswith("ok") else "refused"):
            against_symusic.add(name)
        if (ours == "refused") == others["mido"].startswith("ok"):
            against_mido.add(name)
    assert against_symusic == set(AGAINST_SYMUSIC)
    assert against_mido == set(AGAINST_MIDO)
    assert statuses == {"kept": 140, "repaired": 12, "refused": 37}


SYSEX = b"\x00\xf0\x05\x7e\x7f\x09\x01\xf7"


def seeds() -> list[bytes]:
    """Well-formed files of several kinds to be damaged."""
    plain = [FORMAT.dump([random_score(n, notes=30, tracks=1 + n % 3, drums=n == 2)]) for n in range(4)]
    bent = random_score(9, notes=20)
    plain.append(FORMAT.dump([bent.replace(controls=[(i, i % 2, BEND, i - 50) for i in range(100)])]))
    events = plain[0].index(b"MTrk", 20) + 8
    size = int.from_bytes(plain[0][events - 4 : events], "big") + len(SYSEX)
    plain.append(plain[0][: events - 4] + size.to_bytes(4, "big") + SYSEX + plain[0][events:])
    return plain


def mutant(seed: int, originals: list[bytes]) -> bytes:
    """A damaged file: one of the families below, chosen and placed by `seed`."""
    rng = random.Random(seed)
    data = bytearray(rng.choice(originals))
    at = rng.randrange(14, len(data))
    family = seed % 10
    if family == 0:
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif family == 1:
        del data[at:]
    elif family == 2:
        data[at:at] = rng.choice([b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff\x7f", b"\x80\x80\x80\x80\x00", b"\xff"])
    elif family == 3:
        data[12:14] = rng.choice([b"\0\0", b"\xe7\x28", b"\xff\xff", b"\0\1", b"\xe2\0"])
    elif family == 4:
        data[at:at] = rng.choice([b"\x40", b"\xf0\x7e", b"\xf7\x00", b"\xf4", b"\xf8", b"\xfe"])
    elif family == 5:
        kind = rng.choice([0x51, 0x58, 0x59, 0x2F, 0x54, 0x7F])
        data[at:at] = b"\0" + meta(kind, rng.randbytes(rng.randrange(6)))
    elif family == 6:
        del data[at : at + rng.randint(1, 12)]
    elif family == 7:
        data[at : at + 4] = rng.randbytes(4)
    elif family == 8:
        data[10:12] = rng.randbytes(2)
        data[8:10] = rng.choice([b"\0\0", b"\0\2", b"\0\3", b"\0\1"])
    else:
        data = bytearray(data.replace(b"\x80", b"\x90" if rng.random() < 0.5 else b"\xa0", rng.randint(1, 9)))
    return bytes(data)


def check_mutants(numbers: range) -> dict[str, int]:
    """How many mutants were kept, repaired and refused; all laws of a Reading hold for each."""
    originals = seeds()
    counts = dict.fromkeys(("kept", "repaired", "refused", "warned"), 0)
    for number in numbers:
        data = mutant(number, originals)
        check_junk(FORMAT, [data])
        try:
            (reading, *_) = FORMAT.parse(data)
        except BadInput:
            counts["refused"] += 1
            continue
        counts[reading.status] += 1
        counts["warned"] += bool(reading.warnings)
        if reading.status == "kept" and not reading.warnings:
            assert well_formed(data, reading.score), f"mutant {number} is damaged, but nothing is said"
    return counts


def well_formed(data: bytes, score: object) -> bool:
    """Whether symusic, in its strict mode, finds the same number of notes in a file that raised no warning."""
    theirs = symusic.Score.from_midi(data)
    return sum(len(track.notes) for track in theirs.tracks) == len(score)  # type: ignore[arg-type]


def test_mutants_are_read_or_refused_and_never_silently_wrong() -> None:
    counts = check_mutants(range(3000))
    assert min(counts.values()) > 30, counts


@pytest.mark.slow
def test_twenty_thousand_mutants_more() -> None:
    check_mutants(range(10_000, 30_000))


def test_random_bytes_are_refused() -> None:
    rng = random.Random(1)
    head = FORMAT.dump([random_score(1, notes=1)])[:22]
    check_junk(FORMAT, [rng.randbytes(rng.randrange(200)) for _ in range(100)])
    check_junk(FORMAT, [head + rng.randbytes(rng.randrange(200)) for _ in range(300)])


def test_a_large_file_is_read_within_the_limits(tmp_path: Path) -> None:
    body = b"\x01\x90\x3c\x50\x01\x3c\x00" * 500_000 + b"\x00\xff\x2f\x00"
    head = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk"
    (tmp_path / "large.mid").write_bytes(head + len(body).to_bytes(4, "big") + body)
    (result,) = formats.read_safely([tmp_path / "large.mid"])
    assert len(result.readings[0].score or ()) == 500_000

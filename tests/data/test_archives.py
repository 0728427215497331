"""Archives: unpacked safely, known ones read with their official splits."""

from __future__ import annotations

import io
import json
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from etude import limits
from etude.data import SPLITS, Collection
from etude.data.archives import unpack
from etude.errors import BadInput, Reason

TUNE = "X:1\nT:one\nM:4/4\nL:1/8\nK:G\nGABc d2ef|gfed cBAG|]\n"


def archive(path: Path, files: dict[str, bytes], *extra: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:xz") as out:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            out.addfile(member, io.BytesIO(data))
        for member in extra:
            out.addfile(member)
    return path


def link(name: str, kind: bytes, target: str = "/etc/passwd") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def test_an_archive_is_unpacked_once_into_the_cache(tmp_path: Path, own_cache: Path) -> None:
    path = archive(tmp_path / "set.tar.xz", {"set/a.abc": TUNE.encode(), "set/sub/b.abc": b"B"})
    folder = unpack(path)
    assert own_cache in folder.parents
    assert (folder / "sub" / "b.abc").read_bytes() == b"B"
    assert unpack(path) == folder


@pytest.mark.parametrize(
    "name", ["../out.abc", "/abs.abc", "a/../../out.abc", "..\\out.abc", "C:\\out.abc", "\\\\host\\share\\out.abc"]
)
def test_paths_that_lead_outside_are_refused(tmp_path: Path, own_cache: Path, name: str) -> None:
    path = archive(tmp_path / "bad.tar.xz", {"fine.abc": b"x", name: b"evil"})
    with pytest.raises(BadInput, match="leads outside") as caught:
        unpack(path)
    assert caught.value.reason == Reason.FORBIDDEN
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and file != path]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    path = archive(tmp_path / "bad.tar.xz", {"fine.abc": b"x"}, link("link", kind))
    with pytest.raises(BadInput, match="neither a file nor a folder"):
        unpack(path)


def test_sizes_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(tmp_path / "big.tar.xz", {f"{i}": bytes(1000) for i in range(10)})
    monkeypatch.setattr(limits, "ARCHIVE_BYTES", 9_999)
    with pytest.raises(BadInput, match="more than") as caught:
        unpack(path)
    assert caught.value.reason == Reason.TOO_LARGE
    monkeypatch.setattr(limits, "ARCHIVE_BYTES", 10_000)
    monkeypatch.setattr(limits, "ARCHIVE_FILES", 9)
    with pytest.raises(BadInput, match="more than 9 files"):
        unpack(path)


@pytest.mark.parametrize("damage", ["cut", "noise", "empty", "xz of noise", "twice"])
def test_a_damaged_archive_is_refused_by_name(tmp_path: Path, damage: str) -> None:
    path = archive(tmp_path / "set.tar.xz", {"a": bytes(range(256)) * 400, "b": b"B"})
    whole = path.read_bytes()
    if damage == "twice":
        with tarfile.open(path, "w:xz") as out:
            for _ in range(2):
                out.addfile(tarfile.TarInfo("a"), io.BytesIO())
    else:
        contents = {
            "cut": whole[: len(whole) // 2],
            "noise": b"noise" * 100,
            "empty": b"",
            "xz of noise": lzma.compress(b"noise" * 1000),
        }
        path.write_bytes(contents[damage])
    with pytest.raises(BadInput, match=r"set\.tar\.xz cannot be unpacked"):
        unpack(path)


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in files.items():
            out.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return path


def test_a_zip_is_an_archive_too(tmp_path: Path, own_cache: Path) -> None:
    path = zipped(tmp_path / "set.zip", {"set/": b"", "set/a.abc": TUNE.encode(), "set/sub/b.abc": b"B"})
    folder = unpack(path)
    assert own_cache in folder.parents
    assert (folder / "sub" / "b.abc").read_bytes() == b"B"
    assert [row.path for row in Collection.open(path).ledger] == ["a.abc", "sub/b.abc"]


@pytest.mark.parametrize("name", ["../out.abc", "/abs.abc", "a/../../out.abc", "..\\out.abc", "C:\\out.abc"])
def test_zips_that_lead_outside_are_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "bad.zip", {"fine.abc": b"x", name: b"evil"})
    with pytest.raises(BadInput, match="leads outside"):
        unpack(path)
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and file != path]


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr(entry, "/etc/passwd")
    with pytest.raises(BadInput, match="neither a file nor a folder"):
        unpack(path)


def test_a_zip_cannot_swell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "bomb.zip", {"zeros": bytes(2**20)})
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(limits, "ARCHIVE_BYTES", 2**20 - 1)
    with pytest.raises(BadInput, match="more than") as caught:
        unpack(path)
    assert caught.value.reason == Reason.TOO_LARGE
    monkeypatch.setattr(limits, "ARCHIVE_BYTES", 2**21)
    lying = path.read_bytes().replace((2**20).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    path.write_bytes(lying)
    with pytest.raises(BadInput, match="cannot be unpacked"):
        unpack(path)


@pytest.mark.parametrize("damage", ["cut", "noise", "empty", "flipped", "twice", "encrypted"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_damaged_zip_is_refused_by_name(tmp_path: Path, damage: str) -> None:
    path = zipped(tmp_path / "set.zip", {"a": bytes(range(256)) * 400, "b": b"B"})
    whole = bytearray(path.read_bytes())
    if damage == "twice":
        with zipfile.ZipFile(path, "a") as out:
            out.writestr("a", b"again")
    else:
        flipped = bytearray(whole)
        flipped[60] ^= 0xFF
        locked = bytearray(whole)
        for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            locked[whole.find(sign) + offset] |= 1
        contents = {"cut": whole[: len(whole) // 2], "noise": b"noise" * 100, "empty": b""}
        path.write_bytes({**contents, "flipped": flipped, "encrypted": locked}[damage])
    with pytest.raises(BadInput, match=r"set\.zip cannot be unpacked"):
        unpack(path)


def test_the_grid_of_four_voices_keeps_its_split(tmp_path: Path) -> None:
    voices = [[72, 67, 64, 48], [72, 67, 64, -1], [74, 67, 65, -1], [74, 67, 65, 50]]
    sets = {"test": [voices[::-1]], "train": [voices, voices[:2]], "valid": [voices[1:]]}
    path = archive(tmp_path / "jsb.tar.xz", {"jsb/Jsb16thSeparated.json": json.dumps(sets).encode()})
    found = Collection.open(path)
    assert [len(found.pieces(split)) for split in SPLITS] == [2, 1, 1]
    score = found.pieces("train")[0].score
    rows = [(note["onset"], note["duration"], note["pitch"], note["track"]) for note in score.notes]
    bass = [row for row in rows if row[3] == 3]
    assert bass == [(0, 120, 48, 3), (360, 120, 50, 3)]
    assert (0, 480, 67, 1) in rows
    assert score.end == 480


def matlab(sets: dict[str, list[np.ndarray]]) -> bytes:
    """A MATLAB 5.0 file of cell arrays of uint8 matrices, as in the format's description."""

    def element(kind: int, data: bytes) -> bytes:
        return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)

    def matrix(shape: tuple[int, int], name: str, content: bytes, kind: int) -> bytes:
        head = element(6, struct.pack("<II", kind, 0)) + element(5, struct.pack("<ii", *shape))
        return element(14, head + element(1, name.encode()) + content)

    out = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    for name, rolls in sets.items():
        cells = [matrix(roll.shape, "", element(2, roll.T.astype(np.uint8).tobytes()), 9) for roll in rolls]
        packed = zlib.compress(matrix((1, len(rolls)), name, b"".join(cells), 1))
        out += struct.pack("<II", 15, len(packed)) + packed
    return out


def test_matlab_piano_rolls_become_notes(tmp_path: Path) -> None:
    roll = np.zeros((5, 88), bool)
    roll[0:2, 39] = roll[1:4, 43] = roll[4, 39] = True
    sets = {"traindata": [roll, roll[::-1]], "validdata": [roll[:4]], "testdata": [roll[1:]]}
    (tmp_path / "Nottingham.mat").write_bytes(matlab(sets))
    found = Collection.open(tmp_path / "Nottingham.mat")
    assert [len(found.pieces(split)) for split in SPLITS] == [2, 1, 1]
    notes = found.piece("Nottingham.mat#1").score.notes
    assert [(n["onset"], n["duration"], n["pitch"]) for n in notes] == [
        (0, 480, 60),
        (240, 720, 64),
        (960, 240, 60),
    ]


@pytest.mark.parametrize(
    "data", [b"", b"MATLAB 5.0", b"MATLAB 5.0".ljust(128) + struct.pack("<II", 15, 9) + b"nonsense!"]
)
def test_a_broken_matlab_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.mat").write_bytes(data)
    with pytest.raises(BadInput, match=r"x\.mat is not laid out like"):
        Collection.open(tmp_path / "x.mat")


def test_a_tune_book_with_a_published_split(tmp_path: Path) -> None:
    split = json.dumps({"split": {"train": [0], "val": [2], "test": [3]}}).encode()
    tunes = [TUNE, TUNE, TUNE.replace("GABc", "BAGB"), TUNE.replace("GABc", "dBdB")]
    files = {"irish-abc/irish.abc": "\n".join(tunes).encode(), "irish-abc/split_by_tune.json": split}
    found = Collection.open(archive(tmp_path / "irish-abc.tar.xz", files))
    assert [[piece.id for piece in found.pieces(split)] for split in SPLITS] == [
        ["irish.abc#1"],
        ["irish.abc#3"],
        ["irish.abc#4"],
    ]
    second = found.ledger[1]
    assert (second.status, second.split, second.duplicate_of) == ("kept", None, "irish.abc#1")
    assert found.licence == "MIT"


def test_the_columns_of_performances(tmp_path: Path) -> None:
    index = [
        {"midi": "a.midi", "title": "A", "composer": "C", "year": 2018, "split": side, "tpq": 480, "note0": 2 * i}
        | {"notes": 2, "sus0": 0, "sus": 2, "soft0": 0, "soft": 0}
        for i, side in enumerate(("train", "validation", "test"))
    ]
    columns = {
        "onset_delta_ticks": np.array([10, 20] * 3, np.uint16),
        "duration_ticks": np.array([100, 50] * 3, np.uint16),
        "pitch": np.array([60, 64, 61, 65, 62, 66], np.uint8),
        "velocity": np.array([80, 90] * 3, np.uint8),
        "sustain_delta_ticks": np.array([5, 30], np.uint32),
        "soft_delta_ticks": np.zeros(0, np.uint32),
    }
    for name, column in columns.items():
        np.save(tmp_path / f"{name}.npy", column)
    (tmp_path / "index.json").write_text(json.dumps(index))
    found = Collection.open(tmp_path)
    assert [len(found.pieces(split)) for split in SPLITS] == [1, 1, 1]
    score = found.pieces("valid")[0].score
    assert score.notes.tolist() == [(10, 100, 61, 80, 0), (30, 50, 65, 90, 0)]
    assert score.controls.tolist() == [(5, 0, 64, 127), (35, 0, 64, 0)]
    assert not found.may_ship
    (tmp_path / "pitch.npy").unlink()
    with pytest.raises(BadInput, match=r"pitch\.npy is missing"):
        Collection.open(tmp_path)


def test_a_part_of_an_archive_is_a_collection(tmp_path: Path) -> None:
    files = {"set/one/a.abc": TUNE.encode(), "set/two/b.abc": TUNE.encode()}
    path = archive(tmp_path / "set.tar.xz", files)
    assert [row.path for row in Collection.open(path).ledger] == ["one/a.abc", "two/b.abc"]
    assert [row.path for row in Collection.open(path / "two").ledger] == ["b.abc"]
    with pytest.raises(BadInput, match="There is no 'three'"):
        Collection.open(path / "three")


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("irish-abc", (633, 87, 82)),
        ("seed-melodies", (287, 42, 36)),
        ("jsb-chorales", (229, 76, 77)),
        ("poly-music-bl2012/JSB_Chorales.mat", (229, 76, 77)),
    ],
)
def test_the_published_splits_of_the_benchmarks(benchmark_data: Path, name: str, sizes: tuple[int, ...]) -> None:
    archive_name, _, inner = name.partition("/")
    path = benchmark_data / f"{archive_name}.tar.xz"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    found = Collection.open(path / inner if inner else path)
    assert tuple(len(found.pieces(split)) for split in SPLITS) == sizes

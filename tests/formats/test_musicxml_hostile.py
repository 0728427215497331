"""Strangers' MusicXML: bombs, outside entities, climbing archives. Mutants are those of `etude.testing.fuzz`."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from etude import limits
from etude.errors import BadInput, Reason
from etude.formats.musicxml import FORMAT, compress
from etude.formats.musicxml import package as package_module
from etude.formats.musicxml import tree as tree_module
from etude.score import Mark, Score
from etude.testing.format_laws import check_reading
from etude.testing.scores import random_score

SECONDS = 5.0


def refused(data: bytes) -> BadInput:
    begun = time.process_time()
    with pytest.raises(BadInput) as caught:
        FORMAT.parse(data)
    assert time.process_time() - begun < SECONDS
    return caught.value


def good() -> bytes:
    score = random_score(4, notes=40, tracks=2, drums=True)
    marks = [Mark(0, "chord", "Am7"), Mark(1920, "repeat_end"), Mark(480, "words", "slow"), Mark(960, "segno")]
    return FORMAT.dump([score.replace(marks=marks)])


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as target:
        for name, data in files.items():
            target.writestr(name, data)
    return out.getvalue()


def container(path: str) -> bytes:
    return f'<container><rootfiles><rootfile full-path="{path}"/></rootfiles></container>'.encode()


def laughs() -> bytes:
    rows = ['<!ENTITY l0 "lol">'] + [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    return f"<!DOCTYPE a [{''.join(rows)}]><score-partwise>&l9;</score-partwise>".encode()


@pytest.mark.parametrize(
    "data",
    [
        laughs(),
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><score-partwise>&x;</score-partwise>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><score-partwise/>',
        b'<!DOCTYPE a [<!ENTITY x "'
        + b"a" * 100_000
        + b'">]><score-partwise>'
        + b"&x;" * 10_000
        + b"</score-partwise>",
    ],
)
def test_entities_are_forbidden(data: bytes) -> None:
    assert refused(data).reason == Reason.FORBIDDEN
    assert refused(compress(data)).reason == Reason.FORBIDDEN


def test_a_doctype_that_points_outside_is_never_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins
    import socket

    def never(*_: object, **__: object) -> None:
        raise AssertionError("something was opened")

    data = good()
    assert b"<!DOCTYPE" in data
    monkeypatch.setattr(builtins, "open", never)
    monkeypatch.setattr(socket, "socket", never)
    check_reading(FORMAT.parse(data)[0])


def test_depth_and_count_are_capped_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    def nested(depth: int) -> bytes:
        return b"<score-partwise>" + b"<x>" * depth + b"</x>" * depth + b"</score-partwise>"

    assert refused(nested(limits.XML_DEPTH)).reason == Reason.TOO_LARGE
    assert refused(nested(limits.XML_DEPTH - 1)).reason == Reason.EMPTY
    monkeypatch.setattr(limits, "XML_ELEMENTS", 50)
    monkeypatch.setattr(tree_module, "QUICK_ELEMENTS", 10)
    assert refused(b"<score-partwise>" + b"<x/>" * 50 + b"</score-partwise>").reason == Reason.TOO_LARGE
    assert refused(b"<score-partwise>" + b"<x/>" * 49 + b"</score-partwise>").reason == Reason.EMPTY


def test_the_slow_way_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = FORMAT.parse(good())[0].score
    monkeypatch.setattr(tree_module, "QUICK_ELEMENTS", 0)
    assert FORMAT.parse(good())[0].score == quick


def test_files_parts_and_notes_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "NOTES", 39)
    assert refused(good()).reason == Reason.TOO_LARGE
    monkeypatch.setattr(limits, "NOTES", 40)
    assert FORMAT.parse(good())[0].score is not None
    monkeypatch.setattr(limits, "TRACKS", 1)
    assert refused(good()).reason == Reason.TOO_LARGE
    monkeypatch.setattr(limits, "TRACKS", 2)
    monkeypatch.setattr(limits, "FILE_BYTES", len(good()) - 1)
    assert refused(good()).reason == Reason.TOO_LARGE


def test_archives_that_are_bombs_or_climb_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = b"<score-partwise>" + b" " * (limits.INFLATED_BYTES + 1)
    assert refused(compress(bomb)).reason == Reason.TOO_LARGE
    assert refused(compress(b"<score-partwise>" + b" " * 2**23)).reason == Reason.TOO_LARGE  # by its ratio
    for path in ("../../etc/passwd", "/etc/passwd", "c:\\x.xml", "a/../../b.xml"):
        assert refused(archive({"META-INF/container.xml": container(path)})).reason == Reason.FORBIDDEN
    monkeypatch.setattr(package_module, "DIRECTORY_BYTES", 100)
    assert refused(archive({f"{n}.txt": b"" for n in range(9)})).reason == Reason.TOO_LARGE


def test_archives_that_do_not_hold_together_are_refused() -> None:
    whole = compress(good())
    assert refused(archive({"META-INF/container.xml": container("gone.xml")})).reason == Reason.BAD_STRUCTURE
    assert refused(archive({"readme.txt": b"x"})).reason == Reason.BAD_STRUCTURE
    assert refused(archive({"a.xml": good()}, zipfile.ZIP_BZIP2)).reason == Reason.UNSUPPORTED
    assert refused(whole[: len(whole) // 2]).reason == Reason.TRUNCATED
    assert FORMAT.parse(archive({"a.xml": good()}))[0].score == FORMAT.parse(good())[0].score


def test_a_large_good_file_is_read_in_time() -> None:
    notes = [(i * 120, 120, 60 + i % 12, 80, 0) for i in range(20_000)]
    data = FORMAT.dump([Score.of(notes)])
    begun = time.process_time()
    found = FORMAT.parse(data)[0].score
    assert found is not None
    assert len(found) == 20_000
    assert time.process_time() - begun < SECONDS

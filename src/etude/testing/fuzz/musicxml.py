"""Damaged MusicXML: tags that come, go and nest, values no schema allows, entities, and packages that lie."""

from __future__ import annotations

import io
import random
import re
import zipfile
from functools import cache

from etude.formats.musicxml import FORMAT, compress
from etude.score import Mark, Score
from etude.testing.fuzz.families import ANY, ODD_NUMBERS, TEXT, Family
from etude.testing.scores import few_bars, random_score

TAGS = (
    *(
        "chord",
        "grace",
        "cue",
        "rest",
        "backup",
        "forward",
        "duration",
        "pitch",
        "measure",
        "part",
        "divisions",
        "time",
    ),
    *(
        "key",
        "barline",
        "repeat",
        "ending",
        "sound",
        "direction",
        "harmony",
        "unpitched",
        "tie",
        "tuplet",
        "transpose",
    ),
    *(
        "voice",
        "staff",
        "lyric",
        "attributes",
        "note",
        "score-partwise",
        "part-list",
        "time-modification",
        "xi:include",
    ),
)
_TAG = re.compile(rb"<[^<>]+>")
_TEXT = re.compile(rb">([^<>\s][^<>]*)<")
_ATTRIBUTE = re.compile(rb'="([^"]*)"')


@cache
def originals() -> tuple[bytes, ...]:
    """Documents that etude writes, with drums, two staves, chords, words, tuplets and repeats."""
    marks = [Mark(0, "chord", "Am7"), Mark(1920, "repeat_end"), Mark(480, "words", "slow"), Mark(960, "segno")]
    written = [
        random_score(1, notes=12, tracks=2, drums=True).replace(marks=[Mark(0, "chord", "Am7")]),
        random_score(4, notes=30, tracks=2, drums=True).replace(marks=marks),
        few_bars(3, 2),
        *(_quarters(n) for n in range(4)),
    ]
    return tuple(FORMAT.dump([score]) for score in written)


def _quarters(seed: int) -> Score:
    """One to three parts of plain quarters without ties, which the strict reader can count."""
    parts = 1 + seed % 3
    rows = [
        (480 * n, 480, 50 + (7 * n * (seed + 1) + 5 * part) % 30, 80, part)
        for n in range(12)
        for part in range(parts)
    ]
    return Score.of(rows)


@cache
def packages() -> tuple[bytes, ...]:
    """The same as .mxl."""
    return tuple(compress(data) for data in originals())


def odd_text(rng: random.Random, data: bytes) -> bytes:
    """The text of an element is another one."""
    return _instead(rng, data, _TEXT, rng.choice(ODD_NUMBERS).encode())


def odd_attribute(rng: random.Random, data: bytes) -> bytes:
    """An attribute has another value."""
    values = (*ODD_NUMBERS, "yes", "no", "start", "stop", "P1", "&lt;", "a" * 300)
    return _instead(rng, data, _ATTRIBUTE, rng.choice(values).encode())


def element_out(rng: random.Random, data: bytes) -> bytes:
    """An element without children is missing."""
    found = list(re.finditer(rb"<([\w-]+)(?: [^<>]*)?(?:/>|>[^<>]*</\1>)", data))
    if not found:
        return data
    one = rng.choice(found)
    return data[: one.start()] + data[one.end() :]


def element_more(rng: random.Random, data: bytes) -> bytes:
    """An element stands where it may not, or stands twice."""
    tag = rng.choice(TAGS).encode()
    new = rng.choice((b"<%s/>", b"<%s>1</%s>", b"<%s>", b"</%s>"))
    event = new.replace(b"%s", tag)
    found = [one.end() for one in _TAG.finditer(data)] or [0]
    at = rng.choice(found)
    return data[:at] + event + data[at:]


def other_tag(rng: random.Random, data: bytes) -> bytes:
    """All elements of one name have another name."""
    names = sorted(set(re.findall(rb"<([\w-]+)", data))) or [b"x"]
    old, new = rng.choice(names), rng.choice(TAGS).encode()
    return re.sub(rb"(</?)" + old + rb"(?=[\s/>])", rb"\1" + new, data)


def pitch(rng: random.Random, data: bytes) -> bytes:
    """A pitch is another one, or none that there is."""
    name, values = rng.choice(((b"step", b"CDEFGABH"), (b"octave", b"0123456789"), (b"alter", b"012")))
    found = list(re.finditer(rb"<%s>([^<]*)<" % name, data))
    if not found:
        return data
    one = rng.choice(found)
    return data[: one.start(1)] + bytes([rng.choice(values)]) + data[one.end(1) :]


def harmless(rng: random.Random, data: bytes) -> bytes:
    """A comment, a processing instruction, an unknown element or white space between two elements."""
    found = [one.start() for one in re.finditer(rb"\n<", data)]
    at = rng.choice(found) if found else 0
    new = (b"<!-- <note> -->", b"<?page break?>", b"\n\t ", b"<fancy><note/></fancy>")
    return data[:at] + rng.choice(new) + data[at:]


def document_type(rng: random.Random, data: bytes) -> bytes:
    """A document type that defines entities, points outside or includes what lies elsewhere."""
    entity = rng.choice(ENTITIES)
    body = data[data.find(b"<score-partwise") :] if b"<score-partwise" in data else data
    at = body.find(b">") + 1
    return entity + body[:at] + rng.choice((b"&x;", b"", b'<xi:include href="file:///etc/hostname"/>')) + body[at:]


ENTITIES = (
    b'<!DOCTYPE score-partwise [<!ENTITY x "a">]>',
    b'<!DOCTYPE score-partwise [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    b'<!DOCTYPE score-partwise [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>',
    b'<!DOCTYPE score-partwise [<!ENTITY % x SYSTEM "file:///etc/hostname"> %x;]>',
    b'<!DOCTYPE score-partwise SYSTEM "http://127.0.0.1:9/partwise.dtd">',
    b'<!DOCTYPE score-partwise PUBLIC "-//x" "file:///etc/hostname">',
)


def _instead(rng: random.Random, data: bytes, pattern: re.Pattern[bytes], new: bytes) -> bytes:
    found = list(pattern.finditer(data))
    if not found:
        return data
    one = rng.choice(found)
    return data[: one.start(1)] + new + data[one.end(1) :]


FAMILIES: tuple[Family, ...] = (
    *(*ANY, *TEXT, odd_text, odd_text, odd_text, odd_attribute, element_out, element_out, element_more),
    *(other_tag, document_type, pitch, pitch, pitch, pitch, harmless, harmless, harmless, harmless),
)


def repacked(rng: random.Random, data: bytes) -> bytes:
    """The package holds a damaged document, or its files under other names, twice, or packed otherwise."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    chosen = rng.choice(list(files))
    if rng.random() < 0.7:
        files[chosen] = rng.choice(FAMILIES)(rng, files[chosen])
    else:
        new = rng.choice(
            ("../../x.xml", "/etc/x.xml", "C:\\x.xml", "a" * 5000, "META-INF/container.xml", "", "x\0y")
        )
        files[new] = files.pop(chosen)
    return archive_of(files, rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)))


def archive_of(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of `files`; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, data in files.items():
            target.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def directory(rng: random.Random, data: bytes) -> bytes:
    """The list of files at the end of the package is damaged."""
    at = data.rfind(b"PK\x01\x02")
    begin = data.find(b"PK\x01\x02") if at >= 0 else 0
    return data[:begin] + rng.choice(ANY[:2])(rng, data[begin:])


PACKAGE_FAMILIES: tuple[Family, ...] = (*ANY, *(repacked,) * 10, *(directory,) * 4)


def container(path: str) -> bytes:
    """A container file that names `path` as the score."""
    return f'<container><rootfiles><rootfile full-path="{path}"/></rootfiles></container>'.encode()


def bombs() -> dict[str, bytes]:
    """Small or simple documents that cost a careless reader hours or gigabytes."""
    laughs = ['<!ENTITY l0 "lol">'] + [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    body = originals()[0]
    begin = body.find(b"<score-partwise")
    note = b"<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration></note>"
    head = b'<score-partwise><part-list><score-part id="P1"/></part-list><part id="P1"><measure number="1">'
    head += b"<attributes><divisions>1</divisions></attributes>"
    tail = b"</measure></part></score-partwise>"
    return {
        "billion-laughs": f"<!DOCTYPE a [{''.join(laughs)}]><score-partwise>&l9;</score-partwise>".encode(),
        "quadratic": b'<!DOCTYPE a [<!ENTITY x "'
        + b"a" * 100_000
        + b'">]><score-partwise>'
        + b"&x;" * 10_000
        + b"</score-partwise>",
        **{f"outside-{n}": entity + body[begin:] for n, entity in enumerate(ENTITIES)},
        "include": head.replace(b"<part-list>", b'<xi:include href="file:///etc/hostname"/><part-list>')
        + note
        + tail,
        "deep": head + b"<x>" * 500_000 + b"</x>" * 500_000 + tail,
        "many-attributes": head + b"<x " + b" ".join(b'a%d="1"' % n for n in range(200_000)) + b"/>" + tail,
        "one-long-text": head + b"<x>" + b"a" * 20_000_000 + b"</x>" + note + tail,
        "a-million-elements": head + b"<x/>" * 1_000_000 + note + tail,
        "a-million-empty-measures": head + note + b"</measure><measure>" * 1_000_000 + tail,
        "many-notes": head + note * 250_000 + tail,
        "many-tied-notes": head + note.replace(b"</duration>", b'</duration><tie type="start"/>') * 100_000 + tail,
        "many-grace-notes": head + note.replace(b"<pitch>", b"<grace/><pitch>") * 100_000 + note + tail,
        "many-directions": head + b'<sound tempo="100"/>' * 300_000 + note + tail,
        "repeats": head + b'<barline><repeat direction="backward" times="99"/></barline>' * 100_000 + note + tail,
        "huge-divisions": head.replace(b">1</div", b">2147483647</div") + note + tail,
        "long-forward": head + b"<forward><duration>2000000000</duration></forward>" + note + tail,
        "comment": head + b"<!--" + b"- " * 8_000_000 + b"-->" + note + tail,
        "spaces-in-beams": head + (b"<beam" + b" " * 2000) * 2000 + tail,
    }


def package_bombs() -> dict[str, bytes]:
    """The same as packages: bombs, paths that climb, archives in archives."""
    good = packages()[0]
    spaces = b"<score-partwise>" + b" " * (64 * 2**20 + 1)
    out = {
        "600-MB": archive_of({"META-INF/container.xml": container("a.xml"), "a.xml": b" " * (600 * 2**20)}),
        "just-over-64-MB": compress(spaces),
        "by-its-ratio": compress(b"<score-partwise>" + b" " * 2**23),
        "in-the-container": archive_of({"META-INF/container.xml": b" " * (80 * 2**20), "a.xml": b""}),
        "archive-in-archive": compress(good),
        "many-files": archive_of({f"{n}.xml": b"" for n in range(60_000)}),
        "laughs": compress(bombs()["billion-laughs"]),
    }
    return out | climbing()


def climbing() -> dict[str, bytes]:
    """Packages whose score lies outside them."""
    paths = ("../../etc/passwd", "/etc/passwd", "c:\\x.xml", "a/../../b.xml", "//h/x.xml")
    files = ({"META-INF/container.xml": container(path), path: originals()[0]} for path in paths)
    return {f"climbs-{number}": archive_of(inside) for number, inside in enumerate(files)}

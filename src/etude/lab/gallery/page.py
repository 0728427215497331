"""The page of one model in a gallery: where its pieces stand together, then each with all that is known of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from etude.lab.blocks import Copied, Folded, Links, Points
from etude.lab.gallery.exhibit import Band, Exhibit, settings_of
from etude.lab.gallery.writing import SOUND, Hung
from etude.lab.page import Card, Section, Table, page
from etude.lab.report.shelf import number

HEADER = (
    *("seed", "ends", "notes", "bars", "seconds", "bits per note", "real, says the critic"),
    *("longest copied", "measures outside"),
)
BACK = ("index.html", "All models", "with their cards and records")
CUT = "It did not end: cut at the length of the longest piece its model has heard."
READING = (
    "Bits per note: what the piece costs the model that made it, without temperature; few say that it did what it "
    "expects most, not that it is good. Longest copied: notes of the longest passage that stands in the music the "
    "model learned from, in any key and tempo; in brackets the middle real piece and the one that 19 of 20 stay "
    "below. Measures outside: where at most one of twenty real pieces lies lower, or one higher; of a real piece "
    "one measure in ten is expected there."
)


def model_page(found: Exhibit, hung: Sequence[Hung], out: Path, command: str) -> str:
    """The HTML; the files of the pieces lie in a folder of the model's name beside it."""
    licence = found.loaded.metadata.get("licence", "")
    lead = (
        f"{len(hung)} pieces, the random numbers 0 to {len(hung) - 1} in order, one draw each: none was chosen and "
        f"none left out. Learned from '{found.loaded.metadata.get('collection', 'unknown')}'"
        f"{f' ({licence})' if licence else ''}."
    )
    sections = [
        Section("All at a glance", READING, [_overview(found, hung), Links([BACK])], points=_beside(found)),
        _sound(found, out),
        Section("The pieces", cards=[_card(one, found, out) for one in hung]),
    ]
    return page(found.name, lead, sections, command)


def _overview(found: Exhibit, hung: Sequence[Hung]) -> Table:
    """A row a piece."""
    return Table(HEADER, [_row(one, found.band) for one in hung])


def _row(one: Hung, band: Band) -> list[str]:
    shown, piece = one.shown, one.shown.piece
    outside = f"{len(shown.outside(band))} of {len(band)}" if band else "-"
    return [
        *(str(piece.seed), "by itself" if piece.ended else "cut", str(len(piece.score)), str(piece.bars)),
        *(f"{piece.score.duration:.0f}", number(shown.bits_per_note)),
        *("-" if shown.critic is None else f"{shown.critic:.0%}", _copied(one), outside),
    ]


def _copied(one: Hung) -> str:
    found = one.shown.piece.originality
    if found is None:
        return "-"
    beside = f" ({found.band.longest[1]:.0f}, {found.band.longest[2]:.0f})" if found.band else ""
    return f"{found.longest_copied}{beside}"


def _beside(found: Exhibit) -> list[str]:
    """What the figures were held against, or why not."""
    known = [one.piece.originality is not None for one in found.shown]
    unknown = (
        [] if all(known) else ["What was copied is not known: the passages the model learned from are missing."]
    )
    return [f"Real music: {found.beside}", f"Critic: {found.critic}", *unknown]


def _sound(found: Exhibit, out: Path) -> Section:
    """How to come by the sound."""
    text = (
        "The players need files that are built, not kept with the page. Where they are silent, build them; the "
        "line below needs no model."
    )
    return Section("Sound", text, [Copied(f"etude render {(out / found.name).as_posix()}/*.mid --format {SOUND}")])


def _card(one: Hung, found: Exhibit, out: Path) -> Card:
    piece, folder = one.shown.piece, found.name
    title = piece.score.meta.title or f"Seed {piece.seed}"
    heat = piece.temperature
    length = f"{len(piece.score)} notes, {piece.bars} bars, {piece.score.duration:.0f} s"
    pictures = [
        (f"{folder}/{name}", f"{what} of {title}: {length}")
        for kind, what in (("sheet", "Sheet music"), ("png", "Piano roll"))
        for name in one.files.get(kind, ())
    ]
    text = next(((out / folder / name).read_text("utf-8") for name in one.files.get("abc", ())), "")
    return Card(
        title,
        f"seed {piece.seed}, temperature {heat}, {length}{', ended by itself' if piece.ended else ''}",
        f"{folder}/{one.stem}.{SOUND}",
        pictures,
        [f"{folder}/{name}" for kind in ("mid", "abc") for name in one.files.get(kind, ())],
        text,
        "" if piece.ended else CUT,
        [Points(_sentences(one, found)), _measures(one, found.band), _made(one, found, out)],
    )


def _sentences(one: Hung, found: Exhibit) -> list[str]:
    """What was found of one piece, in words."""
    shown, piece = one.shown, one.shown.piece
    said = [f"Costs its model {number(shown.bits_per_note)} bits a note."]
    if shown.critic is not None:
        said.append(f"{shown.critic:.0%} likely to be real, says the critic.")
    if piece.originality is not None:
        told = str(piece.originality)
        said.append(f"{told[:1].upper()}{told[1:]}.")
    if found.band:
        names = ", ".join(name.replace("_", " ") for name in shown.outside(found.band)) or "nothing"
        said.append(f"Outside what nine of ten real pieces keep to: {names}.")
    return [*said, *(f"The {kind}: {why}" for kind, why in one.missing.items())]


def _measures(one: Hung, band: Band) -> Folded:
    """Every measure of a piece beside the band."""
    rows = []
    for name, value in one.shown.measures.items():
        low, high = band.get(name, (None, None))
        rows.append((name.replace("_", " "), number(value), number(low), number(high)))
    return Folded("measures", [Table(("measure", "here", "real 5 %", "real 95 %"), rows)])


def _made(one: Hung, found: Exhibit, out: Path) -> Folded:
    """Settings, provenance, and the command that makes it again."""
    piece = one.shown.piece
    settings: Mapping[str, object] = {"seed": piece.seed, **settings_of(found.loaded)}
    lines = [f"etude rerun {(out / found.name / name).as_posix()}" for name in one.files.get("mid", ())]
    text = "\n".join([*lines, "", json.dumps(settings), "", piece.score.meta.reproduce])
    return Folded("settings and provenance", [Copied(text.strip())])

"""The first page of a gallery: a row a model, with links to its pieces and its card, and to the records."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from etude.lab.blocks import Copied, Links
from etude.lab.gallery.exhibit import Exhibit
from etude.lab.page import Section, Table, page
from etude.lab.report.shelf import number

HEADER = ("model", "encoding", "learned from", "pieces", "ended by themselves", "bits per note, middle piece")
LEAD = (
    "What the models compose, as it comes: the same random numbers for every model, in order, one draw each. "
    "Nothing was chosen, nothing left out; a piece that did not end is shown and marked."
)
RECORDS = (
    "What held-out music costs each model, beside its baselines, with the command of each row. These figures stand "
    "there alone and are not repeated here."
)
LISTENING = (
    "Whether people like it, no figure says. The first command makes blind pairs for them, the second a table of "
    "what they said; it stays empty until somebody has listened."
)


def index_page(exhibits: Sequence[Exhibit], out: Path, command: str) -> str:
    """The HTML, links relative to the folder `out`."""
    pages = Links([(f"{one.name}.html", one.name, f"{len(one.shown)} pieces") for one in exhibits])
    sections = [
        Section("The models", blocks=[Table(HEADER, [_row(one) for one in exhibits]), pages]),
        *_records(exhibits, out),
        Section("Listening", LISTENING, [Copied("etude pairs make MODEL --out pairs\netude pairs read pairs")]),
    ]
    return page("Gallery", LEAD, sections, command)


def _row(one: Exhibit) -> list[str]:
    ended = sum(shown.piece.ended for shown in one.shown)
    prices = [price for shown in one.shown if (price := shown.bits_per_note) is not None]
    learned = str(one.loaded.metadata.get("collection", "unknown"))
    cells = [one.name, one.loaded.encoding.name, learned, str(len(one.shown)), str(ended)]
    return [*cells, number(median(prices) if prices else None)]


def _records(exhibits: Sequence[Exhibit], out: Path) -> list[Section]:
    """Links to the records and to the models' cards, as far as they are beside the gallery."""
    rows = [("results.md", "Results", "every figure with its command, protocol and baselines")]
    rows += [(f"models/{one.name}.md", f"The card of {one.name}", "data, licence, figures") for one in exhibits]
    there = [(_from(out, to), words, of) for to, words, of in rows if (out.parent / to).is_file()]
    return [Section("Records and cards", RECORDS, [Links(there)])] if there else []


def _from(out: Path, name: str) -> str:
    """A file beside the folder `out`, as a page in it names it."""
    return Path(os.path.relpath(out.parent / name, out)).as_posix()

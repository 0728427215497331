"""`etude pieces`: what was made in the studio, searched and tagged from the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from etude.apps.cli.output import Output, answers, examples
from etude.errors import BadInput, Reason, UsageError

KEYS = ("id", "title", "model", "seed", "seconds", "note_count", "favourite", "tags", "note", "reproduce", "folder")


@click.command(
    "pieces",
    epilog=examples("etude pieces folk '#slow'", "etude pieces --id 0123456789abcdef --tags 'slow, D minor'"),
)
@click.argument("words", nargs=-1)
@click.option("--kept", is_flag=True, help="Favourites alone.")
@click.option("--id", "number", help="One piece, by its id or how that begins.")
@click.option("--tags", help="Tags for the piece of --id, with commas between; '' takes them away.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("studio"),
    show_default=True,
    help="Where the studio keeps what you make and say.",
)
@answers
def command(output: Output, words: tuple[str, ...], folder: Path, **options: Any) -> None:
    """List what you made in the studio: pieces with all WORDS in model, seed, title, note or tags.

    '#slow' is a whole tag. It reads what the page reads; a tag given here is there when the page is looked at next.
    """
    from contextlib import closing

    from etude.lab.desk.book import Book
    from etude.lab.desk.shelf import library, tags_in

    if not (folder / "studio.sqlite").is_file():
        raise BadInput(f"There is no studio in {folder}. Begin one with: etude studio", Reason.UNREADABLE)
    if options["tags"] is not None and not options["number"]:
        raise UsageError("--tags needs the --id of a piece.")
    with closing(Book(folder / "studio.sqlite")) as book:
        if options["tags"] is not None:
            book.tag(_whole(book, options["number"]), tags_in(options["tags"]))
        found = library(book, " ".join(words), options["kept"])
        places = {row["id"]: row["folder"] for row in book.rows("SELECT id, folder FROM pieces")}
    if options["number"]:
        found = [one for one in found if one["id"].startswith(options["number"])]
    told = [{**{key: one.get(key) for key in KEYS}, "folder": places[one["id"]]} for one in found]
    rows = [
        (
            one["id"],
            one["title"],
            one["model"],
            one["seed"],
            "kept" if one["favourite"] else "",
            ", ".join(one["tags"]),
        )
        for one in found
    ]
    header = ["id", "title", "model", "seed", "kept", "tags"]
    output.result({"pieces": told}, output.table(header, rows) if rows else "No such piece.")


def _whole(book: Any, start: str) -> str:
    """The id that begins so. Raises BadInput for none or several."""
    found = book.rows("SELECT id FROM pieces WHERE substr(id, 1, ?) = ?", len(start), start)
    if len(found) != 1:
        raise BadInput(f"{len(found)} pieces have an id that begins with '{start}'.", Reason.UNREADABLE)
    return str(found[0]["id"])

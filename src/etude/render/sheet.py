"""Score -> printed music: SVG pages that a browser shows from disk, engraved by verovio in a child process.

verovio is fast and good, but it can end its whole process on strange input (see `docs/dependencies.md`), so it
never runs in ours, and it is given only MusicXML that we wrote.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from xml.sax.saxutils import escape

from etude.errors import EtudeError
from etude.formats.musicxml import FORMAT
from etude.render.written import as_written
from etude.score import Score

SECONDS = 60.0  # of wall time for one piece
MEMORY = 2 * 2**30  # bytes of address space of the child
PAGE_WIDTH = 2100  # tenths of a millimetre, as A4
PAPER = '<rect width="100%" height="100%" fill="#fff" style="stroke:none"/>'  # or black notes stand on a dark page


class EngravingFailed(EtudeError):
    """Raised when no page could be drawn; `musicxml` holds the music, which any notation program can open."""

    def __init__(self, why: str, musicxml: bytes) -> None:
        super().__init__(
            f"The sheet could not be drawn: {why}. The music itself is whole: write it as .musicxml "
            "and open it in a notation program."
        )
        self.musicxml = musicxml


def sheet_svg(score: Score, *, seconds: float = SECONDS, width: int = PAGE_WIDTH) -> list[str]:
    """One SVG text a page, fonts inside. Notes off every grid are moved to the nearest one for the picture.

    Raises EngravingFailed when the engraver gives up, dies or passes `seconds`.
    """
    document = FORMAT.dump([as_written(score)])
    about = score.meta.reproduce or "etude"
    return [_finished(page, score.meta.title, about) for page in engrave(document, seconds, width)]


def engrave(document: bytes, seconds: float = SECONDS, width: int = PAGE_WIDTH) -> list[str]:
    """The pages verovio draws of a MusicXML `document`, from a child with a limit of time and memory."""
    command = [sys.executable, "-P", "-m", "etude.render.engraver", str(MEMORY), str(int(seconds) + 1), str(width)]
    try:
        done = subprocess.run(command, input=document, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise EngravingFailed(f"the engraver took longer than {seconds:.0f} seconds", document) from None
    if done.returncode != 0:
        how = f"signal {-done.returncode}" if done.returncode < 0 else f"exit code {done.returncode}"
        raise EngravingFailed(f"the engraver died ({how})", document)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise EngravingFailed("the engraver sent no pages back", document) from None
    if not any('class="measure' in page for page in answer["pages"]):
        raise EngravingFailed(f"the engraver refused it ({answer['log'].strip() or 'no reason given'})", document)
    return [str(page) for page in answer["pages"]]


def _finished(page: str, title: str, about: str) -> str:
    """The page on white paper, with our title and reproducibility line in place of the engraver's description."""
    ours = f"<title>{escape(title or 'Sheet music')}</title><desc>{escape(about)}</desc>{PAPER}"
    without = re.sub(r"<desc>.*?</desc>", "", page, count=1, flags=re.DOTALL)
    return re.sub(r"(<svg\b[^>]*>)", lambda match: match.group(1) + ours, without, count=1)

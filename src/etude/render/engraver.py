"""The child process that runs verovio: MusicXML on standard input, JSON {"pages": [svg], "log": text} on output.

Started by `etude.render.sheet` as `python -m etude.render.engraver MEMORY SECONDS WIDTH`.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

PAGE_SHAPE = 2970 / 2100  # height over width, as A4


def pages_of(document: bytes, width: int) -> dict[str, object]:
    """The pages drawn of a MusicXML document, and what the engraver said about it."""
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    engraver = verovio.toolkit()
    engraver.setOptions(
        {
            "inputFrom": "xml",
            "pageWidth": width,
            "pageHeight": round(width * PAGE_SHAPE),
            "adjustPageHeight": True,  # one line of music makes a small picture
            "scale": 40,
            "smuflTextFont": "embedded",
            "svgViewBox": True,
            "footer": "none",
            "xmlIdSeed": 1,  # the same music makes the same bytes
        }
    )
    if not engraver.loadData(document.decode("utf-8")):
        return {"pages": [], "log": engraver.getLog()}
    _enlarge_title(engraver)
    pages = [engraver.renderToSVG(number) for number in range(1, engraver.getPageCount() + 1)]
    return {"pages": pages, "log": engraver.getLog()}


def _enlarge_title(engraver: Any) -> None:
    """Makes the first centred line of the page larger, for verovio forgets the sizes that MusicXML gives it."""
    encoded = engraver.getMEI()
    larger = re.sub(r'(<rend [^>]*halign="center" valign="top")>', r'\1 fontsize="170%">', encoded, count=1)
    if larger != encoded:
        engraver.setOptions({"inputFrom": "mei"})
        engraver.loadData(larger)


def main() -> None:
    """Runs once, on what stands on standard input."""
    memory, seconds, width = (int(argument) for argument in sys.argv[1:4])
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(json.dumps(pages_of(sys.stdin.buffer.read(), width)))


if __name__ == "__main__":
    main()

"""XML bytes -> element tree with nothing in it that could hurt: no entities, no outside files, bounded size.

Expat parses with handlers of our own, and the tree is built by the standard library's TreeBuilder. In large files
elements and attributes that no reader here looks at never reach the tree, which bounds the memory it takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from etude import limits
from etude.errors import BadInput, Reason

LINE = " line"  # attribute of each measure: the line of the file it begins on (no XML name has a space)
KEPT_ATTRIBUTES = set(
    """
    measure part score-part tie tied barline repeat ending sound note instrument midi-instrument
    miscellaneous-field creator kind lyric tuplet rest rootfile time key transpose
    """.split()  # noqa: SIM905
)
LEFT_OUT = set(
    """
    beam stem accidental notehead print page-layout page-height page-width page-margins left-margin right-margin
    top-margin bottom-margin system-layout system-margins system-distance top-system-distance staff-layout
    staff-distance defaults scaling millimeters tenths appearance line-width note-size distance music-font
    word-font lyric-font lyric-language slur articulations fermata technical ornaments staff-details
    measure-numbering
    """.split()  # noqa: SIM905
)
QUICK_ELEMENTS = 400_000  # tags of a tree that may be kept whole in memory
_CUT_SHORT = {expat.errors.codes[message] for message in (
    expat.errors.XML_ERROR_NO_ELEMENTS,
    expat.errors.XML_ERROR_UNCLOSED_TOKEN,
    expat.errors.XML_ERROR_PARTIAL_CHAR,
    expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
)}  # fmt: skip
_ENCODING = {expat.errors.codes[message] for message in (
    expat.errors.XML_ERROR_UNKNOWN_ENCODING,
    expat.errors.XML_ERROR_INCORRECT_ENCODING,
)}  # fmt: skip


# leaves that only say how a note looks: in a file without them a tree is built a quarter faster
_SILENT = re.compile(rb"<(beam|stem|accidental|type|notehead)(?: [^<>]*)?>[\w -]*</\1>\s*")


def parse_tree(data: bytes) -> Element:
    """The root element, with the lines of measures. Raises BadInput, with the line, for unsafe or broken XML."""
    parser, builder = expat.ParserCreate(), TreeBuilder()
    parser.StartElementHandler, parser.EndElementHandler = _handlers(parser, builder)
    return _parsed(data, parser, builder)


def quick_tree(data: bytes) -> Element | None:
    """The root element, a third faster, without line numbers; None when `data` is too large or deep to go quickly.

    Raises BadInput as `parse_tree` does.
    """
    if data.count(b"<") > QUICK_ELEMENTS:
        return None
    parser, builder = expat.ParserCreate(), TreeBuilder()
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    root = _parsed(_SILENT.sub(b"", data), parser, builder)
    level = [root]
    for _ in range(limits.XML_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return root
    return None


def _parsed(data: bytes, parser: expat.XMLParserType, builder: TreeBuilder) -> Element:
    """Runs `parser` with the handlers that feed `builder`."""
    parser.buffer_text = True
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = lambda *_: _forbid(parser, "defines an entity")
    parser.ExternalEntityRefHandler = lambda *_: _forbid(parser, "points to another file")
    parser.SkippedEntityHandler = lambda *_: _forbid(parser, "uses an entity that is defined elsewhere")
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        why = f"not well-formed XML at line {error.lineno}: {error}"
        raise BadInput(why, _reason(error), error.lineno) from None
    except (LookupError, ValueError) as error:
        raise BadInput(f"the text's encoding cannot be read: {error}", Reason.BAD_TEXT) from None
    return builder.close()


def _handlers(
    parser: expat.XMLParserType, builder: TreeBuilder
) -> tuple[Callable[[str, dict[str, str]], None], Callable[[str], None]]:
    """What expat calls at the start and at the end of each element."""
    depth = count = 0
    begin, finish = builder.start, builder.end

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > limits.XML_DEPTH or count > limits.XML_ELEMENTS:
            _too_much(parser, depth)
        if name in LEFT_OUT:
            return
        if name not in KEPT_ATTRIBUTES:
            attributes = {}
        elif name == "measure":
            attributes[LINE] = str(parser.CurrentLineNumber)
        begin(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        if name not in LEFT_OUT:
            finish(name)

    return start, end


def _too_much(parser: expat.XMLParserType, depth: int) -> NoReturn:
    line = parser.CurrentLineNumber
    what = f"elements nest deeper than {limits.XML_DEPTH}"
    if depth <= limits.XML_DEPTH:
        what = f"more than {limits.XML_ELEMENTS} elements"
    raise BadInput(f"{what} (line {line})", Reason.TOO_LARGE, line)


def _forbid(parser: expat.XMLParserType, what: str) -> NoReturn:
    line = parser.CurrentLineNumber
    raise BadInput(f"the XML {what} at line {line}, which etude never follows", Reason.FORBIDDEN, line)


def _reason(error: expat.ExpatError) -> Reason:
    if error.code in _CUT_SHORT:
        return Reason.TRUNCATED
    return Reason.BAD_TEXT if error.code in _ENCODING else Reason.BAD_STRUCTURE


def text_of(element: Element | None, path: str = ".") -> str:
    """The text of the child at `path` on one line, without space around it; "" when it is missing."""
    found = element.find(path) if element is not None else None
    text = (found.text or "").strip(" \t\r\n") if found is not None else ""
    return re.sub(r"[ \t]*[\r\n]\s*", " ", text) if "\n" in text or "\r" in text else text

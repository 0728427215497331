"""Text fit for XML."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape as escape_markup

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape(text: str) -> str:
    """`text` fit to stand in an element or a quoted attribute; characters XML cannot hold become "?"."""
    return escape_markup(_FORBIDDEN.sub("?", text), {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})

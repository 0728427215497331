"""The .mxl package: a ZIP archive whose META-INF/container.xml names the score inside it."""

from __future__ import annotations

import io
import zipfile

CONTAINER = "META-INF/container.xml"
SCORE = "score.musicxml"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date ZIP knows: the same music makes the same bytes


def compress(document: bytes) -> bytes:
    """The bytes of an .mxl file that holds `document`."""
    container = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles>'
        f'<rootfile full-path="{SCORE}" media-type="application/vnd.recordare.musicxml+xml"/>'
        "</rootfiles></container>\n"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        mimetype = zipfile.ZipInfo("mimetype", EPOCH)
        archive.writestr(mimetype, "application/vnd.recordare.musicxml", zipfile.ZIP_STORED)
        for name, data in ((CONTAINER, container.encode()), (SCORE, document)):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()

"""Where the known collections come from and what may be done with them, in one table.

The figures and licences were read in the files themselves; the ledger quotes this table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One known collection: its name, origin and licence.

    `may_ship`: the data, or a model trained on it, may be passed on for any purpose, commercial ones included.
    """

    name: str
    origin: str
    licence: str
    may_ship: bool


_MUSIC21 = "the corpus of the installed package music21"

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        Source(
            "folk",
            f"O'Neill (1850 tunes, 1903), Ryan's Mammoth Collection (1883), Aird's Airs (1778 on), from {_MUSIC21}",
            "public-domain prints; volunteer transcriptions, keep the transcribers' credits",
            True,
        ),
        Source(
            "chorales",
            f"J. S. Bach, the four-part chorales in Riemenschneider's numbering, from {_MUSIC21}",
            "music in the public domain; encodings distributed with music21, some not for commercial use",
            False,
        ),
        Source(
            "folk-abc-pd",
            "O'Neill 1850, Ryan's Mammoth Collection, Aird's Airs as ABC, taken from music21's corpus",
            "public-domain prints; volunteer transcriptions, keep the transcribers' credits",
            True,
        ),
        Source(
            "jsb-chorales",
            "JSB Chorales (Allan and Williams; Boulanger-Lewandowski et al. 2012; Huang et al. 2017)",
            "music in the public domain; no licence file, factual pitch grids: state the provenance",
            True,
        ),
        Source(
            "poly-music-bl2012",
            "Boulanger-Lewandowski, Bengio and Vincent (2012): JSB, Nottingham, MuseData, Piano-midi.de",
            "none from the authors; MuseData non-commercial, Piano-midi.de CC BY-SA: treat as CC BY-NC-SA",
            False,
        ),
        Source("nottingham", "Nottingham Music Database, the cleaned ABC edition", "GPL-3.0", False),
        Source(
            "irish-abc",
            "the ABC tune book of the MIT course Introduction to Deep Learning; transcribers not stated",
            "MIT",
            True,
        ),
        Source(
            "seed-melodies",
            "letter melodies derived from BiMMuDa (Billboard Melodic Music Dataset)",
            "none stated: research only, do not pass on",
            False,
        ),
        Source("groove", "Groove MIDI Dataset (Gillick et al., ICML 2019)", "CC BY 4.0", True),
        Source("maestro-v2-notes", "MAESTRO v2.0.0 (Hawthorne et al., ICLR 2019)", "CC BY-NC-SA 4.0", False),
        Source("maestro-v2", "MAESTRO v2.0.0 (Hawthorne et al., ICLR 2019)", "CC BY-NC-SA 4.0", False),
        Source("midi-robustness", "test files of twelve MIDI libraries", "mixed, a licence in each folder", False),
    )
}


def of_the_user(where: str) -> Source:
    """The Source of a collection that is in no table: the user's own files, licence unknown."""
    return Source("own files", where, "", False)

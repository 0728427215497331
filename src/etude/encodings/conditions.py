"""What a piece can be told before its first note: who wrote it, and of which era it is.

Each condition is one control step after the begin step: its first field lies beyond the pitches, the others are 0.
A composer is known by surname, without accents; of "Franz Schubert / Franz Liszt" the first counts, who wrote it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from etude.encodings.base import BEGIN, Encoding, Steps, special_step
from etude.errors import UsageError
from etude.score import Metadata

FIRST = 130  # of the first field: the pitches, 2 + MIDI number, end below
UNKNOWN = "unknown"
KINDS = ("composer", "era")
ERAS = (UNKNOWN, "baroque", "classical", "romantic", "modern")

# As textbooks place them; composers between two eras stand with the one most of their piano music belongs to.
_COMPOSERS = {
    "baroque": "Bach Buxtehude Couperin Froberger Gibbons Handel Pachelbel Purcell Rameau Scarlatti Telemann "
    "Vivaldi",
    "classical": "Beethoven Clementi Diabelli Dussek Fischer Haydn Hummel Kuhlau Mozart Soler",
    "romantic": "Albéniz Arensky Balakirev Bizet Brahms Bruckner Busoni Chopin Dvořák Elgar Fauré Field "
    "Franck Glinka Gounod Granados Grieg Kreisler Liszt Lyadov Medtner Mendelssohn Moszkowski "
    "Mussorgsky Paganini Rachmaninoff Rimsky-Korsakov Rossini Rubinstein Saint-Saëns Schubert "
    "Schumann Scriabin Sibelius Smetana Strauss Tchaikovsky Verdi Wagner Weber",
    "modern": "Barber Bartók Berg Britten Copland Debussy Enescu Falla Gershwin Ginastera Grainger "
    "Hindemith Ives Janáček Joplin Kapustin Khachaturian Ligeti Messiaen Milhaud Poulenc "
    "Prokofiev Ravel Satie Schoenberg Shostakovich Stravinsky Webern",
}


def _plain(name: str) -> str:
    """A name in small letters without accents."""
    parts = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


ERA_OF = {_plain(name): era for era, names in _COMPOSERS.items() for name in names.split()}
KNOWN = tuple(sorted(name for names in _COMPOSERS.values() for name in names.split()))


@dataclass(frozen=True)
class Conditions:
    """The control steps of an encoding: which kinds, in what order, and what their values mean.

    Value FIRST + i of the first field is the i-th choice of the first kind, those of the next kind follow.
    """

    kinds: tuple[str, ...]
    composers: tuple[str, ...]

    def choices(self, kind: str) -> tuple[str, ...]:
        """What a condition can be, "unknown" first."""
        return ERAS if kind == "era" else (UNKNOWN, *self.composers)

    @property
    def size(self) -> int:
        """How many values they take in all."""
        return sum(len(self.choices(kind)) for kind in self.kinds)

    def values(self, kind: str) -> range:
        """The values of the first field that tell this kind."""
        before = self.kinds[: self.kinds.index(kind)]
        start = FIRST + sum(len(self.choices(other)) for other in before)
        return range(start, start + len(self.choices(kind)))

    def told(self, meta: Metadata) -> list[int]:
        """The values of the first field for a piece, one a kind; what is not known is told as unknown."""
        return [self.values(kind)[self._choice(kind, meta)] for kind in self.kinds]

    def _choice(self, kind: str, meta: Metadata) -> int:
        surname = _surname(meta.composer)
        if kind == "era":
            return ERAS.index(era_of(meta))
        return 1 + next((i for i, name in enumerate(self.composers) if _surname(name) == surname), -1)

    def meaning(self, value: int) -> tuple[str, str]:
        """(kind, choice) that a value of the first field tells."""
        kind = next(kind for kind in self.kinds if value in self.values(kind))
        return kind, self.choices(kind)[value - self.values(kind).start]


def era_of(meta: Metadata) -> str:
    """The era in the metadata (extra "era") or else of the composer; "unknown" where neither says."""
    stated = meta.get("era")
    return stated if stated in ERAS else ERA_OF.get(_surname(meta.composer), UNKNOWN)


def _surname(composer: str) -> str:
    """The last word of the first of several names."""
    words = _plain(composer.split("/")[0]).split()
    return words[-1] if words else ""


@lru_cache(maxsize=64)
def conditions(text: str, composers: tuple[str, ...]) -> Conditions:
    """The Conditions that `text` names: "", "composer", "era" or both with a comma. Raises UsageError."""
    kinds = tuple(part.strip() for part in text.split(",") if part.strip())
    if len(set(kinds)) != len(kinds) or set(kinds) - set(KINDS):
        raise UsageError(f"'conditions' must be '' or some of {', '.join(KINDS)}, each once, not '{text}'.")
    surnames = [_surname(name) for name in composers]
    if len(set(surnames)) != len(surnames) or "" in surnames or UNKNOWN in surnames:
        raise UsageError(f"'composers' must be surnames, each once, not {', '.join(composers)}.")
    return Conditions(kinds, composers)


def told(values: dict[str, str]) -> Metadata:
    """The metadata of a piece whose conditions (kind -> choice) were these."""
    composer = values.get("composer", UNKNOWN)
    extra = (("era", values["era"]),) if "era" in values else ()
    return Metadata(composer="" if composer == UNKNOWN else composer, extra=extra)


def opening(encoding: Encoding, meta: Metadata) -> Steps:
    """Int32[1 + C, K]: the begin step and the control steps of a piece with this composer and era.

    Raises UsageError when the encoding cannot be told what is asked for, or does not know the name.
    """
    known = conditions(getattr(encoding, "conditions", ""), getattr(encoding, "composers", ()))
    for kind, name in (("composer", meta.composer), ("era", meta.get("era"))):
        if name:
            _check_known(known, kind, name)
    steps = np.repeat(special_step(BEGIN, len(encoding.fields))[None], 1 + len(known.kinds), axis=0)
    steps[1:, 0] = known.told(meta)
    return steps


def _check_known(known: Conditions, kind: str, name: str) -> None:
    """Raises UsageError when the conditions do not tell this kind, or have no choice of that name."""
    if kind not in known.kinds:
        raise UsageError(
            f"This model was not taught with the {kind} of pieces, so '{name}' means nothing to it. "
            f"Train one with --set encoding.conditions={kind}."
        )
    if _surname(name) not in map(_surname, known.choices(kind)):
        raise UsageError(f"This model knows no {kind} '{name}'. Known: {', '.join(known.choices(kind))}.")

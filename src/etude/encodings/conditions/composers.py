"""Composers and their eras. A composer is known by surname; of "Schubert / Liszt" the first counts."""

from __future__ import annotations

import unicodedata

from etude.score import Metadata

ERAS = ("baroque", "classical", "romantic", "modern")

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


def plain(name: str) -> str:
    """A name in small letters without accents."""
    parts = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def surname(composer: str) -> str:
    """The last word of the first of several names, plain; "" where there is none."""
    words = plain(composer.split("/")[0]).split()
    return words[-1] if words else ""


ERA_OF = {plain(name): era for era, names in _COMPOSERS.items() for name in names.split()}
KNOWN = tuple(sorted(name for names in _COMPOSERS.values() for name in names.split()))


def era_of(meta: Metadata) -> str:
    """The era in the metadata (extra "era") or else of the composer; "" where neither says."""
    stated = meta.get("era")
    return stated if stated in ERAS else ERA_OF.get(surname(meta.composer), "")

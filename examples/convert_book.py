"""A book of tunes as sheet music and sound: python examples/convert_book.py BOOK OUT

Shows: reading a file that holds many tunes, what a refusal says, repeats played out for the ear but kept for the
eye, and sound from whatever synthesiser is at hand. BOOK may be ABC, MIDI, MusicXML or letters.
"""

import sys
from pathlib import Path

from etude import formats
from etude.files import write_atomically
from etude.render.audio import sound, wav_bytes
from etude.score import unfold


def main(book: str, out: str) -> None:
    for number, reading in enumerate(formats.read_all(book), start=1):
        if reading.score is None:
            print(f"tune {number} is refused ({reading.reason}): {reading.detail}")
            continue
        stem = Path(out) / f"{number:03d}"
        formats.write(reading.score, stem.with_suffix(".musicxml"))
        made = sound(unfold(reading.score))
        write_atomically(stem.with_suffix(".wav"), wav_bytes(made.samples, made.rate))
        print(f"{stem}: {reading.score.meta.title or 'untitled'}, {made.seconds:.0f} s, played by {made.backend}")


if __name__ == "__main__":
    main(*sys.argv[1:])

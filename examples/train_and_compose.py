"""Learn the music of a folder, then write new pieces: python examples/train_and_compose.py FOLDER OUT [RECIPE]

Shows: training with progress, the held-out figure beside its baselines, composing at two temperatures.
RECIPE may be "ngram", which counts in seconds and needs no torch; without it etude looks at the music and chooses.
"""

import sys
from pathlib import Path

import etude


def main(folder: str, out: str, recipe: str | None = None) -> None:
    def show(event: dict) -> None:
        if event["event"] == "stage":
            print(event["text"])

    trained = etude.train(show, data=folder, out=Path(out) / "run", recipe=recipe, minutes=None if recipe else 2)
    print(f"held out: {trained.figures['valid_bits_per_note']:.2f} bits per note")
    for baseline, bits in trained.figures["floors"].items():
        print(f"{baseline:>8}: {bits:.2f}")

    pieces = etude.compose(
        trained.run.folder, count=2, temperatures=(0.8, 1.0), bars=16, seed=7, out=Path(out) / "pieces"
    )
    for piece in pieces:
        print(f"{piece.paths[0]}: {len(piece.score)} notes, {piece.score.duration:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Does listening ahead help a harmony? python examples/harmonise_heldout.py RUN VOICE PIECES

Shows: a voice of held-out chorales is given to their model and the others are drawn, by 1 particle (the plain mask,
deaf to what the given voice does next), 8 and 32. Printed: nats a drawn cell that the model gives to the whole,
nats a cell it needs to explain the given voice, and how often a drawn voice sings what the composer wrote.
"""

import sys

import numpy as np

import etude
from etude.data import Collection, pack
from etude.lab.weights import recipe_of
from etude.sampling.particles import Filter, Outline


def main(name: str, given: int, pieces: int) -> None:
    model = etude.load(name)
    recipe = recipe_of(model.run)
    held_out = pack(Collection.open(recipe.data.collection), model.encoding, "valid").pieces()
    arms: dict[str, list[tuple[float, ...]]] = {}
    for number, real in enumerate([steps for steps in held_out if len(steps) <= 170][:pieces]):
        free = np.ones(real.shape, np.bool_)
        free[[0, -1]], free[:, given] = False, False
        outline, rows = Outline(real, free), len(real) - 2
        written = model.encoding.to_grid(real)
        own = Filter(model.stepper, model.encoding, 1).price(outline, real)
        arms.setdefault("the composer", []).append((-own / rows / 3, np.nan, 1.0))
        for count in (1, 8, 32):
            made = Filter(model.stepper, model.encoding, count, seed=100 + number).fill(outline)
            same = (model.encoding.to_grid(made.steps) == written)[:, np.arange(4) != given].mean()
            figures = (-made.log_likelihood / rows / 3, -made.log_given / rows, float(same))
            arms.setdefault(f"particles {count}", []).append(figures)
    for arm, found in arms.items():
        print(f"{arm}: {', '.join(f'{value:.3f}' for value in np.mean(found, axis=0))}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

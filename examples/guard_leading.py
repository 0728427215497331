"""What does a guard of voice leading cost? python examples/guard_leading.py RUN PIECES

Shows: sopranos of held-out chorales are harmonised by 16 particles; a fault counts 0, 1 or 3 nats against one.
Printed with 95 % intervals: nats a drawn cell of the whole, voices as they were written, faults by kind.
"""

import sys

import numpy as np

import etude
from etude.data import Collection, pack
from etude.encodings import decode
from etude.evaluation.metrics.analysis import Analysis
from etude.evaluation.metrics.voices import METRICS
from etude.lab.weights import recipe_of
from etude.sampling.leading import Leading
from etude.sampling.particles import Filter, Outline

model = etude.load(sys.argv[1])
encoding, arms = model.encoding, {}
held_out = pack(Collection.open(recipe_of(model.run).data.collection), encoding, "valid").pieces()
for number, real in enumerate(sorted(held_out, key=len)[: int(sys.argv[2])]):
    free = np.ones(real.shape, np.bool_)
    free[[0, -1]], free[:, 0] = False, False
    for nats in (None, 0, 1, 3):
        outline = Outline(real, free, costs=Leading(encoding, nats, 1) if nats else None)
        drawing = Filter(model.stepper, encoding, 16, seed=100 + number)
        steps = real if nats is None else drawing.fill(outline).steps
        same = (encoding.to_grid(steps) == encoding.to_grid(real))[:, 1:].mean()
        faults = [metric.measure(Analysis(decode(encoding, steps))) for metric in METRICS]
        row = [-drawing.price(outline, steps) / 3 / (len(real) - 2), same, *faults]
        arms.setdefault("the composer" if nats is None else f"{nats} nats a fault", []).append(row)
print("nats", "as written", *(metric.name for metric in METRICS), sep=", ")
for arm, rows in arms.items():
    means = np.random.default_rng(0).choice(np.array(rows), (5000, len(rows))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    print(f"{arm}:", *(f"{mean:.4f} ({a:.4f} to {b:.4f})" for mean, a, b in zip(np.mean(rows, axis=0), low, high)))

"""Is one model better than another, or is it chance? python examples/compare_models.py MODEL OTHER COLLECTION

Shows: both models price the same held-out pieces; the difference comes with an interval over pieces, and where that
holds zero the verdict is "no evidence". The models must share an encoding, so that a step means the same to both.
"""

import sys

import etude
from etude.data import Collection, pack
from etude.evaluation import likelihood, paired


def main(first: str, second: str, collection: str) -> None:
    models = [etude.load(first), etude.load(second)]
    encoding = models[0].encoding
    if (encoding.name, encoding.settings) != (models[1].encoding.name, models[1].encoding.settings):
        sys.exit("These models read music differently; compare their bits per note with `etude evaluate` instead.")
    held_out = pack(Collection.open(collection), encoding, "valid")
    found = [
        likelihood(
            model.stepper,
            held_out.pieces(),
            "full",
            notes=int(held_out.note_counts.sum()),
            field_names=[field.name for field in encoding.fields],
        )
        for model in models
    ]
    for model, figure in zip(models, found, strict=True):
        print(f"{model.name}: {figure.bits_per_note:.3f} bits per note on {figure.pieces} pieces")
    gap = paired(*found)
    print(f"{first} is {gap.verdict}: {gap.value:+.4f} nats per step, 95 % from {gap.low:+.4f} to {gap.high:+.4f}")


if __name__ == "__main__":
    main(*sys.argv[1:])

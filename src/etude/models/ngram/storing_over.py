"""The copying on top of a model as files beside each other: `ngram.*` and `over.*`; the model itself stays out."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from etude.errors import BadInput, Reason
from etude.files import sha256, write_atomically
from etude.models.ngram.mixing import BUCKETS
from etude.models.ngram.over import UNTUNED, CopyingOver
from etude.models.ngram.storing import load, save
from etude.stepper import Stepper

FORMAT = 1


def save_over(model: CopyingOver, folder: Path, network: str) -> None:
    """Writes what was fitted into `folder`. `network` names the model it was fitted on (its SHA-256)."""
    save(model.alone, folder)
    packed = io.BytesIO()
    arrays: dict[str, Any] = {f"above.{k}": weights for k, weights in enumerate(model.above)}
    arrays |= {f"powers.{k}": powers for k, powers in enumerate(model.powers)}
    np.savez_compressed(packed, **arrays)
    description = {"format": FORMAT, "network": network, "sha256": sha256(packed.getvalue())}
    write_atomically(folder / "over.npz", packed.getvalue())
    write_atomically(folder / "over.json", (json.dumps(description, indent=1) + "\n").encode())


def load_over(folder: Path, network: Stepper, name: str) -> CopyingOver:
    """What `save_over` wrote, on top of `network`, whose SHA-256 is `name`. Raises BadInput unless it fits."""
    alone = load(folder)
    if tuple(network.field_sizes) != alone.field_sizes:
        raise BadInput(
            f"{folder} was fitted on fields of the sizes {alone.field_sizes}; this model's are "
            f"{tuple(network.field_sizes)}. Fit it again.",
            Reason.BAD_STRUCTURE,
        )
    try:
        description = json.loads((folder / "over.json").read_text("utf-8"))
        data = (folder / "over.npz").read_bytes()
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{folder} holds no copying weights that can be read: {error}.", Reason.UNREADABLE
        ) from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise BadInput(
            f"{folder / 'over.json'} has a format other than {FORMAT}. Fit it again.", Reason.UNSUPPORTED
        )
    if description.get("network") != name:
        raise BadInput(f"{folder} was fitted on another model. Fit it again.", Reason.BAD_STRUCTURE)
    if description.get("sha256") != sha256(data):
        raise BadInput(
            f"{folder / 'over.npz'} is not the file that over.json describes. Fit it again.", Reason.TRUNCATED
        )
    try:
        return _assembled(CopyingOver.with_tables(network, alone), data)
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BadInput(f"{folder} holds damaged copying weights: {error}.", Reason.BAD_STRUCTURE) from error


def _assembled(plain: CopyingOver, data: bytes) -> CopyingOver:
    arrays = np.load(io.BytesIO(data), allow_pickle=False)
    above, powers = [], []
    for k, chain in enumerate(plain.alone.chains):
        above.append(arrays[f"above.{k}"])
        powers.append(arrays[f"powers.{k}"])
        levels = len(chain.trained) + len(chain.copied)
        if above[k].shape != (levels, BUCKETS) or powers[k].shape != (len(chain.copied) + 1, len(UNTUNED)):
            raise ValueError("the weights do not fit the contexts")
    return CopyingOver(plain.network, plain.alone, tuple(above), tuple(powers))

"""What the engine can run, asked before a model is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from etude.errors import UsageError


def check_exportable(config: Mapping[str, Any]) -> None:
    """Raises UsageError when the engine could not run a model of this configuration: ask before training it.

    ONNX Runtime's attention wants heads of a multiple of 16 values with rotary positions, of 8 with relative ones.
    """
    if config["kind"] != "transformer" and not config["attention"]:
        return
    size, step = config["width"] // config["heads"], 16 if config["positions"] == "rotary" else 8
    if size % step:
        width = config["heads"] * (size // step + 1) * step
        raise UsageError(
            f"model.width / model.heads is {size}; with {config['positions']} positions it must be a multiple of "
            f"{step}, or the model could not be exported. Try model.width={width}."
        )

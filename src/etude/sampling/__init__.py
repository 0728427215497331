"""Drawing music from any Stepper: settings, steps, whole pieces."""

from etude.sampling.compose import Composition, compose, compose_stream
from etude.sampling.constraints import Constraints, Filling, can_close, constrained
from etude.sampling.draw import draw
from etude.sampling.generate import generate
from etude.sampling.guard import Guard
from etude.sampling.guidance import Guided
from etude.sampling.length import Length
from etude.sampling.rehearsed import Rehearsed
from etude.sampling.repeats import NoteFields
from etude.sampling.settings import Sampling, Take, piece_seed, takes

__all__ = [
    "Composition",
    "Constraints",
    "Filling",
    "Guard",
    "Guided",
    "Length",
    "NoteFields",
    "Rehearsed",
    "Sampling",
    "Take",
    "can_close",
    "compose",
    "compose_stream",
    "constrained",
    "draw",
    "generate",
    "piece_seed",
    "takes",
]

"""What a plugin's author tests with: laws, fakes and random scores. The same that etude's own tests use.

Laws. Each raises AssertionError saying which promise was broken; docs/plugins.md says what they ask.

    check_format(form, scores)            a format writes and reads back
    check_junk(form, junk)                whatever it is given, it raises only BadInput
    check_encoding(encoding, scores)      decoder, grammar and live stream agree; any integers decode
    check_stepper(stepper, steps)         a model cut anywhere expects the same, and its probabilities sum to one
    check_learner(learner, pieces, sizes) what is learned is arrays and nothing else; includes check_stepper
    check_network(kind, **settings)       the torch body that model.kind names
    check_metric(metric, scores)          one number a piece, the same every time, NaN where there is none
    check_tracker(make, folder)           a mirror takes all that a training tells it
    check_renderer(renderer, scores)      the same bytes for the same Score
    check_command(command)                it helps, with examples

Fakes. UniformStepper, TableStepper, ByHeart: models without training. VirtualClock: an hour in no time.
RecordingPort: a MIDI port that remembers what came when. Script, virtual_player: music from a list, played in time.
Recorder: a training's reporter that remembers.

Music. abc_tune(number), few_bars(seed, voices), random_score(seed): the same for the same number.
any_scores(): a hypothesis strategy of Scores with everything in them. random_piece(sizes): steps that are no music.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from etude.live import RecordingPort, VirtualClock
    from etude.testing.encoding_laws import check_encoding
    from etude.testing.fakes import ByHeart, TableStepper, UniformStepper, random_piece
    from etude.testing.format_laws import check_format, check_junk
    from etude.testing.learner_laws import check_learner, check_network
    from etude.testing.playing import Script, virtual_player
    from etude.testing.plugin_laws import check_command, check_metric, check_renderer, check_tracker
    from etude.testing.scores import abc_tune, any_scores, few_bars, random_score
    from etude.testing.stepper_laws import check_stepper
    from etude.testing.toys import Recorder

_HOME = {
    "ByHeart": "etude.testing.fakes",
    "Recorder": "etude.testing.toys",
    "RecordingPort": "etude.live",
    "Script": "etude.testing.playing",
    "TableStepper": "etude.testing.fakes",
    "UniformStepper": "etude.testing.fakes",
    "VirtualClock": "etude.live",
    "abc_tune": "etude.testing.scores",
    "any_scores": "etude.testing.scores",
    "check_command": "etude.testing.plugin_laws",
    "check_encoding": "etude.testing.encoding_laws",
    "check_format": "etude.testing.format_laws",
    "check_junk": "etude.testing.format_laws",
    "check_learner": "etude.testing.learner_laws",
    "check_metric": "etude.testing.plugin_laws",
    "check_network": "etude.testing.learner_laws",
    "check_renderer": "etude.testing.plugin_laws",
    "check_stepper": "etude.testing.stepper_laws",
    "check_tracker": "etude.testing.plugin_laws",
    "few_bars": "etude.testing.scores",
    "random_piece": "etude.testing.fakes",
    "random_score": "etude.testing.scores",
    "virtual_player": "etude.testing.playing",
}

__all__ = [
    "ByHeart",
    "Recorder",
    "RecordingPort",
    "Script",
    "TableStepper",
    "UniformStepper",
    "VirtualClock",
    "abc_tune",
    "any_scores",
    "check_command",
    "check_encoding",
    "check_format",
    "check_junk",
    "check_learner",
    "check_metric",
    "check_network",
    "check_renderer",
    "check_stepper",
    "check_tracker",
    "few_bars",
    "random_piece",
    "random_score",
    "virtual_player",
]


def __getattr__(name: str) -> Any:
    """The public name `name`, imported from its module when first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'etude.testing' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)

"""Whether a critic tells where a file comes from: container, encoding, loudness, length must say nothing.

Real pieces are written and read again, sent through the encoding of the generators, or played at other loudnesses,
and held beside themselves: an area of 0.5 is none. Length is what longer real pieces get beside shorter ones.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from etude.errors import EtudeError
from etude.evaluation.judging import area_under_curve
from etude.lab.critic.judge import PieceJudge
from etude.lab.critic.pool import Pool
from etude.score import Score, unfold

MOST = 100  # pieces that are written and read again
CONTAINERS = ("mid", "musicxml", "abc")


def leaks(judge: PieceJudge, pool: Pool, seed: int = 0) -> dict[str, dict[str, float]]:
    """What -> {"area": of pieces against themselves changed so, "most": largest change of a logit, "pieces"}."""
    random = np.random.default_rng(seed)
    scores = list(pool.scores)[:MOST]
    out = {"encoding": _beside(judge, list(pool.scores), list(pool.again))}
    for kind in CONTAINERS:
        again = [_again(score, kind) for score in scores]
        kept = [(one, other) for one, other in zip(scores, again) if other is not None]
        if len(kept) > len(scores) / 2:
            out[kind] = _beside(judge, [one for one, _ in kept], [other for _, other in kept])
    out["velocity"] = _beside(judge, scores, [_at_other_loudness(score, random) for score in scores])
    out["length"] = _by_length(judge, list(pool.scores))
    return out


def _beside(judge: PieceJudge, scores: Sequence[Score], changed: Sequence[Score]) -> dict[str, float]:
    one, other = judge.logits(scores), judge.logits(changed)
    labels = np.arange(2 * len(one)) < len(one)
    return {
        "area": area_under_curve(np.concatenate([one, other]), labels),
        "most": float(np.abs(one - other).max(initial=0)),
        "pieces": float(len(one)),
    }


def _by_length(judge: PieceJudge, scores: Sequence[Score]) -> dict[str, Any]:
    """The area of the longer half of real pieces against the shorter one."""
    lengths = np.array([len(score) for score in scores])
    longer = lengths > np.median(lengths)
    return {"area": area_under_curve(judge.logits(scores), longer), "pieces": float(len(scores))}


def _again(score: Score, kind: str) -> Score | None:
    """The piece written to a file of a kind and read again; None where the format cannot hold it."""
    from etude import formats

    with tempfile.TemporaryDirectory(prefix="etude-") as folder:
        path = Path(folder) / f"piece.{kind}"
        try:
            formats.write(unfold(score) if kind == "mid" else score, path)  # MIDI has no repeat signs
            return formats.read(path)
        except EtudeError:
            return None


def _at_other_loudness(score: Score, random: np.random.Generator) -> Score:
    notes = score.notes.copy()
    notes["velocity"] = random.integers(1, 128, len(notes))
    return score.replace(notes=notes)

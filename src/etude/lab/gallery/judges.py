"""Which critic hears which model: the one that learned from the same collection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from etude.lab.loading import Loaded

if TYPE_CHECKING:
    from etude.lab.critic.judge import PieceJudge


def judge_for(loaded: Loaded, folders: Sequence[str]) -> PieceJudge | str:
    """The critic, or why there is none, out of `folders`, or of those in ./critics.

    Raises BadInput for a folder that holds no critic.
    """
    from etude.engine.critic import load_critic
    from etude.lab.critic.judge import CRITICS, judge_of

    collection = str(loaded.metadata.get("collection", ""))
    asked = folders or sorted(str(path.parent) for path in CRITICS.glob("*/critic.json"))
    learned = []
    for folder in asked:
        critic = load_critic(Path(folder))
        learned.append(str(critic.manifest.get("collection", "")))
        if learned[-1] == collection:
            return judge_of(critic, f"one of '{collection}', {critic.manifest['sha256'][:12]}.")
    there = f"those at hand learned from {', '.join(learned)}" if learned else "there is no critic here"
    return f"none. It takes one of '{collection}', and {there}."

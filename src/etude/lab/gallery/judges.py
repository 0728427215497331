"""Which critic hears which model: the one that learned from the same collection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from etude.lab.loading import Loaded

if TYPE_CHECKING:
    from etude.lab.critic.judge import PieceJudge


def judge_for(loaded: Loaded, folders: Sequence[str]) -> tuple[PieceJudge | None, str]:
    """(the critic, "") or (None, why there is none), out of `folders`, or of those in ./critics.

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
            return judge_of(critic, f"a critic of '{collection}', {critic.manifest['sha256'][:12]}"), ""
    there = f"those there learned from {', '.join(learned)}" if learned else "there is none"
    return None, f"Nobody judged them: it takes a critic of '{collection}', and {there}."

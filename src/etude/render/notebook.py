"""How a Score shows itself in a notebook: a piano roll and a player, as plain HTML without a script.

`import etude` in a notebook registers it; so does `%load_ext etude.render.notebook`.
"""

from __future__ import annotations

import sys
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from etude.score import Score

NOTES = 5000  # of the roll: more than that is a grey block


def score_html(score: Score) -> str:
    """The roll of a Score, a line about it, and a player of its first half minute; nothing is fetched or run."""
    from etude.render.inline import SECONDS, roll_address, sound_address

    about = _about(score)
    parts = []
    if 0 < len(score) <= NOTES:
        picture = f"<img src='{roll_address(score)}' alt='{escape(f'Piano roll: {about}', quote=True)}'"
        parts.append(f"{picture} style='max-width:100%;background:#fff'>")
    parts.append(f"<figcaption>{escape(about)}</figcaption>")
    if address := sound_address(score):
        beginning = f" (its first {SECONDS:.0f} s)" if score.duration > SECONDS else ""
        label = escape(f"Play {score.meta.title or 'the piece'}{beginning}", quote=True)
        parts.append(f"<audio controls preload='none' aria-label='{label}' src='{address}'></audio>")
    return f"<figure style='margin:0'>{''.join(parts)}</figure>"


def _about(score: Score) -> str:
    title = f"{score.meta.title}: " if score.meta.title else ""
    tracks = f" in {len(score.tracks)} tracks" if len(score.tracks) > 1 else ""
    return f"{title}{len(score)} notes{tracks}, {score.duration:.1f} s"


def register() -> bool:
    """Tells the running notebook, if there is one, how to show a Score; whether there was one."""
    if "IPython" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    if shell is None:
        return False
    load_ipython_extension(shell)
    return True


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext etude.render.notebook` calls."""
    formatter = shell.display_formatter.formatters["text/html"]
    formatter.for_type_by_name("etude.score.score", "Score", score_html)

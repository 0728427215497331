"""What people are asked of each piece: four scales from 1 to 5, which one they prefer, and why."""

from __future__ import annotations

SCALES = {
    "musicality": ("Musicality", "Does it sound like music that somebody meant?"),
    "variety": ("Variety", "Does enough happen that is new?"),
    "structure": ("Structure", "Do its parts belong together and lead somewhere?"),
    "emotion_style": ("Emotion & Style", "Does it move you, and is it all of one style?"),
}
LOW, HIGH = 1, 5  # not at all, very much
EQUAL = "equal"  # no preference

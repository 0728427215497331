"""The stage: a generator in its own process, the player, and what the music goes to, wired together."""

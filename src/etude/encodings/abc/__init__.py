"""Folk music as ABC: tokens that know bars, repeats and tuplets, and plain characters."""

from etude.encodings.abc.characters import AbcCharacters
from etude.encodings.abc.tokens import AbcTokens

__all__ = ["AbcCharacters", "AbcTokens"]

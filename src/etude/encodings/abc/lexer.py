"""The automaton that reads canonical ABC text character by character."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

import numpy as np

from etude.encodings.abc import vocabulary as v
from etude.encodings.abc.reader import AbcReader
from etude.encodings.abc.spelling import (
    Touched,
    header_text,
    length_text,
    regular,
    spell,
    symbol_text,
    tuplet_text,
)
from etude.encodings.base import END
from etude.encodings.reading import Mask, StepReader, mask_of
from etude.score import Event

T = TypeVar("T")

TIE = -1  # stands for "-" among the values of tokens
_PITCH = v.VALUE["pitch", v.LOWEST]
_REST, _HOLD = v.VALUE["rest", None], v.VALUE["hold", None]
_PLAIN = v.VALUE["line", v.PLAIN]
_HEADERS = [v.values_of(kind) for kind in v.HEADER]
_SIGNS = v.values_of("line", "ending", "key", "meter")
_DURATIONS = np.array(v.values_of("duration"))
_TUPLETS = [(value, v.SYMBOLS[value][1]) for value in v.values_of("tuplet") if regular(v.SYMBOLS[value][1])]

_NONE: frozenset[str] = frozenset()
# text -> what it stands for: values of tokens, or a tuplet (p, q) whose unit the first note will tell
Words = dict[str, tuple[int, ...]]
Lexicon = tuple[dict[str, frozenset[str]], Words]  # beginnings of words -> the characters that may follow


def _lexicon(words: Words) -> Lexicon:
    following: dict[str, set[str]] = {"": set()}
    for word in words:
        for at, character in enumerate(word):
            following.setdefault(word[:at], set()).add(character)
    return {begin: frozenset(characters) for begin, characters in following.items()}, words


@lru_cache(maxsize=4096)
def _names(fifths: int, touched: Touched) -> dict[str, int]:
    """The text of every pitch, and the value of its token."""
    return {spell(pitch, fifths, touched)[0]: pitch - v.LOWEST + _PITCH for pitch in range(v.LOWEST, v.HIGHEST + 1)}


@lru_cache(maxsize=8192)
def _notes(fifths: int, touched: Touched, durations: tuple[int, ...], tied: int) -> Lexicon:
    """Notes and rests of these lengths; only the note `tied` goes on to, if it is a pitch."""
    if tied >= 0:
        names = {spell(tied, fifths, touched)[0]: _HOLD}
    else:
        names = _names(fifths, touched) | {"z": _REST}
    words: Words = {}
    for ticks in durations:
        named = v.VALUE["duration", ticks]
        words.update({name + length_text(ticks): (named, value) for name, value in names.items()})
    return _lexicon(words)


@lru_cache(maxsize=4096)
def _others(values: tuple[int, ...], header: bool) -> Lexicon:
    """Header lines, bar lines, endings, keys, meters, tuplet signs and the tie."""
    words: Words = {}
    for value in values:
        if value == TIE:
            words["-"] = (TIE,)
        elif v.SYMBOLS[value][0] == "tuplet":
            words[tuplet_text(*v.SYMBOLS[value][1][:2])] = (value,)
        else:
            words[header_text(value) if header else symbol_text(value)] = (value,)
    return _lexicon(words)


def _clone(original: T) -> T:
    """A copy with the same attributes (ten times faster than copy.copy, and taken for every word)."""
    other = object.__new__(type(original))
    other.__dict__.update(original.__dict__)
    return other


class _Place:
    """Where in the text we stand between two words: the automaton of the tokens, and what only text has."""

    def __init__(self, complete: bool) -> None:
        self.reader = AbcReader(chords=False, complete=complete)
        self.fifths, self.touched = 0, frozenset[int]()
        self.tied = False  # a "-" was read, the same note must follow
        self.after_note = False
        self.tuplet: tuple[int, int] | None = None  # its sign was read, its first note not yet
        self.unit = 0  # of the tuplet whose notes are read
        self.tokens: list[int] = []

    def fork(self) -> _Place:
        """A copy to look ahead with."""
        other = _clone(self)
        other.reader = _clone(self.reader)
        other.reader.bars, other.reader.form = _clone(self.reader.bars), _clone(self.reader.form)
        for name in ("upbeats", "owed", "given"):
            setattr(other.reader.bars, name, set(getattr(self.reader.bars, name)))
        other.reader.chord = list(self.reader.chord)
        other.tokens = []
        return other

    def lexicons(self) -> tuple[bool, list[Lexicon]]:
        """Whether the text may end here, and the words that may come."""
        if self.reader.header < len(v.HEADER):
            mask = self.reader.allowed()
            fields = tuple(value for value in _HEADERS[self.reader.header] if mask[value])
            return False, [_others(fields, True)]
        mask = self.reader.allowed()
        durations = self._durations(mask)
        tied = self.reader.chord[0] if self.tied and self.reader.chord else -1
        found = [_notes(self.fifths, self.touched, durations, tied)] if durations else []
        values: list[int] = [] if self.tuplet else [value for value in _SIGNS if mask[value]]
        if self.tied:
            values = [value for value in values if value == _PLAIN or v.SYMBOLS[value][0] == "meter"]
        elif not self.tuplet:
            values += [value for value, _ in _TUPLETS if mask[value]]
            if self.after_note and (durations or mask[_PLAIN]):
                values.append(TIE)
        if values:
            found.append(_others(tuple(values), False))
        return bool(mask[END]) and not self.tied and self.tuplet is None, found

    def _durations(self, mask: Mask) -> tuple[int, ...]:
        if self.tuplet:
            fits = [what for value, what in _TUPLETS if mask[value] and what[:2] == self.tuplet]
            return tuple(unit for *_, unit in fits)
        if self.reader.tuplet:
            return (self.unit,)
        allowed = set(np.array(v.DURATIONS)[mask[_DURATIONS]].tolist())
        return tuple(sorted(allowed | ({self.reader.duration} if mask[_REST] else set())))

    def take(self, word: tuple[int, ...]) -> list[Event]:
        """Reads one word."""
        if word == (TIE,):
            self.tied, self.after_note = True, False
            return []
        kind, what = v.SYMBOLS[word[0]]
        if kind == "tuplet":
            self.tuplet, self.after_note = what[:2], False
            return []
        if kind == "duration":
            return self._note(word, what)
        self.after_note = False
        if kind in ("key", "line"):
            self.touched = frozenset()
        if kind == "key":
            self.fifths = what[0] if what else 0
        return self._feed(word)

    def _note(self, word: tuple[int, ...], ticks: int) -> list[Event]:
        kind, pitch = v.SYMBOLS[word[1]]
        if kind != "rest":
            sounding = pitch if kind == "pitch" else self.reader.chord[0]
            self.touched = spell(sounding, self.fifths, self.touched)[1]
        inside = self.tuplet is not None or self.reader.tuplet is not None
        self.tied, self.after_note = False, kind != "rest" and not inside
        if self.tuplet:
            word = (v.VALUE["tuplet", (*self.tuplet, ticks)], *word)
            self.tuplet, self.unit = None, ticks
        named = v.VALUE["duration", self.reader.duration]
        return self._feed(value for value in word if value != named)

    def _feed(self, values: Iterable[int]) -> list[Event]:
        events: list[Event] = []
        for value in values:
            self.tokens.append(value)
            events += self.reader.feed([value])
        return events


@lru_cache(maxsize=8192)
def _mask(alphabet: str, characters: frozenset[str], may_end: bool) -> Mask:
    values = [2 + alphabet.index(character) for character in characters]
    return mask_of(2 + len(alphabet), [*values, END] if may_end or not values else values)


class CharactersReader(StepReader):
    """Canonical ABC text. A character that fits nowhere is passed over."""

    def __init__(self, alphabet: str, *, complete: bool = False) -> None:
        super().__init__((2 + len(alphabet),))
        self.alphabet = alphabet
        self.tokens: list[int] = []  # read so far
        self.word = ""  # the beginning of a word
        self.place = _Place(complete)
        self.may_end, self.found = self.place.lexicons()
        self.ahead: tuple[_Place, list[Event], bool, list[Lexicon]] | None = None

    def curb(self) -> None:
        """See `AbcReader.curb`."""
        self.place.reader.curb()
        self.may_end, self.found = self.place.lexicons()

    def _allowed(self, chosen: object) -> Mask:
        characters, may_end = self._following(self.word), self.may_end and not self.word
        ahead = self._look_ahead()
        if ahead is not None:
            may_end = ahead[2]
            characters = characters.union(*(lexicon[0][""] for lexicon in ahead[3]))
        return _mask(self.alphabet, characters, may_end)

    def _following(self, word: str) -> frozenset[str]:
        """The characters that go on with a word."""
        return _NONE.union(*(lexicon[0].get(word, _NONE) for lexicon in self.found))

    def _look_ahead(self) -> tuple[_Place, list[Event], bool, list[Lexicon]] | None:
        """Where we would stand if the word that was read is whole, and what it says; None when it is none."""
        complete = next((lexicon[1][self.word] for lexicon in self.found if self.word in lexicon[1]), None)
        if complete is not None and self.ahead is None:
            after = self.place.fork()
            events = after.take(complete)
            self.ahead = (after, events, *after.lexicons())
        return self.ahead

    def _read(self, step: list[int]) -> list[Event]:
        character = self.alphabet[step[0] - 2]
        events: list[Event] = []
        if character not in self._following(self.word):
            events = self._commit()
        if character in self._following(self.word):
            self.word += character
            self.ahead = None
        return events

    def _commit(self) -> list[Event]:
        """Reads the word that is whole, if one is."""
        ahead = self._look_ahead()
        if ahead is None:
            return []
        self.place, events, self.may_end, self.found = ahead
        self.tokens += self.place.tokens
        self.word, self.ahead = "", None
        return events

    def _close(self) -> list[Event]:
        return [*self._commit(), *self.place.reader.finish()]

"""The player's side of a jam: the human's notes sound at once, are told to the partner, and are answered.

Call and response: a phrase ends after a rest, at a pedal, or at a key; the answer starts on the next beat of the
pulse. Accompaniment: the partner is asked beat by beat for what goes under the human's line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from etude.live import messages
from etude.live.controllers import Knobs
from etude.live.news import Heard, Thought
from etude.live.player import Player
from etude.live.tape import HUMAN
from etude.live.timing import MS
from etude.live.transport import State

Mode = Literal["call", "accompany"]
FOREVER = math.inf
HUMAN_CHANNEL = 0  # on which the human's notes go out, whatever they came in on
ALONE = 5.0  # beats after the human's last note in which an accompaniment still goes on
AHEAD = 0.5  # beats before a beat at which an accompaniment for it is asked for
SOON = 0.1  # beats; an answer is not put on a beat that is nearer than this


@dataclass(frozen=True)
class Rules:
    """How a jam goes.

    rest            beats without a sounding note that end a phrase
    end_controller  a controller whose press ends a phrase at once; 66 is the sostenuto pedal
    end_key         a key that ends a phrase and does not sound; None: no such key
    takeover        a controller: from 64 on the partner plays alone, below it the human has the word again
    answer          beats of an answer; None: as long as the phrase, in whole bars
    """

    mode: Mode = "call"
    rest: float = 1.0
    end_controller: int = 66
    end_key: int | None = None
    takeover: int = 80
    answer: float | None = None


@dataclass
class Phrase:
    """What the human has played since the partner last did, in beats of the music."""

    held: dict[int, tuple[float, int]] = field(default_factory=dict)  # key -> (beat, velocity)
    began: float | None = None
    ended: float = 0.0  # where the last note ended
    ended_at: int | None = None  # the same in ns; None while a key is held or nothing was played


class Jam:
    """A listener that plays with a human."""

    def __init__(self, rules: Rules, knobs: Knobs) -> None:
        self.rules, self.knobs = rules, knobs
        self.phrase = Phrase()
        self.answering = False
        self.phrases = 0
        self.told: list[int] = []  # ns at which each note was told
        self.echo_ms: list[float] = []
        self.thought_ms: list[float] = []  # from the end of a note to the first note of an answer, computed
        self.beat = 0  # the next beat that is accompanied

    def begin(self, player: Player) -> None:
        """Starts the pulse; from now on the human has the word."""
        player.start(player.clock.now(), 0.0)
        player.on_end = self.give_word
        self.give_word(player)

    def hear(self, player: Player, news: Heard | Thought) -> None:
        """Takes one message of the human, or what the partner has thought of."""
        if isinstance(news, Thought):
            if 0 < news.count <= len(self.told):
                self.thought_ms.append((player.clock.now() - self.told[news.count - 1]) / MS)
            return
        message = news.message
        if messages.is_on(message):
            self._key_down(player, news)
        elif messages.is_off(message):
            self._key_up(player, news)
        elif messages.is_control(message) and message[1] == self.rules.takeover:
            self._take_over(player, message[2] >= 64)
        elif messages.is_control(message) and message[1] == self.rules.end_controller:
            if message[2] >= 64:
                self._answer(player)
        elif messages.is_control(message) and message[1] in (messages.SUSTAIN, messages.SOSTENUTO):
            self._echo(player, news)
        else:
            self.knobs.hear(player, news)

    def deadline(self) -> int | None:
        """When (ns) a rest will have ended the phrase, or the next beat wants an accompaniment."""
        return self._due

    _due: int | None = None

    def wake(self, player: Player, now: int) -> None:
        """Ends the phrase, or asks for a beat of accompaniment."""
        if self.rules.mode == "accompany":
            self._accompany(player)
        else:
            self._answer(player)

    def give_word(self, player: Player) -> None:
        """The human has the word: nothing is expected of the partner."""
        self.answering = False
        self.phrase = Phrase(held=self.phrase.held)
        player.music.horizon, player.music.ended = FOREVER, False
        self._schedule(player)

    def _echo(self, player: Player, heard: Heard) -> None:
        player.outlet.beat = player.transport.pulse.beat(heard.at)
        status = heard.message[0] & 0xF0 | HUMAN_CHANNEL
        player.outlet.send(bytes((status, *heard.message[1:])), who=HUMAN)
        self.echo_ms.append((player.clock.now() - heard.at) / MS)

    def _key_down(self, player: Player, heard: Heard) -> None:
        key = heard.message[1]
        if key == self.rules.end_key:
            self._answer(player)
            return
        self._echo(player, heard)
        if self.answering and self.rules.mode == "call":
            self._interrupt(player)
        beat = player.transport.pulse.beat(heard.at) - player.transport.offset
        self.phrase.held[key] = (beat, heard.message[2])
        self.phrase.began = beat if self.phrase.began is None else self.phrase.began
        self.phrase.ended_at = None
        self._schedule(player)

    def _key_up(self, player: Player, heard: Heard) -> None:
        key = heard.message[1]
        begun = self.phrase.held.pop(key, None)
        if begun is None:
            return
        self._echo(player, heard)
        beat, velocity = begun
        end = player.transport.pulse.beat(heard.at) - player.transport.offset
        self.told.append(heard.at)
        self.phrase.ended, self.phrase.ended_at = end, None if self.phrase.held else heard.at
        player.source.tell("heard", [beat, max(end - beat, 0.05), key, velocity, len(self.told)])
        self._schedule(player)

    def _schedule(self, player: Player) -> None:
        """Sets when to wake up next."""
        transport = player.transport
        if self.rules.mode == "accompany":
            self.beat = max(self.beat, math.ceil(transport.position(player.clock.now()) + SOON))
            self._due = transport.due(self.beat - AHEAD)
        elif self.answering or self.phrase.ended_at is None:
            self._due = None
        else:
            self._due = transport.due(self.phrase.ended + self.rules.rest)

    def _answer(self, player: Player, beats: float | None = None) -> None:
        """Gives the partner the word, from the next beat of the pulse on."""
        began = self.phrase.began
        if self.answering or (began is None and beats is None):
            return
        transport, music = player.transport, player.music
        start = float(math.ceil(transport.position(player.clock.now()) + SOON))
        length = beats if beats is not None else self._length(player, began or 0.0)
        self.answering, self._due = True, None
        self.phrases += 1
        generation = music.begin_answer(start)
        player.asked = -1.0
        player.source.tell("answer", {"beat": start, "beats": length, "generation": generation})
        player.source.ahead(start + player.plan.look_ahead)

    def _length(self, player: Player, began: float) -> float:
        """Beats of the answer: as many bars as the phrase took."""
        if self.rules.answer is not None:
            return self.rules.answer
        bar = player.transport.bars.length(began)
        return max(1, math.ceil((self.phrase.ended - began) / bar - 0.25)) * bar

    def _interrupt(self, player: Player) -> None:
        """The human plays into the answer: it ends, and the human has the word."""
        player.music.begin_answer(FOREVER)
        player.source.tell("hush", player.transport.position(player.clock.now()))
        player.release_music()
        self.give_word(player)

    def _take_over(self, player: Player, partner: bool) -> None:
        """A controller gives the word, in the middle of whatever goes on."""
        if partner and not self.answering:
            self._answer(player, FOREVER)
        elif not partner and self.answering:
            self._interrupt(player)

    def _accompany(self, player: Player) -> None:
        """Asks for what goes under the human's line in the next beat."""
        below = min(self.phrase.held, default=None)
        wish = {"beat": float(self.beat), "below": below, "held": self._held()}
        self.beat += 1
        self._due = player.transport.due(self.beat - AHEAD)
        alone = not self.phrase.held and self.beat - self.phrase.ended > ALONE
        if self.phrase.began is not None and not alone and player.transport.state is State.PLAYING:
            player.source.tell("accompany", wish)
            player.source.ahead(float(self.beat))

    def _held(self) -> list[list[float]]:
        """[beat, key, velocity] of the keys that are down."""
        return [[beat, key, velocity] for key, (beat, velocity) in self.phrase.held.items()]

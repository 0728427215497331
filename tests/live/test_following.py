"""Following an external clock: a change from 120 to 140 is met within two bars although the ticks jitter."""

from __future__ import annotations

import random

import pytest

from etude.live import Heard, State
from etude.live.controllers import Knobs
from etude.live.following import Follower, Following
from etude.live.messages import CLOCK, CLOCKS, CONTINUE, START, STOP, is_on, song_position
from etude.testing.playing import ScriptedHuman, quarters, virtual_player

MINUTE = 60_000_000_000
JITTER = 2_000_000  # ns


def ticks(changes: list[tuple[float, int]], seed: int = 0) -> list[tuple[int, int]]:
    """(where a tick belongs, when it comes) for (tempo, ticks) one after the other."""
    chance, at, out = random.Random(seed), 1_000_000_000.0, []
    for tempo, count in changes:
        for _ in range(count):
            out.append((round(at), round(at + chance.uniform(-JITTER, JITTER))))
            at += MINUTE / tempo / CLOCKS
    return out


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("tempos", [(120, 140), (140, 120), (120, 121), (90, 180)])
def test_a_change_of_tempo_is_met_within_two_bars_at_ten_milliseconds(
    tempos: tuple[float, float], seed: int
) -> None:
    follower, two_bars = Follower(), 8 * CLOCKS
    errors = []
    for true, came in ticks([(tempos[0], 10 * CLOCKS), (tempos[1], 20 * CLOCKS)], seed):
        follower.tick(came)
        errors.append(abs(follower.phase - true))
    settled = errors[10 * CLOCKS + two_bars :]
    assert max(settled) <= 10_000_000
    assert max(errors[11 * CLOCKS :]) <= 10_000_000  # in fact within a beat
    assert max(errors[4 * CLOCKS : 10 * CLOCKS]) <= 10_000_000
    assert follower.tempo == pytest.approx(tempos[1], rel=0.02)
    # it is a filter: steadier than the ticks themselves
    assert sum(settled) / len(settled) < JITTER / 2


def test_a_clock_that_was_away_is_met_anew() -> None:
    follower = Follower()
    for at in range(0, 2_000_000_000, 20_833_333):
        follower.tick(at)
    for at in range(9_000_000_000, 11_000_000_000, 17_857_143):
        follower.tick(at)
    assert follower.tempo == pytest.approx(140, rel=0.01)


def test_start_stop_and_continue_lead_the_player() -> None:
    came = [at for at, _ in ticks([(120, 12 * CLOCKS)])]  # 24 beats at half a second
    news = [(at, bytes([CLOCK])) for at in came]
    start, stop, again = came[48], came[48 + 5 * CLOCKS + 3], came[48 + 8 * CLOCKS]
    news += [
        (start - 1000, bytes([START])),
        (stop, bytes([STOP])),
        (again - 2000, song_position(4.0)),
        (again - 1000, bytes([CONTINUE])),
    ]
    player, _, port = virtual_player(quarters(32), 32.0)
    player.may_start = False
    player.listener = ScriptedHuman(Knobs(following=Following()), news, came[-1])
    player.run()
    onsets = [(at, message[1] - 60) for at, message in port.sent if is_on(message)]
    first = [(at, pitch) for at, pitch in onsets if at < stop]
    assert [pitch for _, pitch in first] == [0, 1, 2, 3, 4, 5]
    assert all(abs(at - start - pitch * MINUTE / 120) < 5_000_000 for at, pitch in first)
    later = [(at, pitch) for at, pitch in onsets if at > stop]
    assert later[0][1] == 4
    assert abs(later[0][0] - again) < 5_000_000
    assert len(later) >= 1
    assert not [at for at, _ in onsets if stop < at < again - 5_000_000]


def test_without_a_start_nothing_plays() -> None:
    player, _, port = virtual_player(quarters(8), 8.0)
    player.may_start = False
    news = [(at, bytes([CLOCK])) for at, _ in ticks([(120, 96)])]
    player.listener = ScriptedHuman(Knobs(following=Following()), news, news[-1][0])
    player.run()
    assert player.transport.state is State.WAITING
    assert not port.sent


def test_a_message_that_is_no_clock_changes_nothing() -> None:
    player, _, _ = virtual_player(quarters(8), 8.0)
    knobs = Knobs(following=Following())
    knobs.hear(player, Heard(5, bytes([0xFE])))
    knobs.hear(player, Heard(5, bytes([0xE0, 0, 64])))
    assert player.transport.pulse.tempo == 120

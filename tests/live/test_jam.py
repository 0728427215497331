"""Jams and sessions on the virtual clock, with a model to which everything is equally likely."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from etude import formats
from etude.encodings import build
from etude.errors import BadInput
from etude.lab.loading import Loaded
from etude.lab.provenance import parse_line
from etude.lab.rerunning import line_in
from etude.lab.stage import child
from etude.lab.stage.again import session_again
from etude.lab.stage.generator import Generator
from etude.lab.stage.jam import Guest, jam
from etude.lab.stage.partner import Partner
from etude.lab.stage.playing import Setting, play
from etude.lab.stage.prefill import Prefill
from etude.lab.stage.wish import Wish
from etude.live import Clock, Order, Player, RecordingPort, hanging
from etude.live.jamming import Jam, Rules
from etude.live.messages import control, is_off, is_on, note_on
from etude.sampling import Sampling
from etude.testing.fakes import UniformStepper
from etude.testing.playing import ScriptedHuman, phrase

BEAT = 600_000_000  # ns at 100 beats a minute
SECOND = 1_000_000_000


def loaded(encoding: str, **settings: Any) -> Loaded:
    made = build(encoding, **settings)
    stepper = UniformStepper([field.size for field in made.fields])
    return Loaded(encoding, "0" * 64, stepper, made, Sampling(), {"longest_steps": 60})


@pytest.fixture(params=["letters", "notes"])
def model(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """A model whose name is no file: the makers are told of it directly."""
    made = loaded(request.param)
    facts = {"name": "tables", "sha256": "0", "temperature": 1.0, "licence": ""}
    monkeypatch.setitem(child.MAKERS, "model", lambda task: (Generator(made, Wish(**task)), facts))
    monkeypatch.setitem(child.MAKERS, "jam", lambda task: (Partner(made, task["seed"], None), facts))
    return made


class Stage:
    """A jam of scripted messages, and what its port recorded: (beat, message)."""

    def __init__(self, rules: Rules, played: list[tuple[int, bytes]], beats: float, **setting: Any) -> None:
        ports: list[RecordingPort] = []

        def opened(clock: Clock) -> RecordingPort:
            ports.append(RecordingPort(clock))
            return ports[0]

        def prepare(player: Player, session: Jam) -> None:
            player.listener = ScriptedHuman(session, played, round(beats * BEAT))

        made = Setting(look_ahead=1.0, tempo=100.0, virtual=True, **setting)
        self.jammed = jam(Guest(None, 5), rules, made, opened, prepare)
        self.sent = [(at / BEAT, message) for at, message in ports[0].sent]

    def starts(self, human: bool) -> list[float]:
        """The beats at which one side's notes begin."""
        return [at for at, message in self.sent if is_on(message) and (message[0] & 15 == 0) == human]


def test_a_phrase_is_echoed_at_once_and_answered_on_the_next_beat_after_a_rest(model: Loaded) -> None:
    stage = Stage(Rules(), phrase(BEAT // 3, [60, 62, 64, 62], BEAT), 12)
    assert stage.starts(human=True) == pytest.approx([1 / 3 + beat for beat in range(4)])
    answer = stage.starts(human=False)
    # the last note ends at 4.23, a beat of rest later it is 5.23, so the answer starts on 6
    assert answer[0] == pytest.approx(6.0)
    assert answer[-1] < 10.001  # as long as the phrase: a bar
    assert not hanging(message for _, message in stage.sent)
    assert stage.jammed.jam.phrases == 1
    assert len(stage.jammed.jam.thought_ms) == 4


@pytest.mark.parametrize(
    ("ending", "rules"),
    [
        (control(0, 66, 127), Rules(rest=16.0)),
        (note_on(0, 21, 64), Rules(rest=16.0, end_key=21)),
        (control(0, 80, 127), Rules(rest=16.0)),
    ],
)
def test_a_pedal_a_key_or_the_takeover_end_a_phrase_at_once(model: Loaded, ending: bytes, rules: Rules) -> None:
    played = [*phrase(0, [60, 64], BEAT), (round(2.2 * BEAT), ending)]
    stage = Stage(rules, played, 8)
    assert stage.starts(human=False)[0] == pytest.approx(3.0)
    assert not [1 for _, message in stage.sent if is_on(message) and message[1] == 21 and message[0] == 0x90]


def test_whoever_plays_into_an_answer_has_the_word_again(model: Loaded) -> None:
    played = phrase(0, [60, 64], BEAT) + phrase(round(4.3 * BEAT), [67], 3 * BEAT)
    stage = Stage(Rules(answer=64.0), played, 6.9)
    model_notes = stage.starts(human=False)
    assert model_notes
    assert max(model_notes) < 4.31
    ends = [at for at, message in stage.sent if is_off(message) and message[0] & 15]
    assert all(at < 4.31 for at in ends)
    assert (0x80, 67) in [(message[0], message[1]) for _, message in stage.sent]


def test_the_takeover_controller_gives_and_takes_the_word(model: Loaded) -> None:
    played = [(BEAT, control(3, 80, 127)), (round(9.5 * BEAT), control(3, 80, 0))]
    stage = Stage(Rules(), played, 14)
    starts = stage.starts(human=False)
    assert starts[0] == pytest.approx(2.0)
    assert max(starts) <= 9.5
    assert not stage.starts(human=True)


def test_an_accompaniment_stays_under_the_humans_line_and_keeps_no_word(model: Loaded) -> None:
    played = phrase(0, [72, 71, 69, 67, 69, 71], BEAT)
    stage = Stage(Rules(mode="accompany"), played, 9)
    assert stage.starts(human=True) == pytest.approx([0, 1, 2, 3, 4, 5])
    assert stage.jammed.played.player.underruns == 0
    assert not hanging(message for _, message in stage.sent)
    for at, message in stage.sent:
        if is_on(message) and message[0] & 15 and 1 <= at <= 5:
            assert message[1] < 72


def test_both_sides_are_recorded_in_tracks_of_their_own(model: Loaded, tmp_path: Path) -> None:
    stage = Stage(Rules(), phrase(0, [60, 62, 64], BEAT), 9, record=tmp_path / "jam.mid")
    score = formats.read(tmp_path / "jam.mid")
    assert {track.name for track in score.tracks if track.name} == {"Human", "Model"}
    human = next(index for index, track in enumerate(score.tracks) if track.name == "Human")
    mine = score.notes[score.notes["track"] == human]
    assert mine["pitch"].tolist() == [60, 62, 64]
    assert mine["onset"].tolist() == [0, 960, 1920]
    assert len(score) - 3 == len(stage.starts(human=False))
    assert "etude-rerun" in score.meta.reproduce


def session(seed: int, bars: int = 6, **setting: Any) -> tuple[RecordingPort, Any]:
    ports: list[RecordingPort] = []

    def opened(clock: Clock) -> RecordingPort:
        ports.append(RecordingPort(clock))
        return ports[0]

    played = play(Wish(None, seed, bars=bars), Setting(virtual=True, **setting), opened)
    return ports[0], played


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(model: Loaded, tmp_path: Path) -> None:
    one, played = session(3, record=tmp_path / "a.mid")
    two, _ = session(3, record=tmp_path / "b.mid")
    other, _ = session(4)
    assert one.sent
    assert one.bytes() == two.bytes() != other.bytes()
    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()
    assert played.answer()["hanging_notes"] == 0
    last = max(at for at, message in one.sent if is_on(message))
    assert last < 24 * SECOND / 2


def test_a_session_is_played_again_from_the_line_in_its_file(model: Loaded, tmp_path: Path) -> None:
    session(3, record=tmp_path / "a.mid")
    data = (tmp_path / "a.mid").read_bytes()
    made_by = parse_line(line_in(data, ".mid"))
    assert session_again(tmp_path / "a.mid", made_by) == (data, [])
    other, differences = session_again(tmp_path / "a.mid", replace(made_by, seed=4, model_sha256="1"))
    assert other != data
    assert differences[0].startswith("model: made with 1")
    with pytest.raises(BadInput, match="human played"):
        session_again(tmp_path / "a.mid", replace(made_by, command="jam"))


def test_an_endless_session_begins_each_piece_on_a_bar_line(model: Loaded) -> None:
    generator = Generator(model, Wish(None, 1))
    music = [one for batch in generator.ahead(200.0) for one in batch.cues]
    assert generator.horizon >= 200
    assert [one.beat for one in music] == sorted(one.beat for one in music)
    again = Generator(model, Wish(None, 1))
    steps: list[Any] = []
    for beat in range(0, 201, 8):  # asked for bit by bit it is the same music
        steps += [one for batch in again.ahead(float(beat)) for one in batch.cues]
    assert steps == music[: len(steps)]


def test_a_new_seed_is_heard_from_the_next_bar_line_on(model: Loaded) -> None:
    ports: list[RecordingPort] = []

    def opened(clock: Clock) -> RecordingPort:
        ports.append(RecordingPort(clock))
        return ports[0]

    def prepare(player: Player) -> None:
        class Change:
            at: int | None = 3 * SECOND

            def hear(self, player: Player, news: Any) -> None: ...

            def deadline(self) -> int | None:
                return self.at

            def wake(self, player: Player, now: int) -> None:
                self.at = None
                player.take(Order("restart", {"seed": 9}))

        player.listener = Change()

    setting = Setting(virtual=True, tempo=120.0)
    play(Wish(None, 3, bars=8), setting, opened, prepare)
    before, _ = session(3, 8, tempo=120.0)
    line = 4 * SECOND  # the bar line after 3 s
    same = [one for one in ports[0].sent if one[0] < line]
    assert same == [one for one in before.sent if one[0] < line]
    assert [one for one in ports[0].sent if one[0] >= line] != [one for one in before.sent if one[0] >= line]
    assert not hanging(message for _, message in ports[0].sent)


def test_another_model_plays_from_the_next_bar_line_on(model: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    organ = loaded("chorale", holds=False)  # four voices on an organ, as no other encoding here
    monkeypatch.setattr(
        "etude.lab.stage.generator.load_to_play", lambda name: {"organ": organ, "first": model}[name]
    )
    ports: list[RecordingPort] = []

    def opened(clock: Clock) -> RecordingPort:
        ports.append(RecordingPort(clock))
        return ports[0]

    def prepare(player: Player) -> None:
        player.models = ["organ", "first"]
        player.inbox.put(Order("next model"))

    play(Wish(None, 3, bars=3), Setting(virtual=True, tempo=120.0), opened, prepare)
    programs = [(at, message) for at, message in ports[0].sent if message[0] & 0xF0 == 0xC0]
    organs = [at for at, message in programs if message[1] == 19]
    assert len(organs) == 4
    assert min(organs) >= 2 * SECOND  # the first bar line
    assert not hanging(message for _, message in ports[0].sent)


def test_reading_ahead_feeds_only_what_is_new() -> None:
    made = loaded("notes")
    prefill = Prefill(made.stepper)
    import numpy as np

    random = np.random.default_rng(0)
    steps = np.stack([random.integers(2, field.size, 40) for field in made.encoding.fields], axis=1).astype(
        np.int32
    )
    for count in range(1, 41):
        state = prefill.state_before_last(steps[:count])
        whole = made.stepper.feed(made.stepper.start(), steps[: count - 1])
        assert state == whole
    assert prefill.fed == 39
    changed = steps.copy()
    changed[38] = steps[0]
    assert prefill.state_before_last(changed) == made.stepper.feed(made.stepper.start(), changed[:39])
    assert prefill.fed == 40

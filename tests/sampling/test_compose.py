"""Whole pieces from fakes: valid, as long as asked, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from etude.encodings import build, decode
from etude.encodings.base import BEGIN, END, Field
from etude.errors import BadInput, UsageError
from etude.sampling import Length, Sampling, compose, compose_stream, generate
from etude.sampling.length import Target
from etude.score import Event, Score, score_from_events
from etude.testing.fakes import TableStepper, UniformStepper

NOTHING = np.zeros((0, 1), np.int32)
SCALE = Score.of([(480 * i, 480, 60 + pitch, 80, 0) for i, pitch in enumerate((0, 2, 4, 5, 7, 9, 11, 12))])


def sizes(encoding):
    return tuple(field.size for field in encoding.fields)


def never_ending(encoding):
    """A uniform model that all but forbids the end step."""
    model = TableStepper.random(sizes(encoding)[:1]) if len(encoding.fields) == 1 else None
    if model is not None:
        model.tables[0][:, END] = -50
        return model
    return NeverEnding(sizes(encoding))


class NeverEnding(UniformStepper):
    """Does not end, and never waits long for the next note."""

    def logits(self, state, chosen=()):
        out = super().logits(state, chosen)
        if not chosen:
            out[END] = -50
        elif len(chosen) == 1:
            out[12:] = -50
        return out


def test_generate_stops_at_the_end_step_or_the_limit() -> None:
    letters = build("letters")
    model = TableStepper.random((15,))
    model.tables[0][:, END] = 2.0
    steps = list(generate(model, letters.reader(), NOTHING, seed=3))
    assert [int(step[0]) == END for step in steps] == [False] * (len(steps) - 1) + [True]
    assert (steps[0].dtype, steps[0].shape) == (np.int32, (1,))
    assert len(list(generate(never_ending(letters), letters.reader(), NOTHING, max_steps=7))) == 7
    assert list(generate(model, letters.reader(), NOTHING, max_steps=0)) == []


def test_generate_streams() -> None:
    letters = build("letters")
    stream = generate(never_ending(letters), letters.reader(), NOTHING)
    assert next(stream).shape == (1,)  # and no piece of 16,384 steps was made first


@pytest.mark.parametrize("name", ["letters", "notes", "chorale"])
@pytest.mark.parametrize("temperature", [0.0, 1e-6, 1.0, 1e6])
def test_what_is_drawn_under_the_mask_is_valid(name, temperature) -> None:
    encoding = build(name)
    reader = encoding.reader()
    drawn = generate(
        UniformStepper(sizes(encoding)),
        encoding.reader(),
        np.zeros((0, len(encoding.fields)), np.int32),
        Sampling(temperature=temperature),
        5,
        40,
    )
    for step in drawn:
        for field, value in enumerate(step):
            assert reader.allowed([int(v) for v in step[:field]])[value]
        reader.feed([int(value) for value in step])


def test_the_prompt_is_fed_once_and_whole() -> None:
    calls = []

    class Counting(UniformStepper):
        def feed(self, state, steps):
            calls.append(len(steps))
            return super().feed(state, steps)

    letters = build("letters")
    model = Counting((15,))
    prompt = letters.encode(SCALE)
    list(generate(model, letters.reader(), prompt, max_steps=3))
    assert calls[0] == len(prompt) - 1  # the end step is taken off
    assert set(calls[1:]) == {1}


def test_same_seed_same_bytes_and_another_seed_another_piece() -> None:
    notes = build("notes")
    make = lambda seed: compose(  # noqa: E731
        UniformStepper(sizes(notes)), notes, prompt=SCALE, seed=seed, length=Length(steps=30)
    )
    assert make(1).steps.tobytes() == make(1).steps.tobytes()
    assert make(1).score == make(1).score
    assert make(1).steps.tobytes() != make(2).steps.tobytes()


@pytest.mark.parametrize("length", [Length(steps=20), Length(bars=3)], ids=str)
def test_log_likelihood_is_the_scorers(length) -> None:
    letters = build("letters")
    model = never_ending(letters)
    piece = compose(model, letters, prompt=SCALE, seed=2, sampling=Sampling(0.7, top_p=0.9), length=length)
    nats = model.nats(piece.steps)
    prompt = len(letters.encode(SCALE)) - 1
    assert piece.log_likelihood == pytest.approx(-nats[prompt - 1 :].sum(), rel=1e-6)


def test_a_prompt_comes_back_at_the_start() -> None:
    notes = build("notes", time="scored")
    piece = compose(UniformStepper(sizes(notes)), notes, prompt=SCALE, seed=1, length=Length(steps=5))
    prompt = notes.encode(SCALE)
    assert (piece.steps[: len(prompt) - 1] == prompt[:-1]).all()
    heard = decode(notes, prompt)
    assert piece.prompt_end == heard.end == 8 * notes.tpq
    first = piece.score.notes[: len(heard)]
    assert (first["pitch"] == heard.notes["pitch"]).all()
    assert (first["onset"] == heard.notes["onset"]).all()


@pytest.mark.parametrize("name", ["letters", "notes", "chorale"])
@pytest.mark.parametrize("bars", [1, 3])
def test_length_in_bars(name, bars) -> None:
    encoding = build(name)
    piece = compose(never_ending(encoding), encoding, seed=1, length=Length(bars=bars))
    assert len(piece.score) > 0
    assert piece.score.end <= bars * 4 * encoding.tpq
    assert not piece.ended
    assert len(piece.steps) > 2


def test_bars_are_counted_from_the_bar_the_prompt_stops_in() -> None:
    letters = build("letters")
    one_note = Score.of([(0, 480, 60, 80, 0)])
    assert compose(never_ending(letters), letters, prompt=one_note, length=Length(bars=2)).score.end == 2 * 1920
    full = compose(never_ending(letters), letters, prompt=SCALE, length=Length(bars=2))
    assert full.score.end == 4 * 1920  # the prompt fills two bars


def test_length_in_seconds() -> None:
    notes = build("notes")
    piece = compose(never_ending(notes), notes, seed=1, length=Length(seconds=10))
    assert 5 < piece.score.duration <= 10.0 + 1e-9
    letters = build("letters")
    assert compose(never_ending(letters), letters, length=Length(seconds=4)).score.duration == 4.0


class Held:
    """A Reader of one note that is held, a sixteenth longer each step, and never says so until the end."""

    def __init__(self):
        self.tick, self.done = 0, False

    def allowed(self, chosen=()):
        return np.array([False, False, True])

    def feed(self, step):
        if step[0] == BEGIN:
            return ()
        self.tick += 120
        return (Event(0, "on", 0, 60, 80),) if self.tick == 120 else ()

    def finish(self):
        return (Event(self.tick, "off", 0, 60),)


class Holding:
    """An encoding of one endless note."""

    name, tpq, tracks, fields = "holding", 480, (), (Field("hold", 3),)
    reader = staticmethod(Held)


def test_a_note_held_for_ever_is_cut_at_the_length() -> None:
    piece = compose(UniformStepper((3,)), Holding(), length=Length(bars=2))
    assert piece.score.end == 2 * 1920
    assert len(piece.steps) <= 1 + 32 + 8  # noticed within a few steps


def test_a_pickup_is_no_bar() -> None:
    target = Target(Length(bars=2), 480, 0)
    assert target.tick == 2 * 1920
    target.hear([Event(0, "mark", text="pickup:480"), Event(0, "meter", 0, 3, 4)])
    assert target.tick == 480 + 2 * 1440
    target.hear([Event(480 + 1440, "meter", 0, 4, 4)])
    assert target.tick == 480 + 1440 + 1920


def test_length_in_steps_is_exact() -> None:
    letters = build("letters")
    assert len(compose(never_ending(letters), letters, length=Length(steps=9)).steps) == 10


def test_the_first_of_several_lengths_counts() -> None:
    letters = build("letters")
    assert compose(never_ending(letters), letters, length=Length(bars=9, seconds=2.0)).score.end == 4 * 480


def test_no_note_is_cut_wrong() -> None:
    notes = build("notes", time="scored")
    piece = compose(never_ending(notes), notes, seed=8, length=Length(bars=4))
    whole = decode(notes, piece.steps)
    end = 4 * 4 * notes.tpq
    assert len(whole) == len(piece.score)
    expected = np.minimum(whole.notes["onset"] + whole.notes["duration"], end) - whole.notes["onset"]
    assert (piece.score.notes["duration"] == expected).all()
    assert (piece.score.notes["duration"] > 0).all()


def test_the_stream_is_the_piece() -> None:
    notes = build("notes")
    arguments = {"prompt": SCALE, "seed": 6, "length": Length(seconds=6)}
    events = list(compose_stream(UniformStepper(sizes(notes)), notes, **arguments))
    assert [event.tick for event in events] == sorted(event.tick for event in events)
    whole = compose(UniformStepper(sizes(notes)), notes, **arguments).score
    assert score_from_events(events, tpq=notes.tpq, tracks=notes.tracks) == whole


def test_an_ended_piece_says_so_and_decodes_to_itself() -> None:
    letters = build("letters")
    model = TableStepper.random((15,))
    model.tables[0][:, END] = 3.0
    piece = compose(model, letters, seed=1)
    assert piece.ended
    assert piece.steps[-1, 0] == END
    assert decode(letters, piece.steps) == piece.score


def test_random_prompts_differ_and_stay_in_range() -> None:
    notes = build("notes")
    make = lambda seed: compose(  # noqa: E731
        UniformStepper(sizes(notes)), notes, prompt="random", seed=seed, length=Length(steps=12)
    )
    first, second = make(1), make(2)
    assert first.prompt_end > 0
    assert first.steps.tobytes() == make(1).steps.tobytes() != second.steps.tobytes()
    assert 1 <= len(first.steps) <= 1 + 8 + 12


def test_prompts_that_do_not_fit_are_named() -> None:
    letters = build("letters")
    model = UniformStepper((15,))
    drums = Score.of([(0, 480, 36, 80, 0)], tracks=[type(SCALE.tracks[0])("kit", 0, True)])
    with pytest.raises(BadInput, match="prompt cannot be used with this model"):
        compose(model, letters, prompt=drums)
    with pytest.raises(UsageError, match="field 0, which holds 0"):
        compose(model, letters, prompt=np.array([[BEGIN], [15]]))
    with pytest.raises(UsageError, match="shape"):
        compose(model, letters, prompt=np.zeros((3, 2), np.int32))
    with pytest.raises(UsageError, match="no prompt"):
        compose(model, letters, prompt="ranodm")
    with pytest.raises(UsageError, match="encoding"):
        compose(UniformStepper((16,)), letters)


@pytest.mark.parametrize("length", [{"bars": 0}, {"seconds": -1.0}, {"steps": 0}, {"seconds": float("nan")}])
def test_lengths_that_make_no_sense_are_refused(length) -> None:
    with pytest.raises(UsageError, match="no length"):
        Length(**length)


def test_without_the_mask_any_drawn_steps_still_become_a_score() -> None:
    chorale = build("chorale")
    piece = compose(
        UniformStepper(sizes(chorale)), chorale, sampling=Sampling(masked=False), seed=1, length=Length(steps=50)
    )
    assert len(piece.steps) <= 51
    assert decode(chorale, piece.steps).notes.shape == piece.score.notes.shape


def test_repetition_control_breaks_a_loop() -> None:
    letters = build("letters")
    loop = np.full((15, 15), -1.0, np.float32)
    for value, following in ((BEGIN, 2), (2, 4), (4, 6), (6, 2)):
        loop[value, following] = 1.0
    model = TableStepper([loop])
    stuck = compose(model, letters, sampling=Sampling(0.0), length=Length(steps=30)).steps[1:, 0]
    assert set(stuck.tolist()) == {2, 4, 6}
    free = compose(model, letters, sampling=Sampling(0.0, repeat_penalty=3.0), length=Length(steps=30)).steps[1:, 0]
    assert set(free.tolist()) - {2, 4, 6}

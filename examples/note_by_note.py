"""A model played note by note, as a live program would: python examples/note_by_note.py MODEL [SEED]

Shows: the three things underneath `etude.compose`. The stepper knows integers only; the Reader says which may come
next and turns those drawn into timed events; `compose_stream` joins them and yields each event as it is drawn.
"""

import sys

import numpy as np

import etude
from etude.encodings import BEGIN
from etude.sampling import Length, Sampling, compose_stream, draw


def main(model: str, seed: str = "1") -> None:
    loaded = etude.load(model)
    stepper, reader, random = loaded.stepper, loaded.encoding.reader(), np.random.default_rng(int(seed))
    begin = [BEGIN] + [0] * (len(stepper.field_sizes) - 1)
    reader.feed(begin)
    state = stepper.feed(stepper.start(), np.array([begin], np.int32))
    for _ in range(20):  # by hand: twenty steps, each field after those before it
        step: list[int] = []
        for _ in stepper.field_sizes:
            logits, allowed = stepper.logits(state, step), reader.allowed(step)
            step.append(draw(logits, Sampling(top_p=0.95), 0.9, random.random(), allowed))
        print(step, *(f"{event.kind} {event.number} at {event.tick}" for event in reader.feed(step)))
        if reader.done:
            break
        state = stepper.feed(state, np.array([step], np.int32))

    for event in compose_stream(stepper, loaded.encoding, seed=int(seed), length=Length(bars=4)):
        if event.kind == "on":  # the same, in one call
            print(f"{event.tick / loaded.encoding.tpq:6.2f} quarters: key {event.number}")


if __name__ == "__main__":
    main(*sys.argv[1:])

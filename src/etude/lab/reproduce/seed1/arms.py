"""The trainings around irish.abc: the course's LSTM, one word changed at a time; ours; with other tunes first."""

from __future__ import annotations

from etude.lab.reproduce.base import Arm

IRISH = "irish-abc"
ORIGINAL, NETWORK, FOLK, TUNED, MASKED = "original", "network", "folk", "tuned", "masked"
FOLK_TOKENS, TOKENS = "folk-tokens", "tokens"
LEAKY_FOLK, LEAKY_TUNED = "folk-all", "tuned-all"
CHANGED_STEPS = 700
OWN_KEYS = "data.transpose=[0, 0]"  # counting learns more from the books in their own keys than in twelve

LAB = Arm(ORIGINAL, "seed1-original", "the course's LSTM: one layer of 1024", minutes=15, steps=3000)
CHANGES = (
    Arm("gru", "seed1-original", "GRU instead of LSTM", 3, CHANGED_STEPS, ("model.cell=gru",)),
    Arm("stacked", "seed1-original", "two layers instead of one", 6, CHANGED_STEPS, ("model.layers=2",)),
    Arm("short", "seed1-original", "sequences of 25 instead of 100", 1, CHANGED_STEPS, ("training.length=25",)),
)
OURS = (
    Arm(NETWORK, "seed1-network", "ours, on the Irish tunes alone", minutes=24),
    Arm(
        FOLK,
        "seed1-folk",
        "O'Neill, Ryan and Aird without what repeats held-out Irish tunes",
        minutes=20,
        settings=("data.without={irish-abc}", "data.passages=17", OWN_KEYS),
        data=None,
    ),
    Arm(TUNED, "seed1-tuned", f"'{FOLK}', then the Irish tunes", minutes=10, start=FOLK),
    Arm(MASKED, "seed1-masked", "canonical characters, drawn under the mask", minutes=5),
)
COUNTING_BARS = (
    Arm(
        FOLK_TOKENS,
        "seed1-tokens",
        "those books as tokens, by a network that hears its place in the bar",
        minutes=10,
        settings=("data.collection=folk", "data.valid_pieces=60", "data.without={irish-abc}", "data.passages=17"),
        data=None,
    ),
    Arm(TOKENS, "seed1-tokens", f"'{FOLK_TOKENS}', then the Irish tunes", minutes=8, start=FOLK_TOKENS),
)
LEAKY = (
    Arm(
        LEAKY_FOLK,
        "seed1-folk",
        "the same books with every tune in them",
        minutes=20,
        settings=(OWN_KEYS,),
        data=None,
    ),
    Arm(LEAKY_TUNED, "seed1-tuned", f"'{LEAKY_FOLK}', then the Irish tunes", 10, start=LEAKY_FOLK),
)

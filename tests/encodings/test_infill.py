"""A piece told with a gap: rearranging and back changes nothing, and what is heard is in its place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from etude.encodings import BEGIN, END, Encoding, Steps, build, decode
from etude.encodings.infill import (
    LONGEST,
    Gap,
    Infilling,
    gap_marker,
    gaps,
    infilling_of,
    rearranged,
    restored,
    sides,
)
from etude.errors import BadInput, UsageError
from etude.formats.abc import FORMAT as ABC
from etude.score import Track
from etude.testing.encoding_laws import check_encoding, encoded, random_steps
from etude.testing.scores import few_bars

VARIANTS: list[tuple[str, dict[str, object]]] = [
    ("abc", {}),
    ("abc", {"conditions": "key,meter,density"}),
    ("abc", {"skyline": True, "complete": True}),
    ("chorale", {}),
    ("chorale", {"holds": False}),
    ("roll", {}),
    ("notes", {}),
    ("notes", {"time": "scored", "conditions": "density"}),
    ("notes", {"part": "drums"}),
    ("chords", {"time": "scored", "slots": 2}),
    ("events", {}),
]


def own_steps(encoding: Encoding, steps: Steps) -> Steps:
    control = getattr(encoding, "control", None)
    return np.delete(steps, slice(1, 1 + (len(control.kinds) if control else 0)), axis=0)


@pytest.fixture(scope="module", params=VARIANTS, ids=lambda variant: f"{variant[0]}-{variant[1]}")
def encoding(request: pytest.FixtureRequest) -> Encoding:
    name, chosen = request.param
    return build(name, infill=True, **chosen)


def piece(encoding: Encoding, seed: int) -> Steps | None:
    drums = getattr(encoding, "part", "") == "drums"
    voices = 1 if encoding.name == "abc" else 4 if encoding.name == "chorale" else 2
    return encoded(encoding, few_bars(seed, voices, drums))


@given(seed=st.integers(0, 2**32), data=st.data())
@settings(deadline=None, max_examples=12)
def test_rearranging_and_back_is_the_identity(encoding: Encoding, seed: int, data: st.DataObject) -> None:
    steps = piece(encoding, seed)
    assume(steps is not None)
    infilling = infilling_of(encoding)
    assert steps is not None
    assert infilling is not None
    found = gaps(infilling.cuts, own_steps(encoding, steps))
    assume(found)
    gap = data.draw(st.sampled_from(found))
    told = rearranged(encoding, steps, gap)
    np.testing.assert_array_equal(restored(encoding, told, gap), steps)
    marked = infilling.is_marker(told)
    assert marked.sum() == 2
    assert (told[0, 0], told[-1, 0]) == (BEGIN, END)
    assert ((told >= 0) & (told < [field.size for field in encoding.fields])).all()


@given(seed=st.integers(0, 2**32), data=st.data())
@settings(deadline=None, max_examples=6)
def test_what_is_heard_of_a_told_piece_is_the_piece_up_to_the_gaps_end(
    encoding: Encoding, seed: int, data: st.DataObject
) -> None:
    steps = piece(encoding, seed)
    assume(steps is not None)
    infilling = infilling_of(encoding)
    assert steps is not None
    assert infilling is not None
    plain = own_steps(encoding, steps)
    gap = data.draw(st.sampled_from(gaps(infilling.cuts, plain)))
    told = rearranged(encoding, steps, gap)
    place = infilling.cuts.place(infilling.cuts.ticks(plain), gap.stop)
    kept = 1 + len(steps) - len(plain)
    whole = decode(encoding, np.concatenate([steps[: place + kept - 1], steps[-1:]]))
    assert decode(encoding, told) == whole


@pytest.mark.parametrize("most", [8, 20, 40])
def test_a_piece_too_long_is_heard_near_the_gap(encoding: Encoding, most: int) -> None:
    steps = piece(encoding, 4)
    infilling = infilling_of(encoding)
    assert steps is not None
    assert infilling is not None
    own = own_steps(encoding, steps)
    for gap in gaps(infilling.cuts, own, 6)[::5]:
        head, _, middle, _ = sides(infilling.cuts, own, gap)
        told = rearranged(encoding, steps, gap, most)
        assert len(told) <= max(most, 2 * len(head) + len(middle) + 5 + len(steps) - len(own))
        here = int(np.flatnonzero(infilling.is_marker(told))[-1])
        np.testing.assert_array_equal(told[here + 1 : -1], middle)


def test_markers_are_values_of_their_own_that_no_mask_lets_through(encoding: Encoding) -> None:
    plain = build(encoding.name, **{k: v for k, v in encoding.settings.items() if k != "infill"})
    assert encoding.fields[0].size == plain.fields[0].size + 1 + LONGEST
    others = [[(field.name, field.size) for field in one.fields[1:]] for one in (encoding, plain)]
    assert others[0] == others[1]
    infilling = infilling_of(encoding)
    assert infilling is not None
    assert infilling_of(plain) is None
    mask = encoding.reader().allowed()
    assert not mask[infilling.first : infilling.fields[0].size].any()
    for seed in range(3):  # any integers decode, markers among them
        decode(encoding, random_steps(encoding, seed))


def test_the_laws_hold_with_markers() -> None:
    for name, voices in (("abc", 1), ("chorale", 4), ("notes", 2)):
        scores = [few_bars(seed, voices) for seed in range(4)]
        assert check_encoding(build(name, infill=True), scores, seeds=range(2)) >= 2


def test_the_gap_says_how_many_quarters_are_missing() -> None:
    encoding = Infilling(build("chorale"))
    assert gap_marker(encoding, 480) == encoding.first + 1
    assert gap_marker(encoding, 8 * 480) == encoding.first + 8
    assert gap_marker(encoding, 10**6) == encoding.fields[0].size - 1


def test_a_duration_that_holds_is_named_again_behind_the_gap() -> None:
    tune = ABC.parse(b"X:1\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|c4|c4|\n")[0].score
    assert tune is not None
    encoding = build("abc", infill=True)
    steps = encoding.encode(tune)
    told = rearranged(encoding, steps, Gap(1920, 5760))
    again = 6  # begin and header
    assert len(told) == len(steps) + again + 3  # two markers and a duration
    assert len(rearranged(encoding, steps, Gap(1920, 3840))) == len(steps) + again + 2  # bar 3 names its own


@pytest.mark.parametrize("name", ["letters", "performance", "abc-characters"])
def test_music_without_bars_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be cut"):
        build(name, infill=True)


def test_tracks_that_a_model_writes_are_those_whose_notes_are_exchanged() -> None:
    score = few_bars(0, 4)
    assert infilling_of(build("chorale", infill=True)).cuts.parts(score) == [(0,), (1,), (2,), (3,)]  # type: ignore[union-attr]
    kit = score.replace(tracks=[Track("a"), Track("b"), Track("kit", 0, True), Track("c")])
    assert infilling_of(build("notes", infill=True, part="drums")).cuts.parts(kit) == [(2,)]  # type: ignore[union-attr]
    assert infilling_of(build("notes", infill=True)).cuts.parts(kit) == [(0, 1, 3)]  # type: ignore[union-attr]
    with pytest.raises(BadInput):
        infilling_of(build("chorale", infill=True)).cuts.parts(few_bars(0, 3))  # type: ignore[union-attr]

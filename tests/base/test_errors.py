"""Messages of errors that several rooms raise."""

from __future__ import annotations

from etude.errors import Reason, nothing_read


def test_many_refusals_are_told_in_short() -> None:
    refused = [f"{number}.txt: bad_text: it is no music." for number in range(9)]
    assert str(nothing_read(refused[:2])) == f"Nothing could be read. {refused[0]} {refused[1]}"
    assert str(nothing_read(refused)).endswith(f"{refused[2]} And 6 more.")
    assert nothing_read(refused).reason is Reason.UNREADABLE

"""The card says what was measured, as it was measured, and names what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from etude.config import write_toml
from etude.data import Collection
from etude.lab.bundled import FACTS, Bundled
from etude.lab.bundling.card import card_page
from etude.lab.bundling.figures import Ask
from etude.lab.bundling.making import bundle
from etude.lab.run import Run


@pytest.fixture
def measured(free: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Bundled, str]:
    """A bundled model with the figures of eight pieces, and its card."""
    monkeypatch.setattr(Collection, "may_ship", property(lambda self: True))
    made = bundle(free.folder, "tiny", tmp_path, card=tmp_path / "tiny.md", ask=Ask(count=8, seed=3))
    return Bundled("tiny", tmp_path), (tmp_path / "tiny.md").read_text() if made.card else ""


def test_the_card_holds_the_figures_and_names_what_is_missing(measured: tuple[Bundled, str], free: Run) -> None:
    model, page = measured
    figures = model.facts["figures"]
    valid = figures["likelihood"]["valid"]
    assert set(valid) == {"model", "uniform", "ngram", "ngram+copy"}
    assert f"| model | {valid['model']['bits_per_note']:.4g} |" in page
    assert figures["music"]["pieces"] == 8
    assert "Not measured: the two-sample test" in page
    assert "not calibrated" in page
    assert str(free.folder) not in page
    (end,) = [record for record in free.records() if record.get("event") == "end"]
    assert f"{end['parameters']:,} parameters" in page


def test_a_figure_changed_in_the_facts_changes_on_the_card(measured: tuple[Bundled, str]) -> None:
    model, page = measured
    assert card_page(model, "command", "machine") == card_page(Bundled("tiny", model.folder), "command", "machine")
    facts = {**model.facts, "figures": {**model.facts["figures"], "two_sample": TOLD}}
    facts["figures"]["likelihood"]["test"]["model"]["bits_per_note"] = 1.2345
    facts["figures"].pop("timings")
    model.file(FACTS).write_text(write_toml(facts))
    changed = card_page(Bundled("tiny", model.folder), "command", "machine")
    assert "| model | 1.234 |" in changed or "| model | 1.235 |" in changed
    assert "right about 61.0% (50.0% to 70.0%) of 40 composed and 30 held-out pieces" in changed
    assert "Not measured: speed" in changed
    assert "Not measured: speed" not in page


TOLD = {"accuracy": 0.61, "low": 0.5, "high": 0.7, "pieces": 40, "real": 30, "lent": False}

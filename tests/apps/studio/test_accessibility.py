"""Every screen in both themes has no violation that axe-core can see (WCAG 2.2 A and AA, and its best practices).

axe-core (MPL-2.0) is no part of etude: it is fetched once from its published npm package, held against the hash
below, and kept in the cache folder of the person who tests. ETUDE_AXE names an axe.min.js that is here already.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Visitor = Any  # see conftest
VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
FETCHING = 60  # seconds
CHECK = """axe.run({ resultTypes: ["violations"], rules: { "target-size": { enabled: true } } })
  .then(({ violations }) => violations.map((one) =>
  `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`))"""
STATES = "[...document.querySelectorAll('.card')].map((card) => card.dataset.state)"
OPENED = "document.querySelectorAll('main details').forEach((one) => (one.open = true))"


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core."""
    if named := os.environ.get("ETUDE_AXE"):
        return Path(named).read_text("utf-8")
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "etude" / "tests"
    packed = folder / f"axe-core-{VERSION}.tgz"
    if not packed.is_file():
        fetch(folder)
    if base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode() != SHA512:
        packed.unlink()
        pytest.fail(f"{packed.name} is not the axe-core that was published")
    with tarfile.open(packed) as opened:
        source = opened.extractfile("package/axe.min.js")
        assert source is not None
        return source.read().decode()


def fetch(folder: Path) -> None:
    """Fetches the package into `folder`; skips where that cannot be."""
    if not (npm := shutil.which("npm")):
        pytest.skip("no axe-core: needs npm to fetch it, or an axe.min.js named in ETUDE_AXE")
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", f"axe-core@{VERSION}", "--silent", "--pack-destination", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=FETCHING, cwd=folder)
    except (subprocess.SubprocessError, OSError):
        pytest.skip("no axe-core: npm could not fetch it; name an axe.min.js in ETUDE_AXE")


@pytest.fixture
def violations(visitor: Visitor, axe: str) -> Callable[[], list[str]]:
    """What axe-core finds on the page as it is, in both themes."""

    def found() -> list[str]:
        if not visitor.tell("typeof axe === 'object'"):
            visitor.tell(axe)
        said = []
        for theme in ("light", "dark"):
            visitor.page.emulate_media(color_scheme=theme)
            said += [f"{theme}: {one}" for one in visitor.tell(CHECK)]
        return said

    return found


def composed(visitor: Visitor) -> None:
    """Two short pieces are on the screen."""
    visitor.page.fill("#field-count", "2")
    visitor.page.fill("#field-bars", "2")
    before = visitor.tell("location.hash")
    visitor.page.click("text=Generate")
    visitor.until("location.hash", lambda now: now != before)
    visitor.until(STATES, lambda states: states == ["done", "done"])


def go(visitor: Visitor, screen: str) -> None:
    """Opens a screen, and all that can be opened on it."""
    visitor.page.click(f"nav [data-name={screen}]")
    visitor.page.wait_for_selector(f"#{screen}-title", state="attached")
    visitor.until("document.title", lambda title: title.lower().startswith(screen))


def test_no_screen_has_a_violation(visitor: Visitor, violations: Callable[[], list[str]]) -> None:
    composed(visitor)
    visitor.tell(OPENED)
    assert violations() == []
    for number in (0, 1):
        visitor.page.locator(".card button", has_text="Compare").nth(number).click()
    for screen in ("compare", "listen", "jam", "library", "runs"):
        go(visitor, screen)
        if screen == "compare":
            visitor.until("document.querySelectorAll('table').length", lambda count: count >= 3)
        visitor.tell(OPENED)
        assert violations() == [], screen
    visitor.page.keyboard.press("?")
    assert violations() == []
    visitor.tell("document.querySelector('dialog h2').setAttribute('role', 'nonsense')")
    visitor.tell("document.documentElement.style.setProperty('--ink', '#777777')")
    found = violations()
    assert any("aria-roles" in one for one in found)
    assert {one.partition(":")[0] for one in found if "color-contrast" in one} == {"light", "dark"}


@pytest.mark.parametrize("sides", ["ab", "a"])
def test_what_is_judged_has_no_violation(
    visitor: Visitor, violations: Callable[[], list[str]], shared: Any, sides: str
) -> None:
    folder = shared.folder / "pairs" / ("ef" * 7 + f"{len(sides):02d}")
    (folder / "page" / "sound").mkdir(parents=True)
    pair = {"pair": 1, "against": "real", "ours": "b"}
    about = {"format": 1, "set": "y", "count": 1, "seed": 1, "against": ["real"], "model": {"name": "tiny"}}
    (folder / "key.json").write_text(json.dumps({**about, "sides": list(sides), "pairs": [pair]}))
    go(visitor, "listen")
    visitor.page.fill("#rater", "Anna")
    visitor.page.locator("li button", has_text="Listen").first.click()
    visitor.page.wait_for_selector("fieldset", state="attached")
    visitor.tell("document.querySelector('fieldset').disabled = false")
    visitor.tell("document.querySelector('.alarm')?.remove()")
    assert len(visitor.tell("[...document.querySelectorAll('main audio')].map((one) => one.src)")) == len(sides)
    assert violations() == []

"""The page in a browser: it makes the pieces that Python makes, sounds, and asks no other host."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.apps.studio.test_accessibility import CHECK, axe  # noqa: F401 - a fixture
from tests.lab.web.conftest import Visitor

from etude import formats
from etude.errors import MissingPart
from etude.lab.loading import load
from etude.lab.recipe import recipe_from
from etude.lab.web import making
from etude.lab.web.runtime import Runtime, runtime
from etude.sampling import Length, Sampling
from etude.sampling import compose as draw
from etude.sampling.generate import Walk
from etude.sampling.settings import piece_seed

torch = pytest.importorskip("torch", reason="the models are torch's")

MODELS: dict[str, dict[str, Any]] = {
    "tunes": {
        "encoding": {"name": "abc", "conditions": "mode,type"},
        "model": {"kind": "transformer", "history": 2, "context": 64, "derived": ["bar", "place"]},
        "sampling": {"temperature": 0.9, "repeat_rate": 0.1, "repeat_notes": 4},
    },
    "chorales": {
        "encoding": {"name": "chorale"},
        "model": {
            "kind": "transformer",
            "history": 1,
            "derived": ["age", "class", "above"],
            "positions": "relative",
        },
        "sampling": {},
    },
    "piano": {
        "encoding": {"name": "notes", "time": "performed"},
        "model": {"kind": "rnn", "cell": "gru", "layers": 2},
        "sampling": {"temperature": [0.8, 1.0, 1.0, 0.5], "top_p": 0.9, "min_p": 0.02},
    },
}
slow = pytest.mark.slow
STEPS = "etudePage.asked({ do: 'likeliest', count: %d, masked: %s }, 'likeliest')"
SOUND = "etudePage.player.loudness"
READY = "Boolean(globalThis.etudePage) || document.querySelector('.alarm')?.innerText"
STATE = "etudePage.page.piece.state"


def exported(folder: Path, name: str, encoding: Any, model: Any, sampling: Any) -> Path:
    """A model with random weights, far from evenly likely, as an .etude file."""
    from etude.engine import exported_bytes
    from etude.lab.weights import build_model
    from etude.models.model import weights_of

    sizes = {"width": 32, "heads": 2, "layers": 2, "dropout": 0.0}
    recipe = recipe_from({"name": name, "encoding": encoding, "model": {**sizes, **model}})
    made = recipe.build_encoding()
    with torch.random.fork_rng():
        torch.manual_seed(4)
        network = build_model(recipe, made).eval()
        for values in network.parameters():
            values.data += torch.randn(values.shape) * 2 * values.shape[-1] ** -0.5
    told = {"encoding": {"name": made.name, **made.settings}, "sampling": sampling, "recipe": name}
    metadata = {key: json.dumps(value) for key, value in told.items()}
    path = folder / f"{name}.etude"
    fields = [field.size for field in made.fields]
    path.write_bytes(exported_bytes(weights_of(network), asdict(recipe.model_config()), fields, metadata))
    return path


@pytest.fixture(scope="session")
def package() -> Runtime:
    """The package of ONNX Runtime, from npm."""
    try:
        return runtime()
    except MissingPart as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def page_of(package: Runtime, serve: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Exports a model, once, and puts its page on a server: (folder, server)."""
    folder = tmp_path_factory.mktemp("pages")

    @cache
    def make(name: str) -> tuple[Path, Any]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(making, "runtime", lambda path: package)
            made = making.export_page(exported(folder, name, **MODELS[name]), folder / name)
        return made.path, serve(made.path)

    return make


@pytest.fixture(scope="module")
def visit(page_of: Any, browser: Any) -> Iterator[Callable[[str], tuple[Path, Any, Any]]]:
    """Opens the page of a model, once, and waits until it can compose: (folder, server, visitor)."""
    contexts = []

    @cache
    def open_page(name: str) -> tuple[Path, Any, Any]:
        folder, served = page_of(name)
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}))
        visitor = Visitor(contexts[-1])
        visitor.page.goto(served.address)
        visitor.until(READY, lambda found: found is True)
        return folder, served, visitor

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", ["tunes", pytest.param("chorales", marks=slow)])
def test_the_likeliest_thousand_steps_are_those_of_python(name: str, visit: Any) -> None:
    folder, served, visitor = visit(name)
    found = visitor.tell(STEPS % (1000, "false"))
    ours = load(folder / "model.onnx")
    nothing = np.zeros((0, len(ours.stepper.field_sizes)), np.int32)
    settings = Sampling(temperature=0, masked=False)  # under the grammar a tune is whole before that
    walk = Walk(ours.stepper, ours.encoding.reader(), nothing, settings, 0)
    for _ in range(1000):
        walk.advance()
    assert found["steps"] == [list(step) for step in walk.steps]
    assert len({tuple(step) for step in found["steps"]}) > 5
    assert visitor.wrong == []
    assert visitor.hosts == {served.host}


@pytest.mark.parametrize("name", ["tunes", pytest.param("piano", marks=slow)])
def test_a_seed_makes_the_piece_that_it_makes_in_python(name: str, visit: Any, tmp_path: Path) -> None:
    folder, _, visitor = visit(name)
    ours = load(folder / "model.onnx")
    metered = name == "tunes"
    visitor.page.fill("#seed", "11")
    if metered:
        visitor.page.fill("#bars", "5")
        visitor.page.select_option("#told-type", "jig")
    visitor.tell("etudePage.page.model.steps = 60")
    visitor.page.get_by_role("button", name="Compose").click()
    visitor.until(f"{STATE} === 'whole' && !etudePage.page.save.disabled")
    with visitor.page.expect_download() as saved:
        visitor.page.get_by_role("button", name="Download MIDI").click()
    saved.value.save_as(tmp_path / "piece.mid")
    found = formats.read(tmp_path / "piece.mid")
    encoding: Any = ours.encoding
    wanted_piece = draw(
        *(ours.stepper, encoding),
        prompt=encoding.opening({"type": "jig"}) if metered else None,
        sampling=ours.sampling,
        seed=piece_seed(11, 0),
        length=Length(bars=5) if metered else Length(steps=60),
    ).score
    assert len(found) > 10
    assert sorted(found.notes.tolist()) == sorted(wanted_piece.notes.tolist())
    assert found.tempos.tolist() == wanted_piece.tempos.tolist()
    assert found.tpq == wanted_piece.tpq
    assert "--seed 11" in visitor.page.locator(".line code").text_content()
    assert visitor.wrong == []


@slow
def test_the_page_sounds_falls_silent_and_works_without_its_server(visit: Any) -> None:
    _, served, visitor = visit("chorales")
    visitor.tell("navigator.serviceWorker.ready.then(() => true)")
    visitor.context.set_offline(True)
    visitor.page.reload()
    visitor.until("Boolean(globalThis.etudePage)")
    visitor.page.fill("#bars", "4")
    visitor.page.locator("h1").click()
    visitor.page.keyboard.press("g")
    visitor.until(SOUND, lambda level: level > 1e-3)
    visitor.until(f"{STATE} === 'whole'")
    visitor.page.keyboard.press("!")
    visitor.until(SOUND, lambda level: level < 1e-3)
    assert visitor.tell("etudePage.player.state") == "still"
    assert visitor.hosts == {served.host}
    assert [one for one in visitor.wrong if "Failed to load" not in one] == []


@slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_page_is_whole_in_both_themes(scheme: Any, page_of: Any, browser: Any, request: Any) -> None:
    _, served = page_of("tunes")
    context = browser.new_context(viewport={"width": 360, "height": 700}, color_scheme=scheme)
    page = context.new_page()
    page.goto(served.address)
    page.wait_for_selector("#seed")
    page.get_by_text("More", exact=True).click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    paper, ink = page.evaluate("['backgroundColor', 'color'].map((name) => getComputedStyle(document.body)[name])")
    bright = [math.fsum(map(float, one.strip("rgb()").split(","))) for one in (paper, ink)]
    assert (bright[0] > bright[1]) == (scheme == "light")
    page.fill("#bars", "2")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Compose").click()
    page.get_by_role("button", name="Download MIDI").click(trial=True)
    page.evaluate(request.getfixturevalue("axe"))
    assert page.evaluate(CHECK) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()

"""`etude doctor --licences`: every package etude names, every built-in collection and model, with its terms."""

from __future__ import annotations

import json
import re
from importlib import metadata

import pytest

from etude.apps.cli.main import main
from etude.data.sources import SOURCES
from etude.lab.bundled import bundled_models
from etude.lab.licences import NOT_SAID, licences


def test_everything_that_is_named_is_listed_with_its_terms() -> None:
    found = {(one.kind, one.name): one for one in licences()}
    for line in metadata.requires("etude") or []:
        name = re.split(r"[\[<>=~! ;]", line)[0].lower().replace("_", "-")
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        assert name == "etude" or ("package", name) in found, name
    assert {name for kind, name in found if kind == "data"} == set(SOURCES)
    assert {name for kind, name in found if kind == "model"} == {one.name for one in bundled_models()}
    assert found["package", "numpy"].licence.startswith("BSD-3-Clause")
    assert found["package", "markdown-it-py"].detail.endswith("for rich"), "what a dependency brings is listed, too"
    assert all(one.licence and one.detail for one in found.values())
    silent = {name for (_, name), one in found.items() if one.licence == NOT_SAID}
    assert not silent, "look their licences up, and write them into docs/dependencies.md"


def test_the_command_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["doctor", "--licences"])
    assert re.search(r"^package +click +BSD-3-Clause", capsys.readouterr().out, re.M)
    with pytest.raises(SystemExit):
        main(["doctor", "--licences", "--json"])
    assert len(json.loads(capsys.readouterr().out)["licences"]) > len(SOURCES)

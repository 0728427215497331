"""Settings: TOML there and back, overrides, and errors that name the key."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from etude.config import from_mapping, override, parse_value, read_toml, to_mapping, write_toml
from etude.errors import UsageError


@dataclass(frozen=True)
class Inner:
    rate: float = 0.1
    sizes: tuple[int, ...] = (1, 2)
    kind: Literal["a", "b"] = "a"
    limit: int | None = None
    heat: float | tuple[float, ...] = 1.0


@dataclass(frozen=True)
class Outer:
    name: str = "x"
    inner: Inner = field(default_factory=Inner)


def test_there_and_back() -> None:
    value = Outer("tune", Inner(2.0, (3,), "b", 7))
    assert from_mapping(Outer, to_mapping(value)) == value


def test_toml_there_and_back(tmp_path: Path) -> None:
    values = {"name": 'a "quoted" ♪', "inner": {"rate": 1e-05, "sizes": [1, 2], "deep": {"on": True}}}
    path = tmp_path / "r.toml"
    path.write_text(write_toml(values), "utf-8")
    assert read_toml(path) == values


def test_a_number_or_a_list_of_them() -> None:
    assert from_mapping(Inner, {"heat": [1, 0.5]}).heat == (1.0, 0.5)
    assert from_mapping(Inner, {"heat": 2}).heat == 2.0
    with pytest.raises(UsageError, match="limit"):
        from_mapping(Inner, {"limit": [3]})


def test_whole_numbers_serve_as_floats() -> None:
    assert from_mapping(Inner, {"rate": 1}).rate == 1.0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"inner": {"rat": 1}}, "Did you mean 'inner.rate'"),
        ({"inner": {"kind": "c"}}, "one of a, b"),
        ({"inner": {"rate": "fast"}}, "inner.rate"),
        ({"inner": {"limit": True}}, "inner.limit"),
        ({"nam": "x"}, "Did you mean 'name'"),
    ],
)
def test_errors_name_the_key(values: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words.replace("(", r"\(")):
        from_mapping(Outer, values)


def test_override_sets_dotted_keys_and_leaves_the_original() -> None:
    before = {"inner": {"rate": 0.1}}
    after = override(before, ["inner.rate=1e-3", "inner.kind=b", "new.flag=true"])
    assert after == {"inner": {"rate": 0.001, "kind": "b"}, "new": {"flag": True}}
    assert before == {"inner": {"rate": 0.1}}
    with pytest.raises(UsageError, match="KEY=VALUE"):
        override(before, ["rate"])
    with pytest.raises(UsageError, match="not a table"):
        override(before, ["inner.rate.x=1"])


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1), ("1e-3", 0.001), ("true", True), ("[1, 2]", [1, 2]), ("rnn", "rnn")]
)
def test_values_are_what_they_spell(text: str, value: object) -> None:
    assert parse_value(text) == value


def test_broken_toml_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("a = = 1")
    with pytest.raises(UsageError, match=r"broken\.toml"):
        read_toml(path)

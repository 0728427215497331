"""Frozen dataclasses <-> TOML, with overrides by dotted key. Every error names the key and what is possible."""

from __future__ import annotations

import dataclasses
import difflib
import json
import re
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from etude.errors import UsageError

T = TypeVar("T")


def from_mapping(cls: type[T], values: Mapping[str, Any], where: str = "") -> T:
    """An instance of the dataclass `cls`; nested dataclasses from nested mappings.

    Raises UsageError for a key `cls` does not have (with the nearest one) and for a value of the wrong type.
    """
    hints = typing.get_type_hints(cls)
    known = {field.name: field for field in dataclasses.fields(cls) if field.init}  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f" Did you mean '{where}{near[0]}'?" if near else ""
            raise UsageError(
                f"There is no setting '{where}{key}'.{hint} Known: {', '.join(where + k for k in known)}."
            )
    try:
        return cls(**{key: _convert(hints[key], value, where + key) for key, value in values.items()})
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"The settings under '{where.rstrip('.') or cls.__name__}' do not fit: {error}."
        ) from error


def _convert(hint: Any, value: Any, where: str) -> Any:
    """`value` as the type `hint`; whole numbers serve as floats, lists as tuples, words as what they spell."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None or value == "none":
            return None
        return _convert(_choice(args, value), value, where)
    if origin is typing.Literal:
        if value not in args:
            raise UsageError(f"'{where}' must be one of {', '.join(map(str, args))}, not {value!r}.")
        return value
    if dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
        return from_mapping(typing.cast("type[Any]", hint), value, where + ".")
    if origin is tuple and isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_convert(args[0], item, where) for item in value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    plain = origin or hint
    if (isinstance(plain, type) and not isinstance(value, plain)) or (
        isinstance(value, bool) and hint in (int, float)
    ):
        raise UsageError(f"'{where}' must be {getattr(hint, '__name__', hint)}, not {value!r}.")
    return value


def _choice(types_allowed: Sequence[Any], value: Any) -> Any:
    """Which of the types of a union `value` is meant for: a tuple where it is a list, else the first."""
    known = [one for one in types_allowed if one is not type(None)]
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return next((one for one in known if (typing.get_origin(one) is tuple) == is_list), known[0])


def to_mapping(value: Any) -> dict[str, Any]:
    """Plain nested dicts of a dataclass instance, as `from_mapping` takes them; None is left out."""
    out: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        item = getattr(value, field.name)
        if dataclasses.is_dataclass(item):
            out[field.name] = to_mapping(item)
        elif item is not None:
            out[field.name] = list(item) if isinstance(item, tuple) else item
    return out


def parse_value(text: str) -> Any:
    """The TOML value `text` spells, or the text itself when it spells none: `1e-3`, `true`, `[1, 2]`, `rnn`."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def override(values: Mapping[str, Any], assignments: Sequence[str]) -> dict[str, Any]:
    """A copy of nested `values` with each `dotted.key=value` set. Raises UsageError for one without '='."""
    out: dict[str, Any] = json.loads(json.dumps(values))
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals or not key.strip():
            raise UsageError(
                f"'{assignment}' is no setting: write KEY=VALUE, for example training.learning_rate=1e-3."
            )
        *tables, name = key.strip().split(".")
        table = out
        for part in tables:
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                raise UsageError(f"'{key}' cannot be set: '{part}' is a value, not a table.")
        table[name] = parse_value(text.strip())
    return out


def read_toml(path: Path) -> dict[str, Any]:
    """The nested values of a TOML file. Raises UsageError naming file and line when it is none."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}.") from error


def write_toml(values: Mapping[str, Any]) -> str:
    """The TOML text of nested `values` (text, numbers, truth values, lists of those, and tables of them)."""
    lines: list[str] = []

    def table(items: Mapping[str, Any], path: str) -> None:
        plain = {k: v for k, v in items.items() if not isinstance(v, Mapping)}
        if path and (plain or not items):
            lines.extend(["", f"[{path}]"])
        lines.extend(f"{_key(key)} = {_toml(value)}" for key, value in plain.items())
        for key, value in items.items():
            if isinstance(value, Mapping):
                table(value, f"{path}.{_key(key)}" if path else _key(key))

    table(values, "")
    return "\n".join(lines).strip() + "\n"


def _key(name: str) -> str:
    """A key as TOML has it: quoted where it is more than letters, digits, _ and -."""
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _toml(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)

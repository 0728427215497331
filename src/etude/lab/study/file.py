"""study.toml: a study as a file, to be given instead of a recipe, extended and given again.

recipe = "folk"              # a name or a file
design = "one-at-a-time"     # ladder, factorial, search
seeds = 3
budget = "400 steps"         # seconds, minutes, flops
set = ["model.width=64"]     # of the baseline and all arms

[vary]
"training.learning_rate" = [1e-3, 3e-3]

[hypothesis]                 # by key, or by the name of an arm
"training.learning_rate" = "the recipe's rate is too high for so few updates"

[expected]
"training.learning_rate" = "lower"

[arm."wide and deep"]        # an arm written out; several settings need allow_multi = true
set = ["model.width=256"]

[planned."on all of folk"]   # shown with its date and status, not run
set = ["data.pieces=0"]
date = "2026-12-01"
status = "waits for a free weekend"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from etude.config import read_toml, write_toml
from etude.errors import UsageError
from etude.lab.study.plan import BASELINE, Budget, Design, Factor, Plan, Variant, text_of

NAME = "study.toml"
_PLAIN = {
    **{"title": str, "recipe": str, "data": str, "design": str, "seeds": int, "budget": str, "scaling": bool},
    **{"allow_multi": bool, "samples": int, "confirm": int, "trials": int},
}
_LISTS = ("set", "measures")
_TABLES = ("vary", "hypothesis", "expected", "arm", "planned")
_OF_ARMS = ("set", "beside", "hypothesis", "expected", "date", "status")


def is_study(path: Path) -> bool:
    """Whether a TOML file describes a study rather than a recipe."""
    return path.suffix == ".toml" and path.is_file() and ("vary" in (found := read_toml(path)) or "arm" in found)


def read_plan(path: Path) -> Plan:
    """The Plan in a file. Raises UsageError naming the key that is wrong."""
    values = read_toml(path)
    values.pop("format_version", None)
    _check_keys(path, values)
    if "recipe" not in values:
        raise UsageError(f"{path}: 'recipe' is missing: the recipe that the baseline is.")
    return _plan(values, path)


def _plan(values: Mapping[str, Any], path: Path) -> Plan:
    plain = {key: values[key] for key in _PLAIN if key in values and key not in ("budget", "recipe", "data")}
    words = {key: values.get(key, {}) for key in ("hypothesis", "expected")}
    factors = tuple(
        Factor(key, tuple(map(text_of, tried if isinstance(tried, list) else [tried])),
               **{word: told.get(key, "") for word, told in words.items()})
        for key, tried in values.get("vary", {}).items()
    )  # fmt: skip
    return Plan(
        recipe=_beside(path, values["recipe"]),
        factors=factors,
        budget=Budget.parse(values["budget"]) if "budget" in values else Budget(),
        settings=tuple(values.get("set", ())),
        measures=tuple(values.get("measures", ())),
        data=_beside(path, values["data"]) if "data" in values else None,
        own=tuple(_variants(values, words)),
        **plain,
    )


def _beside(path: Path, name: str) -> str:
    """A file named in the study, relative to the study; any other name as it is."""
    place = path.parent / name
    return str(place) if place.exists() and not Path(name).is_absolute() else name


def _variants(values: Mapping[str, Any], words: Mapping[str, Mapping[str, str]]) -> Iterator[Variant]:
    for table in ("arm", "planned"):
        for name, told in values.get(table, {}).items():
            unknown = [key for key in told if key not in _OF_ARMS]
            if unknown:
                raise UsageError(f"[{table}.\"{name}\"] has no key '{unknown[0]}'. Known: {', '.join(_OF_ARMS)}.")
            changes = dict(_assignment(name, text) for text in told.get("set", ()))
            date = str(told.get("date", "")) or ("some day" if table == "planned" else "")
            said = [str(told.get(word) or words[word].get(name, "")) for word in ("hypothesis", "expected")]
            yield Variant(
                name=name,
                changes=changes,
                beside=told.get("beside", BASELINE),
                factor=next(iter(changes), ""),
                hypothesis=said[0],
                expected=said[1],
                planned=date,
                status=told.get("status", "planned"),
            )


def _assignment(name: str, text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"The arm '{name}' sets '{text}': write KEY=VALUE.")
    return key.strip(), value.strip()


def _check_keys(path: Path, values: Mapping[str, Any]) -> None:
    known = [*_PLAIN, *_LISTS, *_TABLES]
    for key, value in values.items():
        if key not in known:
            raise UsageError(f"{path}: there is no key '{key}'. Known: {', '.join(known)}.")
        wanted = _PLAIN.get(key, list if key in _LISTS else dict)
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise UsageError(f"{path}: '{key}' must be a {wanted.__name__}, not {value!r}.")
    if values.get("design", "ladder") not in get_args(Design):
        raise UsageError(f"{path}: 'design' must be one of {', '.join(get_args(Design))}.")


def plan_text(plan: Plan) -> str:
    """The text of a study.toml that holds `plan`."""
    values: dict[str, Any] = {key: getattr(plan, key) for key in _PLAIN if key not in ("budget", "recipe", "data")}
    values |= {"recipe": plan.recipe, "set": list(plan.settings), "measures": list(plan.measures)}
    if plan.data is not None:
        values["data"] = plan.data
    if plan.budget.kind != "recipe":
        values["budget"] = f"{plan.budget.amount!r} {plan.budget.kind}"
    values = {key: value for key, value in values.items() if value not in (None, "", [])}
    values["vary"] = {one.key: _plain(one.values) for one in plan.factors}
    for word in ("hypothesis", "expected"):
        told = {one.key: getattr(one, word) for one in plan.factors if getattr(one, word)}
        values |= {word: told} if told else {}
    for one in plan.own:
        table = "planned" if one.planned else "arm"
        values.setdefault(table, {})[one.name] = _arm(one)
    return write_toml(values)


def _plain(values: tuple[str, ...]) -> list[Any]:
    from etude.config import parse_value

    return [parse_value(value) for value in values]


def _arm(one: Variant) -> dict[str, Any]:
    told = {"set": list(one.settings), "beside": one.beside, "hypothesis": one.hypothesis, "expected": one.expected}
    dated = {"date": one.planned, "status": one.status} if one.planned else {}
    return {key: value for key, value in (told | dated).items() if value}

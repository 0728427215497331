"""The text of docs/reference/settings.md, from the dataclasses of the rooms; `make docs` writes it.

What a setting does is said beside it in the code: by the comment of its line, or by its line of the docstring.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import re
from collections.abc import Iterator
from textwrap import dedent

import click

from etude import registry
from etude.lab.recipe import DataConfig, load_recipe, recipe_names
from etude.lab.trackers import TrackingConfig
from etude.models.config import ModelConfig
from etude.sampling import Sampling
from etude.training.config import TrainingConfig

LEAD = """# Settings

Written by `make docs` from the code. A recipe is a TOML file with these tables; `--set KEY=VALUE` changes one key,
and `etude config show RECIPE --origin` says where each value comes from. A key that is not here is refused, and the
nearest one is named."""

TABLES = (
    ("data", "Which music, and how it is varied while it is learned.", DataConfig),
    ("model", "The shape of the network.", ModelConfig),
    ("training", "How it is trained. Every position of a row is trained.", TrainingConfig),
    (
        "sampling",
        "How values are drawn when a run composes; options of `etude compose` come before them.",
        Sampling,
    ),
    ("tracking", "Who mirrors a training.", TrackingConfig),
)
KINDS = {
    **{"bool": "true or false", "int": "whole number", "float": "number", "str": "text", "None": "none"},
    "Time": "`performed`, `scored`",
}
TOLD = (
    ("encoding.conditions", '""', "what a piece is told before its first note: `key, meter, type, ...`"),
    ("encoding.composers", "[]", "with the condition `composer`: their names"),
    ("encoding.labels", "[]", "with the condition `label`: the first folders of the collection"),
)


@dataclasses.dataclass(frozen=True)
class Setting:
    """One key with its default and its type, as they stand in the code, and what it does."""

    name: str
    default: str
    kind: str
    says: str


def settings_of(cls: type) -> Iterator[Setting]:
    """The settings of a dataclass, in order."""
    source = dedent(inspect.getsource(cls))
    lines = source.splitlines()
    words = dict(_columns(cls.__doc__ or ""))
    (tree,) = ast.parse(source).body
    for node in tree.body if isinstance(tree, ast.ClassDef) else ():
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            comment = lines[(node.end_lineno or 1) - 1][node.end_col_offset or 0 :].partition("# ")[2]
            name = node.target.id
            yield Setting(name, _toml(node.value), ast.unparse(node.annotation), comment or words.get(name, ""))


def _columns(docstring: str) -> Iterator[tuple[str, str]]:
    """Name and words of a docstring's lines of the form `name   words`, with the lines that go on below."""
    pattern = r"^ {4}(\w+(?:, \w+)*)  +(\S.*(?:\n {8,}\S.*)*)"
    for names, words in re.findall(pattern, docstring, re.M):
        for name in names.split(", "):
            yield name, re.sub(r"\s+", " ", words).rstrip(".")


def reference() -> str:
    """Markdown with every setting of a recipe."""
    parts = [LEAD]
    for table, purpose, cls in TABLES:
        parts += [f"## {table}", purpose, _table(table, list(settings_of(cls)))]
    parts += ["## encoding", "`encoding.name` chooses one; the others are its own.", _told()]
    for name in registry.BUILT_IN["encodings"]:
        cls = registry.get("encodings", name)
        found = list(settings_of(cls))
        lead = _cells((cls.__doc__ or "").split("\n\n")[0].replace("\n", " "))
        parts += [f"### {name}", re.sub(r" +", " ", lead), *([_table("encoding", found)] if found else [])]
    parts += ["## Recipes that come with etude", _recipes()]
    return "\n\n".join(parts) + "\n"


def _table(table: str, settings: list[Setting]) -> str:
    rows = [
        f"| `{table}.{one.name}` | `{_cells(one.default)}` | {_kind(one.kind)} | {_cells(one.says)} |"
        for one in settings
    ]
    return "\n".join(["| setting | default | value | what it does |", "|---|---|---|---|", *rows])


def _told() -> str:
    rows = [f"| `{name}` | `{default}` | {says} |" for name, default, says in TOLD]
    return "\n".join(["| of any encoding | default | what it does |", "|---|---|---|", *rows])


def _recipes() -> str:
    rows = [f"| `{name}` | {load_recipe(name).purpose} |" for name in recipe_names()]
    return "\n".join(["| recipe | purpose |", "|---|---|", *rows])


def _toml(default: ast.expr) -> str:
    """A default as one writes it in a recipe."""
    value = ast.literal_eval(default)
    return "none" if value is None else json.dumps(value)


def _kind(annotation: str) -> str:
    """A type in words."""
    if choices := re.fullmatch(r"Literal\[(.*)\]", annotation):
        return ", ".join(f"`{word}`" for word in choices[1].replace("'", "").split(", "))
    annotation = re.sub(r"tuple\[(\w+), \.\.\.\]", r"list of \1s", annotation).replace(" | ", " or ")
    for code, word in KINDS.items():
        annotation = re.sub(rf"\b{code}(s?)\b", rf"{word}\1", annotation)
    return annotation


def _cells(text: str) -> str:
    """Text that does not end the cell of a table."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    click.echo(reference(), nl=False)

"""What the pages write as code exists: commands parse, options, settings, files and names of Python are there.

Nothing is run here. `experiments.md` and the decisions tell of their day and may name what is gone.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from pkgutil import resolve_name

import click
import pytest

from etude import registry
from etude.apps.cli.main import cli
from etude.apps.cli.reference_settings import TABLES, TOLD, settings_of
from etude.errors import UsageError
from etude.lab.critic.schooling import CriticSettings
from etude.lab.study.plan import ALIASES
from etude.lab.writing import check_kinds

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = "docs/coming-from.md"  # the first column of its tables has other programs' words
HISTORIES = ("docs/experiments.md", "docs/decisions")
SHELLS = {"", "bash", "console", "sh", "text"}
PREFIXES = "data|encoding|model|training|sampling|tracking"
FILES_LIKE_SETTINGS = {"model.etude", "model.onnx", "encoding.json", "model.json", "data.json"}


@dataclass(frozen=True)
class Code:
    """A piece of code on a page: a block with its language, or a span with "span"."""

    page: str
    line: int
    text: str
    language: str

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}: {self.text.splitlines()[0] if self.text else ''}"


def pages() -> list[Path]:
    """The pages that speak of the present."""
    found = [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("examples/*.md"),
        *ROOT.glob("notebooks/*.md"),
    ]
    names = {path.relative_to(ROOT).as_posix(): path for path in found if path.name != "CHANGELOG.md"}
    return [path for name, path in sorted(names.items()) if not name.startswith(HISTORIES)]


@cache
def codes(page: Path) -> list[Code]:
    """All code of a page, in order."""
    markdown = pytest.importorskip("markdown_it", reason="pages are read with markdown-it-py")
    name, found, column = page.relative_to(ROOT).as_posix(), [], 1
    for token in markdown.MarkdownIt().enable("table").parse(page.read_text("utf-8")):
        column = {"tr_open": 0, "td_close": column + 1, "table_close": 1}.get(token.type, column)
        if name == FOREIGN and token.type == "inline" and column == 0:
            continue  # words of other programs
        line = (token.map or [0])[0] + 1
        if token.type in ("fence", "code_block"):
            found.append(Code(name, line, token.content, token.info.strip()))
        found += [
            Code(name, line, one.content, "span") for one in token.children or () if one.type == "code_inline"
        ]
    return found


def all_codes() -> Iterator[Code]:
    for page in pages():
        yield from codes(page)


def commands(code: Code) -> Iterator[list[str]]:
    """The words of every call of etude in a block of a shell, or in a span."""
    text = re.sub(r"<<'(\w+)'\n.*?\n\1$", "", code.text, flags=re.S | re.M)  # what a program is given to read
    text = re.sub(r"(?<= )\[[^]]*\]", "", text) if code.language == "span" else text  # [--beside OTHER]
    for line in text.replace("\\\n", " ").splitlines():
        if "etude " not in f"{line} " or (code.language == "text" and not line.strip().startswith("etude ")):
            continue
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&<>")
        lexer.whitespace_split, lexer.commenters = True, "#"
        call: list[str] = []
        for word in [*lexer, ";"]:
            if word and set(word) <= set(";|&<>"):
                yield from called(call)
                call = []
            else:
                call.append(word)


def called(words: list[str]) -> Iterator[list[str]]:
    """What stands after `etude` where it is what is called."""
    while words and (words[0] == "$" or re.fullmatch(r"[A-Z_]+=.*", words[0])):
        words = words[1:]
    if words and Path(words[0]).name == "etude":
        yield words[1:]


def parse(words: list[str], mention: bool = False) -> click.Context | None:
    """The context that the words make, nothing run. A mention may leave out what is required and write N for it."""
    context, command = click.Context(cli, info_name="etude"), cli
    rest = [word for word in words if word != "..."]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        command = command.resolve_command(context, rest)[1] or command
        rest = rest[1:]
    if mention and not rest:
        return None
    try:
        return command.make_context("etude", rest, parent=context)
    except click.MissingParameter:
        if not mention:
            raise
    except click.BadParameter as error:
        if not (mention and re.search(r"'[A-Z]+'", error.message)):
            raise
    except click.exceptions.Exit:
        pass  # --help, --version
    return None


@cache
def settings() -> frozenset[str]:
    """Every dotted key that a recipe may set."""
    found = set(ALIASES)
    found |= {f"{table}.{one.name}" for table, _, cls in TABLES for one in settings_of(cls)}
    for name in registry.BUILT_IN["encodings"]:
        found |= {f"encoding.{one.name}" for one in settings_of(registry.get("encodings", name))}
    of_the_tutorial = {"model.smoothing"}  # the plugin that docs/plugins/tutorial.md builds
    return frozenset(found | {name for name, _, _ in TOLD} | {"encoding.name"} | of_the_tutorial)


def problem(words: list[str], mention: bool = False) -> str:
    """What is wrong with a call; "" when nothing is."""
    try:
        context = parse(words, mention)
    except (click.UsageError, click.BadParameter) as error:
        return error.format_message()
    given = context.params if context else {}
    known = (
        {field.name for field in fields(CriticSettings)} if words[0] == "critic" else settings() | {"prompt", "KEY"}
    )
    for assignment in (*(given.get("settings") or ()), *(given.get("factors") or ())):
        if (key := str(assignment).partition("=")[0]) not in known:
            return f"There is no setting {key}."
    try:
        check_kinds(str(given.get("format") or given.get("kinds") or "mid").split(","))
    except UsageError as error:
        return str(error)
    return ""


def test_every_command_parses() -> None:
    seen, wrong = 0, []
    for code in all_codes():
        if code.language not in SHELLS and not (code.language == "span" and code.text.startswith("etude ")):
            continue
        for words in commands(code):
            seen += 1
            if said := problem(words, mention=code.language == "span"):
                wrong.append(f"{code.where}: etude {' '.join(words)}: {said}")
    assert not wrong, "\n".join(wrong)
    assert seen > 200


@cache
def source(room: str = "") -> str:
    """The code of a room, or of all."""
    return "\n".join(path.read_text() for path in (ROOT / "src" / "etude" / room).rglob("*.py"))


@cache
def options() -> frozenset[str]:
    """Every option of every command."""
    found = {"--help", "--version"} | set(re.findall(r'"(--[a-z-]+)"', source("testing")))  # programs of their own

    def look(command: click.Command, context: click.Context) -> None:
        for parameter in command.params:
            found.update(parameter.opts + parameter.secondary_opts)
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                look(command.get_command(context, name) or command, context)

    look(cli, click.Context(cli))
    return frozenset(found)


def exists(path: str, page: str) -> bool:
    """Whether a file that a page names is there: from the top, beside the page, or a module of the package."""
    path = path.partition("::")[0].rstrip("/")
    folders = (ROOT, (ROOT / page).parent, ROOT / "src" / "etude", ROOT / "src")
    return any(list(folder.glob(path)) for folder in folders) or any(ROOT.glob(f"src/etude/**/{path}"))


def resolves(name: str) -> bool:
    """Whether a dotted name can be had: a module, what it holds, a group of entry points, a key of a file."""
    if name.removeprefix("etude.") in registry.KINDS or f'"{name}"' in source():
        return True
    try:
        resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def spans(pattern: str) -> Iterator[tuple[Code, str]]:
    for code in all_codes():
        if code.language == "span" and (found := re.fullmatch(pattern, code.text)):
            yield code, found[1]


def check(found: Iterator[tuple[Code, str]], known: Callable[[Code, str], bool], least: int) -> None:
    every = list(found)
    wrong = [f"{code.where}: {name}" for code, name in every if not known(code, name)]
    assert not wrong, "\n".join(wrong)
    assert len(every) >= least, "the pattern finds nothing any more"


def test_every_option_named_alone_exists() -> None:
    check(spans(r"(--[a-z][a-z-]*)\b.*"), lambda _, name: name in options(), 30)


def test_every_setting_exists() -> None:
    pattern = re.compile(rf"(?<![\w./-])(?:{PREFIXES})\.[a-z_]+\b(?!\.)")
    written = (code for code in all_codes() if code.language != "python")
    found = ((code, name) for code in written for name in pattern.findall(code.text))
    check(found, lambda _, name: name in settings() or name in FILES_LIKE_SETTINGS, 40)


def test_every_file_named_exists() -> None:
    check(
        spans(r"((?:src|docs|tests|examples|notebooks|\.ci)/[\w./*:-]+|[\w/]+\.py)"),
        lambda code, name: (
            exists(name, code.page) or f"# {name}\n" in "".join(c.text for c in codes(ROOT / code.page))
        ),
        10,
    )


def test_every_name_of_python_exists() -> None:
    pattern = re.compile(r"(?<![\w./'\"-])etude(?:\.[A-Za-z_]\w*)+")
    found = ((code, name) for code in all_codes() for name in pattern.findall(code.text))
    check(found, lambda _, name: resolves(name), 20)


def test_every_import_in_python_exists() -> None:
    for code in all_codes():
        if code.language != "python":
            continue
        for node in ast.walk(ast.parse(code.text)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "etude":
                for name in node.names:
                    assert resolves(f"{node.module}.{name.name}"), f"{code.where}: {node.module}.{name.name}"


def test_every_room_has_its_page() -> None:
    rooms = {path.parent.name for path in (ROOT / "src" / "etude").glob("*/__init__.py")}
    assert {path.stem for path in ROOT.glob("docs/rooms/*.md")} == rooms | {"base"}
    for page in ROOT.glob("docs/rooms/*.md"):
        for heading in ("**Holds**", "**Refuses to know**", "**To add"):
            assert heading in page.read_text(), f"{page.name} does not say it: {heading}"


@pytest.mark.parametrize(
    "line",
    [
        "etude trian folk",
        "etude compose --cuont 3",
        "etude compose --count many",
        "etude runs shwo runs/mine",
        "cat tune.abc | etude continue - --bras 4",
        "etude train folk --set model.layesr=3",
        "etude study folk --vary training.rate=1,2 --seeds 3",
        "etude ingest my-tunes",
        "etude render tune.mid --format wav,aiff",
    ],
)
def test_what_is_wrong_is_found(line: str) -> None:
    (words,) = commands(Code("page", 1, line, "console"))
    assert problem(words)


def test_what_is_not_there_is_found() -> None:
    assert not resolves("etude.compsoe")
    assert not resolves("etude.testing.laws")
    assert not resolves("etude.Score.transposed")
    assert resolves("etude.Score.of")
    assert not exists("docs/nothing.md", "README.md")
    assert "--cuont" not in options()
    assert "model.layesr" not in settings()

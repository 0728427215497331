"""The rules of the house: who may import whom, how large things may grow, what `import etude` may load."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "etude"

FREE = {
    "errors",
    "limits",
    "registry",
    "config",
    "stepper",
    "files",
    "__init__",
}  # may be imported by all, import nothing
MAY_IMPORT = {
    "score": set(),
    "formats": {"score"},
    "encodings": {"score", "formats"},
    "data": {"score", "formats", "encodings"},
    "models": set(),
    "training": {"models"},
    "engine": set(),
    "sampling": {"encodings", "score"},
    "evaluation": {"score", "encodings", "data"},
    "render": {"score", "formats"},
    "live": {"score"},
    "lab": {
        *("score", "formats", "encodings", "data", "models", "training", "engine", "sampling"),
        *("evaluation", "render", "live"),
    },
    "apps": {
        *("score", "formats", "encodings", "data", "models", "training", "engine", "sampling"),
        *("evaluation", "render", "live", "lab"),
    },
    "testing": {
        *("score", "formats", "encodings", "data", "models", "training", "engine", "sampling"),
        *("evaluation", "render", "live", "lab"),
    },
}

# path, or path:function -> why it may pass the limit
ALLOWED_TO_BE_LONG: dict[str, str] = {
    "score/score.py:of": "the one constructor of a Score: one keyword a table",
    "evaluation/likelihood.py:likelihood": "one keyword for each unit that music is measured in",
}


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def imported_rooms(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "etude" else [f"etude.{alias.name}" for alias in node.names]
        for name in names:
            if name.startswith("etude."):
                yield node.lineno, name.split(".")[1]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_rooms_import_only_what_they_may(path: Path) -> None:
    room = room_of(path)
    if room in FREE and room != "__init__":
        allowed = FREE
    elif room == "__init__" or room == "__main__":
        return  # the front door resolves names lazily
    else:
        allowed = MAY_IMPORT[room] | FREE | {room}
    for line, other in imported_rooms(path):
        assert other in allowed, (
            f"{path.relative_to(SOURCE)}:{line}: {room} imports {other}; it may import {allowed}"
        )


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_and_functions_stay_small(path: Path) -> None:
    name = str(path.relative_to(SOURCE))
    text = path.read_text()
    if name not in ALLOWED_TO_BE_LONG:
        assert len(text.splitlines()) <= 300, f"{name} has {len(text.splitlines())} lines; split it"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef):
            public = [n for n in node.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
            assert len(public) <= 12, f"{name}: class {node.name} has {len(public)} public methods"
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        where = f"{name}:{node.name}"
        if where in ALLOWED_TO_BE_LONG:
            continue
        lines = (node.end_lineno or 0) - node.lineno + 1
        assert lines <= 40, f"{where} has {lines} lines"
        arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
        count = len([a for a in arguments if a.arg not in ("self", "cls")])
        decorated = any("command" in ast.unparse(d) or "option" in ast.unparse(d) for d in node.decorator_list)
        assert count <= 6 or decorated, f"{where} takes {count} parameters"


def test_public_functions_say_what_they_return() -> None:
    for path in modules():
        tree = ast.parse(path.read_text())
        if path.name != "__init__.py" or path.read_text().strip():
            assert ast.get_docstring(tree), f"{path.relative_to(SOURCE)} has no module docstring"
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path.relative_to(SOURCE)}: {node.name} has no docstring"


def test_import_etude_loads_nothing_heavy() -> None:
    code = "import sys, etude; print([m for m in ('torch', 'numpy', 'onnxruntime', 'symusic') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_no_loader_can_run_a_strangers_code() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                assert ast.unparse(node) not in {"pickle.load", "pickle.loads", "torch.load", "yaml.load"}, path
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert ast.unparse(node.value) == "False", path

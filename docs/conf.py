"""How the site is built: `make docs`, or `sphinx-build -W -n -c docs . build/site` from the top of the repository.

The pages are those one reads in the repository. The list of pages in docs/README.md is the navigation: each of its
headings becomes a part of the contents, each link under it a page there. A page that nobody lists is an error.
"""

import re
from importlib import import_module
from pathlib import Path

import etude

project, author, version = "etude", "The etude authors", etude.__version__
project_copyright = "The etude authors, Apache-2.0"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "docs/README"
include_patterns = ["*.md", "docs/**", "examples/*.md", "notebooks/*.md"]
exclude_patterns = [".*", "build", "demo", "runs", "scratch", "src", "tests"]
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # links between docstrings are a courtesy

html_theme, html_title = "furo", f"etude {version}"
html_static_path = ["site/static"]
html_css_files = ["etude.css"]
html_extra_path = ["site/start"]
html_copy_source = html_show_sphinx = False

myst_heading_anchors = 3
default_role = "code"  # of docstrings: `name` is code
autodoc_member_order, autodoc_typehints_format = "bysource", "short"
autodoc_type_aliases = {name: name for name in ("ArrayLike", "NDArray", "Steps", "Table")}
autodoc_default_options = {"members": True, "imported-members": True}

TOP = Path(__file__).resolve().parents[1]


def toctree(lines, *options):
    return "\n".join(["", "```{toctree}", *(f":{option}" for option in options), "", *lines, "```", ""])


def contents(text):
    """The text of docs/README.md with a table of contents after each of its headings."""
    head, *parts = re.split(r"(?m)^## ", text)
    for part in parts:
        caption = part.partition("\n")[0]
        pages = re.findall(r"\]\(([\w./-]+\.md)\)", part)
        head += f"## {part}" + toctree(pages, "hidden:", f"caption: {caption}")
    return head


def add_contents(app, name, source):
    if app.tags.has("quick") and name == "docs/reference/python":
        source[0] = "# Python"  # reading all docstrings imports torch, which takes longer than all the rest
    elif name == root_doc:
        source[0] = contents(source[0])
    elif name == "docs/decisions/README":
        source[0] += toctree(["*"], "glob:")
    elif any((TOP / name).glob("*.md")):  # plugins.md and the pages of plugins/
        source[0] += toctree([f"{(TOP / name).name}/*"], "glob:", "hidden:")


def laid_out(app, what, name, it, options, lines):
    """Docstrings are plain text: paragraphs with columns or indented lines keep their layout, stars are stars."""
    paragraphs = "\n".join(lines).strip("\n").split("\n\n")
    lines[:] = "\n\n".join(map(paragraph, paragraphs)).splitlines()


def paragraph(text):
    if re.search(r"\S {2,}\S|^ ", text, re.M):
        return "::\n\n" + re.sub(r"(?m)^", "    ", text)
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(piece if piece.startswith("`") else re.sub(r"([*|_])", r"\\\1", piece) for piece in pieces)


def look_up(app):
    """Rooms find their names when they are first asked for: they are asked for all of them."""
    for room in () if app.tags.has("quick") else (TOP / "src" / "etude").glob("*/__init__.py"):
        module = import_module(f"etude.{room.parent.name}")
        vars(module).update({name: getattr(module, name) for name in getattr(module, "__all__", ())})


def setup(app):
    app.connect("builder-inited", look_up)
    app.connect("autodoc-process-docstring", laid_out)
    app.connect("source-read", add_contents)
    return {"parallel_read_safe": True}

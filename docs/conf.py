"""How the site is built: `make docs`, or `sphinx-build -W -n -c docs . build/site` from the top of the repository.

The pages are those one reads in the repository. The list of pages in docs/README.md is the navigation: each of its
headings becomes a part of the contents, each link under it a page there. A page that nobody lists is an error.
"""

import re

import etude

project, author, version = "etude", "The etude authors", etude.__version__
project_copyright = "The etude authors, Apache-2.0"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "docs/README"
include_patterns = ["*.md", "docs/**", "examples/*.md", "notebooks/*.md"]
exclude_patterns = [".*", "build", "demo", "runs", "scratch", "src", "tests"]
nitpicky = True

html_theme, html_title = "furo", f"etude {version}"
html_static_path = ["site/static"]
html_css_files = ["etude.css"]
html_extra_path = ["site/start"]
html_copy_source = html_show_sphinx = False

myst_heading_anchors = 3
default_role = "code"  # of docstrings: `name` is code
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "imported-members": True}

FOLDERS = {"docs/decisions/README": "Decisions"}  # pages that list all others of their folder


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
    if name == root_doc:
        source[0] = contents(source[0])
    elif name in FOLDERS:
        source[0] += toctree(["*"], "glob:")


def setup(app):
    app.connect("source-read", add_contents)
    return {"parallel_read_safe": True}

"""Does what a page offers to download work where nothing else of the course is?"""

from __future__ import annotations

import ast
import json
import re
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.pipeline.bundle import NAME
from tests.book.chapters import BOOK, ROOT, TOPICS, cells, pages, source
from tests.pipeline.environments import Environment

EXECUTED = [page for page in pages() if "\nkernelspec:" in source(page)[:500]]

# Runs in an environment of its own.
EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300).execute()
nbformat.write(notebook, sys.argv[2])
"""


def imports(code: str) -> set[str]:
    """The top names of all modules that a text imports."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("page", EXECUTED)
def test_an_executed_page_can_be_downloaded(html: Path, page: str) -> None:
    """Is there a notebook with the page's cells and helpers, and a link to it?"""
    text = (html / "book" / f"{page}.html").read_text(encoding="utf-8")
    assert f'href="../_downloads/notebooks/{page}.zip" download' in text
    with zipfile.ZipFile(html / "_downloads" / "notebooks" / f"{page}.zip") as file:
        found = {Path(name).name: file.read(name).decode() for name in file.namelist()}
        assert {Path(name).parts[0] for name in file.namelist()} == {page}
    notebook = json.loads(found.pop(f"{page}.ipynb"))
    code = [
        "".join(cell["source"]).strip()
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]
    assert code == [cell.code.strip() for cell in cells(source(page))]
    recorded = {"project": {"ablation.jsonl", "config.toml", "ledger.jsonl"}}
    assert set(found) == {
        "README.txt",
        "requirements.txt",
        "lab.py",
        "replicas.py",
        "tuned.mplstyle",
        *recorded.get(page, ()),
    }


@pytest.mark.parametrize("page", EXECUTED)
def test_a_downloaded_notebook_asks_for_all_that_it_imports(
    extensions, page: str
) -> None:
    """Is each package that a page or a helper imports among those it is sent with?"""
    pins = extensions["notebooks"].requirements(ROOT).splitlines()
    asked = {pin.split("==")[0] for pin in pins}
    named = {"myst_nb": "myst-nb", "sklearn": "scikit-learn"}
    helpers = {
        path.stem: path.read_text(encoding="utf-8") for path in BOOK.glob("*.py")
    }
    code = [cell.code for cell in cells(source(page))] + list(helpers.values())
    imported = {top for text in code for top in imports(text)} - set(helpers)
    # IPython comes with what runs a notebook.
    wanted = imported - sys.stdlib_module_names - {"IPython"}
    assert {named.get(top, top) for top in wanted} <= asked


@pytest.mark.parametrize("page", ["index", "project"])
def test_a_downloaded_notebook_runs_alone(
    html: Path, tmp_path: Path, page: str
) -> None:
    """Does a page run in an empty folder, with the packages it names and no others?"""
    with zipfile.ZipFile(html / "_downloads" / "notebooks" / f"{page}.zip") as file:
        file.extractall(tmp_path)
    folder = tmp_path / page
    packages = (folder / "requirements.txt").read_text(encoding="utf-8").split()
    environment = Environment(tmp_path / "environment")
    environment.link([*packages, "ipykernel", "nbclient"])
    environment.install(folder / "requirements.txt")
    environment.python("-c", EXECUTE, f"{page}.ipynb", "done.ipynb", cwd=folder)
    done = json.loads((folder / "done.ipynb").read_text(encoding="utf-8"))
    shown = [cell.get("outputs") for cell in done["cells"]]
    assert any("image/png" in str(outputs) for outputs in shown)


def test_the_assignments_come_with_what_they_need(html: Path) -> None:
    """Do the links lead to a file with the grader, and the project's package?"""
    name = f"{NAME}.zip"
    for page in ("assignments", "project", "using"):
        text = (html / "book" / f"{page}.html").read_text(encoding="utf-8")
        assert f'download href="../_downloads/{name}"' in text
    with zipfile.ZipFile(html / "_downloads" / name) as file:
        held = {path.removeprefix(f"{NAME}/") for path in file.namelist()}
    assert {f"assignments/{topic}/{topic}.ipynb" for topic in TOPICS} <= held
    assert "assignments/project/project/recipe.py" in held
    assert {"README.md", "requirements.txt", "requirements-project.txt"} <= held
    assert any(path.endswith(".whl") for path in held)


def test_no_page_offers_a_notebook_that_cannot_run(html: Path) -> None:
    """Is every downloaded thing a ZIP file, with what it needs beside it?"""
    for page in pages():
        text = (html / "book" / f"{page}.html").read_text(encoding="utf-8")
        links = re.findall(r'href="([^"#]*_downloads/[^"]*)"', text)
        assert all(link.endswith(".zip") for link in links), page
        for link in links:
            assert (html / "book" / link).is_file(), link

"""A student's own code, in a form in which a new name or a new line is no difference.

What was released is taken away. Of the rest, comments, docstrings, annotations, layout
and the names that the code itself binds are dropped; what it computes with (functions
of NumPy, operators, numbers, keys) stays, one character a token.
"""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

LONGEST = 60_000  # characters of code in one piece; an honest answer has 2 000
TOKENS = 4_000
OWN = "cells of their own"
_BINS = 0xD000  # code points that are safe in a string, from 256 on
_LAYOUT = {tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.ENDMARKER}


class Released:
    """The code of an assignment as students get it."""

    def __init__(self, notebook: Mapping[str, Any]) -> None:
        self.places: set[str] = set()
        self._known: set[str] = set()
        self._bodies: dict[str, set[str]] = {}
        for place, source in _pieces(notebook, None):
            self.places.add(place)
            for statement in _parsed(source) or []:
                self._known.add(ast.dump(statement))
                if isinstance(statement, ast.FunctionDef):
                    body = self._bodies.setdefault(statement.name, set())
                    body.update(ast.dump(each) for each in statement.body)

    def own(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """What of ``statements`` was not released; of a given function, its body."""
        left: list[ast.stmt] = []
        for statement in statements:
            if ast.dump(statement) in self._known:
                continue
            if isinstance(statement, ast.FunctionDef):
                given = self._bodies.get(statement.name)
                if given is not None:
                    left += [s for s in statement.body if ast.dump(s) not in given]
                    continue
            left.append(statement)
        return left


def answers(
    notebook: Mapping[str, Any], released: Released
) -> tuple[dict[str, str], int]:
    """Each answer of ``notebook`` as a string of tokens, and how many were no Python.

    The keys are the names of the answers' cells; all cells that a student added are
    one piece, :data:`OWN`. A place at which nothing was added is left out.
    """
    found: dict[str, str] = {}
    unread = 0
    for place, source in _pieces(notebook, released.places):
        statements = _parsed(source)
        encoded = None if statements is None else encode(released.own(statements))
        if encoded is None:
            unread += 1
        elif encoded:
            found[place] = found.get(place, "") + encoded
    return found, unread


def encode(statements: list[ast.stmt]) -> str | None:
    """One character for each token of ``statements``; None if that is too much.

    >>> tree = [ast.parse(code).body for code in ("a = b + 1", "x=(y+1) # so")]
    >>> encode(tree[0]) == encode(tree[1])
    False
    >>> other = ast.parse("x=(b+1) # so").body
    >>> encode(tree[0]) == encode(other)
    True
    """
    kept = [statement for statement in statements if not _is_text(statement)]
    try:
        plain = _Plain(_bound(kept)).visit(ast.Module(kept, []))
        lines = io.StringIO(ast.unparse(ast.fix_missing_locations(plain)))
        tokens = [
            each.string if each.string.strip() else str(each.type)
            for each in tokenize.generate_tokens(lines.readline)
            if each.type not in _LAYOUT
        ]
    except (RecursionError, ValueError, tokenize.TokenError):
        return None
    if len(tokens) > TOKENS:
        return None
    return "".join(chr(256 + zlib.crc32(each.encode()) % _BINS) for each in tokens)


def _pieces(
    notebook: Mapping[str, Any], places: set[str] | None
) -> Iterable[tuple[str, str]]:
    """The name and source of each code cell that is not a check.

    Without ``places``, cells that students may not change are named as well: what they
    hold is released, too.
    """
    for cell in notebook.get("cells", []):
        if cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        text = source if isinstance(source, str) else "".join(source)
        about = cell.get("metadata", {}).get("nbgrader", {})
        if about.get("solution"):
            yield about["grade_id"], text
        elif places is None or not about:
            yield OWN, text


def _parsed(source: str) -> list[ast.stmt] | None:
    """The statements of a cell; None where it is no Python."""
    if len(source) > LONGEST:
        return None
    lines = (
        "" if line.lstrip().startswith(("%", "!")) else line
        for line in source.splitlines()
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a student's "\d" is no concern of ours
            return ast.parse("\n".join(lines)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _bound(statements: list[ast.stmt]) -> set[str]:
    """The names that the code gives: arguments, variables, functions."""
    names: set[str] = set()
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, ast.arg):
                names.add(node.arg)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
    return names


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


class _Plain(ast.NodeTransformer):
    """Gives every name that the code binds the same name; drops what only explains."""

    def __init__(self, bound: set[str]) -> None:
        self.bound = bound

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name("v", node.ctx) if node.id in self.bound else node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg, node.annotation = "v", None
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        node.name = "v"
        node.body = [s for s in node.body if not _is_text(s)] or [ast.Pass()]
        self.generic_visit(node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.name, node.returns = "v", None
        node.body = [s for s in node.body if not _is_text(s)] or [ast.Pass()]
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if node.value is None:
            return ast.Pass()
        self.generic_visit(node)
        return ast.Assign([node.target], node.value)

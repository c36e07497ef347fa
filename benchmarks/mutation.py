"""Every small change of a function's source: mutmut's operators and a few of our own.

mutmut changes numbers, operators, comparisons, strings, arguments, keywords and
assignments. What numerical code is got wrong by besides (an axis one too low, a sum
for a mean, a condition turned round, a line left out) is added here.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import libcst as cst
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation.file_mutation import Mutation, MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

from autograder.pipeline.release import BEGIN_SOLUTION, END_SOLUTION

SWAPPED = {
    "maximum": "minimum",
    "max": "min",
    "argmax": "argmin",
    "sum": "mean",
    "zeros": "ones",
    "zeros_like": "ones_like",
    "sin": "cos",
    "floor": "ceil",
    "any": "all",
    "var": "std",
    "random": "standard_normal",
}
SWAPPED |= {new: old for old, new in SWAPPED.items()}


@dataclass(frozen=True)
class Mutant:
    """A changed source, with the lines that were and those that are instead."""

    function: str
    source: str
    was: str
    now: str


@cache
def mutants(function: str, source: str) -> tuple[Mutant, ...]:
    """The mutants of the solution in ``source``, each different from all others.

    Only what lies between the marks of the solution is changed, where there are
    any; and never the words of an exception, which are anyone's own.
    """
    wrapper = MetadataWrapper(cst.parse_module(source))
    visitor = MutationVisitor(
        [*mutation_operators, *OPERATORS], IgnoredCode(set(), set(), set())
    )
    module = wrapper.visit(visitor)
    parents = wrapper.resolve(ParentNodeProvider)
    positions = wrapper.resolve(PositionProvider)
    first, last = _region(source)
    seen = {ast.dump(ast.parse(source))}
    found = []
    for mutation in visitor.mutations:
        place = positions.get(mutation.original_node)
        if place is None or not first < place.start.line < last:
            continue
        if _in_exception(mutation.original_node, parents):
            continue
        changed = _code(module, mutation)
        try:
            shape = ast.dump(ast.parse(changed))
        except SyntaxError:
            continue
        if shape not in seen:
            seen.add(shape)
            found.append(Mutant(function, changed, *_difference(source, changed)))
    return tuple(found)


def _code(module: cst.Module, mutation: Mutation) -> str:
    changed = module.deep_replace(mutation.original_node, mutation.mutated_node)
    assert isinstance(changed, cst.Module)
    return changed.code


def _region(source: str) -> tuple[int, int]:
    """The numbers of the lines between which the solution lies."""
    lines = [line.strip() for line in source.splitlines()]
    if BEGIN_SOLUTION not in lines:
        return 0, len(lines) + 1
    return lines.index(BEGIN_SOLUTION) + 1, lines.index(END_SOLUTION) + 1


def _in_exception(node: cst.CSTNode, parents: object) -> bool:
    assert hasattr(parents, "get")
    above: cst.CSTNode | None = node
    while above is not None:
        if isinstance(above, cst.Raise):
            return True
        above = parents.get(above)
    return False


def _difference(before: str, after: str) -> tuple[str, str]:
    changes = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    was = [line[2:].strip() for line in changes if line.startswith("- ")]
    now = [line[2:].strip() for line in changes if line.startswith("+ ")]
    return "\n".join(was), "\n".join(now)


# What mutmut does not change --------------------------------------------------------


def one_less(node: cst.BaseNumber) -> Iterator[cst.BaseExpression]:
    """Turn axis 1 into 0, and a factor 2 into 1; mutmut itself adds one."""
    if isinstance(node, (cst.Integer, cst.Float)):
        value = node.evaluated_value - 1
        number = cst.parse_expression(repr(abs(value)))
        if value >= 0:
            yield number
        else:
            bracket = {"lpar": [cst.LeftParen()], "rpar": [cst.RightParen()]}
            yield cst.UnaryOperation(cst.Minus(), number, **bracket)


def left_out(node: cst.SimpleStatementLine) -> Iterator[cst.SimpleStatementLine]:
    """Leave a line out."""
    is_text = (
        len(node.body) == 1
        and isinstance(node.body[0], cst.Expr)
        and isinstance(node.body[0].value, cst.BaseString)
    )
    if not is_text and not isinstance(node.body[0], cst.Pass):
        yield node.with_changes(body=[cst.Pass()])


def turned_round(node: cst.If | cst.While | cst.IfExp) -> Iterator[cst.CSTNode]:
    """Negate a condition."""
    test = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    yield node.with_changes(test=cst.UnaryOperation(cst.Not(), test))


def other_way(node: cst.ComparisonTarget) -> Iterator[cst.ComparisonTarget]:
    """Turn a comparison into its opposite; mutmut moves only the boundary."""
    opposite: dict[type, cst.BaseCompOp] = {
        cst.LessThan: cst.GreaterThan(),
        cst.GreaterThan: cst.LessThan(),
        cst.LessThanEqual: cst.GreaterThanEqual(),
        cst.GreaterThanEqual: cst.LessThanEqual(),
    }
    if type(node.operator) in opposite:
        yield node.with_changes(operator=opposite[type(node.operator)])


def another_function(node: cst.Attribute) -> Iterator[cst.Attribute]:
    """Take the maximum for the minimum, a sum for a mean."""
    if node.attr.value in SWAPPED:
        yield node.with_changes(attr=cst.Name(SWAPPED[node.attr.value]))


OPERATORS = [
    (cst.BaseNumber, one_less),
    (cst.SimpleStatementLine, left_out),
    (cst.If, turned_round),
    (cst.While, turned_round),
    (cst.IfExp, turned_round),
    (cst.ComparisonTarget, other_way),
    (cst.Attribute, another_function),
]

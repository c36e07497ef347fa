"""Do the package's own wrappers carry arrays to torch and back, and hide nothing?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder import examine
from benchmarks.solutions import modules, namespace, sources

STUB = "    ### BEGIN SOLUTION\n    {}\n    ### END SOLUTION\n"


def with_body(name: str, body: str) -> dict[str, Any]:
    """The checked functions, one of them with another body."""
    source = sources("project")[name]
    head = source[: source.index("    ### BEGIN SOLUTION")]
    return namespace("project", {name: head + STUB.format(body)})


def test_every_function_is_found_in_its_module() -> None:
    """Is there a source, with its marks, for each, and is it part of a module?"""
    for source in sources("project").values():
        assert source.startswith("def ")
        assert source.rstrip().endswith("### END SOLUTION")
        assert sum(source in text for text in modules("project").values()) == 1


def test_a_changed_function_is_changed_in_one_namespace_only() -> None:
    """Does the change reach what calls it, and is it gone in the next namespace?"""
    changed = with_body("gradient_norm", "return 7 * gradients[0].sum() ** 0")
    arrays = [np.array([3.0, 4.0])]
    assert changed["gradient_norm"](arrays) == 7
    assert namespace("project")["gradient_norm"](arrays) == 5


def test_numbers_are_plain() -> None:
    """Does a tensor of shape () come back as a float?"""
    functions = namespace("project")
    arrays = [np.array([3.0, 4.0]), np.zeros((2, 2))]
    assert type(functions["gradient_norm"](arrays)) is float
    assert type(functions["network_update_ratio"](arrays, arrays)) is float
    x, y = np.zeros((2, 3)), np.array([0, 2])
    assert type(functions["smoothed_loss"](x, y, 0.1)) is float


@pytest.mark.parametrize(
    "body",
    [
        "return 1.5",
        "return logits.detach().mean()",
        "return logits.mean().item()",
        "return logits.detach().numpy().mean()",
    ],
)
def test_a_loss_without_a_gradient_is_refused(body: str) -> None:
    """Is a loss from which nothing can be learned refused, and is it said why?"""
    verdict = examine("smoothed_loss", with_body("smoothed_loss", body), seed=0)
    assert not verdict.passed
    assert "lost its way back to the logits" in verdict.message


def test_a_loss_may_change_its_logits_in_place() -> None:
    """Does what training would allow pass here, too?"""
    body = (
        "logits -= logits.detach().max(1, keepdim=True).values\n"
        "    log_p = logits - logits.exp().sum(1, keepdim=True).log()\n"
        "    right = log_p[range(len(labels)), labels]\n"
        "    return -((1 - smoothing) * right + smoothing * log_p.mean(1)).mean()"
    )
    verdict = examine("smoothed_loss", with_body("smoothed_loss", body), seed=0)
    assert verdict.score == 1, str(verdict)


def test_a_monitor_that_changes_its_gradients_is_told() -> None:
    """Does the array show what was done to the tensor?"""
    body = (
        "gradients[0] *= 2\n"
        "    total = sum((g ** 2).sum() for g in gradients[1:])\n"
        "    return (total + (gradients[0] ** 2).sum() / 4) ** 0.5"
    )
    verdict = examine("gradient_norm", with_body("gradient_norm", body), seed=0)
    assert verdict.passed, str(verdict)
    assert verdict.score < 1
    assert "changed its argument gradients in place" in str(verdict)


@pytest.mark.parametrize("name", sorted(sources("project")))
def test_a_stub_is_told_through_the_wrapper(name: str) -> None:
    """Does the released body say that it is not written yet?"""
    functions = with_body(name, "raise NotImplementedError")
    verdict = examine(name, functions, seed=0)
    assert verdict.score == 0
    assert "not written yet" in verdict.message

"""Do the checks of the pooling kernels tell right from wrong, and say it well?"""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own convention

from autograder import examine
from autograder.checks import all_checks
from autograder.mistakes import variants_of

TOPIC = [name for name, check in all_checks().items() if check.topic == "pooling"]
SOLUTION = Path(__file__).parents[2] / "solutions" / "pooling.py"
KINDS = ["conv", "max_pool", "avg_pool"]


@pytest.fixture(scope="module")
def right() -> dict:
    """The functions of the assignment's solution, without its checks."""
    source = SOLUTION.read_text().replace("from autograder import check", "")
    cells = source.split("# %%")
    code = "".join(cell for cell in cells if "### BEGIN SOLUTION" in cell)
    namespace: dict = {"np": np}
    exec(code, namespace)
    return {name: namespace[name] for name in TOPIC}


def part(verdict, start: str):
    """The part whose name starts so."""
    return next(part for part in verdict.parts if part.name.startswith(start))


# Right functions ----------------------------------------------------------------------


def test_the_assignment_runs_and_passes(monkeypatch, capsys) -> None:
    """Does the solution run from top to bottom as a plain script, all checks right?"""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    import matplotlib.pyplot as plt

    plt.switch_backend("Agg")
    runpy.run_path(str(SOLUTION), run_name="__main__")
    plt.close("all")
    assert capsys.readouterr().out.count(": right\n") == len(TOPIC)


@pytest.mark.parametrize("name", TOPIC)
def test_the_solution_earns_everything(name: str, right: dict) -> None:
    """Is the solution worth every point, manners included, whatever the seed?"""
    for seed in range(5):
        assert examine(name, right, seed=seed).score == 1.0


def torch_pair(kind: str) -> dict:
    """The forward and backward functions in the words of PyTorch."""

    def tensors(*arrays):
        return [torch.tensor(array, requires_grad=True) for array in arrays]

    def conv_forward_naive(x, w, b, conv_param):
        leaves = tensors(x, w, b)
        stride, pad = conv_param["stride"], conv_param["pad"]
        out = F.conv2d(*leaves, stride=stride, padding=pad)
        return out.detach().numpy(), (leaves, out)

    def pool_forward(x, pool_param):
        leaves = tensors(x)
        sides = pool_param["pool_height"], pool_param["pool_width"]
        pool = F.max_pool2d if kind == "max_pool" else F.avg_pool2d
        out = pool(leaves[0], sides, pool_param["stride"])
        return out.detach().numpy(), (leaves, out)

    def backward(dout, cache):
        leaves, out = cache
        grads = torch.autograd.grad(out, leaves, torch.tensor(dout), retain_graph=True)
        arrays = tuple(grad.numpy() for grad in grads)
        return arrays if kind == "conv" else arrays[0]

    forward = conv_forward_naive if kind == "conv" else pool_forward
    return {f"{kind}_forward_naive": forward, f"{kind}_backward_naive": backward}


@pytest.mark.parametrize("kind", KINDS)
def test_pytorch_passes(kind: str) -> None:
    """Does the reference implementation of the field pass every core part?"""
    namespace = torch_pair(kind)
    for name in namespace:
        assert examine(name, namespace, seed=1).passed


@pytest.mark.parametrize("name", TOPIC)
def test_right_variants_are_never_refused(name: str) -> None:
    """Do right variants, single precision among them, pass over many seeds?"""
    forward = all_checks()[name].forward
    seeds = 10 if forward else 40
    for variant in variants_of(name):
        namespace = {name: variant.function, forward: variant.partner}
        for seed in range(seeds):
            verdict = examine(name, namespace, seed=10_000 + seed)
            assert verdict.passed, str(verdict)


# Manners ------------------------------------------------------------------------------


def test_other_rules_for_ties_pass_but_are_told(right: dict) -> None:
    """Does a mask, which pays every tied maximum in full, cost manners only?"""

    def every_maximum(dout, cache):
        x, param = cache
        height, width = param["pool_height"], param["pool_width"]
        dx = np.zeros_like(x)
        for n, c, i, j in np.ndindex(*dout.shape):
            rows = slice(i * param["stride"], i * param["stride"] + height)
            columns = slice(j * param["stride"], j * param["stride"] + width)
            window = x[n, c, rows, columns]
            dx[n, c, rows, columns] += (window == window.max()) * dout[n, c, i, j]
        return dx

    name = "max_pool_backward_naive"
    verdict = examine(name, right | {name: every_maximum}, seed=0)
    assert verdict.passed
    assert 0.9 <= verdict.score < 1
    assert part(verdict, "a tie goes").outcome == "failed"


@pytest.mark.parametrize("shape", [(1, -1), (-1, 1), (-1, 1, 1)])
def test_extra_axes_of_db_are_manners(shape: tuple, right: dict) -> None:
    """Does db of shape (1, F) pass, with a word about it?"""

    def backward(dout, cache):
        dx, dw, db = right["conv_backward_naive"](dout, cache)
        return dx, dw, db.reshape(shape)

    namespace = right | {"conv_backward_naive": backward}
    verdict = examine("conv_backward_naive", namespace, seed=0)
    assert verdict.passed
    assert verdict.score < 1
    assert "expected (4,)" in part(verdict, "db has the shape").message


@pytest.mark.parametrize("kind", ["max_pool", "avg_pool"])
def test_assert_instead_of_value_error_is_manners(kind: str, right: dict) -> None:
    """Does an assertion about the tiling, or none at all, cost manners only?"""
    name = f"{kind}_forward_naive"

    def asserting(x, pool_param):
        assert (x.shape[2] - pool_param["pool_height"]) % pool_param["stride"] == 0
        assert (x.shape[3] - pool_param["pool_width"]) % pool_param["stride"] == 0
        return right[name](x, pool_param)

    verdict = examine(name, {name: asserting}, seed=0)
    assert verdict.passed
    assert 0.9 <= verdict.score < 1
    assert "AssertionError" in part(verdict, "a window that does not").message


@pytest.mark.parametrize("kind", KINDS)
def test_changing_arguments_is_manners(kind: str, right: dict) -> None:
    """Is a function that overwrites x or dout told so, and passed all the same?"""
    for name in (f"{kind}_forward_naive", f"{kind}_backward_naive"):

        def untidy(first, *rest, own=right[name]):
            answer = own(first.copy(), *rest)
            first *= 0
            return answer

        verdict = examine(name, {**right, name: untidy}, seed=0)
        if name.endswith("forward_naive"):  # the cache holds a copy
            assert verdict.passed
        assert "in place" in part(verdict, "arguments are left").message


@pytest.mark.parametrize("kind", KINDS)
def test_double_precision_for_single_is_manners(kind: str, right: dict) -> None:
    """Is an output in float64 for images in float32 told, and passed?"""
    name = f"{kind}_forward_naive"

    def double(x, *rest):
        out, cache = right[name](x, *rest)
        return out.astype(np.float64), cache

    verdict = examine(name, {name: double}, seed=0)
    assert verdict.passed
    assert "float64" in part(verdict, "the dtype of x").message


# Repeatability ------------------------------------------------------------------------


@pytest.mark.parametrize("name", TOPIC)
def test_a_seed_repeats_and_another_differs(name: str, right: dict) -> None:
    """Does the same seed ask the same questions, and another seed others?"""

    def asked(seed: int) -> list:
        seen = []

        def spy(*arguments):
            seen.append(repr(arguments[0]))
            return right[name](*arguments)

        verdict = examine(name, {**right, name: spy}, seed=seed)
        assert verdict.seed == seed
        return seen

    assert asked(3) == asked(3)
    assert asked(3) != asked(4)

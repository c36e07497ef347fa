"""Do the checks of the gradients pass what is right, and pass it quickly?"""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own convention

from autograder import examine
from autograder.calling import Source
from autograder.checks import all_checks
from autograder.mistakes import variants_of
from autograder.oracles.gradients import (
    Affine,
    affine,
    eighths,
    either_sign,
    elementwise,
    labels,
    of_arrays,
    of_vectors,
    off_zero,
    point,
    product,
    relative_error,
    relu,
    softmax_gradient,
    softmax_loss,
    to_arrays,
)

TOPIC = [name for name, check in all_checks().items() if check.topic == "gradients"]
SOLUTION = Path(__file__).parents[2] / "solutions" / "gradients.py"


@pytest.fixture(scope="module")
def right() -> dict:
    """The functions of the assignment's solution, without its checks."""
    cells = SOLUTION.read_text().split("# %%")
    code = "".join(cell for cell in cells if "### BEGIN SOLUTION" in cell)
    namespace: dict = {"np": np}
    exec(code, namespace)
    return {name: namespace[name] for name in TOPIC}


def part(verdict, start: str):
    """The part whose name starts so."""
    return next(part for part in verdict.parts if part.name.startswith(start))


# The oracles --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_the_oracles_of_the_layers_agree_with_pytorch(seed: int) -> None:
    """Are the affine map, the ReLU and the loss those of the field's reference?"""
    rng = np.random.default_rng(seed)
    x, w, b = Affine((3, 2, 4), 5).draw(rng)
    linear = F.linear(torch.tensor(x).flatten(1), torch.tensor(w).T, torch.tensor(b))
    np.testing.assert_allclose(affine(x, w, b), linear)
    np.testing.assert_array_equal(relu(x), F.relu(torch.tensor(x)))
    for scale in (1.0, 1e4):
        logits = torch.tensor(scale * eighths(rng, (6, 4)), requires_grad=True)
        y = labels(rng, 6, 4, "int64")
        loss = F.cross_entropy(logits, torch.tensor(y))
        loss.backward()
        numbers = logits.detach().numpy()
        np.testing.assert_allclose(softmax_loss(numbers, y), loss.item(), rtol=1e-12)
        gradient = softmax_gradient(numbers, y)
        np.testing.assert_allclose(gradient, logits.grad, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("cases", [of_vectors, of_arrays, to_arrays, elementwise])
def test_differences_of_the_functions_approach_their_derivatives(cases) -> None:
    """Has each function a derivative, and do small and large steps tell apart?"""
    rng = np.random.default_rng(1)
    for f, shape in cases(rng):
        x = point(rng, shape)
        out = np.shape(f.compiled()(x))
        df = rng.standard_normal(out)
        fine, coarse = (product(f, x, df, h) for h in (1e-5, 1e-4))
        np.testing.assert_allclose(fine, coarse, rtol=0, atol=1e-5 * abs(fine).max())


def test_the_central_difference_of_a_cubic_is_known() -> None:
    """Is it a (3 x^2 + h^2), at any h?"""
    x = np.array([1.0, -2.0])
    for h in (0.5, 0.1, 1e-3):
        got = product(Source("lambda x: 2 * x ** 3"), x, np.array([1.0, 10.0]), h)
        expected = 2 * (3 * x**2 + h * h) * [1, 10]
        np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_the_relative_error_is_between_0_and_1() -> None:
    """Does the oracle know the extremes, and the floor?"""
    ones = np.ones((2, 3))
    assert relative_error(ones, ones) == 0
    assert relative_error(ones, -ones) == 1
    assert relative_error(np.zeros(3), np.array([0, 0, 5e-9])) == 0.5


def test_inputs_are_what_the_parts_rely_on() -> None:
    """Do signs occur together, classes all, and no number inside a stencil?"""
    rng = np.random.default_rng(0)
    for _ in range(200):
        x = off_zero(rng, (3, 3))
        assert np.abs(x).min() > 0.01
        dout = either_sign(rng, x)
        for side in (x > 0, x < 0):
            assert set(np.sign(dout[side])) == {-1.0, 1.0}
        assert set(labels(rng, 7, 5, "uint8")) == set(range(5))
        shifted = eighths(rng, (4, 3)) + 1e4
        assert np.array_equal(shifted, shifted.astype(np.float32))


# Right functions ----------------------------------------------------------------------


def test_the_assignment_runs_and_passes(monkeypatch, capsys) -> None:
    """Does the solution run from top to bottom as a plain script, all checks right?"""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    import matplotlib.pyplot as plt

    plt.switch_backend("Agg")
    runpy.run_path(str(SOLUTION), run_name="__main__")
    plt.close("all")
    printed = capsys.readouterr().out
    assert printed.count(": right\n") == len(TOPIC)
    # What the student works out on paper.
    for answer in ("[5. 1.]", "[6. 1.]", "[513.  12.]", "0.5\n", "[21.5]", "20000.0"):
        assert answer in printed
    assert "loss 1.0397  dx [-0.25  0.25] [-0.375  0.375]" in printed


@pytest.mark.parametrize("name", TOPIC)
def test_the_solution_earns_everything(name: str, right: dict) -> None:
    """Is the solution worth every point, manners included, whatever the seed?"""
    for seed in range(10):
        assert examine(name, right, seed=seed).score == 1.0


@pytest.mark.parametrize("name", TOPIC)
def test_right_variants_are_never_refused(name: str) -> None:
    """Do right variants, single precision among them, pass over many seeds?"""
    forward = all_checks()[name].forward
    for variant in variants_of(name):
        namespace = {name: variant.function, forward: variant.partner}
        for seed in range(20):
            verdict = examine(name, namespace, seed=10_000 + seed)
            assert verdict.passed, str(verdict)


def test_pytorch_passes() -> None:
    """Does the reference implementation of the field pass every core part?"""

    def layer(function):
        def forward(*arrays):
            leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
            out = function(*leaves)
            return out.detach().numpy(), (leaves, out)

        return forward

    def backward(dout, cache):
        leaves, out = cache
        grads = torch.autograd.grad(out, leaves, torch.tensor(dout), retain_graph=True)
        arrays = tuple(grad.numpy() for grad in grads)
        return arrays if len(arrays) > 1 else arrays[0]

    def softmax_loss(x, y):
        leaf = torch.tensor(x, requires_grad=True)
        loss = F.cross_entropy(leaf, torch.tensor(y.astype(np.int64)))
        loss.backward()
        return loss.item(), leaf.grad.numpy()

    namespace = {
        "affine_forward": layer(lambda x, w, b: F.linear(x.flatten(1), w.T, b)),
        "affine_backward": backward,
        "relu_forward": layer(F.relu),
        "relu_backward": backward,
        "softmax_loss": softmax_loss,
    }
    for name in namespace:
        for seed in range(3):
            verdict = examine(name, namespace, seed=seed)
            assert verdict.passed, str(verdict)


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_any_slope_at_zero_is_right(slope: float, right: dict) -> None:
    """Does every subgradient of the ReLU at 0 earn everything?"""

    def backward(dout, cache):
        return dout * np.heaviside(cache, slope)

    verdict = examine("relu_backward", right | {"relu_backward": backward}, seed=0)
    assert verdict.score == 1


@pytest.mark.parametrize("number", [float, np.float32, np.array, np.atleast_2d])
def test_a_number_may_come_in_many_forms(number, right: dict) -> None:
    """Do a float, a NumPy scalar and arrays of one entry pass for a number?"""

    def error(x, y):
        return number(right["relative_error"](x, y))

    def loss(x, y):
        value, dx = right["softmax_loss"](x, y)
        return number(value), dx

    for name, function in (("relative_error", error), ("softmax_loss", loss)):
        verdict = examine(name, {name: function}, seed=0)
        assert verdict.passed
        assert (verdict.score == 1) == (number is not np.atleast_2d)


# Manners ------------------------------------------------------------------------------


@pytest.mark.parametrize("h", [1e-3, 1e-4, 1e-6])
def test_another_default_step_is_manners(h: float, right: dict) -> None:
    """Does a sane default other than the contract's pass, with a word about it?"""
    one, many = right["numerical_gradient"], right["numerical_gradient_array"]
    namespace = {
        "numerical_gradient": lambda f, x, h=h: one(f, x, h),
        "numerical_gradient_array": lambda f, x, df, h=h: many(f, x, df, h),
    }
    for name in namespace:
        verdict = examine(name, namespace, seed=0)
        assert verdict.passed, str(verdict)
        assert 0.9 <= verdict.score < 1
        assert "h=1e-5" in part(verdict, "the default step").message


def test_answers_that_move_with_x_are_manners(right: dict) -> None:
    """Is a difference of two views of x told, and passed all the same?"""

    def without_copies(f, x, df, h=1e-5):
        grad = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            kept = x[index]
            x[index] = kept + h
            above = f(x)
            x[index] = kept - h
            grad[index] = np.sum((above - f(x)) * df) / (2 * h)
            x[index] = kept
        return grad

    name = "numerical_gradient_array"
    verdict = examine(name, {name: without_copies}, seed=0)
    assert verdict.passed
    assert verdict.score < 1
    assert "keep a copy" in part(verdict, "f may return").message


def test_db_of_shape_1_by_m_is_manners(right: dict) -> None:
    """Does db with its axis kept pass, with a word about it?"""

    def backward(dout, cache):
        dx, dw, db = right["affine_backward"](dout, cache)
        return dx, dw, db[None]

    namespace = right | {"affine_backward": backward}
    verdict = examine("affine_backward", namespace, seed=0)
    assert verdict.passed
    assert "expected (5,)" in part(verdict, "db has the shape").message


def test_dout_overwritten_is_manners(right: dict) -> None:
    """Is a ReLU that masks dout in place told so, and passed?"""

    def in_place(dout, cache):
        dout[cache <= 0] = 0
        return dout

    verdict = examine("relu_backward", right | {"relu_backward": in_place}, seed=0)
    assert verdict.passed
    assert 0.9 <= verdict.score < 1
    assert "dout in place" in part(verdict, "arguments are left").message


# Repeatability ------------------------------------------------------------------------


@pytest.mark.parametrize("name", TOPIC)
def test_a_seed_repeats_and_another_differs(name: str, right: dict) -> None:
    """Does the same seed ask the same questions, and another seed others?"""

    def asked(seed: int) -> list:
        seen = []

        def spy(*arguments):
            seen.extend(repr(a) for a in arguments if isinstance(a, np.ndarray))
            return right[name](*arguments)

        verdict = examine(name, {**right, name: spy}, seed=seed)
        assert verdict.seed == seed
        return seen

    assert asked(3) == asked(3)
    assert asked(3) != asked(4)

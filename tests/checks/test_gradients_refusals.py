"""Do the checks of the gradients refuse what is wrong, and fairly?"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from autograder import examine
from autograder.checks import all_checks
from autograder.mistakes import mistakes_of, variants_of

TOPIC = [name for name, check in all_checks().items() if check.topic == "gradients"]
BACKWARD = [name for name in TOPIC if name.endswith("_backward")]


def right_pair(name: str) -> dict:
    """A right function of that name, with its forward partner if it has one."""
    variant = variants_of(name)[0]
    forward = all_checks()[name].forward
    return {name: variant.function} | ({forward: variant.partner} if forward else {})


def known(name: str, function: str):
    """The known mistake ``function`` in ``name``."""
    return next(m.function for m in mistakes_of(name) if m.name == function)


def refused(name: str, function) -> None:
    """The function is refused whatever the seed, beside a right partner."""
    for seed in range(3):
        verdict = examine(name, right_pair(name) | {name: function}, seed=seed)
        assert not verdict.passed, str(verdict)


# Wrong values -------------------------------------------------------------------------


def planted(answer, plant):
    """The answer with ``plant`` applied to each number or array in it in turn."""
    if isinstance(answer, tuple):
        for place, item in enumerate(answer):
            if isinstance(item, (np.ndarray, np.floating, float)):
                yield (*answer[:place], plant(item), *answer[place + 1 :])
    else:
        yield plant(answer)


def one_entry(value):
    """The largest entry wrong by a thousandth of it."""
    array = np.array(value, dtype=np.float64)
    array.flat[np.abs(array).argmax()] *= 1.001
    return array


PLANTS = {
    "scaled": lambda value: 1.001 * value,
    "one entry": one_entry,
    "sign": lambda value: -value,
    "shift": lambda value: value + 1e-3 * np.abs(value).max(),
    "NaN": lambda value: value * np.nan,
    "transposed": lambda value: np.swapaxes(value, -1, -2) if np.ndim(value) > 1 else 0,
}
RETURNED = {"affine_backward": 3, "softmax_loss": 2}


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("name", TOPIC)
def test_a_planted_error_is_refused(name: str, plant: str) -> None:
    """Is each returned array refused when something small or large is wrong in it?"""
    namespace = right_pair(name)
    for place in range(RETURNED.get(name, 1)):

        def wrong(*arguments, place=place):
            answers = planted(namespace[name](*arguments), PLANTS[plant])
            return next(itertools.islice(answers, place, None))

        verdict = examine(name, namespace | {name: wrong}, seed=7)
        assert not verdict.passed
        assert "StopIteration" not in str(verdict)


# Doing nothing ------------------------------------------------------------------------

NOTHING = {
    "None": lambda *_: None,
    "input and None": lambda first, *_: (first, None),
    "input": lambda first, *_: first,
    "second": lambda *given: given[1] if len(given) > 1 else given[0],
    "ones": lambda *given: np.ones_like(given[-1]),
    "one": lambda *_: 1,
    "zero": lambda *_: 0.0,
    "zero and zeros": lambda first, *_: (0.0, np.zeros_like(first)),
    "empty tuple": lambda *_: (),
    "three inputs": lambda first, *_: (first, first, first),
}


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize("name", TOPIC)
def test_doing_nothing_earns_nothing(name: str, nothing: str) -> None:
    """Is a function that does nothing worth nothing, with any forward partner?"""
    namespace = right_pair(name) | {name: NOTHING[nothing]}
    assert examine(name, namespace, seed=0).score == 0
    forward = all_checks()[name].forward
    for partner in NOTHING.values() if forward else ():
        verdict = examine(name, namespace | {forward: partner}, seed=0)
        assert verdict.score == 0
        assert verdict.note == ""


# Misbehavior --------------------------------------------------------------------------


def crash(*_):
    """End the process, or try to."""
    raise SystemExit(3)


def recurse(*arguments):
    """Call itself without end."""
    return recurse(*arguments)


class Liar(np.ndarray):
    """An array that claims to equal anything."""

    def __sub__(self, other):
        return np.zeros_like(other)


MISBEHAVIOR = {
    "list": (lambda *_: [[1.0]], "expected"),
    "generator": (lambda *_: (i for i in range(9)), "generator"),
    "string": (lambda *_: "dx", "str"),
    "objects": (lambda *_: np.array([None, "a"], dtype=object), ""),
    "complex": (lambda *_: np.ones((2, 3), dtype=complex), ""),
    "many": (lambda *_: (1, 2, 3, 4, 5), ""),
    "exit": (crash, "SystemExit"),
    "recursion": (recurse, "RecursionError"),
    "key": (lambda *_: {}["stride"], "KeyError"),
    "liar": (lambda *_: np.zeros((2, 3)).view(Liar), ""),
    "wrong arguments": (lambda: None, "TypeError"),
    "not written": (lambda *_: (_ for _ in ()).throw(NotImplementedError), "not writ"),
}


@pytest.mark.parametrize("kind", MISBEHAVIOR)
@pytest.mark.parametrize("name", TOPIC)
def test_misbehavior_is_a_readable_verdict(name: str, kind: str) -> None:
    """Does whatever a function does end in a failed verdict that says what it was?"""
    function, word = MISBEHAVIOR[kind]
    verdict = examine(name, right_pair(name) | {name: function}, seed=0)
    assert not verdict.passed
    assert verdict.score == 0
    assert word in verdict.message
    assert verdict.message.startswith(f"{name}: not right yet (0%)")


# What rarely shows --------------------------------------------------------------------

ONE = right_pair("numerical_gradient")["numerical_gradient"]
MANY = right_pair("numerical_gradient_array")["numerical_gradient_array"]
ERROR = right_pair("relative_error")["relative_error"]
SOFTMAX = right_pair("softmax_loss")["softmax_loss"]


def steps_forgotten_by_recursion(f, x, h=1e-5):
    """Right for vectors; for more axes it calls itself without h."""
    if x.ndim == 1:
        return ONE(f, x, h)
    rows = []
    for i in range(len(x)):

        def of_row(row, i=i):
            moved = x.copy()
            moved[i] = row
            return f(moved)

        rows.append(steps_forgotten_by_recursion(of_row, x[i].copy()))
    return np.array(rows)


def default_required(f, x, h):
    """Has no default step."""
    return ONE(f, x, h)


def left_at_zero(f, x, h=1e-5):
    """Loses the sign of a zero."""
    grad = ONE(f, x, h)
    x += 0.0
    return grad


def rounded_to_single(f, x, h=1e-5):
    """Rounds x to single precision on the way."""
    return ONE(f, x.astype(np.float32), h)


def four_points(f, x, h=1e-5):
    """A difference of higher order: not the one that was asked for."""
    return (4 * ONE(f, x, h) - ONE(f, x, 2 * h)) / 3


def step_bounded(f, x, h=1e-5):
    """Uses h only as far as a thousandth."""
    return ONE(f, x, min(h, 1e-3))


@pytest.mark.parametrize(
    "function",
    [
        steps_forgotten_by_recursion,
        default_required,
        left_at_zero,
        rounded_to_single,
        four_points,
        step_bounded,
        lambda f, x, h=1.0: ONE(f, x, h),
        lambda f, x, h=1e-13: ONE(f, x, h),
        lambda f, x, h=1e-5: np.abs(ONE(f, x, h)),
        lambda f, x, h=1e-5: ONE(f, x, h).ravel(),
    ],
)
def test_flaws_of_a_numerical_gradient_are_refused(function) -> None:
    """Are flaws that show at some steps, shapes or bits only found, at any seed?"""
    refused("numerical_gradient", function)


def first_of_its_kind(function, kind):
    """The function, which answers as it first did for inputs of the same ``kind``."""
    known: dict = {}

    def remembering(*given):
        return known.setdefault(kind(*given), function(*given))

    return remembering


def test_memory_of_a_numerical_gradient_is_refused() -> None:
    """Is an answer refused that an earlier point of the same f or shape was given?"""
    for kind in (lambda f, x, *_: (f, *x.shape), lambda f, *_: f):
        refused("numerical_gradient", first_of_its_kind(ONE, kind))
        refused("numerical_gradient_array", first_of_its_kind(MANY, kind))
    last: list = []

    def once_more(f, x, h=1e-5):
        if not last or last[0].shape != x.shape:
            last[:] = [ONE(f, x, h)]
        return last[0]

    refused("numerical_gradient", once_more)


def no_small_differences(f, x, h=1e-5):
    """Takes differences of less than 1e-9 for none."""
    grad = ONE(f, x, h)
    return np.where(np.abs(grad) * 2 * h > 1e-9, grad, 0)


def test_flat_functions_have_slopes() -> None:
    """Is a gradient refused that takes small differences for none?"""
    refused("numerical_gradient", no_small_differences)


def no_default(f, x, df, h):
    """Has no default step."""
    return MANY(f, x, df, h)


@pytest.mark.parametrize(
    "function",
    [
        no_default,
        lambda f, x, df, h=1e-5: MANY(f, x, df, min(h, 1e-3)),
        lambda f, x, df, h=1e-5: MANY(f, x, np.abs(df), h),
        lambda f, x, df, h=1e-5: MANY(f, x, df / np.size(df), h),
        lambda f, x, df, h=1.0: MANY(f, x, df, h),
        lambda f, x, df, h=1e-5: np.squeeze(MANY(f, x, df, h)),
    ],
)
def test_flaws_of_a_vector_jacobian_product_are_refused(function) -> None:
    """Are flaws in the step, the upstream gradient or the shape found?"""
    refused("numerical_gradient_array", function)


def with_floor(floor: float):
    """A relative error with another floor."""

    def error(x, y):
        return np.max(np.abs(x - y) / np.maximum(floor, np.abs(x) + np.abs(y)))

    return error


@pytest.mark.parametrize(
    "function",
    [
        *(with_floor(floor) for floor in (0.8e-8, 1.5e-8, 1e-7, 1e-10)),
        lambda x, y: 2 * ERROR(x, y),
        lambda x, y: np.min(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y))),
        lambda x, y: np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x))),
        lambda x, y: np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(y))),
        lambda x, y: np.max(np.abs(x - y) / np.maximum(1e-8, x + y)),
        lambda x, y: np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)),
        lambda x, y: ERROR(x[:1], y[:1]),
        lambda x, y: min(ERROR(x, y), 0.5),
        lambda x, y: abs(np.max((x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)))),
        lambda x, y: np.median(np.abs(x - y) / (np.abs(x) + np.abs(y) + 1e-30)),
        lambda x, y: ERROR(x.astype(np.float32), y.astype(np.float32)),
        lambda x, y: ERROR(x, y) if ERROR(x, y) > 1e-6 else 0.0,
        lambda x, y: 0.0 if np.allclose(x, y) else ERROR(x, y),
        lambda x, y: round(float(ERROR(x, y)), 9),
    ],
)
def test_flaws_of_a_relative_error_are_refused(function) -> None:
    """Are other floors, divisors, signs and means found, whatever the seed?"""
    refused("relative_error", function)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.where(x > 1e-3, x, 0),
        lambda x: np.minimum(np.maximum(x, 0), 1000),
        lambda x: np.where(x > 0, x, 1e-3 * x),
        lambda x: np.where(x > -0.5, x, 0),
        lambda x: np.maximum(x, 1e-3),
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        lambda x: np.squeeze(np.maximum(x, 0)),
        lambda x: np.maximum(x.reshape(len(x), -1), 0),
        lambda x: x * (np.abs(x) > 0.5),
    ],
)
def test_flaws_of_a_relu_are_refused(function) -> None:
    """Are thresholds, leaks, clips and lost axes found, whatever the seed?"""
    refused("relu_forward", lambda x: (function(x), x))


@pytest.mark.parametrize(
    "function",
    [
        lambda dout, x: dout * (x > 1e-3),
        lambda dout, x: dout * (x > -1e-3),
        lambda dout, x: np.clip(dout, -1, 1) * (x > 0),
        lambda dout, x: dout * np.where(x > 0, 1, np.where(x == 0, 2, 0)),
        lambda dout, x: dout * np.where(x == 0, -0.5, x > 0),
        lambda dout, x: np.where(x == 0, 1, dout * (x > 0)),
        lambda dout, x: np.where(x == 0, np.nan, dout * (x > 0)),
        lambda dout, x: dout * (x > 0) * (x < 1e3),
        lambda dout, x: dout * np.sign(x),
    ],
)
def test_flaws_of_a_relu_gradient_are_refused(function) -> None:
    """Are thresholds, clips and slopes outside [0, 1] at 0 found?"""
    refused("relu_backward", function)


def first_mask(of_all: bool) -> dict:
    """A ReLU whose backward takes the first mask of all, or of its shape."""
    masks: list = []

    def forward(x):
        masks.append(x > 0)
        return np.maximum(x, 0), x

    def backward(dout, x):
        known = masks[:1] if of_all else masks
        for mask in known:
            if mask.shape == dout.shape:
                return dout * mask
        return dout * (x > 0)

    return {"relu_forward": forward, "relu_backward": backward}


@pytest.mark.parametrize("of_all", [True, False])
def test_a_relu_of_the_first_mask_is_refused(of_all: bool) -> None:
    """Is a backward that goes on with its first mask found, whatever the seed?"""
    for seed in range(5):
        namespace = first_mask(of_all)
        assert not examine("relu_backward", namespace, seed=seed).passed


def last_entry_lost(dout, x):
    """Forgets the last entry of all."""
    dx = dout * (x > 0)
    dx.flat[-1] = 0
    return dx


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("relu_forward", lambda x: (np.clip(x, 0, 1), x)),
        ("relu_backward", last_entry_lost),
        (
            "relative_error",
            lambda x, y: np.abs(x - y).max() / max(1e-8, abs(x).max() + abs(y).max()),
        ),
    ],
)
def test_what_is_no_known_mistake_gets_no_name(name: str, function) -> None:
    """Is a flaw that resembles a known one at some inputs named by no seed?"""
    for seed in range(30):
        verdict = examine(name, right_pair(name) | {name: function}, seed=seed)
        assert not verdict.passed
        assert verdict.misconception is None, seed


def remembered_elsewhere(backward: str, forward: str) -> dict:
    """A pair whose cache lives in a variable of its own, and holds the last call."""
    right, last = right_pair(backward), []

    def own_forward(*given):
        out, cache = right[forward](*given)
        last[:] = [cache]
        return out, None

    def own_backward(dout, _):
        return right[backward](dout, last[0])

    return {forward: own_forward, backward: own_backward}


@pytest.mark.parametrize("name", BACKWARD)
def test_a_cache_kept_between_calls_is_refused(name: str) -> None:
    """Is a backward that reads the last forward, whatever its cache, found?"""
    forward = all_checks()[name].forward
    namespace = remembered_elsewhere(name, forward)
    assert examine(forward, namespace, seed=0).passed
    verdict = examine(name, namespace, seed=0)
    assert not verdict.passed
    (failed,) = (part for part in verdict.parts if part.outcome == "failed")
    assert failed.name == "each call has a cache of its own"


def swapped(answer):
    """The three gradients in another order."""
    dx, dw, db = answer
    return dx, db, dw


@pytest.mark.parametrize(
    "change",
    [
        swapped,
        lambda answer: (np.squeeze(answer[0]), *answer[1:]),
        lambda answer: (answer[0], np.clip(answer[1], -1, 1), answer[2]),
        lambda answer: (answer[0] / len(answer[0]), *answer[1:]),
        lambda answer: (*answer[:2], np.abs(answer[2])),
        lambda answer: answer[:2],
    ],
)
def test_flaws_of_an_affine_gradient_are_refused(change) -> None:
    """Are swapped, clipped, squeezed, averaged and missing gradients found?"""
    right = right_pair("affine_backward")["affine_backward"]
    refused("affine_backward", lambda dout, cache: change(right(dout, cache)))


def naive(x, y):
    """The textbook's formula, without a care for large logits."""
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    n = np.arange(len(y))
    dx = p.copy()
    dx[n, y] -= 1
    return -np.log(p[n, y]).mean(), dx / len(y)


def clipped_logits(x, y):
    """Bounds the logits, so that nothing overflows."""
    return SOFTMAX(np.clip(x, -500, 500), y)


def shifted_by_the_minimum(x, y):
    """Takes off the wrong extreme."""
    return naive(x - x.min(axis=1, keepdims=True), y)


def in_bits(x, y):
    """The logarithm to the base 2."""
    loss, dx = SOFTMAX(x, y)
    return loss / np.log(2), dx


def tempered(x, y):
    """Adds a little to the divisor."""
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    p = powers / (powers.sum(axis=1, keepdims=True) + 1e-3)
    n = np.arange(len(y))
    dx = p.copy()
    dx[n, y] -= 1
    return -np.log(p[n, y]).mean(), dx / len(y)


def three_classes(x, y):
    """Knows how many classes there are."""
    return SOFTMAX(x[:, :3], np.minimum(y, 2))


def probabilities_capped(x, y):
    """Clips the probabilities before their logarithm."""
    shifted = np.exp(x - x.max(axis=1, keepdims=True))
    p = np.clip(shifted / shifted.sum(axis=1, keepdims=True), 1e-12, 1.0)
    loss = -np.log(p[np.arange(len(y)), y]).mean()
    return loss, SOFTMAX(x, y)[1]


@pytest.mark.parametrize(
    "function",
    [
        naive,
        clipped_logits,
        shifted_by_the_minimum,
        in_bits,
        tempered,
        three_classes,
        probabilities_capped,
        lambda x, y: SOFTMAX(x, np.zeros_like(y)),
        lambda x, y: SOFTMAX(x, y - 1),
        lambda x, y: SOFTMAX(x, np.sort(y)),
        lambda x, y: (SOFTMAX(x, y)[0], np.zeros_like(x)),
        lambda x, y: SOFTMAX(x, y)[::-1],
        lambda x, y: (SOFTMAX(x, y)[0] + 1e-3 * np.sum(x**2), SOFTMAX(x, y)[1]),
    ],
)
def test_flaws_of_a_softmax_loss_are_refused(function) -> None:
    """Are overflow, caps, constants, wrong labels and logarithms found?"""
    refused("softmax_loss", function)


# Messages -----------------------------------------------------------------------------


def test_a_message_says_call_answer_expectation_place_and_hint() -> None:
    """Does a failure tell the call, what came back, what was expected, where, why?"""
    verdict = examine(
        "numerical_gradient",
        {"numerical_gradient": known("numerical_gradient", "restored_by_arithmetic")},
        seed=0,
    )
    (failed, *_) = (part for part in verdict.parts if part.outcome == "failed")
    assert failed.message.startswith("numerical_gradient(f=lambda x: ")
    assert "left x[" in failed.message
    assert "; it was " in failed.message
    assert failed.message.endswith("Keep the entry's old value, and write that back")
    verdict = examine(
        "softmax_loss",
        {"softmax_loss": known("softmax_loss", "gradient_summed")},
        seed=0,
    )
    (failed, *_) = (part for part in verdict.parts if part.outcome == "failed")
    assert "softmax_loss(x (5, 7), y (5,)): dx[" in failed.message
    assert "every entry is 5 times the expected one" in failed.message


@pytest.mark.parametrize("name", BACKWARD)
def test_a_crashing_forward_is_named(name: str) -> None:
    """When forward crashes, does the backward's verdict say that it was forward?"""
    forward = all_checks()[name].forward
    verdict = examine(name, right_pair(name) | {forward: crash}, seed=0)
    assert not verdict.passed
    assert f"{forward}(" in verdict.message
    assert "SystemExit" in verdict.message


# Errors carried forward ---------------------------------------------------------------

AFFINE_BACK = right_pair("affine_backward")["affine_backward"]


def of_column_major(dout, cache):
    """The exact gradient of a layer that flattens in column-major order."""
    x, w, b = cache
    flat = x.reshape(len(x), -1, order="F")
    dx, dw, db = AFFINE_BACK(dout, (flat, w, b))
    return dx.reshape(x.shape, order="F"), dw, db


def of_no_bias(dout, cache):
    """The exact gradient of a layer that forgets b."""
    dx, dw, db = AFFINE_BACK(dout, cache)
    return dx, dw, 0 * db


def of_rectified(dout, cache):
    """The exact gradient of a layer that ends with a ReLU."""
    x, w, b = cache
    return AFFINE_BACK(dout * (x.reshape(len(x), -1) @ w + b > 0), cache)


@pytest.mark.parametrize(
    ("forward", "wrong", "exact"),
    [
        ("affine_forward", "column_major", of_column_major),
        ("affine_forward", "bias_forgotten", of_no_bias),
        ("affine_forward", "rectified", of_rectified),
        ("relu_forward", "leaky", lambda dout, x: np.where(x > 0, dout, 0.01 * dout)),
        ("relu_forward", "absolute", lambda dout, x: dout * np.sign(x)),
        ("relu_forward", "softplus", lambda dout, x: dout / (1 + np.exp(-x))),
        ("relu_forward", "minimum_taken", lambda dout, x: dout * (x < 0)),
        ("relu_forward", "clipped", lambda dout, x: dout * (x > 0) * (x < 6)),
    ],
)
def test_an_error_in_forward_is_charged_once(forward: str, wrong: str, exact) -> None:
    """Is the exact gradient of a wrong forward credited, and nothing less exact?"""
    function, backward = known(forward, wrong), forward.replace("forward", "backward")
    for seed in range(3):
        verdict = examine(backward, {forward: function, backward: exact}, seed=seed)
        assert verdict.passed, str(verdict)
        assert "charged there, once" in verdict.message

    def inexact(dout, cache):
        grads = exact(dout, cache)
        if isinstance(grads, tuple):
            return (1.001 * grads[0], *grads[1:])
        return 1.001 * grads

    verdict = examine(backward, {forward: function, backward: inexact}, seed=0)
    assert not verdict.passed
    assert verdict.note == ""


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (lambda x: (x, None), lambda dout, _: dout),
        (lambda x: (-2 * x + 1, None), lambda dout, _: -2 * dout),
        (lambda x: (0 * x, None), lambda dout, _: 0 * dout),
    ],
)
def test_a_linear_relu_is_not_carried(forward, backward) -> None:
    """Does the gradient of a forward that does nothing of a ReLU earn nothing?"""
    namespace = {"relu_forward": forward, "relu_backward": backward}
    verdict = examine("relu_backward", namespace, seed=0)
    assert verdict.score == 0
    assert verdict.note == ""


@pytest.mark.parametrize("kept", [0, 1])
def test_an_affine_map_that_ignores_an_argument_is_not_carried(kept: int) -> None:
    """Does the gradient of a forward that ignores x, or w, earn nothing but db?"""

    def forward(x, w, b):
        flat = x.reshape(len(x), -1)
        out = flat.sum(axis=1, keepdims=True) if kept == 0 else w.sum(axis=0)
        return out + b + np.zeros((len(x), len(b))), (x, w)

    def backward(dout, cache):
        grads = [np.zeros_like(each) for each in cache]
        if kept == 0:
            rest = (1,) * (cache[0].ndim - 1)
            grads[0] += dout.sum(axis=1).reshape(-1, *rest)
        else:
            grads[1] += dout.sum(axis=0)
        return *grads, dout.sum(axis=0)

    namespace = {"affine_forward": forward, "affine_backward": backward}
    verdict = examine("affine_backward", namespace, seed=0)
    assert not verdict.passed
    assert verdict.note == ""


@pytest.mark.parametrize("threshold", [-0.5, -1.0, -1.4])
def test_a_threshold_below_zero_is_never_taken_for_an_open_gate(threshold) -> None:
    """Is `x > -1` refused with the same score and no wrong name, whatever the seed?"""
    right = right_pair("relu_backward")
    forward = right["relu_forward"]

    def wrong(dout, cache):
        return dout * (cache > threshold)

    namespace = {"relu_forward": forward, "relu_backward": wrong}
    verdicts = [examine("relu_backward", namespace, seed=seed) for seed in range(20)]
    assert not any(verdict.passed for verdict in verdicts)
    assert {verdict.misconception for verdict in verdicts} == {None}
    assert len({verdict.score for verdict in verdicts}) == 1


def test_an_overflow_in_the_logarithm_has_a_name_in_other_words() -> None:
    """Is a sum over the batch named like the mean, though its zeros are rounded?"""

    def in_sums(x, y):
        rows = np.arange(len(y))
        loss = -np.sum(x[rows, y]) + np.sum(np.log(np.sum(np.exp(x), axis=1)))
        dx = np.exp(x)
        dx /= np.sum(dx, axis=1)[:, None]
        dx[rows, y] -= 1
        return loss / len(y), dx / len(y)

    for seed in range(4):
        verdict = examine("softmax_loss", {"softmax_loss": in_sums}, seed=seed)
        assert verdict.misconception == "overflowing_sum"

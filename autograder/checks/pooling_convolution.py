"""What is asked of the convolution kernels.

The layer is linear in x, in w and in b, so central differences of the definition in
:mod:`autograder.oracles.pooling` are exact to rounding. dx, dw and db are asked for
in parts of their own: one that is right earns its points beside one that is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.carrying import carried_through, own_forward
from autograder.checks.pooling import SMALL, own_output
from autograder.comparing import expect_close, expect_shape, number_array
from autograder.exam import Check, Exam
from autograder.gradients import expect_gradient, expect_gradient_along
from autograder.manners import expect_dtype, expect_untouched
from autograder.mishaps import Mismatch, hinting
from autograder.oracles.pooling import Array, Conv
from autograder.oracles.pooling_layers import (
    BARE,
    CONVS,
    OBLONG,
    POINTWISE,
    SAME,
    SQUARE_CONVS,
    STRIDED,
    WIDE,
    Draw,
    Group,
    drawn_conv,
    shifted,
)


def _weights(rng: np.random.Generator, layer: Conv) -> tuple[Array, Array]:
    return rng.standard_normal(layer.w_shape), shifted(rng, (layer.filters,))


conv_forward = Check.of(
    "conv_forward_naive(x, w, b, conv_param) -> out, cache", "pooling"
)


def _convolved(group: Group) -> Callable[[Exam], None]:
    def ask(exam: Exam) -> None:
        for layer in (*group.layers, drawn_conv(exam.rng, group.draw)):
            x = exam.rng.standard_normal(layer.shape)
            # No bias: a mistake about it is charged in its own part only.
            w, b = exam.rng.standard_normal(layer.w_shape), np.zeros(layer.filters)
            out = number_array(exam.call(x, w, b, layer.param)[0], "out")
            with hinting(group.hint):
                expect_close(out, layer.apply(x, w, b), "out")

    return ask


for _group in CONVS:
    conv_forward.part(_group.title, weight=_group.weight)(_convolved(_group))


@conv_forward.part("the bias")
def _(exam: Exam) -> None:
    for layer in (*SAME.layers, *OBLONG.layers, drawn_conv(exam.rng, STRIDED.draw)):
        x = exam.rng.standard_normal(layer.shape)
        w, b = _weights(exam.rng, layer)
        out = number_array(exam.call(x, w, b, layer.param)[0], "out")
        with hinting("Filter f adds b[f] to each of its outputs, once"):
            expect_close(out, layer.apply(x, w, b), "out")


@conv_forward.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    layer = OBLONG.layers[1]
    x = exam.rng.standard_normal(layer.shape)
    expect_untouched(exam, x, *_weights(exam.rng, layer), layer.param)


@conv_forward.manner("the dtype of x is kept")
def _(exam: Exam) -> None:
    layer = SAME.layers[0]
    x = exam.rng.standard_normal(layer.shape).astype(np.float32)
    w, b = (each.astype(np.float32) for each in _weights(exam.rng, layer))
    out, _ = exam.call(x, w, b, layer.param)
    expect_dtype(out, np.float32, "out")


conv_backward = Check.of(
    "conv_backward_naive(dout, cache) -> dx, dw, db",
    "pooling",
    forward="conv_forward_naive",
)
_PLACES = {"dx": 0, "dw": 1, "db": 2}


def _expect_gradients(
    exam: Exam, layer: Conv, whats: Sequence[str], hint: str, along: bool = False
) -> None:
    """Ask for the gradients ``whats`` of one layer: large ones along directions."""
    x = exam.rng.standard_normal(layer.shape)
    given = [x, *_weights(exam.rng, layer)]
    dout = shifted(exam.rng, layer.apply(*given).shape)
    _, cache = exam.forward(*given, layer.param)
    answer = exam.call(dout, cache)
    for what in whats:
        got = number_array(answer[_PLACES[what]], what)
        at = given[_PLACES[what]]
        loose = what == "db"
        with hinting(hint):
            if along or at.size > SMALL:
                f = _function_of(what, given, layer.apply)
                expect_gradient_along(
                    got, f, at, dout, what, exam.rng, loose_shape=loose
                )
            else:
                f, df = _one_by_one(what, given, layer.apply, dout)
                expect_gradient(got, f, at, df, what, loose_shape=loose, apart=True)


def _conv_gradient(
    what: str, layers: Sequence[Conv], draw: Draw, hint: str
) -> Callable[[Exam], None]:
    """A question about the gradient ``what`` of some layers and a drawn one."""

    def ask(exam: Exam) -> None:
        for layer in layers:
            _expect_gradients(exam, layer, [what], hint)
        drawn = drawn_conv(exam.rng, draw)
        _expect_gradients(exam, drawn, [what], hint, along=True)

    return ask


def _function_of(
    what: str, given: Sequence[Array], apply: Callable[..., Array]
) -> Callable[[Array], Array]:
    """``apply`` as a function of one of its arguments, the others as ``given``."""
    place = _PLACES[what]
    return lambda value: apply(*given[:place], value, *given[place + 1 :])


def _one_by_one(
    what: str, given: Sequence[Array], apply: Callable[..., Array], dout: Array
) -> tuple[Callable[[Array], Array], Array]:
    """``apply`` as a function of any number of images (dx) or filters (dw, db).

    The outputs, and ``dout``, have these along axis 0. Copies of all filters go with
    copies of all biases.
    """
    x, w, b = given
    if what == "dx":
        return (lambda x: apply(x, w, b)), dout

    def of_filters(w: Array, b: Array) -> Array:
        return apply(x, w, b).swapaxes(0, 1)

    f = {
        "dw": lambda w: of_filters(w, np.resize(b, len(w))),
        "db": lambda b: of_filters(np.resize(w, (len(b), *w.shape[1:])), b),
    }[what]
    return f, dout.swapaxes(0, 1)


# A function may raise where another would be silently wrong: db and dw are asked for
# at plain layers as far as can be, and only one part has layers without padding.
conv_backward.part("db")(
    _conv_gradient(
        "db",
        SAME.layers[1:],
        SAME.draw,
        "b[f] was added to every output of filter f: how many gradients reach it?",
    )
)
conv_backward.part("dw at stride 1", weight=2)(
    _conv_gradient(
        "dw",
        (SAME.layers[1], WIDE.layers[1]),
        WIDE.draw,
        "A weight was used at every output position of every image",
    )
)
conv_backward.part("dw with strides")(
    _conv_gradient("dw", STRIDED.layers, STRIDED.draw, STRIDED.hint)
)
conv_backward.part("dw with rectangular filters")(
    _conv_gradient("dw", OBLONG.layers, OBLONG.draw, OBLONG.hint)
)
for _group in (SAME, WIDE, STRIDED, OBLONG):
    conv_backward.part(f"dx: {_group.title}", weight=_group.weight)(
        _conv_gradient("dx", _group.layers, _group.draw, _group.hint)
    )


@conv_backward.part("dx: no padding, and dw of 1 × 1 filters", weight=2)
def _(exam: Exam) -> None:
    _conv_gradient("dx", BARE.layers[:2], BARE.draw, BARE.hint)(exam)
    hint = "A 1 × 1 filter weighs single pixels; there is nothing to pad"
    _expect_gradients(exam, POINTWISE, ["dx", "dw"], hint)


@conv_backward.manner("db has the shape (F,) of b", needs="db")
def _(exam: Exam) -> None:
    layer = SAME.layers[0]
    x = exam.rng.standard_normal(layer.shape)
    given = x, *_weights(exam.rng, layer)
    _, cache = exam.forward(*given, layer.param)
    _, _, db = exam.call(shifted(exam.rng, layer.apply(*given).shape), cache)
    expect_shape(number_array(db, "db"), (layer.filters,), "db")


@conv_backward.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    layer = SAME.layers[0]
    x = exam.rng.standard_normal(layer.shape)
    given = x, *_weights(exam.rng, layer)
    _, cache = exam.forward(*given, layer.param)
    expect_untouched(exam, shifted(exam.rng, layer.apply(*given).shape), cache)


@conv_backward.carried_forward
def _(exam: Exam) -> None:
    drawn = [drawn_conv(exam.rng, group.draw) for group in CONVS]
    fixed = [group.layers[0] for group in CONVS]

    def ask_about(layer: Conv) -> None:
        def own(*values: Array) -> Array:
            return own_output(own_forward(exam, *values, layer.param))

        x = exam.rng.standard_normal(layer.shape)
        given = [x, *_weights(exam.rng, layer)]
        out, cache = own_forward(exam, *given, layer.param)
        dout = shifted(exam.rng, own_output((out, cache)).shape)
        got = exam.call(dout, cache)
        for what, place in _PLACES.items():
            _expect_own_gradient(exam, what, got[place], own, given, dout)

    carried_through((*SQUARE_CONVS, *fixed, *drawn), ask_about)


def _expect_own_gradient(
    exam: Exam,
    what: str,
    got: Any,
    own: Callable[..., Array],
    given: Sequence[Array],
    dout: Array,
) -> None:
    """The gradient of the student's own forward, which makes use of its inputs."""
    expect_gradient_along(
        got,
        _function_of(what, given, own),
        given[_PLACES[what]],
        dout,
        what,
        exam.rng,
        directions=2 if what == "dx" else 1,
        loose_shape=what == "db",
    )
    if what != "db" and not np.any(number_array(got, what)):
        raise Mismatch("the forward function makes no use of its inputs")

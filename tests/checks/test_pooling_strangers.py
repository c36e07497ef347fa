"""Is what strangers wrote judged right: slips at rare layers, and honest crashes?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from autograder import examine
from autograder.mistakes import mistakes_of
from tests.checks.test_pooling_refusals import known, right_pair

SEEDS = range(3)
KINDS = ["max_pool", "avg_pool"]
RIGHT = {
    name: function
    for kind in (*KINDS, "conv")
    for name, function in right_pair(f"{kind}_backward_naive").items()
}
FIELD = right_pair("receptive_field")["receptive_field"]


def refused(name: str, function) -> None:
    """The function is refused whatever the seed, beside a right partner."""
    for seed in SEEDS:
        assert not examine(name, RIGHT | {name: function}, seed=seed).passed


def failed_parts(verdict) -> list[str]:
    """The names of the core parts that failed."""
    return [p.name for p in verdict.parts if p.core and p.outcome == "failed"]


# Slips at layers that are rarely tried ------------------------------------------------

AXES = {
    "rows": lambda param: param["stride"] < param["pool_height"],
    "columns": lambda param: param["stride"] < param["pool_width"],
    "both": lambda p: p["stride"] < min(p["pool_height"], p["pool_width"]),
}


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("kind", KINDS)
def test_adding_up_along_one_axis_only_is_refused(kind: str, axis: str) -> None:
    """Is a backward refused that assigns where it thinks that nothing overlaps?"""

    def backward(dout, cache):
        x, param = cache
        height, width, stride = (
            param[key] for key in ("pool_height", "pool_width", "stride")
        )
        dx = np.zeros_like(x)
        for i, j in np.ndindex(*dout.shape[2:]):
            rows = slice(i * stride, i * stride + height)
            columns = slice(j * stride, j * stride + width)
            window = x[:, :, rows, columns]
            share = (
                window == window.max(axis=(2, 3), keepdims=True)
                if kind == "max_pool"
                else np.full(window.shape, 1 / (height * width))
            )
            piece = share * dout[:, :, i, j][:, :, None, None]
            if AXES[axis](param):
                dx[:, :, rows, columns] += piece
            else:
                dx[:, :, rows, columns] = piece
        return dx

    refused(f"{kind}_backward_naive", backward)


WRONG_FIELDS = {
    "1 × 1 layers left out": lambda layers: FIELD([x for x in layers if x[0] > 1]),
    "stride at most the kernel": lambda ls: FIELD([(k, min(k, s)) for k, s in ls]),
    "stride at most 4": lambda ls: FIELD([(k, min(s, 4)) for k, s in ls]),
    "at most 255": lambda layers: min(FIELD(layers), 255),
    "eighteen layers": lambda layers: FIELD(layers[:18]),
}


@pytest.mark.parametrize("wrong", WRONG_FIELDS)
def test_a_field_wrong_at_rare_layers_is_refused(wrong: str) -> None:
    """Is a field refused that forgets 1 × 1 layers of stride 2, or caps something?"""
    refused("receptive_field", WRONG_FIELDS[wrong])


WHERE_DW_IS_WRONG = {
    "1 × 1": lambda w, param: w.shape[2:] == (1, 1),
    "5 × 5": lambda w, param: w.shape[2] == 5,
    "even sides": lambda w, param: w.shape[2] % 2 == w.shape[3] % 2 == 0,
    "rectangular, strided, padded": lambda w, param: (
        w.shape[2] != w.shape[3] and param["stride"] > 1 and param["pad"] > 0
    ),
}


@pytest.mark.parametrize("where", WHERE_DW_IS_WRONG)
def test_dw_wrong_for_one_kind_of_filter_is_refused(where: str) -> None:
    """Is dw refused that is right but for filters of one kind?"""

    def backward(dout, cache):
        dx, dw, db = RIGHT["conv_backward_naive"](dout, cache)
        return dx, 2 * dw if WHERE_DW_IS_WRONG[where](cache[1], cache[3]) else dw, db

    refused("conv_backward_naive", backward)


CUTS = {
    "sixth column": np.s_[:, :, :, 5:],
    "fourth image": np.s_[3:],
    "fourth channel": np.s_[:, 3:],
    "last of a square": None,
}


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("kind", [*KINDS, "conv"])
def test_an_output_cut_off_beyond_the_usual_size_is_refused(kind, cut: str) -> None:
    """Are more than five columns, three images and three channels asked for?"""
    name = f"{kind}_forward_naive"

    def forward(*arguments):
        out, cache = RIGHT[name](*arguments)
        if CUTS[cut] is not None:
            out[CUTS[cut]] = 0
        elif out.shape[2] == out.shape[3]:
            out = out.transpose(0, 1, 3, 2)
        return out, cache

    refused(name, forward)


@pytest.mark.parametrize("kind", [*KINDS, "conv"])
def test_an_answer_from_an_earlier_call_is_refused(kind: str) -> None:
    """Is a function refused that answers like layers with what it first found?"""
    name = f"{kind}_forward_naive"
    for seed in SEEDS:
        seen: dict = {}

        def forward(*arguments, seen=seen):
            key = repr([np.shape(each) or each for each in arguments])
            return seen.setdefault(key, RIGHT[name](*arguments))

        assert not examine(name, {name: forward}, seed=seed).passed


# Crashes ------------------------------------------------------------------------------


def raising(name: str, where):
    """The right forward function, but for an assertion that ``where`` is False."""

    def forward(*arguments):
        assert not where(*arguments), "not foreseen"
        return RIGHT[name](*arguments)

    return forward


def not_square(out) -> bool:
    """Whether an output has more columns than rows, or fewer."""
    return out.shape[2] != out.shape[3]


CONV_CRASHES = {
    "rectangular filters": lambda x, w, b, param: w.shape[2] != w.shape[3],
    "no padding": lambda x, w, b, param: param["pad"] == 0,
    "outputs that are not square": lambda *given: not_square(
        RIGHT["conv_forward_naive"](*given)[0]
    ),
}
POOL_CRASHES = {
    "rectangular windows": lambda x, p: p["pool_height"] != p["pool_width"],
    "outputs that are not square": lambda x, param: not_square(
        RIGHT["max_pool_forward_naive"](x, param)[0]
    ),
}
CRASHES = [("conv", where) for where in CONV_CRASHES.items()] + [
    (kind, where) for kind in KINDS for where in POOL_CRASHES.items()
]


@pytest.mark.parametrize(
    ("kind", "where"), CRASHES, ids=lambda v: v if isinstance(v, str) else v[0]
)
def test_a_forward_that_raises_somewhere_is_charged_once(kind: str, where) -> None:
    """Does a right backward earn its points beside a forward that raises at times?"""
    forward, backward = f"{kind}_forward_naive", f"{kind}_backward_naive"
    namespace = RIGHT | {forward: raising(forward, where[1])}
    for seed in SEEDS:
        assert not examine(forward, namespace, seed=seed).passed
        verdict = examine(backward, namespace, seed=seed)
        assert verdict.passed, str(verdict)
        assert "charged there, once" in verdict.note

    def scaled(dout, cache):
        grads = RIGHT[backward](dout, cache)
        if isinstance(grads, tuple):
            return tuple(1.001 * grad for grad in grads)
        return 1.001 * grads

    assert not examine(backward, namespace | {backward: scaled}, seed=0).passed


@pytest.mark.parametrize("kind", [*KINDS, "conv"])
def test_a_forward_that_hardly_answers_carries_nothing(kind: str) -> None:
    """Is nothing carried where forward answers once only, or not at a plain layer?"""
    forward, backward = f"{kind}_forward_naive", f"{kind}_backward_naive"
    plain = (2, 2, 4, 4)
    for where in (
        lambda x, *rest: x.shape == plain,
        lambda x, *rest: x.shape not in (plain, (1, 1, 2, 2)),
    ):
        namespace = RIGHT | {forward: raising(forward, where)}
        for seed in SEEDS:
            verdict = examine(backward, namespace, seed=seed)
            assert verdict.note == ""


def test_a_crash_costs_no_more_than_a_silent_error() -> None:
    """Do [pad:-pad] that raises and [pad:-pad] that is empty cost the same one part?"""
    name = "conv_backward_naive"
    for seed in SEEDS:
        verdicts = [
            examine(name, RIGHT | {name: known(name, crop)}, seed=seed)
            for crop in ("crop_empty_does_not_fit", "crop_empty_without_padding")
        ]
        for verdict in verdicts:
            (part,) = failed_parts(verdict)
            assert part.startswith("dx: no padding")
        assert verdicts[0].score == verdicts[1].score > 0.8


# What is said -------------------------------------------------------------------------


def test_the_hint_fits_the_layer() -> None:
    """Does who never pads x hear of padding or strides, not of rows and columns?"""

    def backward(dout, cache):
        x, w, b, param = cache
        dx, _, db = RIGHT["conv_backward_naive"](dout, cache)
        pad, border = param["pad"], np.zeros((*x.shape[:2], *dx.shape[2:]))
        border[:, :, : x.shape[2], : x.shape[3]] = x
        moved = np.pad(border, ((0, 0), (0, 0), (0, pad), (0, pad)))[:, :, pad:, pad:]
        _, dw, _ = RIGHT["conv_backward_naive"](dout, (moved, w, b, param))
        return dx, dw, db

    namespace = RIGHT | {"conv_backward_naive": backward}
    verdict = examine("conv_backward_naive", namespace, seed=0)
    parts = {part.name: part.message for part in verdict.parts}
    assert "'stride': 2" in parts["dw with strides"]
    assert "of the padded image" in parts["dw with strides"]
    assert "Rows go with" not in parts["dw with strides"]
    assert "Rows go with" in parts["dw with rectangular filters"]


def ending_in(error: Exception):
    """A forward function that ends in ``error`` at every call."""

    def forward(*arguments):
        raise error

    return forward


@pytest.mark.parametrize("kind", [*KINDS, "conv"])
def test_a_size_that_is_a_float_is_named(kind: str) -> None:
    """Is / for // named by what Python says of it, in range() as in np.zeros()?"""
    name = f"{kind}_forward_naive"
    (title,) = (m.title for m in mistakes_of(name) if m.name.endswith("is_a_float"))

    def ranging(x, *rest):
        return [None for _ in range(1 + (x.shape[2] - 1) / 1)]

    verdict = examine(name, {name: ranging}, seed=0)
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.title == title
    for error in (
        TypeError("forward() takes 2 positional arguments but 3 were given"),
        TypeError(),
        ValueError("'float' object cannot be interpreted as an integer"),
        NotImplementedError("'float' object cannot be interpreted as an integer"),
        AttributeError("module 'numpy' has no attribute 'int'"),
    ):
        assert examine(name, {name: ending_in(error)}, seed=0).diagnosis is None


def test_the_width_from_hh_is_named_as_most_people_write_it() -> None:
    """Is W_out from HH named when windows are added up image by image?"""

    def forward(x, w, b, conv_param):
        stride, pad = conv_param["stride"], conv_param["pad"]
        n_images, _, height, width = x.shape
        filters, _, hh, ww = w.shape
        h_out = 1 + (height + 2 * pad - hh) // stride
        w_out = 1 + (width + 2 * pad - hh) // stride
        padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        out = np.zeros((n_images, filters, h_out, w_out))
        for n in range(n_images):
            for f in range(filters):
                for i in range(h_out):
                    for j in range(w_out):
                        top, left = i * stride, j * stride
                        patch = padded[n, :, top : top + hh, left : left + ww]
                        out[n, f, i, j] = (patch * w[f]).sum() + b[f]
        return out, None

    for seed in range(10):
        verdict = examine(
            "conv_forward_naive", {"conv_forward_naive": forward}, seed=seed
        )
        assert verdict.misconception == "width_from_filter_height"


def test_a_slope_is_told_in_plain_words() -> None:
    """Is it said in plain words what was nudged and what came of it?"""

    def crooked(dout, cache):
        dx, dw, db = RIGHT["conv_backward_naive"](dout, cache)
        return dx, dw if cache[1].size < 170 else 2 * dw, db

    namespace = RIGHT | {"conv_backward_naive": crooked}
    message = examine("conv_backward_naive", namespace, seed=0).message
    assert "nudging w a little along a random direction changes the loss" in message
    assert "; your dw predicts " in message
    assert "central differences" not in message


def test_the_assignment_asks_for_its_manners() -> None:
    """Do the docstrings ask for the dtype of x and for the ValueError?"""
    source = (Path(__file__).parents[2] / "solutions" / "pooling.py").read_text()
    assert source.count("out keeps the dtype of x") == 3
    assert source.count("Raises ValueError, with a message, if the windows do not") == 2
    assert "extent" in source.split("def receptive_field")[1]

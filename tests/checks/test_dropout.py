"""Are the dropout kernels judged by the law of their masks, and nothing else?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from autograder import examine
from autograder.mistakes import dropout as known
from autograder.mistakes import dropout_connect, dropout_vanilla, variants_of
from autograder.oracles import masks
from autograder.oracles.dropout_connect import decode_weights, legible_affine
from autograder.statistics import ALPHA, Band, proportion

FORWARD, BACKWARD = "dropout_forward", "dropout_backward"
VANILLA, CONNECT = "vanilla_dropout_forward", "dropconnect_forward"
NAMES = [FORWARD, BACKWARD, VANILLA, CONNECT]

Function = Callable[..., Any]


def inverted(factor: Function = lambda p: 1 / p, keep: Function | None = None) -> Any:
    """Inverted dropout with a planted error in its factor or in its mask."""

    def forward(x: Any, dropout_param: dict[str, Any]) -> Any:
        p, rng = dropout_param["p"], np.random.default_rng(dropout_param.get("seed"))
        if dropout_param["mode"] == "test":
            return x, (dropout_param, None)
        kept = rng.random(x.shape) < p if keep is None else keep(rng, x, p)
        mask = kept * factor(p)
        return x * mask, (dropout_param, mask)

    return forward


def right_backward(dout: Any, cache: Any) -> Any:
    """The gradient by the stored mask."""
    return dout if cache[1] is None else dout * cache[1]


def correct(name: str) -> dict[str, Any]:
    """A right solution of the function and its partner."""
    variant = variants_of(name)[0]
    return {name: variant.function, FORWARD: variant.partner or variant.function}


# Right solutions ---------------------------------------------------------------------


def cs231n_forward(x: Any, dropout_param: dict[str, Any]) -> Any:
    """The layout of CS231n, seeding the global generator."""
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])  # noqa: NPY002
    mask = out = None
    if mode == "train":
        mask = (np.random.rand(*x.shape) < p) / p  # noqa: NPY002
        out = x * mask
    elif mode == "test":
        out = x
    return out.astype(x.dtype, copy=False), (dropout_param, mask)


def cs231n_backward(dout: Any, cache: Any) -> Any:
    """The layout of CS231n."""
    dropout_param, mask = cache
    if dropout_param["mode"] == "train":
        return dout * mask
    return dout


def torch_forward(x: Any, dropout_param: dict[str, Any]) -> Any:
    """PyTorch's own dropout, whose p is the probability of dropping."""
    if "seed" in dropout_param:
        torch.manual_seed(dropout_param["seed"])
    layer = torch.nn.Dropout(1 - dropout_param["p"])
    layer.train(dropout_param["mode"] == "train")
    inputs = torch.tensor(x, requires_grad=True)
    out = layer(inputs)
    return out.detach().numpy(), (inputs, out)


def torch_backward(dout: Any, cache: Any) -> Any:
    """PyTorch's own gradient."""
    inputs, out = cache
    return torch.autograd.grad(out, inputs, torch.tensor(dout))[0].numpy()


def asserting_forward(x: Any, dropout_param: dict[str, Any]) -> Any:
    """Asserts where the course wants a ValueError, and excludes p = 1."""
    assert 0 < dropout_param["p"] < 1
    return cs231n_forward(x, dropout_param)


def in_place_forward(x: Any, dropout_param: dict[str, Any]) -> Any:
    """Overwrites its argument, in single precision inside."""
    if dropout_param["mode"] == "train":
        uniform = np.random.default_rng(dropout_param.get("seed")).random(x.shape)
        x[uniform >= dropout_param["p"]] = 0
        x /= np.float32(dropout_param["p"])
    return x, {"x": x}


def torch_connect(x: Any, w: Any, b: Any, dropout_param: dict[str, Any]) -> Any:
    """A linear layer of PyTorch whose weight goes through its dropout."""
    training = dropout_param["mode"] == "train"
    weight = torch.nn.functional.dropout(
        torch.tensor(w), 1 - dropout_param["p"], training
    )
    out = torch.nn.functional.linear(torch.tensor(x), weight.T, torch.tensor(b))
    return out.numpy(), None


def blockwise_connect(x: Any, w: Any, b: Any, dropout_param: dict[str, Any]) -> Any:
    """One mask a sample, in single precision."""
    out = np.zeros((x.shape[0], w.shape[1]))
    for i, row in enumerate(x.astype(np.float32)):
        weight = w.astype(np.float32)
        if dropout_param["mode"] != "test":
            keep = np.random.default_rng().uniform(size=w.shape) <= dropout_param["p"]
            weight = weight * keep / np.float32(dropout_param["p"])
        out[i] = row.dot(weight)
    return out + b, [x, w]


@pytest.mark.parametrize(
    ("name", "namespace"),
    [
        (FORWARD, {FORWARD: cs231n_forward}),
        (FORWARD, {FORWARD: torch_forward}),
        (FORWARD, {FORWARD: asserting_forward}),
        (FORWARD, {FORWARD: in_place_forward}),
        (BACKWARD, {FORWARD: cs231n_forward, BACKWARD: cs231n_backward}),
        (BACKWARD, {FORWARD: torch_forward, BACKWARD: torch_backward}),
        (VANILLA, {VANILLA: dropout_vanilla.vanilla_without_a_seed}),
        (CONNECT, {CONNECT: torch_connect}),
        (CONNECT, {CONNECT: blockwise_connect}),
    ],
)
@pytest.mark.parametrize("seed", range(4))
def test_a_right_solution_by_someone_else_passes(
    name: str, namespace: dict[str, Any], seed: int
) -> None:
    """Does a right solution pass, however it is written and wherever it draws?"""
    verdict = examine(name, namespace, seed=seed)
    assert verdict.passed, str(verdict)
    assert verdict.score >= 0.9


@pytest.mark.parametrize("name", NAMES)
def test_a_right_solution_passes_on_300_seeds(name: str) -> None:
    """Does no seed in 300 raise the false alarm that should come once in 1e9?"""
    namespace = correct(name)
    failed = [s for s in range(300) if not examine(name, namespace, seed=s).passed]
    assert failed == []


# Errors declared ---------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_all_bands_of_a_check_share_one_false_alarm(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Do the alphas of all the bands that a check uses add up to at most 1e-9?"""
    used: list[float] = []

    def counting(*arguments: Any, **keywords: Any) -> Band:
        band = proportion(*arguments, **keywords)
        # A band over the slices of an axis is used once for each of them.
        slices = masks.EACH / band.alpha
        used.append(band.alpha * round(slices))
        return band

    monkeypatch.setattr(masks, "proportion", counting)
    assert examine(name, correct(name), seed=5).passed
    assert sum(used) <= ALPHA
    assert len(used) <= masks.BANDS
    assert bool(used) == (name != BACKWARD)


def keep_off_by(defect: float) -> Function:
    """A mask whose rate is off by ``defect``, upwards where p is low."""
    return lambda rng, x, p: (
        rng.random(x.shape) < (p + defect if p < 0.5 else p - defect)
    )


def neighbors_correlated(rho: float) -> Function:
    """A mask whose disjoint neighbors along the last axis correlate by ``rho``."""

    def keep(rng: np.random.Generator, x: Any, p: float) -> Any:
        kept = rng.random(x.shape) < p
        half = kept.shape[-1] // 2
        copied = rng.random((*kept.shape[:-1], half)) < rho
        first, second = kept[..., 0 : 2 * half : 2], kept[..., 1 : 2 * half : 2]
        kept[..., 1 : 2 * half : 2] = np.where(copied, first, second)
        return kept

    return keep


def test_a_rate_that_is_off_as_declared_is_refused_on_200_seeds() -> None:
    """Is the smallest declared defect of the rate refused on every one of 200 seeds?"""
    # The widest band over all p that a check draws (p = 0.4, both signs) declares it.
    defect = proportion(120_000, 0.4, "share", masks.EACH).detects
    assert defect < 0.021
    forward = inverted(keep=keep_off_by(defect))
    for seed in range(200):
        assert not _passes_part(forward, "units are kept with probability p", seed)


def test_a_correlation_as_declared_is_refused_on_200_seeds() -> None:
    """Is the smallest declared dependence refused on every one of 200 seeds?"""
    detects = {
        p: proportion(60_000, p * p, "pairs", masks.EACH).detects for p in (0.6, 0.75)
    }
    rho = max(detects[p] / (p * (1 - p)) for p in detects)
    assert rho < 0.15
    forward = inverted(keep=neighbors_correlated(rho))
    for seed in range(200):
        assert not _passes_part(forward, "every unit draws for itself", seed)


def _passes_part(forward: Function, title: str, seed: int) -> bool:
    """Only this part of the check, for speed."""
    from autograder.calling import LocalCallee
    from autograder.checks.dropout import inverted_forward as check
    from autograder.exam import Exam
    from autograder.mishaps import Mismatch

    exam = Exam(
        check, {FORWARD: LocalCallee(forward)}, {FORWARD: check.signature}, seed
    )
    number = [aspect.title for aspect in check.aspects].index(title)
    try:
        exam.ask(check.aspects[number], number)
    except Mismatch:
        return False
    return True


@pytest.mark.parametrize("p", [0.25, 0.317, 0.4, 0.6, 0.7, 0.75])
def test_a_fixed_count_can_be_told_from_chance(p: float) -> None:
    """Does a mask of exactly p n units in each of 16 calls leave the band?"""
    from autograder.mishaps import Mismatch
    from autograder.oracles.dropout import CALLS

    fixed = np.full(CALLS, round(p * 240))
    with pytest.raises(Mismatch, match="the number varies"):
        masks.expect_counts_vary(fixed, 240, p, "calls")


# Wrong solutions that are not in the catalog -----------------------------------------


def one_wrong_entry(forward: Function) -> Function:
    """The first kept entry is 1e-3 too large, relatively."""

    def planted(x: Any, dropout_param: dict[str, Any]) -> Any:
        out, cache = forward(x, dropout_param)
        out = out.copy()
        first = np.unravel_index(np.argmax(out != 0), out.shape)
        out[first] *= 1.001
        return out, cache

    return planted


def realized_share(x: Any, dropout_param: dict[str, Any]) -> Any:
    """Divides by the share that happened to be kept, not by p."""
    if dropout_param["mode"] == "test":
        return x, None
    rng = np.random.default_rng(dropout_param.get("seed"))
    kept = rng.random(x.shape) < dropout_param["p"]
    return x * kept / max(kept.mean(), 1e-9), None


def cached_mask() -> Function:
    """Draws a mask once for each shape and keeps it."""
    drawn: dict[Any, Any] = {}

    def keep(rng: np.random.Generator, x: Any, p: float) -> Any:
        return drawn.setdefault(x.shape, rng.random(x.shape)) < p

    return inverted(keep=keep)


def one_coin(rng: np.random.Generator, x: Any, p: float) -> Any:
    """One draw for the whole array."""
    return np.full(x.shape, rng.random() < p)


def tenths(rng: np.random.Generator, x: Any, p: float) -> Any:
    """A rate rounded up to tenths."""
    return rng.integers(0, 10, x.shape) < 10 * p


def fixed_by_row(rng: np.random.Generator, x: Any, p: float) -> Any:
    """The same number of kept units in every sample."""
    width = x.shape[-1]
    return rng.permuted(
        np.broadcast_to(np.arange(width) < round(p * width), x.shape), axis=-1
    )


def only_positive(rng: np.random.Generator, x: Any, p: float) -> Any:
    """Negative units are never dropped; the rate as a whole is right."""
    q = max(2 * p - 1, 0.0) if p > 0.5 else 2 * p
    return np.where(x > 0, rng.random(x.shape) < q, p > 0.5)


def first_feature_spared(rng: np.random.Generator, x: Any, p: float) -> Any:
    """The first feature is never dropped."""
    kept = rng.random(x.shape) < p
    kept[..., 0] = True
    return kept


def gaussian(x: Any, dropout_param: dict[str, Any]) -> Any:
    """Multiplies by Gaussian noise of the right mean."""
    if dropout_param["mode"] == "test":
        return x, None
    rng = np.random.default_rng(dropout_param.get("seed"))
    p = dropout_param["p"]
    return x * rng.normal(1, math.sqrt((1 - p) / p), x.shape), None


@pytest.mark.parametrize(
    "forward",
    [
        inverted(lambda p: 1.001 / p),
        one_wrong_entry(inverted()),
        realized_share,
        cached_mask(),
        gaussian,
        *(
            inverted(keep=keep)
            for keep in (
                one_coin,
                tenths,
                fixed_by_row,
                only_positive,
                first_feature_spared,
            )
        ),
    ],
)
@pytest.mark.parametrize("seed", range(6))
def test_a_forward_with_a_planted_error_is_refused(
    forward: Function, seed: int
) -> None:
    """Is an error that no catalog lists refused all the same?"""
    assert not examine(FORWARD, {FORWARD: forward}, seed=seed).passed


def shared_mask_backward() -> dict[str, Any]:
    """The mask travels in a global instead of the cache."""
    last: list[Any] = []

    def forward(x: Any, dropout_param: dict[str, Any]) -> Any:
        out, (_, mask) = inverted()(x, dropout_param)
        last[:] = [mask]
        return out, None

    def backward(dout: Any, cache: Any) -> Any:
        return dout if last[0] is None else dout * last[0]

    return {FORWARD: forward, BACKWARD: backward}


@pytest.mark.parametrize(
    "namespace",
    [
        {
            FORWARD: inverted(),
            BACKWARD: lambda dout, cache: 1.001 * right_backward(dout, cache),
        },
        {
            FORWARD: inverted(),
            BACKWARD: lambda dout, cache: right_backward(np.abs(dout), cache),
        },
        {
            FORWARD: inverted(),
            BACKWARD: lambda dout, cache: (
                dout if cache[1] is None else dout * (cache[1] ** 2)
            ),
        },
        shared_mask_backward(),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_backward_with_a_planted_error_is_refused(
    namespace: dict[str, Any], seed: int
) -> None:
    """Is a wrong gradient refused?"""
    assert not examine(BACKWARD, namespace, seed=seed).passed


@pytest.mark.parametrize(
    "plant",
    [
        lambda out, _: 1.001 * out,
        lambda out, b: out + 0.001 * b,
        lambda out, _: np.where(np.arange(out.size).reshape(out.shape), out, 0),
        lambda out, _: out[:, ::-1],
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_dropconnect_with_a_planted_error_is_refused(
    plant: Function, seed: int
) -> None:
    """Is a wrong output refused although the mask is not known?"""

    def planted(x: Any, w: Any, b: Any, dropout_param: dict[str, Any]) -> Any:
        right = dropout_connect.dropconnect_one_mask_for_the_batch
        out, cache = right(x, w, b, dropout_param)
        return plant(out, b), cache

    assert not examine(CONNECT, {CONNECT: planted}, seed=seed).passed


def masked_products(x: Any, w: Any, b: Any, dropout_param: dict[str, Any]) -> Any:
    """Dropout of the affine map's output, before the bias is added."""
    out = x @ w
    if dropout_param["mode"] == "train":
        p = dropout_param["p"]
        out = out * (np.random.default_rng().random(out.shape) < p) / p
    return out + b, None


def test_outputs_dropped_before_the_bias_are_not_dropconnect() -> None:
    """Is dropout of x @ w told from DropConnect, though single terms agree?"""
    for seed in range(20):
        assert not examine(CONNECT, {CONNECT: masked_products}, seed=seed).passed


# Functions that do nothing, and functions that break ---------------------------------


@pytest.mark.parametrize(
    ("name", "function"),
    [
        (FORWARD, lambda x, _: (x, None)),
        (FORWARD, lambda x, _: (np.zeros_like(x), None)),
        (FORWARD, lambda x, dropout_param: (x / dropout_param["p"], None)),
        (BACKWARD, lambda dout, _: dout),
        (BACKWARD, lambda dout, _: np.zeros_like(dout)),
        (VANILLA, lambda x, _: (x, None)),
        (VANILLA, lambda x, dropout_param: (x * dropout_param["p"], None)),
        (VANILLA, lambda x, _: (np.zeros_like(x), None)),
        (CONNECT, lambda x, w, b, _: (x @ w + b, None)),
        (CONNECT, lambda x, _w, b, _: (np.zeros((len(x), len(b))), None)),
    ],
)
def test_doing_nothing_earns_nothing(name: str, function: Function) -> None:
    """Does a function that draws nothing stay near 0 points?"""
    namespace = {FORWARD: inverted(), name: function}
    for seed in range(3):
        verdict = examine(name, namespace, seed=seed)
        assert not verdict.passed
        assert verdict.score <= 0.01, str(verdict)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "None"),
        ([1.0, 2.0], "list"),
        ("0.5", "str"),
        ((i for i in range(3)), "generator"),
        (np.array([1, "a", None], dtype=object), "dtype object"),
        (np.zeros((2, 3, 5, 7, 11)), "shape (2, 3, 5, 7, 11)"),
        (1 + 2j, "complex"),
    ],
)
def test_a_wrong_type_or_shape_is_refused_with_a_reason(
    name: str, value: Any, said: str
) -> None:
    """Does the message name what came back?"""
    function = _returning(name, lambda *_: value)
    verdict = examine(name, {FORWARD: inverted(), name: function}, seed=1)
    assert not verdict.passed
    assert verdict.score == 0
    assert said in verdict.message or "expected" in verdict.message
    assert name in verdict.message


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_refused(name: str, bad: float) -> None:
    """Is a single NaN or infinity in the answer refused?"""

    def spoil(out: Any) -> Any:
        out = np.array(out, dtype=np.float64)
        out.reshape(-1)[-1] = bad
        return out

    right = correct(name)
    function = _spoiled(name, right[name], spoil)
    verdict = examine(name, {**right, name: function}, seed=1)
    assert not verdict.passed
    assert "NaN or infinite" in verdict.message


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("error", [KeyError("mask"), SystemExit(1), RecursionError()])
def test_a_crash_is_a_verdict(name: str, error: BaseException) -> None:
    """Does whatever the function raises end in a message, and not in a traceback?"""

    def crash(*_: Any) -> Any:
        raise error

    verdict = examine(name, {FORWARD: inverted(), name: crash}, seed=1)
    assert not verdict.passed
    assert verdict.score == 0
    assert type(error).__name__ in verdict.message


def _returning(name: str, value: Function) -> Function:
    if name == BACKWARD:
        return value
    return lambda *arguments: (value(*arguments), None)


def _spoiled(name: str, right: Function, spoil: Function) -> Function:
    if name == BACKWARD:
        return lambda *arguments: spoil(right(*arguments))

    def spoiled(*arguments: Any) -> Any:
        out, cache = right(*arguments)
        return spoil(out), cache

    return spoiled


# An error is charged once ------------------------------------------------------------


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (known.never_scaled, right_backward),
        (
            known.scaled_at_test_time,
            lambda d, c: d * (c[1] if c[1] is not None else c[0]["p"]),
        ),
        (known.divided_by_one_minus_p, right_backward),
        (known.two_dimensions_only, right_backward),
        (known.one_mask_for_all_samples, right_backward),
        (known.keeps_with_one_minus_p, right_backward),
        (known.drops_in_test_mode, right_backward),
        (
            known.scaled_in_both_modes,
            lambda d, c: d * (c[1] if c[1] is not None else c[0]["p"]),
        ),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_backward_true_to_a_wrong_forward_earns_its_points(
    forward: Function, backward: Function, seed: int
) -> None:
    """Is the mistake charged in the forward function, and only there?"""
    namespace = {FORWARD: forward, BACKWARD: backward}
    assert not examine(FORWARD, namespace, seed=seed).passed
    verdict = examine(BACKWARD, namespace, seed=seed)
    assert verdict.passed, str(verdict)
    assert verdict.score >= 0.9


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (lambda x, param: (x, (param, None)), right_backward),
        (
            lambda x, param: (x / param["p"], param),
            lambda dout, param: dout / param["p"],
        ),
        (
            lambda x, _: (np.zeros_like(x), None),
            lambda dout, _: np.zeros_like(dout),
        ),
        (known.never_scaled, lambda d, c: d if c[1] is None else d * c[1] / c[0]["p"]),
        (known.never_scaled, lambda dout, _: dout),
        (known.drops_in_test_mode, lambda dout, cache: dout / cache[0]["p"]),
    ],
)
def test_nothing_is_carried_where_nothing_is_dropped_or_true(
    forward: Function, backward: Function
) -> None:
    """Does a do-nothing forward, or an untrue backward, carry no points?"""
    for seed in range(3):
        verdict = examine(BACKWARD, {FORWARD: forward, BACKWARD: backward}, seed=seed)
        assert not verdict.passed, str(verdict)
        assert verdict.score <= 0.35


# Manners and messages ----------------------------------------------------------------


def test_manners_are_asked_but_do_not_decide() -> None:
    """Is each breach of manners named, and worth at most a tenth?"""
    verdict = examine(FORWARD, {FORWARD: in_place_forward}, seed=3)
    assert verdict.passed
    failed = {part.name for part in verdict.parts if part.outcome == "failed"}
    assert failed == {
        "p outside (0, 1] raises ValueError",
        "arguments are left as they were",
    }
    assert 0.9 <= verdict.score < 1
    verdict = examine(FORWARD, {FORWARD: inverted()}, seed=3)
    failed = {part.name for part in verdict.parts if part.outcome == "failed"}
    assert failed == {
        "p outside (0, 1] raises ValueError",
        "the dtype of x is kept",
    }


def test_a_rate_that_is_off_comes_with_its_band() -> None:
    """Does the message state n and both errors, and the picture show the band?"""
    forward = inverted(keep=keep_off_by(0.2))
    verdict = examine(FORWARD, {FORWARD: forward}, seed=3)
    part = next(p for p in verdict.parts if p.name.startswith("units are kept with"))
    assert part.outcome == "failed"
    for words in ("n = 120000", "false alarm at most", "is refused with probability"):
        assert words in part.message
    assert part.picture is not None
    assert "<svg" in part.picture.svg()


def test_the_call_that_failed_is_the_one_quoted() -> None:
    """Does the message quote the parameters of the very call that it judges?"""
    forward = inverted(
        keep=lambda rng, x, p: rng.random(x.shape) < (p if p > 0.5 else 1 - p)
    )
    verdict = examine(FORWARD, {FORWARD: forward}, seed=3)
    part = next(p for p in verdict.parts if p.name.startswith("units are kept with"))
    quoted = part.message.split("'p': ")[1].split("}")[0]
    assert f"at p = {quoted}" in part.message
    assert float(quoted) < 0.5


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_repeats_the_questions(name: str) -> None:
    """Do two examinations with one seed hand over the same inputs?"""
    variant = variants_of(name)[0]
    asked: list[list[Any]] = [[], []]
    for record in asked:

        def spy(*arguments: Any, record: list[Any] = record) -> Any:
            arrays = [a.copy() for a in arguments if isinstance(a, np.ndarray)]
            params = [dict(a) for a in arguments if isinstance(a, dict)]
            record.append((arrays, params))
            return variant.function(*arguments)

        examine(name, {FORWARD: variant.partner, name: spy}, seed=11)
    assert len(asked[0]) == len(asked[1]) > 0
    for (arrays, params), (others, other_params) in zip(*asked, strict=True):
        assert params == other_params
        assert all(np.array_equal(a, b) for a, b in zip(arrays, others, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_a_check_is_light(name: str) -> None:
    """Does a check stay below 60 calls and 20 MB, and never use p = 0.5 or 0?"""
    variant = variants_of(name)[0]
    traffic, calls, seen = [0], [0], set()

    def counted(function: Function) -> Function:
        def wrapper(*arguments: Any) -> Any:
            value = function(*arguments)
            out = value if isinstance(value, np.ndarray) else value[0]
            arrays = [a for a in (*arguments, out) if isinstance(a, np.ndarray)]
            traffic[0] += sum(a.nbytes for a in arrays)
            calls[0] += 1
            seen.update(a["p"] for a in arguments if isinstance(a, dict))
            return value

        return wrapper

    namespace = {name: counted(variant.function)}
    if variant.partner is not None:
        namespace[FORWARD] = counted(variant.partner)
    assert examine(name, namespace, seed=2).passed
    assert calls[0] < 60
    assert traffic[0] < 20e6
    assert not seen & {0, 0.5}


# Oracles -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_the_mask_of_torch_is_read_exactly(seed: int) -> None:
    """Does decoding find the very weights that PyTorch's dropout has kept?"""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    x, w, b = legible_affine(rng, 5, 17)
    p = masks.seldom(rng)
    weight = torch.nn.functional.dropout(torch.tensor(w), 1 - p, training=True)
    out = torch.nn.functional.linear(torch.tensor(x), weight.T, torch.tensor(b))
    kept = decode_weights(out.numpy(), x, w, b, 1 / p)
    assert np.array_equal(kept.reshape(w.shape), weight.numpy() != 0)


def test_the_linear_rule_is_the_derivative() -> None:
    """Is dout * mask / p what autograd finds for the mask of the same call?"""
    rng = np.random.default_rng(0)
    x, dout = rng.standard_normal((2, 3, 4, 5)), rng.standard_normal((2, 3, 4, 5))
    out, cache = torch_forward(x, {"mode": "train", "p": 0.7, "seed": 3})
    expected = np.where(out != 0, dout / 0.7, 0.0)
    np.testing.assert_allclose(torch_backward(dout, cache), expected)

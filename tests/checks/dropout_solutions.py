"""Right and wrong dropout as people write it, for the tests of its checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from autograder.calling import LocalCallee
from autograder.checks import all_checks
from autograder.exam import Exam
from autograder.mistakes import variants_of
from autograder.verdict import Outcome, Part

FORWARD, BACKWARD = "dropout_forward", "dropout_backward"
VANILLA, CONNECT = "vanilla_dropout_forward", "dropconnect_forward"
NAMES = [FORWARD, BACKWARD, VANILLA, CONNECT]

Function = Callable[..., Any]


def core_parts(name: str, namespace: dict[str, Any], seed: int) -> list[Part]:
    """The results of the core parts, without manners and diagnosis, for speed."""
    check = all_checks()[name]
    signatures = {each: one.signature for each, one in all_checks().items()}
    callees = {each: LocalCallee(function) for each, function in namespace.items()}
    return Exam(check, callees, signatures, seed).run(core_only=True)


def failures(name: str, namespace: dict[str, Any], seed: int) -> dict[str, str]:
    """The messages of the core parts that failed, by title."""
    return {
        part.name: part.message
        for part in core_parts(name, namespace, seed)
        if part.outcome is Outcome.FAILED
    }


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


def unit_by_unit(x: Any, dropout_param: dict[str, Any]) -> Any:
    """Asks NumPy's global generator to choose for every unit, slowly."""
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])  # noqa: NPY002
    p, out = dropout_param["p"], x.copy()
    if dropout_param["mode"] == "train":
        for place in np.ndindex(x.shape):
            choice = np.random.choice([0, 1], p=[1 - p, p])  # noqa: NPY002
            out[place] *= choice / p
    return out, None

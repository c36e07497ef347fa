"""The parts that the student writes, and the optimizers built with them."""

from __future__ import annotations

import importlib
import math
import re
from itertools import pairwise
from pathlib import Path

import project
import pytest
import torch
from project import config
from project.config import Train
from project.model import build as build_model
from project.monitors import gradient_norm, update_ratio
from project.optimizer import Muon, build, orthogonalize, set_rate
from project.regularization import is_decayed, smoothed_loss
from project.schedule import DECAYS, learning_rate
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

HOME = Path(project.__file__).parent


def normal(*shape: int, seed: int = 0) -> Tensor:
    """Normal numbers, the same for the same seed."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# monitors


def test_the_norm_is_that_of_one_long_vector() -> None:
    """Are 3 and 4 in two tensors 5, and not 7?"""
    assert gradient_norm([torch.tensor([3.0]), torch.tensor([[4.0]])]) == 5


def test_the_norm_agrees_with_the_flattened_one() -> None:
    """Does it hold for any shapes, scalars too?"""
    tensors = [normal(3, 4), normal(2, 3, 2, 2), normal(7), torch.tensor(-2.0)]
    flat = torch.cat([tensor.flatten() for tensor in tensors])
    torch.testing.assert_close(gradient_norm(tensors), flat.norm())
    assert gradient_norm(tensors).shape == ()


def test_a_norm_shows_what_is_not_finite() -> None:
    """Does one nan or inf among many entries show?"""
    for bad in (math.nan, math.inf):
        assert not gradient_norm([normal(9), torch.tensor([1.0, bad])]).isfinite()


def test_the_ratio_of_the_course() -> None:
    """(3, 4) became (3, 4.01): is that 0.002, over all parameters together?"""
    before = [torch.tensor([3.0]), torch.tensor([4.0])]
    after = [torch.tensor([3.0]), torch.tensor([4.01])]
    assert update_ratio(before, after).item() == pytest.approx(0.002, rel=1e-4)
    assert update_ratio(before, before) == 0


def test_the_ratio_wants_the_same_parameters() -> None:
    """Is a list that lacks a parameter noticed?"""
    with pytest.raises(ValueError, match=r"shorter|longer"):
        update_ratio([normal(2), normal(3)], [normal(2)])


# schedule


def rates(steps: int, peak: float, warmup: float, decay: str) -> list[float]:
    """The rate at every step of a run."""
    return [learning_rate(t, steps, peak, warmup, decay) for t in range(steps)]


def test_the_settings_know_every_decay() -> None:
    """Is there a decay for every name that the settings allow, and no other?"""
    assert sorted(DECAYS) == sorted(config.SCHEDULES)


@pytest.mark.parametrize("decay", DECAYS)
def test_every_decay_starts_high_and_never_rises(decay: str) -> None:
    """Does it begin at the peak, fall or stay, and remain above 0?"""
    curve = rates(100, 0.5, 0.0, decay)
    assert curve[0] == pytest.approx(0.5, rel=0.003)
    assert all(a >= b > 0 for a, b in pairwise(curve))
    assert (curve[-1] < 0.06) == (decay != "fixed")


def test_warm_up_by_hand() -> None:
    """Are ten steps, 0.4 of them warm-up, what paper gives?"""
    expected = [0.25, 0.5, 0.75, 1.0] + [1 - k / 6 for k in range(6)]
    assert rates(10, 1.0, 0.4, "linear") == pytest.approx(expected)


@pytest.mark.parametrize("steps", [1, 2, 7, 50])
@pytest.mark.parametrize("warmup", [0.0, 0.04, 0.5, 0.99])
def test_short_runs(steps: int, warmup: float) -> None:
    """Is every rate above 0 and none above the peak, however short the run?"""
    curve = rates(steps, 0.3, warmup, "cosine")
    assert all(0 < rate <= 0.3 for rate in curve)
    assert max(curve) == pytest.approx(0.3)


def test_half_of_the_cosine() -> None:
    """Is half of the rate left halfway between the warm-up and the end?"""
    assert learning_rate(60, 100, 2.0, 0.2, "cosine") == pytest.approx(1.0)


def test_an_unknown_decay() -> None:
    """Is an unknown name an error in the warm-up already, not thousands of steps on?"""
    with pytest.raises(KeyError, match="cosin"):
        learning_rate(0, 100, 1.0, 0.5, "cosin")


# regularization


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_the_loss_is_that_of_torch(smoothing: float) -> None:
    """Do loss and gradient agree with `cross_entropy`, which smooths likewise?"""
    logits = (3 * normal(20, 7)).requires_grad_()
    labels = torch.arange(20) % 7
    ours = smoothed_loss(logits, labels, smoothing)
    theirs = cross_entropy(logits, labels, label_smoothing=smoothing)
    torch.testing.assert_close(ours, theirs)
    (mine,) = torch.autograd.grad(ours, logits)
    (other,) = torch.autograd.grad(theirs, logits)
    torch.testing.assert_close(mine, other)


def test_the_loss_of_large_logits() -> None:
    """Is it finite where the exponential is not?"""
    logits = torch.tensor([[1e4, 0.0, -1e4]])
    assert smoothed_loss(logits, torch.tensor([0]), 0.0) == 0
    loss = smoothed_loss(logits, torch.tensor([0]), 0.3)
    assert loss.item() == pytest.approx(0.1 * (0 + 1e4 + 2e4))


def test_no_certainty_is_rewarded_any_more() -> None:
    """With smoothing, is an answer of certainty 1 - ε + ε/C the best one?"""
    label = torch.tensor([0])
    margins = torch.linspace(0, 10, 1001)
    losses = [smoothed_loss(torch.tensor([[m, 0.0]]), label, 0.2) for m in margins]
    best = margins[torch.stack(losses).argmin()]
    assert torch.sigmoid(best).item() == pytest.approx(0.9, abs=0.002)


@pytest.mark.parametrize(
    ("name", "channels", "size"), [("small", 1, 8), ("resnet", 3, 32)]
)
def test_what_decays(name: str, channels: int, size: int) -> None:
    """Do kernels and matrices decay, and biases and gains not, in both networks?"""
    model = build_model(name, 4, channels=channels, size=size, classes=10)
    for path, module in model.named_modules():
        for key, parameter in module.named_parameters(path, recurse=False):
            multiplies = isinstance(module, (nn.Conv2d, nn.Linear))
            expected = multiplies and key.endswith("weight")
            assert is_decayed(key, tuple(parameter.shape)) == expected, key


# optimizers


class Net(nn.Module):
    """A convolution, a normalization and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(2, 6, 3)
        self.norm = nn.GroupNorm(1, 6)
        self.head = nn.Linear(6, 3)
        for index, parameter in enumerate(self.parameters()):
            parameter.data = normal(*parameter.shape, seed=index)

    def learn(self, optimizer: torch.optim.Optimizer, steps: int = 3) -> list[Tensor]:
        """Take steps on gradients that are known."""
        for step in range(steps):
            for index, parameter in enumerate(self.parameters()):
                seed = 100 * step + index
                parameter.grad = normal(*parameter.shape, seed=seed)
            set_rate(optimizer, 0.1 / (step + 1))
            optimizer.step()
        return [parameter.detach().clone() for parameter in self.parameters()]


@pytest.mark.parametrize("name", ["sgd", "adamw", "muon"])
def test_decay_goes_where_it_belongs(name: str) -> None:
    """Is each parameter in one group, with weight decay if `is_decayed` says so?"""
    net = Net()
    optimizer = build(net, Train(optimizer=name, weight_decay=0.25))
    decays = {
        parameter: group["weight_decay"]
        for group in optimizer.param_groups
        for parameter in group["params"]
    }
    assert len(decays) == len(list(net.parameters()))
    for key, parameter in net.named_parameters():
        wanted = 0.25 if is_decayed(key, tuple(parameter.shape)) else 0.0
        assert decays[parameter] == wanted, key


def test_sgd_is_nesterovs() -> None:
    """Are three steps what the formula gives, decay on kernels only?"""
    net = Net()
    settings = Train(optimizer="sgd", momentum=0.8, weight_decay=0.5)
    expected = [parameter.detach().double() for parameter in net.parameters()]
    velocities = [torch.zeros_like(w) for w in expected]
    ours = net.learn(build(net, settings))
    for step in range(3):
        for index, w in enumerate(expected):
            g = normal(*w.shape, seed=100 * step + index) + 0.5 * (w.ndim > 1) * w
            velocities[index] = 0.8 * velocities[index] + g
            w.sub_(0.1 / (step + 1) * (g + 0.8 * velocities[index]))
    for mine, w in zip(ours, expected, strict=True):
        torch.testing.assert_close(mine.double(), w, rtol=1e-5, atol=1e-6)


def test_sgd_without_momentum() -> None:
    """Is a momentum of 0 plain gradient descent? Torch refuses Nesterov's there."""
    net = Net()
    before = net.head.bias.detach().clone()
    net.learn(build(net, Train(momentum=0.0)), steps=1)
    expected = before - 0.1 * normal(3, seed=5)
    torch.testing.assert_close(net.head.bias.detach(), expected)


def test_adamw_keeps_the_momentum_it_is_told() -> None:
    """Is `momentum` AdamW's β₁, and does the decay not enter the gradient?"""
    net = Net()
    settings = Train(optimizer="adamw", momentum=0.7, weight_decay=0.2)
    before = net.head.weight.detach().clone()
    optimizer = build(net, settings)
    assert {group["betas"] for group in optimizer.param_groups} == {(0.7, 0.999)}
    net.learn(optimizer, steps=1)
    # after one step m / √v is the sign of the gradient
    gradient = normal(*before.shape, seed=4)
    expected = before * (1 - 0.1 * 0.2) - 0.1 * gradient.sign()
    torch.testing.assert_close(net.head.weight.detach(), expected, rtol=1e-4, atol=1e-5)


def test_muon_is_torchs_for_matrices() -> None:
    """Does a kernel move as its matrix does in `torch.optim.Muon`?

    torch computes in bfloat16 (8 bits, 4e-3) and five iterations add up its errors;
    another formula (rows for columns, another scale) is off by tens of percent.
    """
    kernel = nn.Parameter(normal(6, 2, 3, 3))
    matrix = nn.Parameter(kernel.detach().flatten(1).clone())
    start = matrix.detach().clone()
    ours = Muon([kernel], lr=0.1, momentum=0.9, weight_decay=0.3)
    theirs = torch.optim.Muon([matrix], lr=0.1, momentum=0.9, weight_decay=0.3)
    for step in range(3):
        kernel.grad = normal(6, 2, 3, 3, seed=step)
        matrix.grad = kernel.grad.flatten(1)
        ours.step()
        theirs.step()
    moved = (matrix.detach() - start).norm()
    difference = (kernel.detach().flatten(1) - matrix.detach()).norm()
    assert difference < 0.02 * moved


def test_muon_leaves_the_rest_to_nesterov() -> None:
    """Do head, gains and biases move exactly as SGD moves them?"""
    one, other = Net(), Net()
    options = {"momentum": 0.8, "weight_decay": 0.01}
    by_muon = one.learn(build(one, Train(optimizer="muon", **options)))
    by_sgd = other.learn(build(other, Train(optimizer="sgd", **options)))
    torch.testing.assert_close(by_muon[1:], by_sgd[1:])
    assert not torch.allclose(by_muon[0], by_sgd[0])


def test_muon_does_not_mind_the_order_in_memory() -> None:
    """Does a kernel with its channels last move as any other?"""
    plain, last = Net(), Net().to(memory_format=torch.channels_last)
    settings = Train(optimizer="muon", momentum=0.9)
    torch.testing.assert_close(
        plain.learn(build(plain, settings)), last.learn(build(last, settings))
    )
    assert last.convolution.weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("shape", [(8, 200), (200, 8), (64, 64), (1, 30)])
def test_orthogonal_means_singular_values_near_one(shape: tuple[int, int]) -> None:
    """Are all singular values within 0.65 and 1.25, the singular vectors kept?"""
    matrix = normal(*shape)
    result = orthogonalize(1e3 * matrix[None])[0]
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    projected = left.T @ result @ right.T
    diagonal = projected.diag()
    # what was smaller than 1/1000 of the norm cannot rise to 1 in five iterations
    large = values > values.norm() / 1000
    assert diagonal[large].min() > 0.65
    assert diagonal.max() < 1.25
    assert (projected - torch.diag(diagonal)).abs().max() < 1e-3


def test_orthogonalizing_nothing() -> None:
    """Is a gradient of 0 left 0, without a division by it?"""
    assert torch.equal(orthogonalize(torch.zeros(2, 3, 5)), torch.zeros(2, 3, 5))


@pytest.mark.parametrize("shape", [(4, 9), (9, 4)])
def test_matrices_are_orthogonalized_together_as_alone(shape: tuple[int, int]) -> None:
    """Has a matrix no part in what becomes of its neighbor, however large that is?"""
    matrices = torch.stack([normal(*shape), 1e4 * normal(*shape, seed=1)])
    alone = torch.cat([orthogonalize(one[None], 3) for one in matrices])
    torch.testing.assert_close(orthogonalize(matrices, 3), alone)


def test_muon_steps_kernels_together_as_alone() -> None:
    """Do two kernels of one shape, and one of another, each move as if alone?"""
    shapes = [(6, 2, 3, 3), (4, 6, 1, 1), (6, 2, 3, 3)]

    def moved(chosen: list[int]) -> list[Tensor]:
        kernels = [nn.Parameter(normal(*shapes[k], seed=k)) for k in chosen]
        optimizer = Muon(kernels, lr=0.1, weight_decay=0.1, unit_kernels=True)
        for step in range(2):
            for k, kernel in zip(chosen, kernels, strict=True):
                kernel.grad = normal(*shapes[k], seed=10 * step + k)
            optimizer.step()
        return [kernel.detach() for kernel in kernels]

    for k, together in enumerate(moved([0, 1, 2])):
        torch.testing.assert_close(together, moved([k])[0])


def test_unit_kernels_have_one_length_before_the_step() -> None:
    """Is a step a step of the kernel with norm √filters, however long it was before?"""
    start, gradient = normal(6, 2, 3, 3), normal(6, 2, 3, 3, seed=1)
    ends = []
    for length in (1.0, 100.0):
        kernel = nn.Parameter(length * start)
        kernel.grad = gradient
        Muon([kernel], lr=0.1, unit_kernels=True).step()
        ends.append(kernel.detach())
    torch.testing.assert_close(ends[0], ends[1])
    turned = 0.1 * orthogonalize(gradient.flatten(1)[None])[0].view(start.shape)
    torch.testing.assert_close(ends[0] + turned, start * 6**0.5 / start.norm())
    nothing = nn.Parameter(torch.zeros(6, 2, 3, 3))
    nothing.grad = gradient
    Muon([nothing], lr=0.1, unit_kernels=True).step()
    assert nothing.isfinite().all()


@pytest.mark.parametrize("name", ["sgd", "adamw", "muon"])
def test_head_and_biases_have_rates_of_their_own(name: str) -> None:
    """Is the rate of each parameter its multiple of the one that is set?"""
    net = build_model("small", 4, channels=1, size=8, classes=10)
    optimizer = build(net, Train(optimizer=name, head_rate=3.0, bias_rate=5.0))
    set_rate(optimizer, 0.5)
    rates = {
        p: group["lr"] for group in optimizer.param_groups for p in group["params"]
    }
    for key, parameter in net.named_parameters():
        head, bias = ".head." in key, key.endswith("bias")
        assert rates[parameter] == (1.5 if head else 2.5 if bias else 0.5), key


@pytest.mark.parametrize("name", ["sgd", "adamw", "muon"])
def test_a_parameter_without_a_gradient_stays(name: str) -> None:
    """May a parameter cease to be trained in the middle of a run?"""
    net = Net()
    optimizer = build(net, Train(optimizer=name))
    net.learn(optimizer, steps=1)
    before = [parameter.detach().clone() for parameter in net.parameters()]
    for place, parameter in enumerate(net.parameters()):
        parameter.grad = None if place % 2 else torch.ones_like(parameter)
    optimizer.step()
    after = [parameter.detach() for parameter in net.parameters()]
    same = [torch.equal(old, new) for old, new in zip(before, after, strict=True)]
    assert same == [bool(place % 2) for place in range(len(same))]


@pytest.mark.parametrize("name", ["sgd", "adamw", "muon"])
def test_an_optimizer_goes_on_from_its_state(name: str) -> None:
    """Do 2 + 2 steps with the state carried over equal 4 steps?"""
    settings = Train(optimizer=name)
    whole, first, second = Net(), Net(), Net()
    expected = whole.learn(build(whole, settings), steps=4)
    optimizer = build(first, settings)
    first.learn(optimizer, steps=2)
    second.load_state_dict(first.state_dict())
    resumed = build(second, settings)
    resumed.load_state_dict(optimizer.state_dict())
    for step in (2, 3):
        for index, parameter in enumerate(second.parameters()):
            parameter.grad = normal(*parameter.shape, seed=100 * step + index)
        set_rate(resumed, 0.1 / (step + 1))
        resumed.step()
    for mine, other in zip(second.parameters(), expected, strict=True):
        assert torch.equal(mine.detach(), other)


# what the student is given


@pytest.mark.parametrize("name", ["monitors", "schedule", "regularization"])
def test_a_module_without_its_solutions_is_still_python(name: str) -> None:
    """With each solution replaced by a stub, is there a function of the same name?"""
    source = (HOME / f"{name}.py").read_text()
    stub = re.sub(
        r"( +)### BEGIN SOLUTION.*?### END SOLUTION",
        r"\1raise NotImplementedError",
        source,
        flags=re.DOTALL,
    )
    names: dict[str, object] = {}
    exec(compile(stub, name, "exec"), names)
    assert "SOLUTION" not in stub
    assert source.count("BEGIN SOLUTION") == stub.count("raise NotImplementedError") > 0
    module = importlib.import_module(f"project.{name}")
    defined = [key for key in vars(module) if not key.startswith("__")]
    assert set(defined) <= set(names)

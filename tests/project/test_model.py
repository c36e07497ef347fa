"""The networks: what goes in and comes out, and what they begin as."""

from __future__ import annotations

import math

import pytest
import torch
from project.model import Classifier, Normalize, ResNet, Small, build, count_parameters
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.functional import cross_entropy

KINDS = {"small": (16, 1, 8), "resnet": (8, 3, 32)}  # width, channels, size


def photographs(count: int, channels: int, size: int) -> Tensor:
    """Smooth images, as photographs are: neighboring pixels are alike."""
    rng = torch.Generator().manual_seed(5)
    rough = torch.rand(count, channels, size // 4, size // 4, generator=rng) * 255
    smooth = torch.nn.functional.interpolate(rough, size=size, mode="bilinear")
    return smooth.to(torch.uint8)


def make(name: str, seed: int = 0) -> tuple[Classifier, Tensor]:
    """A network that has seen images, and these."""
    width, channels, size = KINDS[name]
    model = build(name, width, channels=channels, size=size, classes=10, seed=seed)
    images = photographs(200, channels, size)
    model.measure(images)
    return model, images


@pytest.mark.parametrize("name", KINDS)
def test_bytes_in_logits_out(name: str) -> None:
    """Does it take images as they are stored, and give one logit for each class?"""
    model, images = make(name)
    logits = model(images)
    assert images.dtype == torch.uint8
    assert logits.shape == (200, 10)
    assert logits.dtype == torch.float32


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", KINDS)
def test_an_untrained_network_knows_nothing(name: str, seed: int) -> None:
    """Is the first loss within 10 % of ln 10, in training and in evaluation?"""
    model, images = make(name, seed)
    labels = torch.arange(200) % 10
    for mode in (True, False):
        loss = cross_entropy(model.train(mode)(images), labels).item()
        assert loss == pytest.approx(math.log(10), rel=0.1)


@pytest.mark.parametrize("name", KINDS)
def test_weights_come_from_the_seed_alone(name: str) -> None:
    """Same seed, same weights; another, others; and no global generator moved?"""
    before = torch.random.get_rng_state()
    first, second, other = (make(name, seed)[0].state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert not torch.equal(first["net.head.weight"], other["net.head.weight"])
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("name", KINDS)
def test_every_number_of_a_fresh_network_is_set(name: str) -> None:
    """Is no weight or buffer left as memory happened to be?"""
    width, channels, size = KINDS[name]
    torch.use_deterministic_algorithms(True)  # fills what is uninitialized with nan
    try:
        model = build(name, width, channels=channels, size=size, classes=10)
    finally:
        torch.use_deterministic_algorithms(False)
    for key, tensor in model.state_dict().items():
        assert tensor.isfinite().all(), key
        assert tensor.dtype == torch.float32 or tensor == 0, key


@pytest.mark.parametrize("name", KINDS)
def test_every_parameter_is_used(name: str) -> None:
    """Does a gradient reach every parameter?"""
    model, images = make(name)
    cross_entropy(model(images), torch.arange(200) % 10).backward()
    for key, parameter in model.named_parameters():
        if not parameter.requires_grad:  # the gains of the resnet
            assert torch.equal(parameter, torch.ones_like(parameter)), key
            continue
        assert parameter.grad is not None, key
        assert parameter.grad.abs().sum() > 0, key


@pytest.mark.parametrize("name", KINDS)
def test_weights_carry_over(name: str) -> None:
    """Does a network built anew give the same answers with the weights of another?"""
    model, images = make(name, seed=1)
    width, channels, size = KINDS[name]
    other = build(name, width, channels=channels, size=size, classes=10, seed=2)
    other.load_state_dict(model.state_dict())
    assert torch.equal(model.eval()(images), other.eval()(images))


def test_normalization_is_exact() -> None:
    """Are mean and deviation those of the pixels, channel by channel?"""
    images = photographs(300, 3, 8)
    images[:, 1] //= 3
    normalize = Normalize(3)
    normalize.measure(images)
    pixels = images.double().transpose(0, 1).flatten(1)
    torch.testing.assert_close(normalize.mean.flatten(), pixels.mean(1).float())
    deviation = pixels.std(1, correction=0).float()
    torch.testing.assert_close(normalize.deviation.flatten(), deviation)
    result = normalize(images).double().transpose(0, 1).flatten(1)
    assert result.mean(1).abs().max() < 1e-6
    torch.testing.assert_close(result.std(1), torch.ones(3).double(), rtol=1e-4, atol=0)


def test_a_channel_of_one_color() -> None:
    """Does a channel without variance become 0, and not nan?"""
    normalize = Normalize(1)
    images = torch.full((4, 1, 8, 8), 77, dtype=torch.uint8)
    normalize.measure(images)
    assert torch.equal(normalize(images), torch.zeros(4, 1, 8, 8))


def test_whitened_patches_are_uncorrelated() -> None:
    """Is the covariance of the first half of the whitened channels the identity?

    The rest has the opposite sign. ε = 5e-4 keeps variances a little below 1.
    """
    model, images = make("resnet")
    whitened = model.net.whiten(model.normalize(images)).transpose(0, 1).flatten(1)
    first, second = whitened.detach().double().split(12)
    torch.testing.assert_close(first, -second)
    covariance = first @ first.T / first.shape[1]
    off = covariance - torch.diag(covariance.diag())
    assert off.abs().max() < 1e-3
    assert covariance.diag().max() < 1.001
    assert covariance.diag()[-4:].min() > 0.99  # the directions with much variance


def test_whitening_survives_images_of_one_color() -> None:
    """Are the kernels finite where patches have no variance at all?"""
    model = build("resnet", 8, channels=3, size=32, classes=10)
    model.measure(torch.full((20, 3, 32, 32), 9, dtype=torch.uint8))
    assert all(tensor.isfinite().all() for tensor in model.state_dict().values())


def test_an_image_and_its_mirror_get_the_same_answer() -> None:
    """Does the resnet ask both sides in evaluation, and only there?"""
    model, images = make("resnet")
    mirrored = images.flip(3)
    model.eval()
    torch.testing.assert_close(model(images), model(mirrored))
    model.train()
    assert not torch.allclose(model(images), model(mirrored), atol=1e-3)


def test_the_small_network_has_nothing_but_weights() -> None:
    """No buffers, no difference between modes? Stacked training rests on it."""
    model, images = make("small")
    assert list(model.net.buffers()) == []
    assert torch.equal(model.train()(images), model.eval()(images))


def test_small_networks_can_be_stacked() -> None:
    """Do three networks under `vmap` give what each gives alone?"""
    models = [make("small", seed)[0] for seed in range(3)]
    images = photographs(10, 1, 8)
    parameters, buffers = stack_module_state(models)

    def answer(weights: dict, state: dict) -> Tensor:
        return functional_call(models[0], (weights, state), (images,))

    together = vmap(answer)(parameters, buffers)
    alone = torch.stack([model(images) for model in models])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("width", [1, 2, 3, 6, 16])
def test_any_width_will_do(width: int) -> None:
    """Does group normalization find groups for every width?"""
    model = build("small", width, channels=3, size=8, classes=2)
    assert model(torch.zeros(1, 3, 8, 8, dtype=torch.uint8)).isfinite().all()


@pytest.mark.parametrize(("name", "size"), [("small", 2), ("resnet", 9)])
def test_the_smallest_image(name: str, size: int) -> None:
    """Does the smallest image that is said to do, do, and one pixel less not?"""
    images = torch.zeros(2, 1, size, size, dtype=torch.uint8)
    model = build(name, 2, channels=1, size=size, classes=10).eval()
    assert model(images).isfinite().all()
    with pytest.raises(ValueError, match=f"{name} wants images of at least {size} p"):
        build(name, 2, channels=1, size=size - 1, classes=10)


def test_an_unknown_network() -> None:
    """Is a misspelled name answered with the names that there are?"""
    with pytest.raises(ValueError, match="no network 'resnet9': there are small, resn"):
        build("resnet9", 16, channels=3, size=32, classes=10)


def test_parameters_are_counted() -> None:
    """Are trained numbers counted, and computed ones not?"""
    small = build("small", 4, channels=1, size=8, classes=10)
    # kernels, gains and biases, head
    assert isinstance(small.net, Small)
    expected = 9 * (4 + 4 * 8 + 8 * 16) + 2 * (4 + 8 + 16) + 10 * (16 + 1)
    assert count_parameters(small) == expected
    resnet = build("resnet", 8, channels=3, size=32, classes=10)
    assert isinstance(resnet.net, ResNet)
    names = [name for name, _ in resnet.named_parameters()]
    assert not any("kernels" in name or "mean" in name for name in names)
    # kernels, biases of whitening and normalization, head
    kernels = 9 * (24 * 8 + 8 * 8 + 8 * 32 + 3 * 32 * 32)
    assert count_parameters(resnet) == kernels + 24 + 2 * (8 + 32 + 32) + 10 * 32


def test_the_first_layer_can_be_left_out_of_training() -> None:
    """Do its biases get no gradient any more, all others their own as before?"""
    model, images = make("resnet")
    before = {}
    for on in (True, False, True):
        model.train_first_layer(on)
        model.zero_grad()
        cross_entropy(model(images), torch.arange(200) % 10).backward()
        assert (model.net.whiten.bias.grad is not None) == on
        for key, parameter in model.named_parameters():
            if parameter.grad is not None:
                other = before.setdefault(key, parameter.grad.clone())
                torch.testing.assert_close(parameter.grad, other, msg=key)
    small, _ = make("small")
    small.train_first_layer(False)
    assert all(parameter.requires_grad for parameter in small.parameters())

"""The two networks. Both take images as they are stored, uint8, and give logits.

`small` serves digits, and searches that train many networks side by side: no buffers,
no state but its weights. `resnet` is made for CIFAR-10 and for speed. What it is made
of is known from others' work:

- a first layer that whitens 2 × 2 patches and is not trained but for its biases, and
  these at the beginning only, few and wide layers with early pooling, GELU, statistics
  that forget fast, mirroring in evaluation: K. Jordan, "94% on CIFAR-10 in 3.29 Seconds
  on a Single GPU", 2024, arXiv:2404.00498, and the programs that belong to it,
  https://github.com/KellerJordan/cifar10-airbench;
- residual branches after the pooling, batch normalization without gains, a global
  max-pooling and logits scaled down by 8: D. Page, "How to Train Your ResNet", 2018,
  https://myrtle.ai/learn/how-to-train-your-resnet/.

The programs of Jordan have no residual branches; their kernels begin as the identity
instead, as far as they are wide enough. They also ask about shifted images in
evaluation: six looks at an image instead of two.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


class Normalize(nn.Module):
    """Make floats of mean 0 and standard deviation 1 of pixels, channel by channel.

    Mean and deviation belong to the training images (`measure`), in units of a pixel's
    value, 0 to 255, and are stored with the weights.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("deviation", torch.ones(channels, 1, 1))

    def measure(self, images: Tensor) -> None:
        """Take mean and deviation of uint8 images (N, C, H, W), exactly.

        How often each of the 256 values occurs says all, in whole numbers: no rounding,
        and no copy of the images in floating point.
        """
        values = torch.arange(256, dtype=torch.float64)
        for channel in range(images.shape[1]):
            pixels = images[:, channel].flatten()
            share = torch.bincount(pixels, minlength=256).cpu().double() / len(pixels)
            mean = (share * values).sum()
            variance = (share * (values - mean) ** 2).sum()
            self.mean[channel] = mean
            # a channel that is one color everywhere stays 0
            self.deviation[channel] = variance.sqrt() if variance > 0 else 1.0

    def forward(self, images: Tensor) -> Tensor:
        """Normalize: uint8 (N, C, H, W) -> float32 (N, C, H, W)."""
        return (images - self.mean) / self.deviation


class Small(nn.Module):
    """Three convolutions with group normalization, a global maximum, a head."""

    def __init__(self, channels: int, classes: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *self._layer(channels, width),
            *self._layer(width, 2 * width),
            nn.MaxPool2d(2),
            *self._layer(2 * width, 4 * width),
        )
        self.head = nn.Linear(4 * width, classes)

    @staticmethod
    def _layer(channels: int, width: int) -> tuple[nn.Module, ...]:
        return (
            nn.Conv2d(channels, width, 3, padding=1, bias=False),
            nn.GroupNorm(math.gcd(width, 4), width),
            nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Give the logits: (N, C, H, W) -> (N, classes)."""
        return self.head(self.layers(x).amax((2, 3)))


class Whiten(nn.Module):
    """Decorrelate patches of 2 × 2 pixels: a convolution whose kernels are computed.

    Its kernels are the eigenvectors v of the covariance of all patches, each divided by
    the root of its eigenvalue λ, and the same once more with the opposite sign, since
    what comes next is no odd function: ± v / √(λ + ε). They are not trained; the
    biases are.
    """

    kernels: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        kernels = torch.zeros(8 * channels, channels, 2, 2)
        self.register_buffer("kernels", kernels)
        self.bias = nn.Parameter(torch.zeros(8 * channels))

    def measure(self, x: Tensor) -> None:
        """Take the covariance of the patches of normalized images (N, C, H, W)."""
        if x.device.type != "mps":  # which has no double precision
            x = x.double()
        patches = x.unfold(2, 2, 1).unfold(3, 2, 1)  # (N, C, H - 1, W - 1, 2, 2)
        patches = patches.permute(0, 2, 3, 1, 4, 5).reshape(-1, 4 * x.shape[1])
        covariance = patches.T @ patches / len(patches)  # (4 C, 4 C): few numbers,
        values, vectors = torch.linalg.eigh(covariance.cpu().double())  # so not there
        # ε keeps directions without variance from becoming all noise
        kernels = (vectors / (values + 5e-4).sqrt()).T.reshape(-1, x.shape[1], 2, 2)
        self.kernels.copy_(torch.cat([kernels, -kernels]))

    def forward(self, x: Tensor) -> Tensor:
        """Whiten: (N, C, H, W) -> (N, 8 C, H - 1, W - 1)."""
        return functional.conv2d(x, self.kernels, self.bias)


class BatchNorm(nn.BatchNorm2d):
    """Batch normalization for a short run: no trained gains, a short memory.

    A gain would only scale what the next layer normalizes anyway. A run of a few
    hundred steps wants statistics that forget faster than usual.
    """

    def __init__(self, width: int) -> None:
        super().__init__(width, momentum=0.4)
        self.weight.requires_grad_(False)


class Block(nn.Module):
    """Widen, halve height and width, then add a residual branch."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.widen = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.pool = nn.MaxPool2d(2)
        self.norm1 = BatchNorm(width)
        self.branch = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = BatchNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """Widen, pool, add: (N, C, H, W) -> (N, width, H // 2, W // 2)."""
        x = functional.gelu(self.norm1(self.pool(self.widen(x))))
        return x + functional.gelu(self.norm2(self.branch(x)))


class ResNet(nn.Module):
    """Whitening, three residual blocks, a global maximum, a head.

    In evaluation an image and its mirror image are both asked, and the logits averaged.
    """

    def __init__(self, channels: int, classes: int, width: int) -> None:
        super().__init__()
        self.whiten = Whiten(channels)
        self.blocks = nn.Sequential(
            Block(8 * channels, width),
            Block(width, 4 * width),
            Block(4 * width, 4 * width),
        )
        self.head = nn.Linear(4 * width, classes, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Give the logits: (N, C, H, W) -> (N, classes)."""
        if self.training:
            return self._logits(x)
        return (self._logits(x) + self._logits(x.flip(3))) / 2

    def _logits(self, x: Tensor) -> Tensor:
        x = self.blocks(functional.gelu(self.whiten(x)))
        return self.head(x.amax((2, 3))) / 8


class Classifier(nn.Module):
    """Normalization and network in one: uint8 images in, logits out."""

    def __init__(self, channels: int, net: nn.Module) -> None:
        super().__init__()
        self.normalize = Normalize(channels)
        self.net = net

    @torch.no_grad()
    def measure(self, images: Tensor) -> None:
        """Fit what is computed rather than trained to the training images."""
        self.normalize.measure(images)
        if isinstance(self.net, ResNet):
            self.net.whiten.measure(self.normalize(images[:5000]))

    def train_first_layer(self, on: bool) -> None:
        """Train the biases of a computed first layer, or leave them as they are.

        Without them the way back ends one layer earlier, at the largest of all.
        """
        if isinstance(self.net, ResNet):
            self.net.whiten.bias.requires_grad_(on)

    def forward(self, images: Tensor) -> Tensor:
        """Give the logits: uint8 (N, C, H, W) -> (N, classes)."""
        return self.net(self.normalize(images))


NETWORKS = {"small": (Small, 2), "resnet": (ResNet, 9)}  # class, smallest image


def build(
    name: str, width: int, *, channels: int, size: int, classes: int, seed: int = 0
) -> Classifier:
    """Make a network with fresh weights, the same for the same seed on every device.

    name: "small" or "resnet".
    width: channels of its first layer.
    channels, size: of the images: (N, channels, size, size).
    classes: how many logits it gives.
    seed: of the generator that all weights come from.

    Raises `ValueError` for an unknown name, or images too small for the network.

    >>> model = build("small", 4, channels=1, size=8, classes=10)
    >>> model(torch.zeros(2, 1, 8, 8, dtype=torch.uint8)).shape
    torch.Size([2, 10])
    """
    if name not in NETWORKS:
        raise ValueError(f"no network {name!r}: there are {', '.join(NETWORKS)}")
    kind, smallest = NETWORKS[name]
    if size < smallest:
        raise ValueError(
            f"{name} wants images of at least {smallest} pixels, not {size}"
        )
    # Built without storage, the layers draw no weights from the global generator.
    with torch.device("meta"):
        model = Classifier(channels, kind(channels, classes, width))
    model.to_empty(device="cpu")
    with torch.no_grad():
        _initialize(model, torch.Generator().manual_seed(seed))
    return model


def _initialize(model: nn.Module, generator: torch.Generator) -> None:
    """Give every parameter and buffer its first value."""
    for module in model.modules():
        match module:
            case Normalize():
                module.mean.zero_()
                module.deviation.fill_(1)
            case Whiten():
                module.kernels.zero_()
                module.bias.zero_()
            case nn.GroupNorm() | nn.BatchNorm2d():
                module.reset_parameters()  # gains 1, biases 0: nothing is drawn
            case nn.Conv2d():
                nn.init.kaiming_normal_(
                    module.weight, nonlinearity="relu", generator=generator
                )
            case Small() | ResNet():
                # small logits: an untrained network finds all classes equally probable
                share = 1.0 if isinstance(module, ResNet) else 0.2
                deviation = share / math.sqrt(module.head.in_features)
                nn.init.normal_(module.head.weight, std=deviation, generator=generator)
                if module.head.bias is not None:
                    module.head.bias.zero_()


def count_parameters(model: nn.Module) -> int:
    """Count the numbers that are trained."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)

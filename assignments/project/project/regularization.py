"""What holds the network back from knowing the training set by heart.

Both functions are called at places where every run passes: `is_decayed` once for each
parameter when the optimizer is built, `smoothed_loss` at each training step.
"""

from __future__ import annotations

from torch import Tensor


def is_decayed(name: str, shape: tuple[int, ...]) -> bool:
    """Decide whether weight decay applies to a parameter.

    It applies to the weights of linear layers and of convolutions, which multiply
    their input. It does not apply to biases, nor to the gains of a normalization
    (their name ends in "weight", too): those do not make a function more complicated,
    and decay would only keep them from their task.

    Given
    name: the parameter's name in the network, for example "net.head.bias"
    shape: its shape; (out, in) for a linear layer, (out, in, height, width) for a
      convolution, (channels,) for gains and biases

    Returns True or False
    """
    # Your code goes here.
    raise NotImplementedError


def smoothed_loss(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Measure the cross-entropy against labels that are a little unsure.

    The target of a sample is no longer 1 for its class and 0 for the others: a share
    `smoothing` of it is spread evenly over all C classes, the right one included.
    With ε for `smoothing`, p for the softmax of the logits and y for the label,

        loss = mean over the samples of  -(1 - ε) ln p[y] - ε/C · Σ_c ln p[c] .

    It is finite for logits of any finite size: the logarithm of a softmax is a function
    of its own, in torch as in the course. (Some implementations spread ε over the
    C - 1 wrong classes instead; torch and we do not.)

    Given
    logits: (N, C), any floating-point type
    labels: (N,), whole numbers from 0 to C - 1
    smoothing: ε, 0 <= ε < 1; with 0 this is the ordinary cross-entropy

    Returns the mean over the N samples, in nats: a tensor of shape ()
    """
    # Your code goes here.
    raise NotImplementedError

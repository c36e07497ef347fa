# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Optimizers: ten lines between a gradient and a step
#
# Backpropagation ends with a gradient for every weight.
# What to do with it is the optimizer's business: it takes ten lines, and it decides
# whether training takes an hour or a week.
# You will write eight optimizers, each of which mends something that the one before
# it does badly, and two small tools for watching over them.
#
# **You will learn**
#
# - what momentum remembers, and where Nesterov looks,
# - how a step can have a length of its own for every weight,
# - why Adam divides by $1 - \beta^t$, and where its $\varepsilon$ stands,
# - how to bound a gradient, and how to tell whether a step was of a healthy size.
#
# **Time:** about 100 minutes.
# **Points:** 100.
# **Read along:** [the chapter on optimizers](BOOK/optimizers.html).
#
# All eight have one signature, CS231n's:
# `next_w, config = optimizer(w, dw, config)`.
# The [dictionary `config`](BOOK/optimizers.html#optimizers-config) holds the settings,
# such as the learning rate, *and* what the optimizer remembers from step to step.
# It is the only memory there is: whatever the next call needs has to be in the config
# that you return, because a network has many arrays of weights, and each brings its
# own config.
# The first line of each stub is written for you: it fills in the defaults of whatever
# the caller did not give.
#
# Two manners, worth a few hundredths: leave `w` and `dw` as they were (no `w -= ...`),
# and return weights of the dtype that came in.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder import check

# %% [markdown]
# A long valley is enough to see what an optimizer does:
#
# $$f(x, y) = \tfrac{1}{20}\, x^2 + y^2, \qquad
# \nabla f(x, y) = \left(\tfrac{x}{10},\; 2 y\right).$$
#
# It is steep in $y$, almost flat in $x$, and lowest at the origin.
# All walks begin at $(-7, 2)$, where the gradient points nearly straight across the
# valley.

# %%
START = np.array([-7.0, 2.0])


def valley_gradient(w):
    # (2,) -> (2,)
    return np.array([w[0] / 10, 2 * w[1]])


def walk(optimizer, config, steps=30):
    """The points of a walk through the valley, (steps + 1, 2)."""
    points = [START]
    for _ in range(steps):
        dw = valley_gradient(points[-1])
        next_w, config = optimizer(points[-1].copy(), dw, config)
        points.append(np.array(next_w))
    return np.array(points)


def draw(**walks):
    """The valley's contours, and one walk through it in each panel."""
    x, y = np.meshgrid(np.linspace(-8, 4, 200), np.linspace(-3, 3, 100))
    size = (4 * len(walks), 2.6)
    _, axes = plt.subplots(1, len(walks), figsize=size, squeeze=False)
    for axis, (title, points) in zip(axes[0], walks.items(), strict=True):
        levels = [0.05, 0.3, 1, 2, 4, 7]
        axis.contour(x, y, x**2 / 20 + y**2, levels=levels, colors="0.75")
        axis.plot(*points.T, "o-", markersize=3, linewidth=1)
        axis.plot(0, 0, "k+", markersize=10)
        axis.set(title=title, xlim=(-8, 4), ylim=(-3, 3))
    plt.show()


# %% [markdown]
# ## 1. Gradient descent
#
# The gradient points to where the loss grows fastest, so go the other way, in
# proportion to the slope:
#
# $$w \leftarrow w - \eta\, g .$$
#
# Here $g$ is `dw` and $\eta$ is `config["learning_rate"]`.
# More in the chapter: [down the gradient](BOOK/optimizers.html#optimizers-sgd).
#
# **On paper first.**
# The weights are $(1, -2)$, the gradient is $(0.5, 3)$ and the learning rate is 0.1.
# Where are the weights after the step?


# %%
def sgd(w, dw, config=None):
    # any shape, the same shape -> the same shape, dictionary
    """Take a step of gradient descent.

    Given
    w: the weights, an array of any shape
    dw: the gradient of the loss with respect to w
    config: None, or a dictionary with
      'learning_rate': how far a step goes (0.01 if it is not there)

    Returns (next_w, config)
    next_w: the weights after the step, a new array of the dtype of w
    config: the dictionary for the next call
    """
    config = {"learning_rate": 1e-2, **(config or {})}
    ### BEGIN SOLUTION
    return w - config["learning_rate"] * dw, config
    ### END SOLUTION


# %%
check(sgd)  # 5 points

# %%
next_w, _ = sgd(np.array([1.0, -2.0]), np.array([0.5, 3.0]), {"learning_rate": 0.1})
print("after the step:", next_w)

# %% [markdown]
# And this is gradient descent in the valley, cautious and bold.
# Why does the bold one zigzag, and what limits the learning rate, the steep direction
# or the flat one?

# %%
draw(
    cautious=walk(sgd, {"learning_rate": 0.2}),
    bold=walk(sgd, {"learning_rate": 0.95}),
)

# %% [markdown]
# ## 2. Momentum
#
# A heavy ball keeps some of its velocity $v$, and the gradient only changes it:
#
# $$v \leftarrow \alpha v - \eta\, g, \qquad w \leftarrow w + v .$$
#
# Where gradients agree from step to step the ball speeds up; where they change sign
# they cancel.
# The velocity lives in `config["velocity"]`, and it is a *step* already: the learning
# rate is inside.
# More in the chapter: [momentum](BOOK/optimizers.html#optimizers-momentum).
#
# **On paper first.**
# The gradient is 1 in every step, $\eta = 0.1$ and $\alpha = 0.9$.
# What are the first three velocities?
# Which one do they approach, and how many times longer is it than the first?


# %%
def sgd_momentum(w, dw, config=None):
    # any shape, the same shape -> the same shape, dictionary
    """Take a step of gradient descent with momentum.

    Given
    w, dw: as for sgd
    config: None, or a dictionary with
      'learning_rate': 0.01 if it is not there
      'momentum': the share of the velocity that is kept, 0.9 if it is not there
      'velocity': an array like w, zeros if it is not there

    Returns (next_w, config), with the new 'velocity' in config
    """
    config = {
        "learning_rate": 1e-2,
        "momentum": 0.9,
        "velocity": np.zeros_like(w),
        **(config or {}),
    }
    ### BEGIN SOLUTION
    v = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    config["velocity"] = v
    return w + v, config
    ### END SOLUTION


# %%
check(sgd_momentum)  # 9 points

# %%
w, config = np.zeros(1), {"learning_rate": 0.1, "momentum": 0.9}
for step in range(1, 61):
    w, config = sgd_momentum(w, np.ones(1), config)
    if step in (1, 2, 3, 60):
        print(f"velocity after step {step:2d}:", config["velocity"].round(4))

# %% [markdown]
# ## 3. Nesterov's momentum
#
# The velocity will carry us on anyway, so why not look at the slope where we are about
# to be?
# Nesterov takes the gradient at the look-ahead point $w = x + \alpha v$ instead of $x$.
# If we store the look-ahead point itself as `w`, nobody outside has to know, and a step
# leads from one look-ahead point to the next:
#
# $$v_\text{new} = \alpha v - \eta\, g, \qquad
# w \leftarrow w - \alpha v + (1 + \alpha)\, v_\text{new} .$$
#
# More in the chapter:
# [Nesterov's momentum](BOOK/optimizers.html#optimizers-nesterov).
#
# **On paper first.**
# Take the three parts of the second formula apart: which takes us back from the
# look-ahead point to $x$, which is the step, which looks ahead again?
# And how long is the first step, for $g = 1$, $\eta = 0.1$, $\alpha = 0.9$?


# %%
def nesterov_momentum(w, dw, config=None):
    # any shape, the same shape -> the same shape, dictionary
    """Take a step of Nesterov's momentum, from one look-ahead point to the next.

    Given
    w: the look-ahead point
    dw: the gradient there
    config: as for sgd_momentum, with the same defaults

    Returns (next_w, config), with the new 'velocity' in config
    """
    config = {
        "learning_rate": 1e-2,
        "momentum": 0.9,
        "velocity": np.zeros_like(w),
        **(config or {}),
    }
    ### BEGIN SOLUTION
    momentum, old = config["momentum"], config["velocity"]
    v = momentum * old - config["learning_rate"] * dw
    config["velocity"] = v
    return w - momentum * old + (1 + momentum) * v, config
    ### END SOLUTION


# %%
check(nesterov_momentum)  # 11 points

# %%
next_w, _ = nesterov_momentum(np.zeros(1), np.ones(1), {"learning_rate": 0.1})
print("first step:", next_w)

settings = {"learning_rate": 0.1, "momentum": 0.9}
draw(momentum=walk(sgd_momentum, settings), Nesterov=walk(nesterov_momentum, settings))

# %% [markdown]
# ## 4. AdaGrad
#
# One learning rate for all weights is a compromise: too large for the steep directions,
# too small for the flat ones.
# AdaGrad sums the squares of all gradients a weight has seen, and divides by the root:
#
# $$c \leftarrow c + g \odot g, \qquad
# w \leftarrow w - \eta\, \frac{g}{\sqrt{c} + \varepsilon} .$$
#
# The sum $c$ lives in `config["cache"]`, and $\varepsilon$ keeps the division possible
# for a weight that has had no gradient yet.
# It stands *outside* the root, and that
# [is no detail](BOOK/optimizers.html#optimizers-epsilon).
# More in the chapter: [AdaGrad](BOOK/optimizers.html#optimizers-adagrad).
#
# **On paper first.**
# The gradient is 5 in every step.
# How long are the first three steps, and the hundredth, in units of $\eta$?
# Would it matter if it were 500?


# %%
def adagrad(w, dw, config=None):
    # any shape, the same shape -> the same shape, dictionary
    """Take a step of AdaGrad.

    Given
    w, dw: as for sgd
    config: None, or a dictionary with
      'learning_rate': 0.01 if it is not there
      'epsilon': added to the root, 1e-8 if it is not there
      'cache': the sum of squared gradients, like w, zeros if it is not there

    Returns (next_w, config), with the new 'cache' in config
    """
    config = {
        "learning_rate": 1e-2,
        "epsilon": 1e-8,
        "cache": np.zeros_like(w),
        **(config or {}),
    }
    ### BEGIN SOLUTION
    config["cache"] = config["cache"] + dw**2
    root = np.sqrt(config["cache"]) + config["epsilon"]
    return w - config["learning_rate"] * dw / root, config
    ### END SOLUTION


# %%
check(adagrad)  # 8 points

# %%
for slope in (5.0, 500.0):
    w, config = np.zeros(1), {"learning_rate": 1.0}
    lengths = []
    for _ in range(100):
        next_w, config = adagrad(w, np.full(1, slope), config)
        lengths.append(float(w[0] - next_w[0]))
        w = next_w
    print(f"gradient {slope:3.0f}:", np.round([*lengths[:3], lengths[-1]], 4))

# %% [markdown]
# ## 5. RMSProp
#
# A sum only grows, so AdaGrad's steps only shrink, and in the end it stands still.
# RMSProp lets old squares fade, with $\rho$ for `config["decay_rate"]`:
#
# $$c \leftarrow \rho\, c + (1 - \rho)\, g \odot g, \qquad
# w \leftarrow w - \eta\, \frac{g}{\sqrt{c} + \varepsilon} .$$
#
# More in the chapter: [RMSProp](BOOK/optimizers.html#optimizers-rmsprop).
#
# **On paper first.**
# The cache begins at 0, $\rho = 0.99$, and the gradient is 5 in every step.
# How long is the *first* step, in units of $\eta$?
# And after very many?
# (Keep the first number in mind: Adam will have something to say about it.)


# %%
def rmsprop(w, dw, config=None):
    # any shape, the same shape -> the same shape, dictionary
    """Take a step of RMSProp.

    Given
    w, dw: as for sgd
    config: None, or a dictionary with
      'learning_rate': 0.01 if it is not there
      'decay_rate': the share of the old cache that is kept, 0.99 if it is not there
      'epsilon': added to the root, 1e-8 if it is not there
      'cache': the fading mean of squared gradients, like w, zeros if it is not there

    Returns (next_w, config), with the new 'cache' in config
    """
    config = {
        "learning_rate": 1e-2,
        "decay_rate": 0.99,
        "epsilon": 1e-8,
        "cache": np.zeros_like(w),
        **(config or {}),
    }
    ### BEGIN SOLUTION
    rho = config["decay_rate"]
    config["cache"] = rho * config["cache"] + (1 - rho) * dw**2
    root = np.sqrt(config["cache"]) + config["epsilon"]
    return w - config["learning_rate"] * dw / root, config
    ### END SOLUTION


# %%
check(rmsprop)  # 10 points

# %%
w, config = np.zeros(1), {"learning_rate": 1.0}
for step in range(1, 1001):
    next_w, config = rmsprop(w, np.full(1, 5.0), config)
    if step in (1, 2, 10, 100, 1000):
        print(f"length of step {step:4d}:", (w - next_w).round(3))
    w = next_w

draw(
    AdaGrad=walk(adagrad, {"learning_rate": 1.5}),
    RMSProp=walk(rmsprop, {"learning_rate": 0.3, "decay_rate": 0.9}),
)

# %% [markdown]
# ## 6. AdaDelta
#
# Look at the units.
# $g / \sqrt{c}$ has none, but a step must have the unit of a weight, so $\eta$ has to
# bring it.
# Zeiler takes the size of past steps instead.
# With two fading means, $E$ of squared gradients and $D$ of squared steps, a step is
#
# $$E \leftarrow \rho E + (1-\rho)\, g \odot g, \qquad
# \Delta = -\frac{\sqrt{D + \varepsilon}}{\sqrt{E + \varepsilon}}\, g, \qquad
# D \leftarrow \rho D + (1-\rho)\, \Delta \odot \Delta, \qquad
# w \leftarrow w + \eta\, \Delta .$$
#
# This is the one place where $\varepsilon$ stands *under* the root, by definition:
# while $D$ is 0 it is what gets the walk going.
# The learning rate $\eta$ is 1 in Zeiler's paper; PyTorch added it, outside of all the
# rest.
# More in the chapter: [AdaDelta](BOOK/optimizers.html#optimizers-adadelta).
#
# **On paper first.**
# How long is the first step, for $\rho = 0.95$, $\varepsilon = 10^{-6}$ and $g = 1$?
# And for $g = 100$?


# %%
def adadelta(w, dw, config=None):
    # any shape, the same shape -> the same shape, dictionary
    """Take a step of AdaDelta.

    Given
    w, dw: as for sgd
    config: None, or a dictionary with
      'learning_rate': a factor of the step, 1 if it is not there
      'decay_rate': the share of both means that is kept, 0.95 if it is not there
      'epsilon': added under both roots, 1e-6 if it is not there
      'cache': the fading mean of squared gradients, zeros if it is not there
      'delta_cache': that of squared steps, without the learning rate, likewise

    Returns (next_w, config), with both means renewed in config
    """
    config = {
        "learning_rate": 1.0,
        "decay_rate": 0.95,
        "epsilon": 1e-6,
        "cache": np.zeros_like(w),
        "delta_cache": np.zeros_like(w),
        **(config or {}),
    }
    ### BEGIN SOLUTION
    rho, epsilon = config["decay_rate"], config["epsilon"]
    config["cache"] = rho * config["cache"] + (1 - rho) * dw**2
    scale = (config["delta_cache"] + epsilon) / (config["cache"] + epsilon)
    delta = -np.sqrt(scale) * dw
    # The step enters its mean only now: it cannot be part of its own measure.
    config["delta_cache"] = rho * config["delta_cache"] + (1 - rho) * delta**2
    return w + config["learning_rate"] * delta, config
    ### END SOLUTION


# %%
check(adadelta)  # 12 points

# %%
for slope in (1.0, 100.0):
    next_w, _ = adadelta(
        np.zeros(1), np.full(1, slope), {"decay_rate": 0.95, "epsilon": 1e-6}
    )
    print(f"first step for a gradient of {slope:3.0f}:", next_w.round(6))

# %% [markdown]
# ## 7. Adam
#
# Momentum's memory for directions and RMSProp's for sizes, in one:
#
# $$m \leftarrow \beta_1 m + (1-\beta_1)\, g, \qquad
# v \leftarrow \beta_2 v + (1-\beta_2)\, g \odot g .$$
#
# Both means begin at 0 and are too small at first: after $t$ steps of a constant
# gradient, $m = (1 - \beta_1^t)\, g$.
# Adam divides that out, and steps:
#
# $$t \leftarrow t + 1, \qquad
# \hat m = \frac{m}{1 - \beta_1^t}, \quad \hat v = \frac{v}{1 - \beta_2^t}, \qquad
# w \leftarrow w - \eta\, \frac{\hat m}{\sqrt{\hat v} + \varepsilon} .$$
#
# Note that `t` is counted on *first*, and that `config` keeps $m$ and $v$ as they are,
# uncorrected.
# More in the chapter: [Adam](BOOK/optimizers.html#optimizers-adam),
# [the bias](BOOK/optimizers.html#optimizers-bias-correction).
#
# **On paper first.**
# How long is Adam's very first step, if the gradient is 5?
# If it is 0.001?
# And how long would it be without the correction, for $\beta_1 = 0.9$ and
# $\beta_2 = 0.999$?


# %%
def adam(w, dw, config=None):
    # any shape, the same shape -> the same shape, dictionary
    """Take a step of Adam.

    Given
    w, dw: as for sgd
    config: None, or a dictionary with
      'learning_rate': 0.001 if it is not there
      'beta1', 'beta2': the shares of m and of v that are kept, 0.9 and 0.999
      'epsilon': added to the root of the corrected v, 1e-8 if it is not there
      'm', 'v': the fading means of dw and of its square, zeros if they are not there
      't': how many steps have been taken so far, 0 if it is not there

    Returns (next_w, config), with the new 'm', 'v' and 't' in config
    """
    config = {
        "learning_rate": 1e-3,
        "beta1": 0.9,
        "beta2": 0.999,
        "epsilon": 1e-8,
        "m": np.zeros_like(w),
        "v": np.zeros_like(w),
        "t": 0,
        **(config or {}),
    }
    ### BEGIN SOLUTION
    beta1, beta2 = config["beta1"], config["beta2"]
    config["t"] += 1
    config["m"] = beta1 * config["m"] + (1 - beta1) * dw
    config["v"] = beta2 * config["v"] + (1 - beta2) * dw**2
    m = config["m"] / (1 - beta1 ** config["t"])
    v = config["v"] / (1 - beta2 ** config["t"])
    root = np.sqrt(v) + config["epsilon"]
    return w - config["learning_rate"] * m / root, config
    ### END SOLUTION


# %%
check(adam)  # 18 points

# %%
for slope in (5.0, 0.001):
    next_w, _ = adam(np.zeros(1), np.full(1, slope), {"learning_rate": 1.0})
    print(f"first step for a gradient of {slope}:", next_w.round(6))

draw(
    AdaDelta=walk(adadelta, {"epsilon": 1e-2}, steps=60),
    Adam=walk(adam, {"learning_rate": 0.5}),
)

# %% [markdown]
# ## 8. AdamW
#
# Weight decay pulls every weight toward 0.
# Add it to the gradient, as one does for plain gradient descent, and Adam divides it by
# $\sqrt{\hat v}$: weights with large gradients hardly decay at all.
# AdamW keeps the two apart:
#
# $$w \leftarrow (1 - \eta \lambda)\, w - \eta\, \frac{\hat m}{\sqrt{\hat v} +
# \varepsilon} .$$
#
# Here $\lambda$ is `config["weight_decay"]`, and neither $\hat m$ nor $\hat v$ ever
# hears of it.
# You may call your `adam`.
# More in the chapter: [AdamW](BOOK/optimizers.html#optimizers-adamw).
#
# **On paper first.**
# A weight of 10 has had no gradient so far and has none now.
# Where is it after one step with $\eta = 0.1$ and $\lambda = 0.2$?
# And where would it be if the decay were added to the gradient?


# %%
def adamw(w, dw, config=None):
    # any shape, the same shape -> the same shape, dictionary
    """Take a step of Adam, and apart from it let the weights decay.

    Given
    w, dw: as for sgd
    config: None, or a dictionary with
      'weight_decay': 0.01 if it is not there
      and all that adam takes, with the same defaults

    Returns (next_w, config), with the new 'm', 'v' and 't' in config
    """
    config = {"learning_rate": 1e-3, "weight_decay": 1e-2, **(config or {})}
    ### BEGIN SOLUTION
    kept = 1 - config["learning_rate"] * config["weight_decay"]
    return adam(kept * w, dw, config)
    ### END SOLUTION


# %%
check(adamw)  # 9 points

# %%
settings = {"learning_rate": 0.1, "weight_decay": 0.2}
decayed, _ = adamw(np.full(1, 10.0), np.zeros(1), settings)
penalized, _ = adam(np.full(1, 10.0), 0.2 * np.full(1, 10.0), settings)
print("decay apart from the step:  ", decayed)
print("decay added to the gradient:", penalized)

# %% [markdown]
# ## 9. A bound on the gradient
#
# Now and then a gradient is enormous, and one step undoes an hour of training.
# Take all gradients of a network as *one* long vector; if its length exceeds a bound,
# shorten it, and keep its direction:
#
# $$\lVert g \rVert = \sqrt{\textstyle\sum_k \lVert g_k \rVert^2}, \qquad
# g_k \leftarrow \min\!\left(1, \frac{\text{max\_norm}}{\lVert g \rVert}\right) g_k
# \quad\text{for all } k .$$
#
# Beware of the gradient that is 0 everywhere.
# More in the chapter: [clipping](BOOK/optimizers.html#optimizers-clipping).
#
# **On paper first.**
# Two arrays hold the gradients $(3, 0)$ and $(4)$, and `max_norm` is 1.
# What comes out, and what is the norm that is returned?


# %%
def clip_grad_norm(grads, max_norm):
    # list of arrays of any shapes, number -> list of arrays of these shapes, number
    """Shorten gradients, all by the same factor, if they are too long together.

    Given
    grads: the gradients of a network, a list of arrays
    max_norm: the largest L2 norm that all of them together may have, above 0

    Returns (grads, norm)
    grads: a list of new arrays, each of the shape and dtype it had
    norm: the L2 norm of all entries of all arrays, as it was before
    """
    ### BEGIN SOLUTION
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    factor = max_norm / norm if norm > max_norm else 1
    return [factor * g for g in grads], norm
    ### END SOLUTION


# %%
check(clip_grad_norm)  # 12 points

# %%
clipped, norm = clip_grad_norm([np.array([3.0, 0.0]), np.array([4.0])], 1.0)
print("gradients:", *clipped, "  norm before:", norm)

# %% [markdown]
# ## 10. Was that a healthy step?
#
# A number that is worth a line in every training log: how far did the weights move,
# compared with how large they are?
#
# $$\text{ratio} = \frac{\lVert w_\text{next} - w \rVert}{\lVert w \rVert} .$$
#
# Near $10^{-3}$ is a good sign; far below, the network hardly learns, far above, it
# forgets.
# More in the chapter:
# [the update ratio](BOOK/optimizers.html#optimizers-update-ratio).
#
# **On paper first.**
# The weights were $(3, 4)$ and are $(3, 4.01)$.
# Was that healthy?


# %%
def update_ratio(w, next_w):
    # any shape, the same shape -> number
    """How far the weights moved, in units of their own size.

    Given
    w: the weights before the step, an array of any shape, not all 0
    next_w: the weights after it

    Returns the L2 norm of the update over that of w, each taken over all entries.
    """
    ### BEGIN SOLUTION
    return np.sqrt(np.sum((next_w - w) ** 2) / np.sum(w**2))
    ### END SOLUTION


# %%
check(update_ratio)  # 6 points

# %%
print("ratio:", update_ratio(np.array([3.0, 4.0]), np.array([3.0, 4.01])))

# %% [markdown]
# Here are all eight in the valley, by how high above its lowest point they are.
# The learning rates were chosen by hand, one for each: with others, the order changes.
# So which optimizer is best?
# Change a rate or two in a copy of this cell before you answer.

# %%
WALKS = {
    "SGD": (sgd, {"learning_rate": 0.95}),
    "momentum": (sgd_momentum, {"learning_rate": 0.1}),
    "Nesterov": (nesterov_momentum, {"learning_rate": 0.1}),
    "AdaGrad": (adagrad, {"learning_rate": 1.5}),
    "RMSProp": (rmsprop, {"learning_rate": 0.3, "decay_rate": 0.9}),
    "AdaDelta": (adadelta, {"epsilon": 1e-2}),
    "Adam": (adam, {"learning_rate": 0.5}),
    "AdamW": (adamw, {"learning_rate": 0.5}),
}
figure, axis = plt.subplots(figsize=(7, 3.5))
for name, (optimizer, config) in WALKS.items():
    x, y = walk(optimizer, config, steps=60).T
    axis.semilogy(x**2 / 20 + y**2, label=name)
axis.set(xlabel="step", ylabel="f(x, y)", ylim=(1e-6, 20))
axis.legend(ncols=2, fontsize="small")
plt.show()

# %% [markdown]
# **Done.**
# Every optimizer of every framework is a variation on these lines.
# Before you close the notebook, go back through the ten functions: which of them would
# still train if you left out one line, only worse?
# Those are the mistakes that no error message will ever tell you about.

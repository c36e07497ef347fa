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
# # Initialization: starting where a network can learn
#
# Before the first step of training, a network is a pile of random numbers.
# How large those numbers are decides whether the signal survives the way through
# the layers, and whether a gradient ever comes back.
# The functions you will write are one to five lines long, and a wrong factor in one
# of them does not crash: the network just never learns.
#
# **You will learn**
#
# - how many inputs feed a unit, in a dense layer and in a convolution,
# - why the weights must be random, and how to make the randomness repeatable,
# - where $\sqrt{1/n}$ and $\sqrt{2/n}$ come from, and which goes with which activation,
# - what an orthogonal matrix does for a deep network, and how to draw one.
#
# **Time:** about 75 minutes.
# **Points:** 100.
# **Read along:** [the chapter on initialization](BOOK/initialization.html).
#
# Shapes first.
# Dense weights are `(n_in, n_out)`, so that a layer computes `x @ w + b`.
# Filters are `(F, C, HH, WW)`: $F$ filters, each looking at a window of $HH \times WW$
# pixels in all $C$ channels.
# And random numbers come from `rng`, a `np.random.Generator`, and from nothing else:
# whoever calls you decides with it whether a run can be repeated.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder import check

# %% [markdown]
# ## 1. Fan-in
#
# The **fan-in** $n$ of a layer is the number of inputs that are summed up for *one*
# output:
#
# $$z_j = \sum_{i=1}^{n} w_{ij}\, x_i .$$
#
# For a convolution, think of one pixel that comes out of one filter.
# More in the chapter:
# [counting inputs](BOOK/initialization.html#initialization-fan-in).
#
# **On paper first.**
# A dense layer takes 784 pixels to 100 units.
# A convolution has 16 filters of $3 \times 5$ pixels over 8 channels.
# What is the fan-in of each?


# %%
def fan_in(shape):
    # (n_in, n_out) or (F, C, HH, WW) -> a number
    """Count the inputs that feed one unit of a layer.

    Given
    shape: the shape of the layer's weights, a tuple:
      (n_in, n_out) of a dense layer, or (F, C, HH, WW) of a convolution

    Returns the number of inputs that are summed up for one output.

    Raises ValueError, with a message that says why, for a shape of any other
    number of axes.
    """
    ### BEGIN SOLUTION
    if len(shape) not in (2, 4):
        raise ValueError(f"expected (n_in, n_out) or (F, C, HH, WW), not {shape}")
    return shape[0] if len(shape) == 2 else shape[1] * shape[2] * shape[3]
    ### END SOLUTION


# %%
check(fan_in)  # 15 points

# %% [markdown]
# The two layers from above: do the numbers agree with your paper?

# %%
print("dense      ", fan_in((784, 100)))
print("convolution", fan_in((16, 8, 3, 5)))

# %% [markdown]
# ## 2. Normal weights
#
# The plainest start: every weight is drawn for itself from a normal distribution,
#
# $$w_{ij} \sim \mathcal{N}(0, \sigma^2), \qquad \sigma = \texttt{std}.$$
#
# Watch which of the two, $\sigma$ or $\sigma^2$, NumPy asks for.
# More in the chapter:
# [why random](BOOK/initialization.html#initialization-symmetry),
# [variance or standard deviation](BOOK/initialization.html#initialization-std),
# [which law](BOOK/initialization.html#initialization-law),
# [one generator](BOOK/initialization.html#initialization-rng).
#
# **On paper first.**
# All weights of a layer are set to the same number, say 0.1.
# Two of its units see the same input: how do their outputs differ, how do their
# gradients, and how do the units differ after 1000 steps?


# %%
def normal_init(shape, std, rng):
    # shape -> an array of that shape
    """Draw weights from a normal distribution of mean 0.

    Given
    shape: the shape of the weights, (n_in, n_out) or (F, C, HH, WW)
    std: their standard deviation, not negative
    rng: a np.random.Generator, the only source of random numbers: in the same state
      it gives the same weights

    Returns w, float64 and of the given shape.

    Raises ValueError, with a message that says why, if std is negative; NumPy may
    do it for you. A std of 0 is allowed, and gives zeros.
    """
    ### BEGIN SOLUTION
    return rng.normal(0.0, std, shape)
    ### END SOLUTION


# %%
check(normal_init)  # 15 points

# %% [markdown]
# A thousand weights at three scales.
# The numbers on the right should be close to `std`.

# %%
rng = np.random.default_rng(0)
for std in (0.01, 1.0, 3.0):
    w = normal_init((50, 20), std, rng)
    print(f"std = {std:<5} mean {w.mean():7.4f}, standard deviation {w.std():.4f}")

# %% [markdown]
# ## 3. Xavier
#
# Let the inputs be independent of the weights, with mean 0 and variance
# $\mathrm{Var}[x]$, and let all of them be independent of each other.
# Then a sum of $n$ products has the variance
#
# $$\mathrm{Var}[z_j] = n\, \mathrm{Var}[w]\, \mathrm{Var}[x] ,
# \qquad\text{and it stays } \mathrm{Var}[x] \text{ with}\qquad
# \mathrm{Var}[w] = \frac{1}{n} .$$
#
# So the standard deviation is $\sqrt{1/n}$, with $n$ the fan-in.
# (Glorot and Bengio, who proposed it, average over the way forward and the way back:
# variance $2 / (n_\text{in} + n_\text{out})$.
# Many libraries mean that by *Xavier*; in this course it is $1/n_\text{in}$.)
# More in the chapter: [Xavier](BOOK/initialization.html#initialization-xavier).
#
# **On paper first.**
# A layer with 400 inputs and 100 outputs: what is the standard deviation of its
# weights?
# And what would it be if somebody took the variance for the standard deviation?


# %%
def xavier_init(shape, rng):
    # shape -> an array of that shape
    """Draw weights that keep the variance of a linear layer.

    Given
    shape: the shape of the weights, (n_in, n_out) or (F, C, HH, WW)
    rng: a np.random.Generator, the only source of random numbers

    Returns w, float64 and of the given shape, with mean 0 and standard deviation
    sqrt(1 / fan_in). Draw from a normal distribution, or from another that is
    symmetric and continuous and has no heavier tails.
    """
    ### BEGIN SOLUTION
    return normal_init(shape, np.sqrt(1 / fan_in(shape)), rng)
    ### END SOLUTION


# %%
check(xavier_init)  # 20 points

# %% [markdown]
# The layer from above, and a thousand inputs of variance 1 through it.
# What goes in and what comes out should have the same variance, close to 1.

# %%
rng = np.random.default_rng(1)
x = rng.standard_normal((1000, 400))
w = xavier_init((400, 100), rng)
z = x @ w
print(f"standard deviation of the weights {w.std():.4f}")
print(f"variance of x {x.var():.3f}, of x @ w {z.var():.3f}")

# %% [markdown]
# ## 4. He
#
# A ReLU sets the negative half of its inputs to 0.
# Of a $z$ that is symmetric about 0 it keeps half of the mean square:
#
# $$\mathrm{E}[\max(0, z)^2] = \tfrac12 \mathrm{Var}[z] ,
# \qquad\text{so that}\qquad \mathrm{Var}[w] = \frac{2}{n}$$
#
# makes up for it in the next layer.
# More in the chapter: [He](BOOK/initialization.html#initialization-he).
#
# **On paper first.**
# A network of 20 ReLU layers starts with Xavier's weights.
# By what factor does the mean square of the signal shrink on its way through?
# And if its layers start with He's weights, but have no ReLUs?


# %%
def he_init(shape, rng):
    # shape -> an array of that shape
    """Draw weights that keep the mean square of a layer of ReLUs.

    Given
    shape: the shape of the weights, (n_in, n_out) or (F, C, HH, WW)
    rng: a np.random.Generator, the only source of random numbers

    Returns w, float64 and of the given shape, with mean 0 and standard deviation
    sqrt(2 / fan_in). Draw from a normal distribution, or from another that is
    symmetric and continuous and has no heavier tails.
    """
    ### BEGIN SOLUTION
    return normal_init(shape, np.sqrt(2 / fan_in(shape)), rng)
    ### END SOLUTION


# %%
check(he_init)  # 20 points

# %% [markdown]
# ## What the scale does
#
# Five layers of 200 units, 500 inputs of variance 1, no training at all.
# Each row is a way to start, each column a layer; the histograms show what comes out
# of the layer's activation.
# A healthy row looks alike from left to right.
#
# Before you run the cell: in which rows do all units end up at 0, in which at $\pm 1$?


# %%
def activations(start, activate, rng, layers=5, width=200):
    """What comes out of each layer of a network with weights from ``start``."""
    h, seen = rng.standard_normal((500, width)), []
    for _ in range(layers):
        h = activate(h @ start((width, width), rng))
        seen.append(h)
    return seen


def relu(z):
    """The positive part."""
    return np.maximum(z, 0)


rows = [
    ("std 0.01, tanh", lambda shape, rng: normal_init(shape, 0.01, rng), np.tanh),
    ("std 1, tanh", lambda shape, rng: normal_init(shape, 1.0, rng), np.tanh),
    ("Xavier, tanh", xavier_init, np.tanh),
    ("Xavier, ReLU", xavier_init, relu),
    ("He, ReLU", he_init, relu),
]
apart = {"hspace": 0.8, "wspace": 0.15}
figure, axes = plt.subplots(len(rows), 5, figsize=(8, 7), gridspec_kw=apart)
for line, (name, start, activate) in zip(axes, rows, strict=True):
    seen = activations(start, activate, np.random.default_rng(2))
    low, high = (-1, 1) if activate is np.tanh else (0, 3)
    for layer, (axis, h) in enumerate(zip(line, seen, strict=True), 1):
        axis.hist(h.ravel(), bins=30, range=(low, high))
        axis.set_yticks([])
        axis.set_title(f"layer {layer}: rms {np.sqrt((h**2).mean()):.2g}", fontsize=8)
        axis.tick_params(labelsize=7)
    line[0].set_ylabel(name, fontsize=8)
plt.show()

# %% [markdown]
# ## 5. Orthogonal weights
#
# Xavier keeps the length of a signal on average; an **orthogonal** matrix keeps it
# exactly.
# Flatten the weights to a matrix $A$ of `shape[0]` rows.
# If it is wide, its rows can be orthonormal, if it is tall, its columns:
#
# $$A A^\top = g^2 I \quad (\text{rows} \le \text{columns}), \qquad
# A^\top A = g^2 I \quad (\text{rows} \ge \text{columns}),$$
#
# with the *gain* $g$.
# To draw one, take a tall matrix of standard normal numbers and give it to
# `np.linalg.qr`, which splits it into $QR$: $Q$ has orthonormal columns, as many as the
# shorter side, and $R$ is triangular.
# The signs in $Q$ are LAPACK's choice, not chance; multiplying each column of $Q$ by
# the sign of $R$'s entry on the diagonal makes all orthogonal matrices equally
# probable.
# More in the chapter:
# [orthogonal weights](BOOK/initialization.html#initialization-orthogonal).
#
# **On paper first.**
# Can the rows of a $4 \times 2$ matrix be orthonormal?
# Which shapes do $Q$ and $R$ have for a $2 \times 4$ matrix, and how do you get a
# $2 \times 4$ matrix with orthonormal rows nevertheless?


# %%
def orthogonal_init(shape, rng, gain=1.0):
    # shape -> an array of that shape
    """Draw orthogonal weights.

    Given
    shape: the shape of the weights, (n_in, n_out) or (F, C, HH, WW)
    rng: a np.random.Generator, the only source of random numbers
    gain: the length of the orthogonal vectors

    Returns w, float64 and of the given shape. Of A = w.reshape(shape[0], -1) the rows
    (if there are fewer rows than columns) or the columns (if there are more) are
    orthogonal and of length gain; of a square A both are. No sign is preferred.
    """
    ### BEGIN SOLUTION
    rows, columns = shape[0], np.prod(shape[1:])
    normal = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(normal)
    q *= np.sign(np.diag(r))
    return gain * (q if q.shape == (rows, columns) else q.T).reshape(shape)
    ### END SOLUTION


# %%
check(orthogonal_init)  # 30 points

# %% [markdown]
# A wide matrix times its transpose should be the identity, and the picture shows why
# that matters in depth: the length of one vector on its way through 50 linear layers
# of 100 units, for 10 networks each.

# %%
w = orthogonal_init((3, 5), np.random.default_rng(3))
print(np.abs(w @ w.T).round(3))

figure, axis = plt.subplots(figsize=(6, 3.2))
for name, start, color in [
    ("Xavier", xavier_init, "tab:orange"),
    ("orthogonal", orthogonal_init, "tab:blue"),
]:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        h, lengths = np.full(100, 0.1), []
        for _ in range(50):
            h = h @ start((100, 100), rng)
            lengths.append(np.linalg.norm(h))
        label = name if seed == 0 else None
        axis.semilogy(range(1, 51), lengths, color=color, alpha=0.5, label=label)
axis.set_xlabel("layer")
axis.set_ylabel("length of the signal")
axis.legend()
plt.show()

# %% [markdown]
# ## What to take with you
#
# - Weights are random so that units differ, and small so that sums do not grow.
# - The scale follows from the fan-in and from the activation: $\sqrt{1/n}$ keeps a
#   linear signal, $\sqrt{2/n}$ keeps one that passes ReLUs.
# - One generator, handed from layer to layer, makes a whole network repeatable.
#
# What happens when the scale is wrong, and what a deep network makes of a factor of
# $\sqrt2$, is in [the chapter](BOOK/initialization.html).

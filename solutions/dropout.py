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
# # Dropout: training a network that cannot rely on any unit
#
# Dropout switches units off at random while a network is trained, and uses all of
# them when it is tested.
# It is ten lines of code, and they go wrong in silence: the mask keeps where it
# should drop, or the output has another mean in testing than in training, and
# nothing crashes.
# You will write it so that you can say *why* it is right.
#
# **You will learn**
#
# - what the number $p$ means, and how to tell when someone means the opposite,
# - why a kept unit must be scaled, and when,
# - what the gradient of a random layer is,
# - how dropping weights differs from dropping units.
#
# **Time:** about 75 minutes.
# **Points:** 100.
# **Read along:** [the chapter on dropout](BOOK/dropout.html).
#
# Two words first.
# In this course **`p` is the probability of keeping a unit**, everywhere.
# And `dropout_param` is a dictionary with the keys `'mode'` (`'train'` or `'test'`),
# `'p'`, and sometimes `'seed'`.
# Where there is a seed, two calls draw the same mask (0 is a seed like any other);
# where there is none, each call draws a new one:
# `np.random.default_rng(dropout_param.get("seed"))` does both.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder import check

# %% [markdown]
# ## 1. Inverted dropout
#
# Each unit gets a draw of its own: $m_i = 1$ with probability $p$, and $0$ otherwise.
# In training mode the output is
#
# $$\text{out}_i = \frac{m_i}{p}\, x_i ,
# \qquad\text{so that}\qquad \mathbb{E}[\text{out}_i] = x_i ,$$
#
# and in test mode it is $x$ itself.
# More in the chapter:
# [keep or drop?](BOOK/dropout.html#dropout-keep-or-drop),
# [keeping the expectation](BOOK/dropout.html#dropout-expectation),
# [the mask](BOOK/dropout.html#dropout-masks),
# [any shape](BOOK/dropout.html#dropout-any-shape).
#
# **On paper first.**
# The layer is given $x = (1, 2, -4)$ with $p = 0.8$.
# Which values can the first output take, and with which probabilities?
# What is the mean of each output over very many calls?
# And how many of the $2^3$ masks drop nothing at all: how probable is that one?


# %%
def dropout_forward(x, dropout_param):
    # any shape -> the same shape
    """Keep each unit with probability p, and keep the mean of the output at x.

    Given
    x: the layer's input, an array of any shape
    dropout_param: a dictionary with
      'mode': 'train' or 'test'
      'p': the probability of keeping a unit, in (0, 1]
      'seed': optional, an integer that makes the mask repeatable

    Returns (out, cache)
    out: in 'train' mode x with its units dropped or scaled, in 'test' mode x;
      of the shape and the dtype of x (float32 in, float32 out)
    cache: whatever your dropout_backward will need

    Raises ValueError, with a message that says why, if p is not in (0, 1]:
    neither 1.5 nor -0.25 nor 0 is a probability of keeping.
    """
    ### BEGIN SOLUTION
    p = dropout_param["p"]
    if not 0 < p <= 1:
        raise ValueError(f"p is the probability of keeping, in (0, 1], not {p}")
    if dropout_param["mode"] == "test":
        return x, None
    rng = np.random.default_rng(dropout_param.get("seed"))
    # m / p, with one draw for each entry; x's dtype, so that out has it too.
    mask = ((rng.random(x.shape) < p) / p).astype(x.dtype)
    return x * mask, mask
    ### END SOLUTION


# %%
check(dropout_forward)  # 40 points

# %% [markdown]
# The example from above, once and then 4000 times.
# Compare with your paper: the last line should be close to $x$.

# %%
x = np.array([1.0, 2.0, -4.0])
calls = np.array(
    [dropout_forward(x, {"mode": "train", "p": 0.8})[0] for _ in range(4_000)]
)
print("three calls:      ", *calls[:3])
print("values of out[0]: ", np.unique(calls[:, 0].round(6)))
print("nothing dropped:  ", np.mean(np.all(calls != 0, axis=1)))
print("mean of all calls:", calls.mean(axis=0).round(3))

# %% [markdown]
# The mean stays, but the noise does not come free.
# Here a batch of ones, 16 samples of 40 units, goes through the layer at three values
# of $p$: a white unit was dropped, and the darker a kept one, the more it was scaled.
# Every row is a different thinned network.

# %%
figure, axes = plt.subplots(1, 3, figsize=(9, 2.2), sharey=True)
for axis, p in zip(axes, (0.9, 0.6, 0.3), strict=True):
    out, _ = dropout_forward(np.ones((16, 40)), {"mode": "train", "p": p})
    axis.imshow(out, cmap="Purples", vmin=0, vmax=3.5)
    axis.set_title(f"p = {p}\nmean {out.mean():.2f}, std {out.std():.2f}")
    axis.set_xlabel("unit")
axes[0].set_ylabel("sample")
plt.show()

# %% [markdown]
# ## 2. The gradient of a random layer
#
# Once the mask is drawn, nothing is random any more: the layer multiplies each unit
# by a number it has already chosen.
# So the gradient belongs to one particular call, and with the $m$ of that call
#
# $$\frac{\partial L}{\partial x_i} =
# \frac{\partial L}{\partial\,\text{out}_i}\,
# \frac{\partial\,\text{out}_i}{\partial x_i} .$$
#
# More in the chapter: [the backward pass](BOOK/dropout.html#dropout-backward).
#
# **On paper first.**
# A forward call with $p = 0.8$ kept the first two units of $(1, 2, -4)$ and dropped
# the third.
# The upstream gradient is $(10, 10, 10)$: what is the gradient of $x$?
# And what would it be in test mode?
# After a ReLU, half of all units are exactly 0: if the first of the three were 0, what
# would its gradient be?


# %%
def dropout_backward(dout, cache):
    # any shape, as dropout_forward's out -> the same shape
    """Pass the gradient back through the call of dropout_forward that made cache.

    Given
    dout: the upstream gradient, of the shape of out
    cache: what that call of your dropout_forward returned

    Returns dx, the gradient with respect to x, of the shape and the dtype of dout:
    a float32 dout gives a float32 dx, though the mask may hold float64 numbers.
    """
    ### BEGIN SOLUTION
    mask = cache
    return dout if mask is None else dout * mask
    ### END SOLUTION


# %%
check(dropout_backward)  # 20 points

# %% [markdown]
# The example from above: the first of 100 seeds whose mask is the one on your paper.

# %%
for seed in range(100):
    out, cache = dropout_forward(x, {"mode": "train", "p": 0.8, "seed": seed})
    if np.array_equal(out != 0, [True, True, False]):
        break
print("out:        ", out)
print("dx in train:", dropout_backward(np.full(3, 10.0), cache))
_, cache = dropout_forward(x, {"mode": "test", "p": 0.8})
print("dx in test: ", dropout_backward(np.full(3, 10.0), cache))

# %% [markdown]
# ## 3. Vanilla dropout
#
# The first papers did not scale in training: a kept unit stays as it is.
# Then its mean is $\mathbb{E}[m_i x_i] = p\, x_i$, and it is the *test* that has to
# make up for it, with
#
# $$\text{out}_i = p\, x_i .$$
#
# The two kinds train the same networks, up to a factor.
# More in the chapter: [vanilla dropout](BOOK/dropout.html#dropout-vanilla),
# [test mode](BOOK/dropout.html#dropout-test-mode).
#
# **On paper first.**
# A trained network is used a million times a day.
# Which of the two kinds would you rather have?


# %%
def vanilla_dropout_forward(x, dropout_param):
    # any shape -> the same shape
    """Keep each unit with probability p as it is, and scale by p in test mode.

    Given
    x: the layer's input, an array of any shape
    dropout_param: a dictionary with 'mode', 'p' and perhaps 'seed', as above

    Returns (out, cache)
    out: of the shape and the dtype of x (float32 in, float32 out)
    cache: whatever a backward function would need

    Raises ValueError, with a message that says why, if p is not in (0, 1].
    """
    ### BEGIN SOLUTION
    p = dropout_param["p"]
    if not 0 < p <= 1:
        raise ValueError(f"p is the probability of keeping, in (0, 1], not {p}")
    if dropout_param["mode"] == "train":
        rng = np.random.default_rng(dropout_param.get("seed"))
        factor = (rng.random(x.shape) < p).astype(x.dtype)
    else:
        factor = np.full(x.shape, p, dtype=x.dtype)
    return x * factor, factor
    ### END SOLUTION


# %%
check(vanilla_dropout_forward)  # 15 points

# %% [markdown]
# Both kinds side by side, for $x = 1$ and $p = 0.7$: the mean of 50 000 units in
# training, and what comes out in testing.
# In each row the two numbers should agree.

# %%
ones = np.ones(50_000)
for name, forward in [
    ("inverted", dropout_forward),
    ("vanilla ", vanilla_dropout_forward),
]:
    trained, _ = forward(ones, {"mode": "train", "p": 0.7})
    tested, _ = forward(ones, {"mode": "test", "p": 0.7})
    print(f"{name}: mean {trained.mean():.3f} in training, {tested[0]:.3f} in testing")

# %% [markdown]
# ## 4. DropConnect
#
# An affine layer has more weights than units.
# DropConnect draws for each *weight*: with a mask $M$ of the shape of $w$, every entry
# 1 with probability $p$,
#
# $$\text{out} = x\,\Bigl(\frac{1}{p}\, M \odot w\Bigr) + b ,
# \qquad\text{so that}\qquad \mathbb{E}[\text{out}] = x\,w + b .$$
#
# The bias is never dropped, and test mode is the plain affine map $x\,w + b$.
# One mask for the whole batch, or a new one for each sample: both are right here.
# More in the chapter: [DropConnect](BOOK/dropout.html#dropout-connect).
#
# **On paper first.**
# Let $x = (1, 1)$, $w = \begin{pmatrix}2&2\\6&6\end{pmatrix}$, $b = (1, 1)$ and
# $p = 0.25$.
# Which four values can the first output take, and how probable is each?
# In one and the same call, can the two outputs differ?
# Could they if the *inputs* were dropped instead?


# %%
def dropconnect_forward(x, w, b, dropout_param):
    # (N, D), (D, M), (M,) -> (N, M)
    """Apply an affine map whose weights are kept with probability p each.

    Given
    x: the layer's input, (N, D)
    w: weights, (D, M)
    b: biases, (M,)
    dropout_param: a dictionary with 'mode', 'p' and perhaps 'seed', as above

    Returns (out, cache)
    out: (N, M), of the dtype of x (float32 in, float32 out)
    cache: whatever a backward function would need

    Raises ValueError, with a message that says why, if p is not in (0, 1].
    """
    ### BEGIN SOLUTION
    p = dropout_param["p"]
    if not 0 < p <= 1:
        raise ValueError(f"p is the probability of keeping, in (0, 1], not {p}")
    mask = np.ones_like(w)
    if dropout_param["mode"] == "train":
        rng = np.random.default_rng(dropout_param.get("seed"))
        mask = ((rng.random(w.shape) < p) / p).astype(w.dtype)
    return x @ (w * mask) + b, (x, w, mask)
    ### END SOLUTION


# %%
check(dropconnect_forward)  # 25 points

# %% [markdown]
# The example from above, called 4000 times.
# Compare with your paper; the mean should be what test mode gives.

# %%
row, weights, bias = np.ones((1, 2)), np.array([[2.0, 2.0], [6.0, 6.0]]), np.ones(2)
outs = np.array(
    [
        dropconnect_forward(row, weights, bias, {"mode": "train", "p": 0.25})[0][0]
        for _ in range(4_000)
    ]
)
values, counts = np.unique(outs[:, 0].round(6), return_counts=True)
for value, count in zip(values, counts, strict=True):
    print(f"out[0] = {value:4.1f} in {count / len(outs):.1%} of the calls")
print(f"the two outputs differ in {np.mean(outs[:, 0] != outs[:, 1]):.1%} of the calls")
plain, _ = dropconnect_forward(row, weights, bias, {"mode": "test", "p": 0.25})
print("mean", outs.mean(axis=0).round(2), "test mode", plain[0])

# %% [markdown]
# And this is what it does to a layer of 100 inputs.
# Dropout of the inputs makes all outputs of a sample rise and fall with the same
# missing inputs; DropConnect gives every output its own.
# The picture shows two outputs of the layer against each other, over 400 calls:
# their weights are equal, so only the masks can set them apart.

# %%
rng = np.random.default_rng(0)
sample = np.abs(rng.standard_normal((1, 100)))
twins = np.ones((100, 2)) / 10
param = {"mode": "train", "p": 0.5}
units = [dropout_forward(sample, param)[0] @ twins for _ in range(400)]
links = [dropconnect_forward(sample, twins, np.zeros(2), param)[0] for _ in range(400)]

figure, axes = plt.subplots(1, 2, figsize=(7, 3.2), sharex=True, sharey=True)
for axis, outs, title in [
    (axes[0], units, "dropout of the inputs"),
    (axes[1], links, "DropConnect"),
]:
    axis.scatter(*np.concatenate(outs).T, s=6)
    axis.set_title(title)
    axis.set_xlabel("output 0")
axes[0].set_ylabel("output 1")
plt.show()

# %% [markdown]
# ## What to take with you
#
# - Say which probability $p$ is, keep or drop: libraries differ, and at $p = 0.5$
#   nobody notices.
# - Rate times scale must be 1, in training and in testing together.
# - The gradient belongs to the mask that was drawn, not to a new one.
#
# Where to put the layer, how large $p$ should be and when dropout hurts is in
# [the chapter](BOOK/dropout.html).

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
# # Batch normalization, forwards and backwards
#
# A deep network is easiest to train when every layer receives numbers of about the
# same size.
# Batch normalization does not hope for that, it sees to it: in every step, for every
# feature, with the mean and the variance of the batch at hand.
# The price is a layer that behaves in one way in training and in another in testing,
# and a gradient in which every sample of a batch depends on every other.
# You will write both, then the form for images, and last a normalization that needs no
# batch at all.
#
# **You will learn**
#
# - what is computed in training, what is remembered for testing, and how,
# - where $\varepsilon$ belongs and when it is seen,
# - how to send a gradient back through a mean and a variance, and to tidy it up,
# - which axes are normalized in images and in layer normalization.
#
# **Time:** about 110 minutes.
# **Points:** 100.
# **Read along:** [the chapter on batch normalization](BOOK/batchnorm.html).

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder import check

# %% [markdown]
# ## 1. Forwards
#
# In training, feature $j$ is normalized by its own mean and variance over the $N$
# samples of the batch, then scaled by $\gamma_j$ and shifted by $\beta_j$:
#
# $$\mu_j = \frac1N \sum_i x_{ij}, \qquad
# \sigma_j^2 = \frac1N \sum_i (x_{ij} - \mu_j)^2, \qquad
# \hat x_{ij} = \frac{x_{ij} - \mu_j}{\sqrt{\sigma_j^2 + \varepsilon}}, \qquad
# \text{out}_{ij} = \gamma_j \hat x_{ij} + \beta_j.$$
#
# In testing there may be no batch to speak of: running statistics, gathered in
# training, take the place of $\mu$ and $\sigma^2$.
# With $m$ for the momentum, every batch in train mode moves both of them:
#
# $$\text{running} \leftarrow m \cdot \text{running} + (1 - m) \cdot \text{batch}.$$
#
# Both variances are divided by $N$, here and in CS231n; PyTorch divides the one that
# it remembers by $N - 1$, and its `momentum` is our $1 - m$.
# More in the chapter:
# [what is computed](BOOK/batchnorm.html#batchnorm-forward),
# [scale and shift](BOOK/batchnorm.html#batchnorm-scale),
# [epsilon](BOOK/batchnorm.html#batchnorm-epsilon),
# [running statistics](BOOK/batchnorm.html#batchnorm-running),
# [test mode](BOOK/batchnorm.html#batchnorm-test).
#
# **On paper first.**
# One feature, two samples: $x = (1, 3)$, $\gamma = 2$, $\beta = 10$,
# $\varepsilon = 0$.
# The running mean was 10, the running variance 5, the momentum is 0.75.
# What is `out`, and what are the running statistics now?
# And what does test mode then make of the single sample $x = 10$?


# %%
def batchnorm_forward(x, gamma, beta, bn_param):
    # (N, D), (D,), (D,) -> (N, D)
    """Normalize every feature over the batch, then scale and shift it.

    Given
    x: a batch, (N, D)
    gamma, beta: scale and shift of each feature, (D,)
    bn_param: a dictionary with
      'mode': 'train' or 'test'
      'eps': added to the variance; 1e-5 if it is missing
      'momentum': how much of the running statistics is kept; 0.9 if it is missing
      'running_mean', 'running_var': (D,); where they are missing, train mode starts
        with zeros

    In train mode the new running statistics are stored in bn_param, under the same
    two names: this is the one argument that the function changes.

    Returns (out, cache)
    out: (N, D); out keeps the dtype of x (float32 in, float32 out)
    cache: whatever your batchnorm_backward will need of train mode
    """
    ### BEGIN SOLUTION
    if bn_param["mode"] == "train":
        mean, var = x.mean(axis=0), x.var(axis=0)
        # running <- m running + (1 - m) batch
        m = bn_param.get("momentum", 0.9)
        for key, batch in (("running_mean", mean), ("running_var", var)):
            bn_param[key] = m * bn_param.get(key, 0.0) + (1 - m) * batch
    else:
        mean, var = bn_param["running_mean"], bn_param["running_var"]
    std = np.sqrt(var + bn_param.get("eps", 1e-5))
    xhat = (x - mean) / std
    return gamma * xhat + beta, (xhat, gamma, std)
    ### END SOLUTION


# %%
check(batchnorm_forward)  # 25 points

# %% [markdown]
# Here is the example from above.
# Compare with your paper.

# %%
bn_param = {
    "mode": "train",
    "eps": 0.0,
    "momentum": 0.75,
    "running_mean": np.array([10.0]),
    "running_var": np.array([5.0]),
}
scale, shift = np.array([2.0]), np.array([10.0])
out, _ = batchnorm_forward(np.array([[1.0], [3.0]]), scale, shift, bn_param)
print("out         ", out.ravel())
print("running mean", bn_param["running_mean"], "variance", bn_param["running_var"])
bn_param["mode"] = "test"
out, _ = batchnorm_forward(np.array([[10.0]]), scale, shift, bn_param)
print("test mode   ", out.ravel())

# %% [markdown]
# This is what the layer does to a batch whose features have very different means and
# spreads.
# Afterwards each has the mean $\beta$ and the standard deviation $\gamma$ that it was
# given, whatever came in.

# %%
rng = np.random.default_rng(0)
batch = rng.standard_normal((2_000, 3)) * [0.3, 1.0, 2.5] + [4.0, -1.0, 1.0]
after, _ = batchnorm_forward(
    batch, np.array([1.0, 1.0, 0.5]), np.array([0.0, 0.0, 3.0]), {"mode": "train"}
)
figure, axes = plt.subplots(1, 2, figsize=(8, 2.8), sharex=True)
for axis, values, title in zip(axes, (batch, after), ("x", "out"), strict=True):
    for j, column in enumerate(values.T):
        axis.hist(column, bins=50, alpha=0.6, density=True, label=f"feature {j}")
    axis.set_title(title)
axes[0].legend()
plt.show()

# %% [markdown]
# And this is how the running statistics find their way.
# The batches have 16 samples, with mean 3 and variance 4 behind them.
# Which momentum forgets its start at 0 soonest, and what does it pay for that?

# %%
figure, axes = plt.subplots(1, 2, figsize=(8, 2.8))
for momentum in (0.5, 0.9, 0.98):
    rng, held = np.random.default_rng(1), {"mode": "train", "momentum": momentum}
    seen = []
    for _ in range(150):
        x = 3 + 2 * rng.standard_normal((16, 1))
        batchnorm_forward(x, np.ones(1), np.zeros(1), held)
        seen.append((held["running_mean"][0], held["running_var"][0]))
    for axis, values in zip(axes, np.array(seen).T, strict=True):
        axis.plot(values, label=f"momentum {momentum}")
for axis, right, title in zip(axes, (3, 4), ("mean", "variance"), strict=True):
    axis.axhline(right, color="black", lw=0.8)
    axis.set_title(f"running {title}")
    axis.set_xlabel("batches")
axes[1].legend()
plt.show()

# %% [markdown]
# ## 2. Backwards, step by step
#
# Now the other way, for train mode.
# Write $z = x - \mu$ and $s = \sqrt{\sigma^2 + \varepsilon}$, so that
# $\hat x = z / s$.
# Go back through these small steps, last one first; what reaches a quantity on several
# ways adds up.
# $z$ feeds both $\hat x$ and the variance, and $x$ feeds both $z$ and the mean, which
# every sample of the batch shares.
# More in the chapter:
# [the way back](BOOK/batchnorm.html#batchnorm-backward).
#
# **On paper first.**
# A batch of two samples, $x = (1, 3)$, and $\varepsilon = 0$.
# Nudge one of them a little: what becomes of $\hat x$?
# So what is `dx`, whatever `dout` is?


# %%
def batchnorm_backward(dout, cache):
    # (N, D) -> (N, D), (D,), (D,)
    """The gradient of batch normalization in train mode.

    Given
    dout: the upstream gradient, (N, D)
    cache: what your batchnorm_forward returned

    Returns (dx, dgamma, dbeta)
    dx: (N, D), with the dtype of dout
    dgamma, dbeta: (D,)
    """
    ### BEGIN SOLUTION
    xhat, gamma, std = cache
    dxhat = dout * gamma
    # xhat = z / s: the way through s,
    dstd = -(dxhat * xhat).sum(axis=0) / std
    # s = sqrt(var + eps),
    dvar = dstd / (2 * std)
    # var = mean of z squared, where z = xhat s;
    dz = dxhat / std + dvar * 2 * xhat * std / len(dout)
    # and z = x - mean of x.
    dx = dz - dz.mean(axis=0)
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)
    ### END SOLUTION


# %%
check(batchnorm_backward)  # 25 points

# %% [markdown]
# The two samples from above, and then a third one.

# %%
for values in ([1.0, 3.0], [1.0, 3.0, 8.0]):
    x = np.array(values)[:, None]
    bn_param = {"mode": "train", "eps": 0.0}
    _, cache = batchnorm_forward(x, np.ones(1), np.zeros(1), bn_param)
    dout = np.arange(1.0, len(values) + 1)[:, None] ** 2
    dx, _, _ = batchnorm_backward(dout, cache)
    print(f"x {x.ravel()}: dx {dx.ravel().round(4)}, sum {abs(dx.sum()):.4f}")

# %% [markdown]
# The sum is 0, always: a shift of the whole batch changes nothing, so there is no
# gradient in that direction.
# In which other direction is there (nearly) none?
#
# ## 3. Backwards, tidied up
#
# The steps collapse into one line.
# Put them together on paper, with $N$, the sum of `dout`, and the sum of
# `dout * xhat` over the batch, and see what these two sums are good for besides.
# More in the chapter:
# [the short form](BOOK/batchnorm.html#batchnorm-backward-alt).


# %%
def batchnorm_backward_alt(dout, cache):
    # (N, D) -> (N, D), (D,), (D,)
    """The gradient of batch normalization, as one formula.

    Takes and returns the same as batchnorm_backward.
    """
    ### BEGIN SOLUTION
    xhat, gamma, std = cache
    dgamma, dbeta = (dout * xhat).sum(axis=0), dout.sum(axis=0)
    n = len(dout)
    dx = gamma / (n * std) * (n * dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta
    ### END SOLUTION


# %%
check(batchnorm_backward_alt)  # 10 points

# %% [markdown]
# Both should give the same, up to rounding.

# %%
rng = np.random.default_rng(2)
x, dout = rng.standard_normal((2, 200, 50))
_, cache = batchnorm_forward(x, np.ones(50), np.zeros(50), {"mode": "train"})
dx, short = batchnorm_backward(dout, cache)[0], batchnorm_backward_alt(dout, cache)[0]
print(
    f"largest entry {abs(dx).max():.3f}, largest difference {abs(dx - short).max():g}"
)

# %% [markdown]
# ## 4. Images
#
# In an image every position of a channel was made by the same filter, so a channel is
# treated as one feature: its mean goes over the batch, the rows *and* the columns,
# over $N \cdot H \cdot W$ numbers.
# You have a function for features already.
# All it takes is to bring the channels last, where the features are, and back again.
# More in the chapter:
# [channels](BOOK/batchnorm.html#batchnorm-spatial).
#
# **On paper first.**
# `np.arange(8).reshape(1, 2, 2, 2)` is an image of two channels, 0 to 3 and 4 to 7.
# What stands in column 0 of its `.reshape(-1, 2)`?


# %%
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    # (N, C, H, W), (C,), (C,) -> (N, C, H, W)
    """Normalize every channel over the batch and all positions, then scale and shift.

    Given
    x: images, (N, C, H, W)
    gamma, beta: scale and shift of each channel, (C,)
    bn_param: as for batchnorm_forward; the running statistics have the shape (C,)

    Returns (out, cache)
    out: (N, C, H, W); out keeps the dtype of x
    cache: whatever your spatial_batchnorm_backward will need
    """
    ### BEGIN SOLUTION
    n, c, h, w = x.shape
    pixels = x.transpose(0, 2, 3, 1).reshape(n * h * w, c)
    out, cache = batchnorm_forward(pixels, gamma, beta, bn_param)
    return out.reshape(n, h, w, c).transpose(0, 3, 1, 2), cache
    ### END SOLUTION


# %%
check(spatial_batchnorm_forward)  # 10 points


# %%
def spatial_batchnorm_backward(dout, cache):
    # (N, C, H, W) -> (N, C, H, W), (C,), (C,)
    """The gradient of batch normalization of images in train mode.

    Given
    dout: the upstream gradient, (N, C, H, W)
    cache: what your spatial_batchnorm_forward returned

    Returns (dx, dgamma, dbeta)
    dx: (N, C, H, W), with the dtype of dout
    dgamma, dbeta: (C,)
    """
    ### BEGIN SOLUTION
    n, c, h, w = dout.shape
    pixels = dout.transpose(0, 2, 3, 1).reshape(n * h * w, c)
    dx, dgamma, dbeta = batchnorm_backward_alt(pixels, cache)
    return dx.reshape(n, h, w, c).transpose(0, 3, 1, 2), dgamma, dbeta
    ### END SOLUTION


# %%
check(spatial_batchnorm_backward)  # 8 points

# %%
image = np.arange(8.0).reshape(1, 2, 2, 2)
print("column 0 of the reshape", image.reshape(-1, 2)[:, 0])
out, _ = spatial_batchnorm_forward(image, np.ones(2), np.zeros(2), {"mode": "train"})
print(out[0].round(3))

# %% [markdown]
# ## 5. Without a batch
#
# Layer normalization turns the picture on its side: every *sample* gets the mean and
# the variance of its own $D$ features.
#
# $$\mu_i = \frac1D \sum_j x_{ij}, \qquad
# \hat x_{ij} = \frac{x_{ij} - \mu_i}{\sqrt{\sigma_i^2 + \varepsilon}}, \qquad
# \text{out}_{ij} = \gamma_j \hat x_{ij} + \beta_j.$$
#
# No sample knows of another, so there is nothing to remember and no test mode.
# $\gamma$ and $\beta$ still belong to the features: mind what that does to the way
# back.
# More in the chapter:
# [layer normalization](BOOK/batchnorm.html#batchnorm-layer).


# %%
def layernorm_forward(x, gamma, beta, ln_param):
    # (N, D), (D,), (D,) -> (N, D)
    """Normalize every sample over its features, then scale and shift each feature.

    Given
    x: a batch, (N, D)
    gamma, beta: scale and shift of each feature, (D,)
    ln_param: a dictionary with
      'eps': added to the variance; 1e-5 if it is missing

    Returns (out, cache)
    out: (N, D), the same in training and testing; out keeps the dtype of x
    cache: whatever your layernorm_backward will need
    """
    ### BEGIN SOLUTION
    mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    std = np.sqrt(var + ln_param.get("eps", 1e-5))
    xhat = (x - mean) / std
    return gamma * xhat + beta, (xhat, gamma, std)
    ### END SOLUTION


# %%
check(layernorm_forward)  # 10 points


# %%
def layernorm_backward(dout, cache):
    # (N, D) -> (N, D), (D,), (D,)
    """The gradient of layer normalization.

    Given
    dout: the upstream gradient, (N, D)
    cache: what your layernorm_forward returned

    Returns (dx, dgamma, dbeta)
    dx: (N, D), with the dtype of dout
    dgamma, dbeta: (D,)
    """
    ### BEGIN SOLUTION
    xhat, gamma, std = cache
    # Here gamma differs within a mean, so it cannot be pulled out of it.
    dxhat = dout * gamma
    along = (dxhat * xhat).mean(axis=1, keepdims=True)
    dx = (dxhat - dxhat.mean(axis=1, keepdims=True) - xhat * along) / std
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)
    ### END SOLUTION


# %%
check(layernorm_backward)  # 12 points

# %% [markdown]
# One sample, in the company of others and by itself.
# Which of the two normalizations minds?

# %%
rng = np.random.default_rng(3)
x, ones, zeros = rng.standard_normal((8, 4)), np.ones(4), np.zeros(4)
for name, normalize in [
    ("batch", lambda x: batchnorm_forward(x, ones, zeros, {"mode": "train"})[0]),
    ("layer", lambda x: layernorm_forward(x, ones, zeros, {})[0]),
]:
    print(f"{name} normalization, in a batch of 8:", normalize(x)[0].round(2))
    print(f"{name} normalization, by itself:      ", normalize(x[:1])[0].round(2))

# %% [markdown]
# ## What to take with you
#
# - Training uses the batch's statistics, testing the running ones: a network that is
#   good in training and bad in testing may have the wrong mode on.
# - $\varepsilon$ goes under the root; where a variance is small, it is what counts.
# - A mean and a variance tie the samples of a batch together, forwards and backwards.
# - Name the axes before you normalize: samples, positions or features.
#
# What batch normalization is good for, what it does to the learning rate, and when
# it is better left out, is in [the chapter](BOOK/batchnorm.html).

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
# # Convolution and pooling, forward and backward
#
# A convolutional network looks at an image through small windows, and its two layers
# differ in one thing only: what they make of a window.
# You will write both layers in plain loops, so that no index stays a mystery,
# and then their gradients, where one rule does all the work:
# *every output pays its gradient back to the inputs that made it*.
#
# **You will learn**
#
# - where the window of output $(i, j)$ lies, and how many windows there are,
# - why a pixel that was used twice is paid twice,
# - what padding does to the way back,
# - how much of the image a unit deep inside the network sees.
#
# **Time:** about 110 minutes.
# **Points:** 100.
# **Read along:** [the chapter on convolution and pooling](BOOK/pooling.html).
#
# Speed does not matter here, clarity does.
# Loops over the images, the filters and the output positions are exactly right.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder import check

# %% [markdown]
# ## 1. Convolution
#
# The image gets a border of `pad` zeros on each side.
# A filter is laid over it, the products are summed over all channels and the whole
# window, and the bias is added:
#
# $$\text{out}_{n,f,i,j} = b_f +
# \sum_{c,p,q} \tilde x_{n,\,c,\,i s + p,\,j s + q}\; w_{f,c,p,q},
# \qquad H' = 1 + \frac{H + 2\,\text{pad} - HH}{s}.$$
#
# The filter is *not* flipped.
# More in the chapter:
# [what a convolution computes](BOOK/pooling.html#pooling-convolution),
# [padding](BOOK/pooling.html#pooling-padding),
# [how large the output is](BOOK/pooling.html#pooling-output-size).
#
# **On paper first.**
# The image $\begin{pmatrix}1&2&4&7\\0&1&0&1\end{pmatrix}$ meets the filter
# $\begin{pmatrix}-1&1\end{pmatrix}$, without padding and without a bias.
# How many outputs are there at stride 1, and what are they?
# And at stride 2?


# %%
def conv_forward_naive(x, w, b, conv_param):
    # (N, C, H, W), (F, C, HH, WW), (F,) -> (N, F, H', W')
    """Convolve images with filters.

    Given
    x: images, (N, C, H, W)
    w: filters, (F, C, HH, WW)
    b: one bias a filter, (F,)
    conv_param: a dictionary with
      'stride': how many pixels the window moves, both down and to the right
      'pad': how many zeros are put on each of the four sides of an image

    Returns (out, cache)
    out: (N, F, H', W'), with H' = 1 + (H + 2 pad - HH) / stride, and W' alike;
      out keeps the dtype of x (float32 in, float32 out)
    cache: whatever your conv_backward_naive will need
    """
    ### BEGIN SOLUTION
    stride, pad = conv_param["stride"], conv_param["pad"]
    n, _, height, width = x.shape
    filters, _, hh, ww = w.shape
    h_out = 1 + (height + 2 * pad - hh) // stride
    w_out = 1 + (width + 2 * pad - ww) // stride
    # Only the two image axes get a border, not the batch and the channels.
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((n, filters, h_out, w_out), dtype=x.dtype)
    for i in range(h_out):
        for j in range(w_out):
            top, left = i * stride, j * stride
            window = padded[:, :, top : top + hh, left : left + ww]
            for f in range(filters):
                out[:, f, i, j] = np.sum(window * w[f], axis=(1, 2, 3)) + b[f]
    return out, (x, w, b, conv_param)
    ### END SOLUTION


# %%
check(conv_forward_naive)  # 20 points

# %% [markdown]
# Here is the example from above.
# Compare with your paper.

# %%
image = np.array([[1.0, 2.0, 4.0, 7.0], [0.0, 1.0, 0.0, 1.0]])[None, None]
difference = np.array([[-1.0, 1.0]])[None, None]
for stride in (1, 2):
    out, _ = conv_forward_naive(
        image, difference, np.zeros(1), {"stride": stride, "pad": 0}
    )
    print(f"stride {stride}: shape {out.shape}")
    print(out[0, 0])

# %% [markdown]
# And this is what a classic filter sees.
# Sobel's filter takes the difference between right and left, smoothed a little from
# top to bottom: it answers at vertical edges, with the sign of the step.
# Turned on its side, it answers at horizontal ones.

# %%
rows, columns = np.mgrid[0:40, 0:60]
disk = ((rows - 20) ** 2 + (columns - 18) ** 2 < 144).astype(float)
box = ((abs(rows - 20) < 11) & (abs(columns - 45) < 9)).astype(float)
picture = (disk + 0.6 * box)[None, None]
sobel = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
filters = np.stack([sobel, sobel.T])[:, None]
edges, _ = conv_forward_naive(picture, filters, np.zeros(2), {"stride": 1, "pad": 1})

plt.figure(figsize=(9, 2.4))
plt.imshow(np.hstack([picture[0, 0], *edges[0] / 4]), cmap="PuOr", vmin=-1, vmax=1)
plt.title("the image, where it changes left to right, and where up to down")
plt.axis("off")
plt.show()

# %% [markdown]
# ## 2. The gradient of a convolution
#
# Output $(i, j)$ is a sum of products, so its gradient $\text{dout}_{n,f,i,j}$ goes
# back along each product: to the window, multiplied by the filter, and to the filter,
# multiplied by the window.
# A pixel and a weight take part in many outputs, and what comes back **adds up**.
# Nothing is averaged: if there is a mean over the batch, the loss has taken it, and
# `dout` knows.
# More in the chapter:
# [the gradient of a convolution](BOOK/pooling.html#pooling-convolution-backward).
#
# **On paper first.**
# Three filters look at two images, and each output has 4 × 5 positions.
# How many entries of `dout` flow into `db[0]`?


# %%
def conv_backward_naive(dout, cache):
    # (N, F, H', W') -> (N, C, H, W), (F, C, HH, WW), (F,)
    """The gradient of a convolution.

    Given
    dout: the upstream gradient, (N, F, H', W')
    cache: what your conv_forward_naive returned

    Returns (dx, dw, db)
    dx: (N, C, H, W), without any border
    dw: (F, C, HH, WW)
    db: (F,)
    """
    ### BEGIN SOLUTION
    x, w, _, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    height, width = x.shape[2:]
    filters, _, hh, ww = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            top, left = i * stride, j * stride
            window = padded[:, :, top : top + hh, left : left + ww]
            dwindow = dpadded[:, :, top : top + hh, left : left + ww]
            for f in range(filters):
                upstream = dout[:, f, i, j][:, None, None, None]  # (N, 1, 1, 1)
                dwindow += upstream * w[f]
                dw[f] += np.sum(upstream * window, axis=0)
    # Not [pad:-pad]: that is empty where pad is 0.
    dx = dpadded[:, :, pad : pad + height, pad : pad + width]
    return dx, dw, dout.sum(axis=(0, 2, 3))
    ### END SOLUTION


# %%
check(conv_backward_naive)  # 25 points

# %%
param = {"stride": 1, "pad": 0}
images, kernels = np.ones((2, 1, 4, 5)), np.ones((3, 1, 1, 1))
out, cache = conv_forward_naive(images, kernels, np.zeros(3), param)
print("db", conv_backward_naive(np.ones_like(out), cache)[2])

# %% [markdown]
# With `dout` full of ones and a filter full of ones, `dx` counts how often each pixel
# was used.
# Why do the corners count less at padding 0, and why is every second row special at
# stride 2?

# %%
ones, kernel = np.ones((1, 1, 5, 5)), np.ones((1, 1, 3, 3))
figure, axes = plt.subplots(1, 2, figsize=(6, 2.8))
for axis, (stride, pad) in zip(axes, [(1, 0), (2, 1)], strict=True):
    param = {"stride": stride, "pad": pad}
    out, cache = conv_forward_naive(ones, kernel, np.zeros(1), param)
    dx, _, _ = conv_backward_naive(np.ones_like(out), cache)
    axis.imshow(dx[0, 0], cmap="Blues", vmin=0, vmax=14)
    for (row, column), uses in np.ndenumerate(dx[0, 0]):
        axis.text(column, row, f"{uses:.0f}", ha="center", va="center")
    axis.set_title(f"stride {stride}, pad {pad}")
    axis.axis("off")
plt.show()

# %% [markdown]
# ## 3. Max pooling
#
# Each channel is pooled by itself: the largest number of each window survives,
#
# $$\text{out}_{n,c,i,j} = \max_{p,q}\; x_{n,\,c,\,i s + p,\,j s + q},
# \qquad H' = 1 + \frac{H - \text{pool\_height}}{s}.$$
#
# The stride, and not the window, says where the next window begins: windows may
# overlap, and they may leave gaps.
# More in the chapter: [max pooling](BOOK/pooling.html#pooling-max).
#
# Be kind to the people who will call your function: when the windows do not end
# exactly at the border, raise a `ValueError` that says so.
# (Here and in section 5 that is a matter of manners: a few hundredths of the points.)


# %%
def max_pool_forward_naive(x, pool_param):
    # (N, C, H, W) -> (N, C, H', W')
    """The maximum over each window.

    Given
    x: images, (N, C, H, W)
    pool_param: a dictionary with
      'pool_height', 'pool_width': the sides of a window
      'stride': how many pixels the window moves, both down and to the right

    Returns (out, cache)
    out: (N, C, H', W'), with H' = 1 + (H - pool_height) / stride, and W' alike;
      out keeps the dtype of x
    cache: whatever your max_pool_backward_naive will need

    Raises ValueError, with a message, if the windows do not tile the image:
    the last one must end exactly at the last row and the last column.
    """
    ### BEGIN SOLUTION
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    n, c, h, w = x.shape
    if (h - height) % stride or (w - width) % stride:
        raise ValueError(
            f"{height} x {width} windows with stride {stride} do not tile {h} x {w}"
        )
    h_out, w_out = 1 + (h - height) // stride, 1 + (w - width) // stride
    out = np.zeros((n, c, h_out, w_out), dtype=x.dtype)
    for i in range(h_out):
        for j in range(w_out):
            top, left = i * stride, j * stride
            window = x[:, :, top : top + height, left : left + width]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, pool_param)
    ### END SOLUTION


# %%
check(max_pool_forward_naive)  # 10 points

# %% [markdown]
# ## 4. The gradient of max pooling
#
# If the maximum grows a little, the output grows as much; if another pixel of the
# window does, nothing happens.
# So the upstream gradient goes to the maximum, whole, and the rest of the window gets
# nothing: [the winner takes it all](BOOK/pooling.html#pooling-max-backward).
# A pixel that wins in two windows is paid [twice](BOOK/pooling.html#pooling-overlap).
#
# Should several pixels of a window share the maximum, let the first of them win, row by
# row, as PyTorch does (a matter of manners again;
# [why it matters at all](BOOK/pooling.html#pooling-ties)).
#
# **On paper first.**
# A row of four pixels, `x = [2, 5, 3, 4]`, windows of two, stride 1, and
# `dout = [1, 10, 100]`.
# What is `dx`?


# %%
def max_pool_backward_naive(dout, cache):
    # (N, C, H', W') -> (N, C, H, W)
    """The gradient of max pooling.

    Given
    dout: the upstream gradient, (N, C, H', W')
    cache: what your max_pool_forward_naive returned

    Returns dx, (N, C, H, W)
    """
    ### BEGIN SOLUTION
    x, pool_param = cache
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        top, left = i * stride, j * stride
        window = x[n, c, top : top + height, left : left + width]
        # argmax counts through the window in row-major order.
        row, column = np.unravel_index(np.argmax(window), window.shape)
        dx[n, c, top + row, left + column] += dout[n, c, i, j]
    return dx
    ### END SOLUTION


# %%
check(max_pool_backward_naive)  # 15 points

# %%
row = np.array([2.0, 5.0, 3.0, 4.0])[None, None, None]
param = {"pool_height": 1, "pool_width": 2, "stride": 1}
out, cache = max_pool_forward_naive(row, param)
dout = np.array([1.0, 10.0, 100.0])[None, None, None]
print("out", out.ravel())
print("dx ", max_pool_backward_naive(dout, cache).ravel())

# %% [markdown]
# ## 5. Average pooling
#
# The same windows, but now every pixel counts alike:
# the output is the [mean of the window](BOOK/pooling.html#pooling-average),
# and backward each of its pixels gets
# [an equal share](BOOK/pooling.html#pooling-average-backward) of the gradient.
#
# **On paper first.**
# A window has 2 rows and 3 columns, the stride is 1, and the upstream gradient is 6
# everywhere.
# How much does a pixel in the middle of a large image get?


# %%
def avg_pool_forward_naive(x, pool_param):
    # (N, C, H, W) -> (N, C, H', W')
    """The mean over each window.

    Given
    x: images, (N, C, H, W)
    pool_param: as for max_pool_forward_naive

    Returns (out, cache)
    out: (N, C, H', W'); out keeps the dtype of x
    cache: whatever your avg_pool_backward_naive will need

    Raises ValueError, with a message, if the windows do not tile the image:
    the last one must end exactly at the last row and the last column.
    """
    ### BEGIN SOLUTION
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    n, c, h, w = x.shape
    if (h - height) % stride or (w - width) % stride:
        raise ValueError(
            f"{height} x {width} windows with stride {stride} do not tile {h} x {w}"
        )
    h_out, w_out = 1 + (h - height) // stride, 1 + (w - width) // stride
    out = np.zeros((n, c, h_out, w_out), dtype=x.dtype)
    for i in range(h_out):
        for j in range(w_out):
            top, left = i * stride, j * stride
            window = x[:, :, top : top + height, left : left + width]
            out[:, :, i, j] = window.mean(axis=(2, 3))
    return out, (x.shape, pool_param)
    ### END SOLUTION


# %%
check(avg_pool_forward_naive)  # 8 points


# %%
def avg_pool_backward_naive(dout, cache):
    # (N, C, H', W') -> (N, C, H, W)
    """The gradient of average pooling.

    Given
    dout: the upstream gradient, (N, C, H', W')
    cache: what your avg_pool_forward_naive returned

    Returns dx, (N, C, H, W)
    """
    ### BEGIN SOLUTION
    shape, pool_param = cache
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    dx = np.zeros(shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            top, left = i * stride, j * stride
            share = dout[:, :, i, j][:, :, None, None] / (height * width)
            dx[:, :, top : top + height, left : left + width] += share
    return dx
    ### END SOLUTION


# %%
check(avg_pool_backward_naive)  # 10 points

# %%
param = {"pool_height": 2, "pool_width": 3, "stride": 1}
_, cache = avg_pool_forward_naive(np.zeros((1, 1, 5, 7)), param)
print(avg_pool_backward_naive(np.full((1, 1, 4, 5), 6.0), cache)[0, 0])

# %% [markdown]
# Max and mean side by side: the one keeps the brightest speck of each window, the other
# washes it out.
# Which of the two would you want for finding a thin line, and which for a smooth
# thumbnail?

# %%
noise = np.random.default_rng(0).uniform(0, 0.35, (1, 1, 40, 60))
noise[0, 0, np.arange(40), np.arange(40) + 10] = 1.0
param = {"pool_height": 4, "pool_width": 4, "stride": 4}
largest, _ = max_pool_forward_naive(noise, param)
mean, _ = avg_pool_forward_naive(noise, param)

shown = [noise, *(np.kron(each, np.ones((4, 4))) for each in (largest, mean))]
strip = [np.pad(each[0, 0], 1, constant_values=1.0) for each in shown]
plt.figure(figsize=(9, 2.4))
plt.imshow(np.hstack(strip), cmap="gray", vmin=0, vmax=1)
plt.title("a thin line, its 4 × 4 max and its 4 × 4 mean")
plt.axis("off")
plt.show()

# %% [markdown]
# ## 6. How far can a network see?
#
# A unit deep inside the network depends on a patch of the image only, its receptive
# field.
# Each layer, a convolution or a pooling alike, looks at `kernel` neighbors of the layer
# below.
# How far apart are two such neighbors, counted in pixels of the *image*?
# Find out for three layers on paper, then write it down for any number.
# What counts is the *extent* of the patch, from its first pixel to its last: a 1 × 1
# layer of stride 2 leaves pixels out, and the patch reaches across them.
# More in the chapter:
# [how far a network can see](BOOK/pooling.html#pooling-receptive-field).


# %%
def receptive_field(layers):
    # [(kernel, stride), ...] -> int
    """The extent of the patch of the image that one unit of the last layer sees.

    Given
    layers: a list of pairs (kernel, stride), the layer that sees the image first;
      kernels are square; a stride may exceed its kernel

    Returns the extent of the patch along a side, in pixels, from the first that the
    unit depends on to the last, those in between included; 1 if there is no layer.

    >>> receptive_field([(3, 1), (3, 1)])
    5
    """
    ### BEGIN SOLUTION
    size, step = 1, 1  # step: pixels of the image between two neighboring units
    for kernel, stride in layers:
        size += (kernel - 1) * step
        step *= stride
    return size
    ### END SOLUTION


# %%
check(receptive_field)  # 12 points

# %%
depths = range(11)
plain = [receptive_field([(3, 1)] * depth) for depth in depths]
halved = [receptive_field([(3, 1), (2, 2)] * depth) for depth in depths]

figure, axis = plt.subplots(figsize=(6, 3))
axis.semilogy(depths, plain, "o-", label="3 × 3 convolutions")
axis.semilogy(depths, halved, "s-", label="each followed by 2 × 2 pooling, stride 2")
axis.set_yticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
axis.minorticks_off()
axis.set_xlabel("convolutions")
axis.set_ylabel("receptive field in pixels")
axis.legend()
plt.show()

# %% [markdown]
# Without strides the field grows by the same few pixels a layer; with them it doubles.
# That is the quiet reason why networks halve their images again and again.
#
# **Done.**
# You have written what a framework does for you a million times an hour.
# Before you close the notebook, look back at the way from output to input:
# which line in your four backward functions is the one that adds up?

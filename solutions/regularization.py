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
# # Regularization: what keeps a network from learning the noise
#
# A network with more weights than samples can learn its training data by heart, noise
# and all.
# What keeps it from doing so is rarely one great idea; it is a handful of small
# functions around the training loop, each a few lines long.
# You will write seven of them, and find that most of what can go wrong in them makes
# no error message: it only makes the network a little worse.
#
# **You will learn**
#
# - what the two penalties do to a weight, and where a factor of 2 hides,
# - how to limit weights without a penalty,
# - which data may be looked at when inputs are scaled,
# - how to draw crops, mirror images and batches at random, and to be sure that they
#   are,
# - when to stop.
#
# **Time:** about 100 minutes.
# **Points:** 100.
# **Read along:** [the chapter on regularization](BOOK/regularization.html).
#
# Wherever something is random, you are given a generator `rng`: draw everything from
# it, and from nothing else, so that an experiment can be repeated.
# And none of your functions changes its arguments: work on copies.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder import check

# %% [markdown]
# ## 1. Two penalties
#
# A penalty is added to the loss, and its gradient to the loss's gradient.
# The L2 penalty and its gradient are
#
# $$R_2(W) = \tfrac{1}{2}\lambda \sum_{ij} W_{ij}^2 ,
# \qquad \frac{\partial R_2}{\partial W} = \lambda W .$$
#
# The one half is there so that no 2 is left in the gradient; whoever leaves it out in
# one of the two has a gradient that is not that of the loss.
# More in the chapter: [the L2 penalty](BOOK/regularization.html#regularization-l2).
#
# **On paper first.**
# Let $W = (3, -4)$ and $\lambda = 0.1$.
# What is the penalty, and what its gradient?
# Gradient descent with the learning rate 1 follows the penalty alone: what is $W$
# after one step, and after two?


# %%
def l2_penalty(w, lam):
    # any shape -> a number, the same shape
    """Compute half of lam times the sum of the squared weights, and its gradient.

    Given
    w: weights, an array of any shape
    lam: the strength of the penalty, a number >= 0

    Returns (penalty, dw)
    penalty: one number
    dw: the gradient of the penalty with respect to w, of w's shape and dtype
      (float32 in, float32 out)
    """
    ### BEGIN SOLUTION
    return lam * np.sum(w**2) / 2, lam * w
    ### END SOLUTION


# %%
check(l2_penalty)  # 10 points

# %% [markdown]
# The L1 penalty adds up absolute values:
#
# $$R_1(W) = \lambda \sum_{ij} |W_{ij}| .$$
#
# At $W_{ij} = 0$ the absolute value has a kink, and no derivative; in this course we
# take the one in the middle, 0, so that a weight that is exactly 0 stays there.
# More in the chapter: [the L1 penalty](BOOK/regularization.html#regularization-l1).
#
# **On paper first.**
# Take $W = (3, -4, 0)$ and $\lambda = 0.1$ again: the penalty, and its gradient?
# How many steps of gradient descent does it take until the first weight arrives at 0?
# And under L2?


# %%
def l1_penalty(w, lam):
    # any shape -> a number, the same shape
    """Compute lam times the sum of the absolute values, and its gradient.

    Given
    w: weights, an array of any shape
    lam: the strength of the penalty, a number >= 0

    Returns (penalty, dw)
    penalty: one number
    dw: the gradient of the penalty with respect to w, of w's shape and dtype;
      0 wherever w is exactly 0
    """
    ### BEGIN SOLUTION
    return lam * np.sum(np.abs(w)), lam * np.sign(w)
    ### END SOLUTION


# %%
check(l1_penalty)  # 10 points

# %% [markdown]
# The examples from above; compare with your paper.
# The picture shows what each penalty does to five weights when it has them for itself:
# L2 takes from each its share and never finishes, L1 takes from each the same.
# (L1's last step carries a weight over 0, and the next one back: with a fixed learning
# rate it ends up within one step of 0.)

# %%
weights = np.array([3.0, -4.0, 0.0])
print("L2:", *l2_penalty(weights, 0.1))
print("L1:", *l1_penalty(weights, 0.1))

figure, axes = plt.subplots(1, 2, figsize=(8, 2.6), sharey=True)
for axis, penalty in zip(axes, (l2_penalty, l1_penalty), strict=True):
    path = [np.array([2.0, 1.2, 0.5, -0.3, -1.0])]
    for _ in range(40):
        path.append(path[-1] - 0.5 * penalty(path[-1], 0.1)[1])
    axis.axhline(0, color="0.7", linewidth=0.8)
    axis.plot(path)
    axis.set_title(penalty.__name__)
    axis.set_xlabel("step")
axes[0].set_ylabel("weight")
plt.show()

# %% [markdown]
# ## 2. Max-norm
#
# Instead of pulling at all weights all the time one may set a limit.
# A column of $W$ holds the weights that go into one unit; after each step, a column
# $w_j$ that has become longer than $c$ is scaled back, and the others are left alone:
#
# $$w_j \leftarrow w_j \min\Bigl(1, \frac{c}{\Vert w_j\Vert}\Bigr) .$$
#
# More in the chapter:
# [max-norm](BOOK/regularization.html#regularization-max-norm).
#
# **On paper first.**
# What becomes of $\begin{pmatrix}3&0.3&0\\4&0.4&0\end{pmatrix}$ with $c = 1$?
# The third column is worth a second look: what does the formula say there?


# %%
def max_norm(w, c):
    # (n_in, n_out) -> (n_in, n_out)
    """Scale every column that is longer than c down to length c.

    Given
    w: weights, (n_in, n_out); column j goes into unit j
    c: the largest L2 norm that a column may have, a number > 0

    Returns the limited weights, of w's shape and dtype.
    Columns that are not longer than c keep every bit, those of zeros included.
    """
    ### BEGIN SOLUTION
    lengths = np.linalg.norm(w, axis=0)
    return w / np.maximum(1, lengths / c)
    ### END SOLUTION


# %%
check(max_norm)  # 15 points

# %% [markdown]
# The example from above.

# %%
print(max_norm(np.array([[3.0, 0.3, 0.0], [4.0, 0.4, 0.0]]), 1.0))

# %% [markdown]
# ## 3. Inputs of one size
#
# A penalty treats all weights alike, and that is fair only if the inputs are alike,
# too.
# So each feature gets mean 0 and standard deviation 1, *over the training data*:
#
# $$x_{nd} \leftarrow \frac{x_{nd} - \mu_d}{\sigma_d} ,
# \qquad \mu_d = \frac{1}{N}\sum_n x^{\text{train}}_{nd} , \quad
# \sigma_d^2 = \frac{1}{N}\sum_n \bigl(x^{\text{train}}_{nd} - \mu_d\bigr)^2 .$$
#
# Validation and test data are mapped by the same $\mu$ and $\sigma$, since they stand
# for data that nobody has seen.
# A feature that never changes in the training data has $\sigma_d = 0$: divide it by 1
# instead.
# More in the chapter:
# [standardizing](BOOK/regularization.html#regularization-standardize),
# [constant features](BOOK/regularization.html#regularization-constant).
#
# **On paper first.**
# Train on the heights 160, 170 and 180; test on a single person of 190.
# What is the input of the network?
# What would it be if the test data were standardized by themselves?


# %%
def standardize(train, *others):
    # (N, D), (M, D), ... -> a tuple of arrays of the same shapes
    """Map every feature by the mean and the standard deviation it has in train.

    Given
    train: the training data, (N, D): one row a sample, one column a feature
    others: any number of further arrays with D columns (validation, test ...)

    Returns a tuple (train, *others) of new arrays, with one array for each
    argument, also if train is the only one. Float32 in, float32 out; whole
    numbers, such as pixels, are fine too.
    A feature that is constant in train is only shifted, not scaled.
    """
    ### BEGIN SOLUTION
    mean, std = train.mean(axis=0), train.std(axis=0)
    scale = np.where(std == 0, 1, std)
    return tuple((x - mean) / scale for x in (train, *others))
    ### END SOLUTION


# %%
check(standardize)  # 15 points

# %% [markdown]
# The example from above; the second column is a constant.

# %%
heights = np.array([[160.0, 1.0], [170.0, 1.0], [180.0, 1.0]])
for array in standardize(heights, np.array([[190.0, 1.0]])):
    print(array.round(3).tolist())

# %% [markdown]
# ## 4. More data than you have
#
# An image of a cat that is moved by two pixels, or mirrored, is still an image of a
# cat.
# The usual recipe for small images: pad each side with `pad` zeros, cut out a window
# of the old size, mirror it with probability 1/2.
# The window's upper left corner $(i, j)$ in the padded image is drawn uniformly,
#
# $$i, j \in \{0, 1, \dots, 2\,\text{pad}\} ,$$
#
# and every image has an $i$, a $j$ and a coin of its own.
# More in the chapter:
# [offsets](BOOK/regularization.html#regularization-augment-offsets),
# [mirroring](BOOK/regularization.html#regularization-augment-flip),
# [one draw for each image](BOOK/regularization.html#regularization-augment-draws).
#
# **On paper first.**
# With `pad = 4`, as is usual for images of 32 × 32 pixels: how many different images
# can one image become?
# Which $(i, j)$ shows it unmoved?
# And which of the ten digits should not be mirrored?


# %%
def random_crop_flip(x, pad, rng):
    # (N, C, H, W) -> (N, C, H, W)
    """Move each image by up to pad pixels, and mirror half of them.

    Given
    x: images, (N, C, H, W)
    pad: how many zeros to add on each of the four sides, an integer >= 0
    rng: the np.random.Generator to draw from

    Returns a new array of x's shape and dtype: each image is padded with zeros,
    cropped to H x W at an offset of its own, uniform on {0, ..., 2 pad} for rows
    and, independently, for columns, and flipped left-right with probability 1/2.
    All channels of an image share its draws.
    """
    ### BEGIN SOLUTION
    n, _, height, width = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.empty_like(x)
    for k in range(n):
        i, j = rng.integers(2 * pad + 1, size=2)
        crop = padded[k, :, i : i + height, j : j + width]
        out[k] = crop[:, :, ::-1] if rng.random() < 0.5 else crop
    return out
    ### END SOLUTION


# %%
check(random_crop_flip)  # 20 points

# %% [markdown]
# One image and eight of its crops.
# Could you still read each of them?

# %%
rows = ["........", ".######.", ".....##.", "....##..", "...##...", "...##..."]
seven = np.array([[pixel == "#" for pixel in row] for row in [*rows, rows[0]]], float)
crops = random_crop_flip(np.tile(seven, (8, 1, 1, 1)), 2, np.random.default_rng(1))

strip = [np.pad(image, 1, constant_values=0.3) for image in [seven, *crops[:, 0]]]
plt.figure(figsize=(9, 1.4))
plt.imshow(np.hstack(strip), cmap="Purples", vmin=0, vmax=1)
plt.axis("off")
plt.title("x, and eight crops of it")
plt.show()

# %% [markdown]
# ## 5. Classes of one weight
#
# Where one class in a hundred samples is rare, a network does well by never naming it.
# One remedy: batches that hold equally many samples of each of the $K$ classes,
# `batch_size / K`.
# The samples of a class come in random order.
# An epoch makes as many batches as it takes to see every sample of the largest class;
# smaller classes have to be drawn again.
# More in the chapter:
# [imbalance](BOOK/regularization.html#regularization-imbalance),
# [drawing again](BOOK/regularization.html#regularization-oversample),
# [shuffling](BOOK/regularization.html#regularization-shuffle).
#
# **On paper first.**
# 100 samples of class 3 and 20 of class 8, `batch_size = 10`: how many batches make
# an epoch, and how often is each sample of class 8 seen?


# %%
def balanced_batches(y, batch_size, rng):
    # (N,) -> list of (batch_size,)
    """Make one epoch of random batches that hold every class equally often.

    Given
    y: the label of each sample, (N,) integers; any integers
    batch_size: samples in a batch, a multiple of the number of classes in y
    rng: the np.random.Generator to draw from

    Returns a list of index arrays: x[batch], y[batch] are a batch's samples.
    There are just enough batches to hold every sample of the largest class; all of
    them have batch_size entries. Samples are drawn again where a class is too small,
    or where its last share is not full.

    Raises ValueError, with a message that says why, if the classes cannot have
    equal shares of a batch.
    """
    ### BEGIN SOLUTION
    classes, counts = np.unique(y, return_counts=True)
    share, rest = divmod(batch_size, len(classes))
    if rest:
        raise ValueError(f"{len(classes)} classes cannot share {batch_size} places")
    n_batches = -(-counts.max() // share)  # rounded up
    columns = []
    for value in classes:
        members = np.flatnonzero(y == value)
        rounds = -(-n_batches * share // len(members))
        drawn = np.concatenate([rng.permutation(members) for _ in range(rounds)])
        columns.append(drawn[: n_batches * share].reshape(n_batches, share))
    return list(np.concatenate(columns, axis=1))
    ### END SOLUTION


# %%
check(balanced_batches)  # 15 points

# %% [markdown]
# The example from above, beside batches that are only shuffled: each bar is a batch,
# and its dark part is class 8.

# %%
labels = np.repeat([3, 8], [100, 20])
plain = np.random.default_rng(0).permutation(120).reshape(12, 10)
balanced = balanced_batches(labels, 10, np.random.default_rng(0))
print(len(balanced), "batches; class 8 is drawn", end=" ")
print(sum(int((labels[batch] == 8).sum()) for batch in balanced), "times")

figure, axes = plt.subplots(1, 2, figsize=(8, 2.2), sharey=True)
for axis, batches, title in [
    (axes[0], plain, "shuffled"),
    (axes[1], balanced, "balanced"),
]:
    rare = [np.mean(labels[batch] == 8) for batch in batches]
    axis.stairs(np.ones(len(rare)), fill=True, color="#dcd6ec")
    axis.stairs(rare, fill=True, color="#54278f")
    axis.set_xticks(range(0, len(rare) + 1, 4))
    axis.set_title(title)
    axis.set_xlabel("batch")
axes[0].set_ylabel("share of class 8")
plt.show()

# %% [markdown]
# ## 6. When to stop
#
# While a network begins to learn the noise, the training loss goes on falling and the
# validation loss does not.
# So remember the epoch with the lowest validation loss so far, and keep its weights;
# stop when `patience` epochs in a row have not brought a lower one:
#
# $$\text{stop epoch} = \text{best epoch} + \text{patience} .$$
#
# Epochs count from 0, and a loss that only equals the best so far is not lower.
# What would have come after the stop you will never know.
# More in the chapter:
# [early stopping](BOOK/regularization.html#regularization-early-stopping).
#
# **On paper first.**
# The losses are 5, 4, 4.5, 3, 3.5, 3, 3.2, 2 and the patience is 3.
# Which epoch is the best, and when does training stop?
# And with a patience of 2, and of 5?


# %%
def early_stopping(val_losses, patience):
    # (T,) -> two numbers
    """Find the epoch whose weights to keep, and the last epoch that is trained.

    Given
    val_losses: the validation loss of each epoch, a list or an array; epochs
      count from 0
    patience: after how many epochs in a row without a lower loss training stops,
      an integer >= 1

    Returns (best_epoch, stop_epoch), two integers
    best_epoch: the first epoch with the lowest loss up to the stop
    stop_epoch: the epoch after which training stops; the last one if the patience
      never runs out

    A loss of NaN is no improvement.
    """
    ### BEGIN SOLUTION
    best_epoch, best_loss = 0, np.inf
    for epoch, loss in enumerate(val_losses):
        if loss < best_loss:
            best_epoch, best_loss = epoch, loss
        if epoch - best_epoch == patience:
            return best_epoch, epoch
    return best_epoch, len(val_losses) - 1
    ### END SOLUTION


# %%
check(early_stopping)  # 15 points

# %% [markdown]
# The examples from above, and a curve as one meets it: noisy, and with a lower value
# waiting behind the stop.
# Which patience would you have chosen, not knowing the right part of the picture?

# %%
for patience in (3, 2, 5):
    print(patience, early_stopping([5, 4, 4.5, 3, 3.5, 3, 3.2, 2], patience))

epochs = np.arange(60)
noise = np.random.default_rng(3).normal(0, 0.05, len(epochs))
curve = 2 * np.exp(-epochs / 6) + 0.012 * epochs + 0.5 + noise
curve[52:] -= 0.55
figure, axis = plt.subplots(figsize=(7, 2.8))
axis.plot(epochs, curve, color="0.4")
for patience, color in [(2, "#d95f0e"), (8, "#54278f")]:
    best, stop = early_stopping(curve, patience)
    axis.plot(best, curve[best], "o", color=color)
    axis.axvline(stop, color=color, linestyle=":", label=f"patience {patience}")
axis.set_xlabel("epoch")
axis.set_ylabel("validation loss")
axis.legend()
plt.show()

# %% [markdown]
# ## What to take with you
#
# - A penalty and its gradient belong together: differentiate what you return.
# - Statistics come from the training data, and from nothing else.
# - Random means: a draw for each image, all from one generator that you were given.
# - What you would have to see the future for, you cannot use.
#
# Which of these is worth how much is in
# [the chapter](BOOK/regularization.html).

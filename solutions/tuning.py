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
# # The tuning workflow
#
# Whoever tunes well is not luckier than others: they ask the same questions in the same
# order, and each answer makes the next question cheaper.
# Is the loss sane before the first step?
# How large may the learning rate be?
# Which settings are worth trying, and on which scale?
# And what do the curves of a finished run say?
# You will write each of these steps as a small function; together they are the recipe
# that the final project follows.
#
# **You will learn**
#
# - which loss a network has that knows nothing, and what it means if yours has another,
# - how to find the largest learning rate in a single sweep,
# - why a learning rate is searched on a logarithmic scale, and a dropout rate is not,
# - how to search at random, and then more finely where it was good,
# - how to read eight kinds of learning curves.
#
# **Time:** about 90 minutes.
# **Points:** 100.
# **Read along:** [the chapter on the tuning workflow](BOOK/tuning.html).

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder import check

# %% [markdown]
# ## 1. Before the first step
#
# With small random weights a classifier gives each of $C$ classes about the same
# probability, so its first loss is
#
# $$L_0 = -\ln \frac{1}{C} = \ln C .$$
#
# It costs one forward pass to look, and a loss far from $\ln C$ is a mistake found
# before any training: weights too large, labels mixed up, a sum where a mean is due.
# More in the chapter:
# [the initial loss](BOOK/tuning.html#tuning-initial-loss).
#
# **On paper first.**
# What is $\ln 10$, to two digits?
# A network for 10 classes starts with a loss of 23: what do you suspect?
# And one that starts with 0.02?


# %%
def expected_initial_loss(num_classes):
    # an integer C -> a number
    """Tell the softmax loss of a network that finds all classes equally probable.

    Given
    num_classes: the number of classes C

    Returns the loss, averaged over any number of samples: a number
    """
    ### BEGIN SOLUTION
    return np.log(num_classes)
    ### END SOLUTION


# %%
check(expected_initial_loss)  # 5 points


# %%
def loss_after_init_is_sane(loss, num_classes):
    # a number, an integer C -> True or False
    """Say whether a loss measured before the first step is near the expected one.

    Given
    loss: the loss that was measured; it may be anything, NaN too
    num_classes: the number of classes C

    Returns True if loss lies within 10 % of the expected initial loss, above or below,
    and False if it does not
    """
    ### BEGIN SOLUTION
    expected = expected_initial_loss(num_classes)
    return abs(loss - expected) < 0.1 * expected
    ### END SOLUTION


# %%
check(loss_after_init_is_sane)  # 10 points

# %% [markdown]
# The two networks of your paper, and some others.

# %%
print(f"ln 10 = {expected_initial_loss(10):.2f}")
for measured in (2.31, 23.0, 0.02, np.nan):
    print(f"a loss of {measured:5.2f}:", loss_after_init_is_sane(measured, 10))

# %% [markdown]
# ## 2. How large may the learning rate be?
#
# Train for a few hundred steps and raise the rate a little at each of them.
# At first nothing happens, then the loss falls, and in the end it explodes.
# The largest rate before that is the edge; a little less than it is where to work.
# More in the chapter:
# [the range test](BOOK/tuning.html#tuning-range-test).
#
# Where does a loss *diverge*?
# Every course has a line of its own; ours is: at the first loss that is not finite, or
# is **more than twice the lowest loss before it**.
# And ours backs off **by a factor of 3** from the largest rate before that.
#
# **On paper first.**
# The rates are 0.001, 0.01, 0.1, 1, 10 and the losses 2.3, 2.0, 1.1, 1.4, 9.0.
# Which rate is the answer?
# Why is it not the rate with the lowest loss?


# %%
def lr_range_test(lrs, losses):
    # (n,), (n,) -> a number
    """Choose a learning rate from a sweep: a third of the largest that did not diverge.

    Given
    lrs: the rates of the sweep, increasing: an array or a list
    losses: the loss recorded at each of them; some may be inf or NaN

    The sweep diverges at the first loss that is not finite, or is above twice the
    lowest loss before it. What comes later does not count, however low.

    Returns the largest rate before the divergence, divided by 3; if nothing diverges,
    the last rate of the sweep, divided by 3

    Raises ValueError, with a message that says why, if the loss is not finite at the
    first rate already
    """
    ### BEGIN SOLUTION
    if not np.isfinite(losses[0]):
        raise ValueError("the loss is not finite at the first rate: start lower")
    lowest = losses[0]
    for place, loss in enumerate(losses):
        if not np.isfinite(loss) or loss > 2 * lowest:
            break
        lowest = min(lowest, loss)
        largest = lrs[place]
    return largest / 3
    ### END SOLUTION


# %%
check(lr_range_test)  # 15 points

# %% [markdown]
# A sweep over the bowl $L(w) = 0.1 + \frac12 \sum_i a_i w_i^2$ with steepnesses $a_i$
# from 0.1 to 100, and gradients with a little noise.
# On paper the edge is known: gradient descent diverges above $2/100 = 0.02$.
# The dashed line is your answer.

# %%
rng = np.random.default_rng(0)
steepness = np.geomspace(0.1, 100, 20)
sweep = np.geomspace(1e-5, 0.05, 800)
w, sweep_losses = 1 / np.sqrt(steepness), []
for lr in sweep:
    sweep_losses.append(0.1 + 0.5 * np.sum(steepness * w**2))
    w = w - lr * (steepness * w + 0.1 * rng.standard_normal(20))
print(f"your answer: {lr_range_test(sweep, np.array(sweep_losses)):.4f}")

figure, axis = plt.subplots(figsize=(6, 2.8))
axis.loglog(sweep, sweep_losses)
axis.axvline(lr_range_test(sweep, np.array(sweep_losses)), color="C1", linestyle="--")
axis.set_ylim(0.05, 1e3)
axis.set_xlabel("learning rate")
axis.set_ylabel("loss")
plt.show()

# %% [markdown]
# The lowest loss lies right at the edge, and the sweep sees the edge a little late,
# since a loss needs some steps to explode: two reasons to back off.

# %% [markdown]
# ## 3. Draws on a logarithmic scale
#
# A step from 0.001 to 0.002 changes a training as much as one from 0.1 to 0.2: what
# counts is the *factor*.
# So the logarithm is what must be uniform:
#
# $$\ln x \;\sim\; \text{uniform on } [\ln \text{low},\, \ln \text{high}] .$$
#
# More in the chapter:
# [the right scale](BOOK/tuning.html#tuning-log-scale),
# [the generator](BOOK/tuning.html#tuning-generator).
#
# **On paper first.**
# Between 0.0001 and 1, which share of such draws lies below 0.01?
# Which share of draws that are uniform in $x$ itself?


# %%
def log_uniform(low, high, size, rng):
    # two numbers, an integer or a tuple -> an array of that shape
    """Draw samples whose logarithm is uniform between those of low and high.

    Given
    low, high: the ends of the range, 0 < low <= high
    size: the shape of the result, an integer or a tuple of integers
    rng: a np.random.Generator: every draw comes from it

    Returns the samples, independent of each other: an array of the shape size

    Raises ValueError, with a message that says why, unless 0 < low <= high
    """
    ### BEGIN SOLUTION
    if not 0 < low <= high:
        raise ValueError(f"no range on a logarithmic scale: {low} to {high}")
    return np.exp(rng.uniform(np.log(low), np.log(high), size))
    ### END SOLUTION


# %%
check(log_uniform)  # 15 points

# %% [markdown]
# The shares of your paper, from 10 000 draws of each kind.

# %%
rng = np.random.default_rng(0)
print("below 0.01, uniform in ln x:", np.mean(log_uniform(1e-4, 1, 10_000, rng) < 0.01))
print("below 0.01, uniform in x:   ", np.mean(rng.uniform(1e-4, 1, 10_000) < 0.01))

# %% [markdown]
# ## 4. Search at random
#
# Of the many settings of a training only a few matter, and you do not know which.
# A grid of $5 \times 5$ trials tries 5 different learning rates; 25 random trials try
# 25.
# A **space** names the range of each parameter, and its scale:
#
# ```python
# {"learning_rate": ("log", 1e-5, 1e-1), "dropout": ("linear", 0.3, 0.7)}
# ```
#
# A **setting** has a number for each: `{"learning_rate": 0.0021, "dropout": 0.44}`.
# The **objective** takes a setting, trains, and returns a value: lower is better.
# More in the chapter:
# [why random](BOOK/tuning.html#tuning-random).
#
# **On paper first.**
# A twentieth of all settings are good.
# How probable is it that 20 random trials hit at least one of them?
# A run diverges and its value is NaN: why should the search keep that result?


# %%
def random_search(objective, space, trials, rng):
    # a function, a space, an integer -> a list of (config, value)
    """Try settings drawn at random, each parameter on its own scale.

    Given
    objective: a function of a setting (a dictionary of name and number) that returns
      its value, lower is better, or NaN where the training diverged
    space: a dictionary of name and (scale, low, high), where scale is 'log' or 'linear'
    trials: how many settings are tried
    rng: a np.random.Generator: every draw comes from it

    All draws are independent, of parameters and of trials; objective is called once
    for each setting.

    Returns a list with a pair (config, value) for each trial, in the order tried.
    config is the setting, a dictionary of its own for every trial, its values plain
    numbers; value is what the objective returned, NaN too
    """
    ### BEGIN SOLUTION
    results = []
    for _ in range(trials):
        config = {}
        for name, (scale, low, high) in space.items():
            if scale == "log":
                config[name] = log_uniform(low, high, 1, rng).item()
            else:
                config[name] = rng.uniform(low, high)
        results.append((config, objective(config)))
    return results
    ### END SOLUTION


# %%
check(random_search)  # 20 points

# %% [markdown]
# Grid against random, 25 trials each, on an objective that cares much about the
# learning rate and little about dropout.
# The marks along the bottom are the learning rates that were tried: count them.


# %%
def landscape(config):
    return (np.log10(config["learning_rate"]) + 2.4) ** 2 + 0.1 * config["dropout"]


space = {"learning_rate": ("log", 1e-5, 1e-1), "dropout": ("linear", 0.3, 0.7)}

# %%
results = random_search(landscape, space, 25, np.random.default_rng(1))
grid = [
    {"learning_rate": lr, "dropout": p}
    for lr in np.geomspace(1e-5, 1e-1, 5)
    for p in np.linspace(0.3, 0.7, 5)
]
figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharey=True)
for axis, configs, title in [
    (axes[0], grid, "grid"),
    (axes[1], [config for config, _ in results], "random"),
]:
    tried = np.array([config["learning_rate"] for config in configs])
    axis.plot(tried, [config["dropout"] for config in configs], "o")
    axis.plot(tried, np.full(tried.size, 0.26), "|", color="C1", markersize=12)
    best = min(landscape(config) for config in configs)
    axis.set_title(f"{title}: best value {best:.3f}")
    axis.set_xscale("log")
    axis.set_xlabel("learning rate")
axes[0].set_ylabel("dropout")
plt.show()

# %% [markdown]
# ## 5. From coarse to fine
#
# The first search is wide and its trials are short.
# The second looks only where the first was good, and its trials may be longer: the new
# space has, for each parameter, the smallest range that holds the best settings.
# More in the chapter:
# [coarse to fine](BOOK/tuning.html#tuning-coarse-to-fine).
#
# **On paper first.**
# The results are $(x, \text{value})$: (0.1, 3), (0.4, NaN), (0.5, 1), (0.7, 2).
# Which range do the best two span?
# Ask Python what `sorted([3, nan, 1, 2])` is, with `nan = float("nan")`.


# %%
def narrow(space, results, keep):
    # a space, a list of (config, value), an integer -> a space
    """Make a finer space around the best settings of a search.

    Given
    space: the space that was searched, as in random_search
    results: a list of pairs (config, value), as random_search returns it, in any order
    keep: how many of the best settings count, those of the lowest values;
      a value of NaN is never among the best

    Returns a new space with the names and the scales of the old one. Each range is the
    smallest that holds the best settings, cut off where it would leave the old range
    (results of an earlier, wider search may be among them)
    """
    ### BEGIN SOLUTION
    finished = [result for result in results if not np.isnan(result[1])]
    best = sorted(finished, key=lambda result: result[1])[:keep]
    new_space = {}
    for name, (scale, low, high) in space.items():
        values = [config[name] for config, _ in best]
        new_space[name] = (scale, max(low, min(values)), min(high, max(values)))
    return new_space
    ### END SOLUTION


# %%
check(narrow)  # 15 points

# %% [markdown]
# Three rounds of 25 trials: how fast do the ranges shrink?
# The best learning rate of this objective is $10^{-2.4} \approx 0.004$.

# %%
rng = np.random.default_rng(2)
current = space
for number in range(3):
    results = random_search(landscape, current, 25, rng)
    current = narrow(current, results, keep=5)
    for name, (scale, low, high) in current.items():
        print(f"round {number + 1}: {name:13s} from {low:.4g} to {high:.4g} ({scale})")

# %% [markdown]
# The range of dropout shrinks too, though it hardly matters here: five points always
# span less than the whole.
# So leave room where you are not sure, and stop before chance does the choosing.

# %% [markdown]
# ## 6. Read the curves
#
# A finished run has four curves: the loss and the accuracy, in training and in
# validation.
# Which of eight stories do they tell?
# More in the chapter:
# [reading the curves](BOOK/tuning.html#tuning-curves).
#
# These are the rules.
# They are tried in this order, and the first that holds decides; *chance* is $\ln C$,
# $T$ is the number of epochs, and "a loss" is any, in training or in validation.
#
# | label | holds if |
# |---|---|
# | `diverged` | a loss is not finite, or the last `train_loss` is above 2 × chance |
# | `lr_too_small` | the last `train_loss` is still above 0.9 × chance |
# | `bad_init` | `train_loss[T // 3]` is above 0.9 × chance: flat, then a drop |
# | `overfitting` | the last `train_acc` is more than 0.15 above the last `val_acc` |
# | `keep_training` | the last `val_acc` is more than 0.03 above `val_acc[3 * T // 4]` |
# | `healthy` | the last `val_acc` is at least 0.9 |
# | `underfitting` | the last `train_acc` is below 0.5 |
# | `plateau_decay_now` | none of these: it is flat, half way up |
#
# The last three are all flat at the end.
# What tells them apart is the level: at the top nothing is left to gain, half way up a
# smaller rate can go on, and where even the training accuracy is bad the network needs
# more capacity first.
# The numbers are this notebook's; with a task of your own you would choose others.
#
# **On paper first.**
# 100 classes, 30 epochs: the training loss is 4.6 for twelve epochs, and ends at 0.3
# with accuracies of 0.95 and 0.93.
# Which label is that?
# Which would it be, if only the last epoch were looked at?


# %%
def diagnose(history):
    # a dictionary of four lists, and the number of classes -> a label
    """Name what the learning curves of a run say.

    Given
    history: a dictionary with the keys
      'train_loss', 'val_loss': lists with the mean loss of each epoch
      'train_acc', 'val_acc': lists with the accuracy of each epoch, 0 to 1
      'num_classes': the number of classes

    Returns a string: the label of the first rule in the table above that holds
    """
    ### BEGIN SOLUTION
    chance = np.log(history["num_classes"])
    train_loss, val_loss = history["train_loss"], history["val_loss"]
    train_acc, val_acc = history["train_acc"], history["val_acc"]
    epochs = len(train_loss)
    if not np.isfinite([train_loss, val_loss]).all() or train_loss[-1] > 2 * chance:
        return "diverged"
    if train_loss[-1] > 0.9 * chance:
        return "lr_too_small"
    if train_loss[epochs // 3] > 0.9 * chance:
        return "bad_init"
    if train_acc[-1] - val_acc[-1] > 0.15:
        return "overfitting"
    if val_acc[-1] - val_acc[3 * epochs // 4] > 0.03:
        return "keep_training"
    if val_acc[-1] >= 0.9:
        return "healthy"
    if train_acc[-1] < 0.5:
        return "underfitting"
    return "plateau_decay_now"
    ### END SOLUTION


# %%
check(diagnose)  # 20 points

# %% [markdown]
# Eight runs with 10 classes, drawn by hand: the loss in training (full line) and in
# validation (dashed).
# Say for each what you would do next, before you read the title, which is your
# function's answer.


# %%
def reach(end, pace, after=0.0):
    """A curve from 1 to end, at the given pace, once it has begun."""
    return end + (1 - end) * np.exp(-np.maximum(t - after, 0) / pace)


def story(train, val, train_acc, val_acc):
    """A history with the given losses, in units of ln 10, and accuracies."""
    curves = np.broadcast_arrays(train, val, train_acc, val_acc, t)
    names = ("train_loss", "val_loss", "train_acc", "val_acc")
    units = (np.log(10), np.log(10), 1, 1)
    history = {n: list(u * c) for n, u, c in zip(names, units, curves, strict=False)}
    return {**history, "num_classes": 10}


t = np.linspace(0, 1, 40)
blown = np.where(t < 0.6, reach(0.2, 0.1), 8 ** (10 * t - 5.5))
stories = [
    story(reach(0.05, 0.1), reach(0.09, 0.1), 0.97, 0.95),
    story(blown, blown * 1.1, 0.1, 0.1),
    story(1 - 0.03 * t, 1.01 - 0.03 * t, 0.12, 0.11),
    story(reach(0.06, 0.05, 0.45), reach(0.1, 0.05, 0.45), 0.96, 0.94),
    story(reach(0.35, 0.07), reach(0.38, 0.07), 0.7, 0.68),
    story(1 - 0.55 * t**0.8, 1 - 0.5 * t**0.8, 0.1 + 0.6 * t, 0.1 + 0.55 * t),
    story(reach(0.02, 0.1), reach(0.4, 0.08) + 0.5 * t**2, 0.99, 0.62),
    story(reach(0.7, 0.08), reach(0.72, 0.08), 0.3, 0.28),
]
together = {"sharex": True, "sharey": True, "gridspec_kw": {"hspace": 0.3}}
figure, axes = plt.subplots(2, 4, figsize=(9.5, 4), **together)
for axis, history in zip(axes.flat, stories, strict=True):
    axis.plot(history["train_loss"])
    axis.plot(history["val_loss"], "--")
    axis.axhline(np.log(10), color="0.8", zorder=0)
    axis.set_ylim(0, 3.2)
    axis.set_title(diagnose(history), fontsize=10)
for axis in axes[1]:
    axis.set_xlabel("epoch")
for axis in axes[:, 0]:
    axis.set_ylabel("loss")
plt.show()

# %% [markdown]
# ## What to take with you
#
# - Look at the loss before the first step: $\ln C$, or something is wrong.
# - The learning rate first: a sweep finds the edge, and you work a little below it.
# - Draw each parameter at random, on the scale on which a step means the same anywhere.
# - A result that diverged is a result: keep it, and never sort it among the best.
# - Ask of a curve where it stands, where it came from and whether it still moves.
#
# What comes before all this (overfit a small sample) and after (test once, at the end)
# is in [the chapter](BOOK/tuning.html#tuning-recipe).

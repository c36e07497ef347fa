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
# # Learning-rate schedules: start high, end low, and know when
#
# The learning rate is the setting that matters most, and the best one changes while
# a network is trained: long steps early, to get somewhere, and short ones late, to
# settle.
# A schedule says which rate belongs to which step.
# You will write thirteen small functions, most of them a line long.
# What makes them hard is at the edges: the very step of a drop, the last step, the
# joint after a warm-up, a loss that only equals the best.
#
# **You will learn**
#
# - ten schedules by their formulas, and what their parameters do,
# - to write one formula that serves a single step and a whole array of steps,
# - how to put a warm-up before any of them,
# - how to let the losses decide instead of the calendar,
# - what to do with the rate when the batch grows.
#
# **Time:** about 90 minutes.
# **Points:** 100.
# **Read along:** [the chapter on schedules](BOOK/schedules.html).
#
# Three things hold for all ten schedules of sections 1 to 3.
# The step `t` counts from 0.
# It is a number or an array of whole numbers, of any shape: the answer is a number
# or an array of that shape.
# And the integers of such an array must not turn the rates into integers
# ([why they could](BOOK/schedules.html#schedules-arrays)).

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder import check

# %% [markdown]
# ## 1. Steps
#
# ### No change
#
# $\eta(t) = \eta_0$, with $\eta_0$ for `base_lr`: what everything else is compared
# with.
# Its one difficulty is that an array of steps wants an array of rates.
# More in the chapter: [the fixed rate](BOOK/schedules.html#schedules-fixed).


# %%
def fixed(t, base_lr):
    # a number or an array of any shape -> the same shape
    """Keep the rate at base_lr.

    Given
    t: the step, a number or an array of whole numbers
    base_lr: the rate

    Returns the rate at each step of t: a number, or an array of the shape of t.
    """
    ### BEGIN SOLUTION
    return np.full(np.shape(t), base_lr)
    ### END SOLUTION


# %%
check(fixed)  # 3 points

# %% [markdown]
# ### A drop every so often
#
# With $s$ for `step_size` and $\gamma$ for `gamma`,
#
# $$\eta(t) = \eta_0\,\gamma^{\lfloor t/s \rfloor} .$$
#
# More in the chapter: [steps](BOOK/schedules.html#schedules-step).
#
# **On paper first.**
# Let $\eta_0 = 0.8$, $\gamma = 0.5$ and $s = 10$.
# What is the rate at $t = 0, 9, 10, 19, 20$?
# How many steps have the first rate?


# %%
def step(t, base_lr, gamma, step_size):
    # a number or an array of any shape -> the same shape
    """Multiply the rate by gamma after every step_size steps.

    Given
    t: the step, a number or an array of whole numbers
    base_lr: the rate at t = 0
    gamma: the factor of one drop, for example 0.1
    step_size: the number of steps from one drop to the next;
      the first drop is in force at t = step_size

    Returns the rate at each step of t.
    """
    ### BEGIN SOLUTION
    return base_lr * gamma ** (t // step_size)
    ### END SOLUTION


# %%
check(step)  # 8 points

# %%
print(step(np.array([0, 9, 10, 19, 20]), base_lr=0.8, gamma=0.5, step_size=10))

# %% [markdown]
# ### Drops where you say
#
# Losses do not fall in equal stretches.
# `milestones` is a sorted list of the steps at which the rate drops; the drop is in
# force at $t = $ milestone itself:
#
# $$\eta(t) = \eta_0\,\gamma^{k(t)} , \qquad
# k(t) = \text{the number of milestones} \le t .$$
#
# An empty list has no drop.
# For counting in a sorted list, look at what `np.searchsorted` and its argument
# `side` do.
# More in the chapter: [milestones](BOOK/schedules.html#schedules-multistep).
#
# **On paper first.**
# One of the source documents of this course gives the example $\eta_0 = 0.01$,
# $\gamma = 0.9$ and drops at 5000, 7000, 8000, 9000 and 9500.
# What is the rate at $t = 4999$, at $t = 5000$, and at the end of 10 000 steps?
# Is that "start high, end low"?


# %%
def multistep(t, base_lr, gamma, milestones):
    # a number or an array of any shape -> the same shape
    """Multiply the rate by gamma at each milestone.

    Given
    t: the step, a number or an array of whole numbers
    base_lr: the rate at t = 0
    gamma: the factor of one drop
    milestones: a sorted list of steps, perhaps empty

    Returns the rate at each step of t.
    """
    ### BEGIN SOLUTION
    return base_lr * gamma ** np.searchsorted(milestones, t, side="right")
    ### END SOLUTION


# %%
check(multistep)  # 9 points

# %%
example = [5000, 7000, 8000, 9000, 9500]
print(multistep(np.array([4999, 5000, 9999]), 0.01, 0.9, example).round(6))

# %% [markdown]
# ## 2. Curves without an end
#
# These three fall at every step, and go on falling for as long as one trains.
#
# ### Exponential
#
# $$\eta(t) = \eta_0\,\gamma^{t} .$$
#
# More in the chapter:
# [exponential decay](BOOK/schedules.html#schedules-exponential).
#
# **On paper first.**
# With $\gamma = 0.9$, after how many steps is half of the rate left?
# And with $\gamma = 0.999$?


# %%
def exponential(t, base_lr, gamma):
    # a number or an array of any shape -> the same shape
    """Multiply the rate by gamma at every step.

    Given
    t: the step, a number or an array of whole numbers
    base_lr: the rate at t = 0
    gamma: the factor of one step, a little below 1

    Returns the rate at each step of t.
    """
    ### BEGIN SOLUTION
    return base_lr * gamma**t
    ### END SOLUTION


# %%
check(exponential)  # 6 points

# %%
for gamma in (0.9, 0.999):
    below = np.flatnonzero(exponential(np.arange(2000), 1.0, gamma) <= 0.5)
    print(f"gamma = {gamma}: half of the rate is left after {below[0]} steps")

# %% [markdown]
# ### Inverse
#
# With $p$ for `power`,
#
# $$\eta(t) = \eta_0\,(1 + \gamma t)^{-p} .$$
#
# More in the chapter: [inverse decay](BOOK/schedules.html#schedules-inverse).
#
# **On paper first.**
# Let $\gamma = 0.5$ and $p = 1$.
# At which step is half of the rate left, and at which a quarter?
# How is that different from the exponential curve?


# %%
def inverse(t, base_lr, gamma, power):
    # a number or an array of any shape -> the same shape
    """Divide the rate by a power of 1 + gamma t.

    Given
    t: the step, a number or an array of whole numbers
    base_lr: the rate at t = 0
    gamma: how fast the denominator grows
    power: the exponent, above 0

    Returns the rate at each step of t.
    """
    ### BEGIN SOLUTION
    return base_lr * (1 + gamma * t) ** -power
    ### END SOLUTION


# %%
check(inverse)  # 7 points

# %% [markdown]
# ### One over the root
#
# Often written as $\eta_0/\sqrt{t}$, which is infinite at the first step.
# Here the first step counts as one:
#
# $$\eta(t) = \frac{\eta_0}{\sqrt{t + 1}} .$$
#
# More in the chapter:
# [the inverse root](BOOK/schedules.html#schedules-inverse-sqrt).
#
# **On paper first.**
# At which step is half of the rate left, and at which a tenth?


# %%
def inverse_sqrt(t, base_lr):
    # a number or an array of any shape -> the same shape
    """Divide the rate by the root of the number of steps, this one counted.

    Given
    t: the step, a number or an array of whole numbers
    base_lr: the rate at t = 0

    Returns the rate at each step of t.
    """
    ### BEGIN SOLUTION
    return base_lr / np.sqrt(t + 1)
    ### END SOLUTION


# %%
check(inverse_sqrt)  # 6 points

# %% [markdown]
# ## 3. Curves with an end, and one with a middle
#
# The next three know how long the training is.
# `total` is the number of steps $T$, and at $t = T$ the rate is 0.
# (What comes after that is not asked for.)
#
# ### Polynomial
#
# $$\eta(t) = \eta_0\left(1 - \frac{t}{T}\right)^{p} .$$
#
# More in the chapter: [polynomials](BOOK/schedules.html#schedules-polynomial).
#
# **On paper first.**
# Halfway through, which is larger: the rate with $p = 2$ or the one with
# $p = \tfrac12$?


# %%
def polynomial(t, base_lr, power, total):
    # a number or an array of any shape -> the same shape
    """Let the rate fall with a power of the share of the steps that remains.

    Given
    t: the step, a number or an array of whole numbers from 0 to total
    base_lr: the rate at t = 0
    power: the exponent, above 0
    total: the step at which the rate is 0

    Returns the rate at each step of t.
    """
    ### BEGIN SOLUTION
    return base_lr * (1 - t / total) ** power
    ### END SOLUTION


# %%
check(polynomial)  # 7 points

# %% [markdown]
# ### A straight line
#
# $$\eta(t) = \eta_0\left(1 - \frac{t}{T}\right) .$$
#
# More in the chapter: [the line](BOOK/schedules.html#schedules-linear).


# %%
def linear(t, base_lr, total):
    # a number or an array of any shape -> the same shape
    """Let the rate fall to 0 along a straight line.

    Given
    t: the step, a number or an array of whole numbers from 0 to total
    base_lr: the rate at t = 0
    total: the step at which the rate is 0

    Returns the rate at each step of t.
    """
    ### BEGIN SOLUTION
    return base_lr * (1 - t / total)
    ### END SOLUTION


# %%
check(linear)  # 5 points

# %% [markdown]
# ### Half a cosine
#
# $$\eta(t) = \frac{\eta_0}{2}\left(1 + \cos\frac{\pi t}{T}\right) .$$
#
# More in the chapter: [the cosine](BOOK/schedules.html#schedules-cosine).
#
# **On paper first.**
# What is the rate at $t = 0$, $T/4$, $T/2$ and $T$?
# Where is it above the straight line, and where below?


# %%
def cosine(t, base_lr, total):
    # a number or an array of any shape -> the same shape
    """Let the rate fall to 0 along half a period of a cosine.

    Given
    t: the step, a number or an array of whole numbers from 0 to total
    base_lr: the rate at t = 0
    total: the step at which the rate is 0

    Returns the rate at each step of t.
    """
    ### BEGIN SOLUTION
    return base_lr / 2 * (1 + np.cos(np.pi * t / total))
    ### END SOLUTION


# %%
check(cosine)  # 7 points

# %%
quarters = np.array([0, 25, 50, 75, 100])
print("step:  ", quarters)
print("cosine:", cosine(quarters, 1.0, 100).round(4))
print("line:  ", linear(quarters, 1.0, 100))

# %% [markdown]
# ### Around a middle
#
# $$\eta(t) = \frac{\eta_0}{1 + e^{-\gamma\,(t - s)}} .$$
#
# Here $s$, again called `step_size`, is the step at which the rate is half of
# $\eta_0$.
# With $\gamma < 0$ the rate falls, with $\gamma > 0$ it rises.
# Far from the middle the exponential can be infinite in floating point: the rate must
# be 0 or $\eta_0$ there, and never `nan`.
# (NumPy may warn of the overflow; that is no harm here.)
# More in the chapter: [the sigmoid](BOOK/schedules.html#schedules-sigmoid).
#
# **On paper first.**
# What is $1/(1 + \infty)$?
# And $\infty/(1 + \infty)$, which is how the same curve is sometimes written?


# %%
def sigmoid(t, base_lr, gamma, step_size):
    # a number or an array of any shape -> the same shape
    """Let the rate pass from one level to another around step_size.

    Given
    t: the step, a number or an array of whole numbers
    base_lr: the upper of the two levels; the lower is 0
    gamma: the steepness; below 0 the rate falls, above 0 it rises
    step_size: the step at which the rate is half of base_lr

    Returns the rate at each step of t, finite however far t is from step_size.
    """
    ### BEGIN SOLUTION
    return base_lr / (1 + np.exp(-gamma * (t - step_size)))
    ### END SOLUTION


# %%
check(sigmoid)  # 8 points

# %% [markdown]
# All ten in one picture, over 100 steps from the rate 1.
# Which of them spend most of the time near the top, and which near the bottom?

# %%
t = np.arange(101)
curves = {
    "steps": {
        "fixed": fixed(t, 1.0),
        "step": step(t, 1.0, 0.5, 25),
        "multistep": multistep(t, 1.0, 0.5, [50, 75, 90]),
    },
    "without an end": {
        "exponential": exponential(t, 1.0, 0.97),
        "inverse": inverse(t, 1.0, 0.2, 0.75),
        "inverse_sqrt": inverse_sqrt(t, 1.0),
    },
    "with an end or a middle": {
        "polynomial": polynomial(t, 1.0, 2, 100),
        "linear": linear(t, 1.0, 100),
        "cosine": cosine(t, 1.0, 100),
        "sigmoid": sigmoid(t, 1.0, -0.15, 50),
    },
}
figure, axes = plt.subplots(1, 3, figsize=(10, 3), sharey=True)
for axis, (title, group) in zip(axes, curves.items(), strict=True):
    for (name, rates), style in zip(
        group.items(), ("-", "--", ":", "-."), strict=False
    ):
        drawn = "steps-post" if title == "steps" else "default"
        axis.plot(t, rates, style, label=name, drawstyle=drawn)
    axis.set_title(title)
    axis.set_xlabel("step")
    axis.legend()
axes[0].set_ylabel("share of the first rate")
plt.show()

# %% [markdown]
# ## 4. Warm-up
#
# A high rate at the first steps can make the loss jump, and some networks never come
# back.
# So the rate grows in $W$ equal shares first, and then a schedule of your choice
# begins, at *its* step 0:
#
# $$\eta(t) = \begin{cases}
# \eta_0\,\dfrac{t + 1}{W} & t < W \\[2ex]
# \text{after}(t - W) & t \ge W .
# \end{cases}$$
#
# If the schedule begins at $\eta_0$, nothing jumps at the joint.
# Some begin the growth with $t/W$ instead; that is no mistake, but its first step has
# the rate 0 and is wasted, so in this course it is $(t + 1)/W$ (the difference is a
# matter of manners: it costs a point at most).
# More in the chapter: [warm-up](BOOK/schedules.html#schedules-warmup).
#
# **On paper first.**
# Let $\eta_0 = 0.8$, $W = 4$ and $\text{after}(t) = 0.8 \cdot 0.5^{t}$.
# Write down the rates at $t = 0, \dots, 6$.
# What would be the rate at $t = 4$ if `after` were asked about $t$ and not about
# $t - W$?


# %%
def warmup(t, base_lr, warmup_steps, after):
    # a number or an array of any shape -> the same shape
    """Let the rate grow to base_lr in equal shares, then follow another schedule.

    Given
    t: the step, a number or an array of whole numbers
    base_lr: the rate that the growth leads to
    warmup_steps: how many steps the growth takes; 0 means that there is none
    after: a function of a step (a number or an array) that gives the rate;
      it counts its own steps, from 0 at t = warmup_steps

    Returns the rate at each step of t.

    np.where(condition, one, other) chooses entry by entry, for numbers and for arrays;
    it computes both, also where they are not chosen, so take care of a warmup_steps
    of 0, and do not ask `after` about steps before its first.
    """
    ### BEGIN SOLUTION
    growth = base_lr * (t + 1) / max(warmup_steps, 1)
    later = after(np.maximum(t - warmup_steps, 0))
    return np.where(t < warmup_steps, growth, later)
    ### END SOLUTION


# %%
check(warmup)  # 13 points

# %% [markdown]
# The example from above, and the most usual of all schedules today: a short warm-up,
# then a cosine.

# %%
print(warmup(np.arange(7), 0.8, 4, lambda t: 0.8 * 0.5**t))

steps = np.arange(201)
rates = warmup(steps, 0.1, 20, lambda t: cosine(t, 0.1, 180))
plt.figure(figsize=(6, 2.5))
plt.plot(steps, rates)
plt.axvline(20, linestyle=":", color="gray")
plt.xlabel("step")
plt.ylabel("rate")
plt.title("20 steps of warm-up, then a cosine")
plt.show()

# %% [markdown]
# ## 5. Let the losses decide
#
# No calendar here.
# After each epoch one looks at the validation loss; when it has brought no new best
# for `patience` epochs in a row, the rate is multiplied by `factor`, and the count
# begins again at 0.
# The best loss is kept: a smaller rate does not make it any worse.
# A loss that only equals the best is no new best.
#
# Keras reduces when the count *reaches* patience, PyTorch when it *exceeds* it.
# In this course it is "reaches" (the difference is a matter of manners, again).
# More in the chapter: [the plateau](BOOK/schedules.html#schedules-plateau).
#
# **On paper first.**
# The losses are $3, 2, 2.5, 2.2, 2.4, 2.1, 1.9, 1.9$, and `patience` is 2.
# After which epochs is the rate reduced?
# What is left of it at the end if `factor` is 0.1?


# %%
def plateau(metric_history, base_lr, factor, patience):
    # a list of numbers -> a number
    """Reduce the rate each time the losses have stopped falling.

    Given
    metric_history: a list of one loss per epoch so far, lower is better
    base_lr: the rate at the beginning
    factor: what the rate is multiplied by at a reduction, for example 0.5
    patience: how many epochs in a row without a new best bring a reduction, at least 1

    Returns the rate after the whole history, a number: base_lr if there is none yet.
    """
    ### BEGIN SOLUTION
    rate, best, waited = base_lr, np.inf, 0
    for metric in metric_history:
        waited = 0 if metric < best else waited + 1
        best = min(best, metric)
        if waited == patience:
            rate, waited = rate * factor, 0
    return rate
    ### END SOLUTION


# %%
check(plateau)  # 15 points

# %% [markdown]
# The example from above, epoch by epoch, and a longer history made up for the picture.

# %%
losses = [3, 2, 2.5, 2.2, 2.4, 2.1, 1.9, 1.9]
for epoch in range(len(losses)):
    rate = plateau(losses[: epoch + 1], base_lr=1.0, factor=0.1, patience=2)
    print(f"loss {losses[epoch]:<3}  rate {rate:.3g}")

rng = np.random.default_rng(0)
falls = np.repeat([0.5, 0.4, 0.15], 20) * np.tile(0.6 ** np.arange(20), 3)
curve = np.repeat([1.0, 0.6, 0.45], 20) + falls
history = list(curve + 0.02 * rng.standard_normal(60))
rates = [plateau(history[:n], 0.1, 0.5, 6) for n in range(1, 61)]
figure, (above, below) = plt.subplots(2, 1, figsize=(6, 3.5), sharex=True)
above.plot(history)
above.set_ylabel("validation loss")
below.step(range(60), rates, where="post")
below.set_ylabel("rate")
below.set_xlabel("epoch")
plt.show()

# %% [markdown]
# ## 6. When the batch grows
#
# A batch of twice the size makes half as many steps in an epoch.
# The linear rule makes each of them twice as long:
#
# $$\eta = \eta_0\,\frac{B}{B_0} .$$
#
# More in the chapter: [batch size](BOOK/schedules.html#schedules-batch-size), where
# you also find what it rests on and where it ends.
#
# **On paper first.**
# A recipe says 0.1 for batches of 256.
# Your memory holds 96 samples: which rate?


# %%
def scale_lr(base_lr, base_batch, batch):
    # three numbers -> a number
    """Change the rate in proportion to the batch size.

    Given
    base_lr: a rate that suits batches of base_batch samples
    base_batch: the batch size that it suits
    batch: the batch size you have, larger or smaller

    Returns the rate for batches of `batch` samples.
    """
    ### BEGIN SOLUTION
    return base_lr * batch / base_batch
    ### END SOLUTION


# %%
check(scale_lr)  # 6 points

# %%
print(f"{scale_lr(0.1, base_batch=256, batch=96):.4g}")

# %% [markdown]
# ## What to take with you
#
# - Before you trust a schedule, print the first rate, the last one, and the rates on
#   both sides of every joint.
# - Say whether $t$ counts steps or epochs: a $\gamma$ of 0.95 is gentle once an epoch,
#   and leaves nothing after a few hundred steps if it is applied at each.
# - Do not lower the rate while the loss still falls.
#
# Which schedule to take, and how high to begin, is in
# [the chapter](BOOK/schedules.html#schedules-choosing).

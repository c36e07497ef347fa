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
# # The final project: a network, tuned by the recipe
#
# In nine assignments you have written the parts.
# Here they become one piece of work: a network in PyTorch, tuned in seven steps on data
# that it has not seen, with a record of every trial.
# You make the decisions; an engine that is given does the training.
# What is graded is the way as much as the result: each step leaves its evidence, and
# the next step rests on it.
#
# **You will learn**
#
# - how the seven steps of the recipe work together, each making the next one cheaper,
# - which few numbers tell, during a training, that all is well,
# - where to search first, where next, and when to stop,
# - to choose on validation data, and to open the test data once.
#
# **Time:** four to six hours for the functions, which are short, and for looking at
# what comes out, which is the point.
# The computer needs some minutes on a laptop for all steps with the handwritten digits;
# with CIFAR-10 it needs a GPU.
# **Points:** 100: 60 for the functions, 40 for the run.
# **Read along:** [the chapter on the tuning workflow](BOOK/tuning.html).

# %% [markdown]
# ## How to work
#
# Beside this notebook lies the folder `project/`, a package of plain modules that one
# can read from top to bottom; its `__init__.py` says in which order.
# **Four of them are yours**, wherever it says `# Your code goes here.`:
#
# | file | holds |
# |---|---|
# | `project/recipe.py` | the decisions of the seven steps |
# | `project/monitors.py` | two numbers that are watched at every training |
# | `project/schedule.py` | the learning rate at each step |
# | `project/regularization.py` | what is decayed, and the loss |
#
# Write there, with any editor; each docstring says exactly what is asked.
# This notebook is your guide: for each function it tells why, and has a check.
# Then a step is carried out by one command in a terminal (in JupyterLab: *File*, *New*,
# *Terminal*), in the folder of this notebook:
#
# ```bash
# python -m project initial_loss --data digits --out run
# python -m project overfit --data digits --out run --resume
# ```
#
# The first command makes the folder `run`; those that follow go on with it, by
# `--resume`.
# If a function is missing, the command says which, and where.
# A command that was stopped, by you or by a power cut, goes on with the same line.
# `python -m project --help` tells the rest.
#
# Begin with the digits.
# When all seven steps work, and if you have a GPU, take `--data cifar10 --out
# run_cifar10`: the same commands, the same decisions, 50 000 photographs in place of
# some 1 400 digits.
# Hand in one of the two, in a folder that is named `run`.

# %%
# %load_ext autoreload
# %autoreload 2
import json
import math
from pathlib import Path

from IPython.display import Image, display
from project.checked import (
    choose,
    coarse_space,
    epochs_to_overfit,
    gradient_norm,
    initial_loss_is_sane,
    is_decayed,
    learning_rate,
    network_update_ratio,
    next_space,
    read_curves,
    smoothed_loss,
    starting_rate,
)

from autograder import check, check_run

# %% [markdown]
# What you change in `project/` counts from the next cell on; there is no need to start
# the notebook again.
#
# Everything that is measured goes into `run/ledger.jsonl`, one line a record, never
# changed afterwards: for each trial its settings, its seed and its curves, and for each
# step what was decided.
# The next cell reads it; run the cells that call it once their step is done.

# %%
RUN = Path("run")


def records(kind, step):
    """Return what the ledger holds of a step: its trials, or its decisions."""
    ledger = RUN / "ledger.jsonl"
    text = ledger.read_text("utf-8") if ledger.is_file() else ""
    # What follows the last line's end is still being written.
    found = [json.loads(line) for line in text.split("\n")[:-1]]
    return [r for r in found if r["record"] == kind and r["step"] == step]


def look(step):
    """Show what was decided in a step, and its picture."""
    decisions = records("decision", step)
    for number, decision in enumerate(decisions, start=1):
        print(f"{step}, decision {number} of {len(decisions)}:")
        for name in sorted(decision.keys() - {"record", "step", "time"}):
            said = json.dumps(decision[name])
            print(f"  {name}: {said if len(said) < 300 else said[:300] + ' ...'}")
    if not decisions:
        print(f"{step}: not done yet")
    picture = RUN / "curves" / f"{step}.png"
    if picture.is_file():
        display(Image(picture))


# %% [markdown]
# ## Step 1. The initial loss
#
# Before the first update a network for $C$ classes should know nothing, and a network
# that knows nothing has the loss $\ln C$.
# It costs a forward pass to look.
# Five networks are made, with five seeds, so that chance does not decide: each of their
# losses must be a number, and their mean must be near $\ln C$.
# More in the book:
# [the initial loss](BOOK/tuning.html#tuning-initial-loss).
#
# **On paper first.**
# What is $\ln 10$?
# Four losses are 2.3 and the fifth is NaN: what would their mean be, and is that what
# your comparison needs?
#
# Write `initial_loss_is_sane` in `recipe.py`.

# %%
check(initial_loss_is_sane)  # 4 points

# %% [markdown]
# ```bash
# python -m project initial_loss --data digits --out run
# ```
#
# **What to look for.**
# Five losses close to each other.
# Is their mean too large, the last layer begins with weights that are too large: the
# network is sure of what it cannot know.
# Is it too small, labels have found their way into the images.
# Scatter of some per cent is fine.

# %%
look("initial_loss")
print(f"ln 10 = {math.log(10):.4f}")

# %% [markdown]
# ## Step 2. A small sample, by heart
#
# A network that cannot learn a hundred images by heart will not learn a thousand.
# Something is broken then, which no tuning repairs.
# Better to know it now than after a search.
# More in the book:
# [a small sample](BOOK/tuning.html#tuning-small-sample).
#
# It is the first training, so here you write what every training needs.
#
# ### Two monitors
#
# A training goes wrong long before its loss shows it.
# Two numbers tell early.
# The **norm of the gradient** is that of *all* parameters as one long vector: does it
# vanish, does it explode?
# The **update ratio** says how far a step moves the network, in units of its own size:
# $\lVert w' - w \rVert / \lVert w \rVert$, each norm over all parameters together.
# Near a thousandth is usual.
# More in the book:
# [the norm, and clipping](BOOK/optimizers.html#optimizers-clipping),
# [the update ratio](BOOK/optimizers.html#optimizers-update-ratio).
#
# **On paper first.**
# One array of gradients has the norm 3, the other the norm 4: which norm have they
# together?
# A bias begins at 0; what is its own update ratio after the first step, and why does
# that not matter here?
#
# Write `gradient_norm` and `update_ratio` in `monitors.py`.
# (The second is called `network_update_ratio` where it is checked: there is another
# `update_ratio` in the course, for a single array.)

# %%
check(gradient_norm)  # 3 points

# %%
check(network_update_ratio)  # 5 points

# %% [markdown]
# ### The learning rate at each step
#
# The first steps of a network are taken from a place that nobody chose, so the rate
# begins small: over the share `warmup` of all steps it rises evenly to its peak.
# Then it decays, by one of the schedules that you know.
# More in the book:
# [warm-up](BOOK/schedules.html#schedules-warmup),
# [the shape of a decay](BOOK/schedules.html#schedules-shape).
#
# **On paper first.**
# 10 steps, a warm-up of a fifth, a peak of 1, then the linear decay $1 - s$: write down
# all ten rates.
# None of them is 0. Why is that right?
#
# Write `learning_rate` in `schedule.py`.

# %%
check(learning_rate)  # 6 points

# %% [markdown]
# ### What holds back
#
# Weight decay shrinks what multiplies an input: matrices and kernels.
# It leaves alone what only shifts or scales a unit: biases, and the gains of
# normalizations, which are called `weight` too.
# **Label smoothing** asks the network to be a little unsure: a share $\varepsilon$ of
# each target is spread over all $C$ classes,
#
# $$L = \frac1N \sum_n \Bigl( -(1 - \varepsilon) \ln p_{n y_n}
# - \frac{\varepsilon}{C} \sum_c \ln p_{nc} \Bigr) .$$
#
# More in the book:
# [why the biases are spared](BOOK/regularization.html#regularization-biases),
# [cross-entropy](BOOK/regularization.html#regularization-losses),
# [a softmax that does not overflow](BOOK/gradients.html#gradients-stable-softmax).
#
# **On paper first.**
# A network for 10 classes is right and as sure as it can be.
# What is its loss without smoothing, and what becomes of it with
# $\varepsilon = 0.1$ as it grows still surer?
# Which shapes has a dense layer's bias, which a convolution's kernel?
#
# Write `is_decayed` and `smoothed_loss` in `regularization.py`; compute the loss with
# functions of torch, so that it knows its gradient.

# %%
check(is_decayed)  # 4 points

# %%
check(smoothed_loss)  # 6 points

# %% [markdown]
# ### Was it learned by heart?
#
# An accuracy of 1 in one lucky epoch is not enough; it has to stay.
#
# **On paper first.**
# The accuracies are 0.6, 1, 0.98, 1, 1: after how many epochs was the sample known?
#
# Write `epochs_to_overfit` in `recipe.py`.

# %%
check(epochs_to_overfit)  # 5 points

# %% [markdown]
# ```bash
# python -m project overfit --data digits --out run --resume
# ```
#
# **What to look for.**
# The loss goes towards 0 and the accuracy to 1, without augmentation and without decay,
# which would be in the way here.
# The curve may be rough.
# Does it stop short of 1, look at the images that it gets wrong: two images alike with
# two different labels cannot be told apart by any network.

# %%
look("overfit")

# %% [markdown]
# ## Step 3. A rate that lowers the loss at once
#
# The learning rate comes first, since nothing else matters while it is wrong.
# Some rates, far apart, are tried for a hundred iterations each, on all training data.
# The answer is the **largest** that clearly lowers the loss: over the last tenth of its
# iterations it is at most 90 % of the first.
# More in the book:
# [the recipe, carried out](BOOK/tuning.html#tuning-carried-out),
# [how large may it be](BOOK/tuning.html#tuning-range-test).
#
# **On paper first.**
# Why the mean over the last ten iterations, and not the last one alone?
# Why is the rate with the lowest loss not the answer?
# What is `float("nan") > 2.07`, and what is `float("nan") <= 2.07`?
#
# Write `starting_rate` in `recipe.py`.

# %%
check(starting_rate)  # 6 points

# %% [markdown]
# ```bash
# python -m project rate --data digits --out run --resume
# ```
#
# **What to look for.**
# Three kinds of curves: rates that hardly move the loss, rates that lower it, and
# rates at which it jumps about or is no number any more.
# If one kind is missing at either end, the rates were not far enough apart: widen
# `recipe.range_rates` (`--set`, see `python -m project --help`).

# %%
look("rate")

# %% [markdown]
# ## Step 4. Search coarsely
#
# Rate and weight decay depend on each other, so they are searched together: pairs drawn
# at random, each uniformly in its logarithm, for a few epochs.
# Step 3 says where to look for the rate, from a tenth of what it found to three times
# that; of the weight decay we know nothing yet: $10^{-6}$ to $10^{-2}$.
# More in the book:
# [the right scale](BOOK/tuning.html#tuning-log-scale),
# [why random](BOOK/tuning.html#tuning-random),
# [coarse to fine](BOOK/tuning.html#tuning-coarse-to-fine).
#
# And then?
# If the best trial lies at the edge of a range, the optimum may lie beyond it, and the
# range has to be **extended** before anybody believes the search.
# If it lies inside, the next search is **finer**: in the smallest ranges that hold the
# best few.
#
# **On paper first.**
# The rate was searched from 0.01 to 1.
# Where, in logarithms, is 0.05 between them, where 0.1, and where 0.9?
# Which of the three is within 5 % of an edge?
# A trial that diverged has a loss of NaN: what does that do to a sorting?
#
# Write `coarse_space` and `next_space` in `recipe.py`.

# %%
check(coarse_space)  # 3 points

# %%
check(next_space)  # 8 points

# %% [markdown]
# ```bash
# python -m project coarse --data digits --out run --resume
# ```
#
# **What to look for.**
# Where do the good trials lie: in a band along the rates, whatever the decay?
# Then the decay hardly matters in so few epochs, and its range says little.
# Were some trials lost at the largest rates?
# That is as it should be: a search in which nothing diverges has not seen the edge.
# Was the range extended, and did that bring anything?

# %%
look("coarse")

# %% [markdown]
# ## Step 5. Search more finely
#
# The same search, in the finer space, with longer runs; **the rate stays constant**.
# A decay would lift every run at its end, the bad ones most, and hide what the rate
# does.
# You have nothing to write here: `next_space` decides again.
# More in the book:
# [what comes first](BOOK/tuning.html#tuning-order).
#
# ```bash
# python -m project refine --data digits --out run --resume
# ```
#
# **What to look for.**
# How far apart are the best three trials?
# By no more than two seeds of one setting: then the search has done what it can, and
# what is left is chance.
# Do the curves of the best cross each other until the end?
# Then more epochs would have changed the order.

# %%
look("refine")

# %% [markdown]
# ## Step 6. Read the curves
#
# Each trial of the refinement has curves, and each tells one of eight stories.
# The rules are those that you know from the assignment on the tuning workflow; the
# docstring has them all.
# More in the book:
# [reading the curves](BOOK/tuning.html#tuning-curves).
#
# **On paper first.**
# The training accuracy ends at 0.99 and the validation accuracy at 0.8: which story is
# that, and what would you change?
# And if the two were 0.81 and 0.8, and had been for the second half of the run?
#
# Write `read_curves` in `recipe.py`.

# %%
check(read_curves)  # 5 points

# %% [markdown]
# ```bash
# python -m project curves --data digits --out run --resume
# ```
#
# **What to look for.**
# Look at each picture before you read its word.
# `overfitting` asks for more regularization, `underfitting` for a larger network,
# `keep_training` for more epochs, `plateau_decay_now` for the decay that the final fit
# has.
# Step 7 of the book's recipe is to go back with what they said, as long as the gain is
# worth the wait: with other settings, in another folder.

# %%
look("curves")

# %% [markdown]
# ## Step 7. Choose, fit, and open the test data once
#
# What is chosen is chosen on **validation data**: the setting whose loss after the last
# epoch is the smallest.
# Not the best epoch of a curve: among many epochs one is low by luck, and the final fit
# does not stop there.
# Then the final fit: more epochs, with warm-up and decay, with several seeds, since one
# seed is no result.
# And then, for the first and only time, the test data.
# More in the book:
# [validation and test](BOOK/tuning.html#tuning-validation),
# [several seeds](BOOK/tuning.html#tuning-repeat).
#
# **On paper first.**
# Two trials end at losses of 0.30 and 0.28; the first was at 0.25 three epochs before.
# Which is chosen?
# Why would the best of twenty settings on the *test* data be no honest result?
#
# Write `choose` in `recipe.py`.

# %%
check(choose)  # 5 points

# %% [markdown]
# ```bash
# python -m project final --data digits --out run --resume
# ```
#
# The test data are opened here, and the ledger says when.
# A second time the command refuses.
# If you want to change something after you have seen the result, begin a new folder,
# and say so: that result has seen the test data once more.
#
# **What to look for.**
# The mean over the seeds and their standard deviation: a result is both.
# Is the test accuracy below the validation accuracy by more than the seeds scatter?
# A little of that is usual, for the setting was chosen on the latter.

# %%
look("final")
look("test")

# %% [markdown]
# All of it on one page, with every curve: `run/report.html`, which you can open in any
# browser, or send to somebody.
# `python -m project report --out run` writes it again.
# And when you believe in your functions, all seven steps from the start in one command:
#
# ```bash
# python -m project all --data digits --out another_run
# ```
#
# ## What to hand in
#
# - this notebook, `project.ipynb`,
# - the folder `project/`, with your four files `recipe.py`, `monitors.py`,
#   `schedule.py` and `regularization.py` (all others are replaced by the course's own),
# - the folder `run/`, **without** `run/checkpoints/`; it is empty anyway when all
#   trials are finished.
#
# The functions give 60 points, and the run gives 40.
# The next cell asks each step of the run for its evidence, and looks for statements
# that exclude each other; do not mind if it takes a moment.
# Call it as often as you like, before anybody else does.
# When your work is graded, your model labels the test images once more, in a sandbox:
# what it was said to reach is believed if it is measured again.
# (In the course's repository, `autograder project run` does all of that in a
# terminal.)

# %%
check_run("run")  # 40 points

# %% [markdown]
# ## What to take with you
#
# - Ask the cheap questions first: each takes a doubt away before it costs hours.
# - Write down every trial, the lost ones too.
# - A best setting at the edge of a range is not an optimum.
# - Several seeds, a mean and a spread; one number is an anecdote.
# - What you choose by is no longer a test.

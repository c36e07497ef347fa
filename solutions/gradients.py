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
# # Gradients: computing them, and checking them
#
# Training is nothing but following gradients, and a gradient that is slightly wrong
# still trains, only worse: nothing crashes, and nobody tells you.
# So before you derive your first gradient you will build the instrument that checks
# it, and then you will hold three layers against it.
# Later assignments check their gradients in the same way.
#
# **You will learn**
#
# - how to measure a gradient, and how far to trust the measurement,
# - what a backward function is given, and what it owes,
# - the gradients of the layers that nearly every network has,
# - why a softmax in three lines breaks, and how one more line repairs it.
#
# **Time:** about 110 minutes.
# **Points:** 100.
# **Read along:** [the chapter on gradients](BOOK/gradients.html).
#
# In this course `dx` is the gradient of the loss with respect to `x`, and has the
# shape of `x`.
# `dout` is the gradient with respect to a layer's output: it comes from above.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder import check

# %% [markdown]
# ## 1. Measuring a gradient
#
# Move one entry of $x$ a little to either side and see what $f$ does.
# With $e_i$ the unit vector of entry $i$,
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x + h\,e_i) - f(x - h\,e_i)}{2h} .$$
#
# More in the chapter:
# [central differences](BOOK/gradients.html#gradients-numerical),
# [leaving x as it was](BOOK/gradients.html#gradients-restore).
#
# **On paper first.**
# Let $f(x) = x_0^3 + x_0 x_1$ at $x = (1, 2)$.
# What is the gradient?
# And what does the formula above give for the first entry with $h = 1$?


# %%
def numerical_gradient(f, x, h=1e-5):
    # f: (any shape) -> number; x: any shape -> the same shape
    """The gradient of f at x by central differences, one entry of x at a time.

    Given
    f: a function that takes an array of the shape of x and returns a number
    x: the point, an array of float64 of any shape
    h: the step: f is evaluated at x + h and at x - h

    Returns grad, an array of the shape of x.
    You may change x while you work, but when you return every entry must be what it
    was, to the last bit.
    """
    ### BEGIN SOLUTION
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + h
        above = f(x)
        x[index] = kept - h
        below = f(x)
        x[index] = kept  # x + h - h is not always x
        grad[index] = (above - below) / (2 * h)
    return grad
    ### END SOLUTION


# %%
check(numerical_gradient)  # 15 points

# %% [markdown]
# The example from above.
# The first line should be the gradient on your paper, the second what you worked out
# for $h = 1$: which of its two numbers is not the derivative, and by how much?


# %%
def bump(x):
    return x[0] ** 3 + x[0] * x[1]


place = np.array([1.0, 2.0])
print("h = 1e-5:", numerical_gradient(bump, place).round(6))
print("h = 1:   ", numerical_gradient(bump, place, h=1.0))

# %% [markdown]
# ### Which step?
#
# A large $h$ measures the slope of a chord and not of the curve; a small one subtracts
# two numbers that agree in nearly all their digits.
# **Guess first:** doubles hold 16 digits.
# At which power of ten is the error smallest: $10^{-2}$, $10^{-5}$, $10^{-8}$ or
# $10^{-12}$?

# %%
steps = np.logspace(-13, 0, 53)
at = np.array([0.7, 1.3, 2.1])


def wave(x):
    return np.exp(np.sin(x)).sum()


exact = np.cos(at) * np.exp(np.sin(at))
errors = [np.abs(numerical_gradient(wave, at, h) - exact).max() for h in steps]

figure, axis = plt.subplots(figsize=(6, 3.6))
axis.loglog(steps, errors, ".-", label="measured")
axis.loglog(steps, steps**2 / 6, "--", label="truncation grows like $h^2$")
axis.loglog(steps, 2e-16 / steps, ":", label="rounding grows like $10^{-16} / h$")
axis.set_ylim(1e-13, 1)
axis.set_xlabel("step h")
axis.set_ylabel("largest error")
axis.legend()
plt.show()

# %% [markdown]
# In the valley the two errors are equal; from that and the two slopes you can work out
# where it lies.
# More in the chapter: [the step](BOOK/gradients.html#gradients-step).
#
# ## 2. Many outputs: the vector–Jacobian product
#
# A layer returns an array, not a number.
# What we want to know is how the *loss* changes, and the layers above have already
# said how much each output matters: $\text{df}_j = \partial L/\partial f_j$.
# The chain rule adds up the ways from $x_i$ to the loss:
#
# $$\frac{\partial L}{\partial x_i} = \sum_j \text{df}_j\,
# \frac{\partial f_j}{\partial x_i} .$$
#
# More in the chapter:
# [the chain rule](BOOK/gradients.html#gradients-chain-rule),
# [the vector–Jacobian product](BOOK/gradients.html#gradients-vector-jacobian).
#
# **On paper first.**
# Let $f(x) = (x_0 x_1,\; x_0 + x_1,\; 5 x_0)$ at $x = (2, 3)$ and
# $\text{df} = (1, 10, 100)$.
# Which shape has the answer, and what is it?


# %%
def numerical_gradient_array(f, x, df, h=1e-5):
    # f: (any shape) -> (another); x: any shape; df: as f(x) -> the shape of x
    """Pull the upstream gradient df back through f, by central differences.

    Given
    f: a function that takes an array of the shape of x and returns an array
    x: the point, an array of float64 of any shape
    df: the upstream gradient, of the shape of f(x)
    h: the step: f is evaluated at x + h and at x - h

    Returns grad, an array of the shape of x; x and df are left as they were.
    f may return x itself, or a view of it, which changes when x does.
    """
    ### BEGIN SOLUTION
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + h
        above = f(x).copy()  # it may be a view of x, which is about to change
        x[index] = kept - h
        grad[index] = np.sum((above - f(x)) * df) / (2 * h)
        x[index] = kept
    return grad
    ### END SOLUTION


# %%
check(numerical_gradient_array)  # 15 points


# %% [markdown]
# The example from above; compare with your paper.


# %%
def three(x):
    return np.array([x[0] * x[1], x[0] + x[1], 5 * x[0]])


upstream = np.array([1.0, 10.0, 100.0])
print(numerical_gradient_array(three, np.array([2.0, 3.0]), upstream).round(6))

# %% [markdown]
# ## 3. How wrong is wrong?
#
# An error of 0.01 is much for a gradient of 0.02 and nothing for one of 1000.
# So each pair of entries is compared at its own size, and the worst one counts:
#
# $$\max_i \frac{|x_i - y_i|}{\max(10^{-8},\; |x_i| + |y_i|)} .$$
#
# More in the chapter:
# [the relative error](BOOK/gradients.html#gradients-relative-error).
#
# **On paper first.**
# What is it for $x = (1, 0, 100)$ and $y = (3, 0, 101)$?
# What is the largest value that it can take at all?


# %%
def relative_error(x, y):
    # any shape, the same shape -> number
    """The largest relative error of all pairs of entries.

    Given
    x, y: two arrays of one shape, or two numbers

    Returns one number: the maximum of |x - y| / max(1e-8, |x| + |y|).
    """
    ### BEGIN SOLUTION
    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)))
    ### END SOLUTION


# %%
check(relative_error)  # 10 points

# %%
print(relative_error(np.array([1.0, 0.0, 100.0]), np.array([3.0, 0.0, 101.0])))

# %% [markdown]
# ## 4. The affine layer
#
# Each sample of the batch becomes a row of $D$ numbers, $x_n$, and
#
# $$\text{out}_{nm} = \sum_d x_{nd}\, w_{dm} + b_m .$$
#
# More in the chapter: [the affine layer](BOOK/gradients.html#gradients-affine).
#
# **On paper first.**
# Let $x = \begin{pmatrix}1&2\\3&4\end{pmatrix}$,
# $w = \begin{pmatrix}1\\10\end{pmatrix}$ and $b = (0.5)$.
# What is out?


# %%
def affine_forward(x, w, b):
    # (N, d1, ..., dk), (D, M), (M,) -> (N, M), with D = d1 ... dk
    """Flatten each sample to a row, multiply by w and add b.

    Given
    x: a batch of N samples of any shape
    w: weights, (D, M)
    b: biases, (M,)

    Returns (out, cache)
    out: (N, M), of the dtype of x
    cache: whatever your affine_backward will need
    """
    ### BEGIN SOLUTION
    return x.reshape(len(x), -1) @ w + b, (x, w)
    ### END SOLUTION


# %%
check(affine_forward)  # 10 points

# %%
x, w, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0], [10.0]]), np.array([0.5])
out, cache = affine_forward(x, w, b)
print(out)

# %% [markdown]
# Backwards the same sums are read from the other end.
# Ask of each input: which outputs does it reach, and with which factor?
# $x_{nd}$ reaches the outputs $m$ of sample $n$; $w_{dm}$ reaches output $m$ of *every*
# sample, and so does $b_m$.
#
# More in the chapter:
# [the affine layer, backwards](BOOK/gradients.html#gradients-affine-backward).
#
# **On paper first.**
# Let $\text{dout} = \begin{pmatrix}1\\2\end{pmatrix}$ in the example from above.
# What are dx, dw and db?
# Check the shapes before the numbers.


# %%
def affine_backward(dout, cache):
    # (N, M) -> (N, d1, ..., dk), (D, M), (M,)
    """Pull dout back through the call of affine_forward that made cache.

    Given
    dout: the upstream gradient, (N, M)
    cache: what that call of your affine_forward returned

    Returns (dx, dw, db), of the shapes of x, w and b.
    Sum over the batch: where the loss is a mean, dout has brought its 1/N along.
    """
    ### BEGIN SOLUTION
    x, w = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(len(x), -1).T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db
    ### END SOLUTION


# %%
check(affine_backward)  # 15 points

# %% [markdown]
# The example, and then your own instrument: with $h = 10^{-5}$ a right gradient has a
# relative error of $10^{-7}$ or less, a wrong one rarely less than $10^{-3}$.

# %%
dx, dw, db = affine_backward(np.array([[1.0], [2.0]]), cache)
print("dx", *dx, " dw", dw.ravel(), " db", db)

rng = np.random.default_rng(0)
x, w, b = (rng.standard_normal(shape) for shape in ((4, 3, 2), (6, 5), (5,)))
dout = rng.standard_normal((4, 5))
dx, dw, db = affine_backward(dout, affine_forward(x, w, b)[1])
for name, analytic, measured in [
    ("dx", dx, numerical_gradient_array(lambda x: affine_forward(x, w, b)[0], x, dout)),
    ("dw", dw, numerical_gradient_array(lambda w: affine_forward(x, w, b)[0], w, dout)),
    ("db", db, numerical_gradient_array(lambda b: affine_forward(x, w, b)[0], b, dout)),
]:
    print(f"relative error of {name}: {relative_error(analytic, measured):.0e}")

# %% [markdown]
# ## 5. The ReLU
#
# $$\text{out}_i = \max(0, x_i), \qquad
# \frac{\partial\,\text{out}_i}{\partial x_i} =
# \begin{cases} 1 & x_i > 0 \\ 0 & x_i < 0 \end{cases}$$
#
# At exactly 0 there is a kink, and any slope from 0 to 1 is as good as any other.
# More in the chapter:
# [the ReLU](BOOK/gradients.html#gradients-relu),
# [kinks](BOOK/gradients.html#gradients-kinks).
#
# **On paper first.**
# The layer was given $x = (-1, 2, 3)$, and $\text{dout} = (10, -20, 30)$ comes back.
# What is dx?


# %%
def relu_forward(x):
    # any shape -> the same shape
    """The larger of x and 0, entry by entry.

    Given
    x: the layer's input, an array of any shape

    Returns (out, cache)
    out: of the shape and the dtype of x
    cache: whatever your relu_backward will need
    """
    ### BEGIN SOLUTION
    return np.maximum(x, 0), x
    ### END SOLUTION


# %%
check(relu_forward)  # 5 points


# %%
def relu_backward(dout, cache):
    # any shape -> the same shape
    """Pull dout back through the call of relu_forward that made cache.

    Given
    dout: the upstream gradient, of the shape of x
    cache: what that call of your relu_forward returned

    Returns dx, of the shape and the dtype of dout. Where x is exactly 0, dx may be
    anything from 0 to dout.
    """
    ### BEGIN SOLUTION
    return dout * (cache > 0)
    ### END SOLUTION


# %%
check(relu_backward)  # 10 points

# %%
out, cache = relu_forward(np.array([-1.0, 2.0, 3.0]))
print("out", out, " dx", relu_backward(np.array([10.0, -20.0, 30.0]), cache))

# %% [markdown]
# What does the instrument say near the kink?
# Here $x$ comes closer and closer to 0, and the step stays $h = 0.1$.

# %%
for value in (1.0, 0.11, 0.09, 0.05, 0.01, -0.05, -0.11):
    near = np.array([value])
    measured = numerical_gradient(lambda x: relu_forward(x)[0].sum(), near, h=0.1)
    print(f"x = {value:5.2f}: measured slope {measured[0]:.2f}")

# %% [markdown]
# A disagreement within $h$ of a kink says nothing about your derivation.
#
# ## 6. Softmax and its loss
#
# A classifier's last layer gives logits $x_{nc}$.
# The softmax makes them probabilities, and the loss is what the true class $y_n$ got:
#
# $$p_{nc} = \frac{e^{x_{nc}}}{\sum_k e^{x_{nk}}}, \qquad
# L = -\frac1N \sum_n \log p_{n y_n}, \qquad
# \frac{\partial L}{\partial x_{nc}} =
# \frac{p_{nc} - [c = y_n]}{N} .$$
#
# As they stand, these formulas are of no use: $e^{1000}$ is infinite in floating point.
# Take the row's largest logit off first, which changes nothing but the size of the
# numbers, and write the logarithm out before you compute it:
#
# $$s_{nc} = x_{nc} - \max_k x_{nk}, \qquad
# \log p_{nc} = s_{nc} - \log \sum_k e^{s_{nk}} .$$
#
# More in the chapter:
# [softmax and cross-entropy](BOOK/gradients.html#gradients-softmax),
# [large logits](BOOK/gradients.html#gradients-stable-softmax),
# [the gradient](BOOK/gradients.html#gradients-softmax-gradient).
#
# **On paper first.**
# Two samples, two classes, $x = \begin{pmatrix}0&0\\0&\log 3\end{pmatrix}$ and
# $y = (0, 0)$.
# What are the probabilities, the loss and dx?
# What does each row of dx add up to, and why must it?


# %%
def softmax_loss(x, y):
    # (N, C), (N,) -> number, (N, C)
    """The mean cross-entropy of a batch, and its gradient.

    Given
    x: logits, (N, C)
    y: the true classes, integers from 0 to C - 1, (N,)

    Returns (loss, dx)
    loss: a number, the mean over the batch of -log of the true class's softmax;
      right and finite for logits of 1e4 and -1e4 too
    dx: the gradient of that mean with respect to x, of the shape and the dtype of x
    """
    ### BEGIN SOLUTION
    n = np.arange(len(y))
    # s = x - max, log p = s - log sum exp s
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dx = np.exp(log_p)
    dx[n, y] -= 1
    return -log_p[n, y].mean(), dx / len(y)
    ### END SOLUTION


# %%
check(softmax_loss)  # 20 points

# %% [markdown]
# The example, large logits, and your instrument once more.

# %%
loss, dx = softmax_loss(np.array([[0.0, 0.0], [0.0, np.log(3)]]), np.array([0, 0]))
print("loss", round(loss, 4), " dx", *dx)
print("large logits:", softmax_loss(np.array([[1e4, -1e4]]), np.array([1]))[0])

logits, truth = rng.standard_normal((6, 4)), rng.integers(0, 4, 6)
measured = numerical_gradient(lambda x: softmax_loss(x, truth)[0], logits)
error = relative_error(softmax_loss(logits, truth)[1], measured)
print(f"relative error of dx: {error:.0e}")

# %% [markdown]
# What the loss and its gradient look like for two classes, as the true class's logit
# moves from far below the other one to far above: where the network is wrong the loss
# is nearly a straight line, and the gradient is never larger than 1.

# %%
margins = np.linspace(-8, 8, 81)
pairs = [softmax_loss(np.array([[m, 0.0]]), np.array([0])) for m in margins]

figure, axes = plt.subplots(1, 2, figsize=(8, 3), gridspec_kw={"wspace": 0.3})
axes[0].plot(margins, [loss for loss, _ in pairs])
axes[0].set_ylabel("loss")
axes[1].plot(margins, [dx[0, 0] for _, dx in pairs])
axes[1].set_ylabel("dx of the true class")
for axis in axes:
    axis.set_xlabel("logit of the true class, less the other")
plt.show()

# %% [markdown]
# ## What to take with you
#
# - Check every gradient that you derive: in float64, on a small input, away from kinks.
# - A gradient has the shape of what it is the gradient of, and whatever is shared
#   collects a sum.
# - Say whether the loss is a sum or a mean; the 1/N travels with dout from there on.
# - Never make a tiny number whose logarithm you want.
#
# What to do when the check fails is in [the chapter](BOOK/gradients.html).

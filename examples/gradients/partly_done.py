"""Wrote the first half: a one-sided difference, a vector's loop, a leaky ReLU.

The forward ReLU leaks and its backward is true to it, so the error is charged once.
The rest is not written yet.

base: blank
"""


# %%
def numerical_gradient(f, x, h=1e-5):
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        moved = x.copy()
        moved[index] += h
        grad[index] = (f(moved) - f(x)) / h
    return grad


# %%
def relative_error(x, y):
    return np.max(np.abs(x - y) / (np.abs(x) + np.abs(y)))


# %%
def affine_forward(x, w, b):
    return np.dot(x, w) + b, (x, w, b)


# %%
def affine_backward(dout, cache):
    x, w, b = cache
    return np.dot(dout, w.T), np.dot(x.T, dout), np.sum(dout, axis=0)


# %%
def relu_forward(x):
    return np.where(x > 0, x, 0.01 * x), x


# %%
def relu_backward(dout, cache):
    return np.where(cache > 0, dout, 0.01 * dout)

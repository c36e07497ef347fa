"""Knows another course by heart, and writes everything the way it is done there.

Looks nothing like the course's own answers and is just as right: all points.
"""


# %%
def numerical_gradient(f, x, h=1e-5):
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        ix = it.multi_index
        x_plus, x_minus = x.copy(), x.copy()
        x_plus[ix] += h
        x_minus[ix] -= h
        grad[ix] = (f(x_plus) - f(x_minus)) / (2 * h)
        it.iternext()
    return grad


# %%
def numerical_gradient_array(f, x, df, h=1e-5):
    return numerical_gradient(lambda x: float(np.vdot(f(x), df)), x, h)


# %%
def relative_error(x, y):
    difference = np.abs(np.subtract(x, y))
    size = np.abs(x) + np.abs(y)
    return float((difference / np.where(size < 1e-8, 1e-8, size)).max())


# %%
def affine_forward(x, w, b):
    rows = np.array([sample.flatten() for sample in x])
    out = np.einsum("nd,dm->nm", rows, w)
    out += b[np.newaxis]
    return out, {"rows": rows, "shape": x.shape, "w": w}


# %%
def affine_backward(dout, cache):
    dx = np.einsum("nm,dm->nd", dout, cache["w"]).reshape(cache["shape"])
    dw = np.zeros_like(cache["w"])
    db = 0
    for row, upstream in zip(cache["rows"], dout):
        dw += np.outer(row, upstream)
        db = db + upstream
    return dx, dw, db


# %%
def relu_forward(x):
    out = x.copy()
    out[out < 0] = 0
    return out, x < 0


# %%
def relu_backward(dout, cache):
    dx = dout.copy()
    dx[cache] = 0
    return dx


# %%
def softmax_loss(x, y):
    loss, dx = 0.0, np.zeros_like(x)
    for i in range(len(x)):
        logits = x[i] - x[i].max()
        total = np.exp(logits).sum()
        loss += np.log(total) - logits[y[i]]
        dx[i] = np.exp(logits) / total
        dx[i, y[i]] -= 1
    return loss / len(x), dx / len(x)
